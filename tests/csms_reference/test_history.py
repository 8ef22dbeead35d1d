"""Histories and totals, on both kinds of database."""

from decimal import Decimal

import pytest
from sqlalchemy import insert, select

from csms_reference.access.driving import may_begin_at, may_see
from csms_reference.access.principal import OPERATOR, Principal
from csms_reference.access.scopes import DRIVING
from csms_reference.instants import read_ms
from csms_reference.services import history, onetime, sessions, totals
from csms_reference.services.authorization import Standing, Verdict
from csms_reference.services.expiry import ended, unbegun
from csms_reference.services.fold import TransactionEvent
from csms_reference.services.history import Key, State, Wanted
from csms_reference.services.sessions import AnotherSession, Begun, Request
from csms_reference.services.totals import By
from csms_reference.store.session_tables import charging_sessions
from csms_reference.store.tables import stations, transactions, variables
from csms_reference.store.tariff_tables import charges

NOW_MS = read_ms("2026-05-01T00:00:00Z")
ADA, KIOSK = Principal("user:ada", DRIVING), Principal("kiosk", DRIVING)
ANY = Wanted()
NORTH = Principal("north", owner="North")
LAST, MARCH, APRIL = (read_ms(f"2026-{month}T12:00:00Z") for month in ("02-28", "03-10", "04-10"))


def transaction(connection, number, station="CP-1", began_ms=MARCH, *, cost=None, currency="EUR", **more):
    """One that has ended after an hour."""
    row = {
        "station": station, "transaction_id": number, "version": "2.0.1", "state": "Ended", "started_ms": began_ms,
        "stopped_ms": began_ms + 3_600_000, "energy_wh": 1000.0, "received_ms": began_ms, "last_ms": began_ms, **more,
    }  # fmt: skip
    connection.execute(insert(transactions), row)
    if cost is not None:
        paid = {"station": station, "transaction_id": number, "tariff": "day", "currency": currency, "terms": "[]"}
        connection.execute(insert(charges), {**paid, "terms_ms": 0, "parts": "{}", "cost": cost})


def request(**more):
    fields = {
        "station": "CP-1", "evse": None, "begun": Begun.APP, "username": "ada", "client": "user:ada",
        "id_token": "0123456789ABCDEFGHJK", "one_time": True, "digest": "d",
    }  # fmt: skip
    return Request(**{**fields, **more})


def event(**more):
    fields = {
        "station": "CP-1", "version": "2.0.1", "transaction_id": "T", "seq_no": 0, "kind": "Started",
        "received_ms": NOW_MS, "timestamp_ms": NOW_MS, "payload": "{}",
    }  # fmt: skip
    return TransactionEvent(**{**fields, **more})


def lived_in(connection):
    """Three months at two stations."""
    for name, owner in (("CP-1", "North"), ("CP-2", None)):
        row = {"station": name, "registration": "Accepted", "created_ms": 0, "owner": owner, "public": owner is None}
        connection.execute(insert(stations), row)
    transaction(connection, "T-1", began_ms=LAST, cost="1.10", holder="ada")
    transaction(connection, "T-2", cost="0.35", holder="ada")
    transaction(connection, "T-3", "CP-2", cost="0.35", currency="SEK", holder="bob")
    transaction(connection, "T-4", "CP-2", APRIL, cost="0.30", holder="ada")
    transaction(connection, "T-5", "CP-2", APRIL, energy_wh=None, stopped_ms=None, state="Active")


