"""What a sample needs beside the plain reading: intervals, other sensors, pages."""

from itertools import pairwise
from typing import Any

import pytest

from protocol.versions import V16
from simulator.flash import Sample
from simulator.sampling import completed
from tests.simulator.csms import World, car

INTERVAL = "Energy.Active.Import.Interval"


async def test_intervals_add_up_to_what_the_register_says():
    measurands = f"Energy.Active.Import.Register,{INTERVAL}"
    config: dict[str, Any] = {
        "SampledDataCtrlr.TxUpdatedMeasurands": measurands,
        "SampledDataCtrlr.TxUpdatedInterval": 60,
        "AlignedDataCtrlr.Measurands": INTERVAL,
        "AlignedDataCtrlr.Interval": 90,
    }
    world = World(config=config)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 1_000)
    periodic = [event for event in world.events() if event["triggerReason"] == "MeterValuePeriodic"]
    values = [{item["measurand"]: item["value"] for item in e["meterValue"][0]["sampledValue"]} for e in periodic]
    assert values[0][INTERVAL] == 0  # the first one opens the series
    spans = [value[INTERVAL] for value in values[1:]]
    registers = [value["Energy.Active.Import.Register"] for value in values]
    assert min(spans) > 0
    assert spans == pytest.approx([after - before for before, after in pairwise(registers)])


def test_what_needs_nothing_stays_as_it_is():
    world = World()
    evse = world.station.evse(1)
    sample = Sample("now", "Trigger", evse.reading(), ("Energy.Active.Import.Register", "Voltage"))
    assert completed(evse, sample, "SampledDataCtrlr.TxUpdatedMeasurands") is sample


def test_1_6_tells_what_other_sensors_say():
    world = World(V16, "lab-ac")
    evse = world.station.evse(1)
    sample = Sample("now", "Trigger", evse.reading(), ("Temperature", "RPM"))
    details = completed(evse, sample, "SampledDataCtrlr.TxUpdatedMeasurands").reading.details
    assert details is not None
    assert details.temperature_c == pytest.approx(20, abs=20)
    assert details.fan_rpm == 0
    plain = World(V16).station.evse(1)
    details = completed(plain, sample, "SampledDataCtrlr.TxUpdatedMeasurands").reading.details
    assert details is None or details.temperature_c is None


@pytest.mark.parametrize("off", ["", "SignStartedReadings", "SignUpdatedReadings"])
async def test_which_series_are_signed(off):
    """J02.FR.21; OCA, Signed Meter Values, §4.3.5 to §4.3.7: the end always is."""
    config = {"SampledDataCtrlr.SignReadings": True, "SampledDataCtrlr.TxUpdatedInterval": 60}
    if off:
        config[f"SampledDataCtrlr.{off}"] = False
    world = World(config=config)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 150)
    await world.do(lambda: world.station.present("A"), 30)
    told = [event for event in world.events() if "meterValue" in event]
    signed = {event["eventType"]: "signedMeterValue" in event["meterValue"][-1]["sampledValue"][0] for event in told}
    assert signed == {"Started": off != "SignStartedReadings", "Updated": off != "SignUpdatedReadings", "Ended": True}
