"""Passwords on their way to stations: whatever ends us, no station is locked out."""

import asyncio

import pytest
from sqlalchemy import select

from csms_reference import rekeying
from csms_reference.services import registration
from csms_reference.store import StoreError
from csms_reference.store.tables import stations
from protocol.security import octets

OLD, NEW = "the password before", "the password after"
KEY = "00ff" * 8
NAMED = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}


async def told_201(it, status="Accepted"):
    station = await it.station(password=OLD)
    station.replies["SetVariables"] = {"setVariableResult": [{"attributeStatus": status, **NAMED}]}
    return station


async def told_16(it, status="Accepted"):
    station = await it.station(version="1.6", password=OLD)
    station.replies["ChangeConfiguration"] = {"status": status}
    return station


WAYS = {
    "command of 2.0.1": (told_201, "2.0.1", NEW, lambda csms: csms.command("CP-1", "set_password", password=NEW)),
    "variable of 2.0.1": (
        told_201, "2.0.1", NEW,
        lambda csms: csms.command("CP-1", "set_variables", values={"SecurityCtrlr.BasicAuthPassword": NEW}),
    ),
    "raw CALL of 2.0.1": (
        told_201, "2.0.1", NEW,
        lambda csms: csms.call("CP-1", "SetVariables", {"setVariableData": [{**NAMED, "attributeValue": NEW}]}),
    ),
    "command of 1.6": (told_16, "1.6", octets(KEY), lambda csms: csms.command("CP-1", "set_password", password=KEY)),
    "raw CALL of 1.6": (
        told_16, "1.6", octets(KEY),
        lambda csms: csms.call("CP-1", "ChangeConfiguration", {"key": "authorizationkey", "value": KEY}),
    ),
}  # fmt: skip


@pytest.fixture(params=WAYS.values(), ids=WAYS)
def way(request):
    return request.param


@pytest.fixture
async def it(bench):
    it = bench(failed_logins_burst=99)
    await it.csms.register("CP-1", password=OLD)
    return it


async def gets_in(it, password, version):
    station = await it.dial(password=password, version=version)
    return station.link is not None


async def kept(it):
    (row,) = await it.store.read(
        lambda database: database.execute(select(stations.c.password_hash, stations.c.intended_hash)).all()
    )
    return row


async def test_what_a_station_has_taken_counts_and_nothing_else(it, way):
    told, version, new, give = way
    await told(it)
    assert (await give(it.csms)).answered
    assert (await kept(it)).intended_hash is None
    assert not await gets_in(it, OLD, version)
    assert await gets_in(it, new, version)


async def test_what_a_station_has_not_taken_never_counts(it, way):
    told, version, new, give = way
    await told(it, "Rejected")
    assert (await give(it.csms)).answered
    assert (await kept(it)).intended_hash is None
    assert not await gets_in(it, new, version)
    assert await gets_in(it, OLD, version)


async def test_a_database_that_fails_after_the_answer_locks_nobody_out(it, way, monkeypatch):
    """As SIGKILL there does."""
    told, version, new, give = way

    def fail(*_):
        raise StoreError("gone")

    await told(it)
    with monkeypatch.context() as patch:
        patch.setattr(registration, "rekeyed", fail)
        assert (await give(it.csms)).answered
    assert await gets_in(it, OLD, version)
    assert not await gets_in(it, "another one altogether", version)
    assert await gets_in(it, new, version)
    assert not await gets_in(it, OLD, version)
    assert (await kept(it)).intended_hash is None


async def test_without_an_answer_both_count_until_the_new_one_comes(it, way):
    told, version, new, give = way
    station = await told(it)
    station.replies.clear()
    giving = asyncio.ensure_future(give(it.csms))
    await station.until(lambda: station.calls)
    assert (await kept(it)).intended_hash is not None  # before it left
    station.link.close()
    assert not (await giving).answered
    assert await gets_in(it, OLD, version)
    assert await gets_in(it, new, version)
    assert not await gets_in(it, OLD, version)


