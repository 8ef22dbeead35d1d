"""A driver is authorized at a 2.0.1 station, on the spot or from afar, or loses the right to charge."""

from __future__ import annotations

from typing import Any

from conformance.cases.station201.states.bay import bay_occupied
from conformance.cases.station201.states.transaction import Tx, begins, same_transaction
from conformance.cases.station201.states.variables import variable
from conformance.vocabulary import Received, Reply, Script, Subject, Token, ask, check, expect, one_of, present

REMOTE_START_ID = 4321
"""What the bench calls a start from afar that stands in for a token."""


def takes_tokens(station: Subject) -> bool:
    """Whether the station has some local authorization (C-30 to C-35); one of which nothing was declared has."""
    return not station.features or any(station.knows(f"C-{number}") for number in range(30, 36))


def authorized(
    station: Subject, tx: Tx, *, asks: bool | None = True, token: Token | None = None, rule: str = ""
) -> Script:
    """Authorized (local): a valid token was presented and, where a transaction is or comes to be, reported with it.

    ``asks``: whether the station has to ask the CSMS about it; None leaves it free to. ``rule``: what asks for all of
    it, where that is more than usual. Returns the event that told of it, None where there is no transaction yet.
    A station that was declared to take no tokens on the spot is told from afar.
    """
    token = token or station.tokens.valid
    yield from bay_occupied(station, tx)
    if not takes_tokens(station):
        yield from remotely_started(station, tx, remote_start_id=REMOTE_START_ID, token=token)
        return None
    yield present(station, token)
    if asks is not False:
        having = {"idToken.idToken": token.id, "idToken.type": token.type}
        yield expect("Authorize", station.message_s, having=having, rule=rule or "C01.FR.02", optional=asks is None)
    told: Received | None = yield from authorization_told(station, tx, token, rule=rule)
    return told


def authorization_told(station: Subject, tx: Tx, token: Token, *, rule: str = "") -> Script:
    """A transaction that is, or comes to be with it, reports the accepted token; returns the event, or None."""
    tx.authorized = True
    tx.owed |= {"idToken.idToken": token.id, "idToken.type": token.type}
    starts = "Authorized" in tx.points or ("PowerPathClosed" in tx.points and tx.plugged)
    if not (tx.started or starts):
        return None
    reason = "Authorized" if tx.started or "Authorized" in tx.points else one_of("Authorized", "ChargingStateChanged")
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": reason},
        having={"eventType": "Updated" if tx.started else "Started", **tx.owed},
        rule=begins(tx, f"{rule} {'E02.FR.01' if tx.plugged else 'E03.FR.01'}".strip()),
    )
    yield from same_transaction(tx, event)
    return event


def remotely_started(
    station: Subject,
    tx: Tx,
    *,
    remote_start_id: int,
    authorizes: bool | None = None,
    profile: dict[str, Any] | None = None,
    token: Token | None = None,
) -> Script:
    """Authorized (remote): the CSMS asked for a start, which the first event then names.

    ``authorizes``: whether the station has to ask the CSMS about the token; None leaves it free to, if it is set to do
    that at all. ``profile``: the charging profile that comes with it. ``token``: whose start, named with its group, it
    is to be where that is not the usual driver's.
    """
    if authorizes is None:
        asks = yield from variable(station, "AuthCtrlr", "AuthorizeRemoteStart")
        authorizes = None if str(asks).lower() == "true" else False
    group = {"groupIdToken": token.group_payload} if token and token.group else {}
    token = token or station.tokens.valid
    request = {"idToken": token.payload, "remoteStartId": remote_start_id, "evseId": station.evse, **group}
    if profile is not None:
        request["chargingProfile"] = profile
    reply: Reply = yield ask(
        "RequestStartTransaction",
        request,
        having={"status": "Accepted"},
        rule="F01.FR.13" if tx.plugged else "F02.FR.01",
    )
    if tx.started:
        yield check(
            reply.get("transactionId") == tx.id, f"transactionId {tx.id}", reply.get("transactionId"), "F01.FR.13"
        )
    if authorizes is not False:
        having = {"idToken.idToken": token.id, "idToken.type": token.type}
        yield expect("Authorize", station.message_s, having=having, rule="F01.FR.01", optional=authorizes is None)
    tx.authorized = True
    tx.owed |= {
        "triggerReason": "RemoteStart",
        "transactionInfo.remoteStartId": remote_start_id,
        "idToken.idToken": token.id,
        "idToken.type": token.type,
    }
    starts = "Authorized" in tx.points or ("PowerPathClosed" in tx.points and tx.plugged)
    if not (tx.started or starts):
        return
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "RemoteStart"},
        having={"eventType": "Updated" if tx.started else "Started", **tx.owed},
        rule=begins(tx, "F01.FR.25" if tx.plugged else "F02.FR.01"),
    )
    yield from same_transaction(tx, event)


CUTTING = frozenset({"Authorized", "PowerPathClosed", "EnergyTransfer"})
"""The stop points at which a transaction ends with the right to charge."""


def deauthorized(station: Subject, tx: Tx, points: frozenset[str], *, rule: str = "") -> Script:
    """Deauthorized: the CSMS has refused the token of the transaction, which ends the right to charge.

    ``points``: the station's stop points.
    """
    ends = bool(points & CUTTING)
    kind = {"eventType": "Ended", "transactionInfo.stoppedReason": "DeAuthorized"} if ends else {"eventType": "Updated"}
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "Deauthorized"},
        having={"transactionInfo.chargingState": one_of("EVConnected", "SuspendedEVSE"), **kind},
        rule=f"{rule} {'C15.FR.04' if ends else 'C15.FR.03'}".strip(),
    )
    yield from same_transaction(tx, event)
