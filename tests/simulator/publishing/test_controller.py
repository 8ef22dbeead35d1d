"""L03, L04 at a local controller: fetched once, checked, served for real to the stations behind it."""

import pytest

from simulator.courier import Parcel, Undelivered, courier
from simulator.firmware.memory import running_version
from simulator.publishing import controller as rules
from simulator.publishing.controller import Publisher, controls
from simulator.publishing.memory import Library
from tests.simulator.csms import World
from tests.simulator.firmware.maker import Shelf, order, statuses
from tests.simulator.publishing.site import CONTENT, MD5, Neighbour, controller, places, publication, told, words

proves = pytest.mark.proves("station", "PublishFirmware PublishFirmwareStatusNotification", "2.0.1 2.1")
unproves = pytest.mark.proves("station", "UnpublishFirmware", "2.0.1 2.1")
HAPPY = ["Downloading", "Downloaded", "ChecksumVerified", "Published"]
PATH = "/firmware.bin"


@pytest.fixture
async def source():
    files = Shelf({PATH: CONTENT})
    async with files.serve() as port:
        files.port = port
        yield files


async def fetched(world, url):
    """What a station finds at a URL; None where there is nothing."""
    found = []

    def fetch():
        try:
            found.append((yield from courier(world.clock).fetch(world.station, url, Parcel())))
        except Undelivered:
            found.append(None)

    world.clock.process(fetch())
    await world.run(world.clock.now + 20)
    return found[0]


@proves
async def test_a_firmware_is_fetched_once_and_installed_from_the_controller(source):
    """L03.FR.01, .02, .04, .05, .09; L01: what the CSMS sends stations to is the controller's address."""
    world = await controller(source.port)
    assert await world.ask("PublishFirmware", publication(7), 20) == {"status": "Accepted"}
    assert told(world) == [(status, 7) for status in HAPPY]
    (url,) = places(world)
    behind = Neighbour(world)
    await behind.boot()
    await behind.ask("UpdateFirmware", order(behind, url=url), 120)
    assert statuses(behind)[-1] == "Installed"
    assert running_version(behind.station) == "2.0.0"
    assert [asked[:2] for asked in source.asked] == [("GET", PATH)]


@proves
async def test_a_wrong_checksum(source):
    """L03.FR.07: over the whole file."""
    world = await controller(source.port)
    source.files[PATH] = CONTENT[:-1] + b"!"
    await world.ask("PublishFirmware", publication(), 20)
    assert words(world) == ["Downloading", "Downloaded", "InvalidChecksum"]
    assert world.station.flash.memory(Library).published == ()


@proves
async def test_a_file_that_cannot_be_fetched(source):
    """L03.FR.06; retries and retryInterval."""
    world = await controller(source.port)
    source.files.clear()
    await world.ask("PublishFirmware", publication(retries=2, retryInterval=30), 120)
    assert words(world) == ["Downloading"] * 3 + ["DownloadFailed"]
    times = world.csms.times("PublishFirmwareStatusNotification")
    assert times[1] - times[0] == pytest.approx(30, abs=1)


@proves
async def test_what_has_arrived_waits_for_the_next_attempt(source):
    world = await controller(source.port)
    source.cut_after = 1_500_000
    await world.ask("PublishFirmware", publication(retryInterval=30), 120)
    assert words(world) == ["Downloading", "DownloadPaused", *HAPPY]
    assert source.asked[1][2].startswith("bytes=")


@proves
async def test_a_server_that_does_not_open(source):
    """L03.FR.08."""
    world = await controller(source.port)
    world.station.function(Publisher).mute = True
    await world.ask("PublishFirmware", publication(), 20)
    assert words(world) == [*HAPPY[:-1], "PublishFailed"]


@proves
async def test_a_storage_that_is_full(source, monkeypatch):
    """L03.FR.08."""
    monkeypatch.setattr(rules, "MOST_BYTES", len(CONTENT) + 10)
    world = await controller(source.port)
    await world.ask("PublishFirmware", publication(), 20)
    source.files["/b"] = b"more than there is room for"
    await world.ask(
        "PublishFirmware", publication(2, location="http://files.example/b", checksum=md5(source, "/b")), 20
    )
    assert told(world)[-1] == ("PublishFailed", 2)


def md5(source, path):
    return rules.hashlib.md5(source.files[path], usedforsecurity=False).hexdigest()


