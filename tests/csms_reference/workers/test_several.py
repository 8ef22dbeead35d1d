"""Two workers behave as one CSMS: orders find their station, the newest connection wins, numbers grow."""

import asyncio

import pytest

from csms_reference import outcome
from csms_reference.store import StoreError
from csms_reference.workers.frames import Frame
from csms_reference.workers.several import SILENT_AFTER_S, Several
from csms_reference.workers.switchboard import Switchboard
from tests.csms_reference.lines import Workers


@pytest.fixture
async def two(bench):
    """A bench, and two workers that take stations in turn."""
    it = bench()
    return it, Workers(it)


def held(workers):
    return [sorted(csms.connections) for csms in workers.csms]


async def test_an_order_goes_to_the_worker_that_holds_the_station(two):
    it, workers = two
    stations = [await it.station(f"CP-{number}") for number in range(4)]
    assert held(workers) == [["CP-0", "CP-2"], ["CP-1", "CP-3"]]
    for number, station in enumerate(stations):
        station.replies = {"ClearCache": {"status": "Accepted", "customData": {"vendorId": str(number)}}}
        end = await workers.front.command(f"CP-{number}", "clear_cache")
        assert (end.status, end.answer["customData"]["vendorId"]) == ("Accepted", str(number))


async def test_a_station_that_comes_to_another_worker_is_dropped_at_the_first(two):
    it, workers = two
    first, second = await it.station(), await it.station()
    await first.until(lambda: first.ended)
    await it.quiet()
    assert (first.ended.code, held(workers)) == (1008, [[], ["CP-1"]])
    second.replies = {"ClearCache": {"status": "Accepted"}}
    assert (await workers.front.command("CP-1", "clear_cache")).status == "Accepted"
    assert workers.front.connected() == 1


async def test_it_may_come_and_go_between_workers_at_will(two):
    it, workers = two
    for _ in range(5):
        newest = await it.dial()
    await newest.boot()
    await it.quiet()
    assert held(workers) == [["CP-1"], []]
    newest.replies = {"ClearCache": {"status": "Accepted"}}
    assert (await workers.front.command("CP-1", "clear_cache")).status == "Accepted"
    newest.link.close()
    await it.quiet()
    assert (workers.front.connected(), held(workers)) == (0, [[], []])
    assert (await workers.front.command("CP-1", "clear_cache")).status == outcome.OFFLINE


async def test_news_of_an_older_connection_do_not_end_a_newer_one(two):
    it, workers = two
    station = await it.station()
    workers.csms[0].displace("CP-1", 99, "elsewhere")
    workers.csms[0].displace("CP-9", 1, "elsewhere")
    station.replies = {"ClearCache": {"status": "Accepted"}}
    assert (await workers.front.command("CP-1", "clear_cache")).status == "Accepted"


async def test_request_ids_grow_though_the_station_moves(two):
    it, workers = two
    numbers = []
    for _ in range(4):
        station = await it.station()
        station.replies = {"GetBaseReport": {"status": "Accepted"}}
        for _ in range(3):
            await workers.front.command("CP-1", "get_base_report", base="FullInventory")
        numbers += [payload["requestId"] for action, payload in station.calls if action == "GetBaseReport"]
    assert len(numbers) == 12
    assert numbers == sorted(set(numbers))


async def test_what_the_dead_worker_was_asked_fails_and_its_stations_are_gone(two):
    it, workers = two
    stations = [await it.station(f"CP-{number}") for number in range(4)]
    asked = asyncio.ensure_future(workers.front.command("CP-1", "clear_cache"))
    await stations[1].until(lambda: stations[1].calls)
    workers.lines[1][1].close()
    assert (await asked).status == outcome.DISCONNECTED
    assert workers.front.connected() == 2
    assert await workers.front.seen(["CP-0", "CP-1", "CP-9"]) == {"CP-0": it.csms.now_ms()}
    assert (await workers.front.command("CP-1", "clear_cache")).status == outcome.OFFLINE
    states = [process.state for process in await workers.front.processes()]
    assert states == ["serving", "silent"]
    it.busy.forgive()


async def test_a_ban_takes_effect_wherever_the_station_is(two):
    it, workers = two
    stations = [await it.station(f"CP-{number}") for number in range(2)]
    assert await workers.front.register("CP-1", registration="Rejected") is False
    await stations[1].until(lambda: stations[1].ended)
    assert (stations[1].ended.code, stations[0].ended) == (1008, None)
    assert await workers.front.register("CP-7") is True


async def test_the_database_fails_there_as_it_does_here(two, monkeypatch):
    it, workers = two
    station = await it.station()
    station.replies = {"SendLocalList": {"status": "Accepted"}}

    async def fail(_fn):
        raise StoreError("full")

    monkeypatch.setattr(it.store, "write", fail)
    with pytest.raises(StoreError, match="full"):
        await workers.front.command("CP-1", "send_local_list", version=1, entries=[], update="Full")


async def test_an_order_follows_a_station_that_moved_before_it_arrived(bench):
    it = bench()
    await it.csms.register("CP-1")

    class Moving(Switchboard):
        """A station that is somewhere else each time it is asked for, and stays at the third place."""

        def __init__(self):
            super().__init__()
            self.asked = []

        async def ask(self, holder, what, about):
            self.asked.append(holder)
            self.moved(min(holder + 1, 3), frame([["CP-1", 1, True]]))
            status = "Accepted" if holder == 3 else outcome.OFFLINE
            return {"status": status, "answer": {} if holder == 3 else None, "error": None}

    router = Moving()
    router.moved(1, frame([["CP-1", 1, True]]))
    front = Several(it.csms, router, list)
    assert (await front.command("CP-1", "clear_cache")).status == "Accepted"
    assert router.asked == [1, 2, 3]


async def test_a_silent_worker_is_called_so(two, monkeypatch):
    it, workers = two
    await it.station()
    monkeypatch.setattr("csms_reference.workers.several.SILENT_AFTER_S", SILENT_AFTER_S / 1000)

    async def never(_holder, _what, _about):
        await asyncio.Event().wait()

    monkeypatch.setattr(workers.switchboard, "ask", never)
    assert {process.state for process in await workers.front.processes()} == {"silent"}
    assert await workers.front.seen(["CP-1"]) == {"CP-1": None}


def frame(moves):
    return Frame("moves", 0, moves)
