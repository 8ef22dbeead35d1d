"""Load management of one station."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.sharing import served_a
from tests.simulator.csms import World, car


async def two(name: str = "dc-300kw-duo") -> World:
    world = World(name=name)
    await world.boot()
    for evse in (1, 2):
        world.station.plug(car(0.1, 0.9), evse)
        await world.do(lambda evse=evse: world.station.present(f"T{evse}", evse), 60)
    return world


async def test_shares_never_exceed_the_grid_and_come_back():
    world = await two()
    grid_w = sum(evse.reading().power_w / evse.outlet.supply.efficiency for evse in world.station.evses)
    assert grid_w <= world.station.profile.grid_max_w * 1.001
    alone = world.station.evse(2).reading().power_w
    await world.do(lambda: world.station.unplug(1), 60)
    assert world.station.evse(2).reading().power_w >= alone
    assert world.station.evse(2).limit_w == float("inf")


async def test_a_tight_grid_is_divided():
    world = World(name="ac-22kw-duo")
    await world.boot()
    world.station.profile = replace(world.station.profile, grid_max_w=11_000)
    for evse in (1, 2):
        world.station.plug(car(), evse)
        await world.do(lambda evse=evse: world.station.present(f"T{evse}", evse), 60)
    powers = [evse.reading().power_w for evse in world.station.evses]
    assert powers == pytest.approx([5_500, 5_500], rel=0.01)
    await world.do(lambda: world.station.present("T1", 1), 5)
    assert world.station.evse(2).reading().power_w == pytest.approx(11_000, rel=0.01)
    await world.do(lambda: world.station.unplug(2), 5)


async def test_power_cut_in_the_middle_of_sharing():
    world = await two()
    await world.do(world.station.power_off, 10)
    assert all(evse.reading().power_w == 0 for evse in world.station.evses)
    await world.boot()
    assert {event["eventType"] for event in world.events()[-2:]} == {"Ended"}


@pytest.mark.parametrize(
    ("total_a", "wanted_a", "shares"),
    [
        (40, (16, 16), (16, 16)),
        (20, (16, 16), (10, 10)),
        (20, (16, 7), (13, 7)),
        (10, (16, 16), (10, 0)),  # 5 A are no offer
        (5, (16, 16), (0, 0)),
        (10, (0, 16), (0, 10)),
        (10, (3, 16), (3, 7)),  # who wants less than 6 A may have it
        (12, (16, 16, 16), (6, 6, 0)),
    ],
)
def test_who_is_served_gets_enough(total_a, wanted_a, shares):
    assert served_a(total_a, wanted_a, 6.0) == pytest.approx(shares)


@given(st.floats(0, 200), st.lists(st.floats(0, 63), max_size=6))
def test_nobody_gets_too_much_or_too_little(total_a, wanted_a):
    shares = served_a(total_a, wanted_a, 6.0)
    assert sum(shares) <= total_a + 1e-6
    for share, want in zip(shares, wanted_a, strict=True):
        assert share == 0 or min(6.0, want) - 1e-6 <= share <= want + 1e-6
