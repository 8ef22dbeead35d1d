"""Tests of the housing: temperatures, cooling, heating, and the inputs that say yes or no."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from simulator.diagnosis.bench import PROFILE, Bench, Steps, inspects
from simulator.diagnosis.finding import Finding
from simulator.hardware.cooling import Fan
from simulator.hardware.detector import Detector
from simulator.hardware.gauge import Gauge
from simulator.hardware.heater import Element
from simulator.hardware.thermometer import TITLE, Thermometer
from simulator.hardware.ventilation import Ventilation

NEAR_K = 3.0
"""How near a sensor must be to a reference thermometer beside it."""

RPM_SHARE = 0.9
"""What a sound fan reaches of the speed on its plate."""


@inspects("temperatures", TITLE)
def temperatures(bench: Bench) -> Iterator[Finding]:
    """Each sensor beside a reference thermometer, and whether it is too hot there to charge in full."""
    part, now_s = bench.of(Thermometer), bench.station.clock.now
    for point in part.points:
        name = point.name.lower() or "housing"
        true_c = point.truth.at(now_s)
        if point.broken:
            yield bench.works(f"sensor, {name}", False, advice="replace the sensor or its wire")
            continue
        yield bench.within(
            f"sensor, {name}", point.read.at(now_s), "°C", least=true_c - NEAR_K, most=true_c + NEAR_K,
            source="reference thermometer", advice="replace the sensor",
        )  # fmt: skip
        yield bench.within(
            f"temperature, {name}", true_c, "°C", most=point.guard.derate_c, source=PROFILE,
            advice="find what warms it: sun, filter, fan, a bad contact",
        )  # fmt: skip
    if not bench.place.evse:
        yield bench.within(
            "air outside", bench.station.environment.ambient_c, "°C", least=-30, most=50, source=PROFILE,
            advice="shade the station, or take it out of operation",
        )  # fmt: skip


@inspects("fan", "AirCoolingSystem")
def fan(bench: Bench) -> Iterator[Finding]:
    """Driven fully, with a tachometer."""
    part = bench.of(Fan)
    yield bench.within(
        "full speed", part.most_rpm, "rpm", least=RPM_SHARE * part.kind.full_rpm, source=PROFILE,
        advice="clean or replace the fan and its filter",
    )  # fmt: skip


@inspects("area ventilation", "AreaVentilation", needs_free=True)
def ventilation(bench: Bench) -> Iterator[Finding]:
    """The same."""
    part = bench.of(Ventilation)
    yield bench.within(
        "speed", part.most_rpm, "rpm", least=RPM_SHARE * part.kind.full_rpm, source=PROFILE,
        advice="free or replace the fan",
    )  # fmt: skip


@inspects("heater", "Heater")
def heater(bench: Bench) -> Iterator[Finding]:
    """Switched on by hand, with a clamp meter around its wire."""
    part = bench.of(Element)
    yield bench.within(
        "power", part.most_w, "W", least=0.9 * part.kind.rated_w, most=1.1 * part.kind.rated_w, source=PROFILE,
        advice="replace the element",
    )  # fmt: skip


# -- inputs that say yes or no


def _input(rest: str, active: str, advice: str) -> Steps:
    """A test of an input: at rest it says so, its wire is whole, and it moves when a hand moves it."""

    def test(bench: Bench) -> Iterator[Finding]:
        part = bench.of(Detector)
        seen = active if part.sensed or part.active or part.tripped else rest
        yield bench.exactly("state", seen, rest, source="what is to be seen", advice=advice)
        moves = part.stuck is None and not part.broken
        yield bench.works("moved by hand", moves, advice="replace the sensor or its wire")
        yield bench.exactly(
            "switched", "on" if part.enabled else "off", "on", source=PROFILE, advice="set Enabled to true"
        )

    return test


INPUTS = MappingProxyType(
    {
        "door contact": ("CaseAccessSensor", "shut", "open", "shut the door, adjust the contact"),
        "emergency stop": ("EmergencyStopSensor", "released", "pressed", "ask who pressed it, then release it"),
        "flood sensor": ("FloodSensor", "dry", "wet", "drain it, dry it, look at the insulation, then reset"),
        "tilt sensor": ("TiltSensor", "upright", "tilted", "look at the foundation and set it upright"),
        "shock sensor": ("ShockSensor", "quiet", "struck", "look for damage, then reset"),
        "closing contact": ("LocalAvailabilitySensor", "closed", "open", "ask the building's fire alarm"),
    }
)
"""The inputs: title, what they say at rest and otherwise, and what to do then."""

for _name, (_title, *_words) in INPUTS.items():
    inspects(_name, _title)(_input(*_words))


# -- gauges


def _gauge(unit: str, near: float) -> Steps:
    """A test of a gauge: beside a reference instrument."""

    def test(bench: Bench) -> Iterator[Finding]:
        part, now_s = bench.of(Gauge), bench.station.clock.now
        shown = part.trace(part.kind.variable)
        if shown is None:
            yield bench.works("sensor", False, advice="replace the sensor or its wire, or set Enabled to true")
            return
        true = part.truth.at(now_s)
        yield bench.within(
            "sensor", shown.at(now_s), unit, least=true - near, most=true + near, source="reference instrument",
            advice="replace the sensor",
        )  # fmt: skip

    return test


inspects("outside temperature", "ExternalTemperatureSensor")(_gauge("°C", NEAR_K))
inspects("humidity", "HumiditySensor")(_gauge("%", 5.0))
inspects("light", "LightSensor")(_gauge("lx", 500.0))
