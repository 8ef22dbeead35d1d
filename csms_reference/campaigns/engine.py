"""Runs campaigns: each by one node at a time, woken by what happens and by what is due, and idle otherwise."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from csms_reference.campaigns import rows
from csms_reference.campaigns.rollout import Rollout
from csms_reference.campaigns.rows import LEASE_MS, Fenced
from csms_reference.campaigns.steering import earliest
from csms_reference.dispatch import node_of
from csms_reference.events.event import Event, Filter, Gap
from csms_reference.store import StoreError

if TYPE_CHECKING:
    from csms_reference.front import Front

log = logging.getLogger(__name__)

BEAT_S = LEASE_MS / 3000
"""So often leases go on, and a node looks for campaigns that nobody runs."""

AFRESH_MS = 600_000
"""So often all stations of which more is to come are looked at, for news may have been lost."""

AGAIN_MS = 1_000
"""So long nothing is done after a failure of ours, or of the database."""

NEWS_MOST = 10_000
"""Stations with news that are remembered one by one; of more all are looked at."""

STARTED = frozenset({"campaign.changed"})
NEWS = STARTED | {"command.ended", "firmware.status", "station.connected", "station.booted", "transaction.ended"}


class Timer(Protocol):
    """The axis of time-outs, see ``Csms``."""

    def monotonic(self) -> float:
        """Seconds."""

    @property
    def call_at(self) -> Callable[[float, Callable[[], None]], Callable[[], object]]:
        """Runs something at such a second; the result cancels that."""


class Campaigns:
    """The campaigns that this node runs. A listener of the bus, which wakes it."""

    def __init__(self, front: Front, timer: Timer) -> None:
        self._front = front
        self._timer = timer
        self._node = node_of(front.settings)
        self._rollouts: dict[int, Rollout] = {}
        self._due: dict[int, int | None] = {}  # when each is to be looked at
        self._afresh: dict[int, int] = {}  # when all of its stations are
        self._names: set[str] = set()
        self._woken = self._working = self._closed = False
        self._beats_ms = 0
        self._idle = asyncio.Event()
        self._cancel: Callable[[], object] = lambda: None
        self.filter = Filter(STARTED)
        front.bus.join(self)
        self.wake()

    def put(self, event: Event) -> None:
        """Something has happened to a station, or people have done something with a campaign."""
        if event.station is not None:
            self._names.add(event.station)
            if len(self._names) > NEWS_MOST:
                self.put_gap(Gap(None))
        elif event.data["id"] in self._rollouts:
            self._due[event.data["id"]] = 0
        else:
            self._beats_ms = 0
        self.wake()

    def put_gap(self, _: Gap) -> None:
        """News were lost: nothing can be taken for granted."""
        self._names.clear()
        self._afresh = dict.fromkeys(self._rollouts, 0)
        self.wake()

    def wake(self) -> None:
        """See what is to be done."""
        self._woken = True
        if not self._working and not self._closed:
            self._working = True
            self._idle.clear()
            self._front.busy.begin()
            self._front.spawn(self._work())

    async def close(self) -> None:
        """Run nothing any more; whoever comes next goes on at once."""
        self._closed = True
        self._cancel()
        self._front.bus.leave(self)
        await self._idle.wait()
        for rollout in self._rollouts.values():
            try:
                await rollout.let_go()
            except StoreError as problem:
                log.warning("campaign %d is taken over later: %s", rollout.number, problem)
        self._rollouts.clear()

    # -- inside -------------------------------------------------------------------------------------------------

    async def _work(self) -> None:
        try:
            while self._woken and not self._closed:
                self._woken = False
                try:
                    await self._turn()
                except StoreError as problem:
                    log.warning("campaigns wait for the database: %s", problem)
                    self._again(self._rollouts)
                except Exception:  # a shell: a fault in one turn must not end the next ones
                    log.exception("a turn of the campaigns failed")
        finally:
            self._working = False
            self._idle.set()
            self._sleep()
            self._front.busy.end()

    async def _turn(self) -> None:
        now_ms = self._front.now_ms()
        if now_ms >= self._beats_ms:
            await self._beat(now_ms)
        names, self._names = self._names, set()
        for number in list(self._rollouts):
            afresh = now_ms >= self._afresh.get(number, 0)
            due_ms = self._due.get(number)
            if names or afresh or (due_ms is not None and now_ms >= due_ms):
                await self._round(number, names, now_ms, afresh=afresh)

    async def _round(self, number: int, names: set[str], now_ms: int, *, afresh: bool) -> None:
        """One round; what is put meanwhile stays due."""
        self._due[number] = None
        if afresh:
            self._afresh[number] = now_ms + AFRESH_MS
        try:
            due_ms = await self._rollouts[number].round(names, afresh=afresh)
        except Fenced as problem:
            log.info("%s", problem)
            self._drop(number)
        except StoreError:
            raise
        except Exception:  # a shell: one campaign that fails must not keep the others from going on
            log.exception("campaign %d failed, and is tried again", number)
            self._again([number])
        else:
            self._due[number] = earliest(due_ms, self._due[number])

    def _again(self, numbers: Iterable[int]) -> None:
        """Look at everything once more, in a while: it is not known how far the last round came."""
        self._afresh.update(dict.fromkeys(numbers, self._front.now_ms() + AGAIN_MS))

    async def _beat(self, now_ms: int) -> None:
        """Take over what nobody runs, and say that the others are run here."""
        self._beats_ms = now_ms + round(BEAT_S * 1000)
        for number in await self._front.store.read(lambda database: rows.adrift(database, self._node, now_ms)):
            if number in self._rollouts:
                continue
            fence = await self._front.store.write(
                partial(rows.take_over, number=number, node=self._node, now_ms=now_ms)
            )
            if fence is not None:
                log.info("campaign %d is run here from now on", number)
                self._rollouts[number] = Rollout(self._front, number, fence)
                self._afresh[number] = 0
                self._listen()
        for rollout in list(self._rollouts.values()):
            try:
                await rollout.renew()
            except Fenced:
                self._drop(rollout.number)

    def _drop(self, number: int) -> None:
        for known in (self._rollouts, self._due, self._afresh):
            known.pop(number, None)
        self._listen()

    def _listen(self) -> None:
        """Hear of stations while campaigns are run here."""
        kinds = NEWS if self._rollouts else STARTED
        if kinds != self.filter.kinds:
            self.filter = Filter(kinds)
            self._front.bus.attend()

    def _sleep(self) -> None:
        """Until something is due."""
        self._cancel()
        if self._closed:
            return
        now_ms = self._front.now_ms()
        due = [self._beats_ms, *self._afresh.values(), *(each for each in self._due.values() if each is not None)]
        wait_s = max(0.05, (min(due) - now_ms) / 1000)
        self._cancel = self._timer.call_at(self._timer.monotonic() + wait_s, self.wake)
