"""The CSMS as a process: an OCPP endpoint and the HTTP API in one event loop."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from itertools import count
from typing import Any

import uvicorn

from csms_reference.api import make_app
from csms_reference.conductor import ConductedClock
from csms_reference.csms import Csms
from csms_reference.settings import ClockKind, Settings
from csms_reference.store import Store
from protocol.busy import Busy
from protocol.security import server_tls
from protocol.transports.websocket import PortTaken, Server
from protocol.transports.websocket import serve as serve_ocpp

CONDUCTED_HOLD_S = 1.0
"""How long a conductor waits, on the wall's clock, for a station's answer to a CALL of ours."""


@dataclass(slots=True)
class Running:
    """A CSMS that serves. Ports are the real ones, also where 0 was asked for."""

    csms: Csms
    ocpp_port: int
    api_port: int
    _ocpp: Server
    _api: _Api
    _api_task: asyncio.Task[None]

    async def close(self) -> None:
        """Close every link with 1001, finish what is in hand, and write it."""
        await self._ocpp.close(1001, "the CSMS is going down")
        await self.csms.close()
        self._api.should_exit = True
        await self._api_task
        self.csms.store.close()


class _Api(uvicorn.Server):
    """uvicorn without its signal handlers: whoever started us decides when to stop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def start(settings: Settings) -> Running:
    """Open the database and serve. Raises StoreError, PortTaken, protocol.security.SecurityError, OSError."""
    tls = None
    if settings.tls_cert is not None and settings.tls_key is not None:
        tls = server_tls(settings.tls_cert, settings.tls_key)
    store = Store.open(settings.database)
    try:
        api_socket = _listen(settings.api_host, settings.api_port)
        try:
            csms, clock = _make(store, settings)
            ocpp = await serve_ocpp(csms, settings.host, settings.port, tls=tls, compression=True)
        except BaseException:
            api_socket.close()
            raise
    except BaseException:
        store.close()
        raise
    config = uvicorn.Config(
        make_app(csms, clock),
        lifespan="off",
        ws="websockets-sansio",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    api = _Api(config)
    task = asyncio.get_running_loop().create_task(api.serve([api_socket]))
    return Running(csms, ocpp.port, api_socket.getsockname()[1], ocpp, api, task)


async def serve(settings: Settings, *, ready: Callable[[Running], object] = lambda _: None) -> None:
    """Serve until SIGTERM or SIGINT; ``ready`` is told once stations can connect. Raises as ``start``."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        running = await start(settings)
        try:
            ready(running)
            await stop.wait()
        finally:
            await running.close()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def _make(store: Store, settings: Settings) -> tuple[Csms, ConductedClock | None]:
    shared: dict[str, Any] = {
        "busy": Busy(),
        "ids": lambda: str(uuid.uuid4()),
        "salt": lambda: os.urandom(16),
    }
    if settings.clock is ClockKind.REAL:
        return Csms(store, now=_wall, settings=settings, **shared), None
    clock = ConductedClock(_wall())
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


def _wall() -> datetime:
    return datetime.now(UTC)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=128)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from problem
        raise
