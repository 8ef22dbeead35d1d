"""Campaigns in the console: filled in, started, looked at, and nobody else's."""

import json

import pytest

from csms_reference.access.principal import Principal
from csms_reference.api.campaigns import CampaignIn
from csms_reference.campaigns import rows
from csms_reference.campaigns.engine import Campaigns
from csms_reference.campaigns.plan import Plan
from csms_reference.console.campaign_form import given_of, wish_of
from csms_reference.console.campaigns import _told, bar, whole
from csms_reference.services import firmware
from csms_reference.services.firmware import Image
from csms_reference.store.campaign_tables import campaign_stations, campaigns
from tests.csms_reference.console.hostile import HOSTILE, UNSEEN

FILLED = {
    "name": "Heartbeats", "values": "HeartbeatInterval = 60\nOCPPCommCtrlr.X=a=b", "vendor": "Acme", "firmware": "2.3*",
    "stations": "CP-1\nCP-2", "later": "yes", "canary": "5", "steps": "10, 50%", "soak_h": "1.5", "approval": "yes",
    "at_once": "7", "threshold": "20", "not_before": "2026-03-01T09:00", "deadline": "2026-04-01T09:00",
    "begins": "22:00", "ends": "05:00", "zone": "Europe/Berlin", "only_idle": "yes", "retries": "0",
}  # fmt: skip


async def test_what_is_filled_in_becomes_a_draft(desk):
    it, console = desk
    made = await console.form("/campaigns", **FILLED)
    assert made.headers["location"] == "/console/campaigns/1"
    [row] = await it.rows(campaigns)
    plan = json.loads(row["plan"])
    rest = {"soak_s": 5400, "approval": True}
    assert plan["actions"][0]["fields"] == {"values": {"HeartbeatInterval": "60", "OCPPCommCtrlr.X": "a=b"}}
    assert [{name: each[name] for name in rest} for each in plan["waves"]] == [rest] * 3
    assert [(each["count"], each["percent"]) for each in plan["waves"]] == [(5, None), (None, 10), (None, 50)]
    assert (plan["target"]["stations"], plan["target"]["later"]) == (["CP-1", "CP-2"], True)
    assert (plan["pace"]["at_once"], plan["threshold"]["percent"], plan["retries"]) == (7, 20, 0)
    assert plan["schedule"]["not_before"] == "2026-03-01T09:00:00Z"
    text = (await console.page("/campaigns/1")).text
    for words in ("Heartbeats Draft", "vendor Acme, firmware 2.3*, 2 named stations", "5 stations and 1.5 h of rest",
                  "22:00 to 05:00 in Europe/Berlin", "7 at the same time, only where nobody charges"):  # fmt: skip
        assert words in text


@pytest.mark.parametrize(("change", "words"), [
    ({"values": ""}, "Choose an image"), ({"values": "X"}, "has no value"), ({"canary": "five"}, "no number"),
    ({"canary": "nan"}, "too much"), ({"steps": "10, x"}, "no number"), ({"name": ""}, "name:"),
    ({"values": "", "command": "reset", "fields": "{"}, "not JSON"), ({"deadline": ""}, "needs a deadline"),
    ({"values": "", "command": "jump"}, "no command"), ({"zone": "Nowhere"}, "no time zone"),
    ({"values": "", "command": "reset", "fields": "[]"}, "dictionary"), ({"ends": "22:00"}, "never open"),
])  # fmt: skip
def test_what_makes_no_sense_is_said_in_words(change, words):
    with pytest.raises(ValueError) as problem:  # noqa: PT011 -- whose words follow
        CampaignIn.model_validate(wish_of({**FILLED, **change}))
    assert words in _told(problem.value)


async def test_the_form_keeps_what_was_filled_in_and_says_what_is_wrong(desk):
    it, console = desk
    answer = await console.form("/campaigns", **{**FILLED, "zone": "Nowhere"})
    assert (answer.status_code, "no time zone" in answer.text, 'value="22:00"' in answer.text) == (422, True, True)
    assert await it.rows(campaigns) == []


