"""Block E, how transactions begin. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.station201.states import (
    Tx,
    authorized,
    bay_occupied,
    configured,
    connector_is,
    energized,
    new_session,
    plugged,
    ready,
    remotely_started,
    signed,
)
from conformance.vocabulary import (
    Operate,
    Received,
    Script,
    Subject,
    ask,
    check,
    expect,
    given,
    let_pass,
    one_of,
    optionally,
    plug,
    present,
    satisfying,
    seen,
    silence,
    station201,
)

START_ID = 816


def _starting_at(station: Subject, point: str) -> Script:
    """An idle station whose transactions begin at this point."""
    yield from ready(station)
    yield from configured(station, "TxCtrlr", "TxStartPoint", point, optional=True)
    tx = yield from new_session(station)
    yield check(point in tx.points, f"TxStartPoint {point}", ",".join(sorted(tx.points)))
    return tx


def _authorized_at(station: Subject, point: str) -> Script:
    """The same, and a driver is authorized, not plugged in yet."""
    tx = yield from _starting_at(station, point)
    yield from authorized(station, tx)
    return tx


@station201(
    "TC_E_01_CS",
    "Transaction starts on PowerPathClosed",
    verifies="E01.FR.05 E01.FR.07 E01.FR.10 E01.FR.15 E01.FR.16",
    catches="begins_with_an_update hides_the_connector hides_the_token",
)
def power_path_closed(station: Subject) -> Script:
    tx: Tx = yield from given(_authorized_at(station, "PowerPathClosed"))
    yield from plugged(station, tx)
    yield from energized(station, tx)


@station201(
    "TC_E_02_CS",
    "Transaction starts on EnergyTransfer",
    verifies="E01.FR.06 E01.FR.07 E01.FR.10 E01.FR.15 E01.FR.16",
    catches="begins_with_an_update never_charges hides_the_token hides_the_connector",
)
def energy_transfer(station: Subject) -> Script:
    tx: Tx = yield from given(_authorized_at(station, "EnergyTransfer"))
    yield plug(station)
    yield connector_is(station, "Occupied", rule="E02.FR.05")
    yield expect(
        "TransactionEvent",
        station.message_s,
        where={"transactionInfo.chargingState": "Charging"},
        having={
            "triggerReason": one_of("ChargingStateChanged", "Authorized", "RemoteStart"),
            "evse.id": station.evse,
            "evse.connectorId": station.connector,
            **tx.owed,
            **({} if tx.started else {"eventType": "Started"}),
        },
        rule="E01.FR.06 E01.FR.10 E01.FR.15 E01.FR.16",
    )


@station201(
    "TC_E_09_CS",
    "Transaction starts on EVConnected",
    verifies="E01.FR.02 E01.FR.07 E01.FR.10 E01.FR.15 E01.FR.16",
    catches="begins_with_an_update hides_the_connector",
)
def ev_connected(station: Subject) -> Script:
    tx: Tx = yield from given(_starting_at(station, "EVConnected"))
    yield from given(bay_occupied(station, tx))
    yield from plugged(station, tx)
    yield from authorized(station, tx)
    yield from energized(station, tx)


@station201(
    "TC_E_10_CS",
    "Transaction starts on local Authorized",
    verifies="C01.FR.02 C02.FR.01 C06.FR.02 E01.FR.03 E01.FR.07 E01.FR.10 E01.FR.15 E01.FR.16",
    catches="begins_with_an_update hides_the_token",
)
def authorized_locally(station: Subject) -> Script:
    tx: Tx = yield from given(_starting_at(station, "Authorized"))
    yield from given(configured(station, "AuthCtrlr", "DisableRemoteAuthorization", "false", optional=True))
    yield from authorized(station, tx)
    yield from plugged(station, tx)
    yield from energized(station, tx)


@station201(
    "TC_E_13_CS",
    "Transaction starts on remote Authorized",
    verifies="E01.FR.03 F01.FR.03 F01.FR.04 F01.FR.06 F01.FR.19 F02.FR.01",
    catches="begins_with_an_update hides_the_token",
)
def authorized_remotely(station: Subject) -> Script:
    tx: Tx = yield from given(_starting_at(station, "Authorized"))
    yield from given(configured(station, "AuthCtrlr", "DisableRemoteAuthorization", "false", optional=True))
    yield from remotely_started(station, tx, remote_start_id=START_ID)
    yield from plugged(station, tx)
    yield from energized(station, tx)


def _signing(station: Subject) -> Script:
    """Authorized at a station whose transactions begin with the first reading that the meter has signed."""
    tx = yield from _starting_at(station, "DataSigned")
    yield from configured(station, "SampledDataCtrlr", "SignReadings", "true")
    yield from configured(station, "SampledDataCtrlr", "SignStartedReadings", "true", optional=True)
    key = "EveryMeterValue"
    yield from configured(station, "OCPPCommCtrlr", "PublicKeyWithSignedMeterValue", key, optional=True)
    yield from authorized(station, tx)
    return tx


def _samples(event: Received) -> list[dict[str, Any]]:
    return [sample for value in event.get("meterValue", []) for sample in value.get("sampledValue", [])]


SIGNED = {"signedMeterData", "signingMethod", "encodingMethod", "publicKey"}


@station201(
    "TC_E_11_CS",
    "Transaction starts on DataSigned",
    verifies="E01.FR.04 E01.FR.07 E01.FR.10 E01.FR.15 E01.FR.16",
    catches="begins_with_an_update begins_for_another_reason begins_without_a_signature",
)
def data_signed(station: Subject) -> Script:
    tx: Tx = yield from given(_signing(station))
    yield plug(station)
    tx.plugged = True
    tx.owed |= {"evse.id": station.evse, "evse.connectorId": station.connector}
    yield connector_is(station, "Occupied", rule="E02.FR.05")
    if not tx.started:
        event: Received = yield from signed(station, tx, rule="E01.FR.04 E01.FR.10 E01.FR.15 E01.FR.16")
        samples = _samples(event)
        contexts = sorted({str(sample.get("context", "Sample.Periodic")) for sample in samples})
        yield check(contexts == ["Transaction.Begin"], "a meter value of Transaction.Begin", contexts, "E01.FR.09")
        whole = any(sample.get("signedMeterValue", {}).keys() >= SIGNED for sample in samples)
        yield check(whole, "a signed meter value with its key", samples, "E01.FR.04 E03.FR.10")
    yield from energized(station, tx)


@station201(
    "TC_E_12_CS",
    "Transaction starts on ParkingBayOccupancy",
    verifies="E01.FR.01 E01.FR.07 E01.FR.10 E01.FR.15 E01.FR.16",
    catches="begins_with_an_update overlooks_the_bay",
)
def parking_bay(station: Subject) -> Script:
    tx: Tx = yield from given(_starting_at(station, "ParkingBayOccupancy"))
    yield from bay_occupied(station, tx, rule="E01.FR.01 E01.FR.15")
    yield from authorized(station, tx)
    yield from plugged(station, tx)
    yield from energized(station, tx)


def _authorized_first(station: Subject) -> Script:
    yield from ready(station)
    tx = yield from new_session(station)
    yield check(tx.points != {"EnergyTransfer"}, "a TxStartPoint besides EnergyTransfer", ",".join(tx.points))
    yield from authorized(station, tx)
    return tx


@station201(
    "TC_E_38_CS",
    "Local start while EV is not ready",
    verifies="E01.FR.18 E01.FR.19",
    catches="takes_a_waiting_ev_for_a_charging_one overlooks_a_waiting_ev",
)
def ev_not_ready(station: Subject) -> Script:
    tx: Tx = yield from given(_authorized_first(station))
    place = {"evse": station.evse, "connector": station.connector}
    yield from plugged(station, tx, how=Operate("plug_idle", place))
    if tx.state == "SuspendedEV":
        return
    having = {"triggerReason": one_of("ChargingStateChanged", "RemoteStart")}
    waits = {"transactionInfo.chargingState": one_of("SuspendedEV", "Charging")}
    event: Received = yield expect(
        "TransactionEvent", station.message_s, where=waits, having=having, rule="E01.FR.18 E01.FR.19"
    )
    state = event.get("transactionInfo.chargingState")
    yield check(state == "SuspendedEV", "transactionInfo.chargingState SuspendedEV", state, "E01.FR.19")


def _timing_out(station: Subject) -> Script:
    """A driver is authorized, which begins a transaction and the end of which ends it, and no cable comes."""
    yield from ready(station)
    yield from configured(station, "TxCtrlr", "TxStartPoint", "Authorized", optional=True)
    yield from configured(station, "TxCtrlr", "TxStopPoint", "Authorized", optional=True)
    yield from configured(station, "TxCtrlr", "EVConnectionTimeOut", station.plug_timeout_s)
    yield from configured(station, "AuthCtrlr", "DisableRemoteAuthorization", "false", optional=True)
    tx = yield from new_session(station)
    yield from authorized(station, tx)
    return tx


@station201(
    "TC_E_39_CS",
    "Deauthorized because cable not plugged in time",
    verifies="E06.FR.04 E06.FR.15",
    catches="waits_for_ever ends_nothing_at_the_timeout gives_up_early goes_on_after_the_timeout",
)
def deauthorized_by_timeout(station: Subject) -> Script:
    tx: Tx = yield from given(_timing_out(station))
    within_s = station.plug_timeout_s + station.tolerance_s
    if tx.started:
        before: list[Received] = yield seen("TransactionEvent")
        bay = "ParkingBayOccupancy" in tx.points
        event: Received = yield expect(
            "TransactionEvent",
            within_s,
            where={"triggerReason": "EVConnectTimeout"},
            having={
                "eventType": "Updated" if bay else "Ended",
                "transactionInfo.stoppedReason": optionally("Timeout") if bay else "Timeout",
            },
            rule="E06.FR.04 E06.FR.15 E03.FR.05",
        )
        waited_s = event.t - before[-1].t
        least_s = station.plug_timeout_s - station.tolerance_s
        yield check(waited_s >= least_s, f"{station.plug_timeout_s} s to plug in", f"{waited_s:.0f} s", "E03.FR.05")
    else:
        yield let_pass(within_s)
    told: list[Received] = yield seen("TransactionEvent")
    yield plug(station)
    yield connector_is(station, "Occupied", rule="E02.FR.05")
    flows = {"transactionInfo.chargingState": "Charging"}
    yield silence(station.message_s, "TransactionEvent", where=flows, rule="E06.FR.04")
    events: list[Received] = yield seen("TransactionEvent")
    reasons = {event.get("triggerReason") for event in events[len(told) :]}
    yield check(reasons <= {"CablePluggedIn"}, "no triggerReason but CablePluggedIn", reasons, "E06.FR.15")


def _asks_nobody(station: Subject) -> Script:
    """DisableRemoteAuthorization is set, and neither cache nor list knows a token."""
    yield from ready(station)
    yield from configured(station, "AuthCtrlr", "Enabled", "true", optional=True)
    yield from configured(station, "AuthCtrlr", "DisableRemoteAuthorization", "true")
    none = satisfying("any error", bool)
    yield ask("ClearCache", or_error=none)
    yield ask("SendLocalList", {"versionNumber": 1, "updateType": "Full"}, or_error=none)
    tx = yield from new_session(station)
    yield from bay_occupied(station, tx)
    return tx


@station201(
    "TC_E_52_CS",
    "Authorization first with DisableRemoteAuthorization",
    verifies="C01.FR.02 C01.FR.05",
    catches="asks_although_it_must_not charges_whom_nobody_knows",
)
def remote_authorization_disabled(station: Subject) -> Script:
    tx: Tx = yield from given(_asks_nobody(station))
    yield present(station, station.tokens.valid)
    yield silence(station.message_s, "Authorize", rule="C01.FR.02")
    yield from plugged(station, tx)
    flows = {"transactionInfo.chargingState": "Charging"}
    yield silence(station.message_s, "TransactionEvent", where=flows, rule="C01.FR.02")
