"""What nodes ask one another, and answer: streams in Redis, one for each life of a node.

Streams and not publish/subscribe: what is said while the reader's connection is broken for a moment waits for it, where
a published message would be lost without anybody knowing. What is said to a life that is over is not said at all.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from csms_reference.nodes.redis import Away, Keys, Pauses, reaching
from csms_reference.tasks import end_tasks
from csms_reference.workers.frames import Unsendable
from csms_reference.workers.wire import FAILURES, Failed, HungUp, to_text

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from csms_reference.nodes.membership import Membership
    from csms_reference.nodes.scripts import Scripts

log = logging.getLogger(__name__)

BLOCKED_MS = 1000
READ_AT_ONCE = 200

Answers = Callable[[str, dict[str, Any]], Awaitable[Any]]
"""Answers a question of another node: what it asks, and about what."""

Displaced = Callable[[str, int, str], None]
"""Is told that a station's connection, with this number here, has a newer one at a node."""


class _Asked(NamedTuple):
    """A question under way: whom, and when."""

    life: str
    at_s: float
    answer: asyncio.Future[Any]


class Post:
    """A node's questions to others, and what it answers."""

    def __init__(
        self,
        client: Redis,
        scripts: Scripts,
        keys: Keys,
        *,
        name: str,
        membership: Membership,
        answers: Answers,
        displaced: Displaced,
    ) -> None:
        self._client = client
        self._scripts = scripts
        self._keys = keys
        self._name = name
        self._membership = membership
        self._answers = answers
        self._displaced = displaced
        self._numbers = count(1)
        self._asked: dict[int, _Asked] = {}
        self._reading: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, node: str, life: str, what: str, about: dict[str, Any]) -> Any:
        """Ask a life of another node and wait. Raises Away, HungUp, Failed, StoreError, Unsendable."""
        membership = self._membership
        if membership.life is None or membership.away:
            raise Away("Redis is away")
        number = next(self._numbers)
        loop = asyncio.get_running_loop()
        asked = self._asked[number] = _Asked(life, loop.time(), loop.create_future())
        said = {"kind": "ask", "node": self._name, "life": membership.life, "number": number, "what": what}
        try:
            if not await self._say(node, life, {**said, "about": to_text(about)}):
                raise HungUp(f"node {node} is gone")
            return await asked.answer
        except Away as problem:
            membership.failed(problem)
            raise Away(f"Redis is away: {problem}") from problem
        finally:
            del self._asked[number]

    def begin(self, life: str) -> None:
        """Read what is said to a new life of this node."""
        self.stop()
        self._reading = asyncio.get_running_loop().create_task(self._read(life))

    def stop(self) -> None:
        """Read nothing any more."""
        if self._reading is not None:
            self._reading.cancel()

    def over(self, why: str) -> None:
        """This node's life has ended: nobody will answer what it has asked."""
        self._hang_up(why, lambda _: True)

    def mourn(self) -> None:
        """Whoever is not among the living any more will not answer."""
        others = self._membership.others
        alive = {peer.life for peer in others.alive.values()}
        self._hang_up("the node is gone", lambda asked: asked.life not in alive and asked.at_s < others.at_s)

    async def close(self) -> None:
        """Answer nothing any more, and have whoever waits know."""
        self.stop()
        self.over("this node ends")
        await end_tasks(*self._tasks, self._reading)

    # -- inside -------------------------------------------------------------------------------------------------

    async def _say(self, node: str, life: str, said: dict[str, Any]) -> bool:
        return bool(await self._scripts("say", node, life, json.dumps(said)))

    def _hang_up(self, why: str, concerns: Callable[[_Asked], bool]) -> None:
        for asked in self._asked.values():
            if concerns(asked) and not asked.answer.done():
                asked.answer.set_exception(HungUp(why))

    async def _read(self, life: str) -> None:
        inbox, last, pauses = self._keys.inbox(life), "0", Pauses()
        while self._membership.life == life:
            try:
                with reaching():
                    got: Any = await self._client.xread({inbox: last}, count=READ_AT_ONCE, block=BLOCKED_MS)
                pauses.succeeded()
            except Away as problem:
                self._membership.failed(problem)
                await asyncio.sleep(pauses.failed())
                continue
            for number, fields in got[0][1] if got else ():
                self._take(life, json.loads(fields["said"]))
                last = number
            if self._membership.life == life:
                self._membership.read_to = last

    def _take(self, life: str, said: dict[str, Any]) -> None:
        membership = self._membership
        if membership.life != life or not membership.alive:
            return  # a dead node's: whoever asked has been told, and the stations went elsewhere
        if said["kind"] == "displace":
            self._displaced(said["station"], said["serial"], said["node"])
        elif said["kind"] == "ask":
            task = asyncio.get_running_loop().create_task(self._answer(life, said))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._answered(said)

    async def _answer(self, life: str, said: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"number": said["number"]}
        try:
            answer |= {
                "kind": "answer",
                "content": to_text(await self._answers(said["what"], json.loads(said["about"]))),
            }
        except Exception as problem:  # the shell around every question: whoever asked must hear of its end
            log.exception("%r of node %s failed", said["what"], said["node"])
            answer |= {"kind": "failed", "content": [type(problem).__name__, str(problem)[:1000]]}
        pauses = Pauses()
        while self._membership.life == life:
            try:
                await self._say(said["node"], said["life"], answer)
                return
            except Away as problem:
                self._membership.failed(problem)
                await asyncio.sleep(pauses.failed())

    def _answered(self, said: dict[str, Any]) -> None:
        asked = self._asked.get(said["number"])
        if asked is None or asked.answer.done():
            return  # whoever asked has given up
        if said["kind"] == "answer":
            asked.answer.set_result(json.loads(said["content"]))
        else:
            kind, text = said["content"]
            asked.answer.set_exception({**FAILURES, "Unsendable": Unsendable}.get(kind, Failed)(text))
