"""How far the transaction of a 2.0.1 station has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from conformance.cases.station201.states.variables import configured, start_points, stop_points
from conformance.vocabulary import Received, Script, Subject, check


@dataclass(slots=True)
class Tx:
    """What is known of the session: the station's start and stop points, and how far the transaction has come.

    ``owed`` is what the first event after plugging or an authorization must tell of it (part 6, 2.1). ``rules`` are
    requirements that a case judges by its beginning, besides those of the states themselves.
    """

    points: frozenset[str]
    id: str = ""
    plugged: bool = False
    authorized: bool = False
    charging: bool = False
    stopped: bool = False
    ended: bool = False
    bay: bool = False
    seq_no: int = -1
    state: str = ""
    rules: str = ""
    stops: frozenset[str] = frozenset()
    owed: dict[str, Any] = field(default_factory=dict)

    @property
    def started(self) -> bool:
        """Whether the station has begun a transaction."""
        return bool(self.id)

    def note(self, event: Received) -> None:
        """Learn from a TransactionEvent."""
        self.id = str(event.get("transactionInfo.transactionId"))
        self.state = event.get("transactionInfo.chargingState", self.state)
        self.charging = event.get("transactionInfo.chargingState", "") == "Charging"
        self.ended = event.get("eventType") == "Ended"
        self.seq_no = event.get("seqNo", -1)
        self.owed = {}


def new_session(station: Subject, *, known: bool = False) -> Script:
    """Nothing has happened yet at the EVSE, and what the station knows of tokens counts only where ``known`` says so.

    Part 6 §2.1: LocalPreAuthorize is off, whatever the case before has set.
    """
    if not known:
        yield from configured(station, "AuthCtrlr", "LocalPreAuthorize", "false", optional=True)
    points = yield from start_points(station)
    stops = yield from stop_points(station)
    return Tx(points, stops=stops)


_BEGINS = {
    "ParkingBayOccupancy": "E01.FR.01",
    "EVConnected": "E01.FR.02",
    "Authorized": "E01.FR.03",
    "DataSigned": "E01.FR.04",
    "PowerPathClosed": "E01.FR.05",
    "EnergyTransfer": "E01.FR.06",
}


def begins(tx: Tx, rules: str) -> str:
    """These rules, those of what the event owes, and those of the start points where it begins the transaction."""
    owed = [rule for path, rule in (("idToken.idToken", "E01.FR.10"), ("evse.id", "E01.FR.16")) if path in tx.owed]
    begun = [] if tx.started else [_BEGINS[point] for point in sorted(tx.points & _BEGINS.keys())]
    return " ".join(dict.fromkeys([*rules.split(), *owed, *begun, *tx.rules.split()]))


def same_transaction(tx: Tx, event: Received) -> Script:
    """An event belongs to the transaction that was begun; the first one names it."""
    seen_id = event.get("transactionInfo.transactionId")
    if tx.started:
        yield check(seen_id == tx.id, f"transactionInfo.transactionId {tx.id}", seen_id)
    tx.note(event)
