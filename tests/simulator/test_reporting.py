"""Several reports at a time, and one too many (2.0.1 B07.FR.13, B08.FR.16)."""

import pytest

from simulator.reporting import MOST_AT_ONCE
from tests.simulator.csms import MUTE, World


async def asked(world: World, number: int, action: str = "GetBaseReport") -> dict[str, object]:
    wish = {"reportBase": "FullInventory"} if action == "GetBaseReport" else {"componentCriteria": ["Available"]}
    return await world.ask(action, {"requestId": number, **wish}, 0.1)


@pytest.mark.proves("station", "GetBaseReport GetReport NotifyReport", "2.0.1")
@pytest.mark.parametrize("action", ["GetBaseReport", "GetReport"])
async def test_more_at_once_than_there_is_room_for(action):
    world = World()
    await world.boot()
    world.csms.answers["NotifyReport"] = MUTE
    for number in range(MOST_AT_ONCE):
        assert (await asked(world, number))["status"] == "Accepted"
    answer = await asked(world, 99, action)
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "OutOfMemory"}}
    await world.run(world.clock.now + 200)  # each has got no answer
    world.csms.answers.clear()
    world.csms.got.clear()
    assert (await asked(world, 100, action))["status"] == "Accepted"
    await world.run(world.clock.now + 60)
    assert {part["requestId"] for part in world.csms.of("NotifyReport")} == {100}
    assert (await asked(world, 100, action))["status"] == "Accepted"


async def test_a_request_id_is_not_used_twice_at_a_time():
    world = World()
    await world.boot()
    world.csms.answers["NotifyReport"] = MUTE
    assert (await asked(world, 7))["status"] == "Accepted"
    answer = await asked(world, 7)
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "DuplicateRequestId"}}


async def test_a_restart_is_the_end_of_them():
    world = World()
    await world.boot()
    world.csms.answers["NotifyReport"] = MUTE
    await asked(world, 7)
    world.station.power_off()
    world.csms.answers.clear()
    await world.boot()
    assert (await asked(world, 7))["status"] == "Accepted"
