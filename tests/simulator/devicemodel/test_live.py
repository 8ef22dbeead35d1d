"""Values that are known when they are read."""

import pytest

from simulator.devicemodel.live import LIVE
from simulator.variables import MODEL
from tests.simulator.csms import World, car


async def test_currents_and_voltages_are_those_of_the_meter():
    world = World(name="ac-22kw-duo")
    await world.boot()
    text = world.station.variables.text
    assert text("EVSE(2).ACCurrent.L1") == "0.0"
    await world.do(lambda: world.station.plug(car(), 2))
    await world.do(lambda: world.station.present("4711", 2), 60)
    reading = world.station.evse(2).reading()
    for phase in (1, 2, 3):
        assert float(text(f"EVSE(2).ACCurrent.L{phase}")) == pytest.approx(reading.phase_current_a[phase - 1], abs=0.1)
        assert float(text(f"EVSE(2).ACVoltage.L{phase}")) == pytest.approx(230, abs=10)
    assert text("EVSE(1).ACCurrent.L1") == "0.0"


async def test_direct_current():
    world = World(name="dc-50kw")
    await world.boot()
    await world.do(lambda: world.station.plug(car()))
    await world.do(lambda: world.station.present("4711"), 120)
    text = world.station.variables.text
    product_w = float(text("EVSE(1).DCCurrent")) * float(text("EVSE(1).DCVoltage"))
    assert product_w == pytest.approx(float(text("EVSE(1).Power")), rel=0.01)
    assert product_w > 10_000


async def test_an_evse_is_available_as_long_as_one_of_its_connectors_is():
    world = World(name="dc-150kw")
    await world.boot()
    text = world.station.variables.text

    async def close(connector: int) -> None:
        where = {"id": 1, "connectorId": connector}
        await world.ask("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": where})

    await close(1)
    assert text("EVSE(1).AvailabilityState") == "Available"
    await close(2)
    assert text("EVSE(1).AvailabilityState") == "Unavailable"


@pytest.mark.parametrize(
    ("where", "off"),
    [
        ({}, {"ChargingStation", "EVSE(1)", "EVSE(2)", "Connector(1,1)", "Connector(2,1)"}),
        ({"id": 2}, {"EVSE(2)", "Connector(2,1)"}),
        ({"id": 2, "connectorId": 1}, {"Connector(2,1)"}),
    ],
)
async def test_what_the_operator_has_closed_is_not_enabled(where, off):
    world = World(name="ac-22kw-duo")
    await world.boot()
    ask = {"operationalStatus": "Inoperative"} | ({"evse": where} if where else {})
    await world.ask("ChangeAvailability", ask)
    places = ("ChargingStation", "EVSE(1)", "EVSE(2)", "Connector(1,1)", "Connector(2,1)")
    assert {place for place in places if not world.station.variables.flag(f"{place}.Enabled")} == off


async def test_the_next_offset_takes_over_at_its_time():
    """Part 2 §2.1.27–§2.1.29."""
    world = World()
    await world.boot()
    write, text = world.station.configuration.write, world.station.variables.text
    write("ClockCtrlr.TimeOffset", "+01:00")
    write("ClockCtrlr.TimeOffset.NextTransition", "+02:00")
    write("ClockCtrlr.NextTimeOffsetTransitionDateTime", "2025-06-02T07:00:00Z")
    assert text("ClockCtrlr.TimeOffset") == "+01:00"
    await world.run(3601)
    assert text("ClockCtrlr.TimeOffset") == "+02:00"
    write("ClockCtrlr.TimeOffset", "+03:00")
    assert text("ClockCtrlr.TimeOffset") == "+03:00"
    assert text("ClockCtrlr.NextTimeOffsetTransitionDateTime") == ""


def test_everything_live_is_of_the_model():
    own = {key for key in LIVE if not key.startswith("ChargingStation.")}
    assert own == {key for key, variable in MODEL.items() if variable.live}
