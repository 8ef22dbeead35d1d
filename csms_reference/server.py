"""The CSMS as a process: an OCPP endpoint and the HTTP API in one event loop, or a parent of workers with the API."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from itertools import count
from typing import Any, Protocol

import uvicorn
from fastapi import FastAPI

from csms_reference.alerts.judge import Judge
from csms_reference.api import Conducted, make_app
from csms_reference.api.health import make_watch
from csms_reference.api.public import make_public
from csms_reference.campaigns.engine import Campaigns
from csms_reference.caps import Caps
from csms_reference.conductor import ConductedClock
from csms_reference.console.app import open_console
from csms_reference.csms import Csms
from csms_reference.dispatch import node_of
from csms_reference.endpoint import Door, Endpoint, close_endpoint, open_endpoint, transport_of
from csms_reference.files.ftp import Account, FtpServer, NoFtp
from csms_reference.files.room import Room
from csms_reference.front import Alone, Front
from csms_reference.instants import to_ms
from csms_reference.nodes.node import joined
from csms_reference.nodes.parent import muster
from csms_reference.observed import ObservedCsms
from csms_reference.operations.logs import logging_to
from csms_reference.pki.endpoint import tls_of
from csms_reference.process import (
    connections_max,
    fresh_id,
    fresh_salt,
    raise_file_limit,
    settle_garbage,
    wall,
)
from csms_reference.services import commands, rounds
from csms_reference.settings import ClockKind, LogFormat, Settings, SettingsError, Transport
from csms_reference.store import Store
from csms_reference.store.database import is_memory, parse_url
from csms_reference.upkeep import Upkeep
from csms_reference.workers.parent import Parent
from csms_reference.workers.several import Several
from protocol.busy import Busy
from protocol.transports.loop import factory
from protocol.transports.websocket import PortTaken

log = logging.getLogger(__name__)

CONDUCTED_HOLD_S = 1.0
"""How long a conductor waits, on the wall's clock, for a station's answer to a CALL of ours."""


class Serving(Protocol):
    """A CSMS that serves. Ports are the real ones, also where 0 was asked for."""

    @property
    def ocpp_port(self) -> int:
        """Where stations connect."""

    @property
    def api_port(self) -> int:
        """Where the HTTP API listens."""

    @property
    def public_port(self) -> int | None:
        """Where anybody may fetch files and the status of certificates; None if nowhere."""

    @property
    def metrics_port(self) -> int | None:
        """Where the metrics are without the rest of the API; None if nowhere."""

    async def close(self) -> None:
        """Close every link with 1001, finish what is in hand, and write it."""


@dataclass(slots=True)
class Running:
    """A CSMS that is this process."""

    csms: Csms
    ocpp_port: int
    api_port: int
    public_port: int | None
    metrics_port: int | None
    _ocpp: Endpoint
    _apps: Sequence[Closing]
    _front: Front

    async def close(self) -> None:
        """Close every link with 1001, finish what is in hand, and write it."""
        self._front.draining = True
        await close_endpoint(self._ocpp, self.csms)
        for app in self._apps:
            await app.close()
        self.csms.store.close()


@dataclass(slots=True)
class Leading:
    """A CSMS that is several processes, of which this one is the parent."""

    parent: Parent
    ocpp_port: int
    api_port: int
    public_port: int | None
    metrics_port: int | None
    _own: Csms
    _apps: Sequence[Closing]
    _front: Front

    async def close(self) -> None:
        """End the workers, each of which closes every link with 1001 and writes what is in hand; then the API."""
        self._front.draining = True
        await self.parent.close()
        self._own.bus.close()  # or the API would wait for clients who hear events
        for app in self._apps:
            await app.close()
        await self._own.close()
        self._own.store.close()


class Closing(Protocol):
    """Something that serves until it is closed."""

    async def close(self) -> None:
        """Answer what is asked, and end."""


class _Uvicorn(uvicorn.Server):
    """uvicorn without its signal handlers: whoever started us decides when to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Api:
    """An HTTP application on its socket."""

    def __init__(
        self, app: FastAPI, at: socket.socket, tls: tuple[str, str] | None = None, trusted_proxies: Sequence[str] = ()
    ) -> None:
        certificate, key = tls or (None, None)
        config = uvicorn.Config(
            app,
            ssl_certfile=certificate,
            ssl_keyfile=key,
            lifespan="off",
            ws="websockets-sansio",
            log_config=None,
            access_log=False,
            proxy_headers=bool(trusted_proxies),
            forwarded_allow_ips=list(trusted_proxies),
            timeout_graceful_shutdown=5,
        )
        self._server = _Uvicorn(config)
        self._task = asyncio.get_running_loop().create_task(self._server.serve([at]))

    async def close(self) -> None:
        """Answer what is asked, and end."""
        self._server.should_exit = True
        await self._task


