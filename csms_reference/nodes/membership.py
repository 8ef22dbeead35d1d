"""A node among the others: it lives as long as its key in Redis does, and knows who else lives."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psutil

from csms_reference.member import Member
from csms_reference.nodes.redis import Away, Pauses, reaching
from csms_reference.settings import SettingsError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from csms_reference.nodes.scripts import Scripts

log = logging.getLogger(__name__)

INTERVAL_S = 1.0
"""So often a node says that it is alive."""

EXPIRES_S = 5.0
"""Whoever has not said so for this long is dead."""


class Namesake(Exception):
    """Another process lives under this node's name; the message says which."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A living node, as it describes itself. ``connected``: how many stations it holds."""

    name: str
    life: str
    host: str
    pid: int
    connected: int = 0
    api: str = ""
    since_ms: int = 0
    version: str = ""


TOLD = ("life", "host", "pid", "connected", "api", "since_ms", "version")
"""What a node says of itself; of another version it may say more or less."""


@dataclass(slots=True)
class Watch:
    """Who wants to know what becomes of a node: a life has ``begun``, it goes on (``beat``), it is ``over`` (why)."""

    begun: Callable[[str], Awaitable[None]]
    over: Callable[[str], None]
    beat: Callable[[], None]


@dataclass(slots=True)
class Others:
    """Who was alive at the last look, which began ``at_s``. ``absent`` are names of nodes of which nothing is there."""

    at_s: float = 0.0
    alive: dict[str, Peer] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()


