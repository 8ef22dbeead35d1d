"""What stations are told of tariffs and costs."""

from datetime import timedelta
from decimal import Decimal

import pytest

from csms_reference.services import tariff
from csms_reference.services.pricing import Price, Terms
from csms_reference.services.tariff import Tariff
from csms_reference.store.tariff_tables import charges
from protocol.stamps import stamp

pytestmark = pytest.mark.proves("csms", "CostUpdated TransactionEvent Authorize", "2.0.1 2.1")

BASIC = Tariff("basic", "EUR", Terms(energy=Price(Decimal("0.40"), Decimal(19))), "0.48 EUR/kWh", changed_ms=1)


async def put(it, made=BASIC, kind="all", who=""):
    await it.store.write(lambda database: tariff.put(database, made))
    assert await it.store.write(lambda database: tariff.assign(database, kind, who, made.id))


def event(it, seq, kind="Updated", wh=None, token=None, **more):
    said = {
        "eventType": kind,
        "timestamp": stamp(it.time),
        "triggerReason": "MeterValuePeriodic",
        "seqNo": seq,
        "transactionInfo": {"transactionId": "T", "chargingState": "Charging"},
        **more,
    }
    if wh is not None:
        said["meterValue"] = [{"timestamp": stamp(it.time), "sampledValue": [{"value": wh}]}]
    if token:
        said["idToken"] = {"idToken": token, "type": "ISO14443"}
    return said


async def test_a_token_is_answered_with_its_tariff(bench):
    """I01.FR.01."""
    it = bench(accept_unknown_tokens=True)
    await put(it)
    station = await it.station()
    answer = await station.ask("Authorize", {"idToken": {"idToken": "TAG", "type": "ISO14443"}})
    personal = {"format": "UTF8", "language": "en", "content": "0.48 EUR/kWh"}
    assert answer["idTokenInfo"] == {"status": "Accepted", "personalMessage": personal}
    answer = await station.ask("TransactionEvent", event(it, 0, "Started", token="TAG"))
    assert answer["idTokenInfo"]["personalMessage"] == personal


async def test_who_may_not_charge_learns_no_tariff(bench):
    it = bench()
    await put(it)
    station = await it.station()
    answer = await station.ask("Authorize", {"idToken": {"idToken": "TAG", "type": "ISO14443"}})
    assert answer == {"idTokenInfo": {"status": "Unknown"}}


async def test_a_station_that_shows_no_tariffs_is_told_none(bench):
    """I01.FR.02."""
    it = bench(accept_unknown_tokens=True)
    await put(it)
    station = await it.station()
    said = [
        {
            "component": {"name": "TariffCostCtrlr"},
            "variable": {"name": "Available", "instance": "Tariff"},
            "variableAttribute": [{"value": "false"}],
        }
    ]
    report = {"requestId": 1, "generatedAt": stamp(it.time), "seqNo": 0, "reportData": said}
    await station.ask("NotifyReport", report)
    answer = await station.ask("Authorize", {"idToken": {"idToken": "TAG", "type": "ISO14443"}})
    assert "personalMessage" not in answer["idTokenInfo"]


async def test_the_cost_goes_with_the_answers(bench):
    """I02.FR.01, I03.FR.02; the same event asked again gets the same answer."""
    it = bench(accept_unknown_tokens=True)
    await put(it)
    station = await it.station()
    assert "totalCost" not in await station.ask("TransactionEvent", event(it, 0, "Started", 1000, "TAG"))
    it.forward(60)
    assert (await station.ask("TransactionEvent", event(it, 1, wh=3000)))["totalCost"] == 0.95
    it.forward(60)
    last = event(it, 2, "Ended", 11_000)
    for _ in range(2):
        assert (await station.ask("TransactionEvent", last))["totalCost"] == 4.76
    assert [call for call in station.calls if call[0] == "CostUpdated"] == []


async def test_a_free_transaction_costs_nothing(bench):
    """I03.FR.04: 0.00, and without a tariff nothing at all."""
    it = bench(accept_unknown_tokens=True)
    station = await it.station()
    await station.ask("TransactionEvent", event(it, 0, "Started", 0, "TAG"))
    assert "totalCost" not in await station.ask("TransactionEvent", event(it, 1, "Ended", 5000))
    await put(it, Tariff("free", "EUR", Terms(), changed_ms=1))
    other = {"transactionInfo": {"transactionId": "F"}}
    await station.ask("TransactionEvent", event(it, 0, "Started", 0, "TAG") | other)
    assert (await station.ask("TransactionEvent", event(it, 1, "Ended", 5000) | other))["totalCost"] == 0


