"""Who judges, and when: one node at a time, also when it dies, and over restarts."""

import asyncio

import pytest

from csms_reference.alerts.connection import Connections
from csms_reference.alerts.judge import Judge
from csms_reference.front import Alone
from csms_reference.store import StoreError
from csms_reference.store.alert_tables import alerts
from tests.csms_reference.nodes.conftest import nodes, redis

__all__ = ["nodes", "redis"]


class Counting:
    """A rule that counts its looks, and fails as often as it is told to."""

    def __init__(self, every_s=0.0, ends=()):
        self.every_s, self.looks, self.ends = every_s, 0, list(ends)

    async def look(self, _):
        self.looks += 1
        if self.ends:
            raise self.ends.pop()


async def fault(station, status="Faulted"):
    await station.ask("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": status})


async def test_every_rule_looks(watch):
    on = watch()
    one = on.judge()
    station = await on.it.station(version="1.6")
    await fault(station)
    await one.round()
    assert await on.open() == [("Fault", "Connector", "Major")]
    assert on.it.front.open_alerts == {("Fault", "Major"): 1}
    await fault(station, "Available")
    await one.round()
    assert (await on.open(), on.it.front.open_alerts) == ([], {})


async def test_a_rule_rests_as_long_as_it_says(watch):
    on = watch()
    often, seldom = Counting(), Counting(60.0)
    one = on.judge([lambda: often, lambda: seldom])
    for _ in range(13):
        await one.round()
        on.it.forward(10)
    assert (often.looks, seldom.looks) == (13, 3)


async def test_a_rule_that_fails_keeps_no_other_from_looking(watch, caplog):
    on = watch()
    bad, good = Counting(ends=[ValueError("bug")]), Counting()
    one = on.judge([lambda: bad, lambda: good])
    await one.round()
    assert (bad.looks, good.looks) == (1, 1)
    assert "the rule Counting failed" in caplog.text


async def test_a_database_that_fails_ends_the_round_and_not_the_judge(watch, monkeypatch, caplog):
    on, again = watch(alerts_every_s=0.001), asyncio.Event()
    ends = [StoreError("no"), ValueError("bug")]

    async def failing(_):
        if ends:
            raise ends.pop()
        again.set()

    monkeypatch.setattr(Judge, "round", failing)
    one = Judge(on.it.front)
    async with asyncio.timeout(5):
        await again.wait()
    await one.close()
    assert ("a round of alerts failed" in caplog.text, "alerts wait for the database" in caplog.text) == (True, True)


async def test_one_node_judges_and_another_when_it_is_silent(watch):
    on = watch(node_name="a")
    other = Alone(on.it.csms)
    first, second = Counting(), Counting()
    a = on.judge([lambda: first])
    b = Judge(other, [lambda: second])
    b._task.cancel()
    b._node = "b"
    for one in (a, b, a, b):
        await one.round()
    assert (first.looks, second.looks) == (2, 0)
    on.it.forward(30)
    await b.round()
    assert second.looks == 0
    on.it.forward(1)
    for one in (b, a):
        await one.round()
    assert (first.looks, second.looks) == (2, 1)
    await b.close()
    await a.round()
    assert first.looks == 3


async def test_who_judges_again_remembers_nothing(watch):
    on = watch()
    made = []
    one = on.judge([lambda: made.append(Counting()) or made[-1]])
    await one.round()
    own, one._node = one._node, "another"
    await one.round()
    one._node = own
    await one.round()
    assert [rule.looks for rule in made] == [1, 1]


async def test_after_a_restart_what_is_open_is_known_and_what_has_ended_meanwhile_ends(watch):
    on = watch(alert_offline_s=100)
    stations = [await on.it.station(name, "1.6") for name in ("CP-1", "CP-2")]
    for station in stations:
        await fault(station)
    await on.judge().round()
    await fault(stations[0], "Available")
    await on.judge().round()
    assert await on.alerts("station", "state", "times") == [("CP-1", "Cleared", 1), ("CP-2", "Raised", 1)]


async def test_zero_seconds_is_never(watch):
    on = watch(alerts_every_s=0)
    assert Judge(on.it.front)._task is None


async def rows(one):
    return await one.csms.store.read(lambda database: list(database.execute(alerts.select())))


@pytest.mark.one_node("it makes nodes of its own")
async def test_who_is_at_another_node_is_not_lost_and_two_nodes_raise_one_alert(nodes, monkeypatch):
    a, b = [await nodes(name, alert_offline_s=100) for name in ("a", "b")]
    clock = [a.front.now_ms() + 3_600_000]
    for one in (a, b):
        monkeypatch.setattr(type(one.front._membership), "experienced", True)
        one.front.now_ms = lambda: clock[0]
    station = await a.station()
    await a.told()
    judges = [Judge(one.front, [Connections]) for one in (b, a)]
    for each in judges:
        each._task.cancel()
        monkeypatch.setattr(each, "_is_ours", _always(each))
        for _ in range(3):
            await each.round()
            clock[0] += 100_000
    assert await rows(a) == []
    station.link.close(1000, "")
    await station.until(lambda: station.ended)
    await a.told()
    for _ in range(3):
        for each in judges:
            await each.round()
        clock[0] += 100_000
    assert [(row.station, row.state, row.times) for row in await rows(a)] == [("CP-1", "Raised", 1)]
    await b.station()
    await b.told()
    await judges[1].round()
    assert [row.state for row in await rows(a)] == ["Cleared"]
    assert [one.front.sees_all for one in (a, b)] == [True, True]
    a.front._membership.away = True
    assert [one.front.sees_all for one in (a, b)] == [False, True]
    a.front._membership.away = False


def _always(one):
    async def ours():
        one._rules = one._rules or [Connections()]
        return True

    return ours
