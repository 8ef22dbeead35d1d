"""Stations over the API."""

import pytest

from csms_reference.api.hal import items_of
from csms_reference.store.tables import metadata
from tests.csms_reference.clients import problem

AT = "2026-03-01T08:00:00Z"
EVENT = {
    "eventType": "Started",
    "timestamp": AT,
    "triggerReason": "Authorized",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "T"},
}
STATUS = {"timestamp": AT, "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
NOTICED = {
    "eventId": 1,
    "timestamp": AT,
    "trigger": "Alerting",
    "actualValue": "true",
    "eventNotificationType": "HardWiredNotification",
    "component": {"name": "EVSE"},
    "variable": {"name": "Problem"},
}
NOTIFIED = {"generatedAt": AT, "seqNo": 0, "eventData": [NOTICED]}


async def test_stations(api):
    it, client = api
    assert items_of((await client.get("/stations")).json()) == []
    made = await client.post("/stations", json={"id": "CP-1", "password": "secret", "security_profile": 1})
    assert made.status_code == 201
    assert made.json()["has_password"]
    assert "secret" not in made.text
    assert "scrypt" not in made.text
    station = await it.station("CP-1", "1.6", password="secret")
    await station.ask("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Charging"})
    found = (await client.get("/stations/CP-1")).json()
    assert (found["connected"], found["vendor"], found["version"]) == (True, "Acme", "1.6")
    assert found["connectors"][0]["status"] == "Charging"
    assert found["last_seen"] == "2026-03-01T08:00:00.000Z"
    changed = await client.post("/stations", json={"id": "CP-1", "registration": "Rejected"})
    assert (changed.json()["registration"], changed.json()["has_password"]) == ("Rejected", True)
    for number in range(2, 5):
        await client.post("/stations", json={"id": f"CP-{number}"})
    page = (await client.get("/stations", params={"after": "CP-1", "limit": 2})).json()
    assert [row["id"] for row in items_of(page)] == ["CP-2", "CP-3"]
    rest = (await client.get(f"http://csms{page['_links']['next']['href']}")).json()
    assert ([row["id"] for row in items_of(rest)], "next" in rest["_links"]) == (["CP-4"], False)
    problem(await client.get("/stations/none"), 404, "no station 'none'")


@pytest.mark.parametrize("identity", ["a/b", "..", "a\nb"])
async def test_an_identity_that_no_station_can_come_with_is_refused(api, identity):
    problem(await api[1].post("/stations", json={"id": identity}), 422, "body.id")


async def listed(client, **query):
    return [row["id"] for row in items_of((await client.get("/stations", params=query)).json())]


async def test_stations_are_found_by_what_is_known_of_them(api):
    it, client = api
    await it.station("CP-1", "1.6")
    await it.station("CP-2")
    gone = await it.station("CP-3")
    gone.link.close()
    await it.quiet()
    await client.post("/stations", json={"id": "CP-4", "registration": "Rejected"})
    assert await listed(client, connected=True) == ["CP-1", "CP-2"]
    assert await listed(client, connected=False) == ["CP-3", "CP-4"]
    assert await listed(client, connected=False, after="CP-3") == ["CP-4"]
    assert await listed(client, version="2.0.1") == ["CP-2", "CP-3"]
    assert await listed(client, registration="Rejected") == ["CP-4"]
    assert await listed(client, vendor="Acme", limit=1) == ["CP-1"]
    assert await listed(client, text="p-2") == ["CP-2"]
    assert await listed(client, text="ACM", version="1.6") == ["CP-1"]
    assert await listed(client, text="%") == []
    page = (await client.get("/stations", params={"connected": True, "limit": 1})).json()
    assert page["_links"]["next"]["href"] == "/v1/stations?connected=true&after=CP-1&limit=1"


async def test_who_is_connected_is_looked_for_among_many(api, monkeypatch):
    it, client = api
    monkeypatch.setattr("csms_reference.api.stations.LOOKED_AT", 2)
    for number in range(5):
        await client.post("/stations", json={"id": f"CP-{number}"})
    await it.station("CP-4")
    assert await listed(client, connected=True) == ["CP-4"]


