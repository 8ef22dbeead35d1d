"""The HTTP API about lists and caches of many stations."""

import pytest

from csms_reference.access import guard
from csms_reference.access.principal import Principal
from csms_reference.services.authorization import Standing, Token, put
from csms_reference.store.access_tables import owners
from tests.csms_reference.clients import client_of, content, problem
from tests.csms_reference.test_locallist import Lister

LISTS, CACHES = "/local-list-synchronisations", "/authorization-cache-clearances"
NONE = {"pending": 0, "sent": 0, "done": 0, "failed": 0}


@pytest.fixture
async def one(bench):
    it = bench()
    async with client_of(it.front) as client:
        yield it, client


async def owned(it, *names):
    for name in names:
        row = {"owner": name, "created_ms": 0}
        await it.store.write(lambda database, row=row: database.execute(owners.insert(), row))


def as_owner(monkeypatch, name):
    monkeypatch.setattr(guard, "OPERATOR", Principal(name.lower(), owner=name))


async def test_lists_are_brought_up_to_date_from_post_to_done(api):
    it, client = api
    await it.token("A")
    lister = Lister(await it.station())
    await it.csms.register("CP-2")
    made = await client.post(LISTS, json={})
    assert made.status_code == 202
    assert content(made)["totals"] == NONE | {"pending": 2}
    await it.quiet()
    assert lister.entries == {"A": "Accepted"}
    where = made.headers["location"].removeprefix("/v1")
    found = await client.get(where)
    told = content(found)
    assert (told["totals"], told["ended"], told["automatic"]) == (NONE | {"done": 1, "pending": 1}, None, False)
    assert (told["asked"], told["until"]) == ("2026-03-01T08:00:00.000Z", "2026-03-02T08:00:00.000Z")
    assert (told["client"], told["owner"], told["full"]) == ("operator", None, False)
    done = content(await client.get(f"{where}/stations", params={"state": "done"}))
    at = "2026-03-01T08:00:00.000Z"
    end = {"status": "Accepted", "error": None, "tries": 1, "version": 1, "sent": at, "ended": at}
    assert done == [{"station": "CP-1", "state": "done", **end}]
    page = await client.get(f"{where}/stations", params={"limit": 1})
    onward = page.json()["_links"]["next"]["href"].removeprefix("/v1")
    assert [each["station"] for each in content(await client.get(onward))] == ["CP-2"]
    same = await client.get(where, headers={"If-None-Match": found.headers["etag"]})
    assert same.status_code == 304
    listed = (await client.get("/stations/CP-1/local-list")).json()
    assert (listed["version"], listed["sent"]) == (1, at)


async def test_one_that_is_forgotten_asks_nobody_any_more(one):
    it, client = one
    await it.csms.register("CP-1")
    where = (await client.post(LISTS, json={"full": True})).headers["location"].removeprefix("/v1")
    wrong = await client.delete(where, headers={"If-Match": '"other"'})
    problem(wrong, 412, "revision")
    assert (await client.delete(where)).status_code == 204
    problem(await client.get(where), 404, "there is no local list synchronisation 1")
    lister = Lister(await it.station())
    it.forward(5)
    await it.quiet()
    assert lister.sent == []


async def test_caches_are_cleared(one):
    it, client = one
    station = await it.station()
    station.replies["ClearCache"] = {"status": "Accepted"}
    where = (await client.post(CACHES, json={"stations": ["CP-1"]})).headers["location"].removeprefix("/v1")
    await it.quiet()
    assert content(await client.get(where))["totals"] == NONE | {"done": 1}
    assert [each["status"] for each in content(await client.get(f"{where}/stations"))] == ["Accepted"]
    assert content(await client.get(LISTS)) == []  # it is no synchronisation
    assert len(content(await client.get(CACHES))) == 1
    problem(await client.get(where.replace(CACHES, LISTS)), 404, "there is no local list synchronisation")
    assert (await client.delete(where)).status_code == 204


