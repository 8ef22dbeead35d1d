"""Starting up, local sessions and data transfer. Charge point under test, OCPP 1.6."""

# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.station16.states import (
    AVAILABLE,
    FINISHING,
    PREPARING,
    TRANSACTION,
    after_a_while,
    all_available,
    authorized,
    became,
    booting,
    charging,
    configured,
    ended,
    plugged,
    ready,
    started,
    status,
    switched,
)
from conformance.vocabulary import (
    Received,
    Reply,
    Script,
    Subject,
    answer,
    ask,
    check,
    expect,
    given,
    one_of,
    optionally,
    plug,
    present,
    seen,
    silence,
    station16,
    take_cable,
    unplug,
    unplug_at_ev,
)

RETRY_S = 40
BEAT_S = 20


@station16(
    "TC_001_CS",
    "Cold boot: boot, statuses, heartbeat at given interval",
    verifies="1.6:4.2 1.6:4.6",
    catches="impatient_16 no_heartbeat_16",
)
def cold_boot(station: Subject) -> Script:
    yield from booting(station)
    boot: Received = yield expect("BootNotification", station.boot_s, rule="1.6:4.2")
    yield answer(boot, status="Rejected", interval=RETRY_S)
    yield silence(RETRY_S - station.tolerance_s, rule="1.6:4.2")
    boot = yield expect("BootNotification", station.tolerance_s + station.message_s, rule="1.6:4.2")
    yield answer(boot, status="Accepted", interval=BEAT_S)
    yield from all_available(station)
    first: Received = yield expect("Heartbeat", BEAT_S + station.tolerance_s, rule="1.6:4.6")
    second: Received = yield expect("Heartbeat", BEAT_S + station.tolerance_s, rule="1.6:4.6")
    apart_s = second.t - first.t
    near = abs(apart_s - BEAT_S) <= station.tolerance_s
    yield check(near, f"{BEAT_S} s between heartbeats", f"{apart_s:.1f} s", "1.6:4.6")


@station16(
    "TC_002_CS",
    "Boot pending: configuration read/changed before acceptance",
    verifies="1.6:4.2",
    catches="deaf_while_pending_16 chatty_while_pending_16 hasty_while_pending_16",
)
def pending_boot(station: Subject) -> Script:
    yield from booting(station)
    first: Received = yield expect("BootNotification", station.boot_s, rule="1.6:4.2")
    yield answer(first, status="Pending", interval=RETRY_S)
    yield ask("GetConfiguration", {}, rule="1.6:4.2 1.6:5.8")
    request = {"key": "MeterValueSampleInterval", "value": str(station.sample_s)}
    taken = {"status": one_of("Accepted", "RebootRequired")}
    yield ask("ChangeConfiguration", request, having=taken, rule="1.6:4.2 1.6:5.3")
    boot: Received = yield expect("BootNotification", RETRY_S + station.message_s, rule="1.6:4.2")
    yield from _waited(station, first, boot)
    yield answer(boot, status="Accepted", interval=BEAT_S)
    yield from all_available(station)
    yield expect("Heartbeat", BEAT_S + station.tolerance_s, rule="1.6:4.6")


def _waited(station: Subject, first: Received, boot: Received) -> Script:
    """Between two BootNotification there was the whole interval, and no request."""
    apart_s = boot.t - first.t
    patient = apart_s >= RETRY_S - station.tolerance_s
    yield check(patient, f"{RETRY_S} s before the next BootNotification", f"{apart_s:.1f} s", "1.6:4.2")
    calls: list[Received] = yield seen()
    between = [each.action for each in calls if first.line < each.line < boot.line]
    yield check(not between, "no request while pending", between, "1.6:4.2")


@station16(
    "TC_003_CS",
    "Session, cable first",
    verifies="1.6:4.1 1.6:4.8 1.6:4.9",
    catches="never_charging_16 starts_another_tag_16 asks_nobody_16",
)
def cable_first(station: Subject) -> Script:
    yield from given(ready(station))
    yield from plugged(station)
    yield from authorized(station, preparing=False)
    yield from started(station)


@station16(
    "TC_004_1_CS",
    "Session, identification first",
    verifies="1.6:4.1 1.6:4.8 1.6:4.9",
    catches="never_preparing_16 starts_another_tag_16 asks_nobody_16",
)
def token_first(station: Subject) -> Script:
    yield from given(ready(station))
    yield from authorized(station)
    yield plug(station)
    yield from started(station)


@station16(
    "TC_004_2_CS",
    "Identification first, cable never plugged (ConnectionTimeOut)",
    verifies="1.6:4.9 1.6:9.1.6",
    catches="waits_for_ever_16",
)
def plug_timeout(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "ConnectionTimeOut", station.plug_timeout_s))
    yield from given(authorized(station))
    within_s = station.plug_timeout_s + station.tolerance_s
    yield status(station, AVAILABLE, within_s=within_s, rule="1.6:9.1.6")


@station16(
    "TC_023_4_CS",
    "Local start, Authorize invalid",
    verifies="1.6:4.1",
    catches="charges_anyone_16",
)
def invalid_tag(station: Subject) -> Script:
    yield from given(ready(station))
    token = station.tokens.invalid
    yield present(station, token)
    yield expect("Authorize", station.message_s, having={"idTag": token.id}, rule="1.6:4.1")
    yield plug(station)
    yield status(station, PREPARING)
    yield silence(station.message_s, "StartTransaction", rule="1.6:4.1")