async def test_a_station_is_changed_only_as_the_client_knows_it(api):
    it, client = api
    problem(await client.patch("/stations/CP-1", json={}), 404, "no station")
    made = await client.post("/stations", json={"id": "CP-1"}, headers={"If-None-Match": "*"})
    tag = made.headers["etag"]
    problem(await client.post("/stations", json={"id": "CP-1"}, headers={"If-None-Match": "*"}), 412, "there already")
    assert (await client.get("/stations/CP-1", headers={"If-None-Match": tag})).status_code == 304
    await it.station("CP-1")  # which is nothing that anybody has changed
    seen = await client.get("/stations/CP-1", headers={"If-None-Match": tag})
    assert (seen.status_code, seen.json()["connected"]) == (200, True)
    changed = await client.patch("/stations/CP-1", json={"security_profile": 1}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["security_profile"]) == (200, 1)
    problem(await client.patch("/stations/CP-1", json={"security_profile": 0}, headers={"If-Match": tag}), 412, "If-Ma")
    problem(await client.delete("/stations/CP-1", headers={"If-Match": tag}), 412, "If-Match")
    assert (await client.get("/stations/CP-1")).json()["security_profile"] == 1
    now = changed.headers["etag"]
    assert (await client.delete("/stations/CP-1", headers={"If-Match": f'"x", {now}'})).status_code == 204


async def test_a_station_goes_with_what_is_its_own_and_its_transactions_stay(api):
    it, client = api
    station, other = await it.station("CP-1"), await it.station("CP-2")
    for each in (station, other):
        await each.ask("TransactionEvent", EVENT)
        await each.ask("StatusNotification", STATUS)
        await each.ask("NotifyEvent", NOTIFIED)
    station.replies = {"ClearCache": {"status": "Accepted"}}
    assert (await client.post("/stations/CP-1/commands", json={"command": "clear_cache"})).status_code == 200
    await client.put("/tariffs/T", json={})
    await client.put("/tariff-assignments", json={"kind": "station", "who": "CP-1", "tariff": "T"})
    assert (await client.delete("/stations/CP-1")).status_code == 204
    await station.until(lambda: station.ended)
    assert (station.ended.code, station.ended.reason) == (1008, "the station was removed")
    problem(await client.get("/stations/CP-1"), 404, "no station")
    problem(await client.delete("/stations/CP-1"), 404, "no station")
    assert other.ended is None
    for table in metadata.sorted_tables:
        if "station" in table.c:
            left = {row["station"] for row in await it.rows(table)}
            assert ("CP-1" in left) is (table.name in {"transactions", "transaction_events"}), table.name
            assert "CP-2" in left or table.name not in {"connectors", "status_history", "events"}, table.name
    assert await it.rows(metadata.tables["tariff_assignments"]) == []


@pytest.mark.parametrize(
    ("version", "known", "unknown"), [("1.6", "unlock", "get_base_report"), ("2.0.1", "get_base_report", "none")]
)
async def test_a_station_offers_what_its_version_can_be_asked(api, version, known, unknown):
    it, client = api
    station = await it.station("CP-1", version)
    forms = (await client.get("/stations/CP-1")).json()["_templates"]
    assert {"change", "delete", "call", "reset", known} <= set(forms)
    assert unknown not in forms
    reset = forms["reset"]
    station.replies = {"Reset": {"status": "Accepted"}}
    fields = {field["name"]: field.get("value") for field in reset["properties"] if field["required"]}
    answer = await client.request(reset["method"], f"http://csms{reset['target']}", json=fields)
    assert answer.json()["status"] == "Accepted"


async def test_a_station_that_has_never_come_offers_no_command(api):
    _, client = api
    made = await client.post("/stations", json={"id": "CP-1"})
    assert set(made.json()["_templates"]) == {"change", "delete", "call"}
