"""Nodes and their campaigns: each is run by one of them, and goes on when that one is gone."""

import pytest

from csms_reference.campaigns.engine import AFRESH_MS, NEWS, STARTED
from csms_reference.campaigns.rows import LEASE_MS
from csms_reference.campaigns.states import Standing, State
from csms_reference.store import Store, StoreError
from tests.csms_reference.campaigns.conftest import RESET, UPDATE, Yard
from tests.csms_reference.lines import Workers

pytestmark = pytest.mark.one_node("its nodes share a database alone")


@pytest.fixture
async def two(bench, yard):
    """Two nodes over one database, whose stations do not come by themselves; each has a clock of its own."""
    store = Store.open(inline=True)
    return [yard(bench(store, node_name=name)) for name in ("a", "b")]


async def seconds(*yards, count):
    for _ in range(count):
        for each in yards:
            each.it.forward(1)
            await each.it.quiet()


async def test_a_campaign_is_taken_over_within_seconds_of_its_nodes_death(two):
    a, b = two
    await a.machine("S", connected=False)
    number = await a.start(RESET)
    await seconds(a, b, count=20)
    assert ((await a.campaign(number))["holder"], b.engine._rollouts) == ("a", {})
    a.engine._closed = True  # and nothing else of it happens any more
    await seconds(b, count=LEASE_MS // 1000 - 2)
    assert (await a.campaign(number))["holder"] == "a"
    await seconds(b, count=6)
    assert (await a.campaign(number))["holder"] == "b"
    await a.machines["S"].connect(b.it)
    await b.it.quiet()
    assert await a.states(number) == {"S": Standing.SUCCEEDED}


async def test_who_comes_back_from_the_dead_asks_nobody_any_more(two):
    a, b = two
    machine = await a.machine("S", connected=False)
    number = await a.start(RESET)
    await seconds(b, count=LEASE_MS // 1000 + 3)
    assert (await a.campaign(number))["holder"] == "b"
    assert number in a.engine._rollouts  # it does not know yet
    await machine.connect(a.it)
    await a.it.quiet()
    assert (machine.resets, machine.hear(), a.engine._rollouts) == (0, [], {})
    assert await a.states(number) == {"S": Standing.WAITING}


async def test_a_node_that_ends_leaves_its_campaigns_to_the_others_at_once(two):
    a, b = two
    number = await a.start(RESET, target={"later": True}, schedule={"deadline": "2026-03-05T00:00:00Z"})
    await a.engine.close()
    await seconds(b, count=3)
    assert (await a.campaign(number))["holder"] == "b"


async def test_a_node_hears_of_stations_only_while_it_runs_a_campaign(yard):
    it = yard()
    await it.it.quiet()
    assert it.engine.filter.kinds == STARTED
    await it.machine("S")
    number = await it.start(UPDATE, expected="2.0")
    assert it.engine.filter.kinds == NEWS
    await it.pass_time(10)
    assert ((await it.campaign(number))["state"], it.engine.filter.kinds) == (State.COMPLETED, STARTED)


async def test_a_database_that_fails_for_a_while_is_waited_for(yard, monkeypatch):
    it = yard()
    await it.machine("S", connected=False)
    number = await it.start(RESET)
    write = it.it.store.write

    async def fail(_fn):
        raise StoreError("gone")

    monkeypatch.setattr(it.it.store, "write", fail)
    it.engine._again([number])
    await seconds(it, count=10)
    monkeypatch.setattr(it.it.store, "write", write)
    await it.machines["S"].connect(it.it)
    await seconds(it, count=3)
    assert await it.states(number) == {"S": Standing.SUCCEEDED}


async def test_a_campaign_that_cannot_be_run_does_not_hold_up_the_others(yard, caplog):
    it = yard()
    await it.machine("S")
    bad = await it.start(RESET, target={"later": True}, schedule={"deadline": "2026-03-05T00:00:00Z"})
    await it.it.quiet()

    async def fail(*_given, **_more):
        raise ValueError("bug")

    it.engine._rollouts[bad].round = fail
    it.engine._again([bad])
    number = await it.start(RESET)
    await seconds(it, count=3)
    assert await it.states(number) == {"S": Standing.SUCCEEDED}
    assert f"campaign {bad} failed, and is tried again" in caplog.text


async def test_all_stations_are_looked_at_now_and_then(yard):
    it = yard()
    machine = await it.machine("S", connected=False)
    number = await it.start(RESET)
    it.it.csms.bus.leave(it.engine)  # it hears nothing
    await machine.connect(it.it)
    await it.pass_time(AFRESH_MS / 1000 - 60, every=60)
    assert await it.states(number) == {"S": Standing.WAITING}
    await it.pass_time(100, every=20)
    assert await it.states(number) == {"S": Standing.SUCCEEDED}


async def test_too_much_news_is_remembered_as_one_thing(yard, monkeypatch):
    monkeypatch.setattr("csms_reference.campaigns.engine.NEWS_MOST", 0)
    it = yard()
    machine = await it.machine("S", connected=False)
    number = await it.start(RESET)
    await machine.connect(it.it)
    await it.it.quiet()
    assert (await it.states(number), it.engine._names) == ({"S": Standing.SUCCEEDED}, set())


async def test_nobody_is_asked_while_the_csms_goes_down(yard):
    it = yard()
    machine = await it.machine("S")
    it.it.front.draining = True
    number = await it.start(RESET)
    assert (await it.states(number), machine.station.calls) == ({"S": Standing.PENDING}, [])


async def test_stations_of_several_workers_are_asked_and_heard(bench):
    it = bench()
    yard = Yard(it, Workers(it).front)
    await yard.fleet(4)
    number = await yard.start(UPDATE, expected="2.0", pace={"at_once": 2})
    await yard.pass_time(20)
    assert set((await yard.states(number)).values()) == {Standing.SUCCEEDED}
    assert [len(machine.updates) for machine in yard.machines.values()] == [1] * 4
    await yard.engine.close()