async def test_what_cannot_be_kept_is_not_sent(it, way, monkeypatch):
    told, version, new, give = way
    station = await told(it)

    def fail(*_, **__):
        raise StoreError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(registration, "change", fail)
        end = await give(it.csms)
    assert end.status == "not kept"
    assert "gone" in end.error
    assert not station.calls
    assert not await gets_in(it, new, version)
    assert await gets_in(it, OLD, version)


async def test_what_never_left_does_not_count(it):
    """No OCPP: the CALL is refused here."""
    await told_201(it)
    payload = {"setVariableData": [{**NAMED, "attributeValue": NEW}], "more": 1}
    assert (await it.csms.call("CP-1", "SetVariables", payload)).status == "bad fields"
    assert (await kept(it)).intended_hash is None
    assert not await gets_in(it, NEW, "2.0.1")


async def test_a_password_that_is_registered_is_the_only_one(it):
    await told_201(it)
    await it.store.write(lambda database: registration.change(database, "CP-1", intended_hash="whatever"))
    await it.csms.register("CP-1", password=NEW)
    assert (await kept(it)).intended_hash is None
    assert await gets_in(it, NEW, "2.0.1")


async def test_of_two_on_their_way_the_later_is_not_forgotten(it):
    """The first is accepted while the second is on its way."""
    await told_201(it)
    hashed = await it.csms.hash_password("CP-1", NEW)
    await it.store.write(lambda database: registration.change(database, "CP-1", intended_hash="later"))
    await it.store.write(lambda database: registration.rekeyed(database, "CP-1", hashed))
    assert (await kept(it)) == (hashed, "later")


async def test_the_first_password_of_a_station_counts_once_it_comes_with_it(bench):
    """Until then nobody has to have one, and who comes with another one is let in as before."""
    it = bench(failed_logins_burst=99)
    await it.station("CP-1")
    hashed = await it.csms.hash_password("CP-1", NEW)
    await it.store.write(lambda database: registration.change(database, "CP-1", intended_hash=hashed))
    for password, comes_in in ((None, True), ("some other one", True), (NEW, True), (None, False), (OLD, False)):
        assert await gets_in(it, password, "2.0.1") is comes_in, password
    assert (await kept(it)) == (hashed, None)


async def test_who_comes_with_its_first_password_over_tls_has_profile_2_from_then_on(bench):
    """A05.FR.07: at once, not only the next time."""
    it = bench()
    await it.station("CP-1")
    hashed = await it.csms.hash_password("CP-1", NEW)
    await it.store.write(lambda database: registration.change(database, "CP-1", intended_hash=hashed))
    assert (await it.dial(password=NEW, url="wss://csms/")).link
    assert [row["security_profile"] for row in await it.rows(stations)] == [2]


@pytest.mark.parametrize(
    ("action", "payload", "password"),
    [
        ("ChangeConfiguration", {"key": "AuthorizationKey", "value": "41"}, "A"),
        ("ChangeConfiguration", {"key": "AUTHORIZATIONKEY", "value": "no hex"}, "no hex"),
        ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "41"}, None),
        ("ChangeConfiguration", {"key": "AuthorizationKey", "value": 41}, None),
        ("ChangeConfiguration", ["AuthorizationKey"], None),
        ("ChangeConfiguration", None, None),
        ("SetVariables", {"setVariableData": [{**NAMED, "attributeValue": "A"}]}, "A"),
        ("SetVariables", {"setVariableData": [{**NAMED, "attributeValue": None}]}, None),
        ("SetVariables", {"setVariableData": [7, {"variable": 7}, {**NAMED, "attributeValue": "B"}]}, "B"),
        ("SetVariables", {"setVariableData": 7}, None),
        ("GetVariables", {"setVariableData": [{**NAMED, "attributeValue": "A"}]}, None),
    ],
)
def test_what_gives_a_password(action, payload, password):
    assert rekeying.given(action, payload) == password
