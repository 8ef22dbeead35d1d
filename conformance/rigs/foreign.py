"""Systems of others on the stand, over real sockets and in real time; without hands, what needs them is not judged."""

from __future__ import annotations

import asyncio
import inspect
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import urlsplit

from conformance import reading
from conformance.handshakes import reception
from conformance.past import Past
from conformance.rigs import Doorway, Hands, Mounted, Table, Unable
from conformance.rigs.files import FILES, declared_files
from conformance.rigs.polite import Polite
from conformance.rigs.responder import OPERATIONS as RESPONDER
from conformance.rigs.responder import Responder
from conformance.timing import RealTime
from conformance.vocabulary import Subject
from protocol.link import Admitted, Dialer, Knock, Link, Lost, Receiver, Target, Turned
from protocol.transports.websocket import Server, WebSocketDialer, serve


@dataclass(slots=True)
class _Lobby:
    """Behind every listening socket: leads to the case that runs, and tells when somebody came in."""

    doorway: Doorway = field(default_factory=Doorway)
    came_in: asyncio.Event = field(default_factory=asyncio.Event)


log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Entrance:
    """The gate of one listening socket; ``at`` is which of the bench's addresses it is."""

    lobby: _Lobby
    at: int = 0

    async def admit(self, knock: Knock) -> Admitted | Turned:
        """Ask the case that runs."""
        answer = await self.lobby.doorway.admit(knock, self.at)
        if isinstance(answer, Admitted):
            self.lobby.came_in.set()
        return answer

    def hand(self) -> ssl.SSLContext:
        """What the case that runs shakes hands with."""
        return self.lobby.doorway.hand(self.at)


class ListeningRig:
    """A station of others that dials in to us. ``operator`` may have hands beside ``ready``.

    Where it was declared with ``urls`` and ``secure_urls``, their ports are listened at as well, with TLS as the case
    wants it: the bench shows certificates of the declared ``pki``.
    """

    pace = "real"
    name = "listen"
    profile = "foreign"

    def __init__(self, server: Server, host: str, lobby: _Lobby, operator: Hands, tls: ssl.SSLContext | None) -> None:
        self._server = server
        self._host = host
        self._lobby = lobby
        self._operator = operator
        self._tls = tls
        self._more: dict[int, Server] = {}
        self._past = Past()

    @classmethod
    async def listen(
        cls, host: str, port: int, *, tls: ssl.SSLContext | None = None, operator: Hands | None = None
    ) -> Self:
        """Listen for the station; port 0 takes a free one. Raises PortTaken, OSError."""
        lobby = _Lobby()
        return cls(await serve(_Entrance(lobby), host, port, tls=tls), host, lobby, operator or Table(), tls)

    @property
    def port(self) -> int:
        """The port that is listened at."""
        return self._server.port

    def describe(self, subject: Subject) -> Subject:
        """The subject as it was declared, and what cases did to it since."""
        return replace(subject, past=self._past)

    def fitted(self, case: str) -> ListeningRig:
        """Itself: the station is what it is."""
        return self

    def has(self, operation: str) -> bool:
        """Whether the operator can do it; that the station is there is waited for."""
        return operation == "ready" or operation in FILES or self._operator.find(operation) is not None

    @asynccontextmanager
    async def mount(self, subject: Subject, doorway: Doorway) -> AsyncIterator[Mounted]:
        """The station as the last case left it; it is let in again for this one."""
        self._lobby.doorway, self._lobby.came_in = doorway, asyncio.Event()
        await self._listen_more(subject)
        files = declared_files(subject, self._tls)
        try:
            served = subject.files_url or subject.firmware
            hands = Operator((files, self._operator) if served else (self._operator, files))
            yield Mounted(_Waiting(hands, self._lobby.came_in, subject.boot_s), RealTime())
        finally:
            self._lobby.doorway = Doorway()
            await files.close()

    async def close(self) -> None:
        """Listen no more."""
        for server in (self._server, *self._more.values()):
            await server.close(1001, "the certification is over")

    async def _listen_more(self, subject: Subject) -> None:
        """Listen at every declared address. Raises PortTaken, OSError."""
        for urls, scheme_port in ((subject.urls, 80), (subject.secure_urls, 443)):
            for at, url in enumerate(urls):
                port = urlsplit(url).port or scheme_port
                if port in self._more or (port == self.port and (urls is subject.urls or self._tls is not None)):
                    continue
                if port == self.port:
                    await self._server.close(1001, "from now on with TLS")
                entrance = _Entrance(self._lobby, at)
                tls = reception(entrance.hand) if urls is subject.secure_urls else None
                self._more[port] = await serve(entrance, self._host, port, tls=tls)


