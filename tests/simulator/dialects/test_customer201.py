"""CustomerInformation (2.0.1 N09, N10): what is told and what is really cleared."""

import pytest

from tests.simulator.csms import World, car

CARD = {"idToken": "CARD-1", "type": "ISO14443"}
CERTIFICATE = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "1"}


async def informed(world: World, *, report: bool = True, clear: bool = False, **customer: object) -> str:
    """What the station tells about a customer."""
    world.csms.got.clear()
    ask = {"requestId": 5, "report": report, "clear": clear, **(customer or {"idToken": CARD})}
    assert await world.ask("CustomerInformation", ask) == {"status": "Accepted"}
    parts = world.csms.of("NotifyCustomerInformation")
    assert {part["requestId"] for part in parts} == {5}
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part.get("tbc", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    return "".join(part["data"] for part in parts)


async def regular(world: World) -> None:
    """A customer who has charged before, and is in the local list."""
    world.csms.answers["Authorize"] = {
        "idTokenInfo": {"status": "Accepted", "groupIdToken": {"idToken": "FLEET", "type": "Central"}}
    }
    await world.boot()
    world.station.present("CARD-1")
    await world.run(200)
    listed = {"idToken": CARD, "idTokenInfo": {"status": "Accepted"}}
    await world.ask("SendLocalList", {"versionNumber": 1, "updateType": "Full", "localAuthorizationList": [listed]})


async def test_it_tells_what_it_holds():
    """N09.FR.05."""
    world = World()
    await regular(world)
    cached, listed = (await informed(world)).splitlines()
    assert cached.startswith("authorization cache: card-1: Accepted, group FLEET, last used 2025-06-02T06:00:2")
    assert listed == "local authorization list: card-1: Accepted"


async def test_of_a_stranger_it_knows_nothing():
    """N09.FR.06, N10.FR.04."""
    world = World()
    await regular(world)
    stranger = {"idToken": "CARD-2", "type": "ISO14443"}
    assert await informed(world, idToken=stranger) == "No data found"
    assert await informed(world, idToken=stranger, clear=True) == "No data found"
    assert world.station.flash.cache.entries


async def test_a_station_that_knows_nobody_makes_no_memories():
    world = World()
    await world.boot()
    assert await informed(world, clear=True) == "No data found"
    assert not world.station.flash.has_cache
    assert not world.station.flash.has_local_list


async def test_clearing_tells_a_last_time_and_spares_the_local_list():
    """N10.FR.03."""
    world = World()
    await regular(world)
    assert "authorization cache" in await informed(world, clear=True)
    assert not world.station.flash.cache.entries
    assert await informed(world) == "local authorization list: card-1: Accepted"
    world.csms.down()
    await world.run(world.clock.now + 10)
    world.station.power_off()
    world.station.power_on()
    assert not world.station.flash.cache.entries


async def test_clearing_in_silence():
    """N10.FR.06."""
    world = World()
    await regular(world)
    assert await informed(world, report=False, clear=True) == "Data cleared"
    assert not world.station.flash.cache.entries


async def test_a_group_is_an_identifier_too():
    world = World()
    await regular(world)
    assert "authorization cache" in await informed(world, customerIdentifier="fleet")
    assert await informed(world, idToken={"idToken": "FLEET", "type": "Central"}) == "No data found"
    await informed(world, customerIdentifier="Fleet", clear=True)
    assert not world.station.flash.cache.entries


async def test_there_are_no_certificates_of_customers():
    world = World()
    await regular(world)
    assert await informed(world, customerCertificate=CERTIFICATE, clear=True) == "No data found"
    assert world.station.flash.cache.entries


async def test_transactions_and_their_messages_belong_to_it():
    world = World()
    await regular(world)
    world.station.plug(car())
    world.station.present("CARD-1")
    await world.run(400)
    world.csms.answers["TransactionEvent"] = "InternalError"
    world.station.unplug()
    await world.run(410)
    told = await informed(world)
    assert "messages on their way" in told
    assert "authorization cache" in told


async def test_while_charging_the_transaction_is_told():
    world = World()
    await regular(world)
    world.station.plug(car())
    world.station.present("CARD-1")
    await world.run(400)
    transaction = world.station.evses[0].tx
    assert transaction is not None
    assert f"transaction {transaction.id} at EVSE 1, running" in await informed(world, clear=True)
    assert world.station.evses[0].tx is transaction  # a driver is not cut off


async def test_much_comes_in_parts():
    world = World()
    await regular(world)
    entries = [
        {"idToken": {"idToken": f"T{n}", "type": "Central"},
         "idTokenInfo": {"status": "Accepted", "groupIdToken": {"idToken": "FLEET", "type": "Central"}}}
        for n in range(30)
    ]  # fmt: skip
    await world.ask("SendLocalList", {"versionNumber": 2, "updateType": "Full", "localAuthorizationList": entries})
    told = await informed(world, customerIdentifier="FLEET")
    assert len(told.splitlines()) == 31
    assert len(world.csms.of("NotifyCustomerInformation")) > 1


@pytest.mark.parametrize(
    ("customer", "status"),
    [({}, "Invalid"), ({"idToken": CARD, "customerIdentifier": "x"}, "Invalid"), ({"idToken": CARD}, "Rejected")],
)
async def test_what_it_does_not_take(customer, status):
    """N09.FR.07, N09.FR.09."""
    world = World()
    await regular(world)
    ask = {"requestId": 1, "report": status == "Invalid", "clear": False, **customer}
    assert await world.ask("CustomerInformation", ask) == {"status": status}
    assert world.csms.of("NotifyCustomerInformation") == []
