"""A reconnect storm of real stations in virtual time: a kernel's listen queue, a CSMS with limits, nothing precomputed.

Every queue is walked through event by event, as slowly as it gets, so that the short cuts of ``loadtest.capacity`` have
something to be held against.
"""

import math
from collections import Counter, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from loadtest.capacity import Cause, Draws, Overload, Storm
from protocol.link import Admitted, Ending, Knock, Link, Lost, Receiver, Target, Turned
from protocol.session import Called, Session
from protocol.transports.memory import MemoryNetwork
from protocol.versions import V201, Side
from simulator import facts
from simulator.chance import Chance
from simulator.clock import VIRTUAL, Clock
from simulator.profile import load_profile
from simulator.station import Station

SETTLED_S = 60.0
"""By then all stations of a storm that loses links are connected and booted."""


def name(number: int) -> str:
    return f"CP-{number}"


def draws_of(seed: int) -> Draws:
    """The very draws of the stations with this seed."""

    @cache
    def column(station: int, purpose: str) -> list[float]:
        chance = Chance(seed, name(station))
        return [chance.uniform(purpose) for _ in range(40)]

    return lambda purpose, station, number: column(station, purpose)[number]


@dataclass(eq=False)
class Visit:
    """One attempt to connect, until somebody has told the station how it ended."""

    target: Target
    receiver: Receiver
    dialled_s: float
    knocks: int = 0
    gone: bool = False


class Csms:
    """Listen queue, token bucket, and a desk for boots; a Dialer to the stations and a Gate to the network."""

    remote = False

    def __init__(self, clock: Clock, storm: Storm) -> None:
        self.clock, self.storm, self.limits = clock, storm, storm.limits
        self.network = MemoryNetwork(clock.soon, clock.busy)
        self.network.serve(self)
        self.limited_from_s = math.inf
        self.dials: Counter[str] = Counter()
        self.refused = self.pending = self.longest = 0
        self.links: dict[str, Link] = {}
        self.verdicts: dict[str, Turned | None] = {}
        self.listening: deque[Visit] = deque()
        self.boots: deque[tuple[Talk, str]] = deque()
        self.tokens, self.tokens_at_s, self.slot_s = storm.limits.tokens, 0.0, 0.0
        self.knocked, self.booted = clock.event(), clock.event()
        clock.process(self.accept())
        clock.process(self.answer_boots())

    # -- the kernel and the network ---------------------------------------------------------------------------------

    def dial(self, target: Target, receiver: Receiver) -> None:
        now = self.clock.now
        if now < self.limited_from_s:
            self.verdicts[target.identity] = None
            self.network.dialer().dial(target, receiver)
            return
        self.dials[target.identity] += 1
        if now - self.limited_from_s < self.storm.outage_s:
            self.clock.soon(lambda: receiver.lost(Lost(Ending.UNREACHABLE)))
            return
        visit = Visit(target, receiver, now)
        self.clock.after(self.storm.habits.connect_timeout_s, lambda: self.give_up(visit))
        self.knock(visit)

    def give_up(self, visit: Visit) -> None:
        if not visit.gone:
            visit.gone = True
            visit.receiver.lost(Lost(Ending.UNREACHABLE, reason="timed out"))

    def knock(self, visit: Visit) -> None:
        if visit.gone:
            return
        if len(self.listening) >= self.limits.backlog:
            visit.knocks += 1  # RFC 6298: 1 s, then always twice as long
            self.clock.at(visit.dialled_s + 2**visit.knocks - 1, lambda: self.knock(visit))
            return
        self.listening.append(visit)
        if not self.knocked.triggered:
            self.knocked.succeed()

    def accept(self):
        while True:
            while not self.listening:
                self.knocked = self.clock.event()
                yield self.knocked
            if self.limits.overload is Overload.HOLD and (wait_s := self.lacking() / self.limits.accepts_per_s) > 1e-12:
                yield self.clock.timeout(wait_s)
            visit = self.listening.popleft()
            self.longest = max(self.longest, len(self.listening))
            if visit.gone:
                yield self.clock.timeout(self.limits.refusal_s)
            elif self.lacking() < 1e-9:
                self.tokens -= 1
                yield self.clock.timeout(self.limits.handshake_s)
                self.let_in(visit, None)
            else:
                yield self.clock.timeout(self.limits.refusal_s)
                self.let_in(visit, Turned(503, "too many", self.turn() if self.limits.retry_after else None))

    def lacking(self) -> float:
        now = self.clock.now
        self.tokens += (now - self.tokens_at_s) * self.limits.accepts_per_s
        self.tokens, self.tokens_at_s = min(self.tokens, self.limits.tokens), now
        return max(0.0, 1 - self.tokens)

    def turn(self) -> int:
        self.slot_s = max(self.slot_s, self.clock.now) + 1 / self.limits.accepts_per_s
        return max(1, math.ceil(self.slot_s - self.clock.now))

    def let_in(self, visit: Visit, verdict: Turned | None) -> None:
        if not visit.gone:
            visit.gone = True
            self.refused += verdict is not None
            self.verdicts[visit.target.identity] = verdict
            self.network.dialer().dial(visit.target, visit.receiver)

    # -- the CSMS ---------------------------------------------------------------------------------------------------

    async def admit(self, knock: Knock) -> Admitted | Turned:
        return self.verdicts[knock.identity] or Admitted(V201.subprotocol, Talk(self, knock.identity))

    def boot(self, talk: "Talk", message_id: str) -> None:
        if self.clock.now < self.limited_from_s:
            talk.answer(message_id, self.registration("Accepted", 86_400))
        elif len(self.boots) >= self.limits.boot_backlog:
            self.pending += 1
            talk.answer(message_id, self.registration("Pending", int(self.limits.boot_interval_s)))
        else:
            self.boots.append((talk, message_id))
            if not self.booted.triggered:
                self.booted.succeed()

    def answer_boots(self):
        while True:
            while not self.boots:
                self.booted = self.clock.event()
                yield self.booted
            yield self.clock.timeout(1 / self.limits.boots_per_s)
            talk, message_id = self.boots.popleft()
            talk.answer(message_id, self.registration("Accepted", 86_400))

    def registration(self, status: str, interval: int) -> dict:
        return {"status": status, "interval": interval, "currentTime": self.clock.stamp()}


