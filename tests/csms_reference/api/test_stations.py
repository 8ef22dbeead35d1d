"""Stations over the API."""

import pytest

from csms_reference.api.hal import items_of
from tests.csms_reference.clients import problem


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
