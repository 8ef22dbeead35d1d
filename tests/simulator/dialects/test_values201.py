"""Samples in 2.0.1: numbers, units, places, and registers of each phase or not (part 2 J)."""

from simulator.dialects.values201 import meter_values
from simulator.flash import Sample
from simulator.meter import Meter
from simulator.physics.metering import Metrology
from tests.simulator.csms import World, car

REGISTER = "Energy.Active.Import.Register"


def test_a_value_has_a_unit_where_there_is_one():
    world = World(name="dc-150kw")
    world.station.plug(car(0.5))
    reading = world.station.evse(1).reading()
    measurands = (REGISTER, "SoC", "Power.Offered")
    (value,) = meter_values(world.station, [Sample("now", "Trigger", reading, measurands)])
    assert value["timestamp"] == "now"
    assert [(item["unitOfMeasure"]["unit"], item["location"]) for item in value["sampledValue"]] == [
        ("Wh", "Outlet"),
        ("Percent", "EV"),
        ("W", "Outlet"),
    ]
    reading = World().station.evse(1).reading()
    ((item,),) = [
        value["sampledValue"]
        for value in meter_values(world.station, [Sample("now", "Trigger", reading, ("Power.Factor",))])
    ]
    assert (item["value"], "unitOfMeasure" in item) == (1.0, False)


async def test_registers_of_each_phase_unless_the_csms_wants_totals():
    """Part 2 §2.7.18."""
    world = World()
    await world.boot()
    world.station.evse(1).circuit.meter = Meter(3_000, metrology=Metrology(per_phase=True))
    reading = world.station.evse(1).reading()
    samples = [Sample("now", "Trigger", reading, (REGISTER,))]

    def phases() -> list[str | None]:
        (value,) = meter_values(world.station, samples)
        return [item.get("phase") for item in value["sampledValue"]]

    assert phases() == [None, "L1", "L2", "L3"]
    await world.set(SampledDataCtrlr__RegisterValuesWithoutPhases=True)
    assert phases() == [None]
