"""The HTTP API, on the application without a socket."""

import json

import pytest

from csms_reference.store import StoreError
from tests.csms_reference.clients import client_of, content, problem

START = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": "2026-03-01T08:00:00Z"}


async def test_tokens(api):
    _, client = api
    token = {"id_token": "Tag", "expires": "2027-01-01T00:00:00Z", "group_id": "G"}
    made = await client.post("/tokens", json=token)
    assert made.status_code == 201
    assert content(made) == {
        "id_token": "Tag",
        "type": None,
        "status": "Accepted",
        "expires": "2027-01-01T00:00:00.000Z",
        "group_id": "G",
        **dict.fromkeys(("owner", "holder")),
        **dict.fromkeys(("message", "message_language", "priority", "places", "connector_types", "hours")),
        "languages": [],
    }
    assert (await client.put("/tokens/TAG", json={"id_token": "tag", "status": "Blocked"})).json()[
        "status"
    ] == "Blocked"
    assert content(await client.get("/tokens/tAG"))["expires"] is None
    assert len(content(await client.get("/tokens"))) == 1
    assert (await client.delete("/tokens/tag")).status_code == 204
    problem(await client.get("/tokens/tag"), 404, "no token")
    problem(await client.delete("/tokens/tag"), 404, "no token")


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        ("POST", "/tokens", {}, "body.id_token"),
        ("POST", "/tokens", {"id_token": "A", "status": "Fine"}, "body.status"),
        ("POST", "/tokens", {"id_token": "A", "expires": "soon"}, "not an RFC 3339"),
        ("POST", "/tokens", {"id_token": "a\u0000b"}, "characters"),
        ("POST", "/tokens", {"id_token": "A", "admin": True}, "body.admin"),
        ("PUT", "/tokens/A", {"id_token": "B"}, "differs"),
        ("POST", "/stations", {"id": "x" * 49}, "body.id"),
        ("POST", "/stations", {"id": "A", "registration": "Maybe"}, "body.registration"),
        ("GET", "/transactions?limit=0", None, "query.limit"),
        ("GET", "/transactions?limit=1000000", None, "query.limit"),
        ("GET", f"/transactions?after={2**64}", None, "query.after"),
        ("POST", "/stations/A/commands", {"fields": 1}, "body.command"),
        ("POST", "/stations/A/calls", {"payload": {}}, "body.action"),
    ],
)
async def test_bad_requests_get_one_clear_problem(api, method, path, body, words):
    _, client = api
    problem(await client.request(method, path, json=body), 422, words)


async def test_unknown_paths_and_methods_are_problems_too(api):
    _, client = api
    problem(await client.get("/nowhere"), 404, "Not Found")
    problem(await client.delete("/stations"), 405, "Method Not Allowed")
    problem(await client.post("http://csms/conductor", json={"now": "2026-03-01T08:00:00Z"}), 404, "Not Found")


async def test_transactions(api):
    it, client = api
    stations = [await it.station(name, "1.6") for name in ("CP-1", "CP-2")]
    numbers = [(await station.ask("StartTransaction", START))["transactionId"] for station in stations]
    stop = {"transactionId": numbers[0], "meterStop": 70, "timestamp": "2026-03-01T08:30:00Z"}
    await stations[0].ask("StopTransaction", stop)
    await stations[1].ask("StopTransaction", stop)
    everything = content(await client.get("/transactions"))
    assert [row["station"] for row in everything] == ["CP-1", "CP-2"]
    assert [row["state"] for row in everything] == ["Ended", "Active"]
    active = content(await client.get("/transactions", params={"state": "Active"}))
    assert [row["transaction_id"] for row in active] == [str(numbers[1])]
    after = content(await client.get("/transactions", params={"after": everything[0]["id"]}))
    assert [row["station"] for row in after] == ["CP-2"]
    assert content(await client.get("/transactions", params={"station": "CP-9"})) == []
    one = content(await client.get(f"/transactions/CP-1/{numbers[0]}"))
    assert (one["energy_wh"], one["started"], one["gaps"]) == (70.0, "2026-03-01T08:00:00.000Z", [])
    values = content(await client.get(f"/transactions/CP-1/{numbers[0]}/meter-values"))
    assert [value["value"] for value in values] == [0.0, 70.0]
    problem(await client.get(f"/transactions/CP-2/{numbers[0]}"), 404, "no transaction")
    problem(await client.get(f"/transactions/CP-2/{numbers[0]}/meter-values"), 404, "no transaction")
    (orphan,) = content(await client.get("/orphans"))
    assert (orphan["station"], orphan["why"]) == ("CP-2", "transaction of another")


async def test_an_api_key_is_asked_for(bench):
    it = bench(api_key="hush")
    async with client_of(it.front) as client:
        for header in [None, "hush", "Bearer", "Bearer wrong", "Bearer hush "]:
            answer = await client.get("/stations", headers={"Authorization": header} if header else {})
            if header == "Bearer hush ":  # a header's trailing space is no part of it
                continue
            problem(answer, 401, "API key")
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert (await client.get("/stations", headers={"Authorization": "Bearer hush"})).status_code == 200
        assert (await client.get("http://csms/health")).status_code == 200


async def test_health_and_a_database_that_is_away(api, monkeypatch):
    it, client = api
    assert (await client.get("http://csms/health")).json() == {
        "status": "ok",
        "connected": 0,
        "now": "2026-03-01T08:00:00.000Z",
    }

    async def fail(_fn):
        raise StoreError("gone, and here is the path to it")

    monkeypatch.setattr(it.store, "read", fail)
    assert (await client.get("http://csms/health")).status_code == 200
    assert "path" not in problem(await client.get("http://csms/ready"), 503, "database").get("detail")


