"""What happens at workers is heard at their parent, and crosses the line only while somebody there listens."""

import pytest

from csms_reference.events import relay
from csms_reference.events.event import Filter, Gap
from csms_reference.events.kinds import kinds_of
from tests.csms_reference.lines import Workers

STATIONS = kinds_of(["station.*"])


@pytest.fixture
def two(bench):
    """A bench whose stations are shared out to two workers."""
    it = bench()
    return it, Workers(it)


async def heard(it, subscription):
    """Station and kind of what has come by now."""
    await it.quiet()
    it.csms.bus.close()
    found = []
    while (each := await subscription.next()) is not None:
        found.append(each if isinstance(each, Gap) else (each.station, each.kind))
    return found


async def test_the_parent_hears_all_workers(two):
    it, workers = two
    listening = workers.front.bus.subscribe(Filter(STATIONS - {"station.booted"}))
    for name in ("CP-1", "CP-2"):
        await it.station(name, "1.6")
    assert await heard(it, listening) == [("CP-1", "station.connected"), ("CP-2", "station.connected")]


async def test_nothing_crosses_the_line_while_nobody_listens(two):
    it, workers = two
    await it.station("CP-1", "1.6")
    assert not any(b'"events"' in said for ends in workers.lines for end in ends for said in end.said)


async def test_a_worker_that_comes_later_is_told_what_is_wanted(two):
    it, workers = two
    listening = workers.front.bus.subscribe(Filter(STATIONS))
    (line, _), csms = workers.lines[0], workers.csms[0]
    line.close()
    workers.lines[0] = workers._join(1, csms)
    await it.station("CP-1", "1.6")
    assert ("CP-1", "station.booted") in await heard(it, listening)


async def test_messages_cross_of_watched_stations_alone(two):
    it, workers = two
    watching = workers.front.bus.subscribe(Filter(kinds_of(["message.*"]), frozenset({"CP-2"})))
    for name in ("CP-1", "CP-2"):
        await it.station(name, "1.6")
    assert await heard(it, watching) == [("CP-2", "message.received"), ("CP-2", "message.sent")]


async def test_a_station_that_comes_again_elsewhere_has_not_left(two):
    it, workers = two
    listening = workers.front.bus.subscribe(Filter(STATIONS))
    first = await it.dial("CP-1", "1.6")
    await it.dial("CP-1", "1.6")
    await first.until(lambda: first.ended)
    assert await heard(it, listening) == [("CP-1", "station.connected")] * 2


async def test_stations_of_a_worker_that_dies_have_left(two):
    it, workers = two
    listening = workers.front.bus.subscribe(Filter(STATIONS))
    await it.dial("CP-1", "1.6")
    await it.quiet()
    workers.lines[0][0].close()
    assert await heard(it, listening) == [("CP-1", "station.connected"), ("CP-1", "station.disconnected")]


async def test_a_parent_that_does_not_keep_up_is_told_how_much_it_missed(two, monkeypatch):
    it, workers = two
    listening = workers.front.bus.subscribe(Filter(frozenset({"log.status"})))
    station = await it.station("CP-1", "1.6")
    for waiting in (relay.WAITING_BYTES_MAX + 1, relay.WAITING_BYTES_MAX + 1, 0):
        monkeypatch.setattr("tests.csms_reference.lines.Transport.get_write_buffer_size", lambda _, n=waiting: n)
        await station.ask("DiagnosticsStatusNotification", {"status": "Uploading"})
        await it.quiet()
    assert await heard(it, listening) == [Gap(2), ("CP-1", "log.status")]
