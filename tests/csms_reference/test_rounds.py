"""Many stations get the same: each when it is there, not all at once, and with an end, whatever happens meanwhile."""

import pytest
from sqlalchemy import update

from csms_reference import outcome
from csms_reference import rounds as made
from csms_reference.events.event import Filter
from csms_reference.outcome import Outcome
from csms_reference.rounds import end_of
from csms_reference.services import rounds
from csms_reference.services.rounds import Plan, State, Visit, Work
from csms_reference.store import StoreError
from csms_reference.store.round_tables import visits
from tests.csms_reference.lines import Workers
from tests.csms_reference.test_locallist import Lister

DAY_MS = 86_400_000
VERSIONS = ("1.6", "2.0.1", "2.1")


class Fleet:
    """Stations with lists behind a CSMS, and its rounds."""

    def __init__(self, it, front=None):
        self.it, self.front = it, front or it.front
        self.listers = {}

    async def station(self, name="CP-1", version="2.0.1", owner=None):
        station = self.listers[name] = Lister(await self.it.station(name, version))
        if owner is not None:
            await self.it.csms.register(name, owner=owner)
        return station

    async def known(self, *names, owner=None):
        for name in names:
            await self.it.csms.register(name, owner=owner)

    async def begin(self, work=Work.LISTS, names=None, **more):
        plan = Plan(work, more.pop("owner", None), "tester", more.pop("within_ms", DAY_MS), **more)
        now_ms = self.it.csms.now_ms()
        number = await self.it.store.write(lambda database: rounds.begin(database, plan, now_ms, names))
        self.front.rounds.wake()
        await self.it.quiet()
        return number

    async def states(self, number):
        rows = await self.it.store.read(lambda database: rounds.visits_of(database, number, "", 100))
        return {row.station: row.state for row in rows}

    async def visit(self, number, station="CP-1"):
        rows = await self.it.store.read(lambda database: rounds.visits_of(database, number, "", 100))
        return next(row for row in rows if row.station == station)

    async def over(self, number):
        row = await self.it.store.read(lambda database: rounds.find(database, number, Work.LISTS))
        return row.ended_ms is not None

    async def forward(self, seconds):
        self.it.forward(seconds)
        await self.it.quiet()


@pytest.fixture(params=["alone", "workers"])
def fleet(bench, request):
    it = bench(versions=VERSIONS, lists_at_once=2)
    return Fleet(it, Workers(it).front if request.param == "workers" else None)


@pytest.fixture
def alone(bench):
    return Fleet(bench(versions=VERSIONS, lists_at_once=2))


async def test_every_station_of_whatever_version_gets_its_list(fleet):
    await fleet.it.token("A")
    heard = fleet.it.csms.bus.subscribe(Filter(frozenset({"local-list.synchronised"})))
    for version in VERSIONS:
        await fleet.station(f"CP-{version}", version)
    number = await fleet.begin()
    assert await fleet.states(number) == dict.fromkeys((f"CP-{version}" for version in VERSIONS), "done")
    assert {each.version: each.entries for each in fleet.listers.values()} == {1: {"A": "Accepted"}}
    assert all(each.entries == {"A": "Accepted"} for each in fleet.listers.values())
    assert await fleet.over(number)
    row = await fleet.visit(number, "CP-1.6")
    assert (row.status, row.error, row.version, row.tries) == ("Accepted", None, 1, 1)
    told = [await heard.next() for _ in VERSIONS]
    assert {each.station for each in told} == {f"CP-{version}" for version in VERSIONS}
    assert told[0].data == {"state": "done", "status": "Accepted", "version": 1}
    heard.close()


async def test_not_more_at_once_than_may_be(alone):
    """Who is asked and silent holds a place; the others follow as soon as places are free."""
    for number in range(5):
        lister = await alone.station(f"CP-{number}")
        lister.station.replies = {}
    number = await alone.begin()
    asked = [name for name, each in alone.listers.items() if each.station.calls]
    assert asked == ["CP-0", "CP-1"]
    assert sorted((await alone.states(number)).values()) == ["pending"] * 3 + ["sent"] * 2
    for each in alone.listers.values():
        each.station.replies = each
    await alone.forward(31)  # the two do not answer any more
    assert [state for _, state in sorted((await alone.states(number)).items())] == ["pending"] * 2 + ["done"] * 3
    await alone.forward(31)
    assert set((await alone.states(number)).values()) == {"done"}


