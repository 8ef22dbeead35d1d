"""The reference CSMS in a process of its own, over real sockets, with its clock conducted by the run's."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from csms_reference.settings import ClockKind, Settings
from protocol.link import Dialer, Link, Lost, Receiver, Target
from protocol.stamps import stamp
from protocol.transports.websocket import WebSocketDialer
from scenarios.access import AccessError, Notice, Reached, unheard
from scenarios.files import settings_for
from scenarios.http import OverHttp
from scenarios.model import Scenario
from scenarios.settings import settings_of
from simulator.clock import Clock

log = logging.getLogger(__name__)
READY_S = 30.0
DYING_S = 5.0
"""How long a CSMS that stopped talking may take to turn out to be dead."""
REVIVALS = 5
"""How often a CSMS that was killed is started before it is given up."""
FAREWELL_S = 5.0
"""How long the CSMS may take to end by itself once the run is over, so that its database is left whole."""
SETTLE_S = 0.5
"""How long frames may be on their way before they count as lost with a link that broke."""


class ReferenceProcess:
    """Starts ``python -m csms_reference`` and stops it. In virtual time its clock is conducted, else it is the wall's.

    A child that dies, whoever killed it, is started again on its database; virtual time stands still meanwhile.
    ``database`` is an SQLAlchemy URL; without it, a file that is gone with the run. ``log`` gets the child's stderr.
    """

    def __init__(self, database: str | None = None, log: Path | None = None) -> None:
        self.own_clock = True
        self._database = database
        self._log = log
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._settings: Settings | None = None
        self._child: asyncio.subprocess.Process | None = None
        self._dialer = WebSocketDialer()
        self._traffic = CountingDialer(self._dialer)
        self._operator: OverHttp | None = None
        self._conductor: Conductor | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._next_life = asyncio.Event()
        self._away = True
        self.notice: Notice = unheard

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is one."""
        return None if self._child is None else self._child.pid

    async def open(self, scenario: Scenario, clock: Clock, seed: int) -> Reached:
        if scenario.csms.tls:
            raise AccessError("a CSMS that certifies itself runs in the scenario's own process only")
        self._folder = tempfile.TemporaryDirectory(prefix="chargebench-csms-")
        database = self._database or f"sqlite:///{Path(self._folder.name) / 'csms.sqlite'}"
        kind = ClockKind.SIMULATED if clock.pace.virtual else ClockKind.REAL
        more = settings_for(scenario.csms, str(Path(self._folder.name) / "files"))
        if more:
            more["public_port"] = 0
        self._settings = replace(settings_of(scenario, seed), port=0, api_port=0, database=database, clock=kind, **more)
        await self.start()
        assert self._settings is not None
        api = f"http://{self._settings.api_host}:{self._settings.api_port}"
        self._operator = OverHttp(api, revived=self._revived)
        if clock.pace.virtual:
            self._conductor = Conductor(f"ws://127.0.0.1:{self._settings.api_port}/conductor", clock, self._traffic)
            await self._first_time(self._conductor, clock)
            clock.barriers.append(self._conductor.barrier)
        public = self._settings.public_port
        files = None if public is None else (self._settings.public_host, public)
        url = f"ws://{self._settings.host}:{self._settings.port}/"
        return Reached(url, self._traffic, self._operator, files=files)

    async def _first_time(self, conductor: Conductor, clock: Clock) -> None:
        while True:
            try:
                await conductor.tell(clock.now)
            except AccessError:
                if not await self._revived():
                    raise
            else:
                return

    async def start(self) -> None:
        assert self._settings is not None
        assert self._folder is not None
        path = Path(self._folder.name) / "settings.yaml"
        path.write_text(yaml.safe_dump(_plain(self._settings)), encoding="utf-8")
        errors = self._log.open("ab") if self._log is not None else asyncio.subprocess.DEVNULL
        try:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "csms_reference",
                "--with-parent",
                str(path),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
            )
        finally:
            if not isinstance(errors, int):
                errors.close()
        ports = await self._ready(self._child)
        self._settings = replace(
            self._settings, port=ports["ocpp"], api_port=ports["api"], public_port=ports.get("public")
        )  # fmt: skip
        self._watcher = asyncio.get_running_loop().create_task(self._watch(self._child))
        self._away = False
        begun, self._next_life = self._next_life, asyncio.Event()
        begun.set()
        if self._conductor is not None:
            await self._conductor.again()

    async def _watch(self, child: asyncio.subprocess.Process) -> None:
        """Start the CSMS again when somebody else has ended it."""
        code = await child.wait()
        if self._child is not child:
            return
        self._child = None
        if self._conductor is not None:
            self._conductor.lost(planned=False)
        self.notice("CsmsDied", {"code": code})
        for left in reversed(range(REVIVALS)):  # it may be killed again while it starts
            try:
                await self.start()
                break
            except AccessError:
                if not left:
                    raise
                self._away = False
                if self._conductor is not None:
                    self._conductor.lost(planned=False)
        self.notice("CsmsRevived", {})

    async def _revived(self) -> bool:
        """After something failed: whether that was the CSMS's death, and it lives again."""
        child, next_life = self._child, self._next_life
        if self._away:
            return False
        try:
            async with asyncio.timeout(DYING_S):
                if child is not None:
                    await child.wait()
            async with asyncio.timeout(READY_S):
                await next_life.wait()
        except TimeoutError:
            return False
        return True

    async def _ready(self, child: asyncio.subprocess.Process) -> dict[str, int]:
        assert child.stdout is not None
        try:
            async with asyncio.timeout(READY_S):
                line = await child.stdout.readline()
            ports: dict[str, int] = json.loads(line)
        except (TimeoutError, ValueError):
            await self.stop()
            raise AccessError("the reference CSMS did not start; its log says why") from None
        return ports

    async def stop(self) -> None:
        child, self._child = self._child, None
        self._away = True
        if self._conductor is not None:
            self._conductor.lost(planned=True)
        if child is not None:
            if child.returncode is None:
                child.kill()
            await child.communicate()

    async def _retire(self) -> None:
        """Ask the CSMS to end, and end it where it does not within ``FAREWELL_S``."""
        child = self._child
        if child is not None and child.returncode is None:
            child.terminate()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL_S):
                    await child.wait()
        await self.stop()

    async def close(self) -> None:
        if self._conductor is not None:
            await self._conductor.close()
        if self._operator is not None:
            await self._operator.close()
        await self._dialer.close()
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        await self._retire()
        if self._folder is not None:
            self._folder.cleanup()


