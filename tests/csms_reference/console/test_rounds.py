"""Rounds: lists brought up to date and caches cleared from the console, and how far that is."""

import pytest

from csms_reference.access import guard
from csms_reference.access.principal import Principal
from csms_reference.access.scopes import EVERY_SCOPE, Scope
from csms_reference.services import rounds
from csms_reference.services.rounds import Plan, Work
from csms_reference.store.access_tables import owners
from tests.csms_reference.console.hostile import HOSTILE, UNSEEN
from tests.csms_reference.test_locallist import Lister


async def begun(it, owner=None, work=Work.LISTS, **more):
    plan = Plan(work, owner, "tester", 1000, **more)
    return await it.store.write(lambda database: rounds.begin(database, plan, it.csms.now_ms()))


async def test_lists_are_brought_up_to_date_and_it_shows(desk):
    it, console = desk
    await it.token("A")
    lister = Lister(await it.station())
    await it.csms.register("CP-2")
    begun = await console.form("/rounds", work="sync_local_list", owner="", full="yes")
    assert begun.headers["location"] == "/console/rounds/1"
    await it.quiet()
    assert lister.sent == [("Full", 1, 1)]
    page = await console.page("/rounds/1")
    assert "Local lists Under way Asked for by operator, 08:00:00 . Whole lists." in page.text
    assert "1 done, 1 to come" in page.text
    assert "CP-1 Done Accepted version 1 08:00:00" in page.text
    (bar,) = page.all("progress")
    assert (bar["max"], bar["value"]) == ("2", "1")
    assert "CP-1" not in (await console.page("/rounds/1?state=pending")).text
    tokens = await console.page("/tokens")
    assert "/console/rounds/1" in tokens.links()
    assert "1 done, 1 to come" in tokens.text
    overview = (await console.page("/stations/CP-1")).text
    assert "Local list version 1, sent just now" in overview


async def test_caches_are_cleared(desk):
    it, console = desk
    station = await it.station()
    station.replies["ClearCache"] = {"status": "Rejected"}
    await console.form("/rounds", work="clear_cache")
    await it.quiet()
    page = await console.page("/rounds/1")
    assert "Authorization caches Over" in page.text
    assert "1 failed" in page.text
    assert "CP-1 Failed Rejected" in page.text


async def test_an_owner_begins_it_at_their_own_and_sees_their_own(desk, monkeypatch):
    it, console = desk
    for name in ("NORTH", "SOUTH"):
        row = {"owner": name, "created_ms": 0}
        await it.store.write(lambda database, row=row: database.execute(owners.insert(), row))
        await it.csms.register(f"CP-{name}", owner=name)
    assert (await console.form("/rounds", owner="NOBODY")).status_code == 422
    south = await begun(it, "SOUTH")
    monkeypatch.setattr(guard, "OPERATOR", Principal("ann", owner="NORTH"))
    where = (await console.form("/rounds", owner="SOUTH")).headers["location"].removeprefix("/console")
    text = (await console.page(where)).text
    assert ("CP-NORTH" in text, "CP-SOUTH" in text) == (True, False)
    await console.page(f"/rounds/{south}", 404)
    assert f"/console/rounds/{south}" not in (await console.page("/tokens")).links()
    monkeypatch.setattr(guard, "OPERATOR", Principal("ann", EVERY_SCOPE - {Scope.TOKENS_WRITE}, owner="NORTH"))
    assert (await console.page("/tokens")).all("form", action="/console/rounds") == []


@pytest.mark.parametrize("number", ["7", "0", "x", "9" * 30, "-1"])
async def test_a_round_that_is_not_there(desk, number):
    _, console = desk
    await console.page(f"/rounds/{number}", 404)


async def test_many_stations_go_on_at_another_page(desk):
    it, console = desk
    for number in range(101):
        await it.csms.register(f"CP-{number:03}")
    where, seen = f"/rounds/{await begun(it)}?state=pending", []
    while where:
        page = await console.page(where)
        seen += [link.rpartition("/")[2] for link in page.links() if "/stations/" in link]
        where = next((link["href"].removeprefix("/console") for link in page.all("a", rel="next")), None)
    assert seen == [f"CP-{number:03}" for number in range(101)]


async def test_what_stations_say_is_safe(desk):
    it, console = desk
    for number, words in enumerate(HOSTILE):
        await it.csms.register(f"CP-{number:02}")
        now_ms = it.csms.now_ms()

        def write(database, words=words, name=f"CP-{number:02}", now_ms=now_ms):
            plan = Plan(Work.LISTS, None, words, 1000)
            made = rounds.begin(database, plan, now_ms, [name])
            visit = rounds.claim(database, name, Work.LISTS, by=words, node="n", now_ms=now_ms)
            told = {"status": words[:64], "error": words, "version": None}
            rounds.over(database, visit, done=False, now_ms=now_ms, **told)
            return made

        page = await console.page(f"/rounds/{await it.store.write(write)}")
        assert page.all("img") == []
        assert [has for tag, has in page.elements if any(name.startswith("on") for name in has)] == []
        assert not set(UNSEEN) & set(page.text)