async def test_totals_by_month_station_and_user(either):
    await either.write(lived_in)

    async def told(by, who=OPERATOR, wanted=ANY, **more):
        page = {"after": "", "limit": 10, **more}
        found = await either.read(lambda database: totals.page(database, who, by, wanted, **page))
        return {each.key: (each.sessions, each.energy_wh, each.lasts_ms // 3_600_000, each.cost) for each in found}

    cents = Decimal("0.35")
    assert await told(By.MONTH) == {
        "2026-02": (1, 1000.0, 1, {"EUR": Decimal("1.10")}),
        "2026-03": (2, 2000.0, 2, {"EUR": cents, "SEK": cents}),
        "2026-04": (2, 1000.0, 1, {"EUR": Decimal("0.30")}),
    }
    assert list(await told(By.MONTH, limit=1, after="2026-02")) == ["2026-03"]
    by_station = await told(By.STATION, wanted=Wanted(since_ms=MARCH))
    assert by_station == {
        "CP-1": (1, 1000.0, 1, {"EUR": cents}),
        "CP-2": (3, 2000.0, 2, {"EUR": Decimal("0.30"), "SEK": cents}),
    }
    assert {name: row[0] for name, row in (await told(By.USER)).items()} == {"ada": 3, "bob": 1}
    assert {name: row[0] for name, row in (await told(By.USER, ADA)).items()} == {"ada": 3}
    assert list(await told(By.STATION, NORTH)) == ["CP-1"]
    assert await told(By.MONTH, KIOSK) == {}

    def begin(database):
        row = sessions.take(database, request(station="CP-2", client="kiosk", username=None, begun=Begun.GUEST), MARCH)
        sessions.began(
            database, event(station="CP-2", transaction_id="T-3"), Verdict(Standing.ACCEPTED, session=row.id)
        )
        sessions.take(database, request(client="kiosk", id_token="B" * 20), MARCH)

    await either.write(begin)
    assert {name: row[0] for name, row in (await told(By.MONTH, KIOSK)).items()} == {"2026-03": 1}
    hers = await told(By.MONTH, wanted=Wanted(user="ada", until_ms=APRIL, station="CP-1"))
    assert {name: row[0] for name, row in hers.items()} == {"2026-02": 1, "2026-03": 1}


async def test_lists_forwards_backwards_and_narrowed(either):
    def write(database):
        lived_in(database)
        sessions.take(database, request(), NOW_MS)
        row = sessions.take(
            database, request(id_token="B" * 20, client="kiosk", username=None, begun=Begun.GUEST), NOW_MS
        )
        transaction(database, "T-6", began_ms=NOW_MS, state="Active", stopped_ms=None)
        verdict = Verdict(Standing.ACCEPTED, session=row.id)
        assert sessions.began(database, event(transaction_id="T-6"), verdict).id == row.id

    await either.write(write)

    async def names(who=OPERATOR, wanted=ANY, limit=10, now_ms=NOW_MS, **where):
        found = await either.read(lambda database: history.page(database, who, wanted, now_ms, limit, **where))
        return [each.key.name for each in found]

    everything = ["t1", "t2", "t3", "t4", "t5", "a1", "a2"]
    assert await names() == everything
    assert await names(before=Key(2**62)) == everything[::-1]
    keys = [Key(1), Key(2), Key(3), Key(4), Key(5), Key(5, 1), Key(5, 2)]
    for place, key in enumerate(keys):
        assert await names(after=key, limit=2) == everything[place + 1 : place + 3]
        assert await names(before=key, limit=2) == everything[:place][::-1][:2]
    assert await names(ADA) == ["t1", "t2", "t4", "a1"]
    assert await names(KIOSK) == ["a2"]
    assert await names(NORTH) == ["t1", "t2", "a1", "a2"]
    assert await names(wanted=Wanted(user="ada", since_ms=MARCH)) == ["t2", "t4", "a1"]
    assert await names(wanted=Wanted(station="CP-2", until_ms=APRIL)) == ["t3"]
    for state, found in {
        State.REQUESTED: ["a1"], State.FAILED: [], State.ACTIVE: ["t5", "a2"], State.ENDED: ["t1", "t2", "t3", "t4"],
        State.ABANDONED: [],
    }.items():  # fmt: skip
        assert await names(wanted=Wanted(state=state)) == found
    assert await names(wanted=Wanted(state=State.FAILED), now_ms=NOW_MS + 86_400_000) == ["a1"]


async def test_a_transaction_has_one_session_and_a_session_one_transaction(either):
    def write(database):
        first, second = (sessions.take(database, request(id_token=letter * 20), NOW_MS) for letter in "AB")
        assert first.deadline_ms == NOW_MS + 360_000
        one, other = (Verdict(Standing.ACCEPTED, session=row.id) for row in (first, second))
        assert sessions.began(database, event(), one).transaction_id == "T"
        assert sessions.began(database, event(), one) is None
        assert sessions.began(database, event(), other) is None
        assert sessions.began(database, event(transaction_id="U"), one) is None
        assert sessions.began(database, event(station="CP-2", transaction_id="U"), other) is None
        assert sessions.began(database, event(transaction_id="U"), other).transaction_id == "U"

    await either.write(write)


async def test_a_remote_start_id_counts_with_its_token_and_for_a_day(either):
    def write(database):
        row = sessions.take(database, request(), NOW_MS)
        started = {"remote_start_id": row.id, "id_token": "ANOTHER"}
        assert sessions.began(database, event(**started), None) is None
        assert sessions.began(database, event(remote_start_id=row.id, received_ms=NOW_MS + 86_400_000), None) is None
        assert sessions.began(database, event(**started | {"id_token": row.id_token.lower()}), None).id == row.id

    await either.write(write)


async def test_in_1_6_the_token_tells_until_the_deadline_and_at_the_evse_that_was_asked_for(either):
    def write(database):
        row = sessions.take(database, request(id_token="CARD", one_time=False, evse=2), NOW_MS)
        start = {"version": "1.6", "id_token": "card", "evse": 2}
        assert sessions.began(database, event(**start | {"evse": 1}), None) is None
        assert sessions.began(database, event(**start | {"station": "CP-2"}), None) is None
        assert sessions.began(database, event(**start | {"received_ms": row.deadline_ms + 1}), None) is None
        assert sessions.began(database, event(**start | {"received_ms": row.deadline_ms}), None).id == row.id

    await either.write(write)


@pytest.mark.parametrize(
    ("version", "component", "variable"),
    [("2.0.1", "TxCtrlr", "EVConnectionTimeOut"), ("1.6", "", "ConnectionTimeOut"), ("1.6", "", "connectionTimeout")],
)
async def test_the_deadline_follows_what_the_station_has_told(either, version, component, variable):
    named = dict.fromkeys(("component_instance", "variable_instance"), "")
    told = {
        "station": "CP-1", "component": component, "evse": 0, "connector": 0, "variable": variable,
        "attribute": "Actual", "request_id": 0, "reported_ms": 0, **named,
    }  # fmt: skip

    def write(database):
        row = {"station": "CP-1", "registration": "Accepted", "created_ms": 0, "version": version, "public": False}
        database.execute(insert(stations), row)
        for value, seconds in (("90", 90), ("-1", 300), ("999999999", 3600), (None, 300)):
            database.execute(variables.delete())
            database.execute(insert(variables), {**told, "value": value})
            assert sessions.connects_within_s(database, "CP-1") == seconds

    await either.write(write)


async def test_an_idempotency_key_stands_for_a_day(either):
    def write(database):
        row = sessions.take(database, request(idempotency_key="k"), NOW_MS)
        for now_ms, digest, found in (
            (NOW_MS + 1, "d", row.id),
            (NOW_MS + 86_400_001, "other", None),
            (NOW_MS + 1, "d", None),
        ):
            known = sessions.known(database, "user:ada", "k", digest, now_ms)
            assert (None if known is None else known.id) == found

    await either.write(write)

    def again(database):
        sessions.take(database, request(idempotency_key="k"), NOW_MS)
        with pytest.raises(AnotherSession):
            sessions.known(database, "user:ada", "k", "other", NOW_MS)
        assert sessions.known(database, "user:bob", "k", "other", NOW_MS) is None

    await either.write(again)


async def test_what_is_not_kept_any_longer_goes_with_its_sessions(either):
    def write(database):
        first, _ = (sessions.take(database, request(id_token=letter * 20), MARCH) for letter in "AB")
        transaction(database, "T")
        sessions.began(database, event(), Verdict(Standing.ACCEPTED, session=first.id))
        assert unbegun(database, NOW_MS, 0)[0] == 1
        assert list(database.scalars(select(charging_sessions.c.id))) == [first.id]
        ended(database, NOW_MS, 0)
        assert list(database.scalars(select(charging_sessions.c.id))) == []

    await either.write(write)


async def test_where_somebody_may_begin_and_what_they_see(either):
    await either.write(lived_in)

    async def places(who):
        chosen = select(stations.c.station).where(may_begin_at(who)).order_by(stations.c.station)
        return await either.read(lambda database: list(database.scalars(chosen)))

    hers = Principal("user:ada", DRIVING, "North")
    assert [await places(who) for who in (OPERATOR, NORTH, ADA, hers, None)] == [
        ["CP-1", "CP-2"], ["CP-1", "CP-2"], ["CP-2"], ["CP-1", "CP-2"], ["CP-2"],
    ]  # fmt: skip
    seen = select(transactions.c.transaction_id).where(may_see(hers, asked=False))
    assert await either.read(lambda database: list(database.scalars(seen))) == ["T-1", "T-2", "T-4"]


@pytest.mark.parametrize("name", ["", "a", "t", "x1", "1", "a-1", "t1.5", "a٣", "t" + "9" * 19, "a999999999999999999"])
async def test_of_a_name_that_is_none_there_is_nothing(either, name):
    assert await either.read(lambda database: history.find(database, OPERATOR, name, NOW_MS)) is None


def test_a_token_is_made_of_100_bits():
    assert onetime.made_of(b"\xff" * 16) == "Z" * 20
    assert onetime.made_of(bytes(16)) == "0" * 20
    assert onetime.made_of((1 << 99).to_bytes(16, "big")) == "0" * 19 + "G"
    assert onetime.made_of((1 << 100).to_bytes(16, "big")) == "0" * 20