WRONG = [
    ({"stations": ["CP-1", "NOBODY"]}, "there is no station 'NOBODY'"),
    ({"owner": "NOBODY"}, "there is no owner 'NOBODY'"),
    ({"owner": "NORTH", "stations": ["CP-1"]}, "there is no station 'CP-1'"),
    ({"within_s": 59}, "within_s"),
    ({"within_s": 10**30}, "within_s"),
    ({"stations": ["x"] * 1001}, "stations"),
    ({"full": 1.5}, "full"),
]


async def test_what_cannot_be_asked_for(one):
    it, client = one
    await owned(it, "NORTH")
    await it.csms.register("CP-1")
    for body, words in WRONG:
        problem(await client.post(LISTS, json=body), 422, words)
    assert content(await client.get(LISTS)) == []


async def test_owners_have_it_done_at_their_own_and_see_their_own(one, monkeypatch):
    it, client = one
    await owned(it, "NORTH", "SOUTH")
    for name, owner in (("N-1", "NORTH"), ("S-1", "SOUTH"), ("O-1", None)):
        await it.csms.register(name, owner=owner)
    every = (await client.post(LISTS, json={})).headers["location"].removeprefix("/v1")
    south = (await client.post(LISTS, json={"owner": "SOUTH"})).headers["location"].removeprefix("/v1")
    as_owner(monkeypatch, "NORTH")
    made = await client.post(LISTS, json={})
    assert (content(made)["owner"], content(made)["totals"]) == ("NORTH", NONE | {"pending": 1})
    own = made.headers["location"].removeprefix("/v1")
    assert [each["station"] for each in content(await client.get(f"{own}/stations"))] == ["N-1"]
    assert [each["id"] for each in content(await client.get(LISTS))] == [content(made)["id"]]
    for where in (every, south):
        for path in (where, f"{where}/stations"):
            problem(await client.get(path), 404, "there is no")
        problem(await client.delete(where), 404, "there is no")
    problem(await client.post(LISTS, json={"stations": ["S-1"]}), 422, "there is no station 'S-1'")
    problem(await client.post(LISTS, json={"owner": "SOUTH"}), 404, "there is no owner 'SOUTH'")


@pytest.mark.parametrize("way", ["post", "patch"])
async def test_a_station_that_changes_hands_gets_another_list_at_once(bench, way):
    it = bench(push_token_changes=True)
    await owned(it, "NORTH")
    await it.token("A")
    async with client_of(it.front) as client:
        lister = Lister(await it.station())
        await client.post(LISTS, json={})
        await it.quiet()
        assert lister.entries == {"A": "Accepted"}
        await it.token("B")
        given = {"owner": "NORTH"}
        if way == "post":
            await client.post("/stations", json={"id": "CP-1", **given})
        else:
            await client.patch("/stations/CP-1", json=given)
        await it.quiet()
        assert lister.entries == {"A": "Accepted", "B": "Accepted"}


async def test_an_owner_reads_of_a_list_what_is_theirs(one, monkeypatch):
    """The station is told of the operator's tokens too; whose they are is none of the owner's business."""
    it, client = one
    await owned(it, "NORTH", "SOUTH")
    lister = Lister(await it.station())
    await it.csms.register("CP-1", owner="NORTH")
    for name, owner in (("HERS", "NORTH"), ("HIS", "SOUTH"), ("OURS", None)):
        token = Token(name, Standing.ACCEPTED)
        await it.store.write(lambda database, token=token, owner=owner: put(database, token, owner=owner))
    await client.post(LISTS, json={})
    await it.quiet()
    assert lister.entries == {"HERS": "Accepted", "OURS": "Accepted"}
    as_owner(monkeypatch, "NORTH")
    found = await client.get("/stations/CP-1/local-list")
    assert ([each["id_token"] for each in content(found)], found.json()["size"]) == (["HERS"], 1)
