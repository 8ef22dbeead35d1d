"""Events across nodes: one stream in Redis that all of them write and read.

A node writes what somebody at any node listens to, and hands on what it reads, its own events too: so they have the
same numbers everywhere, and a client goes on at whichever node. While Redis is away, each tells its own events alone.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from csms_reference.events.bus import Bus
from csms_reference.events.event import BEGINNING, Event, Filter, read_id, written
from csms_reference.events.kinds import KINDS
from csms_reference.events.relay import NOTHING, Relayed
from csms_reference.nodes.redis import Away, Pauses, reaching
from csms_reference.tasks import end_tasks

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = logging.getLogger(__name__)

STREAM_MOST = 10_000
"""Events that the stream holds, about."""

WAITING_MOST = 10_000
"""Events that wait to be written; more are told here alone, and the other nodes are told of a gap."""

WRITTEN_AT_ONCE = 500
READ_AT_ONCE = 500
BLOCKED_MS = 1000

ANNOUNCED_S = 10.0
"""So often a node says what is wanted there."""

FORGOTTEN_S = 35.0
"""Without a word for so long a node wants nothing any more."""


class Across:
    """One node's end of the stream: a listener of its bus for the others, and the outlet of its bus."""

    def __init__(self, bus: Bus, client: Redis, key: str, node: str) -> None:
        self.filter: Filter = NOTHING
        self._bus = bus
        self._client = client
        self._key = key
        self._node = node
        self._wants: dict[str, tuple[frozenset[str], frozenset[str], float]] = {}  # of others, and when they said so
        self._announced: tuple[Any, float] | None = None
        self._reads = self._writes = False  # whether it could be read and written the last time
        self._closing = False  # a cancellation alone may get lost in the client
        self._last: str | None = None  # what was read last
        self._waiting: list[Event] = []
        self._missed = False
        self._work = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def there(self) -> bool:
        """Whether events go over Redis."""
        return self._reads and self._writes

    async def open(self) -> None:
        """Begin. Redis may be away."""
        self._bus.join(self)
        self._bus.outlet = self._take
        self._bus.on_change(self._work.set)
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._reading()), loop.create_task(self._writing())]

    async def close(self) -> None:
        """Tell events here alone from now on."""
        self._closing = True
        self._bus.outlet = None
        self._bus.leave(self)
        await end_tasks(*self._tasks)
        self._fall_back()

    def put(self, event: Event) -> None:
        """What others want is in the stream already."""

    # -- writing --------------------------------------------------------------------------------------------------

    def _take(self, event: Event) -> bool:
        """Have an event written; False where it is to be told here at once."""
        if not self.there or len(self._waiting) >= WAITING_MOST:
            self._missed = True
            return False
        self._waiting.append(event)
        self._work.set()
        return True

    async def _writing(self) -> None:
        pauses = Pauses()
        while not self._closing:
            with suppress(TimeoutError):
                async with asyncio.timeout(ANNOUNCED_S):
                    await self._work.wait()
            self._work.clear()
            self._forget_silent()
            try:
                with reaching():
                    await self._write()
                pauses.succeeded()
                self._writes = True
            except Away as problem:
                self._gone(problem)
                self._writes, self._announced = False, None
                await asyncio.sleep(pauses.failed())
                self._work.set()

    async def _write(self) -> None:
        entries: list[Any] = self._announcement()
        if self._missed:
            entries.append({"lost": self._node})
        events = self._waiting[:WRITTEN_AT_ONCE]
        entries += [{"event": written([each.kind, each.station, each.at_ms, each.data])} for each in events]
        if not entries:
            return
        async with self._client.pipeline(transaction=False) as pipeline:
            for entry in entries:
                pipeline.xadd(self._key, entry, maxlen=STREAM_MOST, approximate=True)
            await pipeline.execute()
        del self._waiting[: len(events)]
        self._missed = False
        if self._waiting:
            self._work.set()

    def _announcement(self) -> list[dict[str, Any]]:
        """What is wanted here, where it has changed or was not said for a while."""
        kinds, watched = self._bus.wants(but=self)
        now_s, what = asyncio.get_running_loop().time(), (sorted(kinds), sorted(watched))
        if self._announced is not None and self._announced[0] == what and now_s < self._announced[1] + ANNOUNCED_S:
            return []
        first = self._announced is None
        self._announced = what, now_s
        return [{"wants": json.dumps([self._node, *what, first])}]

    # -- reading --------------------------------------------------------------------------------------------------

    async def _reading(self) -> None:
        pauses = Pauses()
        while not self._closing:
            try:
                with reaching():
                    await self._read(await self._begin())
            except Away as problem:
                self._gone(problem)
                self._reads = False
                await asyncio.sleep(pauses.failed())

    async def _begin(self) -> str:
        """Where to read on: what was missed is told of, as far as it is not there any more."""
        ends: list[Any] = [
            await self._client.xrange(self._key, count=1),
            await self._client.xrevrange(self._key, count=1),
        ]
        oldest, newest = ((str(found[0][0]) if found else "0-0") for found in ends)
        if self._last is None:
            self._last = newest
        elif oldest != self._last and not BEGINNING < read_id(oldest) <= read_id(self._last):
            self._bus.lost(None)
        self._reads = True
        self._announced = None
        self._work.set()
        return self._last

    async def _read(self, last: str) -> None:
        while not self._closing:
            found: Any = await self._client.xread({self._key: last}, count=READ_AT_ONCE, block=BLOCKED_MS)
            for number, entry in found[0][1] if found else ():
                last = self._last = number
                try:
                    self._heard(number, entry)
                except (ValueError, TypeError, LookupError):  # what a node of another version says
                    log.exception("an entry of the stream of events is not understood: %r", entry)

    def _heard(self, number: str, entry: dict[str, str]) -> None:
        if "event" in entry:
            kind, station, at_ms, data = json.loads(entry["event"])
            self._bus.take(Event(kind, station, at_ms, data, read_id(number)))
        elif "wants" in entry:
            node, kinds, watched, first = json.loads(entry["wants"])
            if node != self._node:
                self._hears(node, frozenset(kinds) & KINDS.keys(), frozenset(watched))
                if first:  # it does not know yet what is wanted here
                    self._announced = self._announced and (None, 0.0)
                    self._work.set()
        elif entry.get("lost") != self._node:
            self._bus.lost(None)

    def _hears(self, node: str, kinds: frozenset[str], watched: frozenset[str]) -> None:
        self._wants[node] = kinds, watched, asyncio.get_running_loop().time()
        self._attend()

    def _forget_silent(self) -> None:
        since_s = asyncio.get_running_loop().time() - FORGOTTEN_S
        self._wants = {node: wants for node, wants in self._wants.items() if wants[2] > since_s}
        self._attend()

    def _attend(self) -> None:
        kinds = frozenset(kind for wants in self._wants.values() for kind in wants[0])
        watched = frozenset(station for wants in self._wants.values() for station in wants[1])
        if (chosen := Relayed(kinds, watched)) != self.filter:
            self.filter = chosen
            self._bus.attend()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _gone(self, why: Away) -> None:
        if self.there:
            log.warning("events of other nodes are not heard while Redis is away: %s", why)
        self._fall_back()

    def _fall_back(self) -> None:
        """Tell here alone what waits; what had been written without an answer is told twice."""
        waiting, self._waiting = self._waiting, []
        outlet, self._bus.outlet = self._bus.outlet, None
        for event in waiting:
            self._bus.pass_on(event)
        self._bus.outlet = outlet
        self._missed = self._missed or bool(waiting)
