"""The simulation's clock: one simpy environment for every station of a process, and who decides what time means.

* ``REAL``: a simulated second is a wall second.
* ``Scaled(k)``: k simulated seconds pass per wall second.
* ``VIRTUAL``: time jumps to the next event as soon as nothing is in flight (``busy`` is zero and every barrier agrees).

Simulated code never looks at a wall clock: it yields ``clock.timeout(seconds)`` and reads ``clock.now``.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import simpy

from protocol.busy import Busy
from protocol.stamps import stamp


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast simulated time runs: ``factor`` simulated seconds per wall second, infinite for virtual time."""

    factor: float

    def __post_init__(self) -> None:
        if not self.factor > 0:
            raise ValueError(f"a pace must be positive, not {self.factor}")

    @property
    def virtual(self) -> bool:
        """Whether time jumps from event to event."""
        return math.isinf(self.factor)

    def __str__(self) -> str:
        return "virtual" if self.virtual else "real" if self.factor == 1 else f"scaled:{self.factor:g}"


REAL = Pace(1.0)
VIRTUAL = Pace(math.inf)


def Scaled(factor: float) -> Pace:  # noqa: N802  # reads as the name of a pace
    """A pace of ``factor`` simulated seconds per wall second."""
    return Pace(factor)


Barrier = Callable[[float], Awaitable[bool]]
"""Asked before virtual time moves, with the time it would move to: is everything outside this process quiet?
True lets time go on; False has the clock look for new events first and then ask again."""


class Timer:
    """A callback due at a simulated instant, unless cancelled."""

    __slots__ = ("_callback",)

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Forget the callback; harmless when it has run already."""
        self._callback = None

    def fire(self, _event: simpy.Event) -> None:
        """Call back, once; what the environment does when the instant has come."""
        if (callback := self._callback) is not None:
            self._callback = None
            callback()


class Clock:
    """Simulated time. ``start`` is the aware date and time of instant 0; ``patience_s`` the wall seconds that virtual
    time waits for a reply in flight before it goes on without it (so that a mute peer becomes a time-out)."""

    def __init__(self, start: datetime, pace: Pace = VIRTUAL, *, patience_s: float = 5.0) -> None:
        if start.tzinfo is None:
            raise ValueError("the start of a simulation needs a time zone")
        self.start = start
        self.pace = pace
        self.env = simpy.Environment()
        self.busy = Busy()
        self.barriers: list[Barrier] = []
        self.out_of_patience = 0
        self._patience_s = patience_s
        self._wake: asyncio.Event | None = None
        self._anchor: tuple[float, float] | None = None  # wall and simulated time when the pump started
        self._stopped = False

    # -- what simulated code uses -----------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Simulated seconds since the start."""
        return float(self.env.now)

    @property
    def utc(self) -> datetime:
        """The simulated date and time."""
        return self.start + timedelta(seconds=self.now)

    def stamp(self, offset_s: float = 0.0) -> str:
        """The simulated date and time (of a clock that is ``offset_s`` ahead) as OCPP writes it."""
        return stamp(self.utc + timedelta(seconds=offset_s))

    def timeout(self, delay_s: float, value: Any = None) -> simpy.Timeout:
        """An event ``delay_s`` simulated seconds from now."""
        return self.env.timeout(delay_s, value)

    def event(self) -> simpy.Event:
        """An event that somebody will trigger."""
        return self.env.event()

    def process(self, steps: Generator[simpy.Event, Any, Any]) -> simpy.Process:
        """Start a process."""
        return self.env.process(steps)

    def at(self, instant_s: float, callback: Callable[[], None]) -> Timer:
        """Call back at a simulated instant (at once if it is past)."""
        timer = Timer(callback)
        due = self.env.timeout(max(0.0, instant_s - self.now))
        assert due.callbacks is not None
        due.callbacks.append(timer.fire)
        return timer

    def after(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call back ``delay_s`` simulated seconds from now."""
        return self.at(self.now + delay_s, callback)

    # -- what shells use --------------------------------------------------------------------------------------------

    def soon(self, callback: Callable[[], None]) -> None:
        """Call back at the present simulated instant, in the order of the calls. For what comes from outside."""
        self.at(self._present(), callback)
        if self._wake is not None:
            self._wake.set()

    def stop(self) -> None:
        """Let ``run`` return after the current event."""
        self._stopped = True
        if self._wake is not None:
            self._wake.set()

    async def run(self, until_s: float = math.inf) -> None:
        """Pump the environment until the simulated instant ``until_s``, or until ``stop``.

        Exceptions of processes come out here. May be called again to go on.
        """
        loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self.busy.on_idle = self._wake.set
        self._anchor = (loop.time(), self.now)
        self._stopped = False
        try:
            if self.pace.virtual:
                await self._jump(until_s)
            else:
                await self._follow(until_s)
        finally:
            self._wake, self._anchor = None, None

    # -- inside -----------------------------------------------------------------------------------------------------

    def _present(self) -> float:
        """The simulated instant that corresponds to the wall clock; in virtual time simply now."""
        if self.pace.virtual or self._anchor is None:
            return self.now
        wall, simulated = self._anchor
        elapsed = asyncio.get_running_loop().time() - wall
        return max(self.now, simulated + elapsed * self.pace.factor)

    async def _jump(self, until_s: float) -> None:
        steps = 0
        while not self._stopped:
            due = self.env.peek()
            if due > self.now and not await self._quiet(min(due, until_s)):
                continue
            due = self.env.peek()
            if due > until_s:
                self._advance(until_s)
                return
            if math.isinf(due):
                await self._nap(due)  # nothing is ever due: only something from outside can go on
                continue
            self.env.step()
            steps += 1
            if steps % 256 == 0:
                await asyncio.sleep(0)  # sockets get their turn within a long instant

    async def _quiet(self, upcoming: float) -> bool:
        """True when nothing is in flight, so that time may move to ``upcoming``."""
        if self.busy.count:
            await self._progress()
            return False
        for barrier in self.barriers:
            if not await barrier(upcoming):
                return False
        return bool(self.env.peek() > self.now and not self.busy.count)

    async def _progress(self) -> None:
        """Wait until work in flight has come to something: an event of this instant, or its end."""
        assert self._wake is not None
        self._wake.clear()
        try:
            async with asyncio.timeout(self._patience_s):
                await self._wake.wait()
        except TimeoutError:
            self.out_of_patience += 1
            self.busy.forgive()

    async def _follow(self, until_s: float) -> None:
        assert self._wake is not None
        steps = 0
        while not self._stopped:
            due, present = self.env.peek(), self._present()
            if due <= min(present, until_s):
                self.env.step()
                steps += 1
                if steps % 256 == 0:
                    await asyncio.sleep(0)
                continue
            if present >= until_s:
                self._advance(until_s)
                return
            await self._nap((min(due, until_s) - present) / self.pace.factor)

    async def _nap(self, wall_s: float) -> None:
        """Wait for the next event or for something from outside, whichever is first."""
        assert self._wake is not None
        self._wake.clear()
        timeout = None if math.isinf(wall_s) else max(wall_s, 0.0)
        try:
            async with asyncio.timeout(timeout):
                await self._wake.wait()
        except TimeoutError:
            return

    def _advance(self, until_s: float) -> None:
        """Let the environment's time reach ``until_s``, where nothing is due."""
        if math.isfinite(until_s) and until_s > self.now:
            self.env.run(until=until_s)
