"""A worker's end of the line: it tells who comes and goes, and does what the parent asks."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import asdict
from typing import Any

from csms_reference.endpoint import Door
from csms_reference.events.relay import Upward
from csms_reference.front import Figures, figures_of, measures_of, seen_here
from csms_reference.observed import ObservedCsms
from csms_reference.workers.frames import Frame
from csms_reference.workers.wire import Wire

log = logging.getLogger(__name__)

_number: ContextVar[int] = ContextVar("number")
"""The request id that the parent chose for the command under way: a station may move, its numbers still grow."""

OWN = 1 << 30
"""What tells the numbers that workers choose from their parent's, which count seconds since 2020, up to 2054."""


class SharedCsms(ObservedCsms):
    """A CSMS that is one of the workers of a parent."""

    def next_number(self) -> int:
        """The number that came with the command. Of what a worker begins by itself: one that no parent chooses."""
        number = _number.get(None)
        return super().next_number() | OWN if number is None else number


class Extension:
    """Answers one parent over ``wire`` for one CSMS."""

    def __init__(self, csms: SharedCsms, door: Door | None, wire: Wire) -> None:
        self.csms = csms
        self.door = door
        self._wire = wire
        self._moves: list[tuple[str, int, bool]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._events = Upward(csms.bus, wire)
        csms.observe(self._moved)

    def heard(self, frame: Frame) -> None:
        """Take what the parent says."""
        if frame.kind == "displace":
            where, connections = frame.content
            for station, serial in connections:
                self.csms.displace(station, serial, where)
        elif frame.kind == "returned":
            self.csms.returned(*frame.content)
        elif frame.kind == "listen":
            self._events.listen(*frame.content)
        elif frame.kind == "ask":
            what, about = frame.content
            task = asyncio.get_running_loop().create_task(self._answer(frame.number, what, json.loads(about)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            raise ValueError(f"a parent says no {frame.kind!r}")

    async def _answer(self, number: int, what: str, about: dict[str, Any]) -> None:
        try:
            self._wire.answer(number, await ANSWERS[what](self, about))
        except Exception as problem:  # the shell around every question: the parent must hear of its end
            log.exception("%r of the parent failed", what)
            self._wire.fail(number, problem)

    def _moved(self, station: str, serial: int, came: bool) -> None:
        """Gather what happens in one turn of the loop; waiting longer would blur who came last."""
        if not self._moves:
            asyncio.get_running_loop().call_soon(self._tell)
        self._moves.append((station, serial, came))

    def _tell(self) -> None:
        moves, self._moves = self._moves, []
        self._wire.send("moves", content=moves)


async def _command(own: Extension, about: dict[str, Any]) -> dict[str, Any]:
    _number.set(about["number"])
    return asdict(await own.csms.command(about["station"], about["name"], about["order"], **about["fields"]))


async def _call(own: Extension, about: dict[str, Any]) -> dict[str, Any]:
    end = await own.csms.call(
        about["station"], about["action"], about["payload"], validate=about["validate"], order=about["order"]
    )
    return asdict(end)


async def _look_again(own: Extension, about: dict[str, Any]) -> None:
    """The parent has changed or removed a station."""
    await own.csms.look_again(about["station"])


async def _seen(own: Extension, about: dict[str, Any]) -> dict[str, int]:
    return seen_here(own.csms, about["stations"])


async def _figures(own: Extension, _about: dict[str, Any]) -> tuple[Figures, dict[str, Any]]:
    return figures_of(own.csms, own.door), measures_of(own.csms)


async def _alive(_own: Extension, _about: dict[str, Any]) -> bool:
    """Whoever answers at all is."""
    return True


ANSWERS: dict[str, Callable[[Extension, dict[str, Any]], Awaitable[Any]]] = {
    "command": _command,
    "call": _call,
    "look_again": _look_again,
    "seen": _seen,
    "figures": _figures,
    "alive": _alive,
}
"""Every question that a parent may have."""
