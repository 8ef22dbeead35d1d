"""ReserveNow and CancelReservation of 2.x as messages; tests/simulator/test_reservation.py has what becomes of them."""

from datetime import timedelta

import pytest

from protocol.stamps import stamp
from protocol.versions import V201
from simulator.reservation import Reservation, Reserved
from simulator.tokens import Token
from tests.simulator.csms import NEWER, World


async def booted(version=V201, name="ac-22kw-duo", **config) -> World:
    world = World(version, name, config=config)
    await world.boot()
    return world


def wish(world, *, number=7, for_s=3600.0, **more):
    expires = stamp(world.clock.utc + timedelta(seconds=for_s))
    return {"id": number, "idToken": {"idToken": "A", "type": "eMAID"}, "expiryDateTime": expires} | more


def standing(world) -> tuple[Reservation, ...]:
    return world.station.flash.memory(Reserved).standing


def refused(reason):
    return {"status": "Rejected", "statusInfo": {"reasonCode": reason}}


@pytest.mark.parametrize("version", NEWER, ids=str)
@pytest.mark.proves("station", "ReserveNow", "2.0.1 2.1")
async def test_each_field_says_what_is_reserved_and_for_whom(version):
    """H01, S2."""
    world = await booted(version)
    ask = wish(world, evseId=2, groupIdToken={"idToken": "FLEET", "type": "Central"}, connectorType="sType2")
    assert await world.ask("ReserveNow", ask) == {"status": "Accepted"}
    (kept,) = standing(world)
    assert (kept.id, kept.token, kept.group) == (7, Token("A", "eMAID"), "FLEET")
    assert (kept.evse, kept.connector_type, stamp(kept.expires)) == (2, "sType2", ask["expiryDateTime"])


async def test_without_an_evse_it_is_any():
    """H01, S1 and S3: H01.FR.04, H01.FR.06."""
    world = await booted()
    assert await world.ask("ReserveNow", wish(world)) == {"status": "Accepted"}
    assert await world.ask("ReserveNow", wish(world, number=8, connectorType="sType2")) == {"status": "Accepted"}
    assert [(one.evse, one.connector_type) for one in standing(world)] == [(0, ""), (0, "sType2")]


async def test_a_refusal_says_why():
    """H01.FR.01, H01.FR.19 with the reason codes of appendix 5."""
    world = await booted(**{"ReservationCtrlr.NonEvseSpecific": "false"})
    assert await world.ask("ReserveNow", wish(world, evseId=0)) == refused("UnknownEvse")
    assert await world.ask("ReserveNow", wish(world, evseId=3)) == refused("UnknownEvse")
    assert await world.ask("ReserveNow", wish(world)) == refused("UnsupportedRequest")
    assert await world.ask("ReserveNow", wish(world, evseId=1, connectorType="cCCS2")) == refused(
        "UnknownConnectorType"
    )
    assert await world.ask("ReserveNow", wish(world, evseId=1, for_s=-1)) == refused("InvalidValue")
    await world.set(ReservationCtrlr__Enabled="false")
    assert await world.ask("ReserveNow", wish(world, evseId=1)) == refused("NotEnabled")
    assert standing(world) == ()


async def test_what_is_taken_has_a_status_of_its_own():
    """H01.FR.11, H01.FR.14: without a reason, as the status says it all."""
    world = await booted()
    await world.ask("ReserveNow", wish(world, evseId=1))
    assert await world.ask("ReserveNow", wish(world, number=8, evseId=1)) == {"status": "Occupied"}
    await world.ask("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 2}})
    assert await world.ask("ReserveNow", wish(world, number=8, evseId=2)) == {"status": "Unavailable"}


async def test_a_station_without_reservations_accepts_none():
    """H01.FR.01."""
    world = await booted(**{"ReservationCtrlr.Available": "false"})
    assert await world.ask("ReserveNow", wish(world, evseId=1)) == refused("UnsupportedRequest")
    assert await world.ask("CancelReservation", {"reservationId": 7}) == refused("NotFound")


@pytest.mark.parametrize("version", NEWER, ids=str)
@pytest.mark.proves("station", "CancelReservation", "2.0.1 2.1")
async def test_only_what_stands_can_be_cancelled(version):
    """H02.FR.01, H02.FR.02."""
    world = await booted(version)
    assert await world.ask("CancelReservation", {"reservationId": 7}) == refused("NotFound")
    await world.ask("ReserveNow", wish(world, evseId=1))
    assert await world.ask("CancelReservation", {"reservationId": 8}) == refused("NotFound")
    assert await world.ask("CancelReservation", {"reservationId": 7}) == {"status": "Accepted"}
    assert standing(world) == ()
    assert await world.ask("CancelReservation", {"reservationId": 7}) == refused("NotFound")
