"""ReservationCtrlr (2.0.1 part 2 §2.8), and what comes of a profile that takes no reservations."""

from dataclasses import replace

from protocol.versions import V16, V201
from simulator.devicemodel.reservation import RESERVATION
from tests.simulator.csms import World, profile

EXPIRES = "2025-06-02T09:00:00Z"
TOKEN = {"idToken": "A", "type": "Central"}


def without(version=V201) -> World:
    """A station of a kind that knows no reservations."""
    model = profile("ac-22kw")
    return World(version, replace(model, variables={**model.variables, "ReservationCtrlr.Available": "false"}))


def test_what_a_csms_may_change():
    assert {variable.name: variable.mutability.value for variable in RESERVATION} == {
        "Available": "ReadOnly",
        "Enabled": "ReadWrite",
        "NonEvseSpecific": "ReadOnly",
    }


async def test_a_station_without_reservations_rejects_them():
    """H01.FR.01, TC_H_22, H02.FR.01."""
    world = without()
    await world.boot()
    answer = await world.ask("ReserveNow", {"id": 1, "expiryDateTime": EXPIRES, "idToken": TOKEN, "evseId": 1})
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": "UnsupportedRequest"}}
    assert (await world.ask("CancelReservation", {"reservationId": 1}))["status"] == "Rejected"


async def test_a_charge_point_without_the_profile_does_not_know_its_messages():
    """1.6 §3.3, §9.1.24."""
    world = without(V16)
    await world.boot()
    ask = {"reservationId": 1, "expiryDate": EXPIRES, "idTag": "A", "connectorId": 1}
    assert await world.ask("ReserveNow", ask) == "NotSupported"
    assert await world.ask("CancelReservation", {"reservationId": 1}) == "NotSupported"
    (profiles,) = (await world.ask("GetConfiguration", {"key": ["SupportedFeatureProfiles"]}))["configurationKey"]
    assert "Reservation" not in profiles["value"]