class Membership:
    """One node's lives, one after the other.

    A life ends when the node's key has expired, because the process or the network stood still, or when Redis has
    forgotten or may have forgotten (it is another process than before). What a dead life was asked is nobody's; the
    next life begins with what the node holds. A lease that has run out says so even before Redis does: it is shorter
    than the key's time.
    """

    def __init__(
        self, client: Redis, scripts: Scripts, about: Callable[[], Peer], fresh_id: Callable[[], str], watch: Watch
    ) -> None:
        self._client = client
        self._scripts = scripts
        self._about = about
        self._fresh_id = fresh_id
        self._watch = watch
        self._run_id: str | None = None
        self._unsure = True  # whether Redis is still the one it was
        self._lease_s = 0.0
        self._since_s = 0.0
        self._again = asyncio.Event()
        self._over = asyncio.Event()
        self.life: str | None = None
        self.read_to = "0"  # how much of its inbox has been read
        self.away = False
        self.others = Others()

    @property
    def alive(self) -> bool:
        """Whether others count on this node, and it may count on what it knows of itself."""
        return self.life is not None and _now_s() < self._lease_s

    @property
    def experienced(self) -> bool:
        """Whether everybody who lives has had the time to say so."""
        return self.alive and _now_s() - self._since_s > EXPIRES_S + INTERVAL_S

    async def join(self) -> None:
        """Begin the first life, and wait for a namesake's key to expire. Redis may be away: then it begins later.

        Raises SettingsError when the name is somebody else's.
        """
        until_s = _now_s() + EXPIRES_S + INTERVAL_S
        while True:
            try:
                await self._beat()
                return
            except Namesake as problem:
                if _now_s() > until_s:
                    raise SettingsError(f"node_name: {problem}") from problem
                await asyncio.sleep(INTERVAL_S / 4)
            except Away as problem:
                self.failed(problem)
                return

    async def run(self) -> None:
        """Stay alive. Ends with Namesake when another process has taken the name meanwhile."""
        pauses = Pauses()
        while True:
            try:
                async with asyncio.timeout(pauses.failed() if self.away else INTERVAL_S):
                    await self._again.wait()
            except TimeoutError:
                log.debug("the next beat is due")
            self._again.clear()
            try:
                await self._beat()
                pauses.succeeded()
            except Away as problem:
                self.failed(problem)
            self._tell_waiting()

    async def settled(self, within_s: float) -> None:
        """Wait until what this node knows of its stations counts, or Redis is known to be away; not for longer."""
        if self.alive or self.away:
            return
        self._again.set()
        over = self._over
        try:
            async with asyncio.timeout(within_s):
                await over.wait()
        except TimeoutError:
            log.warning("it is not known whether this node is still alive to the others")

    def failed(self, problem: Exception) -> None:
        """Redis did not answer somebody: see whether it is away."""
        self._unsure = True
        if not self.away:
            self.away = True
            log.error("Redis is away, commands to stations of other nodes will fail: %s", problem)
            self._again.set()
        if self.life is not None and _now_s() >= self._lease_s:
            self._end("Redis has been away for too long")

    def doubt(self) -> None:
        """Somebody was told that this life is over."""
        self._again.set()

    async def leave(self) -> None:
        """End the last life in order."""
        life, self.life = self.life, None
        if life is not None:
            await self._scripts("leave", self._about().name, life)

    # -- inside -------------------------------------------------------------------------------------------------

    async def _beat(self) -> None:
        begun_s = _now_s()
        run_id = self._run_id
        if self._unsure:
            with reaching():
                run_id = (await self._client.info("server"))["run_id"]
        if self.life is not None and run_id != self._run_id:
            self._end("Redis is another one than before")
        self._run_id = run_id
        found = None
        if self.life is not None:
            found = await self._renew(self.life)
            if found is None:
                self._end("this node was silent for too long")
        if found is None:
            await self._begin()
        self._unsure, self._lease_s = False, begun_s + EXPIRES_S
        if found is not None:
            self._note(found, begun_s)
        if self.away:
            self.away = False
            log.warning("Redis is there again")
        self._watch.beat()

    async def _renew(self, life: str) -> list[str] | None:
        about = self._about()
        found: list[str] | None = await self._scripts(
            "renew", about.name, life, _described(about), round(EXPIRES_S * 1000), self.read_to
        )
        return found

    async def _begin(self) -> None:
        """Begin a life. Raises Namesake."""
        about, life = self._about(), self._fresh_id()
        before = ""
        described = _described(about, life)
        while there := await self._scripts("join", about.name, life, before, described, round(EXPIRES_S * 1000)):
            other = _peer(about.name, there)
            if other.life == before or not _is_gone(other, about):
                raise Namesake(f"{about.name} is process {other.pid} at {other.host}")
            before = other.life
        self.life, self._since_s, self.read_to = life, _now_s(), "0"
        self._lease_s = self._since_s + EXPIRES_S
        await self._watch.begun(life)

    def _end(self, why: str) -> None:
        log.warning("this node begins a new life: %s", why)
        self.life = None
        self._watch.over(why)

    def _note(self, found: list[str], at_s: float) -> None:
        names, abouts = found[::2], found[1::2]
        here = dict(zip(names, abouts, strict=True))
        own = self._about().name
        alive = {name: _peer(name, about) for name, about in here.items() if about and name != own}
        self.others = Others(at_s, alive, frozenset(name for name, about in here.items() if not about))

    def _tell_waiting(self) -> None:
        over, self._over = self._over, asyncio.Event()
        over.set()


def _described(about: Peer, life: str | None = None) -> str:
    whole = {name: getattr(about, name) for name in TOLD}
    return json.dumps({**whole, "life": life or about.life})


def _peer(name: str, described: str) -> Peer:
    said: dict[str, Any] = json.loads(described)
    return Peer(name, **{each: said[each] for each in TOLD if each in said})


def member_of(peer: Peer) -> Member:
    """Another node, as the operator sees it."""
    return Member(peer.name, peer.since_ms, peer.connected, peer.version, peer.host, peer.pid, peer.api)


def _is_gone(other: Peer, about: Peer) -> bool:
    """Whether a process of this machine has died, or has been an earlier life of this one."""
    return other.host == about.host and (other.pid == about.pid or not psutil.pid_exists(other.pid))


def _now_s() -> float:
    return asyncio.get_running_loop().time()