def _plain(settings: Settings) -> dict[str, Any]:
    """Settings as YAML holds them."""
    entries = {key: value for key, value in asdict(settings).items() if value is not None}
    return {key: list(each) if isinstance(each, tuple) else _word(each) for key, each in entries.items()}


def _word(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


class Conductor:
    """A barrier of virtual time: the CSMS is told the time, and time moves on once it has nothing left to do."""

    def __init__(self, url: str, clock: Clock, traffic: CountingDialer) -> None:
        self._url = url
        self._clock = clock
        self._traffic = traffic
        self._socket: ClientConnection | None = None
        self._offsets = (0, 0)
        self._answers_seen = 0
        self._away = False
        self._next_life = asyncio.Event()
        self._turn = asyncio.Lock()

    def lost(self, *, planned: bool) -> None:
        """The CSMS is gone. If that is ``planned``, time goes on without it until ``again``; else it waits."""
        self._away = planned
        self._socket = None
        if planned:
            self._wake()

    async def again(self) -> None:
        """The CSMS is back, and counts its frames from zero."""
        self._offsets = (self._traffic.up, self._traffic.down)
        await self.tell(self._clock.now)
        self._away = False
        self._wake()

    def _wake(self) -> None:
        """Whoever waits for the next life need not wait longer."""
        woken, self._next_life = self._next_life, asyncio.Event()
        woken.set()

    async def tell(self, t: float) -> dict[str, Any]:
        """It is ``t``; returns what the CSMS says of itself once it is quiet. Raises AccessError."""
        now = stamp(self._clock.start + timedelta(seconds=t))
        try:
            async with self._turn:
                if self._socket is None:
                    self._socket = await connect(self._url, compression=None, proxy=None, ping_interval=None)
                await self._socket.send(json.dumps({"now": now}))
                said: dict[str, Any] = json.loads(await self._socket.recv())
        except (OSError, WebSocketException) as wrong:
            self._socket = None
            raise AccessError(f"the CSMS's conductor cannot be reached: {wrong}") from wrong
        return said

    async def barrier(self, upcoming: float) -> bool:
        """Whether every frame has arrived and been dealt with, so that time may move to ``upcoming``."""
        if self._away:
            return True
        next_life = self._next_life
        try:
            return await self._quiet(upcoming)
        except AccessError:
            if not await self._revived(next_life):
                raise
            return False

    async def _revived(self, next_life: asyncio.Event) -> bool:
        """Wait for the CSMS's next life, or for word that it is away on purpose; False if neither comes."""
        try:
            async with asyncio.timeout(READY_S):
                await next_life.wait()
        except TimeoutError:
            return False
        return True

    async def _quiet(self, upcoming: float) -> bool:
        down = self._traffic.down
        if (
            self._traffic.answers != self._answers_seen
        ):  # a call has arrived once it is answered; an answer may not have
            self._answers_seen = self._traffic.answers
            await self._all_arrived(self._clock.now)
            return False
        said = await self._all_arrived(upcoming)
        return bool(said["quiet"]) and self._traffic.down == down

    async def _all_arrived(self, t: float) -> dict[str, Any]:
        """Tell the time until the CSMS has received what was sent and we have received what it sent."""
        loop = asyncio.get_running_loop()
        give_up_s = loop.time() + SETTLE_S
        while True:
            said = await self.tell(t)
            counts = (self._traffic.up - said["received"], self._traffic.down - said["sent"])
            if counts == self._offsets:
                return said
            if loop.time() > give_up_s:
                self._offsets = counts  # they were lost with a link that broke
                return said
            await asyncio.sleep(0.001)

    async def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            await self._socket.close()


CALL = "[2,"


class CountingDialer:
    """Counts the frames that pass both ways over another dialer's links."""

    remote = True

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self.up = 0
        self.down = 0
        self.answers = 0
        """Of those that went up, how many were no CALL."""

    def dial(self, target: Target, receiver: Receiver) -> None:
        self._dialer.dial(target, _Counted(self, receiver))


class _Counted:
    """A receiver between the transport and the station's."""

    def __init__(self, counts: CountingDialer, receiver: Receiver) -> None:
        self._counts = counts
        self._receiver = receiver
        self.lost: Callable[[Lost], None] = receiver.lost

    def opened(self, link: Link, subprotocol: str) -> None:
        self._receiver.opened(_CountedLink(self._counts, link), subprotocol)

    def received(self, data: str | bytes) -> None:
        self._counts.down += 1
        self._receiver.received(data)


class _CountedLink:
    """A link between the station and the transport's."""

    def __init__(self, counts: CountingDialer, link: Link) -> None:
        self._counts = counts
        self._link = link
        self.close: Callable[..., None] = link.close
        self.abort: Callable[[], None] = link.abort

    def send(self, text: str) -> None:
        self._counts.up += 1
        self._counts.answers += not text.startswith(CALL)
        self._link.send(text)
