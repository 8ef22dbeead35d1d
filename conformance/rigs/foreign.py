"""Systems of others on the stand, over real sockets and in real time; without hands, what needs them is not judged."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from conformance.rigs import Doorway, Mounted, Unable
from conformance.timing import RealTime
from conformance.vocabulary import Subject
from protocol.link import Admitted, Gate, Knock, Turned
from protocol.transports.websocket import Server, WebSocketDialer, serve


class NoHands:
    """Nobody operates the system: whatever needs somebody cannot be judged."""


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

    def __init__(self, server: Server, entrance: _Entrance, operator: object) -> None:
        self._server = server
        self._entrance = entrance
        self._operator = operator

    @classmethod
    async def listen(
        cls, host: str, port: int, *, tls: ssl.SSLContext | None = None, operator: object | None = None
    ) -> Self:
        """Listen for the station; port 0 takes a free one. Raises PortTaken, OSError."""
        entrance = _Entrance()
        return cls(await serve(entrance, host, port, tls=tls), entrance, operator or NoHands())

    @property
    def port(self) -> int:
        """The port that is listened at."""
        return self._server.port

    def describe(self, subject: Subject) -> Subject:
        """The subject as it was declared."""
        return subject

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

    def __init__(self, operator: object, came_in: asyncio.Event, patience_s: float) -> None:
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

    def __getattr__(self, name: str) -> Any:
        return getattr(self._operator, name)


@dataclass(frozen=True, slots=True)
class DiallingRig:
    """A CSMS of others that we dial. ``operator`` may have hands: ``command`` and ``provision``."""

    url: str
    operator: object = field(default_factory=NoHands)
    name: str = "target"
    profile: str = "foreign"
    pace: str = "real"

    def describe(self, subject: Subject) -> Subject:
        """The subject as it was declared."""
        return subject

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

    def command(self, name: str, **fields: Any) -> None:
        """Tell the CSMS to send a command, and do not wait for what comes of it."""
        post = self._client.post(f"/stations/{self._station}/commands", json={"command": name, **fields})
        task = asyncio.get_running_loop().create_task(post)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def provision(self, **fields: Any) -> None:
        """Enter the station's ``registration`` or ``password``, or a ``token`` and its ``status``."""
        station = {key: fields[key] for key in ("registration", "password") if fields.get(key) is not None}
        if station:
            await self._post("/stations", {"id": self._station, **station})
        if fields.get("token") is not None:
            await self._post("/tokens", {"id_token": fields["token"], "status": fields.get("status", "Accepted")})

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
