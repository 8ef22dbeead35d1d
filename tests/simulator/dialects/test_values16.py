"""Samples in 1.6: strings, units that 1.6 knows, places (§7.32–§7.45)."""

from protocol.versions import V16
from simulator.dialects.quantities import EVERY
from simulator.dialects.values16 import meter_values
from simulator.flash import Sample
from simulator.reading import Reading
from tests.simulator.csms import World, car


def sample(reading: Reading, *measurands: str) -> Sample:
    return Sample("2025-06-02T06:00:00.000Z", "Sample.Periodic", reading, measurands or EVERY)


def test_a_value_is_a_string_with_a_unit_that_1_6_knows():
    world = World(V16)
    world.station.plug(car())
    reading = world.station.evse(1).reading().beside(temperature_c=31.25, fan_rpm=900.0)
    (value,) = meter_values(world.station, [sample(reading, "Temperature", "RPM", "Frequency", "Power.Factor")])
    assert [(item["value"], item.get("unit"), item["location"]) for item in value["sampledValue"]] == [
        ("31.25", "Celsius", "Body"),
        ("900", None, "Body"),
        ("50", None, "Outlet"),
        ("1", None, "Outlet"),
    ]


def test_a_sample_that_says_nothing_is_not_sent():
    world = World(V16)
    world.station.evse(1).meter.faults.dead = True
    assert meter_values(world.station, [sample(world.station.evse(1).reading(), "Voltage")]) == []
