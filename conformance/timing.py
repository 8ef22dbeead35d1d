"""What time means on a test stand: real seconds, or jumps to the next thing that is due."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Protocol

from protocol.busy import Busy
from simulator.clock import Clock

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""When virtual time begins unless somebody says otherwise."""

Cancel = Callable[[], None]


class Timing(Protocol):
    """A clock that calls back. ``now`` is in seconds since ``begun``; ``pace`` is spelt as in ``run.json``."""

    pace: str
    begun: datetime

    @property
    def now(self) -> float:
        """Seconds since the beginning."""

    @property
    def busy(self) -> Busy:
        """Counts what is under way; where time jumps, it jumps only at zero."""

    def deliver(self, do: Callable[[], None]) -> None:
        """Call ``do`` soon, in the order of the calls."""

    def at(self, t: float, do: Callable[[], None]) -> Cancel:
        """Call ``do`` when ``now`` reaches ``t``; returns how to call that off."""

    async def run(self) -> None:
        """Let time pass until ``stop``."""

    def stop(self) -> None:
        """Let ``run`` return."""


class RealTime:
    """The event loop's own seconds; it has begun now unless the system under test has another time of day."""

    pace = "real"

    def __init__(self, begun: datetime | None = None) -> None:
        self.begun = begun or datetime.now(UTC)
        self.busy = Busy()
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self._stopped = asyncio.Event()

    @property
    def now(self) -> float:
        return self._loop.time() - self._start

    def deliver(self, do: Callable[[], None]) -> None:
        self._loop.call_soon(do)

    def at(self, t: float, do: Callable[[], None]) -> Cancel:
        return self._loop.call_at(self._start + t, do).cancel

    async def run(self) -> None:
        await self._stopped.wait()
        self._stopped.clear()

    def stop(self) -> None:
        self._stopped.set()


class JumpingTime:
    """Jumps to the next timer whenever nothing is under way: for peers in this process without a clock of their own."""

    pace = "virtual"
    TURNS = 10
    """Turns of the event loop in which callbacks that nobody counts may still do something."""

    def __init__(self, begun: datetime = START) -> None:
        self.begun = begun
        self.busy = Busy()
        self.now = 0.0
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._off: set[int] = set()
        self._numbers = count()
        self._stopped = False

    def deliver(self, do: Callable[[], None]) -> None:
        self.busy.begin()
        asyncio.get_running_loop().call_soon(self._deliver, do)

    def _deliver(self, do: Callable[[], None]) -> None:
        try:
            do()
        finally:
            self.busy.end()

    def at(self, t: float, do: Callable[[], None]) -> Cancel:
        number = next(self._numbers)
        heapq.heappush(self._due, (max(t, self.now), number, do))
        return lambda: self._off.add(number)

    async def run(self) -> None:
        self._stopped = False
        while not self._stopped:
            await self._quiet()
            if not self._stopped:
                self._next()

    def stop(self) -> None:
        self._stopped = True

    def _next(self) -> None:
        if not self._due:
            raise RuntimeError("nothing is due and nothing is under way: time stands still")
        t, number, do = heapq.heappop(self._due)
        if number in self._off:
            self._off.discard(number)
            return
        self.now = t
        do()

    async def settle(self) -> None:
        """Let what is under way come to its end, without time going on."""
        self._stopped = False
        await self._quiet()

    async def _quiet(self) -> None:
        quiet = 0
        while quiet < self.TURNS and not self._stopped:
            await self.busy.idle()
            await asyncio.sleep(0)
            quiet = 0 if self.busy.count else quiet + 1


class ClockTime:
    """The time of a simulation's clock, at whatever pace it runs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.begun = clock.start
        self.pace = str(clock.pace)
        self.busy = clock.busy

    @property
    def now(self) -> float:
        return self._clock.now

    def deliver(self, do: Callable[[], None]) -> None:
        self._clock.soon(do)

    def at(self, t: float, do: Callable[[], None]) -> Cancel:
        return self._clock.at(t, do).cancel

    async def run(self) -> None:
        await self._clock.run()

    def stop(self) -> None:
        self._clock.stop()
