"""Steps a clock's environment in time with the event loop: one handle in the loop, whoever and however many wait.

Nothing here is a task. What is due keeps one ``call_at`` for all stations of a process; frames that arrived together
are taken in by one ``call_soon``; after a stride of work the loop serves its sockets before the next.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.clock import Clock

STRIDE = 256
"""Events and arrivals that are worked off before sockets get their turn."""

NAP_S = 0.001
"""The shortest wait for an instant. uvloop rounds to milliseconds, and what rounds to none would spin until then."""


class Pump:
    """Lets a clock follow the wall until the simulated instant ``until_s``. Made inside a running loop."""

    __slots__ = (
        "_alarm",
        "_clock",
        "_done",
        "_from_s",
        "_from_wall_s",
        "_loop",
        "_rings_at_s",
        "_turn_is_near",
        "_until_s",
    )

    def __init__(self, clock: Clock, until_s: float) -> None:
        self._clock = clock
        self._until_s = until_s
        self._loop = asyncio.get_running_loop()
        self._from_s, self._from_wall_s = clock.now, self._loop.time()
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._alarm: asyncio.Handle | None = None
        self._rings_at_s = math.inf  # uvloop's handle of an alarm that is due at once cannot say when it is
        self._turn_is_near = False

    async def finished(self) -> None:
        """Pump until ``until_s`` is reached or the clock is stopped. Exceptions of processes come out here."""
        self.wake()
        try:
            await self._done
        finally:
            self._disarm()

    def wake(self) -> None:
        """Look at once: something came from outside. Costs next to nothing when a look is near already."""
        if not self._turn_is_near:
            self._turn_is_near = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._turn_is_near = False
        if self._done.done():  # cancelled, or stopped since
            return
        try:
            self._work()
        except Exception as problem:  # noqa: BLE001  # whoever runs the clock is to know
            self._done.set_exception(problem)

    def _work(self) -> None:
        """Do a stride of what is due and of what arrived, and see to it that the loop comes back."""
        clock, env, arrivals = self._clock, self._clock.env, self._clock.arrivals
        present_s = max(env.instant_s, self._from_s + (self._loop.time() - self._from_wall_s) * clock.pace.factor)
        for _ in range(STRIDE):
            if clock.stopped:
                self._done.set_result(None)
                return
            due_s = env.peek()
            if due_s <= present_s and due_s <= self._until_s:
                env.step()
            elif present_s >= self._until_s:
                env.advance(self._until_s)
                self._done.set_result(None)
                return
            elif arrivals:
                env.advance(present_s)
                arrivals.popleft()()
            else:
                self._arm(min(due_s, self._until_s))
                return
        self.wake()

    def _arm(self, due_s: float) -> None:
        """Have the loop come back at about that instant: an alarm that rings too early does no harm."""
        if math.isinf(due_s):
            return
        at_s = self._from_wall_s + (due_s - self._from_s) / self._clock.pace.factor
        at_s = max(at_s, self._loop.time() + NAP_S)
        if self._alarm is not None and self._rings_at_s <= at_s:
            return
        self._disarm()
        self._alarm, self._rings_at_s = self._loop.call_at(at_s, self._ring), at_s

    def _ring(self) -> None:
        self._alarm = None
        self._turn()

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
