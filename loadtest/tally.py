"""What one process of a fleet measures of its stations: in which state each is, what happened, how long CALLs took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from protocol.link import Ending
from protocol.session import Answered, Dropped, Misanswered, Refused
from reports.ticks import Calls
from simulator import facts
from simulator.line import Reply
from simulator.station import Station
from simulator.tokens import ACCEPTED

STATES = ("built", "dialling", "connected", "accepted", "charging", "waiting", "stopped")
"""What a station can be doing; names of gauges in ``load.jsonl``."""

BUILT, DIALLING, CONNECTED, AT_WORK, CHARGING, WAITING, STOPPED = range(len(STATES))
_OPEN = (CONNECTED, AT_WORK, CHARGING)
_KNOWN = 8
"""Set beside the state of a station that was connected before."""

CONNECT, BOOT = "connect", "boot"
"""Latencies that are none of CALLs: from dialling to the open connection, and to being accepted."""


class Tally:
    """Counts for all stations of a process; a ``simulator.watch.Watch``. ``wall`` is a monotonic clock."""

    def __init__(self, stations: Mapping[str, Station], wall: Callable[[], float]) -> None:
        self.frames_up = 0
        self.frames_down = 0
        self.built = 0
        """Stations that were built, and connections that were opened, since the beginning."""
        self.gone = 0
        """Stations that are no more."""
        self.counts: Counter[str] = Counter()
        self.calls: dict[str, Calls] = {}
        self._stations = stations
        self._wall = wall
        self._states: dict[str, int] = {}
        self._numbers = [0] * len(STATES)
        self._dialled: dict[str, float] = {}
        self._called: dict[str, float] = {}
        self._transactions: Counter[str] = Counter()
        self._on_purpose = ""
        self._take: dict[type[facts.Fact], Callable[[str, Any], None]] = {
            facts.Connected: self._connected,
            facts.Registered: self._registered,
            facts.Disconnected: self._disconnected,
            facts.PoweredOn: self._powered_on,
            facts.PoweredOff: self._powered_off,
            facts.TransactionStarted: self._started,
            facts.TransactionEnded: self._ended,
            **dict.fromkeys(_COUNTED, self._counted),
        }

    # -- what stations tell -----------------------------------------------------------------------------------------

    def dialling(self, station: str) -> None:
        self._dialled[station] = self._wall()
        self._move(station, DIALLING)

    def called(self, station: str) -> None:
        self._called[station] = self._wall()

    def settled(self, station: str, reply: Reply) -> None:
        since = self._called.pop(station, None)
        calls = self._of(reply.action)
        if isinstance(reply, Answered) and since is not None:
            calls.took(self._wall() - since)
        else:
            calls.failures[_failure(reply)] += 1

    def fact(self, station: str, fact: facts.Fact) -> None:
        """Something happened in a station."""
        take = self._take.get(type(fact))
        if take is not None:
            take(station, fact)

    # -- what the process tells -------------------------------------------------------------------------------------

    def joined(self, station: str) -> None:
        """A station was built."""
        self.built += 1
        self._states[station] = BUILT
        self._numbers[BUILT] += 1

    def left(self, station: str) -> None:
        """A station is no more."""
        self.gone += 1
        state = self._states.pop(station)
        self._numbers[state & ~_KNOWN] -= 1
        self._dialled.pop(station, None)
        self._called.pop(station, None)
        self._transactions.pop(station, None)

    def count(self, name: str) -> None:
        """Something else happened."""
        self.counts[name] += 1

    @contextmanager
    def on_purpose(self, name: str) -> Iterator[None]:
        """What happens to connections meanwhile was ordered: it counts by this name, and not as lost."""
        self._on_purpose = name
        try:
            yield
        finally:
            self._on_purpose = ""

    @property
    def gauges(self) -> dict[str, float]:
        """How many stations are in each state."""
        return dict(zip(STATES, self._numbers, strict=True))

    @property
    def connections(self) -> int:
        """How many connections are open or being opened."""
        return sum(self._numbers[state] for state in (*_OPEN, DIALLING))

    def taken(self) -> tuple[Counter[str], dict[str, Calls]]:
        """What was counted since the last time."""
        counts, calls = self.counts, self.calls
        for name in ("frames_up", "frames_down"):
            if number := getattr(self, name):
                counts[name] = number
        self.frames_up = self.frames_down = 0
        self.counts, self.calls = Counter(), {}
        return counts, calls

    # -- inside -----------------------------------------------------------------------------------------------------

    def _of(self, action: str) -> Calls:
        calls = self.calls.get(action)
        if calls is None:
            calls = self.calls[action] = Calls()
        return calls

    def _move(self, station: str, state: int, known: int = 0) -> None:
        before = self._states.get(station)
        if before is None:
            return  # it is being taken down
        self._states[station] = state | (before & _KNOWN) | known
        self._numbers[before & ~_KNOWN] -= 1
        self._numbers[state] += 1

    def _at_work(self, station: str) -> None:
        self._move(station, CHARGING if self._transactions.get(station) else AT_WORK)

    def _connected(self, station: str, _fact: facts.Connected) -> None:
        since = self._dialled.get(station)
        if since is not None:
            self._of(CONNECT).took(self._wall() - since)
        self.counts["opened"] += 1
        self.built += 1
        if self._states.get(station, 0) & _KNOWN:
            self.counts["reconnected"] += 1
        if self._stations[station].accepted_once:
            self._dialled.pop(station, None)
            self._at_work(station)
        else:
            self._move(station, CONNECTED)
        self._states[station] |= _KNOWN

    def _registered(self, station: str, fact: facts.Registered) -> None:
        since = self._dialled.pop(station, None)
        if fact.status != ACCEPTED:
            self.counts[fact.status.lower()] += 1
            self._of(BOOT).failures[fact.status] += 1
            self._move(station, CONNECTED)
            return
        self.counts["booted"] += 1
        if since is not None:
            self._of(BOOT).took(self._wall() - since)
        self._at_work(station)

    def _disconnected(self, station: str, fact: facts.Disconnected) -> None:
        was_open = self._states.get(station, 0) & ~_KNOWN in _OPEN
        self._dialled.pop(station, None)
        self._move(station, WAITING)
        if was_open:
            self._count_loss(self._stations.get(station), fact)
        elif not self._on_purpose:
            self._count_failure(fact)

    def _count_loss(self, station: Station | None, fact: facts.Disconnected) -> None:
        if self._on_purpose:
            self.counts[self._on_purpose] += 1
        elif station is None or not station.powered or station.line.left_by_choice:
            self.counts["left"] += 1
        else:
            self.counts["lost"] += 1
            self.counts[f"lost:{fact.code or fact.ending}"] += 1

    def _count_failure(self, fact: facts.Disconnected) -> None:
        """A connection never came to be."""
        refused = fact.ending == Ending.REFUSED
        self.counts[f"refused:{fact.code}" if refused else f"failed:{fact.ending}"] += 1
        self._of(CONNECT).failures[f"HTTP {fact.code}" if refused else fact.ending] += 1

    def _powered_on(self, station: str, _fact: facts.Fact) -> None:
        self._move(station, BUILT)

    def _powered_off(self, station: str, _fact: facts.Fact) -> None:
        self._move(station, STOPPED)

    def _started(self, station: str, _fact: facts.Fact) -> None:
        self.counts["started"] += 1
        self._transactions[station] += 1
        if self._states.get(station, 0) & ~_KNOWN == AT_WORK:
            self._move(station, CHARGING)

    def _ended(self, station: str, _fact: facts.Fact) -> None:
        self.counts["ended"] += 1
        self._transactions[station] -= 1
        if self._transactions[station] <= 0:
            del self._transactions[station]
        if self._states.get(station, 0) & ~_KNOWN == CHARGING:
            self._at_work(station)

    def _counted(self, _station: str, fact: facts.Fact) -> None:
        self.counts[_COUNTED[type(fact)]] += 1


_COUNTED: dict[type[facts.Fact], str] = {
    facts.TokenRefused: "token_refused",
    facts.MessageGivenUp: "given_up",
    facts.FrameIgnored: "frames_ignored",
    facts.ConnectorFaulted: "faulted",
    facts.SecurityEventRaised: "security_events",
}


def _failure(reply: Reply) -> str:
    """The kind of a failure: the CALLERROR's code, or what became of the CALL."""
    if isinstance(reply, Refused):
        return reply.code
    if isinstance(reply, Dropped) and not reply.sent:
        return "NeverSent"
    if isinstance(reply, Misanswered):
        return "Misanswered"
    return type(reply).__name__
