"""A bare CSMS and a world around it: a Session behind a MemoryNetwork in virtual time, told how to answer."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from protocol.errors import Code
from protocol.link import Admitted, Knock, Link, Lost, Turned
from protocol.session import Answered, Called, Misanswered, Refused, Session, TurnedAway
from protocol.transports.memory import MemoryNetwork
from protocol.versions import V16, V21, V201, VERSIONS, Side, Version, newest_common
from simulator.clock import VIRTUAL, Clock
from simulator.ev import EV
from simulator.facts import Fact
from simulator.hardware.site import Place
from simulator.profile import Profile, load_profile
from simulator.station import Station

START = datetime(2025, 6, 2, 6, tzinfo=UTC)
BOTH = (V16, V201)
NEWER = (V201, V21)
MUTE = object()
"""An answer that never comes."""

Payload = dict[str, Any]
Answer = Payload | Callable[[Payload], Any] | object


@cache
def profile(name: str) -> Profile:
    return load_profile(name)


def car(soc: float = 0.2, target: float = 1.0, model: str = "sedan-77kwh") -> EV:
    return EV.of(model, soc=soc, target_soc=target)


@dataclass
class Frame:
    t: float
    direction: str
    text: str

    @property
    def kind(self) -> int:
        return json.loads(self.text)[0]

    @property
    def action(self) -> str:
        return json.loads(self.text)[2]

    @property
    def payload(self) -> Payload:
        return json.loads(self.text)[3]


class Csms:
    """One peer for one station; survives the station's connections."""

    def __init__(self, clock: Clock, network: MemoryNetwork) -> None:
        self.clock = clock
        self.network = network
        self.answers: dict[str, Answer] = {}
        self.got: list[tuple[float, str, Payload]] = []
        self.replies: dict[str, Any] = {}
        self.knocks: list[tuple[float, Knock]] = []
        self.turn: Turned | None = None
        self.bad: list[Any] = []
        self.link: Link | None = None
        self.session: Session | None = None
        self.version: Version = V201
        self.transactions: dict[str, int] = {}
        self._ids = itertools.count()
        network.serve(self)

    async def admit(self, knock: Knock) -> Admitted | Turned:
        self.knocks.append((self.clock.now, knock))
        self.version = newest_common(knock.offers, VERSIONS) or V201
        return self.turn or Admitted(self.version.subprotocol, _Receiver(self))

    # what a test tells it

    def call(self, action: str, payload: Payload | None = None) -> str:
        """Call the station; its answer will lie in ``replies`` under the returned id."""
        assert self.session is not None
        message_id = self.session.call(action, payload or {}, self.clock.now)
        self._flush()
        return message_id

    def say(self, text: str) -> None:
        assert self.link is not None
        self.link.send(text)

    def down(self) -> None:
        self.network.serve(None)

    def up(self) -> None:
        self.network.serve(self)

    def of(self, action: str) -> list[Payload]:
        return [payload for _, name, payload in self.got if name == action]

    def times(self, action: str) -> list[float]:
        return [round(at, 3) for at, name, _ in self.got if name == action]

    # what it does

    def received(self, data: str | bytes) -> None:
        assert self.session is not None
        for event in self.session.receive(data, self.clock.now):
            if isinstance(event, Called):
                self.got.append((self.clock.now, event.action, event.payload))
                self._answer(event)
            elif isinstance(event, Answered):
                self.replies[event.message_id] = event.payload
            elif isinstance(event, Refused):
                self.replies[event.message_id] = event.code
            elif isinstance(event, Misanswered | TurnedAway):
                self.bad.append(event)
        self._flush()

    def _answer(self, called: Called) -> None:
        assert self.session is not None
        answer: Any = self.answers.get(called.action)
        if callable(answer):
            answer = answer(called.payload)
        if answer is MUTE:
            return
        if isinstance(answer, str):
            self.session.refuse(called.message_id, Code(answer))
            return
        self.session.answer(called.message_id, answer if answer is not None else self._usual(called))

    def _usual(self, called: Called) -> Payload:
        action, ask = called.action, called.payload
        info = "idTagInfo" if self.version is V16 else "idTokenInfo"
        if action == "BootNotification":
            return {"status": "Accepted", "interval": 900, "currentTime": self.clock.stamp()}
        if action == "Heartbeat":
            return {"currentTime": self.clock.stamp()}
        if action == "Authorize":
            return {info: {"status": "Accepted"}}
        if action == "StartTransaction":
            number = self.transactions.setdefault(json.dumps(ask), len(self.transactions) + 1)  # a repeated one too
            return {info: {"status": "Accepted"}, "transactionId": number}
        if action == "TransactionEvent" and "idToken" in ask:
            return {info: {"status": "Accepted"}}
        return {}

    def _flush(self) -> None:
        assert self.session is not None
        while self.session.outbox:
            text = self.session.outbox.popleft()
            if self.link is not None:
                self.link.send(text)


