"""The temperature inside the housing: losses, sun and heater warm it, fan and walls cool it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.devicemodel.variable import Variable
from simulator.electrical import Kind
from simulator.hardware.component import Scope, component
from simulator.hardware.cooling import Fan
from simulator.hardware.heat import STILL, most_w, path_loss, stream, together
from simulator.hardware.heater import Element
from simulator.hardware.parameter import parameter
from simulator.hardware.place import STATION
from simulator.hardware.site import Site
from simulator.hardware.thermometer import TITLE, Guard, Load, Point, Thermometer, shown
from simulator.physics.thermal import Air, Body

FAN, HEATER = "AirCoolingSystem", "Heater"
TAU_S = {Kind.AC: 1500.0, Kind.DC: 240.0}
"""A DC station's losses are large for the mass that they warm."""


@component("InternalTemperatureSensor")
@dataclass(frozen=True, slots=True)
class InternalTemperatureSensor:
    """The housing as one body of air and metal, and the sensor in it (2.0.1 appendix 3.2.51, TemperatureSensor).

    How it gives off heat follows from what it was made for: ``rise_k`` above its ambient with every outlet at full
    power and its fan, if it has one, at full speed.
    """

    rise_k: float = parameter(15.0, "inside above outside with everything at full power", above=0)
    tau_s: float | None = parameter(None, "time constant then; without it 1500 s for AC and 240 s for DC", above=0)
    still_share: float = parameter(0.15, "share of the heat that leaves through the walls alone", above=0, at_most=1)
    sun_k: float = parameter(12.0, "what full sun adds while the fan stands still", at_least=0)
    own_w: float = parameter(12.0, "what its electronics turn into heat", at_least=0)
    path_mohm: float = parameter(8.0, "AC: resistance of each conductor inside, terminals and contacts", above=0)
    derate_c: float = parameter(60.0, "where the current begins to be reduced")
    suspend_c: float = parameter(75.0, "where charging pauses")
    trip_c: float = parameter(85.0, "where the station is out of order")
    hysteresis_k: float = parameter(4.0, "how much cooler undoes each", above=0)
    steps: int = parameter(15, "of the reduction; few of them make current and temperature swing", at_least=1)
    blind_share: float = parameter(0.5, "share of the current while the sensor is broken", at_least=0, at_most=1)

    name: ClassVar[str] = TITLE
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"ambient_c", "sun_w_per_m2", "current"})

    def __post_init__(self) -> None:
        _ = self.guard

    @property
    def guard(self) -> Guard:
        """What its temperatures mean."""
        return Guard(self.derate_c, self.suspend_c, self.trip_c, self.hysteresis_k, self.steps, self.blind_share)

    def variables(self) -> Sequence[Variable]:
        return shown(self.guard, "")

    def part(self, site: Site) -> Thermometer:
        body = self.body(site)
        rest = Load(_air(site, 0.0), self.own_w if site.powered else 0.0)
        housing = Point.at_rest(site, "", body, rest, self.guard)
        return Thermometer(site, [housing], lambda points: [self._load(site, points[0])])

    def body(self, site: Site) -> Body:
        """The housing of a station with these outlets."""
        outlets = [outlet for evse in site.station.profile.evses for outlet in evse.connectors[:1]]
        most = self.own_w + sum(most_w(outlet.supply, self.path_mohm / 1000) for outlet in outlets)
        full_k_w = self.rise_k / max(most, 1.0)
        still_k_w = full_k_w / self.still_share if (FAN, STATION) in site.station.rig.components else full_k_w
        tau_s = TAU_S[site.station.profile.kind] if self.tau_s is None else self.tau_s
        return Body(still_k_w, tau_s * still_k_w / full_k_w, full_k_w, self.sun_k / still_k_w)

    def _load(self, site: Site, housing: Point) -> Load:
        fan, heater = site.part(FAN), site.part(HEATER)
        air = _air(site, fan.airflow if isinstance(fan, Fan) else 0.0)
        steady_w = self.own_w if site.powered else 0.0
        if isinstance(heater, Element):
            steady_w += heater.power_w
        ohm = self.path_mohm * housing.worse_times / 1000
        flows = [(stream(evse), evse.outlet.supply) for evse in site.station.evses if evse.ev is not None]
        return Load(air, steady_w, together([path_loss(flow, supply, ohm) for flow, supply in flows if flow != STILL]))


def _air(site: Site, fan: float) -> Air:
    around = site.environment
    return Air(around.ambient_c, fan, around.sun_w_per_m2 / 1000)