async def test_an_offline_end_needs_no_total(bench):
    it = bench(accept_unknown_tokens=True)
    await put(it)
    station = await it.station()
    await station.ask("TransactionEvent", event(it, 0, "Started", 0, "TAG"))
    assert await station.ask("TransactionEvent", event(it, 1, "Ended", 5000, offline=True)) == {}
    assert [row["cost"] for row in await it.rows(charges)] == ["2.38"]


async def test_costs_by_calls(bench):
    """I02.FR.01: not too often, and only what has changed."""
    it = bench(accept_unknown_tokens=True, cost_updated_s=120)
    await put(it)
    station = await it.station()
    station.replies = {"CostUpdated": {}}
    await station.ask("TransactionEvent", event(it, 0, "Started", 0, "TAG"))
    for seq, wh in ((1, 1000), (2, 2000), (3, 3000), (4, 3000), (5, 3000)):
        it.forward(60)
        assert await station.ask("TransactionEvent", event(it, seq, wh=wh)) == {}
        await it.quiet()
    await station.until(lambda: len(station.calls) == 2)
    assert station.calls == [
        ("CostUpdated", {"transactionId": "T", "totalCost": 0.48}),
        ("CostUpdated", {"transactionId": "T", "totalCost": 1.43}),
    ]
    assert (await station.ask("TransactionEvent", event(it, 6, "Ended", 4000)))["totalCost"] == 1.9


async def test_new_terms_of_a_dynamic_tariff(bench):
    """I06.FR.01, .02: told once, and they hold from then on."""
    it = bench(accept_unknown_tokens=True)
    cheap = Tariff("spot", "EUR", Terms(energy=Price(Decimal("0.10"))), dynamic=True, changed_ms=1)
    dear = Tariff("spot", "EUR", Terms(energy=Price(Decimal("1.00"))), dynamic=True, changed_ms=2)
    await put(it, cheap)
    station = await it.station()
    await station.ask("TransactionEvent", event(it, 0, "Started", 0, "TAG"))
    it.forward(60)
    assert await station.ask("TransactionEvent", event(it, 1, wh=10_000)) == {"totalCost": 1.0}
    await put(it, dear)
    it.forward(60)
    answer = await station.ask("TransactionEvent", event(it, 2, wh=10_000))
    assert answer["updatedPersonalMessage"]["content"] == "1.00 EUR per kWh"
    it.forward(60)
    assert await station.ask("TransactionEvent", event(it, 3, wh=12_000)) == {"totalCost": 3.0}


async def test_a_fixed_tariff_stays_as_it_was_told(bench):
    """I06, remark: the tariff communicated at the start."""
    it = bench(accept_unknown_tokens=True)
    await put(it)
    station = await it.station()
    await station.ask("TransactionEvent", event(it, 0, "Started", 0, "TAG"))
    await put(it, Tariff("basic", "EUR", Terms(energy=Price(Decimal(9))), changed_ms=2))
    it.time += timedelta(minutes=1)
    assert await station.ask("TransactionEvent", event(it, 1, wh=1000)) == {"totalCost": 0.48}


async def test_whoever_is_nearest_decides(bench):
    it = bench(accept_unknown_tokens=True)
    await it.token("TAG", group_id="Fleet")
    station = await it.station()
    for kind, who in (("all", ""), ("station", "CP-1"), ("group", "FLEET"), ("token", "tag")):
        await put(it, Tariff(kind, "EUR", Terms(), kind, changed_ms=1), kind, who)
        answer = await station.ask("Authorize", {"idToken": {"idToken": "TAG", "type": "ISO14443"}})
        assert answer["idTokenInfo"]["personalMessage"]["content"] == kind


async def test_the_command(bench):
    it = bench()
    station = await it.station()
    station.replies = {"CostUpdated": {}}
    assert (await it.csms.command("CP-1", "cost_updated", transaction_id="T", total_cost=1.5)).status == "Accepted"
    assert station.calls == [("CostUpdated", {"transactionId": "T", "totalCost": 1.5})]


@pytest.mark.proves("csms", "StartTransaction StopTransaction", "1.6")
async def test_1_6_is_charged_too(bench):
    it = bench(accept_unknown_tokens=True)
    await put(it, Tariff("time", "EUR", Terms(time=Price(Decimal(6)), energy=Price(Decimal("0.5"))), changed_ms=1))
    station = await it.station(version="1.6")
    begun = {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": stamp(it.time)}
    number = (await station.ask("StartTransaction", begun))["transactionId"]
    it.forward(1800)
    over = {"transactionId": number, "meterStop": 5000, "timestamp": stamp(it.time)}
    await station.ask("StopTransaction", over)
    assert [row["cost"] for row in await it.rows(charges)] == ["5.00"]
