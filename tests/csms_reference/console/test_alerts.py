"""Alerts in the console: seen, narrowed, acknowledged with a note, and nobody else's."""

import pytest

from csms_reference.access.principal import Principal
from csms_reference.access.scopes import Scope
from csms_reference.alerts.condition import Condition, Kind, Severity
from csms_reference.alerts.docket import Docket
from csms_reference.console import newest
from csms_reference.events.event import Filter
from csms_reference.events.kinds import kinds_of
from csms_reference.services import alerts


def trouble(station="CP-1", kind=Kind.SECURITY, reason="TamperDetectionActivated", **more):
    said = {"severity": Severity.CRITICAL, "since_ms": 0, "mark": 1, **more}
    return Condition(kind=kind, reason=reason, station=station, **said)


@pytest.fixture
async def alerted(desk):
    it, console = desk
    await it.station()
    lost = trouble("CP-2", Kind.CONNECTION, "", severity=Severity.MAJOR, details={"last_seen": None})
    told = {"tech_info": "<b>door</b>", "from_station": True, "flags": ["one", "two"], "tech_code": None}
    await Docket(it.front).note([trouble(evse=3, details=told), lost])
    return it, console


async def row(it, number=1):
    return await it.store.read(lambda database: alerts.find(database, number))


async def test_what_is_open_is_shown_and_counted_beside_its_link(alerted):
    _, console = alerted
    page = await console.page("/alerts")
    assert "Flags one, two, From station yes, Tech info <b>door</b>" in page.text
    assert "Security Event Tamper Detection Activated" in page.text
    assert "Alerts 2" in page.text
    assert "Alerts 2" in (await console.page("/transactions")).text
    assert page.all("a", href="/console/stations/CP-2")


async def test_one_is_acknowledged_with_a_note_and_comes_back(alerted):
    it, console = alerted
    heard = it.front.bus.subscribe(Filter(kinds_of(["alert.*"])))
    answer = await console.form("/alerts/acknowledge", id="1", note=" on my way ", shown_kind="SecurityEvent")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/alerts?kind=SecurityEvent")
    found = await row(it)
    assert (found.state, found.acknowledged_by, found.note) == ("Acknowledged", "operator", "on my way")
    page = await console.page("/alerts")
    assert ("on my way" in page.text, "Alerts 1" in page.text) == (True, True)
    assert (await heard.next()).kind == "alert.acknowledged"
    await console.form("/alerts/unacknowledge", id="1")
    assert (await row(it)).state == "Raised"
    heard.close()


async def test_one_is_closed_if_it_may_be(alerted):
    it, console = alerted
    assert (await console.form("/alerts/close", id="2")).status_code == 409
    await console.form("/alerts/close", id="1", note="a test")
    assert [(await row(it, number)).state for number in (1, 2)] == ["Cleared", "Raised"]
    assert "a test" not in (await console.page("/alerts")).text
    assert "closed by operator: a test" in (await console.page("/alerts?state=Cleared")).text
    assert "Close" not in (await console.page("/alerts")).text.replace("Closed", "")


async def test_all_that_fit_are_acknowledged(alerted):
    it, console = alerted
    await console.form("/alerts/acknowledge-all", shown_severity="Major", note="storm")
    assert [(await row(it, number)).note for number in (1, 2)] == [None, "storm"]
    await console.form("/alerts/acknowledge-all")
    assert [(await row(it, number)).state for number in (1, 2)] == ["Acknowledged"] * 2
    assert (await row(it, 2)).note == "storm"
    assert "Alerts 0" not in (await console.page("/alerts")).text


NARROWED = {"kind=ConnectionLost": 2, "severity=Critical": 1, "station=CP-2": 2, "before=2": 1, "after=1": 2}


async def test_they_are_narrowed(alerted):
    _, console = alerted
    for query, number in NARROWED.items():
        page = await console.page(f"/alerts?{query}")
        assert [has["id"] for has in page.all("tr", **{"class": "row"})] == [f"alert-{number}"], query
    for query in ("state=Cleared", "state=Acknowledged", "station=CP-9", "kind=nonsense"):
        assert "No alert fits" in (await console.page(f"/alerts?{query}")).text
    assert len((await console.page("/alerts?state=All&after=junk")).all("tr", **{"class": "row"})) == 2


async def test_pages_of_alerts(alerted, monkeypatch):
    monkeypatch.setattr(newest, "SHOWN", 1)
    _, console = alerted
    page = await console.page("/alerts")
    assert page.all("tr", id="alert-2")
    (older,) = [has["href"] for has in page.all("a", rel="next")]
    page = await console.page(older.removeprefix("/console"))
    assert page.all("tr", id="alert-1")
    assert page.all("a", rel="prev")


async def test_a_station_shows_its_own(alerted):
    it, console = alerted
    page = await console.page("/stations/CP-1")
    assert ("Security Event Tamper Detection Activated, EVSE 3" in page.text, len(page.all("p", id="alert-1"))) == (
        True,
        1,
    )
    assert not page.all("p", id="alert-2")
    await console.form("/alerts/acknowledge", id="1", note="mine")
    assert "operator looks after it: mine" in (await console.page("/stations/CP-1")).text
    more = [trouble(subject=str(number)) for number in range(20)]
    await Docket(it.front).note(more)
    page = await console.page("/stations/CP-1")
    assert (
        len([has for has in page.all("p") if has.get("id", "").startswith("alert-")]),
        "All its alerts" in page.text,
    ) == (10, True)


async def test_an_owner_has_their_own(alerted, monkeypatch):
    it, console = alerted
    for name, owner in (("CP-1", "ann"), ("CP-2", None)):
        await it.front.register(name, owner=owner)
    await Docket(it.front).note([trouble(None, Kind.CERTIFICATE, "File")])
    monkeypatch.setattr("csms_reference.access.guard.OPERATOR", Principal("ann", owner="ann"))
    page = await console.page("/alerts?state=All")
    assert [has["id"] for has in page.all("tr", **{"class": "row"})] == ["alert-1"]
    assert "Alerts 1" in page.text
    for number in ("2", "3", "x", "9" * 30):
        assert (await console.form("/alerts/acknowledge", id=number)).status_code == 404
    await console.form("/alerts/acknowledge-all")
    assert [(await row(it, number)).state for number in (1, 2, 3)] == ["Acknowledged", "Raised", "Raised"]


async def test_who_may_not_see_alerts_sees_none(alerted, monkeypatch):
    _, console = alerted
    who = Principal("ann", frozenset({Scope.STATIONS_READ, Scope.TOKENS_READ, Scope.TOKENS_WRITE}))
    monkeypatch.setattr("csms_reference.access.guard.OPERATOR", who)
    await console.page("/alerts", 403)
    page = await console.page("/stations/CP-1")
    assert (page.all("p", id="alert-1"), "Alerts" in page.text) == ([], False)
    assert (await console.form("/alerts/acknowledge", id="1")).status_code == 403


async def test_who_may_only_look_has_no_forms(alerted, monkeypatch):
    it, console = alerted
    who = Principal("ann", frozenset({Scope.STATIONS_READ, Scope.ALERTS_READ, Scope.TOKENS_READ, Scope.TOKENS_WRITE}))
    monkeypatch.setattr("csms_reference.access.guard.OPERATOR", who)
    page = await console.page("/alerts")
    assert not [has for has in page.all("form") if "/alerts/" in has.get("action", "")]
    assert (await console.form("/alerts/close", id="1")).status_code == 403
    assert (await row(it)).state == "Raised"