class Talk:
    """The CSMS's end of one link."""

    def __init__(self, csms: Csms, identity: str) -> None:
        self.csms, self.identity = csms, identity
        self.session = Session(V201, Side.CSMS, ids=lambda: "never")

    def opened(self, link: Link, _subprotocol: str) -> None:
        self.link = self.csms.links[self.identity] = link

    def received(self, data: str | bytes) -> None:
        for event in self.session.receive(data, self.csms.clock.now):
            assert isinstance(event, Called), event
            if event.action == "BootNotification":
                self.csms.boot(self, event.message_id)
            else:
                now = {"currentTime": self.csms.clock.stamp()} if event.action == "Heartbeat" else {}
                self.answer(event.message_id, now)

    def answer(self, message_id: str, payload: dict) -> None:
        self.session.answer(message_id, payload)
        while self.session.outbox:
            self.link.send(self.session.outbox.popleft())

    def lost(self, _why: Lost) -> None:
        pass


@dataclass
class Seen:
    """What happened to the real stations; ``back_s`` is sorted."""

    back_s: list[float]
    attempts: list[int]
    refused: int
    pending: int
    longest: int


async def stage(storm: Storm) -> Seen:
    """Run a storm with a real station for each of its stations."""
    clock = Clock(datetime(2025, 6, 2, 6, tzinfo=UTC), VIRTUAL)
    csms = Csms(clock, storm)
    back: dict[str, float] = {}
    begin_s = SETTLED_S if storm.cause is Cause.LINK else 0.0

    def note(station: str, fact: facts.Fact) -> None:
        linked = storm.cause is Cause.LINK and isinstance(fact, facts.Connected)
        accepted = storm.cause is Cause.POWER and isinstance(fact, facts.Registered) and fact.status == "Accepted"
        if (linked or accepted) and clock.now >= begin_s:
            back[station] = clock.now - begin_s

    stations = [_station(number, storm, clock, csms, note) for number in range(storm.stations)]
    draws = draws_of(storm.seed)
    if storm.cause is Cause.LINK:
        for station in stations:
            station.power_on()
        await clock.run(SETTLED_S)
        assert all(station.online for station in stations)
    csms.limited_from_s = csms.tokens_at_s = begin_s
    for number, station in enumerate(stations):
        notice = csms.links[name(number)].abort if storm.cause is Cause.LINK else station.power_on
        clock.at(begin_s + storm.noticed_within_s * draws("notice", number, 0), notice)
    await clock.run(begin_s + storm.horizon_s)
    attempts = sorted(csms.dials[name(number)] for number in range(storm.stations))
    return Seen(sorted(back.values()), attempts, csms.refused, csms.pending, csms.longest)


def _station(number: int, storm: Storm, clock: Clock, csms: Csms, note) -> Station:
    back_off = storm.habits.back_off
    config = {
        "OCPPCommCtrlr.RetryBackOffWaitMinimum": f"{back_off.wait_minimum_s:g}",
        "OCPPCommCtrlr.RetryBackOffRandomRange": f"{back_off.random_range_s:g}",
        "OCPPCommCtrlr.RetryBackOffRepeatTimes": str(back_off.repeat_times),
    }
    return Station(
        name(number), _profile(), V201, clock, csms, url="ws://csms", seed=storm.seed, config=config, on_fact=note
    )


@cache
def _profile():
    return load_profile("ac-22kw")
