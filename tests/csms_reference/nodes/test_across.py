"""Events of all nodes are heard at each, with the same numbers; without Redis each tells its own."""

import asyncio

from csms_reference.events import across
from csms_reference.events.event import Filter, Gap
from csms_reference.events.kinds import Booted, kinds_of

BOOTED = Booted("Accepted", "2.0.1", "Acme", "One", None, None, None)
STATIONS = Filter(frozenset({"station.booted"}))
MESSAGES = kinds_of(["message.*"])


async def heard(subscription):
    async with asyncio.timeout(10):
        return await subscription.next()


async def until(condition):
    """Wait for what comes over Redis."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 -- Redis tells nobody
            await asyncio.sleep(0.01)


async def listening(node, others, chosen=STATIONS):
    """Subscribe at a node, and see that the others know."""
    subscription = node.csms.bus.subscribe(chosen)
    await until(lambda: all(other.csms.bus.wanted >= chosen.kinds for other in others))
    await until(lambda: all(one.node._events.there for one in (node, *others)))
    return subscription


async def test_what_happens_at_one_node_is_heard_at_another_with_the_same_number(two):
    a, b = two
    here, there = await listening(a, [b]), await listening(b, [a])
    await a.station("CP-1")
    await b.station("CP-2")
    told = [[await heard(each) for _ in range(2)] for each in (here, there)]
    assert {event.station for event in told[0]} == {"CP-1", "CP-2"}  # whichever node writes first
    assert [(event.id, event.text) for event in told[0]] == [(event.id, event.text) for event in told[1]]


async def test_a_client_goes_on_at_another_node(two):
    a, b = two
    here = await listening(a, [b])
    there = await listening(b, [a])
    await a.station("CP-1")
    last = (await heard(here)).id
    here.close()
    await heard(there)
    await a.station("CP-2")
    assert (await heard(b.csms.bus.subscribe(STATIONS, after=last))).station == "CP-2"


async def test_nothing_is_written_that_nobody_wants(two, redis):
    a, b = two
    await listening(a, [b], Filter(frozenset({"log.status"})))
    await b.station("CP-1")
    assert not any("event" in entry for _, entry in await redis.xrange(b.node.keys.events))


async def test_a_node_that_comes_later_knows_at_once_what_is_wanted(nodes):
    a = await nodes("a")
    a.csms.bus.subscribe(STATIONS)
    b = await nodes("b")
    await until(lambda: b.csms.bus.wanted == STATIONS.kinds)


async def test_messages_of_a_watched_station_come_from_its_node(two):
    a, b = two
    watching = await listening(a, [b], Filter(MESSAGES, frozenset({"CP-2"})))
    await b.station("CP-1")
    await b.station("CP-2")
    assert [(await heard(watching)).station for _ in range(2)] == ["CP-2"] * 2


async def test_a_node_that_says_nothing_any_more_wants_nothing(two, monkeypatch):
    a, b = two
    await listening(a, [b])
    await a.node.close()
    monkeypatch.setattr(across, "FORGOTTEN_S", 0)
    b.csms.bus.subscribe(Filter(frozenset({"log.status"}))).close()
    await until(lambda: b.csms.bus.wanted == {"log.status"})


async def test_without_redis_a_node_tells_its_own_events_and_others_learn_that_they_missed_some(two):
    a, b = two
    here, there = await listening(a, [b]), await listening(b, [a])
    events = a.node._events
    write, events._client = events._client, Broken()
    await a.station("CP-1")
    assert (await heard(here)).station == "CP-1"
    await a.station("CP-2")
    assert (await heard(here)).station == "CP-2"
    events._client = write
    assert await heard(there) == Gap(None)
    await until(lambda: events.there)
    await a.station("CP-3")
    assert [(await heard(each)).station for each in (here, there)] == ["CP-3"] * 2


class Broken:
    """A Redis that cannot be reached."""

    def __getattr__(self, _):
        raise OSError("gone")


async def test_who_reads_too_late_learns_that_it_missed_some(nodes, redis):
    a = await nodes("a")
    subscription = await listening(a, [])
    events = a.node._events
    reader, events._client = events._client, Broken()
    await until(lambda: not events._reads)
    await redis.xtrim(a.node.keys.events, maxlen=0)
    await redis.xadd(a.node.keys.events, {"lost": "a"})
    events._client = reader
    assert await heard(subscription) == Gap(None)


async def test_what_a_node_of_another_version_says_is_passed_over(two, redis, caplog):
    a, b = two
    there = await listening(b, [a])
    for entry in ({"wants": '["c", ["no.such", "log.status"], [], false]'}, {"wants": "[]"}, {"event": "{"}):
        await redis.xadd(a.node.keys.events, entry)
    await until(lambda: a.csms.bus.wanted == {"station.booted", "log.status"})
    await a.station("CP-1")
    assert (await heard(there)).station == "CP-1"
    assert "is not understood" in caplog.text


async def test_more_than_is_written_at_once_is_written_without_waiting_for_news(two, monkeypatch):
    a, b = two
    there = await listening(b, [a])
    monkeypatch.setattr(across, "WRITTEN_AT_ONCE", 2)
    monkeypatch.setattr(across, "ANNOUNCED_S", 3600)
    for number in range(5):
        a.csms.bus.publish("station.booted", f"CP-{number}", 1, BOOTED)
    assert [(await heard(there)).station for _ in range(5)] == [f"CP-{number}" for number in range(5)]


class Unwritable:
    """A Redis that can be read."""

    def __init__(self, client):
        self._client = client
        self.tried = 0

    def __getattr__(self, name):
        if name == "pipeline":
            self.tried += 1
            raise OSError("gone")
        return getattr(self._client, name)


async def test_redis_is_tried_again_without_waiting_for_news(two, monkeypatch):
    a, _ = two
    here = await listening(a, [])
    monkeypatch.setattr(across, "ANNOUNCED_S", 3600)
    events = a.node._events
    reach, events._client = events._client, Unwritable(events._client)
    await a.station("CP-1")
    assert (await heard(here)).station == "CP-1"
    await until(lambda: events._client.tried > 3)
    assert not events.there
    events._client = reach
    await until(lambda: events.there)
