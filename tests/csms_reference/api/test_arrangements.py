"""The HTTP API about reservations, remote starts and availability."""

from tests.csms_reference.clients import content

EXPIRES = "2026-03-01T09:00:00.000Z"


async def reserved(client, station, **fields):
    """Ask a station for a reservation, which it accepts."""
    station.replies["ReserveNow"] = {"status": "Accepted"}
    body = {"command": "reserve", "id_token": "TAG", "expires": EXPIRES} | fields
    assert (await client.post("/stations/CP-1/commands", json=body)).status_code == 200


async def test_reservations(api):
    it, client = api
    assert content(await client.get("/reservations")) == []
    station = await it.station()
    await reserved(client, station, reservation_id=7, evse=1)
    await reserved(client, station, reservation_id=8, connector_type="sType2", group_id="FLEET")
    first, second = content(await client.get("/reservations"))
    assert first == {
        "id": 1,
        "station": "CP-1",
        "reservation_id": 7,
        "status": "Accepted",
        "evse": 1,
        "connector_type": None,
        "id_token": "TAG",
        "group_id": None,
        "expires": EXPIRES,
        "asked": "2026-03-01T08:00:00.000Z",
        "ended": None,
        "transaction_id": None,
    }
    assert (second["connector_type"], second["group_id"], second["evse"]) == ("sType2", "FLEET", None)
    assert content(await client.get("/stations/CP-1/reservations")) == [first, second]
    assert content(await client.get("/stations/CP-2/reservations")) == []
    assert content(await client.get("/reservations", params={"station": "CP-1", "after": 1})) == [second]


async def test_what_is_out_of_date_has_expired(api):
    """Also where the station cannot say so (1.6, or offline)."""
    it, client = api
    station = await it.station()
    await reserved(client, station, reservation_id=7)
    it.forward(3601)
    assert [row["status"] for row in content(await client.get("/reservations"))] == ["Expired"]
    assert len(content(await client.get("/reservations", params={"status": "Expired"}))) == 1
    assert content(await client.get("/reservations", params={"status": "Accepted"})) == []
    assert content(await client.get("/reservations", params={"status": "Used"})) == []
    assert (await client.get("/reservations", params={"status": "Lost"})).status_code == 422


async def test_remote_starts(api):
    it, client = api
    station = await it.station()
    station.replies["RequestStartTransaction"] = {"status": "Accepted"}
    body = {"command": "remote_start", "id_token": "TAG", "evse": 2, "remote_start_id": 9}
    assert (await client.post("/stations/CP-1/commands", json=body)).status_code == 200
    (start,) = content(await client.get("/stations/CP-1/remote-starts"))
    assert start | {"id": 0} == {
        "id": 0,
        "remote_start_id": 9,
        "evse": 2,
        "id_token": "TAG",
        "asked": "2026-03-01T08:00:00.000Z",
        "transaction_id": None,
    }


async def test_availability_asked_for_and_reported(api):
    it, client = api
    assert content(await client.get("/stations/CP-1/availability")) == []
    station = await it.station()
    told = {"timestamp": "2026-03-01T08:00:00Z", "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
    await station.ask("StatusNotification", told)
    station.replies["ChangeAvailability"] = {"status": "Scheduled"}
    body = {"command": "change_availability", "operative": False}
    assert (await client.post("/stations/CP-1/commands", json=body | {"evse": 1, "connector": 1})).status_code == 200
    station.replies["ChangeAvailability"] = {"status": "Accepted"}
    await client.post("/stations/CP-1/commands", json=body)
    whole, connector = content(await client.get("/stations/CP-1/availability"))
    at = "2026-03-01T08:00:00.000Z"
    assert whole == {
        "evse": 0, "connector": 0, "operative": False, "answer": "Accepted", "asked": at, "status": None, "since": None,
    }  # fmt: skip
    assert connector == {
        "evse": 1, "connector": 1, "operative": False, "answer": "Scheduled", "asked": at,
        "status": "Occupied", "since": at,
    }  # fmt: skip
