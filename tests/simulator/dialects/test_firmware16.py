"""UpdateFirmware and SignedUpdateFirmware of 1.6."""

import pytest

from protocol.versions import V16
from simulator.dialects.firmware16 import trigger_signed_firmware
from simulator.dialects.ocpp16 import FIRMWARE_STATUSES
from simulator.firmware.memory import Status
from tests.simulator.firmware.maker import Maker, Shelf, image, order, shelf, statuses
from tests.simulator.firmware.test_update import SECURE, booted

SIGNED = "SignedFirmwareStatusNotification"


@pytest.fixture(scope="module")
def maker():
    return Maker()


def plain(world, **more):
    firmware = order(world)["firmware"]
    return {"location": firmware["location"], "retrieveDate": firmware["retrieveDateTime"], **more}


@pytest.mark.proves("station", "UpdateFirmware FirmwareStatusNotification", "1.6")
async def test_a_plain_update(maker):
    """§5.19, §4.5."""
    world = await booted(maker, version=V16)
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        assert await world.ask("UpdateFirmware", plain(world, retries=1), 120) == {}
    assert world.csms.of("FirmwareStatusNotification") == [
        {"status": status} for status in ("Downloading", "Downloaded", "Installing", "Installed")
    ]
    assert [boot["firmwareVersion"] for boot in world.csms.of("BootNotification")] == ["1.4.2", "2.0.0"]


@pytest.mark.proves("station", "UpdateFirmware FirmwareStatusNotification", "1.6")
async def test_what_cannot_be_done_is_reported(maker):
    world = await booted(maker, version=V16)
    assert await world.ask("UpdateFirmware", plain(world) | {"location": "sftp://files.example/x"}, 5) == {}
    assert statuses(world) == ["DownloadFailed"]
    async with Shelf({"/firmware.bin": image(model="DC150")}).serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", plain(world), 60)
        assert statuses(world)[1:] == ["Downloading", "Downloaded", "Installing", "InstallationFailed"]


@pytest.mark.proves("station", "UpdateFirmware FirmwareStatusNotification", "1.6")
@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (1, 1), (3, 3), (None, 4)])
async def test_retries_are_all_attempts(maker, retries, attempts):
    """§6.55: how many times the charge point must try."""
    world = await booted(maker, version=V16)
    files = Shelf()
    ask = plain(world, retryInterval=10) | ({} if retries is None else {"retries": retries})
    async with files.serve() as port:
        shelf(world, port)
        await world.ask("UpdateFirmware", ask, 120)
    assert len(files.asked) == attempts
    assert statuses(world) == ["Downloading"] * attempts + ["DownloadFailed"]


@pytest.mark.proves("station", "SignedUpdateFirmware SignedFirmwareStatusNotification SecurityEventNotification", "1.6")
async def test_a_signed_update(maker):
    """Whitepaper L01."""
    world = await booted(maker, version=V16)
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        answer = await world.ask("SignedUpdateFirmware", order(world, 7, maker=maker), 120)
    assert answer == {"status": "Accepted"}
    assert world.csms.of(SIGNED) == [{"status": status, "requestId": 7} for status in SECURE]
    assert world.csms.of("FirmwareStatusNotification") == []


@pytest.mark.proves("station", "SignedUpdateFirmware SignedFirmwareStatusNotification SecurityEventNotification", "1.6")
async def test_who_is_not_believed(maker):
    """Whitepaper L01.FR.02, .03, .22."""
    world = await booted(maker, version=V16)
    assert await world.ask("SignedUpdateFirmware", order(world, maker=Maker()), 5) == {"status": "InvalidCertificate"}
    assert "InvalidFirmwareSigningCertificate" in [ask["type"] for ask in world.csms.of("SecurityEventNotification")]
    ask = order(world, maker=maker, content=b"something else")
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        await world.ask("SignedUpdateFirmware", ask, 60)
    assert statuses(world, SIGNED) == ["Downloading", "Downloaded", "InvalidSignature"]


@pytest.mark.proves(
    "station",
    "TriggerMessage ExtendedTriggerMessage FirmwareStatusNotification SignedFirmwareStatusNotification",
    "1.6",
)
async def test_the_last_status_is_told_when_asked_for(maker):
    """§4.5: Idle to TriggerMessage unless a plain update is in hand; whitepaper L01.FR.25, .26."""
    world = await booted(maker, version=V16)
    assert trigger_signed_firmware(world.station, None, None)
    ask = {"requestedMessage": "FirmwareStatusNotification"}
    async with Shelf({"/firmware.bin": image()}).serve() as port:
        shelf(world, port)
        await world.ask("SignedUpdateFirmware", order(world, 5, maker=maker, install_s=600), 30)
        await world.ask("ExtendedTriggerMessage", ask)
        assert world.csms.of(SIGNED)[-1] == {"status": "InstallScheduled", "requestId": 5}
        await world.ask("TriggerMessage", ask)
        assert statuses(world) == ["Idle"]
        await world.run(world.clock.now + 900)
        await world.ask("ExtendedTriggerMessage", ask)
        assert world.csms.of(SIGNED)[-1] == {"status": "Idle"}
        await world.ask("UpdateFirmware", plain(world), 1.5)
        await world.ask("TriggerMessage", ask)
    assert statuses(world)[1:] == ["Downloading", "Downloading"]


def test_words_of_1_6_are_those_of_its_enumeration():
    assert set(FIRMWARE_STATUSES) <= {status.value for status in Status}
    assert set(FIRMWARE_STATUSES.values()) == {
        "Downloaded", "DownloadFailed", "Downloading", "InstallationFailed", "Installing", "Installed",
    }  # fmt: skip
