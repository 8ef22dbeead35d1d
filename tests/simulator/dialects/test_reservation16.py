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
