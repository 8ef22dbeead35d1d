"""What drivers are told of prices."""

import pytest

from protocol.link import Turned
from simulator import facts
from simulator.screen.screen import shown
from simulator.tariff import Prices
from simulator.tokens import TokenInfo, Words
from tests.simulator.csms import World, car

FALLBACK = {
    "TariffCostCtrlr.TariffFallbackMessage": "0.60 EUR/kWh",
    "TariffCostCtrlr.TotalCostFallbackMessage": "Later",
}
PERSONAL = {"format": "UTF8", "content": "0.39 EUR/kWh"}


async def duo(name="ac-22kw-duo", **options):
    world = World(name=name, **{"config": FALLBACK} | options)
    await world.boot()
    return world


async def charging(world, info=None, evse=1):
    world.csms.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted", **(info or {})}}
    world.station.plug(car(), evse)
    await world.do(lambda: world.station.present("TAG", evse), 60)
    assert world.station.evse(evse).tx is not None
    return world.station.evse(evse).tx.id


def told(world):
    return list(shown(world.station).texts[1:])


@pytest.mark.proves("station", "Authorize", "2.0.1 2.1")
async def test_a_drivers_own_tariff_is_shown():
    """I01.FR.03."""
    world = await duo()
    await charging(world, {"personalMessage": PERSONAL})
    assert told(world) == ["0.39 EUR/kWh"]


@pytest.mark.parametrize("cost", [1e308, -1e308, 2**63 - 1, 1e-308])
async def test_a_cost_beyond_any_currency_is_shown_all_the_same(cost):
    world = await duo()
    number = await charging(world)
    assert await world.ask("CostUpdated", {"totalCost": cost, "transactionId": number}) == {}
    assert "Cost so far: " in "\n".join(told(world))


async def test_without_one_the_fallback_is():
    """I04.FR.01."""
    world = await duo()
    await charging(world)
    assert told(world) == ["0.60 EUR/kWh"]


async def test_a_tariff_in_the_cache_may_be_out_of_date():
    """I04: a token that the cache knows gets the fallback."""
    world = await duo()
    await charging(world, {"personalMessage": PERSONAL})
    await world.do(lambda: world.station.present("TAG", 1), 60)
    await world.do(lambda: world.station.unplug(1), 120)
    world.csms.link.close(1001, "gone")
    world.csms.turn = Turned(503, "no", None)
    await world.run(world.clock.now + 10)
    world.station.plug(car())
    await world.do(lambda: world.station.present("TAG", 1), 30)
    assert world.station.evse(1).tx is not None
    assert told(world) == ["0.60 EUR/kWh"]


@pytest.mark.parametrize(("by", "text"), [("csms", "Mine"), ("list", "Mine"), ("cache", "0.60 EUR/kWh")])
async def test_who_knows_a_tariff_that_still_holds(by, text):
    world = await duo()
    await charging(world)
    info = TokenInfo("Accepted", words=Words("Mine"))
    world.station.function(Prices).came(world.station.evse(1), info, by)
    assert told(world) == [text]


@pytest.mark.proves("station", "TransactionEvent", "2.0.1 2.1")
async def test_the_answers_to_events_tell_cost_and_tariff():
    """I02.FR.04, I03.FR.03, I06.FR.03."""
    world = await duo()
    world.csms.answers["TransactionEvent"] = lambda ask: (
        {"totalCost": 7.125} if ask["eventType"] == "Ended" else {"totalCost": 0.5, "updatedPersonalMessage": PERSONAL}
    )
    transaction = await charging(world)
    assert told(world) == ["0.39 EUR/kWh\nCost so far: 0.50 EUR"]
    await world.do(lambda: world.station.present("TAG", 1), 20)
    assert told(world) == ["Total: 7.13 EUR"]
    assert world.told(facts.CostTold)[-1] == facts.CostTold(transaction, "7.13", final=True)
    await world.run(world.clock.now + 61)
    assert told(world) == []


async def test_a_free_transaction_costs_nothing_and_says_so():
    """I03.FR.04."""
    world = await duo()
    world.csms.answers["TransactionEvent"] = lambda ask: {"totalCost": 0.0} if ask["eventType"] == "Ended" else {}
    await charging(world)
    await world.do(lambda: world.station.present("TAG", 1), 20)
    assert told(world) == ["Total: 0.00 EUR"]


async def test_a_cost_that_is_not_to_be_known():
    """I05.FR.02, §2.10.6: no cost in the answer, or nobody to answer."""
    world = await duo()
    await charging(world)
    await world.do(lambda: world.station.present("TAG", 1), 20)
    assert told(world) == ["Later"]


async def test_offline_the_fallback_stands_for_the_cost():
    """I05.FR.02, and the remark at I03: what comes later is nobody's to read."""
    soon = {"OCPPCommCtrlr.RetryBackOffWaitMinimum": 2, "OCPPCommCtrlr.RetryBackOffRandomRange": 1}
    world = await duo(config=FALLBACK | soon)
    await charging(world)
    world.csms.turn = Turned(503, "no", None)
    world.csms.link.close(1001, "gone")
    await world.run(world.clock.now + 5)
    world.csms.answers["TransactionEvent"] = {"totalCost": 9}
    await world.do(lambda: world.station.present("TAG", 1), 5)
    assert told(world) == ["Later"]
    world.csms.turn = None
    await world.run(world.clock.now + 40)
    assert world.station.online
    assert told(world) == ["Later"]
    assert not world.told(facts.CostTold)


async def test_switched_off_is_not_shown():
    world = await duo(config=FALLBACK | {"TariffCostCtrlr.Enabled.Cost": False})
    transaction = await charging(world, {"personalMessage": PERSONAL})
    assert not world.station.function(Prices).priced(transaction, 1.0)
    assert told(world) == ["0.39 EUR/kWh"]
    await world.set(TariffCostCtrlr__Enabled__Tariff="false")
    assert told(world) == []


async def test_a_station_without_a_display_remembers_no_guest():
    world = await duo("ac-22kw", config={})
    await charging(world, {"personalMessage": PERSONAL})
    assert world.station.used(Prices) is None


async def test_a_new_driver_reads_nothing_of_the_last_one():
    world = await duo()
    world.csms.answers["TransactionEvent"] = lambda ask: {"totalCost": 3} if ask["eventType"] == "Ended" else {}
    await charging(world, {"personalMessage": PERSONAL})
    await world.do(lambda: world.station.present("TAG", 1), 5)
    await world.do(lambda: world.station.unplug(1), 5)
    world.csms.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted"}}
    world.station.plug(car())
    await world.do(lambda: world.station.present("OTHER", 1), 20)
    assert told(world) == ["0.60 EUR/kWh"]
