"""What stands in a log: what the station really knows, of the time that is wanted."""

from datetime import timedelta

from protocol.stamps import parse
from simulator.logs.archive import available, built, name_of
from simulator.logs.memory import Kind, Order, Window
from simulator.maintenance import log
from tests.simulator.csms import World, car
from tests.simulator.logs.reader import booted, opened

HOUR = timedelta(hours=1)


def wanted(kind=Kind.DIAGNOSTICS, oldest=None, latest=None, number=1):
    return Order(kind, number, "http://x/", Window(oldest, latest))


async def test_diagnostics_tell_what_really_happened():
    """N01.FR.04."""
    world = await booted()
    world.station.plug(car())
    await world.do(lambda: world.station.present("CARD"), 30)
    found = opened(built(world.station, wanted()))
    assert found["transactions.json"]["running"][0]["transaction"] == world.station.evse(1).tx.id
    assert found["findings.json"][0]["verdict"] == "pass"
    await world.do(world.leak, 5)
    found = opened(built(world.station, wanted()))
    assert [each["what"] for each in found["incidents.jsonl"]] == ["ground fault"]
    assert found["findings.json"][0]["verdict"] == "fail"
    assert found["station.json"]["now"]["troubles"][0]["name"] == "ground fault"
    assert found["settings.json"]["TxCtrlr.EVConnectionTimeOut"] == world.station.variables.text(
        "TxCtrlr.EVConnectionTimeOut"
    )


async def test_secrets_stay_where_they_are():
    world = World(password="0123456789abcdef-secret")
    await world.boot()
    content = built(world.station, wanted())
    assert "SecurityCtrlr.BasicAuthPassword" not in opened(content)["settings.json"]
    assert "0123456789abcdef-secret" not in str(opened(content))


async def test_only_entries_of_that_time_are_taken():
    """oldestTimestamp, latestTimestamp."""
    world = await booted()
    stamps = []
    for number in range(3):
        log(world.station, f"incident {number}")
        world.station.security.add("TamperDetectionActivated", f"event {number}")
        stamps.append(parse(world.station.stamp()))
        await world.run(world.clock.now + 3600)
    middle = stamps[1]
    found = opened(built(world.station, wanted(oldest=middle, latest=middle)))
    assert [each["what"] for each in found["incidents.jsonl"]] == ["incident 1"]
    found = opened(built(world.station, wanted(Kind.SECURITY, oldest=middle, latest=middle)))
    assert [each["techInfo"] for each in found["security.jsonl"]] == ["event 1"]
    found = opened(built(world.station, wanted(oldest=middle)))
    assert [each["what"] for each in found["incidents.jsonl"]] == ["incident 1", "incident 2"]


async def test_what_is_available():
    """N01.FR.01, .05: an incident of long ago is there, the time before it is not."""
    world = await booted()
    began = parse(world.station.security.log[0].stamp)
    before = wanted(latest=began - HOUR)
    assert available(world.station, wanted())
    assert not available(world.station, before)
    assert not available(world.station, wanted(oldest=world.station.now + HOUR))
    assert not available(world.station, wanted(Kind.SECURITY, oldest=began + HOUR))
    world.station.flash.incidents = ()
    world.station.clock_offset_s = -7200.0
    log(world.station, "an hour ago")
    world.station.clock_offset_s = 0.0
    assert available(world.station, before)


async def test_its_name_can_be_a_files():
    world = await booted()
    assert name_of(world.station, wanted(number=None)).endswith("Z.tar.gz")
    world.station.identity = "../EVIL:1"
    assert name_of(world.station, wanted(number=7)) == "EVIL-1-diagnostics-20250602T060020Z-7.tar.gz"


async def test_the_same_at_the_same_time():
    world = await booted()
    assert built(world.station, wanted()) == built(world.station, wanted())
