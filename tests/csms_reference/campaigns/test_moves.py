"""What people do with campaigns, and when they can."""

import pytest

from csms_reference.campaigns import moves, rows
from csms_reference.campaigns.plan import Plan
from csms_reference.campaigns.rows import NotNow
from csms_reference.campaigns.states import MOVES, Phase, State
from csms_reference.settings import Settings
from csms_reference.store.campaign_tables import campaign_stations

PLAN = Plan.model_validate({"actions": [{"command": "clear_cache"}]}).model_dump_json()


def made(database, state=State.DRAFT, **columns):
    row = rows.add(database, "C", PLAN, owner=None, client="me", now_ms=0)
    rows.change(database, row.id, state=state, **columns)
    return rows.find(database, row.id)


async def test_what_is_allowed_can_be_done_and_nothing_else(either):
    settings = Settings()

    def write(database):
        for state in State:
            for phase in Phase:
                for what in MOVES:
                    row = made(database, state=state, phase=phase, started_ms=1)
                    if what in moves.allowed(row):
                        assert moves.move(database, settings, row, what).state == MOVES[what][1]
                    else:
                        with pytest.raises(NotNow):
                            moves.move(database, settings, row, what)
                        assert rows.find(database, row.id) == row

    await either.write(write)


async def test_an_approval_begins_the_next_wave_and_a_pause_before_the_start_is_one(either):
    def write(database):
        row = made(database, state=State.RUNNING, phase=Phase.APPROVAL, wave=2)
        approved = moves.move(database, Settings(), row, "approve")
        assert (approved.wave, approved.phase) == (3, Phase.ROLLING)
        paused = made(database, state=State.PAUSED)
        assert moves.move(database, Settings(), paused, "resume").state == State.SCHEDULED

    await either.write(write)


async def test_many_stations_are_forgotten_a_part_at_a_time(either, monkeypatch):
    monkeypatch.setattr(rows, "REMOVED_AT_ONCE", 2)

    def write(database):
        row = made(database)
        for number in range(5):
            one = {"campaign": row.id, "station": f"S-{number}", "rank": number, "state": "Failed"}
            database.execute(campaign_stations.insert().values(**one, attempt=0, failures=0, changed_ms=0))
        assert [rows.remove(database, row.id) for _ in range(3)] == [False, False, True]
        assert rows.find(database, row.id) is None

    await either.write(write)


@pytest.mark.parametrize(("state", "ended_ms", "removable"), [
    (State.DRAFT, None, True), (State.RUNNING, None, False), (State.CANCELLED, None, False),
    (State.CANCELLED, 1, True), (State.COMPLETED, 1, True), (State.PAUSED, None, False),
])  # fmt: skip
async def test_only_what_nobody_runs_can_be_forgotten(either, state, ended_ms, removable):
    row = await either.write(lambda database: made(database, state=state, ended_ms=ended_ms))
    assert moves.is_removable(row) is removable


async def test_one_node_at_a_time_holds_a_campaign(either):
    def write(database):
        number = made(database, state=State.RUNNING).id
        assert rows.adrift(database, "a", 0) == [number]
        first = rows.take_over(database, number, "a", 0)
        assert rows.adrift(database, "b", rows.LEASE_MS) == []
        assert rows.take_over(database, number, "b", rows.LEASE_MS) is None
        rows.hold(database, number, first, 1000)
        assert rows.take_over(database, number, "b", rows.LEASE_MS + 1) is None
        second = rows.take_over(database, number, "b", rows.LEASE_MS + 1001)
        assert second == first + 1
        with pytest.raises(rows.Fenced):
            rows.hold(database, number, first, rows.LEASE_MS + 1001)
        rows.let_go(database, number, first)  # too late to mean anything
        assert rows.adrift(database, "c", rows.LEASE_MS + 1001) == []
        rows.let_go(database, number, second)
        assert rows.adrift(database, "c", rows.LEASE_MS + 1001) == [number]
        rows.change(database, number, ended_ms=1)
        assert rows.adrift(database, "c", rows.LEASE_MS + 1001) == []

    await either.write(write)