async def start(settings: Settings) -> Running:
    """Open the database and serve in this process.

    Raises SettingsError, StoreError, PortTaken, protocol.security.SecurityError, OSError.
    """
    most = connections_max(settings, raise_file_limit())
    with ExitStack() as undo:
        store = Store.open(settings.database, patience_s=settings.database_patience_s, keys_file=settings.keys_file)
        undo.callback(store.close)
        await _abandon(store, settings)
        api_socket = undo.enter_context(_listen(settings.api_host, settings.api_port))
        settings = replace(settings, api_port=_port(api_socket))
        public_socket, settings = _listen_publicly(settings, undo)
        watch_socket = _listen_for_watch(settings, undo)
        files, settings = _open_files(settings, undo)
        csms, clock = _make(store, settings)
        door = Door(csms, most)
        async with joined(settings, Alone(csms, door), csms) as (front, others):
            ocpp = await open_endpoint(door, settings, tls=await tls_of(csms))
            if clock is None:
                csms.strain.begin()
        undo.pop_all()
    app = make_app(front, None if clock is None else Conducted(csms, clock))
    open_console(app, front, app.state.access)
    apps: list[Closing] = [Api(app, api_socket, trusted_proxies=settings.trusted_proxies)]
    if watch_socket is not None:
        apps.append(Api(make_watch(front, app.state.requests), watch_socket))
    if public_socket is not None:
        apps.append(Api(make_public(front), public_socket))
    apps += files.serve(front)
    if clock is None:
        apps += [Judge(front), Upkeep(front, csms.balance.due), Caps(front)]
    apps += others
    front.rounds.wake()
    watched_at = None if watch_socket is None else _port(watch_socket)
    apps.insert(0, Campaigns(front, csms))
    return Running(csms, ocpp.port, _port(api_socket), settings.public_port, watched_at, ocpp, apps, front)


async def lead(settings: Settings) -> Leading:
    """Start workers and serve the API. Raises as ``start``, and workers.child.StillBorn."""
    connections_max(settings, raise_file_limit())  # so that it is said once, and before anything starts
    if is_memory(parse_url(settings.database)):
        raise SettingsError(f"database: workers share it, so that {settings.database} in memory will not do")
    with ExitStack() as undo:
        store = Store.open(settings.database, patience_s=settings.database_patience_s, keys_file=settings.keys_file)
        undo.callback(store.close)
        await _abandon(store, settings)
        api_socket = undo.enter_context(_listen(settings.api_host, settings.api_port))
        settings = replace(settings, api_port=_port(api_socket))
        public_socket, settings = _listen_publicly(settings, undo)
        watch_socket = _listen_for_watch(settings, undo)
        files, settings = _open_files(settings, undo)
        own = Csms(store, now=wall, busy=Busy(), settings=settings, ids=fresh_id, salt=fresh_salt)
        await tls_of(own)  # what is wrong with it is said once, and before anything starts
        parent = Parent(settings, asyncio.get_running_loop().time, own.bus)
        local = Several(own, parent.switchboard, parent.roster)
        async with joined(settings, local, parent.switchboard) as (front, others):
            await parent.open()
        undo.pop_all()
    app = make_app(front)
    open_console(app, front, app.state.access)
    apps: list[Closing] = [Api(app, api_socket, trusted_proxies=settings.trusted_proxies)]
    if watch_socket is not None:
        apps.append(Api(make_watch(front, app.state.requests), watch_socket))
    if public_socket is not None:
        apps.append(Api(make_public(front), public_socket))
    apps += [*files.serve(front), Judge(front), Upkeep(front), Caps(front), *others]
    front.rounds.wake()
    watched_at = None if watch_socket is None else _port(watch_socket)
    apps.insert(0, Campaigns(front, own))
    return Leading(parent, parent.port, _port(api_socket), settings.public_port, watched_at, own, apps, front)


def run(settings: Settings, *, ready: Callable[[Serving], object] = lambda _: None) -> None:
    """Be a CSMS until SIGTERM or SIGINT, on the event loop that suits its transport. Raises as ``start``."""
    lean = transport_of(settings) is Transport.LEAN
    with ExitStack() as undo:
        if settings.log_format is not LogFormat.AUTO or not logging.getLogger().handlers:
            undo.enter_context(logging_to(None, settings.log_format, settings.log_level, node_of(settings)))
        runner = undo.enter_context(asyncio.Runner(loop_factory=factory() if lean else None))
        runner.run(serve(settings, ready=ready))


