"""Block N, monitoring: the events that monitors raise. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from itertools import pairwise
from typing import Any

from conformance.cases.station201.monitors import (
    BY_THRESHOLD,
    DELTA,
    LOWER,
    PERIODIC,
    UPPER,
    Happening,
    base,
    event_in,
    event_of,
    is_about,
    monitored,
    nothing_reported,
    number_of,
    of,
    only_the_manufacturers,
    results,
    set_on,
    state_of_evse,
    taken,
    told_of,
    unmonitored,
    wish,
)
from conformance.cases.station201.states import (
    BAY,
    Tx,
    authorized,
    bay_occupied,
    booted,
    configured,
    energized,
    new_session,
    plugged,
    stopped_locally,
    variable,
)
from conformance.vocabulary import (
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    Watched,
    ask,
    check,
    dials_in,
    disconnect,
    expect,
    fault,
    field_of,
    given,
    let_in,
    let_pass,
    mend,
    one_of,
    optionally,
    plug,
    satisfying,
    seen,
    shut_out,
    silence,
    station201,
    unplug,
)

ALERT, CHANGE, REGULAR = "Alerting", "Delta", "Periodic"
"""EventTriggerEnumType."""


def _alerted(station: Subject, monitor: int, *, cleared: bool | None = None, rule: str) -> Script:
    """A threshold was passed, or the value is within it again (``cleared``); returns the event."""
    what = station.monitoring.threshold
    fields = {"trigger": ALERT, "cleared": cleared}
    event: Happening = yield from event_of(monitor, what, station.message_s, rule=rule, **fields)
    return event


def _energized(station: Subject) -> Script:
    """From nothing to energy; returns the session."""
    tx: Tx = yield from new_session(station)
    yield from plugged(station, tx)
    yield from authorized(station, tx)
    yield from energized(station, tx)
    return tx


@station201(
    "TC_N_20_CS",
    "Threshold crossing raises event",
    verifies="N07.FR.06 N07.FR.07 N07.FR.16 N07.FR.17 N07.FR.02",
    catches="raises_no_alerts tells_no_monitor_of_events counts_events_from_one tells_another_variable_of_events "
    "never_within_thresholds_again overlooks_lower_thresholds alerts_are_changes",
)
def threshold(station: Subject) -> Script:
    by = station.monitoring
    yield from monitored(station)
    yield from given(base("All", ""))
    upper = yield from given(set_on(by.threshold, UPPER, by.upper))
    tx: Tx = yield from _energized(station)
    event = yield from _alerted(station, upper, rule="N07.FR.16 N07.FR.06")
    yield check(number_of(event) > by.upper, f"actualValue above {by.upper:g}", event, "N07.FR.16")
    yield from _of_transaction(event, tx)
    lower = yield from set_on(by.threshold, LOWER, by.lower)
    yield from stopped_locally(station, tx)
    event = yield from _alerted(station, upper, cleared=True, rule="N07.FR.02")
    yield check(number_of(event) <= by.upper, f"actualValue not above {by.upper:g}", event, "N07.FR.02")
    yield from _of_transaction(event, tx)
    yield from _custom(event)
    event = yield from _alerted(station, lower, rule="N07.FR.17")
    yield check(number_of(event) < by.lower, f"actualValue below {by.lower:g}", event, "N07.FR.17")
    yield from _of_transaction(event, tx)
    yield from _custom(event)


def _of_transaction(event: Happening, tx: Tx) -> Script:
    """An event is told with its transaction; once that is over, power that drops may belong to none."""
    told = event.get("transactionId")
    yield check(told == tx.id or (tx.ended and told is None), f"transactionId {tx.id}", told)


def _custom(event: Happening) -> Script:
    told = event.get("eventNotificationType")
    yield check(told == "CustomMonitor", "eventNotificationType CustomMonitor", told)


@station201(
    "TC_N_51_CS",
    "Modify monitor, new limit triggers",
    verifies="N07.FR.11",
    catches="raises_no_alerts replaces_no_monitors tells_another_variable_of_events counts_events_from_one",
)
def threshold_moved(station: Subject) -> Script:
    by = station.monitoring
    yield from monitored(station)
    number = yield from given(set_on(by.threshold, UPPER, by.unreached))
    yield from _energized(station)
    (result,) = yield from results(wish(by.threshold, UPPER, by.upper, id=number))
    yield from taken(result, "N04.FR.12")
    event = yield from _alerted(station, number, rule="N07.FR.11")
    yield check(number_of(event) > by.upper, f"actualValue above {by.upper:g}", event, "N07.FR.11")


@station201(
    "TC_N_52_CS",
    "Remove a monitor",
    verifies="N07.FR.12",
    catches="clears_no_monitors clears_alerts_of_monitors_that_are_gone alerts_by_monitors_that_are_gone "
    "clears_another_monitor",
)
def threshold_removed(station: Subject) -> Script:
    by = station.monitoring
    yield from monitored(station)
    yield from unmonitored(by.threshold, criteria=(BY_THRESHOLD,))
    number = yield from given(set_on(by.threshold, UPPER, by.upper))
    tx: Tx = yield from given(_energized(station))
    yield from given(_alerted(station, number, rule=""))
    having = {"clearMonitoringResult.0.status": "Accepted", "clearMonitoringResult.0.id": number}
    yield ask("ClearVariableMonitoring", {"id": [number]}, having=having, rule="N06.FR.01 N06.FR.05")
    before: list[Received] = yield seen("NotifyEvent")
    yield from nothing_reported(1, (BY_THRESHOLD,), (by.threshold,), rule="N06.FR.01 N02.FR.10")
    yield from stopped_locally(station, tx)
    yield let_pass(station.message_s)
    for cleared, rule in ((True, "N07.FR.12"), (None, "N06.FR.01")):
        told: list[Received] = yield seen("NotifyEvent", where={"eventData": of(number, cleared=cleared)})
        late = [each for each in told if each not in before]
        yield check(not late, f"no event of a monitor that was removed, cleared {cleared}", f"{len(late)} came", rule)


@station201(
    "TC_N_45_CS",
    "Delta crossing raises event",
    verifies="N07.FR.06 N07.FR.07 N07.FR.18",
    catches="tells_no_changes tells_no_monitor_of_events counts_events_from_one tells_another_variable_of_events",
)
def number_changes(station: Subject) -> Script:
    by = station.monitoring
    yield from monitored(station)
    number = yield from given(set_on(by.delta, DELTA, by.change))
    yield from _energized(station)
    yield from event_of(number, by.delta, station.message_s, trigger=CHANGE, rule="N07.FR.18 N07.FR.06")


@station201(
    "TC_N_56_CS",
    "Delta on non-numeric value raises event",
    verifies="N07.FR.06 N07.FR.07 N07.FR.19",
    catches="tells_no_changes tells_no_monitor_of_events counts_events_from_one tells_another_variable_of_events",
)
def word_changes(station: Subject) -> Script:
    what = state_of_evse(station)
    yield from monitored(station)
    number = yield from given(set_on(what, DELTA, 1))
    yield plug(station)
    yield from event_of(number, what, station.message_s, trigger=CHANGE, rule="N07.FR.19 N07.FR.06")


OFFLINE = Watched("OCPPCommCtrlr", "OfflineThreshold")


@station201(
    "TC_N_61_CS",
    "Numeric variable monitoring event",
    verifies="N07.FR.18",
    catches="tells_no_changes tells_of_every_change tells_another_variable_of_events counts_events_from_one",
)
def setting_changes(station: Subject) -> Script:
    yield from monitored(station)
    now = yield from given(_threshold_now(station))
    number = yield from given(set_on(OFFLINE, DELTA, 1))
    yield from _changed(station, OFFLINE, str(now + 1))
    yield silence(station.message_s, "NotifyEvent", where={"eventData": of(number)}, rule="N07.FR.18")
    yield from _changed(station, OFFLINE, str(now + 2))
    event = yield from event_of(number, OFFLINE, station.message_s, trigger=CHANGE, rule="N07.FR.18")
    yield check(number_of(event) == now + 2, f"actualValue {now + 2}", event, "N07.FR.18")


def _threshold_now(station: Subject) -> Script:
    """The OfflineThreshold as it is (s)."""
    told = yield from variable(station, OFFLINE.component, OFFLINE.variable)
    yield check(str(told).isdecimal(), f"a number as {OFFLINE.variable}", told)
    return int(told)


def _changed(station: Subject, what: Watched, value: str) -> Script:
    """SetVariables, and a restart where the station wants one."""
    data = {**what.payload, "attributeValue": value}
    reply: Reply = yield ask(
        "SetVariables",
        {"setVariableData": [data]},
        having={"setVariableResult.0.attributeStatus": one_of("Accepted", "RebootRequired")},
        rule="B05.FR.10",
    )
    if reply.get("setVariableResult.0.attributeStatus") == "RebootRequired":
        yield from booted(station)


PASSWORD = Watched("SecurityCtrlr", "BasicAuthPassword")


@station201(
    "TC_N_48_CS",
    "Monitor on write-only variable",
    verifies="N07.FR.10",
    catches="tells_no_changes tells_secrets",
)
def secret_changes(station: Subject) -> Script:
    yield from monitored(station)
    number = yield from given(set_on(PASSWORD, DELTA, 1))
    length = len(station.password or "") or 20
    password = f"bench{station.nonce}{'x' * length}"[:length]
    if station.password is not None:
        yield let_in(password=password)
    yield from _changed(station, PASSWORD, password)
    message: Received = yield told_of(number, station.reconnect_s, trigger=CHANGE, rule="N07.FR.19 N07.FR.10")
    values = [each.get("actualValue") for each in message.get("eventData", []) if _is_of(each, number)]
    yield check(set(values) == {""}, "actualValue empty", "it is not", "N07.FR.10")
    if station.password is not None:
        yield from given(_old_password_again(station))


def _old_password_again(station: Subject) -> Script:
    """The next case knows the station by the password that was agreed on."""
    yield let_in(password=station.password)
    yield from _changed(station, PASSWORD, station.password or "")


def _is_of(event: Payload, number: int) -> bool:
    return event.get("variableMonitoringId") == number


TIMES = 3


@station201(
    "TC_N_24_CS",
    "Periodic monitor",
    verifies="N08.FR.05 N08.FR.06 N04.FR.01 N04.FR.08",
    catches="sets_no_monitors tells_nothing_regularly alerts_regularly tells_every_second_period "
    "tells_another_variable_of_events keeps_ids_of_monitors_to_itself",
)
def periodic(station: Subject) -> Script:
    by, slack = station.monitoring, station.tolerance_s
    yield from monitored(station)
    number = yield from set_on(by.threshold, PERIODIC, by.period_s)
    times = []
    for _ in range(TIMES):
        message: Received = yield told_of(number, by.period_s + slack, trigger=REGULAR, rule="N08.FR.05 N08.FR.06")
        times.append(message.t)
        event: Happening = event_in(message.get("eventData"), number, trigger=REGULAR) or {}
        yield from is_about(event, by.threshold)
    gaps = [round(later - earlier, 1) for earlier, later in pairwise(times)]
    right = all(abs(gap - by.period_s) <= slack for gap in gaps)
    yield check(right, f"an event every {by.period_s} s", gaps, "N08.FR.06")
    yield from only_the_manufacturers()  # the next case wants silence


@station201(
    "TC_N_16_CS",
    "Set monitoring level",
    verifies="N05.FR.01 N05.FR.03",
    catches="refuses_another_level ignores_levels",
)
def level(station: Subject) -> Script:
    yield from monitored(station)
    number = yield from given(set_on(state_of_evse(station), DELTA, 1, 8))
    having = {"status": "Accepted", "statusInfo.reasonCode": optionally("NoError")}
    yield ask("SetMonitoringLevel", {"severity": 7}, having=having, rule="N05.FR.01")
    yield plug(station)
    yield silence(station.message_s, "NotifyEvent", where={"eventData": of(number)}, rule="N05.FR.03 N07.FR.15")


QUEUED = 5
"""Offline, events up to this severity number wait for the CSMS."""


@station201(
    "TC_N_22_CS",
    "Offline events queued at or under severity threshold",
    verifies="N07.FR.04",
    catches="forgets_events_offline tells_another_variable_of_events counts_events_from_one",
)
def queued(station: Subject) -> Script:
    what = state_of_evse(station)
    yield from monitored(station)
    yield from given(configured(station, "MonitoringCtrlr", "OfflineQueuingSeverity", QUEUED))
    number = yield from given(set_on(what, DELTA, 1, QUEUED))
    yield shut_out()
    yield disconnect()
    yield plug(station)
    yield let_pass(station.transaction_s)
    yield let_in()
    yield dials_in(station.reconnect_s, where={"ending": ""})
    told = {"trigger": CHANGE, "actualValue": "Occupied"}
    yield from event_of(number, what, station.message_s, rule="N07.FR.04", **told)


@station201(
    "TC_N_23_CS",
    "Offline events dropped beyond severity threshold",
    verifies="N07.FR.04",
    catches="tells_no_changes queues_any_event tells_another_variable_of_events counts_events_from_one",
)
def not_queued(station: Subject) -> Script:
    places = (state_of_evse(station), Watched("Connector", "AvailabilityState", station.evse, station.connector))
    yield from monitored(station)
    yield from given(configured(station, "MonitoringCtrlr", "OfflineQueuingSeverity", QUEUED))
    ids = []
    for what in places:
        ids.append((yield from given(set_on(what, DELTA, 1, QUEUED + 1))))
    tx: Tx = yield from given(new_session(station))
    yield from given(bay_occupied(station, tx))
    yield plug(station)
    for number, what in zip(ids, places, strict=True):
        occupied = {"trigger": CHANGE, "actualValue": "Occupied"}
        yield from event_of(number, what, station.message_s, rule="N07.FR.19", **occupied)
    yield from _plugged_in(station, tx)
    yield shut_out()
    yield disconnect()
    yield unplug(station)
    yield plug(station)
    yield let_pass(station.transaction_s)
    back: list[Received] = yield seen("NotifyEvent")
    yield let_in()
    yield dials_in(station.reconnect_s, where={"ending": ""})
    if tx.points & {"EVConnected", BAY}:
        gone = {"triggerReason": "EVCommunicationLost"}
        yield expect(
            "TransactionEvent", station.message_s, where=gone, having={"transactionInfo.chargingState": "Idle"}
        )
        yield from _plugged_in(station, tx)
    yield let_pass(station.message_s)
    for number in ids:
        later: list[Received] = yield seen("NotifyEvent", where={"eventData": of(number)})
        came = [each for each in later if each not in back]
        yield check(not came, f"no event of monitor {number} from offline", f"{len(came)} came", "N07.FR.04")


def _plugged_in(station: Subject, tx: Tx) -> Script:
    if tx.points & {"EVConnected", BAY}:
        having = {"transactionInfo.chargingState": "EVConnected"}
        where = {"triggerReason": "CablePluggedIn"}
        rule = "E02.FR.17" if tx.started else "E01.FR.02"
        yield expect("TransactionEvent", station.message_s, where=where, having=having, rule=rule)


TROUBLE = "door open"
"""What a station tells of though nobody has set a monitor on it."""


@station201(
    "TC_N_21_CS",
    "Hard-wired monitor raises event",
    verifies="N07.FR.07",
    catches="tells_nothing_by_itself calls_hard_wired_events_custom",
)
def hard_wired(station: Subject) -> Script:
    yield from monitored(station)
    yield fault(station, TROUBLE)
    wired = satisfying("an event of type HardWiredNotification", lambda events: any(map(_is_wired, events)))
    having = {"seqNo": 0}
    yield expect("NotifyEvent", station.message_s, where={"eventData": wired}, having=having, rule="N07.FR.07")
    yield mend(station, TROUBLE)  # the next case wants a sound station


def _is_wired(event: Any) -> bool:
    return bool(field_of(event, "eventNotificationType") == "HardWiredNotification")
