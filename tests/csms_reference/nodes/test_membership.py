"""A node's lives: they end when its key does, when Redis is another one, and when it stood still."""

import asyncio
import json
import os
import socket

import pytest

from csms_reference import outcome
from csms_reference.nodes import membership
from csms_reference.nodes.answers import Answers
from csms_reference.nodes.redis import Away
from csms_reference.outcome import Outcome
from csms_reference.settings import SettingsError


async def test_who_was_thought_dead_begins_a_new_life_with_what_it_holds(two, redis):
    a, b = two
    station = await a.station()
    await a.told()
    life = a.node.membership.life
    await redis.delete(a.node.keys.node("a"))
    await a.node.membership._beat()
    assert a.node.membership.life not in (life, None)
    assert (await b.node.holdings.where(["CP-1"]))["CP-1"].life == a.node.membership.life
    assert station.ended is None


async def test_a_redis_that_is_another_one_ends_the_life_too(two):
    a, _ = two
    life = a.node.membership.life
    a.node.membership._run_id = "another"
    a.node.membership.failed(Away("for a moment"))
    assert a.node.membership.away
    await a.node.membership._beat()
    assert (a.node.membership.life == life, a.node.membership.away) == (False, False)


async def test_what_was_asked_in_a_life_that_is_over_is_told_so(two, redis):
    a, b = two
    station = await b.station(answers=False)
    await b.told()
    asked = asyncio.ensure_future(a.front.command("CP-1", "clear_cache"))
    await station.until(lambda: station.calls)
    await redis.delete(a.node.keys.node("a"))
    await a.node.membership._beat()
    end = await asked
    assert (end.status, "too long" in end.error) == (outcome.DISCONNECTED, True)


async def test_a_namesake_that_lives_is_respected_and_one_that_died_is_not(nodes, redis, monkeypatch):
    monkeypatch.setattr(membership, "EXPIRES_S", 0.2)
    a = await nodes("a")
    about = {"life": "other", "host": "elsewhere", "pid": 1, "connected": 0, "api": ""}
    await redis.set(a.node.keys.node("b"), json.dumps(about))
    with pytest.raises(SettingsError, match="node_name: b is process 1 at elsewhere"):
        await nodes("b")
    dead = {**about, "host": socket.gethostname(), "pid": 2**22 + os.getpid()}
    await redis.set(a.node.keys.node("c"), json.dumps(dead))
    assert (await nodes("c")).node.membership.life


async def test_nodes_know_one_another_and_count_together(two):
    a, b = two
    await b.station()
    await b.node.membership._beat()
    await a.node.membership._beat()
    assert {name: peer.connected for name, peer in a.node.membership.others.alive.items()} == {"b": 1}
    assert (a.front.connected(), b.front.connected()) == (1, 1)


async def test_answers_are_for_the_connection_that_was_meant(two):
    a, _ = two
    await a.station()
    answers = Answers(a.node.local, a.node.holdings)
    serial = a.node.holdings.here["CP-1"].serial
    assert answers.moved({"station": "CP-1", "serial": serial}) is None
    assert answers.moved({"station": "CP-1", "serial": serial + 1}) == Outcome(outcome.OFFLINE, error="CP-1 has moved")


async def test_who_stood_still_does_not_count_on_itself_even_before_it_asks_redis(two, monkeypatch):
    mine = two[0].node.membership
    assert mine.alive
    later_s = membership._now_s() + membership.EXPIRES_S
    monkeypatch.setattr(membership, "_now_s", lambda: later_s)
    assert (mine.alive, mine.experienced, mine.life is None) == (False, False, False)


async def test_a_life_goes_on_by_itself(nodes, monkeypatch):
    monkeypatch.setattr(membership, "INTERVAL_S", 0.02)
    mine = (await nodes("a")).node.membership
    life, looks = mine.life, set()
    async with asyncio.timeout(10):
        while len(looks) < 3:
            looks.add(mine.others.at_s)
            await asyncio.sleep(0.01)
    assert mine.life == life


@pytest.mark.parametrize("over", [False, True])
async def test_while_redis_is_away_a_life_lasts_as_long_as_its_lease(two, monkeypatch, over):
    mine = two[0].node.membership
    life, later_s = mine.life, membership._now_s() + (membership.EXPIRES_S if over else 0)

    async def away():
        raise Away("for a while")

    monkeypatch.setattr(mine, "_beat", away)
    monkeypatch.setattr(membership, "_now_s", lambda: later_s)
    mine.failed(Away("for a while"))
    assert (mine.away, mine.life, mine.alive) == (True, None if over else life, not over)
    async with asyncio.timeout(5):
        await mine.settled(3600)  # nobody waits for a Redis that is known to be away


async def test_who_leaves_in_order_leaves_no_key(two, redis):
    a, b = two
    key = a.node.keys.node("a")
    assert await redis.exists(key)
    await a.node.close()
    assert not await redis.exists(key)
    assert await redis.exists(b.node.keys.node("b"))
