"""Measurands of a reading."""

from dataclasses import replace

import pytest
from ocpp.v16 import enums as v16
from ocpp.v201 import enums as v201

from simulator.dialects.quantities import EVERY, ONLY_2X, ONLY_16, UNITS_16, Value, tells, values
from simulator.electrical import Draw, Kind, Request, Supply, flowing
from simulator.flash import Sample
from simulator.meter import Meter
from simulator.physics.metering import Metrology
from simulator.variables import MEASURANDS
from tests.simulator.csms import World, car

POLE = Supply(Kind.AC, 3, 230.0, 32.0)


def measured(name: str, *measurands: str) -> list[tuple[str, str | None, str]]:
    world = World(name=name)
    world.station.plug(car())
    sample = Sample("now", "Sample.Periodic", world.station.evse(1).reading(), measurands or MEASURANDS)
    return [(value.measurand, value.phase, value.unit) for value in values(sample)]


def test_ac_three_phases():
    assert measured("ac-22kw", "Current.Import") == [("Current.Import", f"L{n}", "A") for n in (1, 2, 3)]
    assert measured("ac-22kw", "Voltage") == [("Voltage", f"L{n}-N", "V") for n in (1, 2, 3)]
    assert not measured("ac-22kw", "SoC")  # an AC station is not told


def test_single_phase_and_dc_have_totals():
    assert measured("ac-7kw-single-phase", "Current.Import", "Voltage") == [
        ("Current.Import", None, "A"),
        ("Voltage", None, "V"),
    ]
    assert measured("dc-150kw", "SoC") == [("SoC", None, "Percent")]


def drawn(phases: int = 3, power_factor: float = 1.0, grid: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Draw:
    return flowing(POLE.under(grid).offer(16), Request(16.0, 1e9, phases=phases, power_factor=power_factor))


def told(meter: Meter, draw: Draw, *measurands: str, register_phases: bool = True) -> list[Value]:
    sample = Sample("now", "Sample.Periodic", meter.reading(draw), measurands)
    return values(sample, register_phases=register_phases)


def plain(found: list[Value]) -> list[tuple[float, str | None]]:
    return [(value.value, value.phase) for value in found]


def test_names_and_units_are_those_of_each_version():
    names_16, names_201 = {item.value for item in v16.Measurand}, {item.value for item in v201.MeasurandEnumType}
    assert set(MEASURANDS) == set(EVERY) == names_16 | names_201
    assert (names_16 - names_201, names_201 - names_16) == (ONLY_16, ONLY_2X)
    assert {item.value for item in v16.UnitOfMeasure} - UNITS_16 <= {"Fahrenheit", "K", "Celcius", "%"}
    units_201 = {item.value for item in v201.StandardizedUnitsOfMeasureType}
    sample = Sample("now", "Sample.Periodic", everything(), EVERY)
    assert {value.unit for value in values(sample)} - {""} <= units_201


def everything():
    meter = Meter(5_000, metrology=Metrology(per_phase=True, between_phases=True))
    reading = meter.spanned(meter.reading(drawn(), offer=POLE.offer(), soc_percent=55.0), "series")
    return reading.beside(temperature_c=31.5, fan_rpm=1_200)


def test_every_measurand_can_be_told():
    assert {value.measurand for value in values(Sample("now", "Trigger", everything(), EVERY))} == set(EVERY)


def test_what_the_meter_does_not_measure_is_measured_elsewhere():
    found = {value.measurand: value.location for value in values(Sample("now", "Trigger", everything(), EVERY))}
    assert {name: place for name, place in found.items() if place} == {
        "SoC": "EV",
        "RPM": "Body",
        "Temperature": "Body",
    }


def test_a_single_phase_ev_on_three_phases():
    assert plain(told(Meter(), drawn(phases=1), "Current.Import")) == [(16, "L1"), (0, "L2"), (0, "L3")]
    assert plain(told(Meter(), drawn(), "Current.Export")) == [(0, "L1"), (0, "L2"), (0, "L3")]


def test_a_lost_phase():
    assert plain(told(Meter(), drawn(grid=(1.0, 0.0, 1.0)), "Voltage")) == [(230, "L1-N"), (0, "L2-N"), (230, "L3-N")]


def test_voltages_between_phases_where_the_meter_shows_them():
    meter = Meter(metrology=Metrology(between_phases=True))
    found = {phase: value for value, phase in plain(told(meter, drawn(), "Voltage"))}
    assert (found["L1-N"], found["L1-L2"], found["L2-L3"], found["L3-L1"]) == (230, 398.372, 398.372, 398.372)


def test_registers_of_each_phase_may_be_left_out():
    """J §2.3, RegisterValuesWithoutPhases."""
    meter = Meter(3_000, metrology=Metrology(per_phase=True))
    meter.count(300, drawn(phases=1), 60)
    register = "Energy.Active.Import.Register"
    assert plain(told(meter, drawn(), register)) == [(3_300, None), (1_300, "L1"), (1_000, "L2"), (1_000, "L3")]
    assert plain(told(meter, drawn(), register, register_phases=False)) == [(3_300, None)]
    assert len(told(meter, drawn(), "Power.Active.Import", register_phases=False)) == 4


def test_a_lagging_current():
    meter = Meter(1_000, metrology=Metrology(0.1))
    draw = drawn(power_factor=0.8)
    meter.count(800, draw, 3600)
    found = {value.measurand: (value.value, value.unit) for value in told(meter, draw, *EVERY)}
    assert found["Power.Active.Import"] == (8_832, "W")
    assert found["Power.Reactive.Import"] == (6_624, "var")
    assert found["Power.Factor"] == (0.8, "")
    assert found["Energy.Reactive.Import.Register"] == (600, "varh")
    assert found["Energy.Apparent.Import"] == (2_000, "VAh")


def test_an_interval_is_told_only_where_one_is_closed():
    meter, interval = Meter(1_000), ("Energy.Active.Import.Interval",)
    meter.spanned(meter.reading(drawn()), "series")
    meter.count(250)
    assert not told(meter, drawn(), *interval)
    reading = meter.spanned(meter.reading(drawn()), "series")
    assert plain(values(Sample("now", "Sample.Clock", reading, interval))) == [(250, None)]


def test_a_dead_meter_says_nothing_but_others_do():
    meter = Meter(1_000)
    meter.faults.dead = True
    reading = meter.reading(drawn(), offer=POLE.offer(16), soc_percent=50.0)
    sample = Sample("now", "Sample.Periodic", reading, MEASURANDS)
    assert {value.measurand for value in values(sample)} == {"Current.Offered", "Power.Offered", "SoC"}
    assert tells(sample)
    assert not tells(replace(sample, measurands=("Energy.Active.Import.Register", "Voltage")))


def test_a_sample_of_nothing_known_tells_nothing():
    sample = Sample("now", "Sample.Periodic", Meter().reading(drawn()), ("SoC",))
    assert not tells(sample)


def test_a_reversed_transformer_looks_like_export():
    meter = Meter()
    meter.faults.reversed = True
    found = told(meter, drawn(), "Power.Active.Import", "Power.Active.Export", "Current.Import", "Current.Export")
    assert [value.value for value in found] == [0, pytest.approx(11_040), 0, 0, 0, 16, 16, 16]
