"""UpdateFirmware of 2.0.1, and what TriggerMessage tells of an update."""

import pytest

from simulator.dialects.firmware201 import order_of
from tests.simulator.csms import START
from tests.simulator.firmware.maker import Maker, Shelf, image, order, shelf
from tests.simulator.firmware.test_update import booted


@pytest.fixture(scope="module")
def maker():
    return Maker()


def test_an_order_is_read():
    ask = {
        "requestId": 5,
        "retries": 2,
        "retryInterval": 30,
        "firmware": {
            "location": "http://files.example/x",
            "retrieveDateTime": "2025-06-02T06:00:00Z",
            "installDateTime": "2025-06-02T08:00:00+02:00",
            "signingCertificate": "PEM",
            "signature": "c2ln",
        },
    }
    found = order_of(ask)
    assert (found.request_id, found.retries, found.retry_interval_s, found.secure) == (5, 2, 30, True)
    assert found.retrieve_at == found.install_at == START
    bare = {"requestId": 5, "firmware": {"location": "x", "retrieveDateTime": "2025-06-02T06:00:00Z"}}
    assert not order_of(bare).secure


@pytest.mark.proves("station", "TriggerMessage FirmwareStatusNotification", "2.0.1 2.1")
async def test_the_last_status_is_told_when_asked_for(maker):
    """L01.FR.20, .25, .26."""
    world = await booted(maker)
    ask = {"requestedMessage": "FirmwareStatusNotification"}
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        await world.ask("TriggerMessage", ask)
        assert world.csms.of("FirmwareStatusNotification") == [{"status": "Idle"}]
        await world.ask("UpdateFirmware", order(world, 5, install_s=600), 30)
        await world.ask("TriggerMessage", ask)
        assert world.csms.of("FirmwareStatusNotification")[-1] == {"status": "InstallScheduled", "requestId": 5}
        await world.run(world.clock.now + 900)
        await world.ask("TriggerMessage", ask)
    assert world.csms.of("FirmwareStatusNotification")[-1] == {"status": "Idle"}
