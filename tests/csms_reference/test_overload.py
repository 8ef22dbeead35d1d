"""Too much: of one station, and of all of them; what gives way, and how it comes back."""

import asyncio
import json

import pytest

from csms_reference.connection import NONSENSE, UNREAD_S
from csms_reference.store.tables import connectors, notices, orphans, stations, status_history, transaction_events
from csms_reference.taps import Why

EVENT = {
    "eventType": "Started",
    "timestamp": "2026-03-01T08:00:00Z",
    "triggerReason": "CablePluggedIn",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "T"},
}


def status(evse=1, at="2026-03-01T08:00:00Z"):
    return {"timestamp": at, "connectorStatus": "Available", "evseId": evse, "connectorId": 1}


def flood(station, action, payload, count, prefix="f"):
    for number in range(count):
        station.link.send(json.dumps([2, f"{prefix}{number}", action, payload]))


def codes(station):
    return [frame[2] for frame in map(json.loads, station.frames) if frame[0] == 4]


def answers(station):
    return [frame[1] for frame in map(json.loads, station.frames) if frame[0] == 3]


# -- one station ----------------------------------------------------------------------------------------------------


async def test_a_station_that_waits_for_its_answers_is_slowed(bench):
    it = bench(calls_per_s=2, calls_burst=3)
    station = await it.station()  # its boot is the first
    await station.ask("Heartbeat", {})
    await station.ask("Heartbeat", {})
    before = len(station.frames)
    await station.raw(json.dumps([2, "late", "Heartbeat", {}]))
    assert len(station.frames) == before
    it.forward(0.49)
    await it.quiet()
    assert len(station.frames) == before
    it.forward(0.01)
    await station.until(lambda: len(station.frames) > before)
    assert station.frames[-1].startswith('[3,"late"')
    assert it.csms.figures()["calls_slowed"] == 1


async def test_a_station_that_does_not_wait_is_refused_and_then_closed(bench):
    it = bench(calls_per_s=2, calls_burst=3, calls_refused_max=5)
    station = await it.station()
    flood(station, "Heartbeat", {}, 7)
    await it.quiet()
    assert codes(station) == ["GenericError"] * 4
    assert station.ended is None
    flood(station, "Heartbeat", {}, 1, "g")
    await station.until(lambda: station.ended)
    assert station.ended.code == 1008
    figures = it.csms.figures()
    assert (figures["calls_refused"], figures["links_closed_for_abuse"]) == (5, 1)


async def test_who_calms_down_is_forgiven(bench):
    it = bench(calls_per_s=2, calls_burst=3, calls_refused_max=5)
    station = await it.station()
    for turn in range(3):
        flood(station, "Heartbeat", {}, 7, f"{turn}-")
        await it.quiet()
        it.forward(60)
        await it.quiet()
    assert station.ended is None


async def test_garbage_counts(bench):
    it = bench(calls_per_s=2, calls_burst=3, calls_refused_max=5)
    station = await it.station()
    flood(station, "Heartbeat", {}, 3)
    for _ in range(5):
        station.link.send("[3,")
    await station.until(lambda: station.ended)
    assert station.ended.code == 1008


async def test_transaction_messages_of_a_station_that_waits_are_never_too_many(bench):
    it = bench(calls_per_s=2, calls_burst=2)
    station = await it.station()
    for number in range(20):
        await station.ask("TransactionEvent", {**EVENT, "seqNo": number, "eventType": "Updated"})
    await station.ask("Heartbeat", {})
    assert len(await it.rows(transaction_events)) == 20
    assert it.csms.figures()["calls_slowed"] == 0


async def test_transaction_messages_are_taken_from_one_that_does_not_wait_too(bench):
    it = bench(calls_per_s=2, calls_burst=1)
    station = await it.station()
    for number in range(9):
        said = {**EVENT, "seqNo": number, "eventType": "Updated"}
        station.link.send(json.dumps([2, f"t{number}", "TransactionEvent", said]))
    await it.quiet()
    assert codes(station) == []
    assert len(await it.rows(transaction_events)) == 9


