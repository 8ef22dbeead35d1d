"""A fleet: tens of thousands of stations in several processes, started, commanded and supervised by one parent.

Everything here is plain blocking Python with one thread per process of the fleet, so that it also works where threads
and sockets are gevent's, as in a Locust worker.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol, Self

from loadtest.habits import Habits
from loadtest.identities import Identity, IdentityError
from loadtest.minder import Minder
from loadtest.mishaps import FleetError, Gap, Notice
from loadtest.plan import Plan
from loadtest.room import Room, room_for
from loadtest.tally import STATES
from reports.ticks import Calls, Tick

END_S = 30.0
"""How long a process of the fleet may take to say goodbye."""


class Record(Protocol):
    """Where the frames, facts and samples of the recorded stations go; a ``reports.rundir.RunWriter`` is one."""

    def message(self, t: float, station: str, direction: str, text: str, wall: float, /) -> object:
        """One frame as it was on the wire."""

    def event(self, t: float, station: str, kind: str, fact: str, /, **fields: Any) -> object:
        """One fact."""

    def sample(self, *row: Any, **values: Any) -> object:
        """One row of the time series of an EVSE."""


OnTick = Callable[[Tick], None]
OnNotice = Callable[[Notice], None]


class Fleet:
    """Starts ``shards`` processes when it is entered, and ends them when it is left.

    ``on_tick`` is told every tick of every process (sources ``fleet-1``, ``fleet-2``, …), ``on_notice`` what is out of
    the ordinary; both are called by the fleet's threads, one at a time. ``record`` keeps the frames of the recorded
    stations. Raises PlanError, SecurityError, IdentityError, NoRoom before anything is started.
    """

    def __init__(
        self,
        plan: Plan,
        shards: int = 1,
        *,
        on_tick: OnTick | None = None,
        on_notice: OnNotice | None = None,
        record: Record | None = None,
        room: Room | None = None,
    ) -> None:
        plan.check()
        self.plan = plan
        self.room = room or room_for(plan.url, shards, plan.sources)
        self.began = datetime.now(UTC)
        self.began_s = time.monotonic()
        self.gaps: list[Gap] = []
        """What is missing from the ticks; empty when they tell all."""
        self.totals = Tick(0.0, "fleet")
        """The sum of all ticks so far: counts, and calls by action."""
        self._on_tick = on_tick
        self._on_notice = on_notice
        self._record = record
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._free: list[int] = []
        self._next = 0
        self._lives: Counter[int] = Counter()
        self._recorded: set[int] = set()
        self._ending = False
        self._failure: Exception | None = None
        self._standing: dict[str, dict[str, Any]] = {}
        self._shards = [Minder(self, number) for number in range(shards)]

    # -- life -------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        try:
            for shard in self._shards:
                shard.begin()
            for shard in self._shards:
                shard.await_ready()
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.end()
        else:
            self._kill()

    def end(self) -> None:
        """Switch all stations off and end the processes; afterwards every tick has been told.

        Raises what ``on_tick`` or ``on_notice`` raised; they were told nothing more after that.
        """
        with self._lock:
            self._ending = True
            for shard in self._shards:
                shard.order(do="end")
        for shard in self._shards:
            shard.join(END_S)
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _kill(self) -> None:
        with self._lock:
            self._ending = True
        for shard in self._shards:
            shard.kill("the fleet is given up")
            shard.join(END_S)

    # -- orders -----------------------------------------------------------------------------------------------------

    def start(self, stations: int = 1, per_s: float | None = None) -> list[Identity]:
        """Start more stations, all at once or at a pace; returns who they are.

        Raises NoRoom or IdentityError, and starts none, where there is no room or are no identities for all of them.
        """
        with self._lock:
            self.room.check(self.wanted + stations)
            numbers = self._numbers(stations)
            shares: dict[Minder, list[int]] = {}
            loads = [(len(shard.numbers), shard.index, shard) for shard in self._shards if not shard.lost]
            if not loads:
                raise FleetError("no process of the fleet is left")
            heapq.heapify(loads)
            for number in numbers:
                load, index, shard = loads[0]
                shares.setdefault(shard, []).append(number)
                heapq.heapreplace(loads, (load + 1, index, shard))
            for shard, share in shares.items():
                shard.start(share, None if per_s is None else per_s * len(share) / stations)
            return [self.plan.identities.of(number) for number in numbers]

    def stop(self, stations: int | None = None) -> None:
        """Switch off the stations that were started last (None: all of them); they say goodbye."""
        with self._lock:
            left = self.wanted if stations is None else min(stations, self.wanted)
            counts: Counter[Minder] = Counter()
            for _ in range(left):
                fullest = max(self._shards, key=lambda shard: len(shard.numbers) - counts[shard])
                counts[fullest] += 1
            for shard, count in counts.items():
                self.release(shard.stop(count))

    def drop(self, share: float = 1.0) -> None:
        """Cut the connections of all stations, or of a share, at once; they reconnect as the plan says."""
        self._tell_all(do="drop", share=share)

    def power(self, on: bool) -> None:
        """Cut the power of all stations, or give it back: then all of them boot."""
        self._tell_all(keep="power", do="power", on=on)

    def behave(self, habits: Habits | None) -> None:
        """Let people come as these habits say; None: let nobody come any more."""
        self._tell_all(keep="behave", do="behave", habits=None if habits is None else habits.told())

    def phase(self, name: str) -> None:
        """Name what the load is doing, for the ticks from now on."""
        self._tell_all(keep="phase", do="phase", name=name)

    # -- what is ----------------------------------------------------------------------------------------------------

    @property
    def wanted(self) -> int:
        """Stations that were started, and neither stopped nor lost with a process that was given up."""
        return sum(len(shard.numbers) for shard in self._shards)

    @property
    def counts(self) -> dict[str, int]:
        """Stations by state as of the last ticks, and ``wanted``; those of a process that died are in none."""
        with self._lock:
            told: dict[str, int] = dict.fromkeys(STATES, 0)
            for shard in self._shards:
                for state in STATES:
                    told[state] += int(shard.gauges.get(state, 0))
            return told | {"wanted": self.wanted}

    @property
    def pids(self) -> Mapping[str, int]:
        """The processes of the fleet by source."""
        return {shard.source: shard.pid for shard in self._shards if shard.pid is not None}

    @property
    def now_s(self) -> float:
        """Wall seconds since the run began."""
        return time.monotonic() - self.began_s

    def wait(self, until: Callable[[Mapping[str, int]], bool], within_s: float) -> bool:
        """Wait until the counts are so; False if they are not within the time."""
        with self._news:
            return self._news.wait_for(lambda: until(self.counts), within_s)

    # -- what the shards tell ---------------------------------------------------------------------------------------

    def heard_tick(self, tick: Tick) -> None:
        """A process has told of its last second."""
        with self._news:
            self.totals.t = tick.t
            self.totals.counts.update(tick.counts)
            for action, calls in tick.calls.items():
                self.totals.calls.setdefault(action, Calls()).add(calls)  # a sum of its own: ticks belong to others
            self._call(self._on_tick, tick)
            self._news.notify_all()

    def heard_record(self, kind: str, what: list[Any]) -> None:
        """A process has told of a recorded station."""
        if self._record is None:
            return
        with self._lock:
            t, station, *rest = what
            if kind == "frame":
                direction, text = rest
                self._record.message(t, station, direction, text, self.began.timestamp() + t)
            elif kind == "fact":
                family, name, fields = rest
                self._record.event(t, station, family, name, **fields)
            else:
                evse, power_w, energy_wh, current_a, voltage_v, limit_a, soc_percent = rest
                self._record.sample(
                    t, station, evse, power_w, energy_wh=energy_wh, current_a=current_a, voltage_v=voltage_v,
                    limit_a=limit_a, soc_percent=soc_percent,
                )  # fmt: skip

    def notice(self, source: str, text: str, stations: int = 0) -> None:
        """Let whoever watches know."""
        with self._lock:
            self._call(self._on_notice, Notice(round(self.now_s, 3), source, text, stations))

    def _call(self, callback: Callable[[Any], None] | None, what: Tick | Notice) -> None:
        """What a listener raises must not end the thread that hears the process: it comes out when the fleet ends."""
        if callback is None or self._failure is not None:
            return
        try:
            callback(what)
        except Exception as failure:  # noqa: BLE001 -- raised again in ``end``
            self._failure = failure

    # -- inside -----------------------------------------------------------------------------------------------------

    @property
    def ending(self) -> bool:
        """Whether processes that end now were told to."""
        return self._ending

    @property
    def lock(self) -> threading.RLock:
        """Held while anything about the fleet changes."""
        return self._lock

    def standing(self) -> Iterator[dict[str, Any]]:
        """Orders that a process which begins anew has to know, too."""
        yield from self._standing.values()

    def release(self, numbers: Iterable[int]) -> None:
        """No station has these identities any more."""
        for number in numbers:
            heapq.heappush(self._free, number)

    def entry(self, number: int) -> list[Any]:
        """What a process is told of one station."""
        identity = self.plan.identities.of(number)
        life = self._lives[number]
        self._lives[number] += 1
        if number not in self._recorded and len(self._recorded) < self.plan.recorded:
            self._recorded.add(number)
        recorded = self._record is not None and number in self._recorded
        return [number, life, recorded, identity.id, identity.password, identity.version, identity.profile]

    @property
    def recorded(self) -> list[Identity]:
        """The stations whose every frame is kept."""
        return [self.plan.identities.of(number) for number in sorted(self._recorded)]

    def _numbers(self, stations: int) -> list[int]:
        """Identities that no station has. Raises IdentityError."""
        limit = self.plan.identities.limit
        fresh = stations - min(stations, len(self._free))
        if limit is not None and self._next + fresh > limit:
            wanted = self.wanted + stations
            raise IdentityError(f"{wanted} stations need as many identities, but there are only {limit}")
        numbers = [heapq.heappop(self._free) for _ in range(stations - fresh)]
        numbers += range(self._next, self._next + fresh)
        self._next += fresh
        return numbers

    def _tell_all(self, *, keep: str = "", **order: Any) -> None:
        with self._lock:
            if keep:
                self._standing[keep] = order
            for shard in self._shards:
                shard.order(**order)
