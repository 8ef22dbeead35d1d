"""Transactions and their curves."""

from datetime import timedelta

from csms_reference.store.tables import transactions
from tests.csms_reference.conftest import NOW


async def charge(it, station, *, powers, number="T-1", token="TAG", end=False, soc=False):
    """A 2.0.1 transaction at EVSE 1 with a reading per minute; 300 Wh in all."""
    await it.token(token)
    for index, watts in enumerate(powers):
        wh = {"value": 1000.0 + 300 * index / (len(powers) - 1)}
        samples = [wh, {"value": float(watts), "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "W"}}]
        samples += [{"value": 50.0 + index, "measurand": "SoC"}] if soc else []
        at = (NOW + timedelta(minutes=index)).isoformat()
        last = index == len(powers) - 1
        event = {
            "eventType": "Started" if index == 0 else "Ended" if end and last else "Updated",
            "timestamp": at,
            "triggerReason": "CablePluggedIn" if index == 0 else "MeterValuePeriodic",
            "seqNo": index,
            "transactionInfo": {"transactionId": number, "chargingState": "Charging"},
            "evse": {"id": 1, "connectorId": 1},
            "meterValue": [{"timestamp": at, "sampledValue": samples}],
        }
        await station.ask(
            "TransactionEvent", event | ({"idToken": {"idToken": token, "type": "Central"}} if index == 0 else {})
        )


async def test_the_curve_and_its_table(desk):
    it, console = desk
    station = await it.station()
    await charge(it, station, powers=(0, 22_000, 11_000), end=True, soc=True)
    page = await console.page("/transactions/CP-1/T-1")
    assert "Highest power 22.0 kW" in page.text
    assert "Energy 0.30 kWh in all" in page.text
    assert "State of charge 52 %" in page.text
    paths = {each["class"]: each["d"] for each in page.all("path") if "class" in each}
    assert paths["power"] == "M0.0 100.00L500.0 12.00L1000.0 56.00"
    assert paths["energy"] == "M0.0 100.00L500.0 50.00L1000.0 0.00"
    assert paths["soc"].startswith("M0.0 50.00L")
    assert "08:01:00 22.0 kW 0.15 kWh 51 %" in page.text


async def test_a_running_one_without_readings_promises_no_curve(desk):
    it, console = desk
    station = await it.station("CP-1", "1.6")
    await it.token("TAG")
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": NOW.isoformat()}
    number = (await station.ask("StartTransaction", start))["transactionId"]
    page = await console.page(f"/transactions/CP-1/{number}")
    assert "No curve yet" in page.text
    assert page.all("path", **{"class": "power"}) == []


async def test_the_list_is_narrowed(desk):
    it, console = desk
    one, two = await it.station(), await it.station("CP-2")
    await charge(it, one, powers=(1000, 2000), number="T-1", end=True)
    await charge(it, two, powers=(1000, 2000), number="T-2", token="Other")

    async def listed(query=""):
        page = await console.page(f"/transactions{query}")
        return [link for link in page.links() if link.startswith("/console/transactions/")]

    assert await listed() == ["/console/transactions/CP-2/T-2", "/console/transactions/CP-1/T-1"]
    for query in ("?station=CP-1", "?token=Tag", "?state=Ended"):
        assert await listed(query) == ["/console/transactions/CP-1/T-1"]
    assert len(await listed("?since=2026-03-01&until=2026-03-01")) == 2
    await it.store.write(
        lambda database: database.execute(
            transactions.update().where(transactions.c.station == "CP-2").values(state="Abandoned")
        )
    )
    assert await listed("?state=Abandoned") == ["/console/transactions/CP-2/T-2"]
    assert "Abandoned" in (await console.page("/transactions")).text
    assert await listed("?since=2026-03-02") == await listed("?state=odd") == []


async def test_one_that_is_not_there(desk):
    _, console = desk
    assert "There is no transaction 'T' of 'CP-1'." in (await console.page("/transactions/CP-1/T", 404)).text