@proves
async def test_one_at_a_time(source):
    """DownloadScheduled: what comes meanwhile waits for its turn."""
    world = await controller(source.port)
    source.files["/b"] = CONTENT[::-1]
    world.csms.call("PublishFirmware", publication(1))
    await world.ask(
        "PublishFirmware", publication(2, location="http://files.example/b", checksum=md5(source, "/b")), 60
    )
    assert [status for status, number in told(world) if number == 1] == HAPPY
    assert [status for status, number in told(world) if number == 2] == ["DownloadScheduled", *HAPPY]
    assert told(world).index(("Published", 1)) < told(world).index(("Downloading", 2))
    assert await fetched(world, places(world)[0]) == CONTENT[::-1]


@proves
async def test_it_is_published_again_after_the_power_was_gone(source):
    world = await controller(source.port)
    await world.ask("PublishFirmware", publication(), 20)
    (url,) = places(world)
    await world.do(world.station.power_off, 5)
    behind = Neighbour(world)
    await behind.boot()
    assert await fetched(behind, url) is None
    await world.do(world.station.power_on, 60)
    assert await fetched(behind, url) == CONTENT
    assert words(world) == HAPPY


@proves
@pytest.mark.parametrize("cut_s", [0.0, 0.5, 1.5, 2.6, 3.2])
async def test_power_may_go_at_any_moment(source, cut_s):
    world = await controller(source.port)
    world.csms.call("PublishFirmware", publication())
    await world.run(world.clock.now + cut_s)
    await world.do(world.station.power_off, 30)
    await world.do(world.station.power_on, 60)
    assert words(world)[-1] == "Published"
    assert words(world).count("Published") == 1
    assert await fetched(world, places(world)[0]) == CONTENT


@unproves
async def test_what_is_unpublished_can_no_longer_be_fetched(source):
    """L04.FR.01, .02, .03."""
    world = await controller(source.port)
    assert await world.ask("UnpublishFirmware", {"checksum": MD5}) == {"status": "NoFirmware"}
    await world.ask("PublishFirmware", publication(), 20)
    (url,) = places(world)
    assert await fetched(world, url) == CONTENT
    assert await world.ask("UnpublishFirmware", {"checksum": MD5.upper()}) == {"status": "Unpublished"}
    assert await fetched(world, url) is None
    assert await world.ask("UnpublishFirmware", {"checksum": MD5}) == {"status": "NoFirmware"}


@unproves
async def test_what_else_is_published_stays(source):
    """L04.FR.01: the checksum says which."""
    world = await controller(source.port)
    source.files["/b"] = CONTENT[::-1]
    await world.ask("PublishFirmware", publication(), 20)
    (first,) = places(world)
    other = publication(2, location="http://files.example/b", checksum=md5(source, "/b"))
    await world.ask("PublishFirmware", other, 20)
    (second,) = places(world)
    assert await world.ask("UnpublishFirmware", {"checksum": MD5}) == {"status": "Unpublished"}
    assert await fetched(world, first) is None
    assert await fetched(world, second) == CONTENT[::-1]


@unproves
async def test_not_while_a_station_fetches_it(source):
    """L04.FR.04: and it goes on to do so."""
    world = await controller(source.port)
    await world.ask("PublishFirmware", publication(), 20)
    behind = Neighbour(world)
    await behind.boot()
    await behind.ask("UpdateFirmware", order(behind, url=places(world)[0]), 1)
    assert statuses(behind) == ["Downloading"]
    assert await world.ask("UnpublishFirmware", {"checksum": MD5}, 0.1) == {"status": "DownloadOngoing"}
    await behind.run(behind.clock.now + 60)
    assert statuses(behind)[-1] == "Installed"
    assert await world.ask("UnpublishFirmware", {"checksum": MD5}) == {"status": "Unpublished"}


@unproves
async def test_not_while_the_controller_fetches_it(source):
    world = await controller(source.port)
    await world.ask("PublishFirmware", publication(), 1)
    assert await world.ask("UnpublishFirmware", {"checksum": MD5}, 0.1) == {"status": "DownloadOngoing"}
    await world.run(world.clock.now + 30)
    assert words(world) == HAPPY


@pytest.mark.proves("station", "Reset PublishFirmware", "2.0.1 2.1")
async def test_a_reset_on_idle_waits_for_a_download(source):
    """B11, remark of errata 2025-06."""
    world = await controller(source.port)
    await world.ask("PublishFirmware", publication(), 1)
    assert await world.ask("Reset", {"type": "OnIdle"}, 60) == {"status": "Scheduled"}
    assert words(world) == HAPPY
    assert [boot["reason"] for boot in world.csms.of("BootNotification")] == ["PowerUp", "ScheduledReset"]


async def test_an_unused_controller_costs_nothing():
    world = World()
    assert not controls(world.station)
    await world.boot()
    assert world.station.used(Publisher) is None