async def test_a_campaign_is_started_followed_and_ended(desk):
    it, console = desk
    engine = Campaigns(it.front, it.csms)
    station = await it.station("CP-1")
    station.replies["ClearCache"] = {"status": "Rejected"}
    await it.csms.register("CP-2")
    await console.form("/campaigns", name="C", command="clear_cache", canary="", retries="0", threshold="40")
    refused = await console.form("/campaigns/1/pause")
    assert (refused.status_code, "not in this state" in refused.text) == (409, True)
    assert (await console.form("/campaigns/1/start")).status_code == 303
    await it.quiet()
    text = (await console.page("/campaigns/1")).text
    assert "C Paused 1 of 2 stations have failed" in text
    await console.form("/campaigns/1/resume")
    await it.quiet()
    page = await console.page("/campaigns/1")
    assert "CP-1 1 Failed answered Rejected 1" in page.text
    assert ("CP-2" in (await console.page("/campaigns/1?state=Failed")).text) is False
    assert "CP-2 1 Waiting offline 0" in page.text
    assert {rect["class"] for rect in page.all("rect")} == {"t-bad", "t-wait"}
    await console.form("/campaigns/1/cancel")
    await it.quiet()
    assert "C Cancelled" in (await console.page("/campaigns")).text.replace("just now ", "")
    assert (await console.form("/campaigns/1/forget")).headers["location"] == "/console/campaigns"
    assert (await it.rows(campaigns), await it.rows(campaign_stations)) == ([], [])
    assert (await console.form("/campaigns/1/jump")).status_code == 404
    assert (await console.form("/campaigns/x/start")).status_code == 404
    await engine.close()


async def test_hostile_words_are_shown_as_what_they_are(desk):
    it, console = desk

    def write(database):
        for name in HOSTILE:
            plan = Plan.model_validate({"actions": [{"command": "data_transfer", "fields": {"vendor_id": name}}]})
            row = rows.add(database, name, plan.model_dump_json(), owner=None, client=name, now_ms=0)
            rows.change(database, row.id, state="Paused", why=name)
            database.execute(campaign_stations.insert().values(
                campaign=row.id, station=name, rank=1, state="Failed", why=name, attempt=1, failures=1, changed_ms=0
            ))  # fmt: skip
        image = Image(HOSTILE[1], 1, "s", "m", HOSTILE[0])
        firmware.publish(database, image, 0)

    await it.store.write(write)
    for where in ("/campaigns", *(f"/campaigns/{number + 1}" for number in range(len(HOSTILE)))):
        page = await console.page(where)
        assert page.all("script") == [{"type": "module", "src": "/console/static/console.js"}]
        assert not page.all("img")
        assert not any(name.startswith("on") for _, has in page.elements for name in has)
        assert not set(UNSEEN) & set(page.text)


async def test_owners_see_their_own_campaigns_alone(desk, monkeypatch):
    it, console = desk
    plan = Plan.model_validate({"actions": [{"command": "clear_cache"}]}).model_dump_json()
    for owner in (None, "ann", "bea"):
        name = f"of {owner}"
        await it.store.write(
            lambda database, owner=owner, name=name: (
                rows.add(database, name, plan, owner=owner, client="me", now_ms=0) and None
            )
        )
    monkeypatch.setattr("csms_reference.access.guard.OPERATOR", Principal("ann", owner="ann"))
    text = (await console.page("/campaigns")).text
    assert ("of ann" in text, "of bea" in text, "of None" in text) == (True, False, False)
    await console.page("/campaigns/2")
    for number in (1, 3):
        await console.page(f"/campaigns/{number}", 404)
        assert (await console.form(f"/campaigns/{number}/start")).status_code == 404
    await console.form("/campaigns", name="mine", command="clear_cache")
    assert (await it.rows(campaigns))[-1]["owner"] == "ann"


def test_a_bar_is_as_long_as_its_stations():
    made = bar(0, {"Succeeded": 3, "Failed": 1, "Pending": 4})
    assert [(piece.tone, piece.left, piece.width) for piece in made.pieces] == [("good", 0, 37.5), ("bad", 37.5, 12.5)]
    assert (made.total, whole({0: {"Failed": 1}, None: {"Failed": 2, "Pending": 1}}).counts) == (
        8, {"Pending": 1, "Failed": 3},
    )  # fmt: skip
    assert bar(None, {}).pieces == []


def test_a_plan_that_says_little_is_told_in_words():
    told = dict(given_of(Plan.model_validate({"actions": [{"command": "clear_cache"}]})))
    assert (told["What"], told["For"], told["Waves"]) == ("Clear cache", "every station", "all at once")
