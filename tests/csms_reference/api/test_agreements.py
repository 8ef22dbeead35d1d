"""The HTTP API about displays and vendors."""

from tests.csms_reference.clients import content


async def test_the_display_of_a_station(api):
    it, client = api
    assert content(await client.get("/stations/CP-1/display")) == []
    station = await it.station()
    station.replies = {"SetDisplayMessage": {"status": "Accepted"}}
    for number, end in ((1, "2036-03-01T09:00:00Z"), (2, "2026-03-01T08:00:30Z")):
        order = {"id": number, "content": "Hello", "end": end}
        sent = await client.post("/stations/CP-1/commands", json={"command": "set_display_message", **order})
        assert sent.json()["answer"] == {"status": "Accepted"}
    it.forward(60)
    (shown,) = content(await client.get("/stations/CP-1/display"))
    assert shown == {
        "id": 1, "priority": "NormalCycle", "state": None, "start": None, "end": "2036-03-01T09:00:00.000Z",
        "transaction_id": None, "known_by": "set", "request_id": None, "confirmed": "2026-03-01T08:00:00.000Z",
        "message": {"id": 1, "priority": "NormalCycle", "endDateTime": "2036-03-01T09:00:00Z",
                    "message": {"format": "UTF8", "content": "Hello"}},
    }  # fmt: skip


async def test_vendors(api):
    it, client = api
    ice = {"vendor_id": "com.example", "message_id": "Ice", "status": "Accepted", "data": {"a": 1}}
    assert content(await client.put("/vendors", json=ice)) == ice
    station = await it.station()
    ask = {"vendorId": "com.example", "messageId": "Ice"}
    assert await station.ask("DataTransfer", ask) == {"status": "Accepted", "data": {"a": 1}}
    assert content(await client.get("/vendors")) == [ice]
    assert (await client.put("/vendors", json=ice | {"status": "Maybe"})).status_code == 422
    assert (await client.delete("/vendors/com.example", params={"message_id": "Ice"})).status_code == 204
    assert (await client.delete("/vendors/com.example")).status_code == 404
    assert await station.ask("DataTransfer", ask) == {"status": "UnknownVendorId"}
