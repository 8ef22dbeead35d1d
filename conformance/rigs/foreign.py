"""Systems of others on the stand, over real sockets and in real time; without hands, what needs them is not judged."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

import httpx

from conformance.hands.desk import COMMAND
from conformance.rigs import Doorway, Hands, Mounted, Table, Unable
from conformance.timing import RealTime
from conformance.vocabulary import Subject
from protocol.link import Admitted, Gate, Knock, Turned
from protocol.transports.websocket import Server, WebSocketDialer, serve


@dataclass(slots=True)
class _Entrance:
    """The gate of the listening socket: leads to the case that runs, and tells when somebody came in."""

    gate: Gate | None = None
    came_in: asyncio.Event = field(default_factory=asyncio.Event)

    async def admit(self, knock: Knock) -> Admitted | Turned:
        """Ask the case that runs."""
        answer = await self.gate.admit(knock) if self.gate else Turned(503, "no case is running", 1)
        if isinstance(answer, Admitted):
            self.came_in.set()
        return answer


class ListeningRig:
    """A station of others that dials in to us. ``operator`` may have hands beside ``ready``."""

    pace = "real"
    name = "listen"
    profile = "foreign"

    def __init__(self, server: Server, entrance: _Entrance, operator: Hands) -> None:
        self._server = server
        self._entrance = entrance
        self._operator = operator

    @classmethod
    async def listen(
        cls, host: str, port: int, *, tls: ssl.SSLContext | None = None, operator: Hands | None = None
    ) -> Self:
        """Listen for the station; port 0 takes a free one. Raises PortTaken, OSError."""
        entrance = _Entrance()
        return cls(await serve(entrance, host, port, tls=tls), entrance, operator or Table())

    @property
    def port(self) -> int:
        """The port that is listened at."""
        return self._server.port

    def describe(self, subject: Subject) -> Subject:
        """The subject as it was declared."""
        return subject

    def fitted(self, case: str) -> ListeningRig:
        """Itself: the station is what it is."""
        return self

    @asynccontextmanager
    async def mount(self, subject: Subject, doorway: Doorway) -> AsyncIterator[Mounted]:
        """The station as the last case left it; it is let in again for this one."""
        self._entrance.gate, self._entrance.came_in = doorway, asyncio.Event()
        try:
            yield Mounted(_Waiting(self._operator, self._entrance.came_in, subject.boot_s), RealTime())
        finally:
            self._entrance.gate = None

    async def close(self) -> None:
        """Listen no more."""
        await self._server.close(1001, "the certification is over")


class _Waiting:
    """The operator's hands, and patience until the station has come in."""

    def __init__(self, operator: Hands, came_in: asyncio.Event, patience_s: float) -> None:
        self._operator = operator
        self._came_in = came_in
        self._patience_s = patience_s

    async def ready(self) -> bool:
        """Wait for the station to connect; False: whether it boots is its own affair."""
        try:
            async with asyncio.timeout(self._patience_s):
                await self._came_in.wait()
        except TimeoutError:
            raise Unable(f"no station came within {self._patience_s:g} s") from None
        return False

    def find(self, name: str) -> Callable[..., Any] | None:
        """What the operator can do, and ``ready``."""
        return self.ready if name == "ready" else self._operator.find(name)


@dataclass(frozen=True, slots=True)
class DiallingRig:
    """A CSMS of others that we dial. ``operator`` may have hands: ``command`` and ``provision``."""

    url: str
    operator: Hands = field(default_factory=Table)
    name: str = "target"
    profile: str = "foreign"
    pace: str = "real"

    def describe(self, subject: Subject) -> Subject:
        """The subject as it was declared."""
        return subject

    def fitted(self, case: str) -> DiallingRig:
        """Itself: the CSMS is what it is."""
        return self

    @asynccontextmanager
    async def mount(self, subject: Subject, doorway: Doorway) -> AsyncIterator[Mounted]:
        """The CSMS as the last case left it."""
        dialer = WebSocketDialer()
        try:
            yield Mounted(self.operator, RealTime(), dialer, self.url)
        finally:
            await dialer.close()


class ApiHands:
    """What an operator does at a reference CSMS, over its HTTP API."""

    def __init__(self, url: str, station: str, *, api_key: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.AsyncClient(base_url=url, headers=headers, timeout=60)
        self._station = station
        self._tasks: set[asyncio.Task[httpx.Response]] = set()

    def find(self, name: str) -> Callable[..., Any] | None:
        """What does the operation of that name."""
        if name.startswith(COMMAND):
            return partial(self.command, name.removeprefix(COMMAND))
        known: dict[str, Callable[..., Any]] = {"provision.station": self.station, "provision.token": self.token}
        return known.get(name)

    def command(self, name: str, /, **fields: Any) -> None:
        """Tell the CSMS to send a command, and do not wait for what comes of it."""
        post = self._client.post(f"/stations/{self._station}/commands", json={"command": name, **fields})
        task = asyncio.get_running_loop().create_task(post)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def station(self, registration: str | None = None, password: str | None = None) -> None:
        """Enter the station's registration or password."""
        given = {"registration": registration, "password": password}
        await self._post("/stations", {"id": self._station, **{k: v for k, v in given.items() if v is not None}})

    async def token(
        self, token: str, *, type: str | None = None, status: str = "Accepted", group: str | None = None
    ) -> None:
        """Enter what a token may do."""
        body = {"id_token": token, "status": status, "type": type, "group_id": group}
        await self._post("/tokens", {key: value for key, value in body.items() if value is not None})

    async def close(self) -> None:
        """Forget commands that nobody answered."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def _post(self, path: str, body: dict[str, Any]) -> None:
        try:
            response = await self._client.post(path, json=body)
            response.raise_for_status()
        except httpx.HTTPError as problem:
            raise Unable(f"the CSMS's API: {problem}") from None
