"""Alerts over the API: found, acknowledged, closed, and nobody else's."""

import pytest

from csms_reference.access.principal import Principal
from csms_reference.alerts.condition import Condition, Kind, Severity
from csms_reference.alerts.docket import Docket
from csms_reference.events.event import Filter
from csms_reference.instants import to_ms
from tests.csms_reference.clients import client_of, content, problem
from tests.csms_reference.conftest import NOW


def trouble(kind=Kind.SECURITY, reason="Odd", station="CP-1", severity=Severity.MAJOR, **more):
    since_ms = to_ms(NOW)
    return Condition(kind=kind, reason=reason, station=station, severity=severity, since_ms=since_ms, mark=1, **more)


@pytest.fixture
async def alerted(bench):
    """A bench with three alerts, and a client."""
    it = bench()
    lost = trouble(Kind.CONNECTION, "", "CP-2", details={"last_seen": None})
    ending = trouble(Kind.CERTIFICATE, "File", None, Severity.MINOR)
    await Docket(it.front).note([trouble(evse=1), lost, ending])
    async with client_of(it.front) as client:
        yield it, client


def numbers(answer):
    return [each["id"] for each in content(answer)]


NARROWED = (
    ({}, [1, 2, 3]),
    ({"kind": "SecurityEvent"}, [1]),
    ({"severity": "Minor"}, [3]),
    ({"station": "CP-2"}, [2]),
    ({"state": "Open"}, [2, 3]),
    ({"state": "Raised"}, [3]),
    ({"state": "Acknowledged"}, [2]),
    ({"state": "Cleared"}, [1]),
    ({"since": "2026-03-01T08:00:00Z"}, [1, 2, 3]),
    ({"since": "2026-03-01T08:00:01Z"}, []),
    ({"after": 1, "limit": 1}, [2]),
)


async def test_they_are_narrowed(alerted):
    _, client = alerted
    await client.put("/alerts/1/closure", json={})
    await client.put("/alerts/2/acknowledgement", json={})
    for query, found in NARROWED:
        assert numbers(await client.get("/alerts", params=query)) == found, query


async def test_one_is_acknowledged_left_alone_and_closed(alerted):
    it, client = alerted
    heard = it.front.bus.subscribe(Filter(frozenset({"alert.acknowledged", "alert.changed", "alert.cleared"})))
    shown = await client.get("/alerts/1")
    assert (shown.json()["state"], shown.json()["_templates"].keys()) == ("Raised", {"acknowledge", "close"})
    it.forward(60)
    tag = {"If-Match": shown.headers["etag"]}
    seen = (await client.put("/alerts/1/acknowledgement", json={"note": "on my way"}, headers=tag)).json()
    assert (seen["state"], seen["acknowledged_by"], seen["note"]) == ("Acknowledged", "operator", "on my way")
    assert (seen["acknowledged"], "unacknowledge" in seen["_templates"]) == ("2026-03-01T08:01:00.000Z", True)
    late = await client.put("/alerts/1/acknowledgement", json={}, headers=tag)
    problem(late, 412, "another revision")
    left = (await client.delete("/alerts/1/acknowledgement")).json()
    assert (left["state"], left["acknowledged_by"], left["note"]) == ("Raised", None, None)
    closed = (await client.put("/alerts/1/closure", json={"note": "was a test"})).json()
    assert (closed["state"], closed["closed_by"], closed["closing_note"]) == ("Cleared", "operator", "was a test")
    assert "_templates" not in closed
    told = [await heard.next() for _ in range(3)]
    assert [(each.kind, each.data["state"], each.station) for each in told] == [
        ("alert.acknowledged", "Acknowledged", "CP-1"), ("alert.changed", "Raised", "CP-1"),
        ("alert.cleared", "Cleared", "CP-1"),
    ]  # fmt: skip
    heard.close()


async def test_what_is_over_stays_over(alerted):
    _, client = alerted
    await client.put("/alerts/1/closure", json={})
    for method, what in (("PUT", "acknowledgement"), ("DELETE", "acknowledgement"), ("PUT", "closure")):
        answer = await client.request(method, f"/alerts/1/{what}", json={} if method == "PUT" else None)
        problem(answer, 409, "it is over")


async def test_what_is_so_now_cannot_be_closed(alerted):
    _, client = alerted
    problem(await client.put("/alerts/2/closure", json={}), 409, "ends when it is not so any more")
    shown = (await client.get("/alerts/2")).json()
    assert (shown["state"], "close" in shown["_templates"]) == ("Raised", False)


async def test_several_are_acknowledged_at_once(alerted):
    _, client = alerted
    some = (await client.post("/alerts/acknowledgements", json={"severity": "Major", "note": "storm"})).json()
    assert (some["acknowledged"], some["more"]) == (2, False)
    assert [each["note"] for each in content(await client.get("/alerts"))] == ["storm", "storm", None]
    assert (await client.post("/alerts/acknowledgements", json={"severity": "Major"})).json()["acknowledged"] == 0
    assert (await client.post("/alerts/acknowledgements", json={})).json()["acknowledged"] == 1


async def test_more_than_a_thousand_take_another_request(alerted, monkeypatch):
    monkeypatch.setattr("csms_reference.api.alerts.CHANGED_AT_ONCE", 2)
    _, client = alerted
    said = [(await client.post("/alerts/acknowledgements", json={})).json() for _ in range(2)]
    assert [(each["acknowledged"], each["more"]) for each in said] == [(2, True), (1, False)]


async def test_an_owner_has_their_own(alerted, monkeypatch):
    it, client = alerted
    await client.post("/owners", json={"id": "ann"})
    for name, owner in (("CP-1", "ann"), ("CP-2", None)):
        await it.front.register(name, owner=owner)
    monkeypatch.setattr("csms_reference.access.guard.OPERATOR", Principal("ann", owner="ann"))
    assert numbers(await client.get("/alerts")) == [1]
    for number in (2, 3):
        problem(await client.get(f"/alerts/{number}"), 404, "no alert")
        problem(await client.put(f"/alerts/{number}/acknowledgement", json={}), 404, "no alert")
    assert (await client.post("/alerts/acknowledgements", json={})).json()["acknowledged"] == 1
    monkeypatch.undo()
    assert [each["state"] for each in content(await client.get("/alerts"))] == ["Acknowledged", "Raised", "Raised"]


async def test_what_cannot_be_kept_is_refused(alerted):
    _, client = alerted
    for note in ('"\\ud800"', '"a\\u0000b"', f'"{"x" * 1001}"', "7"):
        said = {"content": f'{{"note": {note}}}', "headers": {"Content-Type": "application/json"}}
        problem(await client.put("/alerts/1/acknowledgement", **said), 422, "note")


async def test_what_is_not_read_says_what_it_takes(alerted):
    _, client = alerted
    answer = await client.get("/alerts/acknowledgements")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    problem(await client.get(f"/alerts/{2**64}"), 422, "number")


async def test_it_leads_to_what_it_is_about(api):
    it, client = api
    await it.station("CP-1")
    await Docket(it.front).note([trouble()])  # the nodes' front, or that of the workers, shows it likewise
    links = (await client.get("/alerts/1")).json()["_links"]
    assert links["station"]["href"] == "/v1/stations/CP-1"
    beside = (await client.get("/stations/CP-1")).json()["_links"]["alerts"]
    assert numbers(await client.get(f"http://csms{beside['href']}")) == [1]
