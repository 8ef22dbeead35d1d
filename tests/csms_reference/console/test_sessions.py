"""Charging sessions in the console: an operator's history, and where a driver charges."""

import re

import pytest

from csms_reference.access.principal import OPERATOR, Principal
from csms_reference.access.scopes import Scope
from tests.csms_reference.console.conftest import OWN
from tests.csms_reference.driving import ADA, BOB, Course, asked, enter, held, opened, priced

READER = Principal("user:ada", frozenset({Scope.SESSIONS_READ}))


@pytest.fixture
def as_(monkeypatch):
    """Become somebody."""

    def become(who):
        monkeypatch.setattr("csms_reference.access.guard.OPERATOR", who)

    return become


async def posted(console, path, **fields):
    token = re.search('name="token" value="([^"]*)"', (await console.client.get("/console/sessions")).text)[1]
    return await console.client.post(f"/console{path}", data={"token": token, **fields}, headers=OWN)


async def stood(station):
    status = {"timestamp": "2026-03-01T08:00:00Z", "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
    await station.ask("StatusNotification", status)


async def test_a_driver_starts_looks_and_stops(desk, as_):
    it, console = desk
    await enter(it, "ada", "bob")
    await held(it, "HERS", "ada")
    await priced(it)
    station = await opened(it)
    await opened(it, "SHUT", public=False)
    await stood(station)
    as_(ADA)
    assert (await console.client.get("/console/")).headers["location"] == "/console/sessions"
    page = await console.page("/sessions")
    assert [each["value"] for each in page.all("option") if "/" in each.get("value", "")] == ["CP-1/1"]
    begun = await posted(console, "/sessions", place="CP-1/1", max_cost="20")
    assert (begun.status_code, begun.headers["location"]) == (303, "/console/sessions/a1")
    await it.quiet()
    course = Course(station, "HERS", remote=asked(station)["remoteStartId"])
    await course.begin()
    await course.take(3000.0, "2026-03-01T08:30:00Z")
    it.forward(1800)
    text = (await console.page("/sessions/a1")).text
    for words in ("Active", "2.00 kWh", "7.40 kW", "1.30 EUR", "at most 20", "App", "Stop"):
        assert words in text, words
    as_(BOB)
    await console.page("/sessions/a1", 404)
    assert (await posted(console, "/sessions/a1/stop")).status_code == 404
    assert "CP-1 EVSE 1" not in (await console.page("/sessions")).text
    as_(ADA)
    assert (await posted(console, "/sessions/a1/stop")).status_code == 303
    await it.quiet()
    assert station.calls[-1][0] == "RequestStopTransaction"
    await course.end(3000.0, "2026-03-01T09:00:00Z")
    assert "Stop" not in (await console.page("/sessions/a1")).words
    again = (await posted(console, "/sessions/a1/stop")).status_code
    await it.quiet()
    assert (again, [name for name, _ in station.calls].count("RequestStopTransaction")) == (303, 1)


@pytest.mark.parametrize(("place", "cost", "words"), [
    ("CP-1", "", "Choose where"), ("CP-1/0", "", "Choose where"), ("CP-1/x", "", "Choose where"),
    ("SHUT/1", "", "There is no station"), ("CP-1/1", "much", "highest cost"), ("CP-1/1", "NaN", "highest cost"),
    ("CP-1/1", "-1", "highest cost"),
])  # fmt: skip
async def test_what_cannot_be_is_said(desk, as_, place, cost, words):
    it, console = desk
    await enter(it, "ada")
    station = await opened(it)
    await stood(station)
    as_(ADA)
    answer = await posted(console, "/sessions", place=place, max_cost=cost)
    assert (answer.status_code, words in answer.text, station.calls) == (422, True, [])


async def test_who_only_reads_has_no_buttons_and_sends_none(desk, as_):
    it, console = desk
    await enter(it, "ada")
    await held(it, "CARD", "ada")
    await Course(await opened(it), "CARD", kind="ISO14443").begin()
    as_(READER)
    page = await console.page("/sessions/t1")
    assert not page.all("button", **{"class": "danger"})
    for path in ("/sessions", "/sessions/t1/stop"):
        answer = await console.client.post(f"/console{path}", headers=OWN)
        assert answer.status_code == 403


async def test_an_operators_history_is_filtered_paged_and_summed(desk, as_, monkeypatch):
    it, console = desk
    monkeypatch.setattr("csms_reference.console.sessions.SHOWN", 2)
    await enter(it, "ada", "<b>bob</b>")
    await held(it, "HERS", "ada")
    await held(it, "HIS", "<b>bob</b>")
    await priced(it)
    station = await opened(it)
    for number, token in enumerate(("HERS", "HIS", "HERS")):
        course = Course(station, token, kind="ISO14443")
        course.number = f"T-{number}"
        await course.begin()
        await course.end(1500.0, "2026-03-01T09:00:00Z")
    as_(OPERATOR)
    page = await console.page("/sessions")
    assert "3.60 EUR" not in page.text
    (summed,) = [link for link in page.links() if "totals=yes" in link]
    assert "2026-03 3 1.50 kWh 3 h 00 min 3.60 EUR" in (await console.page(summed.removeprefix("/console"))).text
    assert [link for link in page.links() if "/sessions/t" in link] == ["/console/sessions/t3", "/console/sessions/t2"]
    (older,) = [each["href"] for each in page.all("a", rel="next")]
    page = await console.page(older.removeprefix("/console"))
    assert [link for link in page.links() if "/sessions/t" in link] == ["/console/sessions/t1"]
    (newer,) = [each["href"] for each in page.all("a", rel="prev")]
    page = await console.page(newer.removeprefix("/console"))
    assert [link for link in page.links() if "/sessions/t" in link] == ["/console/sessions/t3", "/console/sessions/t2"]
    page = await console.page("/sessions?user=%3Cb%3Ebob%3C/b%3E&since=2026-03-01&until=2026-03-01&state=Ended")
    assert [link for link in page.links() if "/sessions/t" in link] == ["/console/sessions/t2"]
    assert page.all("b") == []
    (csv,) = [link for link in page.links() if link.startswith("/v1/sessions.csv")]
    assert "since=2026-03-01T00%3A00%3A00Z" in csv
    assert "state=Ended" in csv
    assert "No session fits" in (await console.page("/sessions?until=2026-02-28")).text
    assert (await console.page("/sessions?before=x&after=y&state=Odd")).all("tr", id="t3")


async def test_a_transaction_that_began_with_a_card_leads_to_its_session(desk, as_):
    it, console = desk
    await Course(await opened(it), "X", kind="NoAuthorization").begin()
    as_(OPERATOR)
    assert "/console/transactions/CP-1/T-1" in (await console.page("/sessions/t1")).links()
    assert "/console/sessions/t1" in (await console.page("/transactions/CP-1/T-1")).links()
