"""Our own CSMS on the stand: in this process, over a memory pipe, with an empty database for each case."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from conformance.rigs import Doorway, Mounted, Unable
from conformance.timing import JumpingTime
from conformance.vocabulary import Subject, Tokens
from csms_reference.csms import Csms
from csms_reference.services import authorization
from csms_reference.services.authorization import Standing
from csms_reference.services.authorization import Token as RegisteredToken
from csms_reference.services.registration import Registration
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol.transports.memory import MemoryNetwork


@dataclass(frozen=True, slots=True)
class ReferenceCsms:
    """Mounts a CSMS of this project, in virtual time. It knows the tokens that bench and CSMS have agreed on."""

    start: datetime
    settings: Settings = field(default_factory=lambda: Settings(database="sqlite://"))
    name: str = "reference"
    profile: str = "reference CSMS"
    pace: str = "virtual"

    def describe(self, subject: Subject) -> Subject:
        """The subject as it is."""
        return subject

    @asynccontextmanager
    async def mount(self, subject: Subject, doorway: Doorway) -> AsyncIterator[Mounted]:
        """A CSMS that has just been installed."""
        timing = JumpingTime()
        store = Store.open("sqlite://", inline=True)
        numbers = count(1)
        csms = Csms(
            store,
            now=lambda: self.start + timedelta(seconds=timing.now),
            busy=timing.busy,
            settings=self.settings,
            ids=lambda: f"csms-{next(numbers)}",
            monotonic=lambda: timing.now,
            call_at=timing.at,
        )
        network = MemoryNetwork(timing.deliver, timing.busy)
        network.serve(csms)
        hands = CsmsHands(csms, subject.identity)
        await hands.know(subject.tokens)
        try:
            yield Mounted(hands, timing, network.dialer(), "ws://csms")
        finally:
            await hands.close()
            network.serve(None)
            await timing.settle()
            await csms.close()
            store.close()


@dataclass(slots=True)
class CsmsHands:
    """What an operator does at the reference CSMS."""

    csms: Csms
    station: str
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def command(self, name: str, **fields: Any) -> None:
        """Tell the CSMS to send a command, and do not wait for what comes of it."""
        self._spawn(lambda: self.csms.command(self.station, name, **fields))

    async def provision(
        self,
        *,
        registration: str | None = None,
        password: str | None = None,
        token: str | None = None,
        status: str = "Accepted",
    ) -> None:
        """Enter a station's registration or password, or what a token may do."""
        if registration is not None:
            await self.csms.register(self.station, registration=Registration(registration))
        if password is not None:
            await self.csms.register(self.station, password=password)
        if token is not None:
            await self._put(token, status)

    async def know(self, tokens: Tokens) -> None:
        """Enter the tokens that the cases use."""
        for token in (tokens.valid, tokens.other):
            await self._put(token.id, "Accepted")
        await self._put(tokens.blocked.id, "Blocked")
        await self._put(tokens.expired.id, "Expired")

    async def close(self) -> None:
        """Forget commands that nobody answered."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _put(self, token: str, status: str) -> None:
        try:
            entry = RegisteredToken(token, Standing(status))
        except ValueError as problem:
            raise Unable(str(problem)) from None
        await self.csms.store.write(lambda database: authorization.put(database, entry))

    def _spawn(self, work: Callable[[], Any]) -> None:
        task = asyncio.get_running_loop().create_task(work())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
