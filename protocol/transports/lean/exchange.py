"""What all links of one dialer or one server share, so that none of them has to hold it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Protocol

from protocol.link import Link
from protocol.transports.lean.codec import Message
from protocol.transports.lean.deflate import Deflates
from protocol.transports.limits import Limits

SLOTS = 64
"""Into so many groups the links are divided, each of which is pinged at its own moment of the interval."""

SHORTEST_TURN_S = 0.25

LONG = 4096
"""Longer messages always wait for their turn: to read one takes up to milliseconds."""

WAITING_MOST = 2**24
"""Bytes or characters of long messages that may wait for their turns together; beyond that they are taken at once."""


class Connected(Link, Protocol):
    """A link, as the exchange sees it."""

    def ping(self, payload: bytes) -> None:
        """Send a ping, if the link is open."""

    def fail(self, code: int, reason: str) -> None:
        """End the link with this close code."""

    def go_on(self, message: Message | None) -> None:
        """Take what was put off."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport is gone."""


class Exchange:
    """Knows every open link and asks each of them, once per interval, whether its peer is still there.

    One timer turns from group to group, however many links there are. ``masks`` yields the masking keys of a client's
    frames; a server has none (§5.3).
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, limits: Limits, *, masks: Iterator[bytes] | None, compression: bool
    ) -> None:
        self.loop = loop
        self.limits = limits
        self.message_bytes = limits.message_bytes
        self.short = min(LONG, limits.message_bytes)
        self.masks = masks
        self.deflates = Deflates(limits.message_bytes) if compression else None
        interval_s = limits.ping_interval_s
        slots = 1 if interval_s is None else max(1, min(SLOTS, int(interval_s / SHORTEST_TURN_S)))
        self._groups: tuple[set[Connected], ...] = tuple(set() for _ in range(slots))
        self._unanswered: dict[bytes, set[Connected]] = {}
        self._asked: dict[Connected, tuple[bytes, Callable[[], None]]] = {}
        self._paused: set[Connected] = set()
        self._behind: dict[Connected, Message | None] = {}  # in the order of their turns
        self._stalled: dict[Connected, Message | None] = {}  # the same, but nobody reads them
        self._lost: dict[Connected, Exception | None] = {}  # those behind that are lost, and why
        self._waiting_size = 0
        self._corked: Connected | None = None
        self._gathered: list[bytes] = []
        self._turning = False
        self._turn = 0
        self._timer: asyncio.TimerHandle | None = None
        self._count = 0
        self._emptied: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Connected]:
        for group in self._groups:
            yield from tuple(group)

    def enter(self, link: Connected) -> None:
        """Count a link in."""
        self._group(link).add(link)
        self._count += 1
        if self._timer is None:
            self._wind()

    def leave(self, link: Connected) -> None:
        """Forget a link that is gone."""
        self._group(link).discard(link)
        self._paused.discard(link)
        self._no_longer_behind(link)
        self._lost.pop(link, None)
        self._asked.pop(link, None)
        self._count -= 1
        if not self._count:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if self._emptied is not None and not self._emptied.done():
                self._emptied.set_result(None)

    async def emptied(self) -> None:
        """Wait until no link is left."""
        while self._count:
            if self._emptied is None or self._emptied.done():
                self._emptied = self.loop.create_future()
            await self._emptied

    def ponged(self, link: Connected, payload: bytes) -> None:
        """Take note of a pong; one that nobody asked for is none of our business (§5.5.3)."""
        waiting = self._unanswered.get(payload)
        if waiting is not None:
            waiting.discard(link)
        if (asked := self._asked.get(link)) is not None and asked[0] == payload:
            del self._asked[link]
            asked[1]()

    def asked(self, link: Connected, payload: bytes, answered: Callable[[], None]) -> None:
        """Somebody else pings a link and wants to hear of the pong."""
        self._asked[link] = payload, answered

    def cork(self, link: Connected) -> None:
        """What this link writes from now on is gathered; there is one such at a time."""
        self._corked = link

    def gathers(self, link: Connected, data: bytes) -> bool:
        """Take what a link writes, if it is corked: each write is a call of the kernel, as dear as most answers."""
        if self._corked is not link:
            return False
        self._gathered.append(data)
        return True

    def uncork(self, link: Connected) -> bytes:
        """What was gathered."""
        if self._corked is not link:
            return b""
        self._corked = None
        data = b"".join(self._gathered)
        self._gathered.clear()
        return data

    def paused(self, link: Connected) -> None:
        """A link does not read: it is asked nothing, and what it was asked no longer counts."""
        if link in self._lost:  # there is nothing left to read but what was
            return
        self._paused.add(link)
        if link in self._behind:
            self._stalled[link] = self._behind.pop(link)
        for waiting in self._unanswered.values():
            waiting.discard(link)

    def resumed(self, link: Connected) -> None:
        """A link reads again."""
        self._paused.discard(link)
        if link in self._stalled:
            self._queue(link, self._stalled.pop(link))

    def wait(self, link: Connected, message: Message | None) -> None:
        """A link brought more than the others should have to wait for, or something long: it goes on in its turn,
        which does not come while it is paused."""
        if message is not None:
            self._waiting_size += len(message[1])
        if link in self._paused:
            self._stalled[link] = message
        else:
            self._queue(link, message)

    def _queue(self, link: Connected, message: Message | None) -> None:
        self._behind[link] = message
        if not self._turning:
            self._turning = True
            self.loop.call_soon(self._turn_of_next)

    def lost(self, link: Connected, why: Exception | None) -> None:
        """A link that is behind is lost. It is to hear of that when it no longer is: what it said before counts."""
        self._lost[link] = why
        self.resumed(link)

    def is_behind(self, link: Connected) -> bool:
        """Whether a link waits for its turn."""
        return link in self._behind or link in self._stalled

    def _turn_of_next(self) -> None:
        """One of them between two looks at all the others."""
        try:
            if self._behind:
                link = next(iter(self._behind))
                link.go_on(self._no_longer_behind(link))
                if link in self._lost and link not in self._behind:
                    link.connection_lost(self._lost.pop(link))
        finally:
            self._turning = bool(self._behind)
            if self._turning:
                self.loop.call_soon(self._turn_of_next)

    def _no_longer_behind(self, link: Connected) -> Message | None:
        message = self._behind.pop(link, None) or self._stalled.pop(link, None)
        if message is not None:
            self._waiting_size -= len(message[1])
        return message

    def has_room(self, size: int) -> bool:
        """Whether one more message of this size may wait: what waits is in memory, inflated."""
        return self._waiting_size + size <= WAITING_MOST

    def is_paused(self, link: Connected) -> bool:
        """Whether somebody wants a link not to be read."""
        return link in self._paused

    def _group(self, link: Connected) -> set[Connected]:
        # Objects lie at multiples of 16, so the lowest bits tell nothing.
        return self._groups[(id(link) >> 6) % len(self._groups)]

    def _wind(self) -> None:
        if self.limits.ping_interval_s is not None:
            self._timer = self.loop.call_later(self.limits.ping_interval_s / len(self._groups), self._ask)

    def _ask(self) -> None:
        """Ping the group whose turn it is."""
        group = self._groups[self._turn % len(self._groups)] - self._paused
        self._turn += 1
        if group:
            payload = self._turn.to_bytes(8, "big")
            self._unanswered[payload] = group
            for link in tuple(group):
                link.ping(payload)
            self.loop.call_later(self.limits.pong_timeout_s, self._judge, payload)
        self._wind()

    def _judge(self, payload: bytes) -> None:
        for link in self._unanswered.pop(payload):
            link.fail(1011, "keepalive ping timeout")
