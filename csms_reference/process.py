"""The process that a CSMS runs in: its open files, its garbage, its event loop, what it takes of the machine."""

from __future__ import annotations

import gc
import os
import resource
import secrets
import uuid
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import psutil

from csms_reference.settings import Settings, SettingsError

FILES_RESERVED = 100
"""Files that are not stations: the database, the API and its clients, logs, and callers who are being turned away."""

UNLIMITED_FILES = 2**20
"""What we take where there is no limit: the kernel's own default maximum."""


def wall() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


def fresh_id() -> str:
    """A message id that nobody can guess."""
    return str(uuid.uuid4())


def fresh_salt() -> bytes:
    """16 random bytes."""
    return os.urandom(16)


def fresh_secret() -> str:
    """256 bits that nobody can guess, as a word."""
    return secrets.token_urlsafe(32)


def raise_file_limit() -> int:
    """Have as many files open as the hard limit allows; returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = UNLIMITED_FILES if hard == resource.RLIM_INFINITY else hard
    if soft == resource.RLIM_INFINITY or soft >= most:
        return most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most


def connections_max(settings: Settings, files: int) -> int:
    """How many stations a process may hold that may have so many files open. Raises SettingsError."""
    room = files - FILES_RESERVED
    wanted = settings.connections_max or room
    if wanted > room or room < 1:
        raise SettingsError(
            f"connections_max: {max(wanted, 1)} stations need {max(wanted, 1) + FILES_RESERVED} open files in each "
            f"process, the hard limit is {files}: raise it (ulimit -Hn, LimitNOFILE= of systemd, --ulimit nofile= of a "
            f"container), or share the stations among more workers"
        )
    return wanted


GC_THRESHOLDS = (5_000, 10, 20)
"""Allocations before the young are looked at, and how seldom the older: nobody waits for more than 50,000 objects.

Counted references free what a station leaves behind, so that cycles are few. A full collection walks every station's
objects and stops all of them meanwhile; a million new objects are the price of one."""


def settle_garbage() -> None:
    """What start-up made is never garbage: take it out of the collector's sight, and collect seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


@cache
def _here() -> psutil.Process:
    return psutil.Process()


def usage() -> dict[str, float]:
    """What this process takes: CPU seconds since its start, resident and private bytes, open files."""
    process = _here()
    with process.oneshot():
        times, memory = process.cpu_times(), process.memory_full_info()
        return {
            "pid": process.pid,
            "cpu_s": times.user + times.system,
            "rss_bytes": memory.rss,
            "private_bytes": memory.uss,
            "open_files": _open_files(process),
        }


def _open_files(process: psutil.Process) -> int:
    """Since Linux 6.2 the folder's size is their number; listing fifteen thousand would hold everybody up for 30 ms."""
    try:
        return Path("/proc/self/fd").stat().st_size or process.num_fds()
    except OSError:  # not Linux
        return process.num_fds()
