"""The HTTP API about variables, monitors, events and customers."""

from tests.csms_reference.clients import content

AT = "2026-03-01T08:00:00Z"
POWER = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}
STATE = {"component": {"name": "EVSE", "evse": {"id": 2}}, "variable": {"name": "AvailabilityState"}}


async def test_variables(api):
    it, client = api
    assert content(await client.get("/stations/CP-1/variables")) == []
    station = await it.station()
    said = [{**where, "variableAttribute": [{"value": "1"}]} for where in (POWER, STATE)]
    await station.ask("NotifyReport", {"requestId": 7, "generatedAt": AT, "seqNo": 0, "reportData": said})
    first, second = content(await client.get("/stations/CP-1/variables"))
    assert first | {"id": 0} == {
        "id": 0,
        "component": "EVSE",
        "component_instance": "",
        "evse": 1,
        "connector": 0,
        "variable": "Power",
        "variable_instance": "",
        "attribute": "Actual",
        "value": "1",
        "mutability": "ReadWrite",
        "persistent": False,
        "constant": False,
        "data_type": None,
        "unit": None,
        "min_limit": None,
        "max_limit": None,
        "values_list": None,
        "monitored": None,
        "request_id": 7,
        "reported": "2026-03-01T08:00:00.000Z",
    }
    for query in (
        {"evse": 2},
        {"variable": "AvailabilityState"},
        {"after": first["id"]},
        {"evse": 2, "component": "EVSE"},
    ):
        assert content(await client.get("/stations/CP-1/variables", params=query)) == [second]
    assert content(await client.get("/stations/CP-1/variables", params={"limit": 1})) == [first]
    assert content(await client.get("/stations/CP-2/variables")) == []


async def test_monitors_are_set_and_read(api):
    it, client = api
    station = await it.station()
    answer = {**POWER, "type": "Delta", "severity": 5, "status": "Accepted", "id": 3}
    station.replies = {"SetVariableMonitoring": {"setMonitoringResult": [answer]}}
    order = {
        "command": "set_variable_monitoring",
        "monitors": [{"name": "EVSE(1).Power", "type": "Delta", "value": 100.5}],
    }
    assert (await client.post("/stations/CP-1/commands", json=order)).json()["status"] == "Accepted"
    (monitor,) = content(await client.get("/stations/CP-1/monitors"))
    assert (monitor["id"], monitor["variable"], monitor["value"], monitor["evse"]) == (3, "Power", 100.5, 1)


async def test_events(api):
    it, client = api
    station = await it.station()
    said = [
        {
            "eventId": number,
            "timestamp": AT,
            "trigger": "Delta",
            "actualValue": str(number),
            "eventNotificationType": "CustomMonitor",
            "variableMonitoringId": number,
            **where,
        }
        for number, where in enumerate((POWER, STATE), 1)
    ]
    await station.ask("NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": said})
    first, second = content(await client.get("/stations/CP-1/events"))
    assert (first["event_id"], first["timestamp"], first["received"]) == (1, *["2026-03-01T08:00:00.000Z"] * 2)
    assert (first["cleared"], first["cause"], first["trigger"]) == (False, None, "Delta")
    for query in ({"monitor": 2}, {"evse": 2}, {"after": first["id"]}):
        assert content(await client.get("/stations/CP-1/events", params=query)) == [second]


async def test_customers(api):
    it, client = api
    station = await it.station()
    parts = [{"requestId": 5, "generatedAt": AT, "seqNo": n, "data": text} for n, text in enumerate(("one ", "two"))]
    await station.ask("NotifyCustomerInformation", parts[0] | {"tbc": True})
    (told,) = content(await client.get("/stations/CP-1/customer-information"))
    assert (told["complete"], told["data"]) == (False, "one ")
    await station.ask("NotifyCustomerInformation", parts[1])
    (told,) = content(await client.get("/stations/CP-1/customer-information"))
    assert told == {"request_id": 5, "complete": True, "data": "one two", "generated": "2026-03-01T08:00:00.000Z"}
