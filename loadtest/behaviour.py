"""Plays habits at the stations of one process: drivers come and go, things break. Idle stations cost nothing.

Arrivals at n stations that are each a Poisson process of rate r are one of rate n·r whose events fall on a station by
even chance; so one timer serves all stations, and only a visit that is under way has a state of its own.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import cache
from itertools import accumulate
from typing import Any

from loadtest.habits import DAY_S, WEEK_S, Drivers, Habits, Law, week_s
from simulator import facts, faults
from simulator.chance import Chance
from simulator.clock import Clock, Timer
from simulator.electrical import Kind
from simulator.ev import EV
from simulator.evmodel import EvModel, load_ev_model
from simulator.evse import Evse
from simulator.station import Station
from simulator.tokens import ACCEPTED

LOOK_AGAIN_S = 60.0
"""How long a wait for the next arrival may be drawn for; then it is drawn anew, which changes nothing about chance but
takes in that there are more stations, or another hour."""

PATIENCE_S = 180.0
"""How long a driver waits for the charging to begin before leaving."""

STEP_S = (4.0, 15.0)
"""How long it takes to find the card, or to get the cable out."""

RETURN_S = (30.0, 900.0)
"""How long a driver takes to come back once the EV is full."""

FETCH_S = (120.0, 900.0)
"""How long a driver takes to fetch a forgotten card."""

OVERSTAY_S = (1800.0, 14400.0)
"""How long an EV is left standing once it has stopped."""

EARLY = (0.05, 0.5)
"""The share of the planned stay after which a cable is pulled early."""

STRANGER = "NOT-THE-DRIVERS"
"""A card that no CSMS knows."""

FAULT_S = (60.0, 900.0)
"""How long a connector stays faulted."""

FLAPS, FLAP_S = 3, (40.0, 120.0)
"""How often a flapping link goes, and how long it holds in between."""

DARK_S = (5.0, 60.0)
"""How long a station is without power."""

CLOCK_OFF_S = 7200.0
"""How wrong a clock may go, either way."""

GOLDEN, SILVER = (math.sqrt(5) - 1) / 2, math.sqrt(2) - 1

Count = Callable[[str], None]


class Behaviour:
    """Drivers and faults at ``stations``, a list that its owner keeps. ``count`` is told what there is to count."""

    def __init__(
        self,
        habits: Habits | None,
        stations: Sequence[Station],
        clock: Clock,
        chance: Chance,
        *,
        count: Count,
        begins: str = "",
    ) -> None:
        self.clock = clock
        self.chance = chance
        self.count = count
        self.visits: dict[tuple[str, int], Visit] = {}
        self._stations = stations
        self._numbers: dict[str, int] = {}
        self.faulty: list[Station] = []
        self._expected: set[str] = set()
        self._timers: list[Timer] = []
        self._begins_s = week_s(begins)
        self._habits: Habits | None = None
        self._take: dict[type[facts.Fact], Callable[[str, Any], None]] = {
            facts.Registered: self._registered,
            facts.TransactionStarted: self._started,
            facts.TransactionEnded: self._ended,
            facts.EvFinished: self._finished,
        }
        self.change(habits)

    def change(self, habits: Habits | None) -> None:
        """Other habits from now on, or none. Who has come already stays as long as he wanted."""
        for timer in self._timers:
            timer.cancel()
        self._timers = []
        self._habits = habits
        for station in self._stations:
            self._admit(station)
        if habits is None:
            return
        for drivers in habits.drivers:
            if drivers.spans:
                self._await(drivers)
        for kind, per_day in habits.faults_per_day.items():
            if per_day:
                self._await_fault(kind, per_day / DAY_S)

    # -- stations come and go ---------------------------------------------------------------------------------------

    def joined(self, station: Station, number: int) -> None:
        """A station was built; its number among all identities decides whether it is one of a share."""
        self._numbers[station.identity] = number
        self._admit(station)

    def left(self, station: Station) -> None:
        """A station is no more, and nobody is at it."""
        del self._numbers[station.identity]
        if station in self.faulty:
            self.faulty.remove(station)
        for key in [key for key in self.visits if key[0] == station.identity]:
            self.visits.pop(key).forget()

    def fact(self, station: str, fact: facts.Fact) -> None:
        """Something happened in a station: whoever is there may care."""
        take = self._take.get(type(fact))
        if take is not None:
            take(station, fact)

    def _admit(self, station: Station) -> None:
        """Whether the station is one of the faulty, or one that always has a driver."""
        habits, number = self._habits, self._numbers[station.identity]
        if station in self.faulty:
            self.faulty.remove(station)
        if habits is not None and _is_of(number, habits.faulty_share, turn=SILVER):
            self.faulty.append(station)
        if station.online:
            self._welcome_regular(station)

    # -- who comes by chance ----------------------------------------------------------------------------------------

    def week_s(self) -> float:
        """Seconds since Monday 00:00, as the habits have it."""
        if self._begins_s is not None:
            return (self._begins_s + self.clock.now) % WEEK_S
        utc = self.clock.utc
        midnight = utc.replace(hour=0, minute=0, second=0, microsecond=0)
        return utc.weekday() * DAY_S + (utc - midnight) / timedelta(seconds=1)

    def _await(self, drivers: Drivers) -> None:
        per_hour, holds_s = drivers.rate(self.week_s())
        self._after_chance(
            f"arrival {drivers.name}",
            per_hour / 3600 * len(self._stations),
            holds_s,
            lambda: self._arrival(drivers),
            lambda: self._await(drivers),
        )

    def _await_fault(self, kind: str, per_s: float) -> None:
        self._after_chance(
            f"fault {kind}",
            per_s * len(self.faulty),
            LOOK_AGAIN_S,
            lambda: self._befall(kind),
            lambda: self._await_fault(kind, per_s),
        )

    def _after_chance(
        self, name: str, per_s: float, holds_s: float, event: Callable[[], None], again: Callable[[], None]
    ) -> None:
        """Wait for an event of a Poisson process whose rate holds for a while, then wait for the next."""
        limit_s = min(LOOK_AGAIN_S, holds_s)
        wait_s = -math.log(1.0 - self.chance.uniform(name)) / per_s if per_s else math.inf
        timer: list[Timer] = []

        def due() -> None:
            self._timers.remove(timer[0])
            if wait_s <= limit_s:
                event()
            again()

        timer.append(self.clock.after(min(wait_s, limit_s), due))
        self._timers.append(timer[0])

    def _arrival(self, drivers: Drivers) -> None:
        station = self._stations[self.chance.whole(f"place {drivers.name}", 0, len(self._stations) - 1)]
        if not drivers.stations or any(fnmatchcase(station.identity, each) for each in drivers.stations):
            self._visit(station, drivers)

    # -- who is always there ----------------------------------------------------------------------------------------

    def _welcome_regular(self, station: Station) -> None:
        for drivers in self._regulars(station.identity):
            busy = any((station.identity, evse.id) in self.visits for evse in station.evses)
            if not busy and station.identity not in self._expected:
                self._expect(station, drivers)

    def _regulars(self, station: str) -> list[Drivers]:
        """The drivers, if any, that are to be at this station without end."""
        number, start = self._numbers.get(station), 0.0
        if self._habits is None or number is None:
            return []
        for drivers in self._habits.drivers:
            if drivers.share and _is_of(number, drivers.share, start):
                return [drivers]
            start += drivers.share
        return []

    def _expect(self, station: Station, drivers: Drivers) -> None:
        """The next driver comes after a while; one who finds the station out of order looks again."""
        self._expected.add(station.identity)

        def come() -> None:
            self._expected.discard(station.identity)
            if drivers in self._regulars(station.identity) and not self._visit(station, drivers):
                self._expect(station, drivers)

        self.clock.after(drivers.pause_s.draw(self.chance.uniform(f"pause {drivers.name}")), come)

    # -- visits -----------------------------------------------------------------------------------------------------

    def _visit(self, station: Station, drivers: Drivers) -> bool:
        """Somebody comes; False where there is nothing to be had."""
        evse = self._free(station)
        models = _fitting(tuple(drivers.ev.items()), station.profile.kind)
        if evse is None or not models:
            self.count("turned_away")
            return False
        self.count("arrived")
        visit = self.visits[station.identity, evse.id] = Visit(self, station, evse, drivers, self.pick("ev", models))
        visit.arrive()
        return True

    def _free(self, station: Station) -> Evse | None:
        """What the displays show: an EVSE that is available and where nobody is."""
        if not station.online:
            return None
        for evse in station.evses:
            if evse.ev is None and evse.free and (station.identity, evse.id) not in self.visits:
                return evse
        return None

    def pick(self, purpose: str, weights: Mapping[str, float]) -> str:
        """One of some names, by weight."""
        if len(weights) == 1:
            return next(iter(weights))
        sums = list(accumulate(weights.values()))
        return list(weights)[bisect(sums, self.chance.uniform(purpose) * sums[-1])]

    def over(self, visit: Visit) -> None:
        """A driver has left."""
        station, drivers = visit.station, visit.drivers
        if drivers.share and drivers in self._regulars(station.identity):
            self._expect(station, drivers)

    def _registered(self, station: str, fact: facts.Registered) -> None:
        if fact.status == ACCEPTED and self._regulars(station):
            self._welcome_regular(next(each for each in self._stations if each.identity == station))

    def _started(self, station: str, fact: facts.TransactionStarted) -> None:
        visit = self.visits.get((station, fact.evse))
        if visit is not None:
            visit.begun()

    def _ended(self, station: str, fact: facts.TransactionEnded) -> None:
        visit = self.visits.get((station, fact.evse))
        if visit is not None:
            visit.ended()

    def _finished(self, station: str, fact: facts.EvFinished) -> None:
        visit = self.visits.get((station, fact.evse))
        if visit is not None:
            visit.full()

    # -- faults -----------------------------------------------------------------------------------------------------

    def _befall(self, kind: str) -> None:
        if self.faulty:
            station = self.faulty[self.chance.whole(f"victim {kind}", 0, len(self.faulty) - 1)]
            self.count(f"fault:{kind}")
            FAULTS[kind](self, station)

    def between(self, purpose: str, span_s: tuple[float, float]) -> float:
        """A duration by chance."""
        return self.chance.uniform(purpose, *span_s)

    def later(self, station: Station, wait_s: float, action: Callable[[], None]) -> None:
        """Do something at a station unless it is gone by then."""
        self.clock.after(wait_s, lambda: action() if station.identity in self._numbers else None)

    def unplug_all(self, station: Station) -> None:
        """Whoever is there pulls the cable, or somebody else does."""
        for evse in station.evses:
            if visit := self.visits.get((station.identity, evse.id)):
                visit.leave()


def _connector(behaviour: Behaviour, station: Station) -> None:
    evse = station.evses[behaviour.chance.whole("faulty evse", 0, len(station.evses) - 1)]
    faults.inject(station, "leakage in the station", evse.id)
    wait_s = behaviour.between("fault lasts", FAULT_S)
    behaviour.later(station, wait_s, lambda: faults.clear(station, "leakage in the station", evse.id))


def _unplug(behaviour: Behaviour, station: Station) -> None:
    behaviour.unplug_all(station)


def _flap(behaviour: Behaviour, station: Station) -> None:
    wait_s = 0.0
    for _ in range(FLAPS):
        behaviour.later(station, wait_s, lambda: station.line.cut() if station.line.open else None)
        wait_s += behaviour.between("flap", FLAP_S)


def _clock(behaviour: Behaviour, station: Station) -> None:
    station.clock_offset_s += behaviour.chance.uniform("clock", -CLOCK_OFF_S, CLOCK_OFF_S)


def _power(behaviour: Behaviour, station: Station) -> None:
    if station.powered:
        station.power_off()
        behaviour.later(station, behaviour.between("dark", DARK_S), station.power_on)


FAULTS: dict[str, Callable[[Behaviour, Station], None]] = {
    "connector": _connector,
    "unplug": _unplug,
    "flap": _flap,
    "clock": _clock,
    "power": _power,
}


MILD = Law(20.0, 20.0)
"""What a battery's temperature is where nothing is said of it."""