async def test_who_is_not_there_gets_it_when_they_come(fleet):
    await fleet.known("CP-1")
    number = await fleet.begin()
    assert await fleet.states(number) == {"CP-1": "pending"}
    assert not await fleet.over(number)
    assert (await fleet.visit(number)).sent_ms is None  # nothing was tried in vain
    await fleet.it.token("LATER")
    lister = await fleet.station()
    await fleet.forward(5)
    assert (await fleet.states(number), lister.entries) == ({"CP-1": "done"}, {"LATER": "Accepted"})
    assert await fleet.over(number)


async def test_who_never_comes_is_not_waited_for(alone):
    await alone.known("CP-1", "CP-2")
    await alone.station("CP-1")
    number = await alone.begin(within_ms=60_000)
    await alone.forward(59)
    assert await alone.states(number) == {"CP-1": "done", "CP-2": "pending"}
    await alone.forward(6)
    row = await alone.visit(number, "CP-2")
    assert (row.state, row.status) == ("failed", "overdue")
    assert await alone.over(number)
    assert alone.it.wakes == []  # nothing wakes us for nothing


async def test_who_is_still_pending_is_asked_once_it_is_accepted(alone):
    """1.6 §4.2, B02: it is there, and not let in yet. That takes no try."""
    await alone.it.csms.register("CP-1", registration="Rejected")
    assert await alone.states(await alone.begin()) == {}
    ended = Outcome(outcome.NOT_ACCEPTED)
    assert end_of(visit(tries=99), ended) == (False, 5000, False)


def visit(tries=1):
    return Visit("CP-1", Work.LISTS, "me", full=False, automatic=False, tries=tries)


@pytest.mark.parametrize(
    ("end", "tries", "becomes"),
    [
        (Outcome("Accepted", {}), 1, (True, None)),
        (Outcome("Disabled", {}), 1, (True, None)),
        (Outcome("Failed", {}), 1, (False, None)),
        (Outcome("NotSupported", {}), 1, (False, None)),
        (Outcome("VersionMismatch", {}), 1, (False, None)),
        (Outcome(outcome.TOO_LARGE), 1, (False, None)),
        (Outcome(outcome.MISANSWERED), 1, (False, None)),
        (Outcome(outcome.TIMED_OUT), 1, (False, 30_000)),
        (Outcome(outcome.TIMED_OUT), 2, (False, 60_000)),
        (Outcome(outcome.TIMED_OUT), 3, (False, None)),
        (Outcome(outcome.DISCONNECTED), 3, (False, None)),
        (Outcome(outcome.REFUSED, error="InternalError: "), 1, (False, 30_000)),
        (Outcome(outcome.REFUSED, error="NotImplemented: "), 1, (False, None)),
        (Outcome(outcome.OFFLINE), 3, (False, 5000)),
    ],
)
def test_what_an_answer_comes_to(end, tries, becomes):
    """No is an answer; silence is asked again, but not for ever."""
    assert end_of(visit(tries), end)[:2] == becomes


async def test_who_hangs_up_in_the_middle_is_asked_again_some_times(alone):
    lister = await alone.station()
    lister.station.replies = {}
    number = await alone.begin()
    for tries in (1, 2):
        lister.station.link.close(1000, "crashed")
        await alone.it.quiet()
        row = await alone.visit(number)
        assert (row.state, row.status, row.tries) == ("pending", "disconnected", tries)
        lister = await alone.station()
        lister.station.replies = {}
        await alone.forward(30 * tries)
        assert lister.station.calls == [("GetLocalListVersion", {})]
    lister.station.link.close(1000, "crashed")
    await alone.it.quiet()
    row = await alone.visit(number)
    assert (row.state, row.status, row.tries) == ("failed", "disconnected", 3)


async def test_what_had_begun_goes_on_after_a_kill(alone):
    """The next life of the CSMS finds the list half sent: the station has taken the first part, and that is known."""
    for name in "ABCD":
        await alone.it.token(name)
    lister = await alone.station()
    number = await alone.begin()
    lister.sent.clear()
    await alone.it.token("E")
    claim = {"state": State.SENT, "claim": "former life", "node": "former node", "ended_ms": None, "status": None}
    await alone.it.store.write(lambda database: database.execute(update(visits).values(**claim)))
    again = Fleet(alone.it)  # knows of nothing but the database
    again.front.rounds.wake()
    await alone.it.quiet()
    assert await again.states(number) == {"CP-1": "done"}
    assert lister.sent == [("Differential", 3, 1)]
    assert lister.entries == dict.fromkeys("ABCDE", "Accepted")


