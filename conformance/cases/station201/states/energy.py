"""An EV is connected to a 2.0.1 station, and energy flows."""

from __future__ import annotations

from conformance.cases.station201.states.authorization import authorized
from conformance.cases.station201.states.bay import bay_occupied
from conformance.cases.station201.states.connectors import connector_is
from conformance.cases.station201.states.startup import ready
from conformance.cases.station201.states.transaction import Tx, begins, new_session, same_transaction
from conformance.cases.station201.states.variables import configured, stop_points
from conformance.vocabulary import Operate, Received, Script, Subject, check, expect, let_pass, one_of, plug, suspend


def plugged(station: Subject, tx: Tx, *, how: Operate | None = None, rule: str = "") -> Script:
    """EVConnectedPreSession: the cable is in, and the transaction has started if that is a start point.

    ``how``: the operation that connects the EV where it is not the usual one. ``rule``: as in ``energized``.
    """
    yield from bay_occupied(station, tx)
    yield how or plug(station)
    tx.plugged = True
    tx.owed |= {"evse.id": station.evse, "evse.connectorId": station.connector}
    yield connector_is(station, "Occupied", rule=f"E02.FR.05 {tx.rules}".strip())
    starts = "EVConnected" in tx.points or ("PowerPathClosed" in tx.points and tx.authorized)
    if not (tx.started or starts):
        return
    state = one_of("EVConnected", "SuspendedEVSE", "SuspendedEV", "Charging") if tx.authorized else "EVConnected"
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": one_of("CablePluggedIn", "ChargingStateChanged", "RemoteStart")},
        having={
            "eventType": "Updated" if tx.started else "Started",
            "transactionInfo.chargingState": state,
            **tx.owed,
        },
        rule=begins(tx, f"{rule} E02.FR.17 E01.FR.16".strip()),
    )
    yield from same_transaction(tx, event)


def energized(station: Subject, tx: Tx, *, rule: str = "") -> Script:
    """EnergyTransferStarted: energy flows from an authorized session. ``rule``: what asks for it, besides the usual."""
    if not tx.plugged:
        yield from plugged(station, tx)
    if "DataSigned" in tx.points and not tx.started:
        yield from _begun_with_data(station, tx)
    if tx.charging:
        return
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={
            "transactionInfo.chargingState": "Charging",
            "triggerReason": one_of("ChargingStateChanged", "Authorized", "CablePluggedIn", "RemoteStart"),
        },
        having={
            "eventType": "Updated" if tx.started else "Started",
            "triggerReason": "ChargingStateChanged",
            **tx.owed,
        },
        rule=begins(tx, f"{rule} E01.FR.18 E02.FR.13".strip()),
    )
    yield from same_transaction(tx, event)


def _begun_with_data(station: Subject, tx: Tx) -> Script:
    """A transaction begins with a signed reading, or like with PowerPathClosed where the meter has nothing to sign."""
    triggers = one_of("SignedDataReceived", "Authorized", "CablePluggedIn", "ChargingStateChanged", "RemoteStart")
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"eventType": "Started"},
        having={"triggerReason": triggers, **tx.owed},
        rule=begins(tx, "E01.FR.15"),
    )
    yield from same_transaction(tx, event)


def signed(station: Subject, tx: Tx, *, rule: str = "E01.FR.04") -> Script:
    """The meter has signed its first reading, and with that the transaction begins; returns the event."""
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": one_of("SignedDataReceived", "RemoteStart")},
        having={"eventType": "Started", **tx.owed},
        rule=rule,
    )
    yield from same_transaction(tx, event)
    return event


def connected(station: Subject) -> Script:
    """EVConnectedPreSession at an idle station; returns the session."""
    yield from ready(station)
    tx = yield from new_session(station)
    yield from plugged(station, tx)
    return tx


def started(station: Subject) -> Script:
    """EnergyTransferStarted by a local start, cable first, at a station that is ready; returns the session."""
    tx = yield from new_session(station)
    yield from plugged(station, tx)
    yield from authorized(station, tx)
    yield from energized(station, tx)
    return tx


def charging(station: Subject) -> Script:
    """A whole local start, cable first; returns the session."""
    yield from ready(station)
    return (yield from started(station))


def charging_until(station: Subject, point: str) -> Script:
    """EnergyTransferStarted, of a transaction that ends with this stop point."""
    yield from ready(station)
    yield from configured(station, "TxCtrlr", "TxStopPoint", point, optional=True)
    points = yield from stop_points(station)
    yield check(point in points, f"TxStopPoint {point}", ",".join(sorted(points)))
    return (yield from started(station))


def energy_suspended(station: Subject, tx: Tx) -> Script:
    """EnergyTransferSuspended: the EV has stopped taking energy, which ends the transaction only at EnergyTransfer."""
    yield let_pass(station.transaction_s)
    yield suspend(station)
    states = one_of("SuspendedEV", "EVConnected")
    paused = {"transactionInfo.chargingState": states}
    event: Received = yield expect("TransactionEvent", station.message_s, where=paused, rule="E01.FR.18")
    yield from same_transaction(tx, event)
    if tx.state == "SuspendedEV":
        why = event.get("triggerReason")
        yield check(why == "ChargingStateChanged", "triggerReason ChargingStateChanged", why, "E01.FR.15")
    if tx.ended:
        reason = event.get("transactionInfo.stoppedReason")
        yield check(reason == "StoppedByEV", "stoppedReason StoppedByEV", reason, "E06.FR.08")
