"""PublishFirmware, UnpublishFirmware and their trigger in 2.0.1 and 2.1: what is refused, and with what."""

import pytest

from protocol.errors import Code
from tests.simulator.csms import NEWER, World
from tests.simulator.firmware.maker import Shelf
from tests.simulator.publishing.site import CONTENT, MD5, controller, publication, told

TRIGGER = {"requestedMessage": "PublishFirmwareStatusNotification"}
proves = pytest.mark.proves("station", "PublishFirmware UnpublishFirmware", "2.0.1 2.1")


@proves
@pytest.mark.parametrize("version", NEWER)
async def test_without_a_local_controller_there_is_nothing_of_it(version):
    """F06.FR.08."""
    world = World(version)
    await world.boot()
    assert await world.ask("PublishFirmware", publication()) == Code.NOT_SUPPORTED
    assert await world.ask("UnpublishFirmware", {"checksum": MD5}) == Code.NOT_SUPPORTED
    assert await world.ask("TriggerMessage", TRIGGER) == {"status": "NotImplemented"}


@proves
@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"location": "sftp://files.example/a"}, "InvalidURL"),
        ({"location": "nowhere"}, "InvalidURL"),
        ({"checksum": "12345"}, "InvalidValue"),
        ({"checksum": "g" * 32}, "InvalidValue"),
    ],
)
async def test_what_cannot_be_published_is_rejected(more, reason):
    """L03.FR.05."""
    world = await controller(1)
    answer = await world.ask("PublishFirmware", publication(**more), 30)
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": reason}}
    assert told(world) == []


@proves
async def test_a_request_id_is_used_once_at_a_time():
    world = await controller(1)
    await world.ask("PublishFirmware", publication(3))
    answer = await world.ask("PublishFirmware", publication(3))
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "DuplicateRequestId"}}


@pytest.mark.proves("station", "TriggerMessage PublishFirmwareStatusNotification", "2.0.1 2.1")
async def test_the_status_can_be_asked_for():
    """L03.FR.10, .11: Idle before and after a publication; else what was said last."""
    async with Shelf({"/firmware.bin": CONTENT}).serve() as port:
        world = await controller(port)
        assert await world.ask("TriggerMessage", TRIGGER) == {"status": "Accepted"}
        assert told(world) == [("Idle", None)]
        await world.ask("PublishFirmware", publication(4), 1)
        await world.ask("TriggerMessage", TRIGGER, 0.1)
        assert told(world)[1:] == [("Downloading", 4), ("Downloading", 4)]
        await world.run(world.clock.now + 30)
        await world.ask("TriggerMessage", TRIGGER)
        assert told(world)[-2:] == [("Published", 4), ("Idle", None)]
        await world.ask("PublishFirmware", publication(5, checksum="0" * 32), 30)
        await world.ask("TriggerMessage", TRIGGER)
        assert told(world)[-2:] == [("InvalidChecksum", 5), ("InvalidChecksum", 5)]
