"""Campaigns as resources of the API: made, moved on, looked at, and nobody else's."""

import json

import pytest

from csms_reference.access import accounts
from csms_reference.access.principal import OPERATOR, Principal
from csms_reference.access.scopes import Scope
from csms_reference.campaigns import rows
from csms_reference.campaigns.engine import Campaigns
from csms_reference.events.event import Filter
from csms_reference.events.kinds import kinds_of
from csms_reference.store.access_tables import owners
from csms_reference.store.campaign_tables import campaigns
from tests.csms_reference.clients import client_of, content, problem

RESET = {"command": "reset", "fields": {"kind": "OnIdle"}}
PLAN = {"name": "resets", "actions": [RESET]}


@pytest.fixture
async def desk(bench):
    """The bench, a client of its API, and nobody who runs campaigns."""
    it = bench()
    async with client_of(it.front) as client:
        yield it, client


def become(monkeypatch, **more):
    """From now on requests are made by somebody else."""
    monkeypatch.setattr("csms_reference.access.guard.OPERATOR", Principal("user:ann", **more))


async def make(client, **more):
    made = await client.post("/campaigns", json={**PLAN, **more})
    assert made.status_code == 201, made.text
    return made


async def test_a_draft_is_made_shown_changed_and_forgotten(desk):
    _, client = desk
    made = await make(client)
    where = f"http://csms{made.headers['location']}"
    told = (await client.get(where)).json()
    assert (told["state"], told["name"], told["plan"]["actions"][0]["fields"]) == ("Draft", "resets", RESET["fields"])
    assert told["_templates"].keys() == {"start", "change", "delete"}
    changed = await client.put(where, json={**PLAN, "name": "others"}, headers={"If-Match": made.headers["etag"]})
    assert changed.json()["name"] == "others"
    problem(await client.put(where, json=PLAN, headers={"If-Match": made.headers["etag"]}), 412, "another revision")
    assert [each["name"] for each in content(await client.get("/campaigns?state=Draft"))] == ["others"]
    assert content(await client.get("/campaigns?state=Running")) == []
    assert (await client.delete(where)).status_code == 204
    problem(await client.get(where), 404, "no campaign 1")


WRONG = [
    ({"actions": []}, "at least 1"),
    ({"actions": [{"command": "jump"}]}, "no command 'jump'"),
    ({"actions": [{"command": "reset", "fields": {"speed": 1}}]}, "OCPP 1.6: reset: speed"),
    ({"actions": [{"command": "get_base_report", "versions": ["1.6"]}]}, "not in OCPP 1.6"),
    ({"actions": [{"command": "reset", "image": "a.bin"}]}, "only update_firmware has an image"),
    ({"actions": [{"command": "update_firmware", "image": "a", "fields": {"location": "x"}}]}, "follows from"),
    ({"waves": [{"count": 1, "percent": 1}]}, "either a percent or a count"),
    ({"waves": [{}]}, "either a percent or a count"),
    ({"schedule": {"window": {"begins": "22:00", "ends": "22:00"}}}, "never open"),
    ({"schedule": {"window": {"begins": "22:00", "ends": "05:00", "zone": "../etc/passwd"}}}, "zone"),
    ({"schedule": {"window": {"begins": "22:00", "ends": "05:00", "zone": "Europe"}}}, "no time zone"),
    ({"schedule": {"deadline": "soon"}}, "RFC 3339"),
    ({"target": {"later": True}}, "needs a deadline"),
    ({"target": {"stations": ["a\u202eb"]}}, "cannot be seen"),
    ({"success": "version"}, "only update_firmware"),
    ({"actions": [{"command": "data_transfer", "fields": {"vendor_id": "\ud800"}}]}, "surrogate"),
    ({"threshold": {"percent": 0}}, "greater than 0"),
    ({"speed": 1}, "Extra inputs"),
    ({"actions": [{"command": "update_firmware", "image": "a\0b"}]}, "cannot be seen"),
    ({"actions": [{"command": "data_transfer", "fields": {"vendor_id": "v", "data": float("nan")}}]}, "not JSON compl"),
]


async def test_what_makes_no_sense_is_refused(desk):
    _, client = desk
    for wrong, words in WRONG:
        body = json.dumps({**PLAN, **wrong}).encode()
        answer = await client.post("/campaigns", content=body, headers={"Content-Type": "application/json"})
        problem(answer, 422, words)
    plain = await client.post("/campaigns", content=b"{}", headers={"Content-Type": "text/plain"})
    problem(plain, 422, "dictionary")
    assert content(await client.get("/campaigns")) == []


