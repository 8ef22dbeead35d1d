"""The simulation's clock: one simpy environment for every station of a process, and who decides what time means.

* ``REAL``: a simulated second is a wall second.
* ``Scaled(k)``: k simulated seconds pass per wall second.
* ``VIRTUAL``: time jumps to the next event as soon as nothing is in flight (``busy`` is zero and every barrier agrees).

Simulated code never looks at a wall clock: it yields ``clock.timeout(seconds)`` and reads ``clock.now``.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify
from typing import TYPE_CHECKING, Any, cast

import simpy
from simpy.events import NORMAL

from protocol.busy import Busy
from protocol.stamps import stamp
from simulator.pump import STRIDE, Pump

if TYPE_CHECKING:
    from simulator.courier import Courier


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
    """A callback due at a simulated instant, unless cancelled. Lies in the environment's queue as an event does, which
    asks of events no more than ``callbacks`` and ``_ok``: a fifth of the memory of a Timeout with a callback."""

    __slots__ = ("_agenda", "_callback", "callbacks")

    _ok = True

    def __init__(self, agenda: Agenda, callback: Callable[[], None]) -> None:
        self._agenda = agenda
        self._callback: Callable[[], None] | None = callback
        self.callbacks: tuple[Callable[[Timer], None], ...] | None = _FIRE

    @property
    def cancelled(self) -> bool:
        """Whether nothing will happen when the instant comes."""
        return self._callback is None

    def cancel(self) -> None:
        """Forget the callback; harmless when it has run already."""
        if self._callback is not None:
            self._callback = None
            self._agenda.dropped()

    def fire(self) -> None:
        """Call back, once; what the environment does when the instant has come."""
        if (callback := self._callback) is not None:
            self._callback = None
            callback()
        else:
            self._agenda.swept()


_FIRE = (Timer.fire,)  # one for all timers

SWEEP_FROM = 1024
"""Cancelled timers that may lie in the queue before it is worth a look."""


class Agenda(simpy.Environment):
    """A simpy environment that holds timers beside events, and whose queue does not fill up with cancelled ones."""

    def __init__(self) -> None:
        super().__init__(0.0)
        self._cancelled = 0

    @property
    def instant_s(self) -> float:
        """Simulated seconds since the start; ``now`` by a shorter way."""
        return self._now

    def advance(self, instant_s: float) -> None:
        """Let time reach an instant before which nothing is due."""
        if math.isfinite(instant_s) and instant_s > self._now:
            self._now = float(instant_s)

    def enter(self, timer: Timer, delay_s: float) -> None:
        """Put a timer in the queue."""
        self.schedule(cast("simpy.Event", timer), NORMAL, delay_s)

    def swept(self) -> None:
        """A cancelled timer has left the queue."""
        self._cancelled -= 1

    def dropped(self) -> None:
        """A timer in the queue was cancelled; when they are half of it they are thrown out, in time linear in it."""
        self._cancelled += 1
        if self._cancelled > SWEEP_FROM and 2 * self._cancelled > len(self._queue):
            self._queue[:] = [entry for entry in self._queue if not _is_dead(entry[3])]
            heapify(self._queue)  # entries are told apart by time and number, so that their order stays
            self._cancelled = 0


def _is_dead(entry: object) -> bool:
    return isinstance(entry, Timer) and entry.cancelled


class Clock:
    """Simulated time. ``start`` is the aware date and time of instant 0; ``patience_s`` the wall seconds that virtual
    time waits for a reply in flight before it goes on without it (so that a mute peer becomes a time-out)."""

    def __init__(self, start: datetime, pace: Pace = VIRTUAL, *, patience_s: float = 5.0) -> None:
        if start.tzinfo is None:
            raise ValueError("the start of a simulation needs a time zone")
        self.start = start
        self.pace = pace
        self.env = Agenda()
        self.busy = Busy()
        self.barriers: list[Barrier] = []
        self.out_of_patience = 0
        self.arrivals: deque[Callable[[], None]] = deque()
        """What came from outside and waits for its turn, where time follows the wall."""
        self.courier: Courier | None = None
        """Who carries files for its stations; ``simulator.courier.courier(clock)`` makes it."""
        self.stopped = False
        self._patience_s = patience_s
        self._wake: Callable[[], None] | None = None
        self._told = 0.0, start  # the instant that was last asked for, and what it is called
        self._stamped = (0.0, 0.0), stamp(start)
        self._follows = False  # whether a pump runs that lets time follow the wall

    # -- what simulated code uses -----------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """Simulated seconds since the start."""
        return self.env.instant_s

    @property
    def utc(self) -> datetime:
        """The simulated date and time."""
        at_s, moment = self._told
        if at_s != self.env.instant_s:
            at_s = self.env.instant_s
            moment = self.start + timedelta(seconds=at_s)
            self._told = at_s, moment
        return moment

    def stamp(self, offset_s: float = 0.0) -> str:
        """The simulated date and time (of a clock that is ``offset_s`` ahead) as OCPP writes it."""
        at = self.env.instant_s, offset_s
        if self._stamped[0] != at:
            self._stamped = at, stamp(self.utc + timedelta(seconds=offset_s))
        return self._stamped[1]

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
        return self.after(max(0.0, instant_s - self.now), callback)

    def after(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Call back ``delay_s`` simulated seconds from now."""
        timer = Timer(self.env, callback)
        self.env.enter(timer, delay_s)
        return timer

    # -- what shells use --------------------------------------------------------------------------------------------

    def soon(self, callback: Callable[[], None]) -> None:
        """Call back at the present simulated instant, in the order of the calls. For what comes from outside."""
        if self._follows:
            self.arrivals.append(callback)
        else:
            self.after(0.0, callback)
        if self._wake is not None:
            self._wake()

    def stop(self) -> None:
        """Let ``run`` return after the current event."""
        self.stopped = True
        if self._wake is not None:
            self._wake()

    async def run(self, until_s: float = math.inf) -> None:
        """Pump the environment until the simulated instant ``until_s``, or until ``stop``.

        Exceptions of processes come out here. May be called again to go on.
        """
        self.stopped = False
        try:
            if self.pace.virtual:
                await self._jump(until_s)
            else:
                pump = Pump(self, until_s)
                self._wake, self._follows = pump.wake, True
                await pump.finished()
        finally:
            self._wake, self._follows = None, False

    # -- virtual time -----------------------------------------------------------------------------------------------

    async def _jump(self, until_s: float) -> None:
        news = asyncio.Event()
        self._wake = self.busy.on_idle = news.set
        env, steps = self.env, 0
        while not self.stopped:
            due_s = env.peek()
            if due_s > env.instant_s and (self.busy.count or self.barriers):  # or else there is nobody to ask
                if not await self._quiet(min(due_s, until_s), news):
                    continue
                due_s = env.peek()
            if due_s > until_s:
                env.advance(until_s)
                return
            if due_s == math.inf:  # nothing is ever due: only something from outside can go on
                news.clear()
                await news.wait()
                continue
            env.step()
            steps += 1
            if steps % STRIDE == 0:
                await asyncio.sleep(0)  # sockets get their turn within a long instant

    async def _quiet(self, upcoming_s: float, news: asyncio.Event) -> bool:
        """True when nothing is in flight, so that time may move to ``upcoming_s``."""
        if self.busy.count:
            await self._progress(news)
            return False
        for barrier in self.barriers:
            if not await barrier(upcoming_s):
                return False
        return bool(self.env.peek() > self.now and not self.busy.count)

    async def _progress(self, news: asyncio.Event) -> None:
        """Wait until work in flight has come to something: an event of this instant, or its end."""
        news.clear()
        try:
            async with asyncio.timeout(self._patience_s):
                await news.wait()
        except TimeoutError:
            self.out_of_patience += 1
            self.busy.forgive()
