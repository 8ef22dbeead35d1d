"""The HTTP API about tariffs and costs."""

import pytest

from protocol.stamps import stamp
from tests.csms_reference.clients import client_of, content, problem
from tests.csms_reference.lines import Workers

BASIC = {"energy": {"net": "0.40", "vat_percent": 19}, "idle": {"net": 6}, "free_min": 5}


@pytest.fixture(params=["alone", "workers"])
async def api(bench, request):
    it = bench(accept_unknown_tokens=True)
    front = it.front if request.param == "alone" else Workers(it).front
    async with client_of(front) as client:
        yield it, client


async def test_tariffs(api):
    _, client = api
    assert (await client.get("/tariffs/basic")).status_code == 404
    made = content(await client.put("/tariffs/basic", json=BASIC))
    assert made["told"] == "0.476 EUR per kWh; 6.00 EUR per hour afterwards, the first 5 min free"
    assert made["energy"] == {"net": "0.40", "vat_percent": "19"}
    assert content(await client.get("/tariffs/basic")) == made
    assert content(await client.get("/tariffs")) == [made]
    changed = (await client.put("/tariffs/basic", json={"currency": "CHF", "text": "Ask us"})).json()
    assert (changed["currency"], changed["told"], changed["energy"]) == ("CHF", "Ask us", None)
    assert (await client.post("/tariffs", json={"id": "basic", **BASIC}, headers={"If-Match": "*"})).status_code == 201
    tag = (await client.get("/tariffs/basic")).headers["etag"]
    other = await client.put("/tariffs/basic", json={}, headers={"If-Match": tag})
    problem(await client.delete("/tariffs/basic", headers={"If-Match": tag}), 412, "If-Match")
    assert (await client.delete("/tariffs/basic", headers={"If-Match": other.headers["etag"]})).status_code == 204
    assert (await client.delete("/tariffs/basic")).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"currency": "euro"}, {"energy": {"net": -1}}, {"time": {"net": "x"}}, {"parking": {"net": 1}},
     {"energy": {"net": 1, "vat_percent": 101}}, {"free_min": -1}],
)  # fmt: skip
async def test_what_is_no_tariff(api, wrong):
    assert (await api[1].put("/tariffs/basic", json=wrong)).status_code == 422


async def test_whom_they_are_for(api):
    _, client = api
    fleet = {"kind": "group", "who": "Fleet", "tariff": "basic"}
    assert (await client.put("/tariff-assignments", json=fleet)).status_code == 404
    await client.put("/tariffs/basic", json=BASIC)
    assert content(await client.put("/tariff-assignments", json=fleet)) == fleet
    assert (await client.put("/tariff-assignments", json=fleet | {"who": ""})).status_code == 422
    everybody = {"kind": "all", "tariff": "basic"}
    assert (await client.put("/tariff-assignments", json=everybody | {"who": "x"})).status_code == 422
    assert (await client.put("/tariff-assignments", json=everybody)).status_code == 200
    listed = content(await client.get("/tariff-assignments"))
    assert [(each["kind"], each["who"]) for each in listed] == [("all", ""), ("group", "fleet")]
    assert (await client.delete("/tariff-assignments/group", params={"who": "FLEET"})).status_code == 204
    assert (await client.delete("/tariff-assignments/group", params={"who": "FLEET"})).status_code == 404
    await client.delete("/tariffs/basic")
    assert content(await client.get("/tariff-assignments")) == []


async def test_the_cost_of_a_transaction(api):
    it, client = api
    await client.put("/tariffs/basic", json=BASIC)
    await client.put("/tariff-assignments", json={"kind": "station", "who": "CP-1", "tariff": "basic"})
    station = await it.station()
    assert (await client.get("/transactions/CP-1/T/cost")).status_code == 404

    async def tell(seq, kind, wh, state, **more):
        meter = [{"timestamp": stamp(it.time), "sampledValue": [{"value": wh}]}]
        said = {"eventType": kind, "timestamp": stamp(it.time), "triggerReason": "Trigger", "seqNo": seq,
                "transactionInfo": {"transactionId": "T", "chargingState": state}, "meterValue": meter}  # fmt: skip
        return await station.ask("TransactionEvent", said | more)

    await tell(0, "Started", 1000, "Charging", idToken={"idToken": "TAG", "type": "ISO14443"})
    it.forward(3600)
    await tell(1, "Updated", 11_000, "SuspendedEV")
    it.forward(1200)
    await tell(2, "Ended", 11_000, "Idle")
    cost = content(await client.get("/transactions/CP-1/T/cost"))
    assert cost == {
        "station": "CP-1", "transaction_id": "T", "tariff": "basic", "currency": "EUR", "cost": "6.26",
        "parts": [
            {"part": "energy", "net": "4.00", "vat": "0.76"}, {"part": "idle", "net": "1.50", "vat": "0.00"},
        ],
    }  # fmt: skip
    (transaction,) = content(await client.get("/transactions"))
    assert transaction["tariff"] == "basic"
