"""Clock-aligned meter values (2.0.1 J01, J02; 1.6 §3.16.2)."""

import pytest

from protocol.versions import V16
from tests.simulator.csms import BOTH, World, car


@pytest.mark.proves("station", "MeterValues", "1.6 2.0.1")
@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_at_multiples_of_the_interval_since_midnight(version):
    world = World(version, name="ac-22kw-duo", config={"AlignedDataCtrlr.Interval": 900})
    await world.boot()
    await world.run(2000)
    assert world.csms.times("MeterValues") == [900, 900, 1800, 1800]
    stamps = {value["timestamp"] for ask in world.csms.of("MeterValues") for value in ask["meterValue"]}
    assert stamps == {"2025-06-02T06:15:00.000Z", "2025-06-02T06:30:00.000Z"}
    assert world.csms.of("MeterValues")[0]["meterValue"][0]["sampledValue"][0]["context"] == "Sample.Clock"


async def test_an_interval_that_does_not_divide_the_day_starts_anew_at_midnight():
    world = World(config={"AlignedDataCtrlr.Interval": 50_000})
    await world.boot()
    await world.run(2 * 86_400)
    hours = [world.csms.times("MeterValues")]
    assert hours == [[50_000 - 21_600, 86_400 - 21_600, 86_400 + 50_000 - 21_600, 2 * 86_400 - 21_600]]


async def test_in_a_transaction():
    """J01.FR.22."""
    world = World(config={"AlignedDataCtrlr.Interval": 100, "AlignedDataCtrlr.TxEndedInterval": 200,
                          "AlignedDataCtrlr.TxEndedMeasurands": "Voltage"})  # fmt: skip
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 0)
    await world.run(410)
    aligned = [event for event in world.events() if event["triggerReason"] == "MeterValueClock"]
    assert len(aligned) == 4
    assert not world.csms.of("MeterValues")
    await world.do(lambda: world.station.present("A"), 0)
    await world.run(415)
    contexts = [value["sampledValue"][0]["context"] for value in world.events()[-1]["meterValue"]]
    assert contexts == ["Transaction.Begin", "Sample.Clock", "Sample.Clock", "Transaction.End"]


async def test_only_when_idle():
    """J01.FR.20: a transaction anywhere silences every EVSE."""
    config = {"AlignedDataCtrlr.Interval": 100, "AlignedDataCtrlr.SendDuringIdle": True}
    world = World(name="ac-22kw-duo", config=config)
    await world.boot()
    await world.run(150)
    assert len(world.csms.of("MeterValues")) == 2
    world.station.plug(car(), 1)
    await world.do(lambda: world.station.present("A", 1), 300)
    assert len(world.csms.of("MeterValues")) == 2
    assert all(event["triggerReason"] != "MeterValueClock" for event in world.events())


@pytest.mark.proves("station", "MeterValues", "2.0.1 2.1")
async def test_one_evse_only_when_idle():
    """J01.FR.19: a transaction silences its own EVSE."""
    config = {"AlignedDataCtrlr.Interval": 100, "AlignedDataCtrlr(1).SendDuringIdle": True}
    world = World(name="ac-22kw-duo", config=config)
    await world.boot()
    world.station.plug(car(), 1)
    await world.do(lambda: world.station.present("A", 1), 300)
    assert {ask["evseId"] for ask in world.csms.of("MeterValues")} == {2}
    assert all(event["triggerReason"] != "MeterValueClock" for event in world.events())
    await world.do(lambda: world.station.present("A", 1), 60)
    world.csms.got.clear()
    await world.do(lambda: world.station.unplug(1), 200)
    assert {ask["evseId"] for ask in world.csms.of("MeterValues")} == {1, 2}


async def test_set_anew_and_switched_off():
    world = World(V16)
    await world.boot()
    assert await world.ask("ChangeConfiguration", {"key": "ClockAlignedDataInterval", "value": "60"}) == {
        "status": "Accepted"
    }
    await world.run(190)
    assert world.csms.times("MeterValues") == [60, 120, 180]
    await world.ask("ChangeConfiguration", {"key": "ClockAlignedDataInterval", "value": "0"})
    await world.run(600)
    assert len(world.csms.of("MeterValues")) == 3
