"""An EV comes into the parking bay of a 2.0.1 station, and leaves it."""

from __future__ import annotations

from conformance.cases.station201.idle import bay_free
from conformance.cases.station201.states.transaction import Tx, same_transaction
from conformance.vocabulary import Received, Script, Subject, drive_in, drive_out, expect, let_pass, optionally

BAY = "ParkingBayOccupancy"


def bay_occupied(station: Subject, tx: Tx, *, rule: str = "E01.FR.01") -> Script:
    """ParkingBayOccupied: an EV stands in the bay; nothing to do where no transaction begins or ends with that."""
    if BAY not in tx.points | tx.stops or tx.bay or tx.plugged:
        return
    yield from bay_free(station)
    yield drive_in(station)
    tx.bay = True
    if BAY not in tx.points:
        yield let_pass(2 * station.tolerance_s)
        return
    having = {"eventType": "Started", **tx.owed}
    event: Received = yield expect(
        "TransactionEvent", station.message_s, where={"triggerReason": "EVDetected"}, having=having, rule=rule
    )
    yield from same_transaction(tx, event)


def bay_left(station: Subject, tx: Tx, *, refused: bool = False, rule: str = "E06.FR.01") -> Script:
    """ParkingBayUnoccupied: the EV has left the bay; nothing to do where none was driven in.

    ``refused``: nobody was ever authorized, and nothing is demanded of the transaction.
    """
    if not tx.bay:
        return
    yield drive_out(station)
    tx.bay = False
    if tx.ended:
        yield let_pass(2 * station.tolerance_s)
        return
    if refused:
        yield expect("TransactionEvent", station.message_s, where={"triggerReason": "EVDeparted"}, optional=True)
        return
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "EVDeparted"},
        having={"eventType": "Ended", "transactionInfo.stoppedReason": optionally("Local", "Remote")},
        rule=rule,
    )
    yield from same_transaction(tx, event)
