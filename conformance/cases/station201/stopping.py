"""Block E, how transactions end. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.station201.states import (
    BAY,
    Tx,
    bay_left,
    charging,
    charging_until,
    configured,
    connector_is,
    connector_since,
    disconnected,
    energy_suspended,
    points_of,
    post_session,
    ready,
    started,
    stop_points,
    stopped_locally,
    takes_tokens,
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
    one_of,
    present,
    replug_at_ev,
    seen,
    station201,
    suspend,
    take_cable,
    unplug_at_ev,
)

AUTHORIZED = "Authorized"


def ended(station: Subject, tx: Tx, rule: str) -> Script:
    """The transaction, which the driver has stopped, is over, or ends now."""
    if tx.ended:
        yield check(True, "eventType Ended", "", rule)
        return
    event: Received = yield expect("TransactionEvent", station.message_s, where={"eventType": "Ended"}, rule=rule)
    same = event.get("transactionInfo.transactionId")
    yield check(same == tx.id, f"transactionInfo.transactionId {tx.id}", same, rule)
    reason = event.get("transactionInfo.stoppedReason", "absent")
    wanted = ("absent", "Local") if takes_tokens(station) else ("Remote",)
    yield check(reason in wanted, f"stoppedReason {' or '.join(wanted)}", reason, "E07.FR.04 E07.FR.05")
    tx.note(event)


@station201(
    "TC_E_06_CS",
    "Local stop with token",
    verifies="C01.FR.03 E06.FR.15 E07.FR.04",
    catches="leaves_the_transaction_open stops_for_no_reason asks_before_it_lets_go stays_occupied",
)
def local_stop(station: Subject) -> Script:
    tx: Tx = yield from given(charging(station))
    asked: list[Received] = yield seen("Authorize")
    yield from stopped_locally(station, tx, rule="E06.FR.15 E07.FR.02")
    since: list[Received] = yield seen("Authorize")
    again = since[len(asked) :]
    yield check(not again, "no Authorize for the token that started", f"{len(again)} of them", "C01.FR.03")
    yield from post_session(station, tx)
    yield from disconnected(station, tx, ends=None)
    yield from bay_left(station, tx)


@station201(
    "TC_E_07_CS",
    "Stop on PowerPathClosed lost, local stop",
    verifies="E06.FR.06 E06.FR.15",
    catches="leaves_the_transaction_open stops_for_no_reason",
)
def power_path_lost_locally(station: Subject) -> Script:
    tx: Tx = yield from given(charging_until(station, "PowerPathClosed"))
    yield from stopped_locally(station, tx, rule="E06.FR.15 E07.FR.02")
    yield from ended(station, tx, "E06.FR.06")


@station201(
    "TC_E_08_CS",
    "Stop on EnergyTransfer end after stop authorization",
    verifies="E06.FR.07 E06.FR.15",
    catches="leaves_the_transaction_open stops_for_no_reason",
)
def energy_ends(station: Subject) -> Script:
    tx: Tx = yield from given(charging_until(station, "EnergyTransfer"))
    yield from stopped_locally(station, tx, rule="E06.FR.15 E07.FR.02")
    yield from ended(station, tx, "E06.FR.07")


@station201(
    "TC_E_35_CS",
    "Stop on PowerPathClosed lost, remote stop",
    verifies="E06.FR.06 E06.FR.15",
    catches="leaves_the_transaction_open ends_locally_when_told_from_afar forgets_who_stopped_it"
    " stops_from_afar_for_no_reason",
)
def power_path_lost_remotely(station: Subject) -> Script:
    tx: Tx = yield from given(charging_until(station, "PowerPathClosed"))
    yield ask("RequestStopTransaction", {"transactionId": tx.id}, having={"status": "Accepted"}, rule="F03.FR.07")
    yield expect(
        "TransactionEvent",
        station.message_s,
        where={"eventType": "Ended"},
        having={"transactionInfo.stoppedReason": "Remote"},
        rule="E06.FR.06 E06.FR.08 F03.FR.03",
    )
    stops: list[Received] = yield seen("TransactionEvent", where={"triggerReason": "RemoteStop"})
    yield check(bool(stops), "an event with triggerReason RemoteStop", "none", "E06.FR.15 F03.FR.02")


@station201(
    "TC_E_22_CS",
    "Stop on energy transfer suspended by EV",
    verifies="E06.FR.07 E06.FR.15",
    catches="leaves_the_transaction_open ends_for_no_reason",
)
def energy_ended_by_ev(station: Subject) -> Script:
    """A station may tell of the pause before it tells of the end."""
    yield from given(charging_until(station, "EnergyTransfer"))
    yield suspend(station)
    changed = {"triggerReason": "ChargingStateChanged"}
    states = one_of("EVConnected", "SuspendedEV")
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={**changed, "transactionInfo.chargingState": states},
        rule="E06.FR.07 E06.FR.15",
    )
    if event.get("eventType") != "Ended":
        where = {**changed, "eventType": "Ended"}
        event = yield expect("TransactionEvent", station.message_s, where=where, rule="E06.FR.07 E06.FR.15")
    reason = event.get("transactionInfo.stoppedReason")
    yield check(reason == "StoppedByEV", "transactionInfo.stoppedReason StoppedByEV", reason, "E06.FR.08")


@station201(
    "TC_E_19_CS",
    "Stop on parking bay left",
    verifies="E06.FR.01 E06.FR.15",
    catches="leaves_the_transaction_open overlooks_an_empty_bay",
)
def parking_bay_left(station: Subject) -> Script:
    tx: Tx = yield from given(_unplugged_in_the_bay(station))
    yield from bay_left(station, tx, rule="E06.FR.01 E06.FR.15")


def _unplugged_in_the_bay(station: Subject) -> Script:
    tx = yield from charging_until(station, BAY)
    yield from stopped_locally(station, tx)
    yield from post_session(station, tx)
    yield from disconnected(station, tx, ends=False)
    return tx


def _attached(station: Subject) -> bool:
    """Whether the station was declared to have its cable fixed to it (HFS-2), and no socket (HFS-1)."""
    return station.knows("HFS-2") and not station.knows("HFS-1")


_DECLARED = {AUTHORIZED: "C-10.2", "PowerPathClosed": "C-10.3", BAY: "C-10.5"}


def _supported(station: Subject, point: str, other: str) -> str:
    """The stop point that a case prefers, or the ``other`` where only that was declared."""
    alone = station.knows(_DECLARED[other]) and not station.knows(_DECLARED[point])
    return other if alone else point


def _suspended(station: Subject, point: str, *, stops: bool | None = None, unlocks: bool | None = None) -> Script:
    """EnergyTransferSuspended, of a transaction that ends with this stop point.

    ``stops`` is StopTxOnEVSideDisconnect, ``unlocks`` UnlockOnEVSideDisconnect; None leaves it as it is.
    """
    tx = yield from charging_until(station, point)
    yield from _on_ev_side(station, stops, unlocks)
    yield from energy_suspended(station, tx)
    return tx


def _on_ev_side(station: Subject, stops: bool | None, unlocks: bool | None, *, fixed: bool = False) -> Script:
    if stops is not None:
        value = str(stops).lower()
        yield from configured(station, "TxCtrlr", "StopTxOnEVSideDisconnect", value, optional=not fixed)
    if unlocks is not None:
        value = str(unlocks).lower()
        yield from configured(station, "OCPPCommCtrlr", "UnlockOnEVSideDisconnect", value, optional=True)


def _pulled_at_ev(station: Subject, rule: str, **having: Any) -> Script:
    """The EV is gone from the cable, and the transaction tells so; returns how many messages had come before."""
    calls: list[Received] = yield seen()
    yield unplug_at_ev(station)
    yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "EVCommunicationLost"},
        having={"transactionInfo.chargingState": "Idle", **having},
        rule=rule,
    )
    return len(calls)


def _taken(station: Subject, before: int, rule: str, *, shows: bool = True) -> Script:
    """Who has a socket takes the cable out, after having shown the token again where the station keeps it locked."""
    if not _attached(station):
        if shows:
            yield present(station, station.tokens.valid)
        yield take_cable(station)
    yield from connector_since(before, station, "Available", rule=rule)


@station201(
    "TC_E_17_CS",
    "Stop by deauthorization: EV-side unplug",
    verifies="E06.FR.04 E06.FR.15",
    catches="leaves_the_transaction_open ends_for_no_reason overlooks_a_pulled_cable",
)
def deauthorized_by_unplugging(station: Subject) -> Script:
    point = _supported(station, AUTHORIZED, "PowerPathClosed")
    yield from given(_suspended(station, point, stops=True, unlocks=False))
    having = {"eventType": "Ended", "transactionInfo.stoppedReason": "EVDisconnected"}
    before = yield from _pulled_at_ev(station, "E09.FR.01 E06.FR.04 E06.FR.08 E06.FR.15", **having)
    yield from _taken(station, before, "E09.FR.03")


@station201(
    "TC_E_20_CS",
    "Stop on EV-side unplug (IEC 61851-1 capable)",
    verifies="E06.FR.02 E06.FR.15",
    catches="leaves_the_transaction_open ends_for_no_reason overlooks_a_pulled_cable",
)
def unplugged_at_ev(station: Subject) -> Script:
    yield from given(_suspended(station, "EVConnected", stops=False))
    having = {"eventType": "Ended", "transactionInfo.stoppedReason": "EVDisconnected"}
    yield from _pulled_at_ev(station, "E06.FR.02 E06.FR.08 E06.FR.15", **having)


@station201(
    "TC_E_54_CS",
    "Stop on EV-side unplug (not IEC 61851-1 capable)",
    verifies="E06.FR.02 E06.FR.15",
    catches="leaves_the_transaction_open ends_for_no_reason overlooks_a_pulled_cable",
)
def unplugged_at_talking_ev(station: Subject) -> Script:
    yield from given(_suspended(station, "EVConnected", stops=False))
    having = {"eventType": "Ended", "transactionInfo.stoppedReason": one_of("StoppedByEV", "EVDisconnected")}
    yield from _pulled_at_ev(station, "E06.FR.02 E06.FR.08 E06.FR.15", **having)


@station201(
    "TC_E_37_CS",
    "Stop on PowerPathClosed lost, EV-side unplug",
    verifies="E06.FR.06 E06.FR.15",
    catches="leaves_the_transaction_open ends_for_no_reason overlooks_a_pulled_cable",
)
def power_path_lost_at_ev(station: Subject) -> Script:
    yield from given(_suspended(station, "PowerPathClosed", stops=False))
    having = {"eventType": "Ended", "transactionInfo.stoppedReason": one_of("StoppedByEV", "EVDisconnected")}
    yield from _pulled_at_ev(station, "E06.FR.06 E06.FR.08 E06.FR.15", **having)


def _stops_with_the_cable(station: Subject, *, unlocks: bool) -> Script:
    """EnergyTransferSuspended at a station that deauthorizes whoever pulls the cable at the EV."""
    yield from ready(station)
    if "EnergyTransfer" in (yield from stop_points(station)):  # the EV's pause would end it
        yield from configured(station, "TxCtrlr", "TxStopPoint", "EVConnected")
    tx = yield from started(station)
    yield from _on_ev_side(station, stops=True, unlocks=unlocks)
    yield from energy_suspended(station, tx)
    return tx


@station201(
    "TC_E_24_CS",
    "EV-side unplug ends transaction and unlocks connector",
    verifies="E09.FR.01 E09.FR.02 E09.FR.04",
    catches="overlooks_a_pulled_cable keeps_the_cable",
)
def unlocks_at_ev_side(station: Subject) -> Script:
    yield from given(_stops_with_the_cable(station, unlocks=True))
    before = yield from _pulled_at_ev(station, "E09.FR.01")
    yield from _taken(station, before, "E09.FR.02", shows=False)


@station201(
    "TC_E_25_CS",
    "EV-side unplug ends transaction, connector stays locked",
    verifies="E09.FR.01 E09.FR.03 E09.FR.04",
    catches="overlooks_a_pulled_cable keeps_the_cable",
)
def stays_locked_at_ev_side(station: Subject) -> Script:
    yield from given(_stops_with_the_cable(station, unlocks=False))
    before = yield from _pulled_at_ev(station, "E09.FR.01")
    yield from _taken(station, before, "E09.FR.03")


def _outlives_the_cable(station: Subject) -> Script:
    """EnergyTransferSuspended at a station whose transaction goes on when the cable is pulled at the EV."""
    tx = yield from charging_until(station, _supported(station, AUTHORIZED, BAY))
    yield from _on_ev_side(station, stops=False, unlocks=False, fixed=True)
    yield from energy_suspended(station, tx)
    return tx


@station201(
    "TC_E_26_CS",
    "EV-side unplug only suspends transaction",
    verifies="E10.FR.01 E10.FR.03",
    catches="ends_with_the_cable overlooks_a_pulled_cable takes_the_cable_back_for_no_reason never_charges_again",
)
def goes_on_after_replugging(station: Subject) -> Script:
    yield from given(_outlives_the_cable(station))
    yield from _pulled_at_ev(station, "E10.FR.01 E02.FR.17", eventType="Updated")
    if _attached(station):
        yield connector_is(station, "Available")
    yield replug_at_ev(station)
    yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "CablePluggedIn"},
        having={"eventType": "Updated", "transactionInfo.chargingState": "EVConnected"},
        rule="E10.FR.03 E02.FR.17",
    )
    yield expect(
        "TransactionEvent",
        station.message_s,
        where={"transactionInfo.chargingState": "Charging"},
        having={"eventType": "Updated", "triggerReason": "ChargingStateChanged"},
        rule="E10.FR.03 E01.FR.18",
    )


def _waits_for_its_ev(station: Subject) -> Script:
    tx = yield from _outlives_the_cable(station)
    yield from configured(station, "TxCtrlr", "EVConnectionTimeOut", station.plug_timeout_s)
    return tx


@station201(
    "TC_E_27_CS",
    "EV-side unplug suspends, fixed cable, timeout ends it",
    verifies="E10.FR.02 E10.FR.03",
    catches="ends_with_the_cable waits_for_the_ev_for_ever ends_nothing_at_the_timeout",
)
def times_out_after_unplugging(station: Subject) -> Script:
    yield from given(_waits_for_its_ev(station))
    points = yield from given(points_of(station, "TxStopPoint"))
    yield from _pulled_at_ev(station, "E10.FR.02 E02.FR.17", eventType="Updated")
    yield connector_is(station, "Available")
    having = {"eventType": "Ended", "transactionInfo.stoppedReason": "Timeout"}
    yield expect(
        "TransactionEvent",
        station.plug_timeout_s + station.tolerance_s,
        where={"triggerReason": "EVConnectTimeout"},
        having=having if AUTHORIZED in points else {"eventType": "Updated"},
        rule="E10.FR.02 E06.FR.15",
    )


@station201(
    "TC_E_46_CS",
    "ISO 15118 end-of-charge sequence",
    verifies="E15.FR.04 E15.FR.05",
    catches="leaves_the_transaction_open stops_for_no_reason forgets_who_stopped_it",
)
def stopped_at_car(station: Subject) -> Script:
    yield from given(charging(station))
    points = yield from given(points_of(station, "TxStopPoint"))
    ends = points & {"Authorized", "PowerPathClosed", "EnergyTransfer"}
    yield Operate("stop_at_car", {"evse": station.evse})
    over = {"eventType": "Ended", "transactionInfo.stoppedReason": "StoppedByEV"}
    yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "StopAuthorized"},
        having={**(over if ends else {"eventType": "Updated"}), "transactionInfo.chargingState": "EVConnected"},
        rule="E15.FR.04" if ends else "E15.FR.05",
    )
