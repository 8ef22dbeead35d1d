"""Block G, availability. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.cases.station201.states import (
    BAY,
    Tx,
    bay_left,
    charging,
    connected,
    connector_is,
    connectors_since,
    disconnected,
    new_session,
    plugged,
    post_session,
    ready,
    stopped_locally,
    told_of_startup,
)
from conformance.vocabulary import (
    PRESENT,
    Operate,
    Payload,
    Received,
    Script,
    Subject,
    ask,
    check,
    expect,
    given,
    let_pass,
    present,
    satisfying,
    seen,
    station201,
    unplug,
)


@dataclass(frozen=True, slots=True)
class Place:
    """What ChangeAvailability names, the connectors in it, and the requirements of G03 or G04 about it."""

    request: Payload
    connectors: tuple[tuple[int, int], ...]
    same: str
    told: str
    busy: str
    opens: str


def _connector(station: Subject) -> Place:
    here = (station.evse, station.connector)
    evse = {"id": station.evse, "connectorId": station.connector}
    return Place({"evse": evse}, (here,), "G03.FR.03", "G03.FR.04", "G03.FR.05", "G03.FR.07")


def _evse(station: Subject) -> Place:
    inside = tuple(each for each in station.connectors if each[0] == station.evse)
    return Place({"evse": {"id": station.evse}}, inside, "G03.FR.03", "G03.FR.04", "G03.FR.05", "G03.FR.07")


def _whole(station: Subject) -> Place:
    return Place({}, tuple(station.connectors), "G04.FR.04", "G04.FR.05", "G04.FR.06", "G04.FR.08")


def _set(place: Place, operational: str, status: str, rule: str) -> Script:
    yield ask(
        "ChangeAvailability", {"operationalStatus": operational, **place.request}, having={"status": status}, rule=rule
    )


def _reported(station: Subject, place: Place, status: str, rule: str) -> Script:
    for evse, connector in place.connectors:
        yield connector_is(station, status, evse=evse, connector=connector, rule=rule)


def _closed(station: Subject, place: Place) -> Script:
    """Unavailable: an idle place was made inoperative, and its connectors tell so."""
    yield from _set(place, "Inoperative", "Accepted", "G03.FR.02" if place.request else "G04.FR.03")
    yield from _reported(station, place, "Unavailable", place.told)


def _reopened(station: Subject, place: Place) -> Script:
    """Made operative again, which its connectors tell."""
    yield from _set(place, "Operative", "Accepted", "G03.FR.02" if place.request else "G04.FR.03")
    yield from _reported(station, place, "Available", place.opens)


@station201(
    "TC_G_01_CS",
    "Connector Available -> Occupied reported",
    verifies="G01.FR.01 N07.FR.19",
    catches="never_occupied",
)
def becomes_occupied(station: Subject) -> Script:
    yield from given(ready(station))
    tx: Tx = yield from given(new_session(station))
    tx.rules = "G01.FR.03"
    yield from plugged(station, tx)


@station201(
    "TC_G_02_CS",
    "Connector Occupied -> Available reported",
    verifies="G01.FR.01 N07.FR.19",
    catches="stays_occupied",
)
def becomes_available(station: Subject) -> Script:
    yield from given(connected(station))
    yield unplug(station)
    yield connector_is(station, "Available", rule="G01.FR.04")


@station201(
    "TC_G_03_CS",
    "EVSE set inoperative",
    verifies="G03.FR.01 G03.FR.02 G03.FR.04 G03.FR.06",
    catches="refuses_to_close ignores_availability",
)
def evse_inoperative(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _closed(station, _evse(station))


@station201(
    "TC_G_04_CS",
    "EVSE set operative",
    verifies="G03.FR.01 G03.FR.02 G03.FR.04 G03.FR.07",
    catches="refuses_to_reopen stays_unavailable",
)
def evse_operative(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(_closed(station, _evse(station)))
    yield from _reopened(station, _evse(station))


@station201(
    "TC_G_05_CS",
    "Station set inoperative",
    verifies="G04.FR.01 G04.FR.02 G04.FR.03 G04.FR.05 G04.FR.07",
    catches="refuses_to_close ignores_availability",
)
def station_inoperative(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _closed(station, _whole(station))


@station201(
    "TC_G_06_CS",
    "Station set operative",
    verifies="G04.FR.01 G04.FR.02 G04.FR.03 G04.FR.05 G04.FR.08",
    catches="refuses_to_reopen stays_unavailable",
)
def station_operative(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(_closed(station, _whole(station)))
    yield from _reopened(station, _whole(station))


@station201(
    "TC_G_07_CS",
    "Connector set inoperative",
    verifies="G03.FR.01 G03.FR.02 G03.FR.04 G03.FR.06",
    catches="refuses_to_close ignores_availability",
)
def connector_inoperative(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _closed(station, _connector(station))


@station201(
    "TC_G_08_CS",
    "Connector set operative",
    verifies="G03.FR.01 G03.FR.02 G03.FR.04 G03.FR.07",
    catches="refuses_to_reopen stays_unavailable",
)
def connector_operative(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(_closed(station, _connector(station)))
    yield from _reopened(station, _connector(station))


def _set_again(station: Subject, place: Place, operational: str, status: str) -> Script:
    """A place is given the state that it has: accepted, and no connector tells of another one.

    Who is as before need not tell so (G03.FR.04, G04.FR.05 speak of changes); who does must say what is.
    """
    before: list[tuple[tuple[int, int], str]] = yield from told_states()
    yield from _set(place, operational, "Accepted", place.same)
    yield let_pass(station.tolerance_s)
    told: list[tuple[tuple[int, int], str]] = yield from told_states()
    wrong = [each for each in told[len(before) :] if each[0] in place.connectors and each[1] != status]
    yield check(not wrong, f"no connector but {status}", wrong, place.told)


def told_states() -> Script:
    """Every connector state that was told so far, in the order in which it came."""
    calls: list[Received] = yield seen()
    return [told for call in calls for told in _states(call)]


def _states(call: Received) -> list[tuple[tuple[int, int], str]]:
    if call.action == "StatusNotification":
        place = int(call.get("evseId", 0)), int(call.get("connectorId", 0))
        return [(place, str(call.get("connectorStatus")))]
    events: list[Any] = call.get("eventData", []) if call.action == "NotifyEvent" else []
    of_connectors = [event for event in events if _names(event, "Connector", "AvailabilityState")]
    return [
        ((event["component"]["evse"]["id"], event["component"]["evse"]["connectorId"]), str(event.get("actualValue")))
        for event in of_connectors
    ]


def _names(event: Any, component: str, variable: str) -> bool:
    told = event.get("component", {}).get("name"), event.get("variable", {}).get("name")
    return told == (component, variable)


def _already_open(station: Subject, where: Callable[[Subject], Place]) -> Script:
    yield from given(ready(station))
    yield from _set_again(station, where(station), "Operative", "Available")


def _already_closed(station: Subject, where: Callable[[Subject], Place]) -> Script:
    yield from given(ready(station))
    yield from given(_closed(station, where(station)))
    yield from _set_again(station, where(station), "Inoperative", "Unavailable")


@station201(
    "TC_G_09_CS",
    "EVSE operative set operative again",
    verifies="G03.FR.01 G03.FR.02 G03.FR.03 G03.FR.04",
    catches="refuses_an_open_evse",
)
def evse_operative_again(station: Subject) -> Script:
    yield from _already_open(station, _evse)


@station201(
    "TC_G_10_CS",
    "EVSE inoperative set inoperative again",
    verifies="G03.FR.01 G03.FR.02 G03.FR.03 G03.FR.04",
    catches="refuses_a_closed_evse opens_what_is_closed_twice",
)
def evse_inoperative_again(station: Subject) -> Script:
    yield from _already_closed(station, _evse)


@station201(
    "TC_G_12_CS",
    "Station operative set operative again",
    verifies="G04.FR.01 G04.FR.02 G04.FR.03 G04.FR.04 G04.FR.05",
    catches="schedules_an_open_station",
)
def station_operative_again(station: Subject) -> Script:
    yield from _already_open(station, _whole)


@station201(
    "TC_G_13_CS",
    "Station inoperative set inoperative again",
    verifies="G04.FR.01 G04.FR.02 G04.FR.03 G04.FR.04 G04.FR.05",
    catches="schedules_a_closed_station",
)
def station_inoperative_again(station: Subject) -> Script:
    yield from _already_closed(station, _whole)


@station201(
    "TC_G_15_CS",
    "Connector operative set operative again",
    verifies="G03.FR.01 G03.FR.02 G03.FR.03 G03.FR.04",
    catches="refuses_an_open_evse",
)
def connector_operative_again(station: Subject) -> Script:
    yield from _already_open(station, _connector)


@station201(
    "TC_G_16_CS",
    "Connector inoperative set inoperative again",
    verifies="G03.FR.01 G03.FR.02 G03.FR.03 G03.FR.04",
    catches="refuses_a_closed_evse opens_what_is_closed_twice",
)
def connector_inoperative_again(station: Subject) -> Script:
    yield from _already_closed(station, _connector)


def _scheduled(station: Subject, place: Place) -> Script:
    """A place where an EV charges is to be closed: what is idle closes now, the rest after the transaction."""
    tx: Tx = yield from given(charging(station))
    yield from _set(place, "Inoperative", "Scheduled", place.busy)
    if not place.request:
        for evse, connector in place.connectors:
            if evse != station.evse:
                yield connector_is(station, "Unavailable", evse=evse, connector=connector, rule=place.told)
    yield from stopped_locally(station, tx)
    yield from post_session(station, tx)
    if tx.ended:
        yield connector_is(station, "Unavailable", rule=place.told)
    else:
        outlasts = tx.stops == {BAY}  # the cable; so does what is put off until its end
        status = "Available" if outlasts else "Unavailable"
        yield from disconnected(station, tx, status=status, rule="G01.FR.05", ends=None)
        yield from bay_left(station, tx)
        if outlasts:
            yield connector_is(station, "Unavailable", rule=place.told)
    told: list[tuple[tuple[int, int], str]] = yield from told_states()
    for evse, connector in place.connectors:
        if ((evse, connector), "Unavailable") not in told:
            yield connector_is(station, "Unavailable", evse=evse, connector=connector, rule=place.told)


@station201(
    "TC_G_11_CS",
    "EVSE inoperative scheduled during transaction",
    verifies="G03.FR.01 G03.FR.02 G03.FR.04 G03.FR.05",
    catches="unavailable_at_once forgets_what_was_scheduled",
)
def evse_scheduled(station: Subject) -> Script:
    yield from _scheduled(station, _evse(station))


@station201(
    "TC_G_14_CS",
    "Station inoperative scheduled during transaction",
    verifies="G04.FR.01 G04.FR.02 G04.FR.03 G04.FR.05 G04.FR.06",
    catches="closes_a_busy_station closes_the_busy_evse_alone",
)
def station_scheduled(station: Subject) -> Script:
    yield from _scheduled(station, _whole(station))


@station201(
    "TC_G_17_CS",
    "Connector inoperative scheduled during transaction",
    verifies="G03.FR.01 G03.FR.02 G03.FR.04 G03.FR.05",
    catches="unavailable_at_once forgets_what_was_scheduled",
)
def connector_scheduled(station: Subject) -> Script:
    yield from _scheduled(station, _connector(station))


def _still_closed(station: Subject, place: Place, rule: str) -> Script:
    """After a reset at once, the connectors of a closed place are Unavailable still and the others are not."""
    yield ask("Reset", {"type": "Immediate"}, having={"status": "Accepted"}, rule="B11.FR.01")
    boot: Received = yield expect("BootNotification", station.boot_s, rule="B01.FR.01")
    yield from connectors_since(boot, station, here="Unavailable", places=place.connectors, rule=rule)
    yield from told_of_startup(station)


@station201(
    "TC_G_18_CS",
    "EVSE availability survives reboot",
    verifies="G01.FR.01 G03.FR.08",
    catches="forgets_what_is_closed",
)
def evse_survives(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _closed(station, _evse(station))
    yield from _still_closed(station, _evse(station), "G03.FR.08")


@station201(
    "TC_G_19_CS",
    "Connector availability survives reboot",
    verifies="G03.FR.08",
    catches="forgets_what_is_closed",
)
def connector_survives(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(_closed(station, _connector(station)))
    yield from _still_closed(station, _connector(station), "G03.FR.08")


@station201(
    "TC_G_21_CS",
    "Station availability survives reboot",
    verifies="G04.FR.09",
    catches="forgets_that_it_is_closed",
)
def station_survives(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(_closed(station, _whole(station)))
    yield from _still_closed(station, _whole(station), "G04.FR.09")


LOCK = "ConnectorPlugRetentionLock"


@station201(
    "TC_G_20_CS",
    "Connector lock failure event reported",
    verifies="G05.FR.01 G05.FR.02",
    catches="hides_a_jammed_lock charges_unlocked",
)
def lock_failure(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(_attentive())
    here = {"evse": station.evse, "connector": station.connector}
    tx: Tx = yield from given(new_session(station))
    yield Operate("fault", {"name": "lock jammed", **here})
    yield from given(plugged(station, tx))
    yield present(station, station.tokens.valid)
    yield from given(_authorizes(station))
    failure = {"eventData": satisfying(f"{LOCK}.Problem true, trigger Delta or Alerting", _tells_of_the_lock)}
    told: list[Received] = yield seen("NotifyEvent", where=failure)  # some try the lock as soon as the plug is in
    if not told:
        yield expect("NotifyEvent", station.message_s, where=failure, rule="G05.FR.02")
    yield let_pass(station.message_s)
    charges: list[Received] = yield seen("TransactionEvent", where={"transactionInfo.chargingState": "Charging"})
    yield check(not charges, "no energy through a plug that is not locked", "it charges", "G05.FR.01")


def _attentive() -> Script:
    """Whatever can be reported is, where the station has levels of it."""
    yield ask("SetMonitoringLevel", {"severity": 9}, or_error=PRESENT)


def _authorizes(station: Subject) -> Script:
    having = {"idToken.idToken": station.tokens.valid.id}
    yield expect("Authorize", station.message_s, having=having)


def _tells_of_the_lock(events: Any) -> bool:
    # the published case asks for Delta; part 2 §3.32 gives Alerting to events that are wired into the station
    return any(
        _names(event, LOCK, "Problem")
        and str(event.get("actualValue")).lower() == "true"
        and event.get("trigger") in ("Delta", "Alerting")
        for event in events
    )
