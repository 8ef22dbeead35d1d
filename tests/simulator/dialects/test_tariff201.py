"""CostUpdated, as a station takes it."""

import pytest

from simulator import facts
from tests.simulator.csms import World, car


@pytest.mark.proves("station", "CostUpdated", "2.0.1 2.1")
async def test_a_cost_is_shown_while_charging():
    """I02.FR.02, .03."""
    world = World(name="ac-22kw-duo")
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("TAG", 1), 60)
    transaction = world.station.evse(1).tx.id
    assert await world.ask("CostUpdated", {"totalCost": 1.2, "transactionId": transaction}) == {}
    assert "Cost so far: 1.20 EUR" in world.station.snapshot()["display"]["texts"]
    assert await world.ask("CostUpdated", {"totalCost": 9.0, "transactionId": "another"}) == {}
    assert [fact.cost for fact in world.told(facts.CostTold)] == ["1.20"]


@pytest.mark.parametrize(
    ("name", "config"), [("ac-22kw", {}), ("ac-22kw-duo", {"TariffCostCtrlr.Enabled.Cost": False})]
)
async def test_a_station_that_shows_no_costs_says_so(name, config):
    world = World(name=name, config=config)
    await world.boot()
    assert await world.ask("CostUpdated", {"totalCost": 1, "transactionId": "x"}) == "NotSupported"
