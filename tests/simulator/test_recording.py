"""Meter data within transactions (2.0.1 J02, E06.FR.11; 1.6 §3.16.2, §9.1)."""

from dataclasses import replace

import pytest

from protocol.versions import V16
from simulator.hardware.place import Place
from simulator.recording import MOST_SAMPLES
from tests.simulator.csms import World, car, profile
from tests.simulator.ledger import check


async def visit(seconds: float, version=None, name="ac-22kw", **config) -> World:
    world = World(
        *([version] if version else []), name=name, config={k.replace("__", "."): v for k, v in config.items()}
    )
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), seconds)
    await world.do(lambda: world.station.present("A"), 3)
    check(world)
    return world


def contexts(event: dict) -> list[str]:
    return [sample["sampledValue"][0]["context"] for sample in event["meterValue"]]


async def test_sampled_at_once_and_for_the_end():
    world = await visit(
        125,
        SampledDataCtrlr__TxUpdatedInterval=30,
        SampledDataCtrlr__TxEndedInterval=50,
        SampledDataCtrlr__TxUpdatedMeasurands="Power.Active.Import,Voltage,Current.Import",
    )
    updated = [e for e in world.events() if e["triggerReason"] == "MeterValuePeriodic"]
    assert len(updated) == 4
    values = updated[0]["meterValue"][0]["sampledValue"]
    assert [(v["measurand"], v.get("phase")) for v in values] == [
        ("Power.Active.Import", None),
        *[("Voltage", f"L{n}-N") for n in (1, 2, 3)],
        *[("Current.Import", f"L{n}") for n in (1, 2, 3)],
    ]
    assert contexts(world.events()[0]) == ["Transaction.Begin"]
    assert contexts(world.events()[-1]) == ["Transaction.Begin", *["Sample.Periodic"] * 2, "Transaction.End"]


async def test_nothing_sampled_where_switched_off():
    world = await visit(1000, SampledDataCtrlr__Enabled=False)
    assert not any("meterValue" in event for event in world.events())


async def test_interval_set_during_a_transaction():
    world = World(config={"SampledDataCtrlr.TxUpdatedInterval": 0})
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 1000)
    assert len(world.events()) == 2
    await world.set(SampledDataCtrlr__TxUpdatedInterval=10)
    await world.run(world.clock.now + 35)
    assert len(world.events()) == 5


async def test_many_samples_are_thinned_out():
    """E06.FR.13: intermediate ones go first."""
    world = await visit(MOST_SAMPLES * 10 + 100, SampledDataCtrlr__TxEndedInterval=10)
    kept = contexts(world.events()[-1])
    assert MOST_SAMPLES / 2 <= len(kept) <= MOST_SAMPLES + 1
    assert (kept[0], kept[-1]) == ("Transaction.Begin", "Transaction.End")


@pytest.mark.proves("station", "StopTransaction", "1.6")
async def test_16_transaction_data():
    world = await visit(
        700,
        V16,
        MeterValueSampleInterval=300,
        StopTxnAlignedData="Energy.Active.Import.Register",
        ClockAlignedDataInterval=300,
    )
    data = [value["sampledValue"][0]["context"] for value in world.csms.of("StopTransaction")[0]["transactionData"]]
    assert data.count("Sample.Periodic") == 2
    assert data.count("Sample.Clock") == 2
    assert len(world.csms.of("MeterValues")) == 4
    world = await visit(700, V16, StopTxnSampledData="", StopTxnAlignedData="")
    assert "transactionData" not in world.csms.of("StopTransaction")[0]


async def test_dc_tells_the_state_of_charge():
    world = await visit(
        100,
        name="dc-50kw",
        SampledDataCtrlr__TxUpdatedInterval=30,
        SampledDataCtrlr__TxUpdatedMeasurands="SoC,Power.Active.Import",
    )
    periodic = next(e for e in world.events() if e["triggerReason"] == "MeterValuePeriodic")
    [soc, power] = periodic["meterValue"][0]["sampledValue"]
    assert (soc["measurand"], soc["location"], soc["unitOfMeasure"]) == ("SoC", "EV", {"unit": "Percent"})
    assert power["value"] > 20_000
    assert all("numberOfPhasesUsed" not in event for event in world.events())


@pytest.mark.proves("station", "TransactionEvent", "2.0.1 2.1")
async def test_an_interruption_is_among_what_is_kept_for_the_end():
    """ReadingContextEnumType: the register when energy stops for a fault, and when it flows again."""
    world = World()
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 600)
    await world.do(lambda: world.station.troubled("too hot to charge", Place(1, 0)), 600)
    await world.do(lambda: world.station.recovered("too hot to charge", Place(1, 0)), 600)
    await world.do(lambda: world.station.present("A"), 60)
    ended = world.events()[-1]
    assert contexts(ended) == ["Transaction.Begin", "Interruption.Begin", "Interruption.End", "Transaction.End"]
    registers = [value["sampledValue"][0]["value"] for value in ended["meterValue"]]
    assert registers[0] < registers[1] == registers[2] < registers[3]


async def test_nothing_sampled_where_it_is_not_there():
    """A profile whose firmware samples nothing."""
    plain = profile("ac-22kw")
    settings = {"SampledDataCtrlr.Available": False, "AlignedDataCtrlr.Available": False}
    world = World(name=replace(plain, variables={**plain.variables, **settings}),
                  config={"AlignedDataCtrlr.Interval": 60, "SampledDataCtrlr.TxUpdatedInterval": 60})  # fmt: skip
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 600)
    await world.do(lambda: world.station.present("A"), 60)
    assert all("meterValue" not in event for event in world.events())
    assert not world.csms.of("MeterValues")
