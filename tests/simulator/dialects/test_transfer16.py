"""DataTransfer of 1.6, where data are text."""

import json

import pytest

from protocol.versions import V16
from tests.simulator.csms import World


@pytest.mark.proves("station", "DataTransfer", "1.6")
@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        ({"vendorId": "com.example"}, {"status": "UnknownVendorId"}),
        ({"vendorId": "org.chargebench", "messageId": "x"}, {"status": "UnknownMessageId"}),
        ({"vendorId": "org.chargebench", "messageId": "Echo"}, {"status": "Rejected"}),
        (
            {"vendorId": "org.chargebench", "messageId": "Echo", "data": "plain"},
            {"status": "Accepted", "data": "plain"},
        ),
        (
            {"vendorId": "org.chargebench", "messageId": "Echo", "data": '{"a":1}'},
            {"status": "Accepted", "data": '{"a":1}'},
        ),
    ],
)
async def test_statuses(ask, answer):
    world = World(V16)
    await world.boot()
    assert await world.ask("DataTransfer", ask) == answer


async def test_the_state_of_the_station_is_json():
    world = World(V16)
    await world.boot()
    answer = await world.ask("DataTransfer", {"vendorId": "org.chargebench", "messageId": "Snapshot"})
    assert json.loads(answer["data"])["powered"] is True
