"""A workbench for components: a rig of them in virtual time, in a station that has no firmware."""

import math
from collections.abc import Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from simulator.chance import Chance
from simulator.clock import VIRTUAL, Clock
from simulator.electrical import Draw
from simulator.flash import Flash
from simulator.hardware.component import Component, Scope
from simulator.hardware.environment import FAIR, Environment
from simulator.hardware.outfit import Fitting, title
from simulator.hardware.place import STATION, Place
from simulator.hardware.rig import Rig, key_of
from simulator.profile import Profile
from simulator.troubles import find
from tests.simulator.csms import START, profile


def fittings(components: Iterable[Component], plain: Profile) -> Iterable[Fitting]:
    """Each component everywhere that its scope says."""
    for component in components:
        for place in places(component.scope, plain):
            yield Fitting(title(component), place, component, component.name)


def places(scope: Scope, plain: Profile) -> Iterable[Place]:
    if scope is Scope.STATION:
        return [STATION]
    evses = list(enumerate(plain.evses, 1))
    if scope is Scope.EVSE:
        return [Place(number) for number, _ in evses]
    return [Place(number, connector) for number, evse in evses for connector in range(1, len(evse.connectors) + 1)]


class Bench:
    """Stands in for a station: troubles are noted with their times, currents and cars are set by the test."""

    def __init__(self, *components: Any, name: str = "ac-22kw", **environment: Any) -> None:
        self.identity = "CP-1"
        self.clock = Clock(START, VIRTUAL)
        self.chance = Chance(1, self.identity)
        self.flash = Flash()
        plain = profile(name)
        self.profile = replace(plain, fittings=tuple(fittings(components, plain)))
        self.powered = True
        self.environment: Environment = replace(FAIR, **environment)
        self.variables = SimpleNamespace(model={})
        self.troubles: dict[tuple[str, Place], str] = {}
        self.log: list[tuple[float, str]] = []
        self.jumps: list[tuple[float, str]] = []
        self.evses = [Outlet(number, evse) for number, evse in enumerate(self.profile.evses, 1)]
        self.rig = Rig(self)  # type: ignore[arg-type]
        self.rig.listener = self

    # what the rig and its parts ask of a station

    def evse(self, number: int) -> Any:
        return self.evses[number - 1]

    def troubled(self, name: str, place: Place, info: str = "", source: str = "") -> None:
        find(name)  # only what the firmware knows
        if (name, place) not in self.troubles:
            self.troubles[name, place] = info
            self.log.append((round(self.clock.now, 6), f"+{name}"))

    def recovered(self, name: str, place: Place, source: str = "") -> None:
        if self.troubles.pop((name, place), None) is not None:
            self.log.append((round(self.clock.now, 6), f"-{name}"))

    def changed(self, key: str) -> None:
        self.jumps.append((round(self.clock.now, 6), key))

    def disturbed(self, evse: int | None) -> None:
        pass

    # what a test does

    def surround(self, **changes: Any) -> None:
        self.rig.wake(changes)
        self.environment = replace(self.environment, **changes)
        self.rig.disturbed()

    def flow(
        self, current_a: float, *, connector: int = 1, evse: int = 1, power_w: float | None = None, legs: Any = ()
    ) -> None:
        """Let this current flow on each phase (or as DC). ``legs``: (growth per s, seconds) of its power."""
        outlet = self.evse(evse)
        outlet.connector = connector
        watts = outlet.outlet.supply.voltage_v * max(1, outlet.outlet.supply.phases) * current_a
        outlet.ev = Car(self.clock, outlet.outlet.supply, current_a, watts if power_w is None else power_w, legs)
        outlet.circuit.flowing = current_a > 0
        self.rig.sense({"current"}, evse)

    def power(self, on: bool) -> None:
        self.rig.wake({"power"})
        self.powered = on
        self.rig.disturbed()

    def part(self, name: str, evse: int = 0, connector: int = 0) -> Any:
        return self.rig.part(name, Place(evse, connector))

    def value(self, name: str, variable: str, evse: int = 0, connector: int = 0) -> str | None:
        return self.rig.value(key_of(name, Place(evse, connector), variable))

    def trace(self, name: str, variable: str, evse: int = 0, connector: int = 0) -> Any:
        return self.rig.trace(key_of(name, Place(evse, connector), variable))

    def set(self, name: str, variable: str, value: str, place: Place = STATION) -> None:
        self.rig.write(key_of(name, place, variable), value)

    def run(self, seconds: float) -> None:
        """Let time pass."""
        env, end_s = self.clock.env, self.clock.now + seconds
        while env.peek() <= end_s:
            env.step()
        env.advance(end_s)

    def first(self, event: str) -> float:
        """When a trouble was first raised (+Name) or over (-Name)."""
        return next(at for at, what in self.log if what == event)


class Outlet:
    """An EVSE of which only the flow matters."""

    def __init__(self, number: int, evse: Any) -> None:
        self.id = number
        self.profile = evse
        self.connector = 1
        self.ev: Any = None
        self.authorization: Any = None
        self.ceilings: dict[str, float] = {}
        self.bay_taken: list[bool] = []
        self.circuit = SimpleNamespace(
            settle=lambda: None, restrict=self._restrict, draw=lambda: self.ev.draw(None), hookup=None
        )

    def bay_changed(self, taken: bool) -> None:
        """The bay sensor sees a car, or none any more."""
        self.bay_taken.append(taken)

    @property
    def plugged(self) -> int | None:
        return self.connector if self.ev is not None else None

    def _restrict(self, cause: str, limit_a: float) -> bool:
        self.ceilings[cause] = limit_a
        return True

    @property
    def limit_a(self) -> float:
        return min(self.ceilings.values(), default=math.inf)

    @property
    def outlet(self) -> Any:
        return self.profile.connectors[self.connector - 1]

    def offer(self) -> Any:
        return self.outlet.supply.offer()


class Car:
    """Draws a current, or one that grows and falls exponentially leg by leg."""

    def __init__(self, clock: Clock, supply: Any, current_a: float, power_w: float, legs: Any) -> None:
        self.clock, self.supply, self.current_a, self.power_w = clock, supply, current_a, power_w
        self.begin_s, self._legs, self.soc = clock.now, legs, 0.0

    def _now(self) -> tuple[float, float, float]:
        """Share of the first power, growth and seconds that are left of the present leg."""
        begin_s, share = self.begin_s, 1.0
        for growth, lasts_s in self._legs:
            elapsed_s = self.clock.now - begin_s
            if elapsed_s < lasts_s - 1e-9:
                return share * math.exp(growth * elapsed_s), growth, lasts_s - elapsed_s
            begin_s, share = begin_s + lasts_s, share * math.exp(growth * lasts_s)
        return share, 0.0, math.inf

    def draw(self, _offer: Any) -> Draw:
        share, _, _ = self._now()
        conductors = max(1, self.supply.phases)
        return Draw(
            self.supply.kind, (share * self.current_a,) * conductors, self.supply.voltage_v, share * self.power_w
        )

    def course(self, _offer: Any) -> Any:
        share, growth, left_s = self._now()
        if left_s == math.inf:
            return SimpleNamespace(stop_soc=1.0, gain=1.0, legs=lambda soc, end: iter(()))
        leg = (0.0, share * self.power_w, 1.0, share * self.power_w + growth)
        return SimpleNamespace(stop_soc=1.0, gain=1.0, legs=lambda soc, end: iter((leg,)), leg_s=lambda *_: left_s)
