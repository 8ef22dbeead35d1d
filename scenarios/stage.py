"""Where a scenario is played: the clock, the stations, the record, and the ways to act on them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Generator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import simpy

from csms_reference.outcome import DISCONNECTED, Outcome
from protocol.link import Dialer
from reports.rundir import Message, RunWriter
from scenarios.access import AccessError, CsmsAccess, Reached
from scenarios.fleet import beside
from scenarios.model import Pattern, Scenario, Status, Step
from scenarios.record import Entry, Exchange, Happening, Record
from scenarios.source import dotted
from simulator import facts
from simulator.clock import Clock
from simulator.ev import EV
from simulator.meter import Reading
from simulator.station import Station

Steps = Generator[simpy.Event, Any, Any]
HOLD_S = 1.0
SITE = ""
"""The station of facts that concern no single station."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A step that could not be taken. ``crashed``: the scenario itself is at fault, not what it ran against."""

    step: str
    station: str
    t: float
    why: str
    crashed: bool = False


@dataclass(slots=True)
class Stage:
    """Everything an actor can see and touch."""

    scenario: Scenario
    seed: int
    clock: Clock
    stations: dict[str, Station]
    record: Record
    writer: RunWriter
    dialer: Dialer
    access: CsmsAccess
    reached: Reached
    wall: Callable[[], float] | None = None
    trouble: list[Trouble] = field(default_factory=list)
    unavailable: list[Trouble] = field(default_factory=list)
    tokens_in_use: set[str] = field(default_factory=set)
    visits: int = 0
    answers: dict[str, Any] = field(default_factory=dict)
    """By station: what it last answered to a command or call."""
    found: dict[str, Any] = field(default_factory=dict)
    """By station: what was last looked up at the CSMS."""
    _asking: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _timeless: set[asyncio.Task[None]] = field(default_factory=set)

    # -- what happens is recorded

    def tap(self, station: str, direction: str, text: str) -> None:
        """A frame passed on a station's line."""
        wall = self.wall() if self.wall is not None else None
        t = round(self.clock.now, 3)
        line = self.writer.message(t, station, direction, text, wall)
        self.record.message(Message(line, t, station, direction, text, wall))

    def fact(self, station: str, fact: facts.Fact) -> None:
        """Something happened in a station."""
        self._happened(station, fact.kind, fact.name, fact.fields())

    def tell(self, kind: str, name: str, station: str = SITE, **fields: Any) -> None:
        """Something happened among the actors."""
        self._happened(station, kind, name, fields)

    def _happened(self, station: str, kind: str, name: str, fields: Mapping[str, Any]) -> None:
        t = round(self.clock.now, 3)
        self.writer.event(t, station or None, kind, name, **fields)
        self.record.happened(Happening(t, station, name, dict(fields)))

    def sample(self, station: str, evse: int, reading: Reading, limit_a: float | None) -> None:
        """A meter was read."""
        values = {
            "power_w": reading.power_w,
            "energy_wh": reading.energy_wh,
            "current_a": reading.current_a,
            "voltage_v": reading.voltage_v,
            "limit_a": limit_a,
            "soc_percent": reading.soc_percent,
        }
        t = round(self.clock.now, 3)
        self.writer.sample(t, station, evse, **values)
        self.record.sampled(t, station, evse, values)

    # -- chance and cars

    def chance(self, station: str, purpose: str) -> random.Random:
        """A stream of its own for each station and purpose."""
        return random.Random(f"{self.seed}/{station}/{purpose}")

    def car(self, model: str, soc_percent: float, target_percent: float) -> EV:
        """A car of a model; relative paths start at the scenario's folder."""
        return EV.of(beside(self.scenario.source.name, model), soc_percent / 100, target_percent / 100)

    # -- waiting

    def mark(self, stations: list[str]) -> dict[str, int]:
        """How much each station has recorded by now."""
        return {station: len(self.record.entries[station]) for station in stations}

    def until(
        self, stations: list[str], wanted: Pattern | Status, since: Mapping[str, int], within_s: float | None = None
    ) -> Steps:
        """Wait for something since a mark; a message counts once it is answered. Returns the entry, or None."""
        for station in stations:
            for entry in self.record.entries[station][since.get(station, 0) :]:
                if self._is(entry, station, wanted):
                    return entry
        came = self.clock.event()

        def watch(entry: Entry) -> None:
            if not came.triggered and self._is(entry, entry.station, wanted):
                came.succeed(entry)

        for station in stations:
            self.record.watchers[station].append(watch)
        try:
            if within_s is None:
                return (yield came)
            yield came | self.clock.timeout(within_s)
            return came.value if came.triggered else None
        finally:
            for station in stations:
                self.record.watchers[station].remove(watch)

    def _is(self, entry: Entry, station: str, wanted: Pattern | Status) -> bool:
        if isinstance(entry, Exchange) and entry.reply is None:
            return False
        if isinstance(wanted, Status):
            return self.record.reports(station, wanted, entry)
        return self.record.fits(entry, wanted)

    # -- asking the CSMS's operator

    def ask(self, work: Coroutine[Any, Any, Any], *, timeless: bool = False) -> simpy.Event:
        """Have the operator do something; the event's value is what came of it, or the exception.

        ``timeless`` work needs no simulated time to end, so virtual time stands still meanwhile.
        """
        done = self.clock.event()
        self._asking += 1
        hold = self.dialer.remote and self.clock.pace.virtual and not timeless
        release = self._hold() if hold else lambda: None

        async def wait() -> None:
            try:
                result = await work
            except Exception as wrong:  # noqa: BLE001 -- whatever the operator's work raises is the asker's to judge
                result = wrong
            self._asking -= 1
            release()
            self.clock.soon(lambda: _succeed(done, result))

        task = asyncio.get_running_loop().create_task(wait())
        tasks = self._timeless if timeless else self._tasks
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return done

    def _hold(self) -> Callable[[], None]:
        """Keep virtual time from running while the operator works elsewhere, but not for good: a station may need
        simulated time to answer."""
        self.clock.busy.begin()
        held = [True]

        def release() -> None:
            if held:
                held.clear()
                self.clock.busy.end()

        asyncio.get_running_loop().call_later(HOLD_S, release)
        return release

    async def close(self) -> None:
        """Drop what the operator was still asked to do when the run ended."""
        left = [*self._tasks, *self._timeless]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def settle(self, _upcoming: float) -> bool:
        """Barrier of virtual time: what the operator's work can do at this instant is done before time moves on."""
        if self._timeless:
            await asyncio.wait(self._timeless)
            return False
        for _ in range(4 if self._asking else 0):
            await asyncio.sleep(0)
        return True

    def command(self, station: str, name: str, **fields: Any) -> Steps:
        """Have the operator command a station, and record what came of it. Returns the Outcome."""
        operator = self.reached.operator
        if operator is None:
            self.tell("scenario", "Commanded", station, command=name, status="unavailable")
            self.unavailable.append(Trouble(name, station, self.clock.now, self.reached.no_operator))
            return Outcome("unavailable", error=self.reached.no_operator)
        outcome = yield self.ask(operator.command(station, name, **fields))
        return self._commanded(station, name, outcome)

    def call(self, station: str, action: str, payload: dict[str, Any]) -> Steps:
        """Have the operator send any request. Returns the Outcome."""
        operator = self.reached.operator
        if operator is None:
            self.unavailable.append(Trouble(action, station, self.clock.now, self.reached.no_operator))
            return Outcome("unavailable", error=self.reached.no_operator)
        outcome = yield self.ask(operator.call(station, action, payload))
        return self._commanded(station, action, outcome)

    def look(self, station: str, path: str) -> Steps:
        """Have the operator look something up in the CSMS's API, and record it. Returns what was found."""
        operator = self.reached.operator
        if operator is None:
            self.unavailable.append(Trouble("look", station, self.clock.now, self.reached.no_operator))
            return None
        found = yield self.ask(operator.look(path), timeless=True)
        if isinstance(found, Exception):
            raise found
        self.found[station] = found
        count = {"count": len(found)} if isinstance(found, list) else {}
        self.tell("scenario", "Looked", station, path=path, found=found, **count)
        return found

    def put(self, path: str, body: Any) -> Steps:
        """Have the operator tell the CSMS's API something."""
        operator = self.reached.operator
        yield from self.arrange("put", None if operator is None else partial(operator.put, path, body))

    def post(self, path: str, body: Any) -> Steps:
        """Have the CSMS's API do something. Returns what it answered; None where nobody operates the CSMS."""
        operator = self.reached.operator
        return (yield from self.arrange("post", None if operator is None else partial(operator.post, path, body)))

    def arrange(self, what: str, work: Callable[[], Coroutine[Any, Any, Any]] | None) -> Steps:
        """Have the operator change something at the CSMS itself. Returns what came of it."""
        if work is None:
            self.unavailable.append(Trouble(what, SITE, self.clock.now, self.reached.no_operator))
            return None
        result = yield self.ask(work(), timeless=True)
        if isinstance(result, Exception):
            raise result
        return result

    def _commanded(self, station: str, name: str, outcome: Outcome | Exception) -> Outcome:
        if isinstance(outcome, AccessError):
            outcome = Outcome(DISCONNECTED, error=str(outcome))
        if isinstance(outcome, Exception):
            raise outcome
        self.answers[station] = outcome.answer
        error = {} if outcome.error is None else {"error": outcome.error}
        self.tell("scenario", "Commanded", station, command=name, status=outcome.status, **error)
        return outcome

    def transaction(self, station: str, evse: int | None) -> str | None:
        """The transaction that runs at an EVSE (None: at any) as the CSMS knows it: from the frames, as it would."""
        started, ended = Pattern("transaction_started"), Pattern("transaction_ended")
        version_16 = self.stations[station].version.name == "1.6"
        running: dict[Any, Any] = {}
        for entry in self.record.entries[station]:
            if self.record.fits(entry, started):
                path = "reply.transaction" if version_16 else "transaction"
                key = self.record.read_field(entry, started, path)
                running[key] = self.record.read_field(entry, started, "evse")
            elif self.record.fits(entry, ended):
                running.pop(self.record.read_field(entry, ended, "transaction"), None)
        found = [key for key, at in running.items() if evse in (None, at)]
        return str(found[-1]) if found else None

    def give_up(self, step: Step, station: str, why: str, *, crashed: bool = False) -> None:
        """Note that a step could not be taken."""
        where = f"{dotted(step.place)} ({step})" if step.place else str(step)
        self.trouble.append(Trouble(where, station, self.clock.now, why, crashed))


def _succeed(event: simpy.Event, value: Any) -> None:
    event.succeed(value)
