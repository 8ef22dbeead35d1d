"""Makes the visits of rounds: stations are asked for what rounds want of them, once they are here, and not all at once.

Whoever holds a station makes its visits, be there several nodes: nobody else needs to know of it. What is under way is
in the database, so that a CSMS that was killed goes on where it was. A station that has lost its connection in the
middle, or does not answer, is asked again some times; one that says no is not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection as Database

from csms_reference import outcome
from csms_reference.dispatch import FAULT, node_of
from csms_reference.events import news
from csms_reference.outcome import Outcome
from csms_reference.services import locallist, rounds, tokenchanges
from csms_reference.services.rounds import State, Visit, Work
from csms_reference.store import StoreError

if TYPE_CHECKING:
    from csms_reference.csms import Csms
    from csms_reference.front import Front

log = logging.getLogger(__name__)

POLL_S = 5.0
"""So often who is not connected is looked for again, and what other nodes were asked for."""

TEND_MS = 1000
"""So often at most what is overdue is given up."""

TRIES = 3
AGAIN_MS = 30_000
"""Where a try came to nothing: so often, and with so long a pause after the first one; it grows with each."""

LOOKED_AT = 500
START = ("", "")

NOT_NOW = frozenset({outcome.OFFLINE, outcome.UNREACHABLE, outcome.NOT_ACCEPTED, outcome.QUEUE_FULL})
"""Statuses of a station that has not been asked: that is no try."""

NO_ANSWER = frozenset({outcome.TIMED_OUT, outcome.DISCONNECTED, outcome.REFUSED})
"""Statuses of a station that may answer the next time."""

NEVER = ("NotImplemented", "NotSupported")
"""Codes of refusals that will be the same the next time."""

DISABLED = "Disabled"
"""The status of ``clear_cache`` where there is no cache that is in use."""

DONE = frozenset({"Accepted", DISABLED})


class End(NamedTuple):
    """What becomes of a visit: ``again_ms`` None, it is over; otherwise it is made again so much later."""

    done: bool
    again_ms: int | None = None
    counts: bool = True


def end_of(visit: Visit, end: Outcome) -> End:
    """What a station's answer, or its lack, makes of a visit."""
    if end.status in NOT_NOW:
        return End(done=False, again_ms=int(POLL_S * 1000), counts=False)
    for_good = end.status == outcome.REFUSED and (end.error or "").startswith(NEVER)
    if end.status in NO_ANSWER and not for_good and visit.tries < TRIES:
        return End(done=False, again_ms=AGAIN_MS * visit.tries)
    return End(done=end.status in DONE)


