"""What changes of tokens reaches the stations that know of them, by itself and together."""

import pytest

from csms_reference.front import Alone
from csms_reference.services import authorization, rounds, tokenchanges
from csms_reference.services.authorization import Standing, Token
from csms_reference.services.registration import Registration
from csms_reference.services.rounds import Work
from csms_reference.services.tokenchanges import Kind
from csms_reference.store.round_tables import token_changes
from csms_reference.store.tables import transactions, variables
from tests.csms_reference.test_rounds import Fleet

VERSIONS = ("1.6", "2.0.1", "2.1")


class Following(Fleet):
    """A fleet whose lists follow the tokens."""

    async def change(self, id_token, *, owner=None, gone=False, **more):
        """As the API does it."""

        def write(database):
            with tokenchanges.followed(database, id_token, self.front.rounds.following_ms()):
                if gone:
                    authorization.remove(database, id_token)
                else:
                    authorization.put(database, Token(id_token, **more), owner=owner)

        await self.it.store.write(write)
        self.front.rounds.wake()
        await self.it.quiet()

    async def rounds(self, work=Work.LISTS):
        return await self.it.store.read(lambda database: rounds.page(database, work, 0, 100))

    async def listed(self, *names, version="2.0.1", owner=None):
        """Stations that have their lists."""
        for name in names:
            await self.station(name, version, owner)
        await self.begin()
        for name in names:
            self.listers[name].sent.clear()
            self.listers[name].station.calls.clear()
        return [self.listers[name] for name in names]


@pytest.fixture
def fleet(bench):
    return Following(bench(versions=VERSIONS, push_token_changes=True))


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_changes_within_some_seconds_is_sent_together(fleet, version):
    await fleet.change("A")
    await fleet.forward(5)
    (lister,) = await fleet.listed("CP-1", version=version)
    await fleet.change("B")
    await fleet.forward(3)
    await fleet.change("A", group_id="G")
    assert lister.sent == []
    await fleet.forward(2)
    assert lister.sent == [("Differential", 2, 2)]
    assert lister.entries == {"A": "Accepted", "B": "Accepted"}
    assert await fleet.it.rows(token_changes) == []
    await fleet.forward(60)
    assert len(lister.sent) == 1
    (_, automatic) = await fleet.rounds()
    assert (automatic.automatic, automatic.client, automatic.ended_ms is None) == (True, "tokens", False)


async def test_what_is_blocked_or_deleted_leaves_the_caches_too(fleet):
    await fleet.change("A")
    await fleet.change("B")
    (lister,) = await fleet.listed("CP-1")
    lister.enabled = "true"
    lister.answers = {"ClearCache": {"status": "Accepted"}}
    await fleet.change("A", status=Standing.BLOCKED)
    await fleet.change("B", gone=True)
    await fleet.forward(5)
    assert lister.entries == {"A": "Blocked"}
    assert [action for action, _ in lister.station.calls].count("ClearCache") == 1
    await fleet.change("A")
    await fleet.change("A", group_id="G")
    await fleet.forward(5)
    assert [action for action, _ in lister.station.calls].count("ClearCache") == 1  # nothing was taken away


@pytest.mark.parametrize(("version", "told"), [("1.6", "false"), ("1.6", None), ("2.0.1", "false"), ("2.0.1", None)])
async def test_a_cache_that_is_not_in_use_is_left_alone(fleet, version, told):
    await fleet.change("A")
    (lister,) = await fleet.listed("CP-1", version=version)
    lister.enabled = told
    await fleet.change("A", gone=True)
    await fleet.forward(5)
    assert "ClearCache" not in [action for action, _ in lister.station.calls]
    (clearance,) = await fleet.rounds(Work.CACHES)
    assert (await fleet.visit(clearance.id)).status == "Disabled"


async def test_only_stations_that_are_concerned_hear_of_it(fleet):
    """Those of its owner and the operator's, which have lists; where it has charged, the cache may know it."""
    await fleet.change("A", owner="NORTH")
    await fleet.forward(5)
    for name, owner in (("N-1", "NORTH"), ("S-1", "SOUTH"), ("S-2", "SOUTH"), ("O-1", None)):
        await fleet.station(name, owner=owner)
    await fleet.begin()
    await fleet.known("N-2", owner="NORTH")  # never had a list
    row = {"station": "S-2", "transaction_id": "1", "version": "2.0.1", "state": "Ended", "received_ms": 0}
    row |= {"id_token": "A", "token_key": "a", **NOT_NULL}
    await fleet.it.store.write(lambda database: database.execute(transactions.insert(), row))
    await fleet.change("A", owner="NORTH", status=Standing.BLOCKED)
    await fleet.forward(5)
    assert set(await fleet.states((await fleet.rounds())[-1].id)) == {"N-1", "O-1"}
    assert set(await fleet.states((await fleet.rounds(Work.CACHES))[-1].id)) == {"N-1", "N-2", "S-2"}


NOT_NULL = {"offline": False, "has_start": True, "has_end": True, "complete": True}


async def test_a_token_that_changes_hands_is_taken_from_the_former_owners_stations(fleet):
    await fleet.change("A", owner="NORTH")
    await fleet.forward(5)
    north, south = await fleet.station("N-1", owner="NORTH"), await fleet.station("S-1", owner="SOUTH")
    await fleet.begin()
    assert (north.entries, south.entries) == ({"A": "Accepted"}, {})
    await fleet.change("A", owner="SOUTH")
    await fleet.forward(5)
    assert (north.entries, south.entries) == ({}, {"A": "Accepted"})


