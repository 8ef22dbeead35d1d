"""Which stations have a local controller."""

import pytest

from simulator.publishing.controller import controls
from tests.simulator.csms import World


@pytest.mark.parametrize("there", [True, False])
async def test_it_is_there_where_the_profile_says_so(there):
    world = World(config={"LocalController.Available": there})
    assert controls(world.station) is there


async def test_nobody_can_switch_it_on_where_there_is_none():
    world = World()
    await world.boot()
    assert world.station.configuration.write("LocalController.Available", "true") == "Rejected"
