"""Where somebody may charge."""

from csms_reference.access.principal import Principal
from csms_reference.access.scopes import Scope
from csms_reference.api.places import PlaceOut
from tests.csms_reference.driving import ADA, client_as, opened

LOOKER = Principal("user:ada", frozenset({Scope.SESSIONS_READ}))


async def test_places_say_how_they_are_and_how_to_begin_there(bench, monkeypatch):
    it = bench()
    station = await opened(it)
    for evse, status in ((0, "Available"), (1, "Occupied"), (2, "Available")):
        if evse:
            told = {"timestamp": "2026-03-01T08:00:00Z", "connectorStatus": status, "evseId": evse, "connectorId": 1}
            await station.ask("StatusNotification", told)
    await opened(it, "CP-2", registration="Pending")
    await opened(it, "CP-3")
    async with client_as(it, monkeypatch, ADA) as client:
        page = (await client.get("/places", params={"limit": 1})).json()
        (place,) = page["_embedded"]["item"]
        shown = PlaceOut.model_validate(place)
        assert (shown.station, shown.connected) == ("CP-1", True)
        assert [(each.evse, each.status) for each in shown.connectors] == [(1, "Occupied"), (2, "Available")]
        form = place["_templates"]["begin"]
        values = {each["name"]: each.get("value") for each in form["properties"]}
        assert (form["target"], values["station"]) == ("/v1/sessions", "CP-1")
        following = await client.get(page["_links"]["next"]["href"].removeprefix("/v1"))
        assert [each["station"] for each in following.json()["_embedded"]["item"]] == ["CP-3"]
    async with client_as(it, monkeypatch, LOOKER) as client:
        (first, _) = (await client.get("/places")).json()["_embedded"]["item"]
        assert "_templates" not in first