async def test_transaction_messages_of_one_that_does_not_wait_are_handled_at_its_pace_and_all_of_them(bench, backlog):
    it = bench(calls_per_s=2, calls_burst=1)
    station = await it.station()
    backlog.count = 1  # so that nothing is answered at once
    for number in range(6):
        said = {**EVENT, "seqNo": number, "eventType": "Updated"}
        station.link.send(json.dumps([2, f"t{number}", "TransactionEvent", said]))
    for number in range(6):
        await station.until(lambda least=1 + number: len(answers(station)) > least)
        for _ in range(20):  # more would come now, if they came too early
            await asyncio.sleep(0)
        assert answers(station)[1:] == [f"t{earlier}" for earlier in range(number + 1)]
        it.forward(0.5)
    assert len(await it.rows(transaction_events)) == 6
    assert codes(station) == []


async def test_who_hangs_up_and_comes_again_has_no_fresh_burst(bench):
    it = bench(calls_per_s=2, calls_burst=5)
    station = await it.station()
    flood(station, "Heartbeat", {}, 20)
    await it.quiet()
    assert len(codes(station)) == 15  # four were answered, one waits
    station.link.close(1000)
    await it.quiet()
    it.forward(0.25)
    again = await it.dial()
    flood(again, "Heartbeat", {}, 20)
    await it.quiet()
    assert len(codes(again)) == len(again.frames) == 19  # one waits
    again.link.close(1000)
    await it.quiet()
    it.forward(60)
    later = await it.dial()
    flood(later, "Heartbeat", {}, 20)
    await it.quiet()
    assert len(codes(later)) == 14


async def test_who_comes_again_while_its_link_is_open_has_no_fresh_burst_either(bench):
    it = bench(calls_per_s=2, calls_burst=5)
    flood(await it.station(), "Heartbeat", {}, 20)
    await it.quiet()
    for _ in range(2):
        again = await it.dial()
        flood(again, "Heartbeat", {}, 20)
        await it.quiet()
        assert len(codes(again)) == len(again.frames) == 19


async def test_who_talks_most_is_slowed_first_while_the_loop_is_behind(bench):
    it = bench(calls_per_s=2, calls_burst=4)
    station, calm = await it.station(), await it.station("CP-2")
    it.forward(60)
    it.csms.pace.slowed = 4.0
    flood(station, "Heartbeat", {}, 6)  # its burst is as large as ever
    await calm.ask("Heartbeat", {})
    await it.quiet()
    assert it.csms.figures()["calls_slowed"] == 1
    assert codes(station) == ["GenericError"]


async def test_answers_to_our_calls_cost_nothing(bench):
    it = bench(calls_per_s=1, calls_burst=2)
    station = await it.station()
    station.replies["ClearCache"] = {"status": "Accepted"}
    for _ in range(9):
        assert (await it.csms.command("CP-1", "clear_cache")).status == "Accepted"
    await station.ask("Heartbeat", {})
    assert it.csms.figures()["calls_slowed"] == 0


async def test_a_slowed_station_may_leave(bench):
    it = bench(calls_per_s=2, calls_burst=1)
    station = await it.station()
    await station.raw(json.dumps([2, "late", "Heartbeat", {}]))
    station.link.close(1000)
    await it.quiet()
    it.forward(60)
    await it.quiet()
    assert it.csms.connections == {}
    assert it.csms.figures()["calls_in_hand"] == 0


# -- all of them ----------------------------------------------------------------------------------------------------


@pytest.fixture
def backlog(monkeypatch):
    """Says how much work waits for the database."""

    class Waiting:
        count = 0

    monkeypatch.setattr("csms_reference.store.Store.backlog", property(lambda _: Waiting.count))
    return Waiting


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_boots_are_deferred_and_not_stored(bench, backlog, version):
    it = bench(backlog_deferring=100, accepts_per_s=10, boot_retry_s=7)
    station = await it.dial(version=version)
    backlog.count = 100
    first, second = await station.boot(), await station.boot()
    assert (first["status"], first["interval"]) == ("Pending", 11)
    backlog.count = 150
    assert (await station.boot())["interval"] > second["interval"]
    assert [row["last_boot_ms"] for row in await it.rows(stations)] == [None]
    backlog.count = 50
    assert (await station.boot())["status"] == "Pending"
    backlog.count = 49
    assert (await station.boot())["status"] == "Accepted"
    assert it.csms.figures()["boots_deferred"] == 4