class _Waiting:
    """The operator's hands, and patience until the station has come in."""

    def __init__(self, operator: Hands, came_in: asyncio.Event, patience_s: float) -> None:
        self._operator = operator
        self._came_in = came_in
        self._patience_s = patience_s

    async def ready(self) -> bool:
        """Wait for the station to connect, and have the operator see to it if it does not by itself.

        False: whether it boots is its own affair, unless the operator tells that it does.
        """
        boots = False
        if not await self._comes() and (seen_to := self._operator.find("ready")):
            told = seen_to()
            boots = bool(await told if inspect.isawaitable(told) else told)
        if not await self._comes():
            raise Unable(f"no station came within {self._patience_s:g} s")
        return boots

    async def _comes(self) -> bool:
        try:
            async with asyncio.timeout(self._patience_s):
                await self._came_in.wait()
        except TimeoutError:
            return False
        return True

    def find(self, name: str) -> Callable[..., Any] | None:
        """What the operator can do, and ``ready``."""
        return self.ready if name == "ready" else self._operator.find(name)


@dataclass(frozen=True, slots=True)
class DiallingRig:
    """A CSMS of others that we dial. ``operator`` may have hands: ``command`` and ``provision``.

    ``heard`` is told the action of each CALL that comes; ``refresh`` makes the CSMS as fresh as it can, before a case.
    """

    url: str
    operator: Hands = field(default_factory=Table)
    heard: Callable[[str], None] | None = None
    refresh: Callable[[Subject], Awaitable[None]] | None = None
    name: str = "target"
    profile: str = "foreign"
    pace: str = "real"

    def describe(self, subject: Subject) -> Subject:
        """The subject, and where it is."""
        secure = self.url.startswith("wss:")
        return replace(subject, secure_urls=(self.url,)) if secure else replace(subject, urls=(self.url,))

    def fitted(self, case: str) -> DiallingRig:
        """Itself: the CSMS is what it is."""
        return self

    def has(self, operation: str) -> bool:
        """Whether the operator can do it, or the bench itself."""
        return operation in RESPONDER or self.operator.find(operation) is not None

    @asynccontextmanager
    async def mount(self, subject: Subject, doorway: Doorway) -> AsyncIterator[Mounted]:
        """The CSMS as the last case left it."""
        dialer = WebSocketDialer()
        polite = Polite(dialer)
        heard = polite if self.heard is None else _Overheard(polite, self.heard)
        responder = Responder(subject.pki, subject.responder_url, operator=self.operator)
        if self.refresh is not None:
            try:
                await self.refresh(subject)
            except Unable as reason:
                log.warning("the CSMS is as the last case left it: %s", reason)
        try:
            yield Mounted(responder, RealTime(), heard, self.url)
        finally:
            await responder.close()
            polite.close()
            await dialer.close()


class _Overheard:
    """A dialer on whose links somebody listens for the actions of the CALLs that come."""

    def __init__(self, dialer: Dialer, heard: Callable[[str], None]) -> None:
        self._dialer = dialer
        self._heard = heard
        self.remote = dialer.remote

    def dial(self, target: Target, receiver: Receiver) -> None:
        self._dialer.dial(target, _Ear(receiver, self._heard))


@dataclass(frozen=True, slots=True)
class _Ear:
    """A receiver with somebody beside it."""

    receiver: Receiver
    heard: Callable[[str], None]

    def opened(self, link: Link, subprotocol: str) -> None:
        self.receiver.opened(link, subprotocol)

    def received(self, data: str | bytes) -> None:
        self.receiver.received(data)
        try:
            frame = reading.read(data)
        except reading.Unreadable:
            return  # the bench has it, and judges it
        if frame.kind == reading.CALL:
            self.heard(frame.action)

    def lost(self, why: Lost) -> None:
        self.receiver.lost(why)


@dataclass(frozen=True, slots=True)
class Operator:
    """Hands of several kinds as one: the first that can do an operation does it."""

    hands: tuple[Hands, ...]

    def find(self, name: str) -> Callable[..., Any] | None:
        """What does the operation of that name."""
        return next((act for each in self.hands if (act := each.find(name))), None)
