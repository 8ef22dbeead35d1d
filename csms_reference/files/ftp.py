"""An FTP and FTPS server for stations that speak nothing newer: images to read in ``firmware``, and ``left`` to leave
files in.

It needs the extra ``ftp``, and runs in a thread of its own.
"""

from __future__ import annotations

import asyncio
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

READ, LEAVE = "elr", "elawm"
"""What may be done with images, and in the folder for uploads (pyftpdlib's letters): nothing is deleted, and what one
station has left there is not for another to read, for all log in as the same user."""

TICK_S = 0.1


class NoFtp(Exception):
    """The server cannot be had; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who may log in."""

    user: str
    password: str


class FtpServer:
    """Serves a folder as long as it is not closed. ``certificate`` and ``key`` are PEM files: TLS is asked for then.

    Raises NoFtp where the extra is not installed, OSError where it cannot listen.
    """

    def __init__(
        self, folder: Path, account: Account, *, host: str, port: int, tls: tuple[str, str] | None = None
    ) -> None:
        for name in ("firmware", "left"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._server = _server(folder, account, host, port, tls)
        self.port: int = self._server.address[1]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="ftp", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stop.is_set():
            self._server.serve_forever(timeout=TICK_S, blocking=False, handle_exit=False)
        self._server.close_all()

    def stop(self) -> None:
        """End every connection; blocks until that is done."""
        self._stop.set()
        self._thread.join()

    async def close(self) -> None:
        """End every connection."""
        await asyncio.to_thread(self.stop)


def _server(folder: Path, account: Account, host: str, port: int, tls: tuple[str, str] | None) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # it stands on asyncore until Python 3.11
            from pyftpdlib import authorizers, handlers, servers  # noqa: PLC0415 -- an extra
    except ImportError as problem:
        raise NoFtp("an FTP server takes the extra: pip install 'chargebench[ftp]'") from problem
    known = authorizers.DummyAuthorizer()
    known.add_user(account.user, account.password, str(folder), perm=READ)
    known.override_perm(account.user, str(folder / "left"), LEAVE, recursive=True)

    class Handler(handlers.FTPHandler if tls is None else handlers.TLS_FTPHandler):  # type: ignore[misc]
        """Our users, and TLS where there is a certificate."""

        authorizer = known
        banner = "ready"
        if tls is not None:
            certfile, keyfile = tls
            tls_control_required = tls_data_required = True

    return servers.FTPServer((host, port), Handler)
