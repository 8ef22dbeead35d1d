"""ReserveNow and CancelReservation of 1.6 as messages; tests/simulator/test_reservation.py has what becomes of them."""

from datetime import timedelta

import pytest

from protocol.errors import Code
from protocol.stamps import stamp
from protocol.versions import V16
from simulator.flash import Flash
from simulator.reservation import Reservation, Reserved
from simulator.tokens import Token
from tests.simulator.csms import World


async def booted(name="ac-22kw-duo", **config) -> World:
    world = World(V16, name, config=config)
    await world.boot()
    return world


def wish(world, *, number=7, connector=2, for_s=3600.0, **more):
    expires = stamp(world.clock.utc + timedelta(seconds=for_s))
    return {"reservationId": number, "connectorId": connector, "idTag": "A", "expiryDate": expires} | more


def standing(world) -> tuple[Reservation, ...]:
    flash: Flash = world.station.flash
    return flash.memory(Reserved).standing


@pytest.mark.proves("station", "ReserveNow", "1.6")
async def test_each_field_says_what_is_reserved_and_for_whom():
    """§6.41: id, connector, tag, parent and expiry date."""
    world = await booted()
    ask = wish(world, parentIdTag="FLEET")
    assert await world.ask("ReserveNow", ask) == {"status": "Accepted"}
    (kept,) = standing(world)
    assert (kept.id, kept.token, kept.group, kept.evse) == (7, Token("A"), "FLEET", 2)
    assert stamp(kept.expires) == ask["expiryDate"]
    assert kept.connector_type == ""


async def test_connector_0_is_any():
    """§5.13: where ReserveConnectorZeroSupported is true."""
    world = await booted()
    assert await world.ask("ReserveNow", wish(world, connector=0)) == {"status": "Accepted"}
    assert standing(world)[0].evse == 0
    off = await booted(**{"ReservationCtrlr.NonEvseSpecific": "false"})
    assert await off.ask("ReserveNow", wish(off, connector=0)) == {"status": "Rejected"}


async def test_a_connector_reserves_its_evse():
    """The second connector of 1.6 is the second outlet of the one EVSE."""
    world = await booted("dc-150kw")
    assert await world.ask("ReserveNow", wish(world, connector=2)) == {"status": "Accepted"}
    assert standing(world)[0].evse == 1
    assert await world.ask("ReserveNow", wish(world, number=8, connector=1)) == {"status": "Occupied"}


async def test_a_connector_that_is_closed_cannot_be_reserved():
    """§5.13, also where its EVSE has another one."""
    world = await booted("dc-150kw")
    await world.ask("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"})
    assert await world.ask("ReserveNow", wish(world, connector=1)) == {"status": "Unavailable"}
    assert await world.ask("ReserveNow", wish(world, connector=2)) == {"status": "Accepted"}


@pytest.mark.parametrize("connector", [3, 99])
async def test_a_connector_that_is_not_there_is_rejected(connector):
    world = await booted()
    assert await world.ask("ReserveNow", wish(world, connector=connector)) == {"status": "Rejected"}
    assert standing(world) == ()


@pytest.mark.proves("station", "CancelReservation", "1.6")
async def test_only_what_stands_can_be_cancelled():
    """§5.1."""
    world = await booted()
    assert await world.ask("CancelReservation", {"reservationId": 7}) == {"status": "Rejected"}
    await world.ask("ReserveNow", wish(world))
    assert await world.ask("CancelReservation", {"reservationId": 8}) == {"status": "Rejected"}
    assert await world.ask("CancelReservation", {"reservationId": 7}) == {"status": "Accepted"}
    assert standing(world) == ()
    assert await world.ask("CancelReservation", {"reservationId": 7}) == {"status": "Rejected"}


async def test_a_station_without_the_profile_does_not_know_its_messages():
    """§3.3: other than one whose reservations are switched off, which rejects."""
    world = await booted(**{"ReservationCtrlr.Available": "false"})
    assert await world.ask("ReserveNow", wish(world)) == Code.NOT_SUPPORTED
    assert await world.ask("CancelReservation", {"reservationId": 7}) == Code.NOT_SUPPORTED
    off = await booted(**{"ReservationCtrlr.Enabled": "false"})
    assert await off.ask("ReserveNow", wish(off)) == {"status": "Rejected"}


async def reserved(**more) -> World:
    world = await booted()
    await world.ask("ReserveNow", wish(world, **more))
    world.csms.answers["Authorize"] = {"idTagInfo": {"status": "Accepted", "parentIdTag": "FLEET"}}
    return world


@pytest.mark.parametrize(("more", "asked"), [({}, 0), ({"parentIdTag": "FLEET"}, 1)])
async def test_nobody_is_asked_about_a_card_that_cannot_be_meant(more, asked):
    """§5.13: the parent of whoever comes is of interest only where a parent has reserved."""
    world = await reserved(**more)
    await world.do(lambda: world.station.present(Token("X"), 2))
    assert len(world.csms.of("Authorize")) == asked
    assert (world.station.evse(2).authorization is not None) is bool(asked)


@pytest.mark.parametrize("asks", ["true", "false"])
async def test_the_parent_of_whoever_is_to_start_is_asked_for(asks):
    """§5.13, whatever AuthorizeRemoteTxRequests says."""
    world = await reserved(parentIdTag="FLEET")
    await world.ask("ChangeConfiguration", {"key": "AuthorizeRemoteTxRequests", "value": asks})
    order = {"connectorId": 2, "idTag": "X"}
    assert await world.ask("RemoteStartTransaction", order) == {"status": "Accepted"}
    assert world.csms.of("Authorize") == [{"idTag": "X"}]
    assert world.station.evse(2).authorization.reservation_id == 7


async def test_another_parent_starts_nothing():
    world = await reserved(parentIdTag="ANOTHER")
    order = {"connectorId": 2, "idTag": "X"}
    assert await world.ask("RemoteStartTransaction", order) == {"status": "Accepted"}
    assert world.station.evse(2).authorization is None


async def test_a_reservation_without_parent_is_for_its_tag_alone():
    world = await reserved()
    assert await world.ask("RemoteStartTransaction", {"connectorId": 2, "idTag": "X"}) == {"status": "Rejected"}
    assert world.csms.of("Authorize") == []
