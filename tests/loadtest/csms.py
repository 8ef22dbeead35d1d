"""A CSMS for load tests: says yes to everything, or misbehaves as it is told to; over memory or over sockets."""

import asyncio
import itertools
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from protocol.errors import Code
from protocol.link import Admitted, Knock, Link, Lost, Turned
from protocol.session import Called, Session
from protocol.stamps import stamp
from protocol.transports.websocket import serve
from protocol.versions import V16, V201, Side

Payload = dict[str, Any]
MUTE = object()


class Csms:
    """A gate; ``answers`` override by action what it says, ``turn`` refuses everybody, ``garbage`` is sent for each."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.answers: dict[str, Any] = {}
        self.turn: Turned | None = None
        self.garbage: str | None = None
        self.boots: Counter[str] = Counter()
        self.got: Counter[str] = Counter()
        self.passwords: dict[str, str | None] = {}
        self.links: dict[str, Link] = {}
        self.lost: list[Lost] = []
        self.heartbeat_s = 300

    async def admit(self, knock: Knock) -> Admitted | Turned:
        self.passwords[knock.identity] = knock.password
        version = V16 if V16.subprotocol in knock.offers else V201
        return self.turn or Admitted(version.subprotocol, _Receiver(self, knock.identity, version))

    def answer(self, called: Called) -> Any:
        if called.action in self.answers:
            return self.answers[called.action]
        now, action = stamp(self.now()), called.action
        if action == "BootNotification":
            return {"status": "Accepted", "interval": self.heartbeat_s, "currentTime": now}
        if action == "Heartbeat":
            return {"currentTime": now}
        if action == "Authorize" or (action == "TransactionEvent" and "idToken" in called.payload):
            return {"idTokenInfo": {"status": "Accepted"}}
        return {}


class _Receiver:
    def __init__(self, csms: Csms, identity: str, version: Any) -> None:
        self.csms, self.identity, self.version = csms, identity, version
        self.link: Link | None = None

    def opened(self, link: Link, subprotocol: str) -> None:
        self.link = self.csms.links[self.identity] = link
        ids = itertools.count()
        self.session = Session(self.version, Side.CSMS, ids=lambda: f"c{next(ids)}")

    def received(self, data: str | bytes) -> None:
        assert self.link is not None
        for event in self.session.receive(data, 0.0):
            if isinstance(event, Called):
                self.csms.got[event.action] += 1
                self.csms.boots[self.identity] += event.action == "BootNotification"
                self._reply(event)
        while self.session.outbox:
            self.link.send(self.session.outbox.popleft())

    def _reply(self, called: Called) -> None:
        answer = self.csms.answer(called)
        if self.csms.garbage is not None and self.link is not None:
            self.link.send(self.csms.garbage)
        elif isinstance(answer, str):
            self.session.refuse(called.message_id, Code(answer))
        elif answer is not MUTE:
            self.session.answer(called.message_id, answer, validate=False)

    def lost(self, why: Lost) -> None:
        self.csms.lost.append(why)


@contextmanager
def listening(csms: Csms, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The CSMS on a port of its own, in a thread; yields its host and port."""
    loop = asyncio.new_event_loop()
    place: list[str] = []
    ready = threading.Event()
    over = asyncio.Event()

    async def live() -> None:
        server = await serve(csms, "127.0.0.1", 0, tls=tls)
        place.append(f"127.0.0.1:{server.port}")
        ready.set()
        await over.wait()
        await server.close()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(live())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(30)
        yield place[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
