"""The front of a node: what concerns a station of another node is asked of that one."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from csms_reference import outcome
from csms_reference.csms import Vet
from csms_reference.dispatch import Dispatcher
from csms_reference.front import Front, Process
from csms_reference.member import Member
from csms_reference.nodes.membership import member_of
from csms_reference.nodes.redis import Away
from csms_reference.outcome import Outcome
from csms_reference.store import StoreError
from csms_reference.workers.frames import Unsendable
from csms_reference.workers.wire import Failed, HungUp

if TYPE_CHECKING:
    from csms_reference.nodes.holdings import Entry, Holdings
    from csms_reference.nodes.membership import Membership
    from csms_reference.nodes.post import Post

log = logging.getLogger(__name__)

MOVES_FOLLOWED = 5
"""So often a command follows a station that has moved on before it got there."""

QUICK_S = 1.0
"""So long another node may take over what it knows at once."""

SETTLED_WITHIN_S = 3.0


class NodeFront:
    """A ``Front``: ``local`` is that of the stations here."""

    def __init__(self, local: Front, membership: Membership, holdings: Holdings, post: Post) -> None:
        self._local = local
        self._membership = membership
        self._holdings = holdings
        self._post = post
        self._unheard: set[str] = set()  # stations that have changed, unknown to the nodes that hold them
        self.draining = False
        self.open_alerts: dict[tuple[str, str], int] = {}
        self.settings = local.settings
        self.store = local.store
        self.now_ms = local.now_ms
        self.busy = local.busy
        self.bus = local.bus
        self.spawn = local.spawn
        self.dispatcher = Dispatcher(self)
        self.rounds = local.rounds  # each node has its own stations do it
        self.rounds.elsewhere = self._wake_others

    @property
    def sees_all(self) -> bool:
        return not self._membership.away and self._membership.experienced

    def connected(self) -> int:
        others = () if self._membership.away else self._membership.others.alive.values()
        return self._local.connected() + sum(peer.connected for peer in others)

    def members(self) -> list[Member]:
        others = () if self._membership.away else self._membership.others.alive.values()
        return [*self._local.members(), *(member_of(peer) for peer in others)]

    async def seen(self, stations: Sequence[str]) -> dict[str, int | None]:
        found = await self._local.seen(stations)
        held: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for station, entry in (await self._where([name for name in stations if name not in found])).items():
            held[entry.node, entry.life].append(station)
            found[station] = None
        told = (self._quick(node, life, "seen", {"stations": its}) for (node, life), its in held.items())
        for part in await asyncio.gather(*told):
            found.update(part or {})
        return found

    async def register(self, station_id: str, **columns: Any) -> bool:
        is_new = await self._local.register(station_id, **columns)
        await self.look_again(station_id)
        return is_new

    async def remove(self, station_id: str, *, vet: Vet | None = None) -> bool:
        found = await self._local.remove(station_id, vet=vet)
        await self.look_again(station_id)
        return found

    async def look_again(self, station_id: str) -> None:
        """Have the node that holds a station see whether it may stay, later if it is not to be reached now."""
        if station_id in self._holdings.here:
            return
        try:
            place = (await self._holdings.where([station_id])).get(station_id)
            if place is not None:
                await self._post.ask(place.node, place.life, "look_again", {"station": station_id})
        except (Away, StoreError) as problem:
            log.info("the node that holds %s looks at it later: %s", station_id, problem)
            self._unheard.add(station_id)
        except (HungUp, Failed) as problem:
            log.warning("the node that holds %s was not told that it has changed: %s", station_id, problem)

    async def command(self, station_id: str, name: str, order: int | None = None, /, **fields: Any) -> Outcome:
        about = {"station": station_id, "name": name, "fields": fields, "order": order}
        return await self._order("command", about, lambda: self._local.command(station_id, name, order, **fields))

    async def call(
        self, station_id: str, action: str, payload: dict[str, Any], *, validate: bool = True, order: int | None = None
    ) -> Outcome:
        about = {"station": station_id, "action": action, "payload": payload, "validate": validate, "order": order}
        return await self._order(
            "call", about, lambda: self._local.call(station_id, action, payload, validate=validate, order=order)
        )

    async def processes(self) -> list[Process]:
        return await self._local.processes()

    async def catch_up(self) -> None:
        """Tell others what they could not be told while Redis was away."""
        for station in list(self._unheard):
            self._unheard.discard(station)
            await self.look_again(station)

    # -- inside -------------------------------------------------------------------------------------------------

    async def _order(self, what: str, about: dict[str, Any], here: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Have an order carried out where the station is, and follow one that moves before the order gets there."""
        station = about["station"]
        await self._membership.settled(SETTLED_WITHIN_S)
        last: Entry | None = None
        for _ in range(MOVES_FOLLOWED):
            if station in self._holdings.here:
                return await here()
            try:
                place = (await self._holdings.where([station])).get(station)
            except Away:
                return await self._unreachable(here)
            if place is None or place == last:
                break
            try:
                end = Outcome(**await self._post.ask(place.node, place.life, what, {**about, "serial": place.serial}))
            except Away:
                return await self._unreachable(here)
            except HungUp as problem:
                why = f"node {place.node}, which held {station}: {problem}"
                return Outcome(outcome.DISCONNECTED, error=f"{why}; the station may have been asked")
            except Unsendable as problem:
                return Outcome(outcome.BAD_FIELDS, error=str(problem))
            if end.status != outcome.OFFLINE:
                return end
            last = place
        return await here()

    async def _unreachable(self, here: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """It is not here, and where else is not known or cannot be reached."""
        end = await here()
        if end.status != outcome.OFFLINE:
            return end
        return Outcome(outcome.UNREACHABLE, error=f"{end.error} to this node, and the others cannot be reached now")

    async def _where(self, stations: Sequence[str]) -> dict[str, Entry]:
        """Where stations are that are not here, as far as that is known now."""
        if self._membership.away:
            return {}
        try:
            return await self._holdings.where(stations)
        except Away:
            return {}

    def _wake_others(self) -> None:
        for peer in self._membership.others.alive.values():
            self.spawn(self._wake(peer.name, peer.life))

    async def _wake(self, node: str, life: str) -> None:
        """Another node looks at the rounds. It does so by itself some seconds later, where it is not to be reached."""
        await self._quick(node, life, "rounds", {})

    async def _quick(self, node: str, life: str, what: str, about: dict[str, Any]) -> Any:
        """What another node knows at once; None if it does not answer."""
        try:
            async with asyncio.timeout(QUICK_S):
                return await self._post.ask(node, life, what, about)
        except (Away, HungUp, Failed, TimeoutError) as problem:
            log.info("node %s did not say %s: %r", node, what, problem)
            return None
