"""The process that makes the visits of a round is killed in the middle, and there is the next one: docs/tokens.md."""

from collections import Counter

import pytest
import pytest_asyncio

from tests.csms_reference.lives import alive, serving
from tests.csms_reference.test_locallist import Lister

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.one_node("its process is killed, and there is the next one"),
]

LISTS, CACHES = "/local-list-synchronisations", "/authorization-cache-clearances"
CACHE = {"ClearCache": {"status": "Accepted"}}
ENDS = ("done", "failed")
TOKENS = dict.fromkeys("ABCDE", "Accepted")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mortal(tmp_path_factory, migrated):
    async with serving(tmp_path_factory.mktemp("rounds"), migrated, lists_at_once=2) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def lives(mortal):
    async with alive(*mortal) as made:
        yield made


async def lister(lives, identity, version):
    """A station with a list, which takes two entries in a message."""
    station = await lives.station(identity, version)
    station.able = Lister(station, items=2)
    station.replies = station
    return station


async def begin(lives, kind, stations):
    """Have stations do it; where the round is. Its visits are begun in the order of the stations' names."""
    made = await lives.post(kind, stations=[each.identity for each in stations])
    return f"{kind}/{made['id']}"


async def look(lives):
    """Have the CSMS see at once who is there, as it does by itself some seconds later: a round of nobody begins."""
    await begin(lives, CACHES, [])


def sent(station):
    """Of each message with a part of its list: its kind, the version, how many entries."""
    return station.able.sent


async def test_lists_go_on_where_they_were(lives):
    for token in TOKENS:
        await lives.post("/tokens", id_token=token)
    names = ("L-1", "L-2", "L-3", "L-4", "L-5")
    versions = ("2.0.1", "1.6", "2.0.1", "1.6", "2.0.1")
    done, halfway, unkept, *unasked = stations = [
        await lister(lives, *each) for each in zip(names, versions, strict=True)
    ]
    for station in stations[1:]:
        station.slow = True
    where = await begin(lives, LISTS, stations)
    await lives.becomes(done, "done")
    for action in ("GetLocalListVersion", "GetConfiguration", "SendLocalList"):
        await halfway.holds(action)
        halfway.answer()
    await halfway.holds("SendLocalList", 2)
    for action in ("GetLocalListVersion", "GetVariables"):
        await unkept.holds(action)
        unkept.answer()
    await unkept.holds("SendLocalList")
    assert await lives.states(where) == dict(zip(names, ("done", "sent", "sent", "pending", "pending"), strict=True))
    assert [station.calls for station in unasked] == [[], []]
    await lives.kill_with(unkept)
    calls = len(done.calls)

    await lives.begin()
    assert await lives.states(where) == {"L-1": "done"} | dict.fromkeys(names[1:], "pending")
    await lives.return_all()
    await lives.ended(where)

    assert await lives.states(where) == dict.fromkeys(names, "done")
    assert len(done.calls) == calls
    first, second, third = ("Full", 1, 2), ("Differential", 2, 2), ("Differential", 3, 1)
    assert sent(done) == sent(halfway) == [first, second, third]  # of what it has taken, nothing is sent again
    assert sent(unkept) == [first, ("Full", 2, 2), ("Differential", 3, 2), ("Differential", 4, 1)]
    assert [sent(station) for station in unasked] == [[first, second, third]] * 2
    assert [station.able.entries for station in stations] == [TOKENS] * 5
    assert [row["tries"] for row in (await lives.rows(where)).values()] == [1, 2, 2, 1, 1]
    assert await lives.ends(ENDS, len(names)) == Counter(names)


async def test_caches_are_cleared_once_more_where_no_answer_was_kept_and_nowhere_else(lives):
    names = ("C-1", "C-2", "C-3", "C-4", "C-5")
    done, refuses, held, unkept, unasked = stations = [await lives.station(name, able=CACHE) for name in names]
    refuses.able = {"ClearCache": {"status": "Rejected"}}
    for station in (held, unkept, unasked):
        station.slow = True
    where = await begin(lives, CACHES, stations)
    await lives.becomes(done, "done")
    await lives.becomes(refuses, "failed")
    await held.holds("ClearCache")
    await unkept.holds("ClearCache")
    assert await lives.states(where) == dict(zip(names, ("done", "failed", "sent", "sent", "pending"), strict=True))
    await lives.kill_with(unkept)
    assert unasked.calls == []

    await lives.begin()
    again = await begin(lives, CACHES, [held])  # which is one visit with what was left
    await lives.return_all()
    await look(lives)
    await lives.ended(where)
    await lives.ended(again)

    rows = await lives.rows(where)
    assert [(row["state"], row["status"]) for row in rows.values()] == [
        ("done", "Accepted"), ("failed", "Rejected"), *[("done", "Accepted")] * 3
    ]  # fmt: skip
    assert [len(station.asked("ClearCache")) for station in stations] == [1, 1, 2, 2, 1]
    assert [row["tries"] for row in rows.values()] == [1, 1, 2, 2, 1]
    assert (await lives.states(again), done.calls) == ({"C-3": "done"}, [("ClearCache", {})])
    assert await lives.ends(ENDS, len(names)) == Counter(names)


async def test_a_visit_outlives_one_kill_after_the_other(lives):
    """And what a kill cuts off does not end it: the station has never said no."""
    held = await lives.station("V-1", able=CACHE)
    held.slow = True
    where = await begin(lives, CACHES, [held])
    for times in (1, 2):
        await held.holds("ClearCache", times)
        await lives.kill()
        await lives.begin()
        assert await lives.states(where) == {"V-1": "pending"}
        await held.come()
        await look(lives)
    await held.holds("ClearCache", 3)
    held.answer()
    await lives.ended(where)
    row = (await lives.rows(where))["V-1"]
    assert (row["state"], row["status"], row["tries"]) == ("done", "Accepted", 3)
    assert await lives.ends(ENDS, 1) == {"V-1": 1}
