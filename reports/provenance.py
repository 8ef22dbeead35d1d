"""Where a run was made: versions of what took part, and the machine. Nothing personal: no host or user name."""

from __future__ import annotations

import contextlib
import os
import platform
from importlib import metadata

PACKAGES = ("chargebench", "ocpp", "websockets", "simpy", "jsonschema-rs", "orjson", "SQLAlchemy", "pyarrow")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that shape a run; a package that is not installed is left out."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str | int]:
    """The operating system, processor architecture, processors and memory in MiB (where the system tells)."""
    facts: dict[str, str | int] = {
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "processors": os.cpu_count() or 1,
    }
    with contextlib.suppress(AttributeError, ValueError, OSError):  # not every system tells
        facts["memory_mib"] = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return facts
