"""An event loop whose time jumps to the next timer whenever nothing is ready: no sockets, no threads, no waiting."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Impatient(selectors.DefaultSelector):
    """Waits for nothing: what it was told to wait goes to the clock instead."""

    def __init__(self, skip: Callable[[float], None]) -> None:
        super().__init__()
        self._skip = skip

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Raises RuntimeError where nothing is due that could be jumped to."""
        if timeout is None:
            raise RuntimeError("nothing is due and nothing is ready: time stands still")
        self._skip(timeout)
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    """Seconds of this loop are made up: a pause of an hour takes no time."""

    def __init__(self) -> None:
        self._now_s = 0.0
        super().__init__(_Impatient(self._skip))

    def time(self) -> float:
        return self._now_s

    def _skip(self, seconds: float) -> None:
        self._now_s += max(0.0, seconds)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end in made-up time."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(work)