@station16(
    "TC_068_CS",
    "Stop with same id as start",
    verifies="1.6:4.10",
    catches="stops_for_another_reason_16 meter_runs_backwards_16",
)
def stop_locally(station: Subject) -> Script:
    yield from given(charging(station))
    yield from after_a_while(station)
    yield present(station, station.tokens.valid)
    tag = optionally(station.tokens.valid.id)
    stop: Received = yield from ended(station, optionally("Local"), "1.6:4.10", idTag=tag)
    starts: list[Received] = yield seen("StartTransaction")
    used_wh = stop.get("meterStop", 0) - starts[0].get("meterStart", 0)
    yield check(used_wh > 0, "meterStop above meterStart after charging", f"{used_wh} Wh", "1.6:4.10")
    yield unplug(station)
    yield status(station, AVAILABLE)


@station16(
    "TC_069_CS",
    "Stop with id of same parent",
    verifies="1.6:3.10 1.6:4.10",
    catches="heeds_no_parents_16 stops_by_another_tag_16",
)
def stop_by_mate(station: Subject) -> Script:
    yield from given(charging(station))
    mate = station.tokens.mate
    yield present(station, mate)
    yield expect("Authorize", station.message_s, having={"idTag": mate.id}, rule="1.6:4.1")
    yield from ended(station, optionally("Local"), "1.6:3.10 1.6:4.10", idTag=mate.id)


def _charging_with(station: Subject, *, stops: bool, unlocks: bool) -> Script:
    """Charging, with what is to happen when the cable is pulled at the EV."""
    yield from ready(station)
    yield from configured(station, "MinimumStatusDuration", 0, optional=True)
    yield from switched(station, "StopTransactionOnEVSideDisconnect", stops)
    yield from configured(station, "UnlockConnectorOnEVSideDisconnect", str(unlocks).lower(), optional=True)
    yield from plugged(station)
    yield from authorized(station, preparing=False)
    return (yield from started(station))


PULLED = "1.6:4.10 1.6:9.1.23"


@station16(
    "TC_005_1_CS",
    "EV-side unplug stops transaction, connector unlocks",
    verifies="1.6:4.10 1.6:9.1.23 1.6:9.1.33",
    catches="stops_for_another_reason_16 overlooks_a_pulled_cable_16 keeps_the_connector_16",
)
def pulled_and_unlocked(station: Subject) -> Script:
    start: Received = yield from given(_charging_with(station, stops=True, unlocks=True))
    yield unplug_at_ev(station)
    yield from _ended_by_pulling(station, one_of(FINISHING, AVAILABLE), f"{PULLED} 1.6:9.1.33")
    yield take_cable(station)
    yield from became(station, AVAILABLE, start.line, rule="1.6:9.1.33")


def _ended_by_pulling(station: Subject, wanted: Any, rule: str) -> Script:
    """The transaction is over; a cable that is free may come out at once."""
    having = {"reason": "EVDisconnected", "transactionId": TRANSACTION}
    yield expect("StopTransaction", station.message_s, having=having, rule=PULLED)
    yield status(station, wanted, rule=rule)


@station16(
    "TC_005_2_CS",
    "EV-side unplug stops transaction, connector stays locked",
    verifies="1.6:4.10 1.6:5.18 1.6:9.1.23",
    catches="stops_for_another_reason_16 overlooks_a_pulled_cable_16 never_unlocks_16",
)
def pulled_and_locked(station: Subject) -> Script:
    start: Received = yield from given(_charging_with(station, stops=True, unlocks=False))
    yield unplug_at_ev(station)
    yield from _ended_by_pulling(station, one_of(FINISHING, AVAILABLE), PULLED)
    having = {"status": one_of("Unlocked", "NotSupported")}
    reply: Reply = yield ask("UnlockConnector", {"connectorId": station.evse}, having=having, rule="1.6:5.18")
    if reply.get("status") != "NotSupported":
        yield take_cable(station)
        yield from became(station, AVAILABLE, start.line)


@station16(
    "TC_005_3_CS",
    "EV-side unplug only suspends transaction",
    verifies="1.6:4.10 1.6:9.1.23",
    catches="never_suspended_16 refuses_remote_stop_16 stops_for_another_reason_16",
)
def pulled_and_suspended(station: Subject) -> Script:
    yield from given(_charging_with(station, stops=False, unlocks=False))
    yield unplug_at_ev(station)
    yield status(station, "SuspendedEV", rule=PULLED)
    stop = {"transactionId": TRANSACTION}
    yield ask("RemoteStopTransaction", stop, having={"status": "Accepted"}, rule="1.6:5.12 1.6:9.1.23")
    having = {"reason": "Remote", "transactionId": TRANSACTION}
    yield expect("StopTransaction", station.message_s, having=having, rule=PULLED)
    yield status(station, one_of(FINISHING, AVAILABLE))


@station16(
    "TC_062_CS",
    "DataTransfer to charge point, unknown vendor",
    verifies="1.6:5.6",
    catches="accepts_any_vendor_16",
)
def data_transfer(station: Subject) -> Script:
    yield from given(ready(station))
    refused = {"status": one_of("UnknownVendorId", "UnknownMessageId", "Rejected")}
    request = {"vendorId": "org.chargebench.unknown", "messageId": "NoSuchMessage"}
    yield ask("DataTransfer", request, having=refused, rule="1.6:5.6")
