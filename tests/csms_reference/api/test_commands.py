"""Commands as resources of the API: asked once, and each with an end."""

import asyncio

import pytest
from sqlalchemy import select

from csms_reference import dispatch
from csms_reference.api.ordering import wait_of
from csms_reference.dispatch import node_of
from csms_reference.events.event import Filter
from csms_reference.services import commands
from csms_reference.store import StoreError
from csms_reference.store.command_tables import commands as table

RESET = {"command": "reset", "kind": "Immediate"}


async def ask(client, body, station="CP-1", what="commands", **headers):
    return await client.post(f"/stations/{station}/{what}", json=body, headers=headers)


async def test_a_command_is_asked_for_sent_and_answered(api):
    it, client = api
    station = await it.station()
    asked = await ask(client, RESET, Prefer="respond-async")
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    assert asked.headers["location"] == asked.json()["_links"]["self"]["href"]
    await station.until(lambda: station.calls)
    await it.quiet()
    seen = (await client.get(f"http://csms{asked.headers['location']}")).json()
    assert (seen["state"], seen["sent"], seen["ended"]) == ("sent", "2026-03-01T08:00:00.000Z", None)
    it.forward(31)
    await it.quiet()
    end = (await client.get(f"http://csms{asked.headers['location']}")).json()
    assert (end["state"], end["status"]) == ("failed", "timed out")
    assert "no answer to Reset in 30 s" in end["error"]


@pytest.mark.parametrize(
    ("said", "state"), [("Accepted", "accepted"), ("Scheduled", "accepted"), ("Rejected", "rejected")]
)
async def test_the_end_is_waited_for_where_that_is_preferred(api, said, state):
    it, client = api
    station = await it.station()
    station.replies["Reset"] = {"status": said}
    answer = await ask(client, RESET)
    assert (answer.status_code, answer.headers["preference-applied"]) == (200, "wait")
    told = answer.json()
    assert (told["state"], told["status"], told["answer"]) == (state, said, {"status": said})
    assert (told["fields"], told["command"], told["client"]) == ({"kind": "Immediate"}, "reset", "operator")


async def test_a_station_that_is_not_there(api):
    it, client = api
    assert (await ask(client, RESET)).status_code == 404
    await it.csms.register("CP-1")
    told = (await ask(client, RESET)).json()
    assert (told["state"], told["status"]) == ("failed", "offline")


async def test_what_makes_no_sense_is_refused_before_it_is_kept(api):
    it, client = api
    await it.station()
    for body, words in (({"command": "reset", "speed": 1}, "speed"), ({"command": "jump"}, "no command 'jump'")):
        answer = await ask(client, body)
        assert (answer.status_code, words in answer.json()["detail"]) == (422, True)
    plain = await client.post("/stations/CP-1/commands", content=b"{}", headers={"Content-Type": "text/plain"})
    assert plain.status_code == 422
    await it.station("CP-2", "1.6")
    answer = await ask(client, {"command": "get_base_report"}, "CP-2")
    assert "not in OCPP 1.6" in answer.json()["detail"]
    assert (await client.get("/commands")).json()["_embedded"]["item"] == []


async def test_a_raw_call(api):
    it, client = api
    station = await it.station()
    station.replies["ClearCache"] = {"status": "Rejected"}
    told = (await ask(client, {"action": "ClearCache"}, what="calls")).json()
    assert (told["state"], told["command"], told["fields"]) == (
        "rejected",
        "ClearCache",
        {"payload": {}, "validate": True},
    )
    told = (await ask(client, {"action": "Jump"}, what="calls")).json()
    assert (told["state"], told["status"]) == ("failed", "not supported")


async def test_one_key_asks_once(api):
    it, client = api
    station = await it.station()
    station.replies["Reset"] = {"status": "Accepted"}
    first, again = [await ask(client, RESET, **{"Idempotency-Key": "K"}) for _ in range(2)]
    assert (first.json()["id"], len(station.calls)) == (again.json()["id"], 1)
    another = await ask(client, {"command": "clear_cache"}, **{"Idempotency-Key": "K"})
    assert (another.status_code, "stands for another command" in another.json()["detail"]) == (422, True)
    it.forward(24 * 3600 + 1)
    late = await ask(client, RESET, **{"Idempotency-Key": "K"})
    assert (late.json()["id"] != first.json()["id"], len(station.calls)) == (True, 2)


