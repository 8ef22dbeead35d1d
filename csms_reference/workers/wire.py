"""One end of the line between parent and worker: frames both ways, and questions that get one answer each."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from itertools import count
from typing import Any, cast

from csms_reference.store import StoreError
from csms_reference.workers.frames import Frame, Garbled, Unpacker, Unsendable, pack

log = logging.getLogger(__name__)

Heard = Callable[[Frame], None]


class HungUp(Exception):
    """The other end is gone, so that no answer will come."""


class Failed(Exception):
    """The other end could not answer; it logged why."""


FAILURES: dict[str, type[Exception]] = {"StoreError": StoreError}
"""Failures that keep their kind on the way back."""


class Wire(asyncio.Protocol):
    """Calls ``heard`` for every frame that is no answer, and ``ended`` once with the reason when the line is gone."""

    def __init__(self, heard: Heard, ended: Callable[[str], None]) -> None:
        self._heard = heard
        self._ended = ended
        self._unpacker = Unpacker()
        self._numbers = count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._transport: asyncio.Transport | None = None
        self._why = "the other end hung up"
        self._over = False

    # -- saying ---------------------------------------------------------------------------------------------------

    def send(self, kind: str, number: int = 0, content: Any = None) -> None:
        """Say something; nothing happens when the line is gone. Raises Unsendable."""
        packed = pack(Frame(kind, number, content))
        if self._transport is not None and not self._over:
            self._transport.write(packed)

    async def ask(self, what: str, about: dict[str, Any]) -> Any:
        """Ask the other end and wait. Raises HungUp, Failed, StoreError, Unsendable."""
        if self._over:
            raise HungUp(self._why)
        number = next(self._numbers)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.send("ask", number, [what, to_text(about)])
        self._asked[number] = future
        try:
            return await future
        finally:
            self._asked.pop(number, None)

    def answer(self, number: int, content: Any) -> None:
        """Answer a question of the other end."""
        try:
            self.send("answer", number, to_text(content))
        except Unsendable as problem:
            self.fail(number, problem)

    def fail(self, number: int, problem: Exception) -> None:
        """Say that a question cannot be answered."""
        self.send("failed", number, [type(problem).__name__, str(problem)[:1000]])

    def waiting_bytes(self) -> int:
        """How much was said that the other end has not taken yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def hang_up(self, why: str = "hung up") -> None:
        """End the line once everything is sent."""
        if not self._over and self._transport is not None:
            self._why = why
            self._transport.close()

    def cut(self, why: str) -> None:
        """End the line at once, whatever is still to be sent."""
        if not self._over and self._transport is not None:
            self._why = why
            self._transport.abort()

    # -- asyncio ------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._unpacker.feed(data):
                self._take(frame)
        except Garbled as problem:
            self.cut(str(problem))
        except (TypeError, ValueError, LookupError):  # a frame of the right form with nonsense in it
            log.exception("parent and worker misunderstand each other")
            self.cut("nonsense in a frame")

    def connection_lost(self, exc: Exception | None) -> None:
        self._over = True
        if exc is not None:
            self._why = str(exc) or type(exc).__name__
        for future in self._asked.values():
            if not future.done():
                future.set_exception(HungUp(self._why))
        self._ended(self._why)

    # -- inside -------------------------------------------------------------------------------------------------

    def _take(self, frame: Frame) -> None:
        if frame.kind not in {"answer", "failed"}:
            self._heard(frame)
            return
        future = self._asked.get(frame.number)
        if future is None or future.done():
            return  # whoever asked has given up
        if frame.kind == "answer":
            future.set_result(json.loads(frame.content))
        else:
            kind, text = frame.content
            future.set_exception(FAILURES.get(kind, Failed)(text))


def to_text(content: Any) -> str:
    """Content as JSON that keeps what orjson would not: large integers, lone surrogates, NaN. Raises Unsendable."""
    try:
        return json.dumps(content)
    except (TypeError, ValueError, RecursionError) as problem:
        raise Unsendable(str(problem)) from problem
