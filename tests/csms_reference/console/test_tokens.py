"""Tokens."""

from csms_reference.access.principal import Principal
from csms_reference.services import authorization
from csms_reference.store.access_tables import owners
from csms_reference.store.round_tables import token_changes
from tests.csms_reference.console.conftest import Console, browser_of


async def find(it, name):
    return await it.store.read(lambda database: authorization.find(database, name))


async def test_a_token_is_added_found_and_blocked(desk):
    it, console = desk
    added = await console.form("/tokens", id_token="Card-1", type="ISO14443", expires="2027-01-31", group_id="")
    assert added.headers["location"] == "/console/tokens?text=Card-1"
    assert "Card-1 ISO14443 – – 2027-01-31 23:59:59 Accepted" in (await console.page("/tokens?text=CARD-1")).text
    await console.form("/tokens/standing", id_token="Card-1", standing="Blocked")
    row = await find(it, "card-1")
    assert (row.status, row.type, row.expires_ms) == ("Blocked", "ISO14443", 1_801_439_999_000)
    await console.form("/tokens/standing", id_token="Card-1", standing="Accepted")
    assert (await find(it, "card-1")).status == "Accepted"


async def test_a_token_that_is_blocked_can_be_deleted(desk):
    it, console = desk
    await it.token("Card-1")
    assert "Delete" not in (await console.page("/tokens")).text  # not by the click next to Block
    await console.form("/tokens/standing", id_token="Card-1", standing="Blocked")
    assert "Delete" in (await console.page("/tokens")).text
    await console.form("/tokens/standing", id_token="Card-1", standing="Deleted")
    assert await find(it, "card-1") is None


async def test_an_operator_says_whose_a_token_is(desk):
    it, console = desk
    answer = await console.form("/tokens", id_token="Card-1", owner="NORTH")
    assert (answer.status_code, "There is no owner" in answer.text) == (422, True)
    await it.store.write(lambda database: database.execute(owners.insert(), {"owner": "NORTH", "created_ms": 0}))
    await console.form("/tokens", id_token="Card-1", owner="NORTH")
    assert (await find(it, "card-1")).owner == "NORTH"
    assert "NORTH" in (await console.page("/tokens")).text


async def test_what_is_changed_here_reaches_the_lists_too(bench):
    it = bench(push_token_changes=True)
    async with browser_of(it.front) as client:
        console = Console(client)
        for standing in ("Blocked", "Deleted"):
            await console.form("/tokens", id_token="Card-1")
            await console.form("/tokens/standing", id_token="Card-1", standing=standing)
    kinds = [row["kind"] for row in await it.rows(token_changes)]
    assert kinds == ["changed", "withdrawn", "changed", "withdrawn"]


async def test_what_cannot_be_a_token_is_said(desk):
    _, console = desk
    answer = await console.form("/tokens", id_token="a\u202eb")
    assert (answer.status_code, "characters that no identifier has" in answer.text) == (422, True)
    assert "\u202e" not in answer.text
    assert (await console.form("/tokens/standing", id_token="NONE", standing="Blocked")).status_code == 404


async def test_pages_of_tokens(desk):
    it, console = desk
    for number in range(120):
        await it.token(f"T-{number:03}")
    seen, where = [], "/tokens"
    while where:
        page = await console.page(where)
        seen += [each["value"] for each in page.all("input", name="id_token") if each.get("value")]
        where = next((link["href"].removeprefix("/console") for link in page.all("a", rel="next")), None)
    assert sorted(seen) == [f"T-{number:03}" for number in range(120)]


async def test_an_owner_has_their_own_tokens_and_nobody_elses(desk, monkeypatch):
    it, console = desk
    for name, owner in (("MINE", "ann"), ("HERS", "bea"), ("NOBODYS", None)):
        token = authorization.Token(name, authorization.Standing.ACCEPTED)
        await it.store.write(lambda database, token=token, owner=owner: authorization.put(database, token, owner=owner))
    monkeypatch.setattr("csms_reference.access.guard.OPERATOR", Principal("ann", owner="ann"))
    listed = (await console.page("/tokens")).text
    assert ("MINE" in listed, "HERS" in listed, "NOBODYS" in listed) == (True, False, False)
    assert "HERS" not in [each.get("value") for each in (await console.page("/tokens?text=HERS")).all("td")]
    for name in ("HERS", "NOBODYS"):
        answer = await console.form("/tokens", id_token=name, type="Central")
        assert (answer.status_code, "cannot be added" in answer.text) == (422, True)
        assert (await console.form("/tokens/standing", id_token=name, standing="Blocked")).status_code == 404
        row = await find(it, name)
        assert (row.type, row.status) == (None, "Accepted")
    assert (await console.form("/tokens", id_token="NEW")).status_code == 303
    assert (await find(it, "NEW")).owner == "ann"
