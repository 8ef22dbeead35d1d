"""The temperatures of a connector's contacts and of its cable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.heat import STILL, Loss, stream
from simulator.hardware.parameter import parameter
from simulator.hardware.plates import Contacts
from simulator.hardware.site import Site
from simulator.hardware.thermometer import TITLE, Guard, Load, Point, Thermometer, shown
from simulator.physics.thermal import Air, body, joule_w

CONTACT, CABLE = "Connector", "Cable"
"""The instances of Temperature; the sensing points have the same names."""


@component("ConnectorTemperatureSensor")
@dataclass(frozen=True, slots=True)
class ConnectorTemperatureSensor:
    """Sensors at the contacts and in the cable of one connector. Each is warmed by R·I² of one conductor; a worn or
    dirty contact has a multiple of its resistance, which is what makes connectors melt."""

    contact_mohm: float = parameter(0.4, "resistance of a sound contact with its terminal", above=0)
    contact_rise_k: float = parameter(30.0, "what rated current warms a sound contact by", above=0)
    contact_tau_s: float = parameter(600.0, "time constant of the contacts", above=0)
    cable_mohm: float = parameter(6.0, "resistance of one conductor of the cable", above=0)
    cable_rise_k: float = parameter(25.0, "what rated current warms the cable by", above=0)
    cable_tau_s: float = parameter(900.0, "time constant of the cable", above=0)
    derate_c: float = parameter(75.0, "where the current begins to be reduced")
    suspend_c: float = parameter(90.0, "where charging pauses; contacts may not be hotter (IEC TS 62196-3-1)")
    trip_c: float = parameter(100.0, "where the connector is out of order")
    hysteresis_k: float = parameter(5.0, "how much cooler undoes each", above=0)
    steps: int = parameter(30, "of the reduction; few of them make current and temperature swing", at_least=1)
    blind_share: float = parameter(0.5, "share of the current while a sensor is broken", at_least=0, at_most=1)

    name: ClassVar[str] = TITLE
    scope: ClassVar[Scope] = Scope.CONNECTOR
    senses: ClassVar[frozenset[str]] = frozenset({"current", "ambient_c"})

    def __post_init__(self) -> None:
        _ = self.guard

    @property
    def guard(self) -> Guard:
        """What its temperatures mean."""
        return Guard(self.derate_c, self.suspend_c, self.trip_c, self.hysteresis_k, self.steps, self.blind_share)

    def variables(self) -> Sequence[Variable]:
        return shown(self.guard, CONTACT, CABLE)

    def part(self, site: Site) -> Thermometer:
        rest = Load(Air(site.environment.ambient_c))
        rated_a = site.station.profile.evse(site.place.evse).supply(site.place.connector).max_a
        contact = body(self.contact_rise_k, rated_a, self.contact_mohm / 1000, self.contact_tau_s)
        cable = body(self.cable_rise_k, rated_a, self.cable_mohm / 1000, self.cable_tau_s)
        points = [
            Point.at_rest(site, CONTACT, contact, rest, self.guard),
            Point.at_rest(site, CABLE, cable, rest, self.guard),
        ]
        return Thermometer(site, points, lambda points: self._loads(site, points))

    def _loads(self, site: Site, points: list[Point]) -> list[Load]:
        evse, air = site.evse, Air(site.environment.ambient_c)
        flow = stream(evse) if evse is not None and evse.plugged == site.place.connector else STILL
        if flow is STILL:
            return [Load(air)] * len(points)
        worn = site.part("Connector")
        times = worn.resistance_times if isinstance(worn, Contacts) else 1.0
        sound_mohm = self.contact_mohm * times, self.cable_mohm
        return [
            Load(
                air,
                0.0,
                Loss(joule_w(flow.most_a, mohm * point.worse_times / 1000), 2 * flow.growth_per_s, flow.until_s),
            )
            for point, mohm in zip(points, sound_mohm, strict=True)
        ]
