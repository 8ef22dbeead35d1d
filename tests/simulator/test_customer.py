"""Whose token it is, and what is forgotten."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.customer import Customer, forget, known
from simulator.tokens import Token, TokenInfo
from tests.simulator.csms import World

AT = datetime(2025, 6, 2, tzinfo=UTC)
BEFORE = AT - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("customer", "token", "group", "owns"),
    [
        (Customer("Card"), "card", None, True),  # identifiers know no case (C01.FR.01)
        (Customer("Card"), "card-2", None, False),
        (Customer("Fleet"), "card", "fleet", False),  # an idToken is that token alone
        (Customer("Fleet", any_id=True), "card", "fleet", True),
        (Customer("Fleet", any_id=True), "card", None, False),
        (Customer("Card", any_id=True), "card", "fleet", True),
    ],
)
def test_whose_token_it_is(customer, token, group, owns):
    assert customer.owns(token, TokenInfo("Accepted", group=group)) is owns


def test_nobody_is_no_customer():
    assert not Customer("x").is_(None)
    assert Customer("x").is_(Token("X"))


def test_only_the_customers_entries_go():
    station = World().station
    for name in ("one", "two"):
        station.flash.cache.remember(Token(name), TokenInfo("Accepted", expires=AT, evses=(1, 2)), BEFORE)
    midnight = "2025-06-02T00:00:00.000Z"
    said = f"authorization cache: one: Accepted, expires {midnight}, EVSE 1, 2, last used 2025-06-01T23:59:59.000Z"
    assert known(station, Customer("one")) == [said]
    forget(station, Customer("one"))
    assert list(station.flash.cache.entries) == ["two"]


async def test_reservations_are_known_too():
    """N09.FR.05: by the driver's token, and by the group that they name."""
    world = World()
    await world.boot()
    ask = {"id": 5, "expiryDateTime": "2025-06-02T09:00:00Z", "idToken": {"idToken": "A", "type": "ISO14443"}}
    await world.ask("ReserveNow", ask | {"groupIdToken": {"idToken": "FLEET", "type": "Central"}})
    line = "reservation 5 of any EVSE, until 2025-06-02T09:00:00.000Z"
    assert known(world.station, Customer("A")) == [line]
    assert known(world.station, Customer("fleet", any_id=True)) == [line]
    assert known(world.station, Customer("B")) == []
