"""The parent: starts workers, notices when one dies, and starts another."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from csms_reference.events.bus import Bus
from csms_reference.events.relay import Downward
from csms_reference.front import Process
from csms_reference.settings import Settings
from csms_reference.tasks import end_tasks
from csms_reference.workers.child import Child
from csms_reference.workers.frames import Frame
from csms_reference.workers.pauses import Pauses
from csms_reference.workers.switchboard import Switchboard
from protocol.transports.websocket import PortTaken

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Post:
    """A worker's place, which outlives those who fill it."""

    number: int
    child: Child | None = None
    state: str = "starting"
    deaths: int = 0
    last_end: str | None = None
    stranded: int = 0
    """Stations that were connected when the line was lost."""
    pauses: Pauses = field(default_factory=Pauses)

    def process(self) -> Process:
        """As the operator sees it."""
        pid = None if self.child is None else self.child.pid
        return Process(self.number, pid, self.state, self.deaths, self.last_end)


class Parent:
    """Keeps ``settings.workers`` workers at one port, and the switchboard up to date."""

    def __init__(self, settings: Settings, monotonic: Callable[[], float], bus: Bus) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._events = Downward(bus)
        self.switchboard = Switchboard()
        self.posts = [Post(number) for number in range(1, settings.workers + 1)]
        self._reserved: socket.socket | None = None
        self._tending: list[asyncio.Task[None]] = []
        self._ending = False

    @property
    def port(self) -> int:
        """The port that the workers share."""
        return self._settings.port

    def roster(self) -> list[Process]:
        """Every worker, without its figures."""
        return [post.process() for post in self.posts]

    async def open(self) -> None:
        """Start every worker and wait until all serve. Raises PortTaken, StillBorn, OSError."""
        self._reserved = reserve(self._settings.host, self._settings.port)
        self._settings = replace(self._settings, port=self._reserved.getsockname()[1])
        starts = await asyncio.gather(*(self._fill(post) for post in self.posts), return_exceptions=True)
        for problem in starts:
            if problem is not None:
                await self.close()
                raise problem
        self._tending = [asyncio.get_running_loop().create_task(self._tend(post)) for post in self.posts]

    async def close(self) -> None:
        """End every worker, in bounded time."""
        self._ending = True
        await end_tasks(*self._tending)
        await asyncio.gather(*(post.child.end() for post in self.posts if post.child is not None))
        if self._reserved is not None:
            self._reserved.close()

    # -- inside -------------------------------------------------------------------------------------------------

    async def _fill(self, post: Post) -> None:
        """Start a worker at this post. Raises StillBorn, OSError."""
        child = Child(post.number, lambda frame: self._heard(post, frame), lambda _: self._parted(post))
        post.child, post.state = child, "starting"
        self.switchboard.join(post.number, child.wire)
        try:
            await child.start(self._settings.share)
        except BaseException:
            self._parted(post)
            raise
        self._events.join(post.number, child.wire)
        post.state = "serving"

    def _heard(self, post: Post, frame: Frame) -> None:
        if frame.kind == "moves":
            self.switchboard.moved(post.number, frame)
        elif frame.kind == "events":
            self._events.heard(frame)
        else:
            raise ValueError(f"a worker says no {frame.kind!r}")

    def _parted(self, post: Post) -> None:
        """The line is lost, and at once: a process that dies takes its end of it along."""
        post.state = "waiting"
        self._events.part(post.number, self.switchboard.held(post.number))
        post.stranded = self.switchboard.part(post.number)

    async def _tend(self, post: Post) -> None:
        """Fill the post again whenever its worker has died."""
        while True:
            since_s = self._monotonic()
            assert post.child is not None
            post.last_end = await self._end_of(post.child)
            post.deaths += 1
            pause_s = post.pauses.died(self._monotonic() - since_s)
            log.error(
                "worker %d (process %s) %s; %d stations were connected to it; another starts in %g s",
                post.number, post.child.pid, post.last_end, post.stranded, pause_s,
            )  # fmt: skip
            await asyncio.sleep(pause_s)
            try:
                await self._fill(post)
                log.warning("worker %d serves again (process %s)", post.number, post.child.pid)
            except OSError as problem:
                log.error("worker %d could not be started: %s", post.number, problem)  # noqa: TRY400 -- said in full

    async def _end_of(self, child: Child) -> str:
        """Wait for the end of a worker, and bring that about when it hangs; returns how it ended, in words."""
        watch = asyncio.get_running_loop().create_task(self._watch(child))
        try:
            return await child.ended()
        finally:
            watch.cancel()

    async def _watch(self, child: Child) -> None:
        silent_s = self._settings.worker_silent_s
        if silent_s > 0 and await child.falls_silent(silent_s):
            log.error("worker %d (process %s) has not answered for %g s: killed", child.number, child.pid, silent_s)
            child.give_up(f"not answered for {silent_s:g} s")


def reserve(host: str, port: int) -> socket.socket:
    """Bind the port that workers will share, without listening. Raises PortTaken when others listen there.

    The first bind is exclusive: with SO_REUSEPORT alone, a second CSMS would quietly take half of the stations.
    """
    try:
        with _bound(host, port, shared=False) as alone:
            port = alone.getsockname()[1]
        return _bound(host, port, shared=True)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from problem
        raise


def _bound(host: str, port: int, *, shared: bool) -> socket.socket:
    family, kind, number, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, number)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(address)
    except BaseException:
        bound.close()
        raise
    return bound