async def test_a_rejected_station_stays_rejected(bench, backlog):
    it = bench(backlog_deferring=100)
    await it.csms.register("CP-1", registration="Rejected")
    station = await it.dial()
    backlog.count = 100
    assert (await station.boot())["status"] == "Rejected"


async def test_others_work_on_while_boots_are_deferred(bench, backlog):
    it = bench(backlog_deferring=100)
    station = await it.station()
    backlog.count = 100
    await station.ask("Heartbeat", {})
    await station.ask("TransactionEvent", EVENT)
    assert len(await it.rows(transaction_events)) == 1


async def test_the_doors_close_and_open_again(bench, backlog):
    it = bench(backlog_deferring=100, accepts_per_s=10)
    backlog.count = 200
    turned = await it.dial()
    assert (turned.ended.code, turned.ended.retry_after_s) == (503, 21)
    backlog.count = 99
    await it.station()
    assert it.csms.figures()["upgrades_refused_overload"] == 1


async def test_links_with_work_are_not_read_until_the_worst_is_over(bench, backlog):
    it = bench(backlog_deferring=100)
    station, calm = await it.station(), await it.station("CP-2")
    paused = {}
    for identity in ("CP-1", "CP-2"):
        paused[identity] = link = Pausable(it.csms.connections[identity].link)
        it.csms.connections[identity].link = link
    backlog.count = 400
    await calm.ask("Heartbeat", {})
    station.link.send(json.dumps([2, "t", "TransactionEvent", EVENT]))
    await station.until(lambda: station.frames[-1].startswith('[3,"t"'))
    assert paused["CP-1"].told == ["pause"]
    assert paused["CP-2"].told == []
    assert it.csms.figures()["sockets_paused_now"] == 1
    backlog.count = 199
    await calm.ask("TransactionEvent", EVENT)
    assert paused["CP-1"].told == ["pause", "resume"]
    assert it.csms.figures()["sockets_paused_now"] == 0


async def test_a_link_is_paused_once_and_forgotten_when_it_ends(bench, backlog):
    it = bench(backlog_deferring=100)
    station = await it.station()
    connection = it.csms.connections["CP-1"]
    connection.link = link = Pausable(connection.link)
    backlog.count = 400
    flood(station, "TransactionEvent", EVENT, 3)
    await it.quiet()
    assert (link.told, it.csms.figures()["sockets_paused_now"]) == (["pause"], 1)
    station.link.close(1000)
    await it.quiet()
    assert it.csms.figures()["sockets_paused_now"] == 0


async def test_links_are_read_again_when_the_last_work_was_somebody_elses(bench, backlog):
    it = bench(backlog_deferring=100)
    station, leaving = await it.station(), await it.station("CP-2")
    connection = it.csms.connections["CP-1"]
    connection.link = link = Pausable(connection.link)
    backlog.count = 400
    await station.ask("TransactionEvent", EVENT)
    backlog.count = 0
    leaving.link.close(1000)
    await it.quiet()
    assert link.told == ["pause", "resume"]


class Pausable:
    """A link that notes what it is told."""

    def __init__(self, link):
        self._link, self.told = link, []

    def send(self, text):
        self._link.send(text)

    def close(self, code=1000, reason=""):
        self._link.close(code, reason)

    def pause_reading(self):
        self.told.append("pause")

    def resume_reading(self):
        self.told.append("resume")


async def test_who_tells_long_histories_is_slowed_by_their_length_but_not_refused(bench):
    it = bench(calls_per_s=2, calls_burst=10)
    station = await it.station()
    it.forward(60)
    sampled = {"timestamp": "2026-03-01T08:00:00Z", "sampledValue": [{"value": 1.5, "measurand": "Voltage"}] * 2}
    short, long = ({"evseId": 1, "meterValue": [sampled] * number} for number in (10, 60))
    for number in range(40):  # each of 1,300 characters
        await station.ask("MeterValues", short | {"evseId": number})
    assert it.csms.figures()["calls_slowed"] == 0
    await station.ask("MeterValues", long)  # as long as one may be at once
    station.link.send(json.dumps([2, "slow", "MeterValues", long | {"evseId": 2}]))
    await it.quiet()
    assert not station.frames[-1].startswith('[3,"slow"')
    it.forward(10)
    await station.until(lambda: station.frames[-1].startswith('[3,"slow"'))
    figures = it.csms.figures()
    assert (figures["calls_slowed"], figures["calls_refused"]) == (1, 0)