FETCHES, GIVES_UP = ("late_card", "no_card"), ("no_card", "no_cable")
"""How those begin who go for their card, and who leave in vain."""

BY_CARD = ("token", "other_card", "overstay")
"""How those end who stop with a card."""


class Visit:
    """One car's visit to one EVSE, from arrival to departure; what comes next hangs on one timer."""

    __slots__ = ("_began", "_begin", "_behaviour", "_end", "_timer", "drivers", "ev", "evse", "station", "token")

    def __init__(self, behaviour: Behaviour, station: Station, evse: Evse, drivers: Drivers, model: str) -> None:
        chance, name = behaviour.chance, drivers.name
        self._behaviour = behaviour
        self._began = False
        self._end = behaviour.pick("end", drivers.end)
        self._timer: Timer | None = None
        self.station = station
        self.evse = evse
        self.drivers = drivers
        self.token = drivers.tokens[chance.whole(f"token {name}", 0, len(drivers.tokens) - 1)]
        soc, target = drivers.soc.draw(chance.uniform(f"soc {name}")), drivers.target.draw(chance.uniform(f"to {name}"))
        self.ev = EV(_model(model), min(soc, 100.0) / 100, min(target, 100.0) / 100)
        if (cold := drivers.battery_c) != MILD:
            self.ev.battery_c = cold.draw(chance.uniform(f"battery {name}"))
        if drivers.planned and chance.uniform(f"planned {name}") < drivers.planned:
            self.ev.departs_s = behaviour.clock.now + self._stay_s()

    def arrive(self) -> None:
        """The driver is there and begins, one way or another."""
        self._begin = begin = self._behaviour.pick("begin", self.drivers.begin)
        step_s = (
            self._behaviour.between("fetch", FETCH_S) if begin in FETCHES else self._behaviour.between("step", STEP_S)
        )
        self._next(step_s + PATIENCE_S if begin in FETCHES else PATIENCE_S, self._give_up)
        if begin in ("token_first", "no_cable"):
            self._present()
            if begin == "token_first":
                self._behaviour.clock.after(step_s, self._plug)
            return
        self._plug()
        if begin in ("cable_first", "late_card"):
            self._behaviour.clock.after(step_s, self._present)

    def begun(self) -> None:
        """The transaction has begun: the driver goes away, and comes back after the time that he wanted to stay."""
        if not self._began and self._begin not in GIVES_UP:
            self._began = True
            departs_s = self.ev.departs_s
            stay_s = self._stay_s() if departs_s == math.inf else max(0.0, departs_s - self._behaviour.clock.now)
            if self._end == "early":
                self._next(stay_s * self._behaviour.between("early", EARLY), self.leave)
            else:
                self._next(stay_s, self._come_back)

    def _stay_s(self) -> float:
        return self.drivers.stay_s.draw(self._behaviour.chance.uniform(f"stay {self.drivers.name}"))

    def full(self) -> None:
        """The EV has stopped by itself."""
        if self._began and self._end == "full":
            self._next(self._behaviour.between("return", RETURN_S), self.leave)
        elif self._began and self._end == "overstay":
            self._end = "token"
            self._next(self._behaviour.between("overstay", OVERSTAY_S), self._come_back)

    def ended(self) -> None:
        """The transaction is over: there is nothing to stay for."""
        self._next(self._behaviour.between("step", STEP_S), self.leave)

    def leave(self) -> None:
        """The cable comes out, the car drives off."""
        self.forget()
        self._behaviour.visits.pop(
            (self.station.identity, self.evse.id), None
        )  # first: what follows is not his concern
        if self.evse.ev is self.ev:
            self.station.unplug(self.evse.id)
        self._behaviour.count("departed")
        self._behaviour.over(self)

    def forget(self) -> None:
        """Nothing comes next."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _come_back(self) -> None:
        if self._end in BY_CARD and self.evse.tx is not None:
            if self._end == "other_card":
                self.station.present(STRANGER, self.evse.id)
                self._end = "token"
                self._next(self._behaviour.between("step", STEP_S), self._come_back)
                return
            self._next(self._behaviour.between("step", STEP_S) + PATIENCE_S, self.leave)  # if the card does nothing
            self._present()
        else:
            self.leave()

    def _give_up(self) -> None:
        self._behaviour.count("not_begun")
        self.leave()

    def _plug(self) -> None:
        if self._there and self.evse.ev is None:
            cables = self.drivers.cable_a
            chosen = self._behaviour.chance.whole("cable", 0, len(cables) - 1) if len(cables) > 1 else 0
            self.station.plug(self.ev, self.evse.id, cable_a=cables[chosen] if cables else math.inf)

    def _present(self) -> None:
        if self._there:
            self.station.present(self.token, self.evse.id)

    @property
    def _there(self) -> bool:
        return self._behaviour.visits.get((self.station.identity, self.evse.id)) is self

    def _next(self, wait_s: float, action: Callable[[], None]) -> None:
        self.forget()
        self._timer = self._behaviour.clock.after(wait_s, action)


def _is_of(number: int, share: float, start: float = 0.0, turn: float = GOLDEN) -> bool:
    """Whether a station is of a share of them. Multiples of an irrational number lie evenly in [0, 1), so that of any
    row of numbers, every sixth included, just that share is."""
    return start <= (number * turn + 0.5) % 1.0 < start + share


@cache
def _model(name: str) -> EvModel:
    return load_ev_model(name)


@cache
def _fitting(models: tuple[tuple[str, float], ...], kind: Kind) -> Mapping[str, float]:
    """The EV models among these that can charge at a station of this kind."""
    if kind is Kind.AC:
        return {name: weight for name, weight in models if weight and _model(name).ac_phases}
    return {name: weight for name, weight in models if weight and _model(name).dc_max_w > 0}