async def test_commands_are_listed_and_narrowed(api):
    it, client = api
    for name in ("CP-1", "CP-2"):
        station = await it.station(name)
        station.replies |= {"Reset": {"status": "Accepted"}, "ClearCache": {"status": "Rejected"}}
        await ask(client, RESET, name)
        await ask(client, {"command": "clear_cache"}, name)

    async def listed(**query):
        page = (await client.get("/commands", params=query)).json()
        return [(each["station"], each["command"]) for each in page["_embedded"]["item"]], page["_links"]

    assert len((await listed())[0]) == 4
    assert (await listed(station="CP-2", state="rejected"))[0] == [("CP-2", "clear_cache")]
    found, links = await listed(command="reset", limit=1)
    assert found == [("CP-1", "reset")]
    rest = (await client.get(f"http://csms{links['next']['href']}")).json()
    assert [each["station"] for each in rest["_embedded"]["item"]] == ["CP-2"]
    assert (await client.get("/commands/99")).status_code == 404


async def test_what_a_csms_leaves_behind_fails_and_says_so(bench):
    it = bench()
    mine, now = node_of(it.settings), it.csms.now_ms()

    def leave(database):
        for number, node in enumerate((mine, mine, "elsewhere")):
            order = commands.Order("CP-1", "reset", {}, "me", node, str(number))
            row, _ = commands.take(database, order, now, it.csms.kept)
            if number == 1:
                commands.sent(database, row.id, now)
        return commands.abandon(database, mine, now)

    assert len(await it.store.write(leave)) == 2
    rows = await it.store.read(lambda database: list(database.execute(select(table).order_by(table.c.id))))
    assert [(row.state, row.status) for row in rows] == [("failed", "lost"), ("failed", "lost"), ("queued", None)]
    assert "may not have been sent" in rows[0].error
    assert "may have carried it out" in rows[1].error


async def test_a_command_that_cannot_be_kept_is_not_begun(api, monkeypatch):
    it, client = api
    station = await it.station()

    async def fail(_fn):
        raise StoreError("gone")

    monkeypatch.setattr(it.store, "write", fail)
    assert (await ask(client, RESET)).status_code == 503
    assert station.calls == []


async def test_an_end_that_the_database_does_not_take_is_kept_when_it_is_back(api, monkeypatch):
    monkeypatch.setattr(dispatch, "KEPT_AGAIN_S", 0)
    it, client = api
    station = await it.station()
    asked = await ask(client, RESET, Prefer="respond-async")
    await station.until(lambda: station.calls)
    await it.quiet()
    write, failed = it.store.write, asyncio.Event()
    ending = it.csms.bus.subscribe(Filter(frozenset({"command.ended"})))

    async def fail(_fn):
        if failures.pop():
            failed.set()
        raise StoreError("gone")

    failures = [True, False, False]
    with monkeypatch.context() as outage:
        outage.setattr(it.store, "write", lambda fn: fail(fn) if failures else write(fn))
        it.forward(31)
        async with asyncio.timeout(10):
            await failed.wait()
    async with asyncio.timeout(10):
        told = await ending.next()
    end = (await client.get(f"http://csms{asked.headers['location']}")).json()
    assert told.data["id"] == end["id"]
    assert (end["state"], end["status"], end["ended"]) == ("failed", "timed out", "2026-03-01T08:00:31.000Z")


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=5", 5),
        ("respond-async, wait=10", 10),
        ('return=minimal; x; wait="7"', 7),
        ("wait=999999", 300),
        ("await=5", None),
        ("wait=soon", None),
        (None, None),
    ],
)
def test_how_long_a_client_would_wait(prefer, seconds):
    assert wait_of(prefer) == seconds