async def test_a_station_that_changes_hands_gets_other_tokens_and_forgets_those_it_has_seen(fleet):
    await fleet.change("A", owner="NORTH")
    await fleet.change("B", owner="SOUTH")
    await fleet.forward(5)
    moving, other = await fleet.listed("CP-1", "CP-2", owner="NORTH")
    await fleet.known("CP-3", owner="NORTH")
    moving.enabled, moving.answers = "true", {"ClearCache": {"status": "Accepted"}}
    before = [await fleet.rounds(work) for work in Work]

    async def belongs(name, owner):
        await fleet.it.csms.register(name, owner=owner)
        fleet.front.rounds.announce()
        await fleet.it.quiet()

    await belongs("CP-1", "NORTH")
    assert [await fleet.rounds(work) for work in Work] == before
    await belongs("CP-1", "SOUTH")
    assert (moving.entries, other.sent) == ({"B": "Accepted"}, [])
    assert [action for action, _ in moving.station.calls].count("ClearCache") == 1
    await belongs("CP-3", "SOUTH")  # never had a list
    assert set(await fleet.states((await fleet.rounds())[-1].id)) == {"CP-1"}
    assert set(await fleet.states((await fleet.rounds(Work.CACHES))[-1].id)) == {"CP-3"}


async def test_a_station_that_changes_hands_while_it_is_rejected_is_told_once_it_is_not(fleet):
    await fleet.change("A", owner="NORTH")
    await fleet.forward(5)
    await fleet.listed("CP-1", owner="NORTH")
    assert fleet.listers["CP-1"].entries == {"A": "Accepted"}
    for changed in ({"registration": Registration.REJECTED}, {"owner": "SOUTH"}, {"registration": "Accepted"}):
        await fleet.it.csms.register("CP-1", **changed)
        fleet.front.rounds.announce()
        await fleet.it.quiet()
    back = await fleet.station("CP-1")
    back.version, back.entries = 1, {"A": "Accepted"}
    await fleet.forward(10)
    assert back.entries == {}


async def test_a_date_that_passes_is_told_to_those_who_do_not_look_at_it(fleet):
    """2.x looks at the date where SupportsExpiryDateTime is true (C13.FR.02, C14.FR.02), 1.6 always (§3.5.4)."""
    expires_ms = fleet.it.csms.now_ms() + 3_600_000
    await fleet.change("A", expires_ms=expires_ms)
    await fleet.forward(5)
    plain, old = *(await fleet.listed("CP-1")), *(await fleet.listed("CP-2", version="1.6"))
    (knowing,) = await fleet.listed("CP-3")
    said = {"component": "LocalAuthListCtrlr", "variable": "SupportsExpiryDateTime", "value": "true"}
    nothing = {"component_instance": "", "variable_instance": "", "evse": 0, "connector": 0}
    row = {"station": "CP-3", "attribute": "Actual", "request_id": 1, "reported_ms": 0, **said, **nothing}
    await fleet.it.store.write(lambda database: database.execute(variables.insert(), row))
    assert plain.entries == {"A": "Accepted"}
    await fleet.forward(3590)
    assert plain.sent == []
    await fleet.forward(11)
    await fleet.forward(5)
    assert (plain.entries, plain.sent) == ({"A": "Expired"}, [("Differential", 2, 1)])
    assert old.sent == knowing.sent == []


async def test_dates_of_tokens_from_before_are_foreseen_once(bench):
    it = bench(push_token_changes=True)
    await it.token("A", expires_ms=it.csms.now_ms() + 1000)
    await it.token("GONE", expires_ms=it.csms.now_ms() - 1000)
    for _ in range(2):
        Alone(it.csms).rounds.wake()
        await it.quiet()
    assert [(row["kind"], row["at_ms"]) for row in await it.rows(token_changes)] == [
        (Kind.EXPIRED, it.csms.now_ms() + 1000)
    ]


async def test_a_date_that_is_moved_or_taken_away_counts_no_more(fleet):
    now_ms = fleet.it.csms.now_ms()
    await fleet.change("A", expires_ms=now_ms + 1000_000)
    await fleet.change("A", expires_ms=now_ms + 2000_000)
    expiries = [row["at_ms"] for row in await fleet.it.rows(token_changes) if row["kind"] == Kind.EXPIRED]
    assert expiries == [now_ms + 2000_000]
    await fleet.change("A", gone=True)
    assert [row["kind"] for row in await fleet.it.rows(token_changes)] == ["changed", "changed", "withdrawn"]


async def test_what_changes_nothing_leads_to_nothing(fleet):
    await fleet.change("A")
    await fleet.forward(5)
    await fleet.change("A")
    await fleet.change("NOBODY", gone=True)
    assert await fleet.it.rows(token_changes) == []


async def test_who_is_away_for_long_has_one_visit_before_them_and_not_hundreds(fleet):
    (lister,) = await fleet.listed("CP-1")
    lister.station.link.close(1000, "night")
    await fleet.it.quiet()
    for name in "ABC":
        await fleet.change(name)
        await fleet.forward(5)
    assert len([row for row in await fleet.rounds() if row.automatic]) == 1
    back = await fleet.station("CP-1")
    back.version = 1
    await fleet.forward(5)
    assert back.sent == [("Differential", 2, 3)]


async def test_lists_follow_only_where_they_are_told_to(bench):
    it = bench()
    fleet = Following(it)
    (lister,) = await fleet.listed("CP-1")
    await fleet.change("A")
    await it.csms.register("CP-1", owner="NORTH")
    await fleet.forward(60)
    assert (lister.sent, await it.rows(token_changes), it.wakes) == ([], [], [])
    assert [len(await fleet.rounds(work)) for work in (Work.LISTS, Work.CACHES)] == [1, 0]
