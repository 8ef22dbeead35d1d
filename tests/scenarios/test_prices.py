"""A simulated station and the reference CSMS: what a driver reads of prices is what the CSMS has on its bill."""

from decimal import Decimal

import pytest

from csms_reference.services import tariff, vendors
from csms_reference.services.pricing import Price, Terms
from csms_reference.services.tariff import Tariff
from csms_reference.store import Store
from csms_reference.store.tables import notices
from csms_reference.store.tariff_tables import charges
from simulator import facts
from simulator.ev import EV
from simulator.transfer import Returned, Transfers
from tests.scenarios.test_device import Site

BASIC = Tariff("basic", "EUR", Terms(energy=Price(Decimal("0.40"), Decimal(19))), changed_ms=1)


@pytest.fixture
async def it():
    store = Store.open(inline=True)
    site = Site(store, "ac-22kw-duo")
    site.told = []
    site.station._on_fact = lambda _station, fact: site.told.append(fact)
    await site.boot()
    await store.write(lambda database: tariff.put(database, BASIC))
    await store.write(lambda database: tariff.assign(database, "all", "", "basic"))
    yield site
    store.close()


def shown(it):
    return it.station.snapshot()["display"]["texts"]


async def test_from_the_card_to_the_total(it):
    """I01, I02 and I03, with answers to events."""
    it.station.plug(EV.of("sedan-77kwh", soc=0.2, target_soc=1.0))
    it.station.present("CARD-1", 1)
    await it.run(5)
    assert "0.476 EUR per kWh" in shown(it)[1]
    await it.run(1800)
    (row,) = await it.rows(charges)
    assert shown(it)[1] == f"0.476 EUR per kWh\nCost so far: {row['cost']} EUR"
    it.station.present("CARD-1", 1)
    await it.run(20)
    (row,) = await it.rows(charges)
    (ended,) = [fact for fact in it.told if isinstance(fact, facts.TransactionEnded)]
    assert shown(it)[1] == f"Total: {row['cost']} EUR"
    assert abs(Decimal(row["cost"]) - Decimal(str(ended.energy_wh)) * Decimal("0.000476")) <= Decimal("0.01")
    assert ended.energy_wh > 4000


async def test_vendors_messages_both_ways(it):
    """P01, P02."""
    transfers = it.station.function(Transfers)
    await it.store.write(lambda database: vendors.put(database, "com.example", "Ice", "Accepted", {"clear": True}))
    for vendor, message in (("com.example", "Ice"), ("com.example", "Fire"), ("com.other", None)):
        transfers.send(vendor, message, {"bay": 1})
        await it.run(2)
    assert [reply.status for reply in transfers.replies] == ["Accepted", "UnknownMessageId", "UnknownVendorId"]
    assert transfers.replies[0].data == {"clear": True}
    assert [row["kind"] for row in await it.rows(notices)].count("DataTransfer") == 3
    transfers.agree("com.example", lambda _station, data: Returned("Accepted", data), "Ice")
    assert await it.command("data_transfer", vendor_id="com.example", message_id="Ice", data=1) == "Accepted"
    assert await it.command("data_transfer", vendor_id="com.example", message_id="Fire") == "UnknownMessageId"
