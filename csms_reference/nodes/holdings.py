"""The stations that this node holds, and what Redis is told of them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from csms_reference.nodes.redis import Away

if TYPE_CHECKING:
    from csms_reference.nodes.membership import Membership
    from csms_reference.nodes.scripts import Scripts

log = logging.getLogger(__name__)

TOLD_AT_ONCE = 500
"""Connections of which Redis is told in one step, which takes it some ten milliseconds."""


@runtime_checkable
class Holder(Protocol):
    """Who holds the stations: one process (``observed.ObservedCsms``) or its workers (``workers.switchboard``).

    A ``place`` is a connection as it knows it.
    """

    def observe(self, moved: Callable[[str, Any, bool], None], /) -> None:
        """Tell of every connection that comes (True) or leaves."""

    def displace(self, station: str, place: Any, where: str, /) -> None:
        """End a connection, unless it is gone or replaced already: there is a newer one ``where``."""

    def returned(self, station: str, place: Any, /) -> None:
        """Others have told that the station is gone, and it is not: tell that it is connected."""


class Entry(NamedTuple):
    """Where a station is, as Redis knows it: the node, which life of that, and the connection's number in it."""

    node: str
    life: str
    serial: int


@dataclass(slots=True)
class Held:
    """A connection here. ``fence`` is its fencing number, as soon as Redis has given it one."""

    place: Any
    serial: int
    since_ms: int
    fence: str | None = None

    def move(self, station: str, what: str) -> dict[str, Any]:
        """What Redis is told of it."""
        told: dict[str, Any] = {"what": what, "station": station, "serial": self.serial, "since_ms": self.since_ms}
        if self.fence is not None:
            told["fence"] = self.fence
        return told


class Holdings:
    """Keeps Redis up to date, in order, and lets go of whoever has a newer connection elsewhere."""

    def __init__(
        self,
        name: str,
        holder: Holder,
        scripts: Scripts,
        membership: Membership,
        now_ms: Callable[[], int],
    ) -> None:
        self._name = name
        self._holder = holder
        self._scripts = scripts
        self._membership = membership
        self._now_ms = now_ms
        self._last_serial = 0
        self._moves: list[dict[str, Any]] = []
        self._telling: asyncio.Task[None] | None = None
        self.here: dict[str, Held] = {}
        holder.observe(self._moved)

    def displaced(self, station: str, serial: int, node: str) -> None:
        """The station has a newer connection at another node."""
        held = self.here.get(station)
        if held is not None and held.serial == serial:
            del self.here[station]
            self._holder.displace(station, held.place, f"to node {node}")

    def again(self) -> None:
        """A new life begins: Redis is told of everything anew."""
        self._moves = [held.move(station, "kept") for station, held in self.here.items()]

    def tell(self) -> None:
        """Tell Redis what it does not know yet, as soon as it is there."""
        if self._moves and (self._telling is None or self._telling.done()):
            self._telling = asyncio.get_running_loop().create_task(self._tell())

    async def told(self) -> None:
        """Wait until Redis knows everything, or does not answer."""
        self.tell()
        if self._telling is not None:
            await self._telling

    async def where(self, stations: Sequence[str]) -> dict[str, Entry]:
        """Where these stations are, of those that are connected. Raises Away."""
        if not stations:
            return {}
        try:
            found = await self._scripts("look", *stations)
        except Away as problem:
            self._membership.failed(problem)
            raise
        entries = {station: json.loads(entry) for station, entry in zip(stations, found, strict=True) if entry}
        return {station: Entry(entry["node"], entry["life"], entry["serial"]) for station, entry in entries.items()}

    # -- inside -------------------------------------------------------------------------------------------------

    def _moved(self, station: str, place: Any, came: bool) -> None:
        if came:
            self._last_serial += 1
            held = self.here[station] = Held(place, self._last_serial, self._now_ms())
            self._moves.append(held.move(station, "came"))
        elif (found := self.here.get(station)) is not None and found.place == place:
            del self.here[station]
            self._moves.append(found.move(station, "left"))
        if self._membership.life is not None:
            self.tell()

    async def _tell(self) -> None:
        while self._moves and (life := self._membership.life) is not None:
            moves = self._moves[:TOLD_AT_ONCE]
            try:
                ends = await self._scripts("move", self._name, life, json.dumps(moves))
            except Away as problem:
                self._uncertain(moves)
                self._membership.failed(problem)
                return
            if life != self._membership.life:
                return  # the next life tells everything anew
            if ends is None:
                self._uncertain(moves)
                self._membership.doubt()
                return
            del self._moves[: len(moves)]
            for move, end in zip(moves, ends, strict=True):
                self._know(move, end)

    def _uncertain(self, moves: list[dict[str, Any]]) -> None:
        """Whether Redis has heard is not known: what came is no longer the newest by being told now."""
        for move in moves:
            if move["what"] == "came":
                move["what"] = "kept"

    def _know(self, move: dict[str, Any], end: str) -> None:
        station, serial = move["station"], move["serial"]
        if end.startswith("-"):
            self.displaced(station, serial, end[1:])
        elif end and (held := self.here.get(station)) is not None and held.serial == serial:
            held.fence = end.removeprefix("+")
            if end.startswith("+"):
                self._holder.returned(station, held.place)
