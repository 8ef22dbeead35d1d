"""Blocks F, G, J and P: remote control, availability, meter values, data transfer. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from conformance.cases.station201_states import (
    Tx,
    all_connectors_are,
    charging,
    configured,
    connector_is,
    disconnected,
    energized,
    new_session,
    plugged,
    post_session,
    ready,
    remotely_started,
    stopped_locally,
    stopped_remotely,
    variable,
)
from conformance.vocabulary import (
    PRESENT,
    STATION,
    V201,
    Received,
    Script,
    Subject,
    ask,
    case,
    check,
    expect,
    given,
    let_pass,
    one_of,
    seen,
    silence,
)

ED3 = (V201,)
START_ID = 815
NO_SUCH = "no-such-transaction"


@case(
    "TC_F_01_CS",
    "Remote start, cable first",
    verifies="F01.FR.03 F01.FR.04 F01.FR.05 F01.FR.13 F01.FR.17 F01.FR.19 F02.FR.01",
    under_test=STATION,
    versions=ED3,
    catches="forgets_remote_start_id",
)
def remote_cable_first(station: Subject) -> Script:
    yield from given(ready(station))
    tx: Tx = yield from given(new_session(station))
    yield from given(plugged(station, tx))
    yield from remotely_started(station, tx, remote_start_id=START_ID)
    yield from energized(station, tx)


@case(
    "TC_F_02_CS",
    "Remote start first, station authorizes token",
    verifies="F02.FR.01 F01.FR.01",
    under_test=STATION,
    versions=ED3,
    catches="starts_without_asking",
)
def remote_first_authorizing(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "AuthCtrlr", "AuthorizeRemoteStart", "true"))
    yield from given(configured(station, "AuthCacheCtrlr", "Enabled", "false", optional=True))
    tx: Tx = yield from given(new_session(station))
    yield from remotely_started(station, tx, remote_start_id=START_ID, authorizes=True)
    yield from energized(station, tx)


@case(
    "TC_F_03_CS",
    "Remote start first, no authorization",
    verifies="F02.FR.01 F01.FR.02",
    under_test=STATION,
    versions=ED3,
    catches="refuses_remote_start",
)
def remote_first(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "AuthCtrlr", "AuthorizeRemoteStart", "false"))
    tx: Tx = yield from given(new_session(station))
    yield from remotely_started(station, tx, remote_start_id=START_ID, authorizes=False)
    yield from energized(station, tx)
    asked: list[Received] = yield seen("Authorize")
    yield check(not asked, "no Authorize", f"{len(asked)} of them", "F01.FR.02")


@case(
    "TC_F_05_CS",
    "Unlock refused with running transaction",
    verifies="F05.FR.01 F05.FR.02",
    under_test=STATION,
    versions=ED3,
    catches="unlocks_always",
)
def unlock_charging(station: Subject) -> Script:
    yield from given(charging(station))
    yield ask("UnlockConnector", here(station), having={"status": "OngoingAuthorizedTransaction"}, rule="F05.FR.02")


@case(
    "TC_F_06_CS",
    "Unlock, no transaction, succeeds",
    verifies="F05.FR.01 F05.FR.04",
    under_test=STATION,
    versions=ED3,
    catches="never_unlocks",
)
def unlock_idle(station: Subject) -> Script:
    yield from given(ready(station))
    yield ask("UnlockConnector", here(station), having={"status": "Unlocked"}, rule="F05.FR.04")


@case(
    "TC_F_10_CS",
    "Unlock unknown connector",
    verifies="F05.FR.03",
    under_test=STATION,
    versions=ED3,
    catches="unlocks_always",
)
def unlock_unknown(station: Subject) -> Script:
    yield from given(ready(station))
    request = {"evseId": station.evse, "connectorId": 999}
    yield ask("UnlockConnector", request, having={"status": "UnknownConnector"}, rule="F05.FR.03")


@case(
    "TC_F_08_CS",
    "Remote stop succeeds",
    verifies="F03.FR.02 F03.FR.03 F03.FR.07 F03.FR.09",
    under_test=STATION,
    versions=ED3,
    catches="refuses_remote_stop",
)
def remote_stop(station: Subject) -> Script:
    tx = yield from given(charging(station))
    yield from stopped_remotely(station, tx)


@case(
    "TC_F_09_CS",
    "Remote stop rejected (unknown transaction)",
    verifies="F03.FR.08",
    under_test=STATION,
    versions=ED3,
    catches="stops_any_transaction",
)
def remote_stop_unknown(station: Subject) -> Script:
    yield from given(charging(station))
    yield ask("RequestStopTransaction", {"transactionId": NO_SUCH}, having={"status": "Rejected"}, rule="F03.FR.08")


@case(
    "TC_F_11_CS",
    "Trigger MeterValues for one EVSE",
    verifies="F06.FR.02 F06.FR.04 F06.FR.05 F06.FR.06 F06.FR.10",
    under_test=STATION,
    versions=ED3,
    catches="meters_without_context",
)
def trigger_meter_values(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _triggered("MeterValues", evse={"id": station.evse})
    having = {"evseId": station.evse, "meterValue.0.sampledValue.0.context": "Trigger"}
    yield expect("MeterValues", station.message_s, having=having, rule="F06.FR.06")


@case(
    "TC_F_20_CS",
    "Trigger Heartbeat",
    verifies="F06.FR.04 F06.FR.05 F06.FR.10",
    under_test=STATION,
    versions=ED3,
    catches="no_heartbeat",
)
def trigger_heartbeat(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _triggered("Heartbeat")
    yield expect("Heartbeat", station.message_s, rule="F06.FR.05")


@case(
    "TC_F_23_CS",
    "Trigger StatusNotification, connector available",
    verifies="F06.FR.02 F06.FR.04 F06.FR.05 F06.FR.10",
    under_test=STATION,
    versions=ED3,
    catches="refuses_triggers",
)
def trigger_status(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _triggered("StatusNotification", evse={"id": station.evse, "connectorId": station.connector})
    yield connector_is(station, "Available", rule="F06.FR.05")


@case(
    "TC_F_26_CS",
    "Trigger BootNotification refused when already accepted",
    verifies="F06.FR.04 F06.FR.05 F06.FR.17",
    under_test=STATION,
    versions=ED3,
    catches="boots_again_when_triggered",
)
def trigger_boot(station: Subject) -> Script:
    yield from given(ready(station))
    yield ask(
        "TriggerMessage", {"requestedMessage": "BootNotification"}, having={"status": "Rejected"}, rule="F06.FR.17"
    )


@case(
    "TC_F_27_CS",
    "Trigger answered NotImplemented",
    verifies="F06.FR.08",
    under_test=STATION,
    versions=ED3,
    catches="accepts_any_trigger",
)
def trigger_unknown(station: Subject) -> Script:
    yield from given(ready(station))
    request = {"requestedMessage": "PublishFirmwareStatusNotification"}
    yield ask("TriggerMessage", request, having={"status": "NotImplemented"}, rule="F06.FR.08")


def _triggered(message: str, **more: Any) -> Script:
    request = {"requestedMessage": message, **more}
    yield ask("TriggerMessage", request, having={"status": "Accepted"}, rule="F06.FR.04")


# -- availability ----------------------------------------------------------------------------------------------------


def _evse_becomes(station: Subject, operational: str, status: str) -> Script:
    request = {"operationalStatus": operational, "evse": {"id": station.evse}}
    yield ask("ChangeAvailability", request, having={"status": "Accepted"}, rule="G03.FR.01")
    yield from _evse_reports(station, status)


def _evse_reports(station: Subject, status: str) -> Script:
    for evse, connector in station.connectors:
        if evse == station.evse:
            yield connector_is(station, status, evse=evse, connector=connector, rule="G03.FR.04")


@case(
    "TC_G_03_CS",
    "EVSE set inoperative",
    verifies="G03.FR.01 G03.FR.02 G03.FR.04 G03.FR.06",
    under_test=STATION,
    versions=ED3,
    catches="ignores_availability",
)
def evse_inoperative(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _evse_becomes(station, "Inoperative", "Unavailable")


@case(
    "TC_G_04_CS",
    "EVSE set operative",
    verifies="G03.FR.01 G03.FR.02 G03.FR.04 G03.FR.07",
    under_test=STATION,
    versions=ED3,
    catches="stays_unavailable",
)
def evse_operative(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(_evse_becomes(station, "Inoperative", "Unavailable"))
    yield from _evse_becomes(station, "Operative", "Available")


@case(
    "TC_G_05_CS",
    "Station set inoperative",
    verifies="G04.FR.01 G04.FR.02 G04.FR.03 G04.FR.05 G04.FR.07",
    under_test=STATION,
    versions=ED3,
    catches="ignores_availability",
)
def station_inoperative(station: Subject) -> Script:
    yield from given(ready(station))
    yield ask("ChangeAvailability", {"operationalStatus": "Inoperative"}, having={"status": "Accepted"})
    yield from all_connectors_are(station, "Unavailable")


@case(
    "TC_G_11_CS",
    "EVSE inoperative scheduled during transaction",
    verifies="G03.FR.01 G03.FR.02 G03.FR.04 G03.FR.05",
    under_test=STATION,
    versions=ED3,
    catches="unavailable_at_once",
)
def evse_scheduled(station: Subject) -> Script:
    tx: Tx = yield from given(charging(station))
    request = {"operationalStatus": "Inoperative", "evse": {"id": station.evse}}
    yield ask("ChangeAvailability", request, having={"status": "Scheduled"}, rule="G03.FR.05")
    yield from stopped_locally(station, tx)
    yield from post_session(station, tx)
    if tx.ended:
        yield from _evse_reports(station, "Unavailable")
    else:
        yield from disconnected(station, tx, status="Unavailable")


# -- meter values ----------------------------------------------------------------------------------------------------

REGISTER = "Energy.Active.Import.Register"


def _measured(values: Any) -> set[str]:
    return {value.get("measurand", REGISTER) for value in values if isinstance(value, dict)}


def _contexts(call: Received) -> set[str]:
    meters = call.get("meterValue", [])
    return {value.get("context", "Sample.Periodic") for meter in meters for value in meter.get("sampledValue", [])}


def _samples(calls: list[Received]) -> list[tuple[datetime, set[str]]]:
    """(time, measurands) of each meter value in the calls, in order."""
    meters = [meter for call in calls for meter in call.get("meterValue", [])]
    return sorted(
        ((datetime.fromisoformat(meter["timestamp"]), _measured(meter["sampledValue"])) for meter in meters),
        key=lambda sample: sample[0],
    )


def _complete(calls: list[Received], measurands: str, rule: str) -> Script:
    """Every configured measurand is there at each instant, be it in several messages."""
    wanted = {name.strip() for name in measurands.split(",") if name.strip()}
    together: dict[datetime, set[str]] = {}
    for instant, names in _samples(calls):
        together.setdefault(instant, set()).update(names)
    for instant, names in together.items():
        yield check(wanted <= names, f"every measurand of {sorted(wanted)}", f"{sorted(names)} at {instant}", rule)


def _regular(station: Subject, calls: list[Received], interval_s: float, least: int, rule: str) -> Script:
    """Each of at least so many instants is one interval after the last, give or take the agreed deviation."""
    instants = sorted({instant for instant, _ in _samples(calls)})
    yield check(len(instants) >= least, f"meter values of {least} instants", len(instants), rule)
    gaps_s = [(after - before).total_seconds() for before, after in pairwise(instants)]
    odd = [gap_s for gap_s in gaps_s if abs(gap_s - interval_s) > station.tolerance_s]
    yield check(not odd, f"{interval_s:g} s between meter values", f"{odd} s", rule)


def _aligned(station: Subject, interval_s: float, measurands: object, tx: Tx | None = None) -> Script:
    """Three intervals of clock-aligned values: of the EVSE under test complete, of all that are told in step.

    During a transaction the EVSE's values come in TransactionEvents or in MeterValues (J01.FR.22), and one interval's
    may need several messages (J01.FR.15).
    """
    before: list[Received] = yield seen("MeterValues")
    yield let_pass(3 * interval_s + station.message_s)
    told: list[Received] = yield seen("MeterValues")
    by_evse: dict[Any, list[Received]] = {}
    for call in told:
        if call not in before:
            by_evse.setdefault(call.get("evseId"), []).append(call)
    here = by_evse.pop(station.evse, [])
    if tx is not None:
        events: list[Received] = yield seen("TransactionEvent", where={"triggerReason": "MeterValueClock"})
        for event in events:
            of = event.get("transactionInfo.transactionId")
            yield check(of == tx.id, f"transactionInfo.transactionId {tx.id}", of, "J01.FR.22")
        here = here + events
    yield from _complete(here, str(measurands or REGISTER), "J01.FR.14")
    yield from _regular(station, here, interval_s, 3, "J01.FR.14")
    for calls in by_evse.values():
        yield from _regular(station, calls, interval_s, 1, "J01.FR.14")
    for call in [*here, *(call for calls in by_evse.values() for call in calls)]:
        yield check(_contexts(call) == {"Sample.Clock"}, "context Sample.Clock", _contexts(call), "J01.FR.08")


@case(
    "TC_J_01_CS",
    "Aligned meter values when idle",
    verifies="J01.FR.01 J01.FR.02 J01.FR.03 J01.FR.06 J01.FR.07 J01.FR.08 J01.FR.14 J01.FR.15",
    under_test=STATION,
    versions=ED3,
    catches="aligned_values_as_samples",
)
def aligned_idle(station: Subject) -> Script:
    interval_s = 4 * station.sample_s
    yield from given(ready(station))
    yield from given(configured(station, "AlignedDataCtrlr", "SendDuringIdle", "false", optional=True))
    yield from given(configured(station, "AlignedDataCtrlr", "Interval", interval_s))
    measurands = yield from given(variable(station, "AlignedDataCtrlr", "Measurands"))
    yield from _aligned(station, interval_s, measurands)


@case(
    "TC_J_02_CS",
    "Aligned meter values in transaction",
    verifies="J01.FR.01 J01.FR.02 J01.FR.03 J01.FR.06 J01.FR.07 J01.FR.08 J01.FR.14 J01.FR.15",
    under_test=STATION,
    versions=ED3,
    catches="no_aligned_values_in_transaction main_meter_without_clock main_meter_out_of_step",
)
def aligned_charging(station: Subject) -> Script:
    interval_s = 4 * station.sample_s
    yield from given(ready(station))
    yield from given(configured(station, "AlignedDataCtrlr", "SendDuringIdle", "false", optional=True))
    yield from given(configured(station, "AlignedDataCtrlr", "Interval", interval_s))
    measurands = yield from given(variable(station, "AlignedDataCtrlr", "Measurands"))
    tx: Tx = yield from given(_from_ready(station))
    yield from _aligned(station, interval_s, measurands, tx)


def _from_ready(station: Subject) -> Script:
    """A session from a station that is up already, so that it could be configured before."""
    from_now = yield from new_session(station)
    yield from plugged(station, from_now)
    yield from remotely_started(station, from_now, remote_start_id=START_ID)
    yield from energized(station, from_now)
    return from_now


@case(
    "TC_J_09_CS",
    "Sampled values in Updated events",
    verifies="J02.FR.01 J02.FR.02 J02.FR.03 J02.FR.04 J02.FR.10 J02.FR.11 J02.FR.14",
    under_test=STATION,
    versions=ED3,
    catches="samples_irregularly samples_without_measurand",
)
def sampled_updates(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "SampledDataCtrlr", "TxUpdatedInterval", station.sample_s))
    two = f"{REGISTER},Power.Active.Import"
    yield from given(configured(station, "SampledDataCtrlr", "TxUpdatedMeasurands", two, optional=True))
    measurands = yield from given(variable(station, "SampledDataCtrlr", "TxUpdatedMeasurands"))
    yield from given(_from_ready(station))
    yield let_pass(station.transaction_s)
    calls: list[Received] = yield seen("TransactionEvent", where={"triggerReason": "MeterValuePeriodic"})
    least = int(station.transaction_s // station.sample_s) - 1
    yield check(len(calls) >= least, f"{least} periodic events", f"{len(calls)}", "J02.FR.11")
    for call in calls:
        yield check(_contexts(call) == {"Sample.Periodic"}, "context Sample.Periodic", _contexts(call), "J02.FR.10")
    yield from _complete(calls, str(measurands or REGISTER), "J02.FR.11")
    yield from _regular(station, calls, station.sample_s, least, "J02.FR.11")


@case(
    "TC_J_10_CS",
    "Sampled values in Ended event",
    verifies="J02.FR.01 J02.FR.02 J02.FR.03 J02.FR.04 J02.FR.10 E06.FR.11",
    under_test=STATION,
    versions=ED3,
    catches="ends_without_meter",
)
def sampled_end(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "SampledDataCtrlr", "TxEndedInterval", station.sample_s))
    yield from given(configured(station, "AlignedDataCtrlr", "TxEndedMeasurands", "", optional=True))
    measurands = yield from given(variable(station, "SampledDataCtrlr", "TxEndedMeasurands"))
    tx: Tx = yield from given(_from_ready(station))
    yield from stopped_locally(station, tx)
    yield from post_session(station, tx)
    if not tx.ended:
        yield from disconnected(station, tx)
    ends: list[Received] = yield seen("TransactionEvent", where={"eventType": "Ended", "meterValue": PRESENT})
    yield check(len(ends) == 1, "one Ended event, with meterValue", len(ends), "E06.FR.11")
    for end in ends:
        contexts = _contexts(end)
        yield check("Transaction.End" in contexts, "a value of context Transaction.End", contexts, "E06.FR.11")
        wanted = {name.strip() for name in str(measurands or REGISTER).split(",") if name.strip()}
        names = set().union(*(each for _, each in _samples([end])))
        yield check(wanted <= names, f"every measurand of {sorted(wanted)}", sorted(names), "J02.FR.10")


@case(
    "TC_P_01_CS",
    "DataTransfer to station, unknown vendor/message",
    verifies="P01.FR.05 P01.FR.06",
    under_test=STATION,
    versions=ED3,
    catches="accepts_any_vendor",
)
def data_transfer(station: Subject) -> Script:
    yield from given(ready(station))
    refused = {"status": one_of("UnknownVendorId", "UnknownMessageId", "Rejected")}
    request = {"vendorId": "org.chargebench.unknown", "messageId": "NoSuchMessage"}
    yield ask("DataTransfer", request, having=refused, rule="P01.FR.05")
    yield silence(1, "BootNotification")


def here(station: Subject) -> dict[str, Any]:
    """The connector under test, as UnlockConnector names it."""
    return {"evseId": station.evse, "connectorId": station.connector}
