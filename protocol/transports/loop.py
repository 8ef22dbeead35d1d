"""Which event loop carries a process: uvloop where it is installed, asyncio's own where it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Maker = Callable[[], asyncio.AbstractEventLoop]

new_uvloop: Maker | None
try:
    from uvloop import new_event_loop as new_uvloop
except ImportError:  # not made for this platform, or not installed
    new_uvloop = None

T = TypeVar("T")

UVLOOP = "uvloop"
ASYNCIO = "asyncio"


def installed() -> str:
    """Return the name of the loop that ``run`` uses here."""
    return ASYNCIO if new_uvloop is None else UVLOOP


def factory(name: str | None = None) -> Maker:
    """Return what makes a loop of this name; without one, of the best that is installed.

    Raises ValueError for a name that is none, and for ``uvloop`` where it is missing.
    """
    makers: dict[str, Maker] = {ASYNCIO: asyncio.new_event_loop}
    if new_uvloop is not None:
        makers[UVLOOP] = new_uvloop
    name = name or installed()
    if name not in makers:
        raise ValueError(f"no event loop {name!r} here; there is {' and '.join(sorted(makers))}")
    return makers[name]


def in_use(loop: asyncio.AbstractEventLoop | None = None) -> str:
    """Return the name of a loop for reports, by default of the running one."""
    return type(loop or asyncio.get_running_loop()).__module__.partition(".")[0]


def run(main: Coroutine[Any, Any, T], *, name: str | None = None) -> T:
    """Run a coroutine to its end on a fresh loop, as ``asyncio.run`` does."""
    with asyncio.Runner(loop_factory=factory(name)) as runner:
        return runner.run(main)
