"""The bus: events go in after the commit, and out to everybody who listens. Nobody is waited for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol, runtime_checkable

from csms_reference.events.event import BEGINNING, Event, EventId, Filter, Gap, data_of
from csms_reference.events.kinds import KINDS

QUEUED_MOST = 1000
"""Events that wait for one subscriber; what comes then is counted and told as a gap."""

KEPT = 1000
"""Events kept for those who come again."""

LINGER_MS = 60_000
"""So long after the last who wanted them events of a kind are still kept, for those who come again."""


class Listener(Protocol):
    """Somebody who is told at once, in the thread of the event loop, and must not raise."""

    @property
    def filter(self) -> Filter:
        """What it wants to hear."""

    def put(self, event: Event) -> None:
        """Take an event."""


@runtime_checkable
class Mindful(Protocol):
    """A listener that wants to know when something was lost."""

    def put_gap(self, gap: Gap) -> None:
        """Take note of a gap."""


class Subscription:
    """Events wait here for a subscriber who takes them in its own time, up to ``most``."""

    def __init__(self, bus: Bus, chosen: Filter, most: int) -> None:
        self.filter = chosen
        self._bus = bus
        self._most = most
        self._queue: deque[Event | Gap] = deque()
        self._missed = 0
        self._over = False
        self._news = asyncio.Event()

    def put(self, event: Event) -> None:
        """Keep an event for the subscriber, or count it where there is no room."""
        if len(self._queue) >= self._most:
            self._missed += 1
        else:
            self._tell_missed()
            self._queue.append(event)
        self._news.set()

    def put_gap(self, gap: Gap) -> None:
        """Tell the subscriber that it has missed something, and how much where that is known."""
        self._queue.append(gap)
        self._news.set()

    async def next(self) -> Event | Gap | None:
        """Wait for what comes next; None when there will be nothing any more."""
        while not self._queue:
            if self._missed:
                self._tell_missed()
            elif self._over:
                return None
            else:
                self._news.clear()
                await self._news.wait()
        return self._queue.popleft()

    def change(self, chosen: Filter) -> None:
        """Hear of other things from now on."""
        self.filter = chosen
        self._bus.attend()

    def close(self) -> None:
        """Hear nothing any more."""
        self._bus.leave(self)
        self.end()

    def end(self) -> None:
        """There will be nothing more."""
        self._over = True
        self._news.set()

    def _tell_missed(self) -> None:
        if self._missed:
            self._queue.append(Gap(self._missed))
            self._missed = 0


class Bus:
    """Hands events to those who listen. ``now_ms`` is the CSMS's clock.

    ``wanted`` are the kinds that anybody wants, ``watched`` the stations whose messages are: whoever might publish
    looks there first, so that an event that nobody wants costs nothing.
    """

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self.wanted: frozenset[str] = frozenset()
        self.watched: frozenset[str] = frozenset()
        self.last = BEGINNING
        self.now_ms = now_ms
        self._listeners: list[Listener] = []
        self._told: list[Callable[[], object]] = []
        self._since: dict[str, EventId] = {}  # from when on events of a kind are kept
        self._lingers: dict[str, int] = {}  # kinds that nobody wants any more, and until when they are kept
        self._kept: deque[Event] = deque(maxlen=KEPT)
        self._forgotten = BEGINNING
        self._closed = False
        self.outlet: Callable[[Event], bool] | None = None
        """Where events of this process go first, if that takes them: it hands them back by ``take``, numbered."""

    # -- publishing -----------------------------------------------------------------------------------------------

    def publish(self, kind: str, station: str | None, at_ms: int, said: Any) -> None:
        """Tell whoever listens. ``said`` is the dataclass of the kind."""
        if kind in self.wanted:
            self.pass_on(Event(kind, station, at_ms, data_of(said)))

    def pass_on(self, event: Event) -> None:
        """Take an event of this process that has no number yet."""
        if self.outlet is None or not self.outlet(event):
            event.id = self._next_id()
            self.take(event)

    def take(self, event: Event) -> None:
        """Take an event that has its number."""
        self.last = max(self.last, event.id)
        if event.kind in self._lingers and self.now_ms() > self._lingers[event.kind]:
            self.attend()
        if event.kind in self._since:
            if len(self._kept) == KEPT:
                self._forgotten = self._kept[0].id
            self._kept.append(event)
        for listener in self._listeners:
            if listener.filter.takes(event):
                listener.put(event)

    def lost(self, missed: int | None) -> None:
        """Events were lost on their way here: nobody knows whose."""
        for listener in self._listeners:
            if isinstance(listener, Mindful):
                listener.put_gap(Gap(missed))

    # -- listening ------------------------------------------------------------------------------------------------

    def subscribe(self, chosen: Filter, after: EventId | None = None, most: int | None = None) -> Subscription:
        """Listen; with ``after`` from what came after that event on; a gap where that is gone."""
        subscription = Subscription(self, chosen, most or QUEUED_MOST)
        if after is not None:
            self._go_on(subscription, after)
        self.join(subscription)
        if self._closed:
            subscription.end()
        return subscription

    def join(self, listener: Listener) -> None:
        """Tell a listener from now on."""
        self._listeners = [*self._listeners, listener]
        self.attend()

    def leave(self, listener: Listener) -> None:
        """Tell a listener no more."""
        self._listeners = [each for each in self._listeners if each is not listener]
        if isinstance(listener, Subscription):
            until_ms = self.now_ms() + LINGER_MS
            self._lingers.update(dict.fromkeys(_kept_kinds(listener.filter.kinds), until_ms))
        self.attend()

    def attend(self) -> None:
        """See anew what is wanted, and tell those who deliver it."""
        now_ms = self.now_ms()
        asked = {name for listener in self._listeners for name in listener.filter.kinds}
        self._lingers = {name: until for name, until in self._lingers.items() if name not in asked and until >= now_ms}
        self.wanted, self.watched = self.wants()
        self._since = {name: self._since.get(name, self._beginning(now_ms)) for name in _kept_kinds(self.wanted)}
        for tell in self._told:
            tell()

    def wants(self, but: Listener | None = None) -> tuple[frozenset[str], frozenset[str]]:
        """The kinds that are wanted and the stations whose messages are, but by one."""
        listeners = [each for each in self._listeners if each is not but]
        asked = {name for listener in listeners for name in listener.filter.kinds}
        watched = frozenset(station for listener in listeners for station in listener.filter.watched)
        return frozenset(asked | self._lingers.keys()), watched

    def on_change(self, tell: Callable[[], object]) -> None:
        """Have somebody told whenever what is wanted may have changed."""
        self._told.append(tell)

    def close(self) -> None:
        """There will be no more events: every subscription ends, and so does whichever comes."""
        self._closed = True
        for subscription in self._subscriptions():
            subscription.end()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _subscriptions(self) -> list[Subscription]:
        return [listener for listener in self._listeners if isinstance(listener, Subscription)]

    def _beginning(self, now_ms: int) -> EventId:
        return max(self.last, EventId(now_ms, 0))

    def _next_id(self) -> EventId:
        at_ms = max(self.now_ms(), self.last.at_ms)
        return EventId(at_ms, self.last.nth + 1 if at_ms == self.last.at_ms else 1)

    def _go_on(self, subscription: Subscription, after: EventId) -> None:
        wanted = _kept_kinds(subscription.filter.kinds)
        never = wanted - self._since.keys()
        if never or after < max([self._forgotten, *(self._since[name] for name in wanted)]):
            subscription.put_gap(Gap(None))
        for event in self._kept:
            if event.id > after and subscription.filter.takes(event):
                subscription.put(event)


def _kept_kinds(names: Iterable[str]) -> set[str]:
    return {name for name in names if not KINDS[name].asked}