class _Receiver:
    def __init__(self, csms: Csms) -> None:
        self.csms = csms
        self.link: Link | None = None

    def opened(self, link: Link, subprotocol: str) -> None:
        csms = self.csms
        self.link = csms.link = link
        csms.session = Session(csms.version, Side.CSMS, ids=lambda: f"c{next(csms._ids)}")

    def received(self, data: str | bytes) -> None:
        if self.csms.link is self.link:
            self.csms.received(data)

    def lost(self, why: Lost) -> None:
        if self.csms.link is self.link:
            self.csms.link = None


class World:
    """A station, its CSMS and the clock; ``at`` schedules, ``run`` lets time pass."""

    def __init__(self, version: Version = V201, name: str | Profile = "ac-22kw", **options: Any) -> None:
        self.clock = Clock(START, VIRTUAL, patience_s=0.05)
        self.network = MemoryNetwork(self.clock.soon, self.clock.busy)
        self.csms = Csms(self.clock, self.network)
        self.version = version
        self.facts: list[tuple[float, Fact]] = []
        self.frames: list[Frame] = []
        self.watchers: list[Callable[[Fact], None]] = []
        self._options = {"seed": 7, "url": "ws://csms"} | options
        self._name = name
        self.station = self.build()

    def build(self) -> Station:
        return Station(
            "CP-1",
            profile(self._name) if isinstance(self._name, str) else self._name,
            self.version,
            self.clock,
            self.network.dialer(),
            on_fact=self._note,
            tap=lambda _station, direction, text: self.frames.append(Frame(self.clock.now, direction, text)),
            **self._options,
        )

    def _note(self, station: str, fact: Fact) -> None:
        assert station == "CP-1"
        self.facts.append((self.clock.now, fact))
        for watch in self.watchers:
            watch(fact)

    async def run(self, until_s: float) -> None:
        await self.clock.run(until_s)
        assert not self.csms.bad, self.csms.bad

    async def boot(self) -> None:
        self.station.power_on()
        await self.run(self.clock.now + 20)
        assert self.station.online

    async def do(self, action: Callable[[], Any], then_s: float = 5) -> Any:
        """Act now and let some time pass."""
        result = action()
        await self.run(self.clock.now + then_s)
        return result

    async def ask(self, action: str, payload: Payload | None = None, then_s: float = 1) -> Any:
        """Call the station and return its answer (or its error code)."""
        message_id = self.csms.call(action, payload)
        await self.run(self.clock.now + then_s)
        return self.csms.replies[message_id]

    def leak(self, leakage_a: float = 0.03, evse: int = 1, *, inside: bool = False) -> None:
        """From now on, what flows to an EV (or ``inside`` the station) does not all come back: a ground fault."""
        part: Any = self.station.rig.part("RCD", Place(evse))
        part.leakage_ac_a, part.inside = leakage_a, inside
        self.station.rig.disturbed(evse)

    def mend(self, evse: int = 1) -> None:
        """The leakage is gone, and somebody has closed the RCD again."""
        self.leak(0.0, evse)
        part: Any = self.station.rig.part("RCD", Place(evse))
        part.reset()

    def told(self, kind: type[Fact]) -> list[Any]:
        return [fact for _, fact in self.facts if isinstance(fact, kind)]

    def events(self, action: str = "TransactionEvent") -> list[Payload]:
        return self.csms.of(action)

    def clear(self) -> None:
        self.csms.got.clear()
        self.facts.clear()
        self.frames.clear()

    def statuses(self) -> list[str]:
        key = "status" if self.version is V16 else "connectorStatus"
        return [ask[key] for ask in self.csms.of("StatusNotification") if ask["connectorId"] == 1]

    async def set(self, **variables: Any) -> None:
        """Set variables by name, with ``__`` for the dot."""
        for name, value in variables.items():
            self.station.configuration.write(name.replace("__", "."), str(value))
