"""Measurands of a reading."""

from simulator.dialects.quantities import values
from simulator.flash import Sample
from simulator.variables import MEASURANDS
from tests.simulator.csms import World, car


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


def test_every_measurand_can_be_told():
    names = {name for name, _, _ in measured("ac-22kw")} | {name for name, _, _ in measured("dc-150kw")}
    assert names == set(MEASURANDS)
