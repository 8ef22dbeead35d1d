"""The bus: who listens hears what it wants in order, and is told what it missed."""

import asyncio

import pytest

from csms_reference.events import bus as module
from csms_reference.events.bus import LINGER_MS, Bus
from csms_reference.events.event import EventId, Filter, Gap, read_id
from csms_reference.events.kinds import KINDS, Connected, Message, Progress, kind, kinds_of

STATIONS = frozenset({"station.connected"})
LOGS = frozenset({"log.status", "firmware.status"})


@pytest.fixture
def it():
    return Clocked()


class Clocked(Bus):
    """A bus whose time the test sets."""

    def __init__(self):
        self.time_ms = 1000
        super().__init__(lambda: self.time_ms)

    def connects(self, station):
        self.publish("station.connected", station, self.time_ms, Connected("1.6", "here"))

    def logs(self, status, station="CP-1"):
        self.publish("log.status", station, self.time_ms, Progress(status, 1))


async def taken(subscription, count):
    """So many of what waits there, events by their stations or statuses."""
    found = []
    for _ in range(count):
        async with asyncio.timeout(5):
            one = await subscription.next()
        found.append(one if isinstance(one, Gap) else one.data.get("status", one.station))
    return found


def refuse(*_):
    raise AssertionError("made although nobody listens")


async def test_who_listens_hears_what_it_wants_in_order(it):
    logs, all_ = it.subscribe(Filter(LOGS)), it.subscribe(Filter(LOGS | STATIONS))
    it.connects("CP-1")
    it.logs("Uploading")
    it.logs("Uploaded")
    assert await taken(logs, 2) == ["Uploading", "Uploaded"]
    assert await taken(all_, 3) == ["CP-1", "Uploading", "Uploaded"]


async def test_of_named_stations_alone(it):
    heard = it.subscribe(Filter(STATIONS, frozenset({"CP-2"})))
    it.connects("CP-1")
    it.connects("CP-2")
    assert await taken(heard, 1) == ["CP-2"]


def test_nothing_is_made_that_nobody_wants(it, monkeypatch):
    it.subscribe(Filter(LOGS))
    monkeypatch.setattr(module, "data_of", refuse)
    it.connects("CP-1")


async def test_numbers_grow_within_a_millisecond_and_when_the_clock_goes_back(it):
    heard = it.subscribe(Filter(STATIONS))
    for time_ms in (1000, 1000, 500, 2000):
        it.time_ms = time_ms
        it.connects("CP-1")
    assert [(await heard.next()).id for _ in range(4)] == [(1000, 1), (1000, 2), (1000, 3), (2000, 1)]


async def test_a_slow_subscriber_is_told_how_much_it_missed_where_it_was(it):
    heard = it.subscribe(Filter(LOGS), most=2)
    for status in "abcde":
        it.logs(status)
    assert await taken(heard, 1) == ["a"]
    it.logs("f")
    assert await taken(heard, 3) == ["b", Gap(3), "f"]


async def test_a_gap_is_told_also_where_nothing_follows(it):
    heard = it.subscribe(Filter(LOGS), most=1)
    for status in "abc":
        it.logs(status)
    assert await taken(heard, 2) == ["a", Gap(2)]


async def test_who_comes_again_goes_on_where_it_was(it):
    first = it.subscribe(Filter(LOGS))
    it.logs("a")
    it.logs("b")
    last = (await first.next()).id
    first.close()
    it.logs("c")
    assert await taken(it.subscribe(Filter(LOGS), after=last), 2) == ["b", "c"]


async def test_who_stayed_away_too_long_is_told_of_a_gap(it):
    first = it.subscribe(Filter(LOGS))
    it.logs("a")
    last = (await first.next()).id
    first.close()
    it.time_ms += LINGER_MS + 1
    it.logs("b")
    again = it.subscribe(Filter(LOGS), after=last)
    it.logs("c")
    assert await taken(again, 2) == [Gap(None), "c"]
    assert it.wanted == LOGS


async def test_nobody_wants_a_kind_any_more_once_it_has_lingered(it):
    it.subscribe(Filter(LOGS)).close()
    assert it.wanted == LOGS
    it.time_ms += LINGER_MS + 1
    it.logs("a")
    assert it.wanted == frozenset()


async def test_what_is_no_longer_kept_is_a_gap(it, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 3)
    it = Clocked()
    first = it.subscribe(Filter(LOGS))
    for status in "abcde":
        it.logs(status)
    ids = [(await first.next()).id for _ in range(5)]
    assert await taken(it.subscribe(Filter(LOGS), after=ids[0]), 4) == [Gap(None), "c", "d", "e"]
    assert await taken(it.subscribe(Filter(LOGS), after=ids[1]), 3) == ["c", "d", "e"]


async def test_kinds_that_nobody_wanted_then_are_a_gap(it):
    first = it.subscribe(Filter(LOGS))
    it.logs("a")
    last = (await first.next()).id
    assert await taken(it.subscribe(Filter(LOGS | STATIONS), after=last), 1) == [Gap(None)]


async def test_messages_are_heard_of_stations_that_are_watched_and_not_kept(it):
    frames = frozenset({"message.sent"})
    heard = it.subscribe(Filter(frames, frozenset({"CP-1"})))
    assert (it.wanted, it.watched) == (frames, {"CP-1"})
    it.publish("message.sent", "CP-1", 0, Message("[2]"))
    last = (await heard.next()).id
    heard.close()
    assert (it.wanted, it.watched) == (frozenset(), frozenset())
    assert await taken(it.subscribe(Filter(frames, frozenset({"CP-1"})), after=EventId(last.at_ms, 0)), 0) == []


async def test_a_change_of_mind_counts_from_then_on(it):
    heard = it.subscribe(Filter(LOGS))
    heard.change(Filter(STATIONS))
    it.logs("a")
    it.connects("CP-1")
    assert await taken(heard, 1) == ["CP-1"]


async def test_at_the_end_what_waits_is_told_and_then_nothing(it):
    heard = it.subscribe(Filter(LOGS))
    it.logs("a")
    it.close()
    assert await taken(heard, 1) == ["a"]
    assert await heard.next() is None
    assert await it.subscribe(Filter(LOGS)).next() is None


async def test_who_delivers_hears_what_is_wanted(it):
    told = []
    it.on_change(lambda: told.append((it.wanted, it.watched)))
    first = it.subscribe(Filter(LOGS))
    it.subscribe(Filter(STATIONS))
    assert told == [(LOGS, frozenset()), (LOGS | STATIONS, frozenset())]
    assert it.wants(but=first) == (STATIONS, frozenset())


def test_numbers_are_read_as_they_are_written():
    assert read_id(str(EventId(12, 3))) == EventId(12, 3)
    for text in ("12", "12-", "a-1", "-1-2", "١-٢", "1" * 40 + "-1"):
        with pytest.raises(ValueError, match="no id"):
            read_id(text)


def test_patterns_mean_kinds():
    assert kinds_of(["transaction.*"]) == {f"transaction.{what}" for what in ("started", "updated", "ended")}
    assert kinds_of([]) == KINDS.keys() - {"message.received", "message.sent"}
    with pytest.raises(ValueError, match=r"'transactions\.\*'"):
        kinds_of(["transactions.*"])


def test_a_kind_is_registered_once():
    with pytest.raises(ValueError, match=r"station\.connected"):
        kind(KINDS["log.status"].scope, "station.connected")(Connected)