class Rounds:
    """The rounds of a CSMS as far as the stations of ``front`` are concerned, which is this node's; ``csms`` has the
    clock. Nothing happens until it is woken."""

    def __init__(self, front: Front, csms: Csms) -> None:
        self._front = front
        self._csms = csms
        self._node = node_of(front.settings)
        self._in_hand: set[tuple[str, Work]] = set()
        self._after = START  # whom the last look at who waits has come to
        self._tended_ms = 0
        self._foreseen = False
        self._running = False
        self._again = False
        self._cancel: Callable[[], object] = lambda: None
        self.elsewhere: Callable[[], None] = lambda: None
        """Wakes the other nodes."""

    def announce(self) -> None:
        """A round has begun: whoever has stations looks at once, and not only when they would have anyhow."""
        self.wake()
        self.elsewhere()

    def following_ms(self) -> int | None:
        """Now, where changes of tokens are to reach stations by themselves; None where they are not."""
        return self._front.now_ms() if self._front.settings.push_token_changes else None

    def wake(self) -> None:
        """There may be something to do."""
        self._again = True
        if not self._running and not self._csms.closing:
            self._cancel()
            self._running = True
            self._front.busy.begin()
            self._front.spawn(self._run())

    # -- inside -------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        """Look until there is nothing new, and once more when something will be due."""
        wait_s: float | None = None
        try:
            while self._again and not self._csms.closing:
                self._again = False
                try:
                    wait_s = await self._look()
                except StoreError as problem:
                    log.warning("rounds wait for the database: %s", problem)
                    wait_s = POLL_S
                except Exception:  # a shell: what fails once must not end the rounds to come
                    log.exception("the rounds failed")
                    wait_s = AGAIN_MS / 1000
            if wait_s is not None and not self._csms.closing:
                self._cancel = self._csms.call_at(self._csms.monotonic() + wait_s, self.wake)
        finally:
            self._running = False
            self._front.busy.end()

    async def _look(self) -> float | None:
        """Begin the visits that can be made; after how many seconds to look again (None: when somebody wakes us)."""
        await self._tend()
        most, store = self._front.settings.lists_at_once, self._front.store
        while (room := most - len(self._in_hand)) > 0:
            now_ms, after = self._front.now_ms(), self._after
            found = await store.read(partial(rounds.waiting, after=after, limit=LOOKED_AT, now_ms=now_ms))
            here = await self._front.seen(list({station for station, _ in found}))
            ready = [each for each in found if each[0] in here and each not in self._in_hand]
            await self._begin(ready[:room])
            if len(ready) > room:
                self._after = ready[room - 1]
                return None
            self._after = found[-1] if len(found) == LOOKED_AT else START
            if self._after == START:
                return await self._rest_s()
        return None

    async def _tend(self) -> None:
        """Make rounds of what has changed of tokens, and give up what is overdue."""
        settings, now_ms = self._front.settings, self._front.now_ms()
        if now_ms - self._tended_ms < TEND_MS and not settings.push_token_changes:
            return

        def tend(database: Database) -> list[int]:
            begun: list[int] = []
            if settings.push_token_changes:
                if not self._foreseen:
                    tokenchanges.foresee(database, now_ms)
                begun = tokenchanges.gather(database, now_ms, int(settings.token_changes_gathered_s * 1000))
            if rounds.expire(database, now_ms):
                log.info("visits were given up: the stations were not there in time")
            return begun

        begun = await self._front.store.write(tend)
        self._tended_ms, self._foreseen = now_ms, True
        if begun:
            self.elsewhere()

    async def _rest_s(self) -> float | None:
        settings, now_ms = self._front.settings, self._front.now_ms()

        def read(database: Database) -> list[float]:
            waits = [POLL_S] if settings.redis is not None else []
            if (due_ms := rounds.next_due_ms(database)) is not None:
                waits.append((due_ms - now_ms) / 1000 if due_ms > now_ms else POLL_S)
            if settings.push_token_changes and (first_ms := tokenchanges.next_ms(database)) is not None:
                waits.append(max(0.0, (first_ms - now_ms) / 1000 + settings.token_changes_gathered_s))
            return waits

        return min(await self._front.store.read(read), default=None)

    async def _begin(self, ready: list[tuple[str, Work]]) -> None:
        now_ms, node = self._front.now_ms(), self._node
        if not ready:
            return

        def claim(database: Database) -> list[Visit]:
            by = f"{node}/{now_ms}/{self._csms.next_number()}"
            each = (rounds.claim(database, name, work, by=by, node=node, now_ms=now_ms) for name, work in ready)
            return [visit for visit in each if visit is not None]

        for visit in await self._front.store.write(claim):
            self._in_hand.add((visit.station, visit.work))
            self._front.busy.begin()
            self._front.spawn(self._make(visit))

    async def _make(self, visit: Visit) -> None:
        self._front.busy.end()  # from here on the CALL itself counts, as far as it may
        try:
            end = await self._asked(visit)
            with self._front.busy:
                await self._keep(visit, end)
        except StoreError as problem:  # it stays begun, and is made again by whoever looks next
            log.warning("%s: how %s ended was not kept: %s", visit.station, visit.work, problem)
        finally:
            self._in_hand.discard((visit.station, visit.work))
        if len(self._in_hand) <= self._front.settings.lists_at_once // 2:
            self.wake()

    async def _asked(self, visit: Visit) -> Outcome:
        fields: dict[str, Any] = {"full": visit.full} if visit.work is Work.LISTS else {"if_enabled": visit.automatic}
        try:
            return await self._front.command(visit.station, visit.work.value, **fields)
        except StoreError:
            raise
        except Exception:  # the shell around every visit: it must have an end
            log.exception("%s of %s failed", visit.work, visit.station)
            return Outcome(FAULT, error="internal error")

    async def _keep(self, visit: Visit, end: Outcome) -> None:
        now_ms, becomes = self._front.now_ms(), end_of(visit, end)
        told: dict[str, Any] = {"status": end.status[:64], "error": end.error}

        def write(database: Database) -> tuple[bool, int | None]:
            if becomes.again_ms is not None:
                due_ms = now_ms + becomes.again_ms
                rounds.again(database, visit, due_ms=due_ms, counts=becomes.counts, **told)
                return False, None
            listed = locallist.version_of(database, visit.station) if visit.work is Work.LISTS else None
            ended = rounds.over(database, visit, done=becomes.done, version=listed, now_ms=now_ms, **told)
            return ended, listed

        ended, version = await self._front.store.write(write)
        if ended:
            state = State.DONE if becomes.done else State.FAILED
            news.visited(self._front.bus, visit.work, visit.station, now_ms, state=state, status=end.status,
                         version=version)  # fmt: skip