async def test_it_runs_and_says_how_far_each_station_is(desk):
    it, client = desk
    engine = Campaigns(it.front, it.csms)
    stations = [await it.station(f"CP-{number}") for number in range(3)]
    for station in stations[:2]:
        station.replies["Reset"] = {"status": "Accepted"}
    stations[2].replies["Reset"] = {"status": "Rejected"}
    await it.csms.register("CP-9")
    await make(client, retries=0, threshold={"count": 5})
    heard = it.csms.bus.subscribe(Filter(kinds_of(["campaign.*"])))
    assert (await client.post("/campaigns/1/start")).json()["state"] == "Scheduled"
    await it.quiet()
    told = (await client.get("/campaigns/1")).json()
    assert (told["state"], told["progress"]) == ("Running", {"Waiting": 1, "Succeeded": 2, "Failed": 1})
    assert told["waves"] == [{"wave": 0, "stations": told["progress"]}]
    found = {each["station"]: each for each in content(await client.get("/campaigns/1/stations"))}
    assert (found["CP-2"]["state"], found["CP-2"]["why"]) == ("Failed", "answered Rejected")
    assert (found["CP-9"]["state"], found["CP-9"]["why"]) == ("Waiting", "offline")
    one = content(await client.get("/campaigns/1/stations?state=Failed"))
    assert [(each["station"], each["attempt"]) for each in one] == [("CP-2", 1)]
    page = (await client.get("/campaigns/1/stations?limit=3")).json()
    rest = (await client.get(f"http://csms{page['_links']['next']['href']}")).json()
    assert len(page["_embedded"]["item"] + rest["_embedded"]["item"]) == 4
    command = (await client.get(f"/commands/{found['CP-0']['command']}")).json()
    assert (command["client"], command["command"]) == ("campaign 1", "reset")
    kinds = [event.kind for event in heard._queue]
    assert (kinds.count("campaign.station") >= 7, "campaign.changed" in kinds) == (True, True)
    heard.close()
    counted = (await client.get("http://csms/metrics")).text
    for state, number in (("Succeeded", 2), ("Failed", 1)):
        assert f'csms_campaign_stations_total{{state="{state}"}} {number}.0' in counted
    await engine.close()


async def test_what_can_be_done_depends_on_how_far_it_is(desk):
    it, client = desk
    await make(client)
    moves = ("pause", "resume", "cancel", "approve")
    for each in moves:
        problem(await client.post(f"/campaigns/1/{each}", json={}), 409, each)
    await client.post("/campaigns/1/start")
    problem(await client.post("/campaigns/1/start"), 409, "start")
    problem(await client.put("/campaigns/1", json=PLAN), 409, "only drafts")
    problem(await client.delete("/campaigns/1"), 409, "cancel it first")
    paused = (await client.post("/campaigns/1/pause", json={"why": "too hot"})).json()
    assert (paused["state"], paused["why"], [*paused["_templates"]]) == ("Paused", "too hot", ["resume", "cancel"])
    assert (await client.post("/campaigns/1/resume")).json()["state"] == "Scheduled"
    cancelled = (await client.post("/campaigns/1/cancel", json={})).json()
    assert (cancelled["state"], cancelled.get("_templates")) == ("Cancelled", None)
    problem(await client.delete("/campaigns/1"), 409, "not over")
    await it.store.write(lambda database: rows.change(database, 1, ended_ms=1))
    assert (await client.delete("/campaigns/1")).status_code == 204


async def test_an_image_has_to_be_there_and_somewhere_to_fetch_it_from(desk, monkeypatch):
    _, client = desk
    await make(client, actions=[{"command": "update_firmware", "image": "a.bin"}])
    problem(await client.post("/campaigns/1/start"), 409, "no image 'a.bin'")
    become(monkeypatch, scopes=frozenset({Scope.COMMANDS_WRITE}))
    refused = await client.post(
        "/campaigns", json={**PLAN, "actions": [{"command": "update_firmware", "image": "a.bin"}]}
    )
    problem(refused, 403, "files:write")


async def test_owners_see_and_move_their_own_campaigns_alone(desk, monkeypatch):
    it, client = desk
    for name in ("NORTH", "SOUTH"):
        await it.store.write(lambda database, name=name: accounts.add(database, owners, name, created_ms=0))
    await make(client)
    become(monkeypatch, owner="NORTH")
    mine = await make(client, name="mine")
    assert mine.json()["owner"] == "NORTH"
    become(monkeypatch, owner="SOUTH")
    assert content(await client.get("/campaigns")) == []
    for number in (1, 2):
        for method, what, body in (
            ("GET", "", None), ("PUT", "", PLAN), ("DELETE", "", None), ("GET", "/stations", None),
            ("POST", "/start", None), ("POST", "/pause", {}), ("POST", "/resume", None), ("POST", "/cancel", {}),
            ("POST", "/approve", None),
        ):  # fmt: skip
            problem(await client.request(method, f"/campaigns/{number}{what}", json=body), 404, "no campaign")
    monkeypatch.setattr("csms_reference.access.guard.OPERATOR", OPERATOR)
    assert [each["name"] for each in content(await client.get("/campaigns"))] == ["resets", "mine"]
    assert {row["state"] for row in await it.rows(campaigns)} == {"Draft"}
