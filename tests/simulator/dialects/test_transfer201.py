"""DataTransfer of 2.0.1."""

import pytest

from tests.simulator.csms import World


@pytest.mark.proves("station", "DataTransfer", "2.0.1 2.1")
@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        ({"vendorId": "com.example"}, {"status": "UnknownVendorId"}),  # P01.FR.05
        ({"vendorId": "org.chargebench", "messageId": "x"}, {"status": "UnknownMessageId"}),  # P01.FR.06
        ({"vendorId": "org.chargebench", "messageId": "Echo"}, {"status": "Rejected"}),
        (
            {"vendorId": "org.chargebench", "messageId": "Echo", "data": {"a": [1]}, "customData": {"vendorId": "me"}},
            {"status": "Accepted", "data": {"a": [1]}},
        ),
    ],
)
async def test_statuses(ask, answer):
    world = World()
    await world.boot()
    assert await world.ask("DataTransfer", ask) == answer


async def test_the_state_of_the_station_can_be_asked_for():
    world = World()
    await world.boot()
    answer = await world.ask("DataTransfer", {"vendorId": "org.chargebench", "messageId": "Snapshot"})
    assert answer["data"]["powered"] is True
