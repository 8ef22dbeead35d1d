"""Our own station on the stand as somebody else's would be: mounted once, left as the last case left it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any, Self

from conformance.hands.bay import Bay
from conformance.past import Past
from conformance.rigs import Doorway, Mounted
from conformance.rigs.simulated import SimulatedStation
from conformance.vocabulary import Subject


class KeptStation:
    """A station of this project that is mounted for the first case and kept for those that follow.

    What it remembers, who stands in its bays and what time it is goes on from case to case. Use it as an asynchronous
    context: leaving that takes the station down.
    """

    name = "kept"

    def __init__(self, made: SimulatedStation) -> None:
        self._made = made
        self._past = Past()
        self._doorway = Doorway()
        self._stack = AsyncExitStack()
        self._mounted: Mounted | None = None

    @property
    def profile(self) -> str:
        """The profile of the station."""
        return self._made.profile

    @property
    def pace(self) -> str:
        """How time passes on the stand."""
        return self._made.pace

    def describe(self, subject: Subject) -> Subject:
        """The subject as a station that is mounted anew would have it."""
        return replace(self._made.describe(subject), past=self._past)

    def fitted(self, case: str) -> KeptStation:
        """Itself: the station is what it is."""
        return self

    def has(self, operation: str) -> bool:
        """Whether the bay can do it."""
        return self._made.has(operation)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *why: object) -> None:
        await self._stack.aclose()

    @asynccontextmanager
    async def mount(self, subject: Subject, doorway: Doorway) -> AsyncIterator[Mounted]:
        """The station as the last case left it; for the first case fresh from the factory, and switched off."""
        if self._mounted is None:
            self._mounted = await self._stack.enter_async_context(self._made.mount(subject, self._doorway))
        self._doorway.gate = doorway
        try:
            bay = self._mounted.hands
            assert isinstance(bay, Bay)
            yield replace(self._mounted, hands=_Hands(bay))
        finally:
            self._doorway.gate = None


class _Hands:
    """The bay, whose station is switched on already when a case begins, unless the last one ended without power."""

    def __init__(self, bay: Bay) -> None:
        self._bay = bay

    def find(self, name: str) -> Callable[..., Any] | None:
        """What does the operation of that name."""
        return self._ready if name == "ready" else self._bay.find(name)

    def _ready(self) -> bool:
        if self._bay.station.powered:
            return False
        self._bay.station.power_on()
        return True