async def test_a_former_holder_has_no_say_any_more(alone):
    """Two nodes: the station has moved on to the other one, which begins anew."""
    await alone.known("CP-1")
    number = await alone.begin()
    store, now_ms = alone.it.store, alone.it.csms.now_ms()

    def claim(by):
        return store.write(lambda base: rounds.claim(base, "CP-1", Work.LISTS, by=by, node=by, now_ms=now_ms))

    def end(visit, *, done):
        told = {"status": "x", "error": None, "version": None, "now_ms": now_ms}
        return store.write(lambda database: rounds.over(database, visit, done=done, **told))

    former, holder = await claim("former"), await claim("holder")
    assert not await end(former, done=False)
    await store.write(
        lambda base: rounds.again(base, former, due_ms=now_ms, status="disconnected", error=None, counts=True)
    )
    assert (await alone.visit(number)).state == "sent"
    assert await end(holder, done=True)
    assert not await end(holder, done=False)
    row = await alone.visit(number)
    assert (row.state, row.tries) == ("done", 2)


async def test_a_dead_node_leaves_nothing_begun(alone):
    await alone.known("CP-1")
    number = await alone.begin()
    store, now_ms = alone.it.store, alone.it.csms.now_ms()
    await store.write(lambda base: rounds.claim(base, "CP-1", Work.LISTS, by="x", node="dead", now_ms=now_ms))
    assert await store.write(lambda database: rounds.release(database, "living")) == 0
    assert await store.write(lambda database: rounds.release(database, "dead")) == 1
    assert await alone.states(number) == {"CP-1": "pending"}


async def test_who_began_may_say_a_while_longer_how_it_ended(alone):
    await alone.known("CP-1")
    number = await alone.begin(within_ms=60_000)
    store = alone.it.store
    now_ms = alone.it.csms.now_ms()
    await store.write(lambda base: rounds.claim(base, "CP-1", Work.LISTS, by="x", node="x", now_ms=now_ms))
    assert await store.write(lambda base: rounds.expire(base, now_ms + 61_000)) == 0
    assert await store.write(lambda base: rounds.expire(base, now_ms + 3_660_000)) == 1
    assert (await alone.visit(number)).status == "lost"


async def test_two_rounds_of_one_station_are_one_visit(alone):
    """And it is whole if one of them wants it whole."""
    await alone.it.token("A")
    lister = await alone.station()
    await alone.begin()
    lister.station.link.close(1000, "night")
    await alone.it.quiet()
    first, second = await alone.begin(), await alone.begin(full=True)
    back = await alone.station()
    back.version = 1
    await alone.forward(5)
    assert [await alone.states(number) for number in (first, second)] == [{"CP-1": "done"}] * 2
    assert back.sent == [("Full", 2, 1)]
    back.sent.clear()
    await alone.begin()
    assert back.sent == []  # it is up to date
    await alone.begin(full=True)
    assert back.sent == [("Full", 3, 1)]


async def test_a_round_and_a_command_take_turns(alone):
    """Two that change the same list at the same time would make a list of which nobody knows what is in it."""
    for name in "ABCD":
        await alone.it.token(name)
    lister = await alone.station()
    csms = alone.it.csms
    number = await alone.begin(full=True)
    lister.sent.clear()
    lister.station.replies = {}  # from here on the test answers

    async def command():
        assert (await csms.command("CP-1", "sync_local_list", full=True)).status == "Accepted"

    csms.spawn(command())
    second = await alone.begin(full=True)
    assert [action for action, _ in lister.station.calls].count("GetLocalListVersion") == 2  # one of them waits
    (*_, asked) = (each for each in lister.station.events if getattr(each, "action", "") == "GetLocalListVersion")
    lister.station.replies = lister
    lister.station.session.answer(asked.message_id, {"versionNumber": lister.version})
    lister.station._flush()
    await alone.it.quiet()
    assert lister.sent == [("Full", 3, 3), ("Differential", 4, 1), ("Full", 5, 3), ("Differential", 6, 1)]
    assert await alone.states(number) == await alone.states(second) == {"CP-1": "done"}
    assert len(csms.turns) == 0


async def test_an_owner_has_it_done_at_their_own(alone):
    for name, owner in (("N-1", "NORTH"), ("N-2", "NORTH"), ("S-1", "SOUTH"), ("O-1", None)):
        await alone.known(name, owner=owner)
    assert set(await alone.states(await alone.begin(owner="NORTH"))) == {"N-1", "N-2"}
    assert set(await alone.states(await alone.begin())) == {"N-1", "N-2", "S-1", "O-1"}
    assert set(await alone.states(await alone.begin(names=["S-1", "O-1"]))) == {"S-1", "O-1"}
    assert await alone.over(await alone.begin(owner="NOBODY"))  # nobody is waited for


