"""The process of one worker: it serves stations until its parent says so, or is gone."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import traceback
from dataclasses import asdict
from typing import Any

from csms_reference.endpoint import Door, Endpoint, close_endpoint, open_endpoint
from csms_reference.operations.logs import handling
from csms_reference.pki.endpoint import tls_of
from csms_reference.process import connections_max, fresh_id, fresh_salt, raise_file_limit, settle_garbage, wall
from csms_reference.settings import Settings, SettingsError
from csms_reference.store import Store, StoreError
from csms_reference.workers.extension import Extension, SharedCsms
from csms_reference.workers.frames import PROTOCOL, Frame
from csms_reference.workers.wire import Wire
from protocol.busy import Busy
from protocol.security import SecurityError

LOG_BYTES_MAX = 2**20
"""What may wait for a slow parent before lines of the log are left out."""


class Worker:
    """A worker's life: hello, the settings, ready, work, the end."""

    def __init__(self) -> None:
        self.wire = Wire(self._heard, self._ended)
        self._begin: asyncio.Future[dict[str, Any] | None] = asyncio.get_running_loop().create_future()
        self._stop = asyncio.Event()
        self._extension: Extension | None = None

    async def live(self) -> None:
        """Serve from the first frame to the last."""
        self.wire.send("hello", PROTOCOL)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._end)
        begin = await self._begin
        if begin is None:
            return
        to_parent = ToParent(self.wire, begin["log_level"])
        logging.getLogger().addHandler(to_parent)
        logging.getLogger().setLevel(begin["log_level"])
        try:
            await self._serve(Settings.of(begin["settings"]))
        except (SettingsError, StoreError, SecurityError, OSError) as problem:
            self.wire.send("unusable", content=str(problem))
        finally:
            logging.getLogger().removeHandler(to_parent)
            self.wire.hang_up()

    async def _serve(self, settings: Settings) -> None:
        most = connections_max(settings, raise_file_limit())
        store = Store.open(settings.database, patience_s=settings.database_patience_s, keys_file=settings.keys_file)
        try:
            csms = SharedCsms(store, now=wall, busy=Busy(), settings=settings, ids=fresh_id, salt=fresh_salt)
            door = Door(csms, most)
            self._extension = Extension(csms, door, self.wire)
            endpoint: Endpoint = await open_endpoint(door, settings, tls=await tls_of(csms), reuse_port=True)
            csms.strain.begin()
            settle_garbage()
            self.wire.send("ready", endpoint.port)
            await self._stop.wait()
            await close_endpoint(endpoint, csms)
        finally:
            store.close()

    def _heard(self, frame: Frame) -> None:
        if frame.kind == "serve":
            self._begin.set_result(frame.content)
        elif frame.kind == "end":
            self._end()
        elif self._extension is not None:
            self._extension.heard(frame)

    def _ended(self, _why: str) -> None:
        """The parent is gone: there is no CSMS without it."""
        self._end()

    def _end(self) -> None:
        self._stop.set()
        if not self._begin.done():
            self._begin.set_result(None)


class ToParent(logging.Handler):
    """Hands what is logged to the parent, who writes it as everything else. A flood is cut, and that is said."""

    def __init__(self, wire: Wire, level: int) -> None:
        super().__init__(level)
        self._wire = wire
        self._loop = asyncio.get_running_loop()
        self._left_out = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Hand over one record, from whichever thread."""
        if self._wire.waiting_bytes() > LOG_BYTES_MAX:
            self._left_out += 1
            return
        text, trace = record.getMessage(), None
        if record.exc_info and record.exc_info[1] is not None:
            text = f"{text} ({type(record.exc_info[1]).__name__}: {record.exc_info[1]})"
            trace = "".join(traceback.format_exception(record.exc_info[1]))
        if self._left_out:
            text, self._left_out = f"{text} ({self._left_out} lines before this one were left out)", 0
        about = handling.get()
        said = [record.name, _clean(text), trace and _clean(trace), about and [_clean(part) for part in about]]
        self._loop.call_soon_threadsafe(self._wire.send, "log", record.levelno, said)


def _clean(text: str) -> str:
    """Text that a frame can hold: lone surrogates, which only broken input has, are spelt out."""
    return text[:10_000].encode("utf-8", "backslashreplace").decode()


def plain(settings: Settings) -> dict[str, Any]:
    """Settings as JSON holds them; ``Settings.of`` reads them again."""
    return {name: value for name, value in asdict(settings).items() if value is not None}


async def live_on(line: socket.socket) -> None:
    """Be a worker at this end of a line to its parent."""
    worker = Worker()
    await asyncio.get_running_loop().create_unix_connection(lambda: worker.wire, sock=line)
    await worker.live()