async def serve(settings: Settings, *, ready: Callable[[Serving], object] = lambda _: None) -> None:
    """Serve until SIGTERM or SIGINT; ``ready`` is told once stations can connect. Raises as ``start``."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    opening: Coroutine[Any, Any, Serving] = start(settings) if settings.workers == 1 else lead(settings)
    if settings.nodes > 1:
        opening.close()
        opening = muster(settings)
    try:
        serving = await opening
        try:
            settle_garbage()
            ready(serving)
            await stop.wait()
        finally:
            await serving.close()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _abandon(store: Store, settings: Settings) -> None:
    """What this CSMS had in hand when it ended last time has an end, too."""
    node, now_ms = node_of(settings), to_ms(wall())
    await store.write(lambda database: rounds.release(database, node))
    if settings.redis is not None:
        return  # its node knows more: whether another process has its name
    if left := await store.write(lambda database: commands.abandon(database, node, now_ms)):
        log.warning("%d commands were in hand when this CSMS ended last time: they have failed", len(left))


def _make(store: Store, settings: Settings) -> tuple[Csms, ConductedClock | None]:
    shared: dict[str, Any] = {
        "busy": Busy(),
        "ids": fresh_id,
        "salt": fresh_salt,
    }
    if settings.redis is not None:
        return ObservedCsms(store, now=wall, settings=settings, **shared), None
    if settings.clock is ClockKind.REAL:
        return Csms(store, now=wall, settings=settings, **shared), None
    clock = ConductedClock(wall())
    csms = Csms(
        store,
        now=clock.now,
        monotonic=clock.monotonic,
        call_at=clock.call_at,
        settings=settings,
        ids_for=partial(_repeatable_ids, settings.transaction_secret, clock),
        **shared,
    )
    csms.hold_calls_s = settings.hold_calls_s or CONDUCTED_HOLD_S
    return csms, clock


def _repeatable_ids(secret: str, clock: ConductedClock, station: str) -> Callable[[], str]:
    """Message ids of one connection in a conducted run: the same in every run, and unlike those of any other
    connection, as no two of one station begin at the same simulated time."""
    since = clock.now().isoformat()
    numbers = count(1)

    def next_id() -> str:
        return blake2b(f"{secret}/{station}/{since}/{next(numbers)}".encode(), digest_size=16).hexdigest()

    return next_id


def _listen(host: str, port: int) -> socket.socket:
    try:
        made = socket.create_server((host, port), backlog=128)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from problem
        raise
    # Inherited by what it accepts: asyncio sets it on sockets that it has made itself alone, and without it each answer
    # waits up to 40 ms for the client's delayed acknowledgement.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _listen_publicly(settings: Settings, undo: ExitStack) -> tuple[socket.socket | None, Settings]:
    """The public application's socket, if there is to be one, and the settings with its port."""
    if settings.public_port is None:
        return None, settings
    at = undo.enter_context(_listen(settings.public_host, settings.public_port))
    return at, replace(settings, public_port=_port(at))


def _listen_for_watch(settings: Settings, undo: ExitStack) -> socket.socket | None:
    """The socket of ``metrics_port``, if there is to be one."""
    if settings.metrics_port is None:
        return None
    return undo.enter_context(_listen(settings.metrics_host, settings.metrics_port))


@dataclass(frozen=True, slots=True)
class _Files:
    """Where files are served beside the public application: over HTTPS, over FTP."""

    at: socket.socket | None
    tls: tuple[str, str] | None
    ftp: FtpServer | None

    def serve(self, front: Front) -> list[Closing]:
        """Begin."""
        found: list[Closing] = [] if self.ftp is None else [self.ftp]
        if self.at is not None:
            found.append(Api(make_public(front), self.at, self.tls))
        return found


def _open_files(settings: Settings, undo: ExitStack) -> tuple[_Files, Settings]:
    """Listen where files are to be served, and the settings with the ports. Raises SettingsError, OSError."""
    cert, key = settings.tls_cert, settings.tls_key
    tls = None if cert is None or key is None else (cert, key)
    at, ftp = None, None
    if settings.public_tls_port is not None:
        at = undo.enter_context(_listen(settings.public_host, settings.public_tls_port))
        settings = replace(settings, public_tls_port=_port(at))
    if settings.ftp_port is not None:
        account = Account(settings.ftp_user, settings.ftp_password)
        folder = Room(settings.files_folder).shared
        try:
            ftp = FtpServer(folder, account, host=settings.public_host, port=settings.ftp_port, tls=tls)
        except NoFtp as problem:
            raise SettingsError(f"ftp_port: {problem}") from problem
        undo.callback(ftp.stop)
        settings = replace(settings, ftp_port=ftp.port)
    return _Files(at, tls, ftp), settings


def _port(at: socket.socket) -> int:
    return int(at.getsockname()[1])
