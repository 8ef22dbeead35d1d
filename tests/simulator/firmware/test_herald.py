"""Reports are kept until they are confirmed; the oldest of too many make room."""

from dataclasses import replace

from simulator.firmware.herald import LONGEST, Herald
from simulator.firmware.memory import Bank, Order, Report, Status
from tests.simulator.csms import START, World
from tests.simulator.firmware.maker import statuses

ORDER = Order(1, "http://files.example/x", START)


async def test_reports_wait_for_the_csms_and_leave_in_order():
    world = World()
    herald = Herald(world.station)
    herald.say(Status.DOWNLOADING, ORDER)
    herald.say(Status.DOWNLOAD_FAILED, ORDER)
    assert herald.done  # there is nobody to tell
    await world.boot()
    assert statuses(world) == ["Downloading", "DownloadFailed"]
    assert world.station.flash.memory(Bank).unsaid == ()


async def test_what_the_csms_refuses_is_not_repeated():
    world = World()
    world.csms.answers["FirmwareStatusNotification"] = "InternalError"
    await world.boot()
    Herald(world.station).say(Status.DOWNLOADING, ORDER)
    await world.run(world.clock.now + 60)
    assert len(statuses(world)) == 1
    assert world.station.flash.memory(Bank).unsaid == ()


def test_a_memory_has_an_end():
    world = World()
    herald = Herald(world.station)
    many = tuple(Report(Status.DOWNLOADING, number) for number in range(LONGEST))
    world.station.flash.remember(replace(Bank(), unsaid=many))
    herald.say(Status.DOWNLOADED, ORDER)
    kept = world.station.flash.memory(Bank).unsaid
    assert len(kept) == LONGEST
    assert kept[-1] == Report(Status.DOWNLOADED, 1)
    assert kept[0] == many[1]
