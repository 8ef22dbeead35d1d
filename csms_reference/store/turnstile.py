"""Processes that write to the same SQLite file take turns.

SQLite's lock goes to whoever asks at the right moment, and who asked in vain sleeps, for up to 100 ms at a time:
whoever has just released it is there again before. So who waits for it stands in a turnstile, where nobody else is.
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

try:
    from fcntl import LOCK_EX, LOCK_NB, LOCK_UN, flock
except ImportError:  # Windows: SQLite's own way has to do
    CAN_LOCK = False
else:
    CAN_LOCK = True

SUFFIX = "-turn"
"""Beside the database, as SQLite's own files are. The database itself must not be used: to close it once would lose
SQLite's locks."""

LOOK_S = 0.0005
"""So often somebody looks whether it is their turn: a commit takes some milliseconds."""


class Turnstile:
    """The one before a database file; ``most_s`` is how long anybody waits."""

    def __init__(self, path: str, most_s: float) -> None:
        self._path = str(Path(path).absolute()) + SUFFIX
        self._most_s = most_s
        self._file: int | None = None

    def begin(self, connection: sqlite3.Connection, statement: str) -> None:
        """Begin a transaction that writes, when it is our turn. Raises sqlite3.OperationalError after ``most_s``."""
        until_s = time.monotonic() + self._most_s
        entered = self._enter(until_s)
        try:
            connection.execute("PRAGMA busy_timeout=0")
            try:
                while not _begun(connection, statement, until_s):
                    time.sleep(LOOK_S)
            finally:
                connection.execute(f"PRAGMA busy_timeout={round(1000 * self._most_s)}")
        finally:
            if entered:
                self._leave()

    def close(self) -> None:
        """Let go of the file, until the next time."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _enter(self, until_s: float) -> bool:
        """Whether we are in it. Who has waited for too long goes past, as does who may not open the file, or where a
        file cannot be locked (some networks'): then SQLite decides."""
        if not CAN_LOCK:
            return False
        while True:
            try:
                if self._file is None:  # to read is enough to lock it, whoever has made it
                    self._file = os.open(self._path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
                flock(self._file, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until_s:
                    return False
                time.sleep(LOOK_S)
            except OSError:
                return False
            else:
                return True

    def _leave(self) -> None:
        assert self._file is not None
        flock(self._file, LOCK_UN)


def _begun(connection: sqlite3.Connection, statement: str, until_s: float) -> bool:
    try:
        connection.execute(statement)
    except sqlite3.OperationalError as problem:
        if problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until_s:
            raise
        return False
    return True
