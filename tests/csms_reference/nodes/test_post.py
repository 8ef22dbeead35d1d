"""What nodes ask one another: only of the living, and only the living answer."""

import asyncio
import json

import pytest

from csms_reference import outcome
from csms_reference.nodes.membership import Others
from csms_reference.nodes.redis import Away
from csms_reference.workers.wire import HungUp


async def test_a_node_that_stood_still_carries_nothing_out_before_it_has_asked(two):
    a, b = two
    station = await b.station()
    await b.told()
    entry = (await a.node.holdings.where(["CP-1"]))["CP-1"]
    b.node.membership._lease_s = 0.0  # as after a pause
    about = {"station": "CP-1", "name": "clear_cache", "fields": {}, "order": None, "serial": entry.serial}
    said = {"kind": "ask", "node": "a", "life": "", "number": 1, "what": "command", "about": json.dumps(about)}
    b.node.post._take(entry.life, said)
    assert not b.node.post._tasks
    assert (await b.front.command("CP-1", "clear_cache")).status == "Accepted"  # after the next beat
    assert (b.node.membership.alive, len(station.calls)) == (True, 1)


async def test_who_is_not_there_is_not_asked(two):
    a, _ = two
    with pytest.raises(HungUp, match="node b is gone"):
        await a.node.post.ask("b", "an earlier life", "seen", {"stations": []})
    a.node.membership.away = True
    with pytest.raises(Away):
        await a.node.post.ask("b", "any", "seen", {"stations": []})
    a.node.membership.away = False


async def test_a_question_to_a_node_that_lives_stays_open(two):
    a, b = two
    station = await b.station(answers=False)
    await b.told()
    asked = asyncio.ensure_future(a.front.command("CP-1", "clear_cache"))
    await station.until(lambda: station.calls)
    await a.node.membership._beat()
    look = a.node.membership.others
    assert set(look.alive) == {"b"}
    for others in (Others(), look):  # one from before b joined, and one that has seen it
        a.node.membership.others = others
        a.node.post.mourn()
        await asyncio.sleep(0)
        assert not asked.done()
    a.node.membership.others = Others(look.at_s)  # it has died
    a.node.post.mourn()
    end = await asked
    assert (end.status, "the node is gone" in end.error) == (outcome.DISCONNECTED, True)