async def test_a_report_counts_less_by_its_length_than_meter_values(bench):
    it = bench(calls_per_s=2, calls_burst=10)
    station = await it.station()
    it.forward(60)
    names = {"component": {"name": "Controller"}, "variable": {"name": "X" * 50}}
    told = names | {"variableAttribute": [{"value": "x" * 1000}]}
    report = {"requestId": 1, "generatedAt": "2026-03-01T08:00:00Z", "seqNo": 0, "reportData": [told] * 5, "tbc": True}
    for number in range(5):  # each of 5,700 characters, and counts as two
        await station.ask("NotifyReport", report | {"seqNo": number})
    assert it.csms.figures()["calls_slowed"] == 0
    station.link.send(json.dumps([2, "slow", "NotifyReport", report | {"seqNo": 5}]))
    await it.quiet()
    assert it.csms.figures()["calls_slowed"] == 1


async def test_what_waits_for_its_turn_takes_so_much_memory_and_no_more(bench, backlog, monkeypatch):
    """A station that does not wait for answers is not read until half of what it said is done."""
    monkeypatch.setattr("csms_reference.connection.HELD_MOST", 1000)
    it = bench()
    station = await it.station()
    connection = it.csms.connections["CP-1"]
    connection.link = link = Pausable(connection.link)
    backlog.count = 1  # so that nothing is answered at once
    flood(station, "TransactionEvent", EVENT, 2)
    await it.quiet()
    assert link.told == []
    flood(station, "TransactionEvent", EVENT, 12, prefix="g")
    await it.quiet()
    assert link.told == ["pause", "resume"]
    assert connection._held == 0


async def test_floods_in_portions_are_cut_off_as_well(bench, backlog):
    """Each with one strike less than it takes, and a pause behind it."""
    it = bench(calls_per_s=2, calls_burst=3, calls_refused_max=20)
    station = await it.station()
    backlog.count = 1  # so that nothing is answered at once
    for portion in range(8):
        it.forward(2)
        flood(station, "Heartbeat", {}, 18, prefix=f"{portion}-")
        await it.quiet()
    assert station.ended.code == 1008


async def test_who_says_nonsense_is_slowed_and_who_does_not_even_wait_is_cut_off(bench):
    it = bench(calls_per_s=2 * NONSENSE, calls_burst=3 * NONSENSE, calls_refused_max=4)
    station = await it.station()
    connection = it.csms.connections["CP-1"]
    connection.link = link = Pausable(connection.link)
    it.forward(10)
    for _ in range(3):
        station.link.send("nonsense")
        await it.quiet()
    assert link.told == []
    station.link.send("nonsense")
    await it.quiet()
    assert link.told == ["pause"]
    it.forward(1)
    await it.quiet()
    assert link.told == ["pause", "resume"]
    for _ in range(20):  # as many as were read at once
        station.link.send("[3,]")
    await it.quiet()
    assert station.ended.code == 1008
    assert it.csms.figures()["links_closed_for_abuse"] == 1


@pytest.mark.parametrize("slowed", [1, 3])
async def test_who_does_not_wait_for_answers_is_not_read_while_it_is_ahead(bench, slowed):
    it = bench(calls_per_s=16, calls_burst=3, calls_refused_max=20)
    station = await it.station()
    it.forward(10)
    it.csms.pace.slowed = float(slowed)
    connection = it.csms.connections["CP-1"]
    connection.link = link = Pausable(connection.link)
    flood(station, "Heartbeat", {}, 4)  # the first three may, the fourth has to wait
    await it.quiet()
    assert link.told == []
    flood(station, "Heartbeat", {}, 1, prefix="g")
    await it.quiet()
    assert (codes(station), link.told) == (["GenericError"], ["pause"])
    flood(station, "Heartbeat", {}, 1, prefix="h")  # this had been read
    it.forward(slowed * UNREAD_S - 0.1)
    await it.quiet()
    assert link.told == ["pause"]
    it.forward(0.1)
    await it.quiet()
    assert link.told == ["pause", "resume"]
    assert (await station.ask("Heartbeat", {}))["currentTime"]
    assert station.ended is None


