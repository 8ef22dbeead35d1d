"""Sensors of the weather around a station, and of the air in it."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.gauge import Gauge
from simulator.hardware.parameter import parameter
from simulator.hardware.place import STATION
from simulator.hardware.shown import enabled, flag, high_bound, low_bound, number
from simulator.hardware.site import Site
from simulator.hardware.thermometer import TITLE, Thermometer
from simulator.physics.air import Humid, vapour_hpa
from simulator.physics.trace import Settling, Steady, Trace


@component("ExternalTemperatureSensor")
@dataclass(frozen=True, slots=True)
class ExternalTemperatureSensor:
    """The temperature of the air outside, which its own mass lags behind. Its limits are those of stations for use
    outdoors (IEC 61851-1: -25 to 40 °C)."""

    tau_s: float = parameter(120.0, "time constant of the sensor", above=0)
    low_c: float = parameter(-25.0, "below it is active")
    high_c: float = parameter(40.0, "above it is active")
    hysteresis_k: float = parameter(2.0, "how far it comes back before it is not", above=0)

    name: ClassVar[str] = "ExternalTemperatureSensor"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"ambient_c"})
    variable: ClassVar[str] = "Temperature"
    digits: ClassVar[int] = 1
    trouble: ClassVar[str] = ""

    @property
    def within(self) -> tuple[float, float]:
        return self.low_c, self.high_c

    @property
    def hysteresis(self) -> float:
        return self.hysteresis_k

    def variables(self) -> Sequence[Variable]:
        return (
            flag(self.name, "Active"),
            flag(self.name, "Problem"),
            number(self.name, "Temperature", "Celsius", bounds=(low_bound(self.low_c), high_bound(self.high_c))),
        )

    def part(self, site: Site) -> Gauge:
        return Gauge(site, self)

    def cause(self, site: Site) -> Hashable:
        return site.environment.ambient_c

    def course(self, site: Site, before: Trace | None) -> Trace:
        ambient_c, now_s = site.environment.ambient_c, site.now
        return Settling(now_s, ambient_c if before is None else before.at(now_s), ambient_c, self.tau_s)


@component("LightSensor")
@dataclass(frozen=True, slots=True)
class LightSensor:
    """The light that falls on the station; a photodiode lags behind nothing that matters here."""

    name: ClassVar[str] = "LightSensor"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"light_lux"})
    variable: ClassVar[str] = "Light"
    digits: ClassVar[int] = 0
    trouble: ClassVar[str] = ""
    within: ClassVar[tuple[float, float]] = (-math.inf, math.inf)
    hysteresis: ClassVar[float] = 1.0

    def variables(self) -> Sequence[Variable]:
        return (enabled(self.name), flag(self.name, "Problem"), number(self.name, "Light", "lx"))

    def part(self, site: Site) -> Gauge:
        return Gauge(site, self)

    def cause(self, site: Site) -> Hashable:
        return site.environment.light_lux

    def course(self, site: Site, before: Trace | None) -> Trace:
        return Steady(site.environment.light_lux)


@component("HumiditySensor")
@dataclass(frozen=True, slots=True)
class HumiditySensor:
    """The humidity of the air inside: it holds as much water as that outside, but is mostly warmer."""

    high_percent: float = parameter(90.0, "above it dew is near", above=0)
    hysteresis_percent: float = parameter(5.0, "how far it comes back before it is not", above=0)

    name: ClassVar[str] = "HumiditySensor"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"ambient_c", "humidity_percent"})
    variable: ClassVar[str] = "Humidity"
    digits: ClassVar[int] = 0
    trouble: ClassVar[str] = "high humidity"

    @property
    def within(self) -> tuple[float, float]:
        return -math.inf, self.high_percent

    @property
    def hysteresis(self) -> float:
        return self.hysteresis_percent

    def variables(self) -> Sequence[Variable]:
        return (
            enabled(self.name),
            flag(self.name, "Active"),
            flag(self.name, "Problem"),
            number(self.name, "Humidity", "RH", bounds=(high_bound(self.high_percent),)),
        )

    def part(self, site: Site) -> Gauge:
        return Gauge(site, self)

    def cause(self, site: Site) -> Hashable:
        return _inside(site), _vapour_hpa(site)

    def course(self, site: Site, before: Trace | None) -> Trace:
        return Humid(_inside(site), _vapour_hpa(site))


def _vapour_hpa(site: Site) -> float:
    around = site.environment
    return vapour_hpa(around.ambient_c, around.humidity_percent)


def _inside(site: Site) -> Trace:
    rig = site.station.rig
    sensor = rig.look(TITLE) if (TITLE, STATION) in rig.components else None  # at rest if nothing has happened
    return sensor.points[0].truth if isinstance(sensor, Thermometer) else Steady(site.environment.ambient_c)