async def test_the_api_describes_itself(api):
    _, client = api
    described = (await client.get("/openapi.json")).json()
    assert "/v1/stations/{station}/commands" in described["paths"]
    assert "password_hash" not in str(described)


async def test_our_own_failure_is_a_problem_without_its_cause(bench, monkeypatch):
    it = bench()

    async def fail(_fn):
        raise RuntimeError("a bug, and here is the path to it")

    monkeypatch.setattr(it.store, "read", fail)
    async with client_of(it.front) as client:
        assert "path" not in problem(await client.get("/stations"), 500, "internal error")["detail"]


@pytest.mark.parametrize("fields", [{"name": "x"}, {"station_id": "x"}, {"self": 1}, {"_ask": 1}])
async def test_no_name_of_a_field_is_special(api, fields):
    it, client = api
    await it.station()
    problem(await client.post("/stations/CP-1/commands", json={"command": "reset", **fields}), 422, next(iter(fields)))


async def test_a_transaction_of_infinite_energy_can_still_be_listed(api):
    it, client = api
    station = await it.station()
    for number, value in enumerate([-1.7e308, 1.7e308]):
        at = f"2026-03-01T08:0{number}:00Z"
        await station.ask(
            "TransactionEvent",
            {
                "eventType": "Updated",
                "timestamp": at,
                "triggerReason": "MeterValuePeriodic",
                "seqNo": number,
                "transactionInfo": {"transactionId": "T"},
                "meterValue": [{"timestamp": at, "sampledValue": [{"value": value}]}],
            },
        )
    (listed,) = content(await client.get("/transactions"))
    assert (listed["energy_wh"], listed["flags"]) == (None, ["meter readings out of range"])


async def test_a_running_transaction_of_1_6_counts_what_its_meter_values_say(api):
    it, client = api
    station = await it.station("CP-1", "1.6")
    number = (await station.ask("StartTransaction", {**START, "meterStart": 1000}))["transactionId"]

    async def metered(minute, value, **more):
        sampled = {"value": value, "unit": "kWh", **more}
        values = [{"timestamp": f"2026-03-01T08:{minute}:00Z", "sampledValue": [sampled]}]
        await station.ask("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": values})
        return content(await client.get(f"/transactions/CP-1/{number}"))

    assert (await metered(10, "3.5"))["energy_wh"] == 2500.0
    assert (await metered(10, "3.5"))["energy_wh"] == 2500.0
    assert (await metered("05", "2"))["energy_wh"] == 2500.0  # came late
    assert (await metered(15, "900", measurand="Power.Offered", unit="W"))["energy_wh"] == 2500.0
    assert (await metered(20, "0.5"))["flags"] == ["meter ran backwards"]
    running = await metered(30, "5")
    assert (running["energy_wh"], running["flags"], running["state"]) == (4000.0, [], "Active")
    assert (running["gaps"], running["complete"]) == ([], False)
    await station.ask(
        "StopTransaction", {"transactionId": number, "meterStop": 6000, "timestamp": "2026-03-01T08:25:00Z"}
    )
    ended = await metered(40, "7")
    assert (ended["energy_wh"], ended["complete"]) == (5000.0, True)


async def test_meter_values_of_another_connector_or_station_move_no_transaction(api):
    it, client = api
    stations = [await it.station(name, "1.6") for name in ("CP-1", "CP-2")]
    number = (await stations[0].ask("StartTransaction", START))["transactionId"]
    values = [{"timestamp": "2026-03-01T08:10:00Z", "sampledValue": [{"value": "900"}]}]
    for station, connector in ((stations[0], 0), (stations[0], 2), (stations[1], 1)):
        said = {"connectorId": connector, "transactionId": number, "meterValue": values}
        assert await station.ask("MeterValues", said) == {}
    assert content(await client.get(f"/transactions/CP-1/{number}"))["energy_wh"] == 0.0


async def test_every_endpoint_is_described_with_its_errors(api):
    described = (await api[1].get("/openapi.json")).json()
    assert described["openapi"].startswith("3.")
    problems = described["components"]["schemas"]["Problem"]["properties"]
    assert {"type", "title", "status", "detail", "outcome", "errors"} == set(problems)
    assert "HTTPValidationError" not in str(described)
    for path, operations in described["paths"].items():
        for operation in operations.values():
            assert operation["description"], path
            errors = {code: answer for code, answer in operation["responses"].items() if code >= "4"}
            assert {"401", "503"} <= set(errors) or path in {"/health", "/ready", "/v1/"}
            assert all("application/problem+json" in answer["content"] for answer in errors.values()), path


@pytest.mark.parametrize("odd", [2**70, "\ud800", float("nan"), -0.0])
async def test_odd_values_in_orders_have_the_same_end_with_and_without_workers(api, odd):
    it, client = api
    station = await it.station()
    station.replies = {"DataTransfer": {"status": "Accepted"}}
    order = json.dumps({"action": "DataTransfer", "payload": {"vendorId": "A", "data": odd}})
    headers = {"content-type": "application/json"}
    answer = await client.post("/stations/CP-1/calls", content=order, headers=headers)
    if isinstance(odd, float):  # JSON has no NaN, so that it goes out as null
        assert answer.json()["status"] == "Accepted"
    elif isinstance(odd, int):
        assert (answer.json()["state"], answer.json()["status"]) == ("failed", "bad fields")
    else:
        problem(answer, 422, "surrogate")