async def test_who_is_not_read_for_the_crowd_and_says_nonsense_is_read_again_once_both_are_over(bench):
    it = bench(calls_per_s=2 * NONSENSE, calls_burst=NONSENSE)
    station = await it.station()
    connection = it.csms.connections["CP-1"]
    connection.link = link = Pausable(connection.link)
    it.csms.turn_off(link, Why.CROWD)
    station.link.send("nonsense")  # what had been read before
    station.link.send("nonsense")
    await it.quiet()
    it.csms.taps.relieve()
    assert link.told == ["pause"]
    it.forward(UNREAD_S)
    await it.quiet()
    assert link.told == ["pause", "resume"]


async def test_too_many_at_once_are_turned_away_over_the_wire(bench):
    it = bench(accepts_per_s=1, accepts_burst=2)
    came = [await it.dial(f"CP-{number}") for number in range(4)]
    assert [station.ended and station.ended.retry_after_s for station in came] == [None, None, 1, 2]
    it.forward(2)
    assert (await it.dial("CP-3")).ended is None


async def test_a_flapping_station_is_slowed(bench):
    it = bench(short_links_burst=2)
    for _ in range(2):
        station = await it.dial()
        station.link.close(1000)
        await it.quiet()
    assert (await it.dial()).ended.code == 429
    it.forward(5)
    assert (await it.dial()).ended is None


async def test_a_link_that_ended_for_broken_rules_counts_as_several(bench):
    it = bench(short_links_burst=6)
    for code in (1008, 1000):
        station = await it.dial()
        assert station.ended is None
        station.link.close(code)
        await it.quiet()
    assert (await it.dial()).ended.code == 429


# -- tables that do not grow for ever -------------------------------------------------------------------------------


async def test_history_and_notices_keep_the_last(bench):
    it = bench(status_history_kept=10, notices_kept=5, calls_per_s=0)
    station, other = await it.station(), await it.station("CP-2")
    await other.ask("StatusNotification", status())
    await other.ask("DataTransfer", {"vendorId": "x"})
    for number in range(400):
        it.forward(1)
        await station.ask("StatusNotification", status())
        await station.ask("DataTransfer", {"vendorId": "x", "data": number})
    mine = [row["received_ms"] for row in await it.rows(status_history) if row["station"] == "CP-1"]
    assert 10 <= len(mine) < 400 / 2
    assert max(mine) == it.csms.now_ms()
    assert 5 <= len(await it.rows(notices)) < 400 / 2
    assert [row for row in await it.rows(notices) if row["station"] == "CP-2"]
    assert [row for row in await it.rows(status_history) if row["station"] == "CP-2"]


async def test_a_station_has_only_so_many_connectors(bench):
    it = bench(connectors_kept=3)
    station = await it.station()
    for evse in (1, 2, 3, 4, 2):
        await station.ask("StatusNotification", status(evse))
    assert sorted(row["evse"] for row in await it.rows(connectors)) == [1, 2, 3]
    assert [row["evse"] for row in await it.rows(status_history)] == [1, 2, 3, 4, 2]


async def test_orphans_keep_the_last(bench):
    it = bench(orphans_kept=10, calls_per_s=0)
    station, other = await it.station(version="1.6"), await it.station("CP-2", version="1.6")
    stop = {"transactionId": 7, "meterStop": 1, "timestamp": "2026-03-01T08:00:00Z"}
    await other.ask("StopTransaction", stop)
    for number in range(400):
        it.forward(1)
        await station.ask("StopTransaction", {**stop, "meterStop": number})
    rows = await it.rows(orphans)
    mine = [row["received_ms"] for row in rows if row["station"] == "CP-1"]
    assert 10 <= len(mine) < 400 / 2
    assert max(mine) == it.csms.now_ms()
    assert [row for row in rows if row["station"] == "CP-2"]


async def test_accepted_boots_are_counted(bench):
    it = bench()
    await it.csms.register("CP-2", registration="Pending")
    await it.station("CP-1")
    await it.station("CP-1")
    await (await it.dial("CP-2")).boot()
    assert it.csms.figures()["boots_accepted"] == 2
