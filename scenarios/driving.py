"""Drivers who come by chance: when they arrive, how they begin and how they end their charging."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from scenarios.actions import ACTIONS, pulled
from scenarios.model import Drivers, Pattern
from scenarios.references import carried_tokens
from scenarios.stage import Stage, Steps
from simulator.electrical import Kind
from simulator.ev import EV
from simulator.profile import Profile

DAY_S = 86400.0
PATIENCE_S = 180.0
"""How long a driver waits for the charging to begin before leaving."""
STEP_S = (4.0, 15.0)
"""How long it takes to find the card, or to get the cable out."""
APP_S = (8.0, 40.0)
"""How long it takes to start or stop by app."""
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
STARTED, ENDED, FINISHED = (Pattern(name, True) for name in ("TransactionStarted", "TransactionEnded", "EvFinished"))


def arrivals(drivers: Drivers, chance: random.Random, start: datetime, duration_s: float) -> Iterator[float]:
    """When drivers come to one station, in seconds since the start: a Poisson process for each span of each day."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    begun_s = (start - midnight).total_seconds()
    for day in range(int((begun_s + duration_s) // DAY_S) + 1):
        for from_s, to_s, per_hour in sorted(drivers.arrivals):
            at_s, end_s = day * DAY_S + from_s - begun_s, day * DAY_S + to_s - begun_s
            while per_hour:
                at_s += chance.expovariate(per_hour / 3600)
                if at_s >= min(end_s, duration_s):
                    break
                if at_s >= 0:
                    yield at_s


def drive(stage: Stage, drivers: Drivers, station: str) -> Steps:
    """Everybody of one kind who comes to one station, each in a process of their own."""
    chance, further = (stage.chance(station, f"{purpose}/{drivers.name}") for purpose in ("drivers", "habits"))
    for at_s in arrivals(drivers, chance, stage.scenario.start, stage.scenario.duration_s):
        visit = _visit(stage, drivers, station, chance, further)
        yield stage.clock.timeout(max(0.0, at_s - stage.clock.now))
        if visit is None:
            continue
        stage.clock.process(visit.steps())


def _picked(chance: random.Random, weights: Mapping[str, float]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


def fitting(drivers: Drivers, profile: Profile, car: Callable[[str], EV]) -> dict[str, float]:
    """The EV models among these that can charge at a station of this kind."""
    if profile.kind is Kind.AC:
        return dict(drivers.ev)
    return {name: weight for name, weight in drivers.ev.items() if car(name).model.dc_max_w > 0}


def _visit(
    stage: Stage, drivers: Drivers, station: str, chance: random.Random, further: random.Random
) -> _Visit | None:
    """Draw everything about a visit at once, so that what happens at the station does not shift later draws."""
    models = fitting(drivers, stage.stations[station].profile, lambda name: stage.car(name, 20.0, 100.0))
    if not models:
        return None
    ev = stage.car(_picked(chance, models), drivers.soc.draw(chance.uniform), drivers.target.draw(chance.uniform))
    ev.battery_c = drivers.battery_c.draw(further.uniform)
    return _Visit(
        stage,
        drivers,
        station,
        ev,
        begin=_picked(chance, drivers.begin),
        end=_picked(chance, drivers.end),
        stay_s=drivers.stay_s.draw(chance.uniform),
        token_at=chance.random(),
        begin_s=chance.uniform(*STEP_S),
        app_s=chance.uniform(*APP_S),
        return_s=chance.uniform(*RETURN_S),
        leave_s=chance.uniform(*STEP_S),
        planned=further.random() < drivers.planned,
        fetch_s=further.uniform(*FETCH_S),
        over_s=further.uniform(*OVERSTAY_S),
        early=further.uniform(*EARLY),
        cable_a=further.choice(drivers.cable_a or (math.inf,)),
    )


@dataclass(slots=True)
class _Visit:
    """One car's visit, with everything about it that chance decides."""

    stage: Stage
    drivers: Drivers
    station: str
    ev: EV
    begin: str
    end: str
    stay_s: float
    token_at: float
    begin_s: float
    app_s: float
    return_s: float
    leave_s: float
    planned: bool
    fetch_s: float
    over_s: float
    early: float
    cable_a: float
    token: str = ""
    evse: int = 0

    def steps(self) -> Steps:
        """From arrival to departure."""
        token, evse = self._free_token(), self._free_evse()
        if evse is None or token is None:
            self._tell("DriverTurnedAway")
            return
        self.evse, self.token = evse, token
        in_use = f"{self.station}/{evse}"
        self.stage.tokens_in_use |= {token, in_use}
        self.stage.visits += 1
        self._tell(
            "DriverArrived", evse=evse, ev=self.ev.model.name, soc_percent=round(self.ev.soc_percent, 1), token=token
        )
        since = self.stage.mark([self.station])
        began = yield from BEGIN[self.begin](self)
        if began and (yield from self.until(STARTED, since, PATIENCE_S)):
            yield from END[self.end](self)
        if pulled(self.stage, self.station, evse, self.ev):
            yield self.stage.clock.timeout(1.0)
        self.stage.tokens_in_use -= {token, in_use}
        self._tell("DriverLeft", evse=evse)

    def _tell(self, fact: str, **fields: object) -> None:
        self.stage.tell("scenario", fact, self.station, drivers=self.drivers.name, **fields)

    def _free_token(self) -> str | None:
        carried = carried_tokens(self.stage.scenario, self.drivers)
        free = [token for token in carried if token not in self.stage.tokens_in_use]
        return free[int(self.token_at * len(free))] if free else None

    def _free_evse(self) -> int | None:
        """What the displays show: an EVSE that is available and to which nobody is walking."""
        station = self.stage.stations[self.station]
        for evse, shown in station.snapshot()["evses"].items():
            free = not shown["plugged"] and f"{self.station}/{evse}" not in self.stage.tokens_in_use
            if station.powered and free and shown["status"][1] == "Available":
                return int(evse)
        return None

    def until(self, wanted: Pattern, since: dict[str, int], within_s: float) -> Steps:
        """Wait for a fact at this visit's EVSE."""
        give_up_s = self.stage.clock.now + within_s
        while (left_s := give_up_s - self.stage.clock.now) >= 0:
            entry = yield from self.stage.until([self.station], wanted, since, left_s)
            if entry is None:
                return False
            if entry.fields.get("evse") == self.evse:
                return True
            entries = self.stage.record.entries[self.station]
            since = {self.station: next(at for at, each in enumerate(entries) if each is entry) + 1}
        return False

    def plug(self) -> None:
        """Put the cable in."""
        if self.planned:
            self.ev.departs_s = self.stage.clock.now + self.stay_s
        self.stage.stations[self.station].plug(self.ev, self.evse, cable_a=self.cable_a)

    def present(self, token: str = "") -> None:
        """Hold the card to the reader, or another one."""
        self.stage.stations[self.station].present(token or self.token, self.evse)

    @property
    def runs(self) -> bool:
        """Whether a transaction runs here."""
        return self.stage.stations[self.station].evse(self.evse).tx is not None

    def pause(self, seconds: float) -> Steps:
        """Let time pass."""
        yield self.stage.clock.timeout(seconds)

    def remote_start(self) -> Steps:
        """Start by app. Returns whether the station agreed."""
        fields = {"token": self.token, "evse": self.evse}
        outcome = yield from ACTIONS["remote_start"](self.stage, self.station, fields)
        return outcome.status == "Accepted"

    def stay(self, share: float = 1.0) -> Steps:
        """Stay plugged in for as long as planned (or a share of that), or until the transaction ends by itself.

        Returns whether it runs.
        """
        since = self.stage.mark([self.station])
        ended = yield from self.until(ENDED, since, self.stay_s * share)
        return not ended


def _cable_first(visit: _Visit) -> Steps:
    visit.plug()
    yield from visit.pause(visit.begin_s)
    visit.present()
    return True


def _token_first(visit: _Visit) -> Steps:
    visit.present()
    yield from visit.pause(visit.begin_s)
    if visit.stage.stations[visit.station].evse(visit.evse).ev is not None:
        return False
    visit.plug()
    return True


def _remote(visit: _Visit) -> Steps:
    if not (yield from visit.remote_start()):
        return False
    yield from visit.pause(visit.begin_s)
    visit.plug()
    return True


def _app(visit: _Visit) -> Steps:
    visit.plug()
    yield from visit.pause(visit.app_s)
    return (yield from visit.remote_start())


def _late_card(visit: _Visit) -> Steps:
    visit.plug()
    yield from visit.pause(visit.fetch_s)
    visit.present()
    return True


def _no_card(visit: _Visit) -> Steps:
    visit.plug()
    yield from visit.pause(visit.fetch_s)
    return False


def _no_cable(visit: _Visit) -> Steps:
    visit.present()
    yield from visit.pause(PATIENCE_S)
    return False


def _by_token(visit: _Visit) -> Steps:
    if (yield from visit.stay()):
        visit.present()
    yield from visit.pause(visit.leave_s)


def _by_unplug(visit: _Visit) -> Steps:
    yield from visit.stay()


def _when_full(visit: _Visit) -> Steps:
    since = visit.stage.mark([visit.station])
    if (yield from visit.until(FINISHED, since, visit.stay_s)):
        yield from visit.pause(visit.return_s)


def _by_app(visit: _Visit) -> Steps:
    if (yield from visit.stay()):
        transaction = visit.stage.transaction(visit.station, visit.evse)
        if transaction is not None:
            yield from visit.stage.command(visit.station, "remote_stop", transaction_id=transaction)
    yield from visit.pause(visit.leave_s)


def _early(visit: _Visit) -> Steps:
    yield from visit.stay(visit.early)


def _by_other_card(visit: _Visit) -> Steps:
    if (yield from visit.stay()):
        visit.present(STRANGER)
        yield from visit.pause(visit.begin_s)
        if visit.runs:
            visit.present()
    yield from visit.pause(visit.leave_s)


def _overstay(visit: _Visit) -> Steps:
    since = visit.stage.mark([visit.station])
    if (yield from visit.until(FINISHED, since, visit.stay_s)):
        yield from visit.pause(visit.over_s)
    if visit.runs:
        visit.present()
    yield from visit.pause(visit.leave_s)


BEGIN: dict[str, Callable[[_Visit], Steps]] = {
    "cable_first": _cable_first,
    "token_first": _token_first,
    "remote": _remote,
    "app": _app,
    "late_card": _late_card,
    "no_card": _no_card,
    "no_cable": _no_cable,
}
END: dict[str, Callable[[_Visit], Steps]] = {
    "token": _by_token,
    "unplug": _by_unplug,
    "full": _when_full,
    "remote": _by_app,
    "early": _early,
    "other_card": _by_other_card,
    "overstay": _overstay,
}
