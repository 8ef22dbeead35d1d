"""Several nodes on one machine: their parent starts them, notices when one dies, and starts another."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from csms_reference.nodes.redis import DEFAULT_URL, Away, keys_of, open_redis, reaching
from csms_reference.nodes.scripts import Scripts
from csms_reference.settings import Settings, SettingsError
from csms_reference.store.database import is_memory, parse_url
from csms_reference.tasks import end_tasks
from csms_reference.workers.pauses import Pauses
from csms_reference.workers.worker import plain

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = logging.getLogger(__name__)

START_S = 60.0
"""How long a node may take from its start to its first station."""

END_S = 60.0
"""How long a node may take to end: longer than it allows itself."""

PARTS = 3
"""Into so many parts the time is cut for which a node may be silent."""

PORTS = [setting.name for setting in fields(Settings) if setting.name == "port" or setting.name.endswith("_port")]
"""Of these each node has its own: node 1 the one that is set, and each further node the next."""


@dataclass(slots=True)
class Post:
    """A node's place, which outlives the processes that fill it."""

    number: int
    settings: Settings
    process: Process | None = None
    ports: dict[str, int] = field(default_factory=dict)
    pauses: Pauses = field(default_factory=Pauses)


class Nodes:
    """Nodes of one machine. A CSMS that serves (``server.Serving``), of which the ports are those of node 1."""

    def __init__(self, settings: Settings, client: Redis, monotonic: Callable[[], float]) -> None:
        self._client = client
        self._scripts = Scripts(client, keys_of(settings))
        self.posts = [Post(number, settings_of(settings, number)) for number in range(1, settings.nodes + 1)]
        self._monotonic = monotonic
        self._tending: list[asyncio.Task[None]] = []

    @property
    def ports(self) -> list[dict[str, int]]:
        """Where each node serves, and its process id."""
        return [{**post.ports, "pid": 0 if post.process is None else post.process.pid} for post in self.posts]

    @property
    def ocpp_port(self) -> int:
        return self.posts[0].ports["ocpp"]

    @property
    def api_port(self) -> int:
        return self.posts[0].ports["api"]

    @property
    def public_port(self) -> int | None:
        return self.posts[0].ports.get("public")

    @property
    def metrics_port(self) -> int | None:
        return self.posts[0].settings.metrics_port

    async def open(self) -> None:
        """Start every node and wait until all serve. Raises SettingsError, OSError."""
        try:
            await self._fill(self.posts[0])  # makes the database, if there is none
            await asyncio.gather(*(self._fill(post) for post in self.posts[1:]))
        except BaseException:
            await self.close()
            raise
        self._tending = [asyncio.get_running_loop().create_task(self._tend(post)) for post in self.posts]

    async def close(self) -> None:
        """End every node, in bounded time."""
        await end_tasks(*self._tending)
        await asyncio.gather(*(_end(post) for post in self.posts))
        await self._client.aclose()

    # -- inside -------------------------------------------------------------------------------------------------

    async def _fill(self, post: Post) -> None:
        """Start a process at this post. Raises SettingsError with what it says, OSError."""
        post.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "csms_reference.nodes"),
            stdin=PIPE,
            stdout=PIPE,
            start_new_session=True,  # Ctrl-C reaches the parent alone, which ends its nodes in order
        )
        assert post.process.stdin is not None
        assert post.process.stdout is not None
        post.process.stdin.write(json.dumps(plain(post.settings)).encode() + b"\n")
        try:
            async with asyncio.timeout(START_S):
                said = await post.process.stdout.readline()
        except TimeoutError:
            post.process.kill()
            said = b""
        told: dict[str, Any] = json.loads(said) if said else {"error": "it did not come to serve"}
        if "error" in told:
            raise SettingsError(f"node {post.number}: {told['error']}")
        post.ports = told
        given = {"port": told["ocpp"], "api_port": told["api"]}
        post.settings = replace(post.settings, **given)  # the same when it is started again

    async def _tend(self, post: Post) -> None:
        """Fill the post again whenever its process has died."""
        while True:
            since_s = self._monotonic()
            assert post.process is not None
            watch = asyncio.get_running_loop().create_task(_end_when_silent(post))
            try:
                code = await post.process.wait()
            finally:
                watch.cancel()
            pause_s = post.pauses.died(self._monotonic() - since_s)
            how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
            log.error("node %d (process %d) %s; another starts in %g s", post.number, post.process.pid, how, pause_s)
            await self._bury(post.process.pid)
            await asyncio.sleep(pause_s)
            try:
                await self._fill(post)
                log.warning("node %d serves again (process %d)", post.number, post.process.pid)
            except (SettingsError, OSError) as problem:
                log.error("node %d could not be started: %s", post.number, problem)  # noqa: TRY400 -- said in full

    async def _bury(self, pid: int) -> None:
        """Have the others know at once that a node is dead; without that they see it when its key expires."""
        try:
            await self._scripts("bury", socket.gethostname(), pid)
        except Away as problem:
            log.warning("the other nodes were not told: %s", problem)


async def _end_when_silent(post: Post) -> None:
    """Kill a process that lives and says nothing for ``worker_silent_s``.

    Several parts of that time must go by in silence, one after the other: a single one does when this process, or the
    machine, stood still.
    """
    process, silent_s, silent = post.process, post.settings.worker_silent_s, 0
    assert process is not None
    assert process.stdout is not None
    while silent_s > 0 and silent < PARTS:
        try:
            async with asyncio.timeout(silent_s / PARTS):
                if not await process.stdout.readline():
                    return  # it has ended
            silent = 0
        except TimeoutError:
            silent += 1
    if silent_s > 0:
        log.error("node %d (process %d) has said nothing for %g s: killed", post.number, process.pid, silent_s)
        process.kill()


async def muster(settings: Settings) -> Nodes:
    """Start ``settings.nodes`` nodes on this machine. Raises SettingsError, OSError."""
    settings = replace(settings, redis=settings.redis or DEFAULT_URL)
    if is_memory(parse_url(settings.database)):
        raise SettingsError(f"database: nodes share it, so that {settings.database} in memory will not do")
    assert settings.redis is not None
    client = open_redis(settings.redis)
    try:
        with reaching():
            await client.ping()
    except Away as problem:
        await client.aclose()
        raise SettingsError(f"redis: nodes need one, and there is none: {problem}") from problem
    nodes = Nodes(settings, client, asyncio.get_running_loop().time)
    await nodes.open()
    return nodes


def settings_of(settings: Settings, number: int) -> Settings:
    """The settings of one node: ports and a name of its own."""
    own: dict[str, Any] = {"nodes": 1}
    for name in PORTS:
        if port := getattr(settings, name):
            own[name] = port + number - 1
    if settings.node_name:
        own["node_name"] = f"{settings.node_name}-{number}"
    elif not settings.port:
        own["node_name"] = f"{socket.gethostname()}-{os.getpid()}-{number}"
    return replace(settings, **own)


async def _end(post: Post) -> None:
    """End a process that ends with its input, and see to it."""
    process = post.process
    if process is None or process.returncode is not None:
        return
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(END_S):
            await process.wait()
    except TimeoutError:
        log.error("node %d takes too long and is killed", post.number)  # noqa: TRY400 -- a time-out has no story
        process.kill()
        await process.wait()
