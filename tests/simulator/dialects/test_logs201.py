"""GetLog of 2.0.1 and 2.1, and what TriggerMessage asks of it."""

import pytest

from protocol.versions import V21
from tests.simulator.logs.reader import booted, logs, order, served, slowly, statuses

proves = pytest.mark.proves("station", "GetLog LogStatusNotification", "2.0.1 2.1")


@proves
@pytest.mark.parametrize("location", ["sftp://files.example/logs/", "files.example", "http://"])
async def test_an_address_that_nobody_can_reach_is_rejected(location):
    world = await booted()
    answer = await world.ask("GetLog", order(location=location), 30)
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidURL"}}
    assert statuses(world) == []


@pytest.mark.proves("station", "TriggerMessage LogStatusNotification", "2.0.1 2.1")
async def test_what_is_uploaded_can_be_asked_for():
    """F06.FR.14, .15; N01.FR.13."""
    world = await booted()
    wanted = {"requestedMessage": "LogStatusNotification"}
    assert await world.ask("TriggerMessage", wanted) == {"status": "Accepted"}
    assert statuses(world) == [("Idle", None)]
    slowly(world)
    async with logs().serve() as port:
        served(world, port)
        await world.ask("GetLog", order(5), 3)
        await world.ask("TriggerMessage", wanted)
        assert statuses(world)[1:] == [("Uploading", 5), ("Uploading", 5)]
        await world.run(world.clock.now + 100)
        await world.ask("TriggerMessage", wanted)
    assert statuses(world)[3:] == [("Uploaded", 5), ("Idle", None)]


@pytest.mark.proves("station", "GetLog", "2.1")
async def test_a_log_that_this_station_does_not_write():
    """2.1 N01.FR.24: it collects no data."""
    world = await booted(version=V21)
    answer = await world.ask("GetLog", order(kind="DataCollectorLog"), 30)
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "UnsupportedParam"}}
    assert statuses(world) == []
