"""A session at a 2.0.1 station comes to its end."""

from __future__ import annotations

from conformance.cases.station201.states.authorization import takes_tokens
from conformance.cases.station201.states.bay import bay_left
from conformance.cases.station201.states.connectors import connector_is
from conformance.cases.station201.states.transaction import Tx, same_transaction
from conformance.vocabulary import (
    Matcher,
    Received,
    Script,
    Subject,
    Token,
    ask,
    check,
    expect,
    let_pass,
    optionally,
    present,
    unplug,
)


def stopped_locally(
    station: Subject,
    tx: Tx,
    *,
    token: Token | None = None,
    reason: str = "Local",
    rule: str = "E07.FR.02",
    ends: str = "",
) -> Script:
    """StopAuthorized (local): the token that started the session, or one that may end it too, was presented.

    A station that was declared to take no tokens on the spot is told from afar. ``rule``: what asks for the event of
    the token; ``ends``: what asks for the end of the transaction, besides the usual.
    """
    if not takes_tokens(station):
        yield from stopped_remotely(station, tx)
        return
    token = token or station.tokens.valid
    yield let_pass(station.transaction_s)
    yield present(station, token)
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "StopAuthorized"},
        having={
            "idToken.idToken": optionally(token.id),
            "idToken.type": optionally(token.type),
            "transactionInfo.stoppedReason": optionally(reason),
        },
        rule=rule,
    )
    tx.stopped = event.get("transactionInfo.chargingState") == "EVConnected"
    yield from same_transaction(tx, event)
    yield from _as_its_stop_points_say(station, tx, optionally(reason), rule=ends)


def stopped_remotely(station: Subject, tx: Tx) -> Script:
    """StopAuthorized (remote): the CSMS asked for the end of the transaction."""
    yield let_pass(station.transaction_s)
    yield ask("RequestStopTransaction", {"transactionId": tx.id}, having={"status": "Accepted"}, rule="F03.FR.07")
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "RemoteStop"},
        having={"transactionInfo.stoppedReason": optionally("Remote")},
        rule="F03.FR.02 F03.FR.03",
    )
    tx.stopped = event.get("transactionInfo.chargingState") == "EVConnected"
    yield from same_transaction(tx, event)
    yield from _as_its_stop_points_say(station, tx, "Remote", rule="F03.FR.03")


_ENDS = {"Authorized": "E06.FR.03", "PowerPathClosed": "E06.FR.06", "EnergyTransfer": "E06.FR.07"}
_LASTS = {"EVConnected", "ParkingBayOccupancy"}


def _as_its_stop_points_say(station: Subject, tx: Tx, reason: str | Matcher, *, rule: str = "") -> Script:
    """Whoever may charge no more ends the transaction, at once or with the energy, or it goes on until the EV leaves.

    Part 6, erratum of 2025-04. Stop points that are not known demand nothing.
    """
    rules = " ".join([rule, *(_ENDS[point] for point in sorted(tx.stops & _ENDS.keys()))]).strip()
    if tx.stops & _ENDS.keys() and not tx.ended:
        event: Received = yield expect(
            "TransactionEvent",
            station.message_s,
            where={"triggerReason": "ChargingStateChanged", "transactionInfo.chargingState": "EVConnected"},
            having={"eventType": "Ended", "transactionInfo.stoppedReason": reason},
            rule=rules,
        )
        yield from same_transaction(tx, event)
    elif tx.stops and tx.stops <= _LASTS:
        yield check(not tx.ended, "eventType Updated", "Ended", rules)


def post_session(station: Subject, tx: Tx) -> Script:
    """EVConnectedPostSession: no energy any more, the cable still in."""
    if tx.ended or tx.stopped:
        return
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "ChargingStateChanged", "transactionInfo.chargingState": "EVConnected"},
        rule="E01.FR.18 E02.FR.13",
    )
    yield from same_transaction(tx, event)


def disconnected(
    station: Subject, tx: Tx, *, rule: str = "G01.FR.04", status: str = "Available", ends: bool | None = True
) -> Script:
    """EVDisconnected: the cable is out, the connector free and the transaction over.

    ``ends``: whether the transaction has to end with that; None demands nothing.
    """
    yield unplug(station)
    yield connector_is(station, status, rule=rule)
    if tx.ended:
        return
    kind = {} if ends is None else {"eventType": "Ended" if ends else "Updated"}
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "EVCommunicationLost"},
        having={**kind, "transactionInfo.chargingState": "Idle"},
        rule="E06.FR.02",
    )
    yield from same_transaction(tx, event)


def done(station: Subject, tx: Tx) -> Script:
    """From charging to ParkingBayUnoccupied, stopped by the driver's token."""
    yield from stopped_locally(station, tx)
    yield from post_session(station, tx)
    yield from disconnected(station, tx, ends=None)
    yield from bay_left(station, tx)
