"""The front of a CSMS that is several processes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from csms_reference import outcome
from csms_reference.csms import Csms, Vet
from csms_reference.dispatch import Dispatcher
from csms_reference.front import Process
from csms_reference.member import Member, this_node
from csms_reference.outcome import Outcome
from csms_reference.rounds import Rounds
from csms_reference.workers.frames import Unsendable
from csms_reference.workers.router import Router
from csms_reference.workers.wire import Failed, HungUp

SILENT_AFTER_S = 5.0
"""A worker that is asked for its figures and says nothing for so long is called silent."""


class Several:
    """Sends what concerns a connected station to the process that holds it; the database does the rest.

    ``own`` is a CSMS without stations, for what the database alone can answer. ``roster`` lists the processes as
    those know them who look after them.
    """

    def __init__(self, own: Csms, router: Router, roster: Callable[[], list[Process]]) -> None:
        self._own = own
        self._router = router
        self._roster = roster
        self.draining = False
        self.sees_all = True
        self.open_alerts: dict[tuple[str, str], int] = {}
        self.settings = own.settings
        self.store = own.store
        self.now_ms = own.now_ms
        self.busy = own.busy
        self.bus = own.bus
        self.spawn = own.spawn
        self.dispatcher = Dispatcher(self)
        self.rounds = Rounds(self, own)
        self._node = this_node(own.settings, own.now_ms())

    def connected(self) -> int:
        return self._router.connected()

    def members(self) -> list[Member]:
        return [self._node.holding(self.connected())]

    async def seen(self, stations: Sequence[str]) -> dict[str, int | None]:
        found: dict[str, int | None] = {}
        held: defaultdict[int, list[str]] = defaultdict(list)
        for station in stations:
            if (place := self._router.where(station)) is not None:
                held[place.worker].append(station)
                found[station] = None
        for part in await asyncio.gather(*(self._quick(who, "seen", {"stations": its}) for who, its in held.items())):
            found.update(part or {})
        return found

    async def register(self, station_id: str, **columns: Any) -> bool:
        is_new = await self._own.register(station_id, **columns)
        await self.look_again(station_id)
        return is_new

    async def remove(self, station_id: str, *, vet: Vet | None = None) -> bool:
        found = await self._own.remove(station_id, vet=vet)
        await self.look_again(station_id)
        return found

    async def look_again(self, station_id: str) -> None:
        place = self._router.where(station_id)
        if place is not None:
            await self._quick(place.worker, "look_again", {"station": station_id})

    async def command(self, station_id: str, name: str, order: int | None = None, /, **fields: Any) -> Outcome:
        number = self._own.next_number()
        about = {"station": station_id, "name": name, "fields": fields, "number": number, "order": order}
        return await self._order("command", about, lambda: self._own.command(station_id, name, **fields))

    async def call(
        self, station_id: str, action: str, payload: dict[str, Any], *, validate: bool = True, order: int | None = None
    ) -> Outcome:
        about = {"station": station_id, "action": action, "payload": payload, "validate": validate, "order": order}
        return await self._order("call", about, lambda: self._own.call(station_id, action, payload, validate=validate))

    async def processes(self) -> list[Process]:
        return list(await asyncio.gather(*(self._with_figures(process) for process in self._roster())))

    # -- inside -------------------------------------------------------------------------------------------------

    async def _order(self, what: str, about: dict[str, Any], absent: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Have the holder carry out an order; follow a station that moved before the order got there."""
        place = self._router.where(about["station"])
        while place is not None:
            end = await self._carried_out(place.worker, what, about)
            now = self._router.where(about["station"])
            if end.status != outcome.OFFLINE or now in (None, place):
                return end
            place = now
        return await absent()

    async def _carried_out(self, worker: int, what: str, about: dict[str, Any]) -> Outcome:
        try:
            return Outcome(**await self._router.ask(worker, what, about))
        except HungUp:
            return Outcome(outcome.DISCONNECTED, error=f"the process that held {about['station']} is gone")
        except Unsendable as problem:
            return Outcome(outcome.BAD_FIELDS, error=str(problem))

    async def _quick(self, worker: int, what: str, about: dict[str, Any]) -> Any:
        """What a worker knows at once; None if it does not answer."""
        try:
            async with asyncio.timeout(SILENT_AFTER_S):
                return await self._router.ask(worker, what, about)
        except (HungUp, Failed, TimeoutError):
            return None

    async def _with_figures(self, process: Process) -> Process:
        if process.state == "serving":
            told = await self._quick(process.number, "figures", {})
            process.figures, process.measures = told or ({}, {})
            process.state = "serving" if told else "silent"
        return process
