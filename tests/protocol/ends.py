"""What transport tests need at both ends: a receiver that remembers, a gate that decides by a function."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from protocol.link import Admitted, Knock, Link, Lost, Turned

OFFERS = ("ocpp2.0.1", "ocpp1.6")


class End:
    """A receiver that remembers everything in order and can be waited for."""

    def __init__(self, *, on_open: Callable[[Link], None] | None = None) -> None:
        self.link: Link | None = None
        self.subprotocol = ""
        self.seen: list[str | bytes] = []
        self.story: list[str] = []
        self.why: Lost | None = None
        self.on_open = on_open
        self._changed = asyncio.Event()

    def opened(self, link: Link, subprotocol: str) -> None:
        assert self.why is None
        self.link, self.subprotocol = link, subprotocol
        self.story.append("opened")
        if self.on_open is not None:
            self.on_open(link)
        self._changed.set()

    def received(self, data: str | bytes) -> None:
        assert self.why is None
        assert self.link is not None
        self.seen.append(data)
        self.story.append(f"received {data!r}")
        self._changed.set()

    def lost(self, why: Lost) -> None:
        assert self.why is None, "lost twice"
        self.why = why
        self.story.append("lost")
        self._changed.set()

    async def until(self, ready: Callable[[], bool], within_s: float = 10) -> None:
        """Wait until ``ready()``, looking again whenever something happened to this end."""
        async with asyncio.timeout(within_s):
            while not ready():
                self._changed.clear()
                await self._changed.wait()

    async def open(self) -> Link:
        await self.until(lambda: self.link is not None or self.why is not None)
        assert self.link is not None, self.why
        return self.link

    async def gone(self) -> Lost:
        await self.until(lambda: self.why is not None)
        assert self.why is not None
        return self.why

    async def messages(self, count: int) -> list[str | bytes]:
        await self.until(lambda: len(self.seen) >= count)
        return self.seen


@dataclass
class Porch:
    """A gate that lets everybody in with their first offer, unless ``decide`` says otherwise."""

    decide: Callable[[Knock], Admitted | Turned | None] = lambda knock: None
    make: Callable[[], End] = End
    knocks: list[Knock] = field(default_factory=list)
    ends: dict[str, End] = field(default_factory=dict)

    async def admit(self, knock: Knock) -> Admitted | Turned:
        self.knocks.append(knock)
        decided = self.decide(knock)
        if decided is None:
            decided = Admitted(knock.offers[0], self.make())
        if isinstance(decided, Admitted) and isinstance(decided.receiver, End):
            self.ends[knock.identity] = decided.receiver
        return decided
