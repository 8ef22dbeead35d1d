"""Files over FTP and FTPS (RFC 959, 3659, 4217): passive mode, and REST to come on in both directions.

The client of the standard library blocks, so that it works in threads, one step of one transfer at a time.
"""

from __future__ import annotations

import asyncio
import ftplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from protocol.security import client_tls
from simulator.courier.destination import Destination
from simulator.courier.parcel import Parcel, Undelivered
from simulator.courier.road import PIECE

TIMEOUT_S = 60.0
"""Wall seconds that a server may stay silent; simulated time is the courier's own matter."""

T = TypeVar("T")


async def _elsewhere(step: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(step)
    except ftplib.all_errors as problem:
        raise Undelivered(str(problem) or type(problem).__name__, code=_code(problem)) from problem
    except ValueError as problem:  # a path with a line break, among others
        raise Undelivered(str(problem), final=True) from problem


def _code(problem: Exception) -> int | None:
    """The reply code at the beginning of a server's refusal (RFC 959 §4.2)."""
    said = str(problem)[:3]
    return int(said) if isinstance(problem, ftplib.Error) and said.isdigit() else None


class _Session:
    """A control connection, and the data connection that a transfer has."""

    def __init__(self, to: Destination, tls: ssl.SSLContext | None) -> None:
        self._to = to
        self._tls = tls
        self._ftp: ftplib.FTP | None = None
        self._data: socket.socket | None = None

    def log_in(self) -> ftplib.FTP:
        """Connect, become secure where that is wanted, log in, and say that bytes are to stay as they are."""
        to = self._to
        ftp = self._ftp = ftplib.FTP_TLS(context=self._tls or client_tls()) if to.secure else ftplib.FTP()  # noqa: S321 -- stations speak it
        ftp.connect(*to.at, timeout=TIMEOUT_S)
        ftp.host = to.host  # the name that the certificate has to bear
        ftp.login(to.user or "anonymous", to.password or "")
        if isinstance(ftp, ftplib.FTP_TLS):
            ftp.prot_p()
        ftp.voidcmd("TYPE I")
        return ftp

    def transfer(self, command: str, offset: int) -> None:
        """Open the data connection for a command."""
        assert self._ftp is not None
        self._data, _ = self._ftp.ntransfercmd(command, offset or None)

    @property
    def data(self) -> socket.socket:
        """The data connection."""
        assert self._data is not None
        return self._data

    def complete(self) -> None:
        """End the data connection, and hear the server's word on it."""
        assert self._ftp is not None
        data, self._data = self._data, None
        if data is not None:
            if isinstance(data, ssl.SSLSocket):
                data = data.unwrap()
            data.close()
            self._ftp.voidresp()

    async def close(self) -> None:
        """Drop both connections; a thread that waits for one wakes up."""
        control = None if self._ftp is None else self._ftp.sock
        for connection in (self._data, control):
            if connection is not None:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()
        if self._ftp is not None:
            self._ftp.close()


class FtpSource(_Session):
    """A file that comes over FTP."""

    async def open(self, parcel: Parcel) -> None:
        """RETR, after REST where the file is the one of which something has arrived (size and MDTM are the same)."""
        await _elsewhere(lambda: self._retrieve(parcel))

    def _retrieve(self, parcel: Parcel) -> None:
        ftp, file = self.log_in(), self._to.file
        tag, size = _about(ftp, file)
        offset = parcel.arrived if tag and parcel.tag == tag and parcel.size == size else 0
        if offset and offset == size:
            return  # nothing is missing
        self.transfer(f"RETR {file}", offset)
        parcel.begin(offset, tag, size)

    async def read(self, most: int) -> bytes:
        """``most`` bytes more, less only at the end."""
        return await _elsewhere(lambda: self._read(most)) if self._data is not None else b""

    def _read(self, most: int) -> bytes:
        found: list[bytes] = []
        while (left := most - sum(map(len, found))) > 0:
            piece = self.data.recv(min(left, PIECE))
            if not piece:
                if not found:
                    self.complete()
                break
            found.append(piece)
        return b"".join(found)


def _about(ftp: ftplib.FTP, file: str) -> tuple[str, int | None]:
    """When a file was changed last, and its size; empty and None where a server does not say."""
    tag, size = "", None
    with suppress(ftplib.error_perm):
        size = ftp.size(file)
        tag = ftp.voidcmd(f"MDTM {file}")
    return tag, size


class FtpSink(_Session):
    """A file that goes over FTP."""

    async def open(self, size: int, sent: int) -> int:
        """STOR, after REST where a part of it is there already."""
        return await _elsewhere(lambda: self._store(size, sent))

    def _store(self, size: int, sent: int) -> int:
        ftp, file = self.log_in(), self._to.file
        _, there = _about(ftp, file) if sent else ("", None)
        offset = there if there is not None and there <= min(size, sent) else 0
        self.transfer(f"STOR {file}", offset)
        return offset

    async def write(self, piece: bytes) -> None:
        """Send a piece."""
        await _elsewhere(lambda: self.data.sendall(piece))

    async def finish(self) -> None:
        """Hear whether it was taken."""
        await _elsewhere(self.complete)