async def test_caches_are_cleared(alone):
    await alone.station("CP-1", "1.6")
    await alone.station("CP-2", "2.0.1")
    for each, answer in zip(alone.listers.values(), ("Accepted", "Rejected"), strict=True):
        each.station.replies = {"ClearCache": {"status": answer}}
    number = await alone.begin(Work.CACHES)
    assert await alone.states(number) == {"CP-1": "done", "CP-2": "failed"}
    assert (await alone.visit(number, "CP-2")).status == "Rejected"
    assert [each.station.calls for each in alone.listers.values()] == [[("ClearCache", {})]] * 2


async def test_two_kinds_of_rounds_at_a_station_have_ends_of_their_own(alone):
    """Begun in the same breath, by the same node; a station is asked for both."""
    await alone.known("CP-1")
    lists, caches = await alone.begin(), await alone.begin(Work.CACHES)
    lister = await alone.station()

    lister.station.replies = {"ClearCache": {"status": "Accepted"}}
    await alone.forward(5)
    assert (await alone.visit(lists)).state == "sent"
    assert (await alone.visit(caches)).state == "done"
    await alone.forward(31)
    assert (await alone.visit(lists)).status == "timed out"


async def test_a_station_that_is_removed_is_visited_no_more(alone):
    await alone.known("CP-1")
    number = await alone.begin()
    await alone.it.csms.remove("CP-1")
    assert await alone.states(number) == {}
    await alone.forward(5)
    assert await alone.over(number)


async def test_a_database_that_fails_is_asked_again(alone, monkeypatch):
    lister = await alone.station()
    write, failing = alone.it.store.write, [True]

    async def fails(fn):
        if failing:
            raise StoreError("no")
        return await write(fn)

    plan, now_ms = Plan(Work.LISTS, None, "tester", DAY_MS), alone.it.csms.now_ms()
    number = await write(lambda database: rounds.begin(database, plan, now_ms))
    monkeypatch.setattr(alone.it.store, "write", fails)
    alone.front.rounds.wake()
    await alone.it.quiet()
    assert lister.station.calls == []
    failing.clear()
    await alone.forward(5)
    assert await alone.states(number) == {"CP-1": "done"}


async def test_a_fault_of_ours_ends_one_visit_and_no_other(alone, monkeypatch):
    await alone.station("CP-1")
    await alone.station("CP-2")
    command = alone.front.command

    async def faulty(station, *what, **more):
        if station == "CP-1":
            raise ZeroDivisionError
        return await command(station, *what, **more)

    monkeypatch.setattr(alone.front, "command", faulty)
    number = await alone.begin()
    assert await alone.states(number) == {"CP-1": "failed", "CP-2": "done"}
    assert (await alone.visit(number)).status == "internal error"


async def test_the_rounds_end_with_the_csms(alone):
    await alone.known("CP-1")
    await alone.begin()
    await alone.it.csms.close()
    alone.front.rounds.wake()
    await alone.it.quiet()
    assert alone.it.busy.count == 0


async def test_old_rounds_are_forgotten(alone, monkeypatch):
    monkeypatch.setattr(rounds, "KEPT", 2)
    await alone.known("CP-1")
    waiting = await alone.begin()
    numbers = [await alone.begin(names=[]) for _ in range(4)]
    found = await alone.it.store.read(lambda database: rounds.page(database, Work.LISTS, 0, 10))
    assert [row.id for row in found] == [waiting, *numbers[-2:]]
    totals = await alone.it.store.read(lambda database: rounds.totals(database, [waiting]))
    assert totals == {waiting: {State.PENDING: 1, State.SENT: 0, State.DONE: 0, State.FAILED: 0}}
    others = [await alone.begin(names=[], automatic=True) for _ in range(4)]
    found = await alone.it.store.read(lambda database: rounds.page(database, Work.LISTS, 0, 10))
    assert [row.id for row in found] == [waiting, *numbers[-2:], *others[-2:]]


async def test_who_waits_far_down_the_list_is_found(alone, monkeypatch):
    """More stations that are not there than are looked at in one go come before one that is."""
    monkeypatch.setattr(made, "LOOKED_AT", 3)
    await alone.known(*(f"A-{number}" for number in range(7)))
    await alone.station("Z")
    number = await alone.begin()
    assert (await alone.states(number))["Z"] == "done"
