"""Transactions without an end: what speaks against one, after how long, and that it is taken back."""

from dataclasses import replace
from functools import partial

import pytest

from csms_reference.services import abandonment, registration, status, transactions
from csms_reference.services.abandonment import Patience
from csms_reference.services.metering import Reading
from csms_reference.services.registration import Make, Registration
from csms_reference.services.status import ConnectorStatus
from csms_reference.services.transactions import TransactionEvent
from csms_reference.store import Store

HOUR, DAY = 3_600_000, 86_400_000
PATIENCE = Patience(after_ms=HOUR, silent_ms=30 * DAY)


def event(seq_no=0, kind="Started", at_ms=0, **more):
    values = {
        "station": "CP", "version": "2.0.1", "transaction_id": "T", "payload": f"{seq_no}", "evse": 1, "connector": 1,
        "received_ms": at_ms, "timestamp_ms": at_ms, "charging_state": "Charging",
    }  # fmt: skip
    return TransactionEvent(**{**values, "seq_no": seq_no, "kind": kind, **more})


class Happen:
    """Lets things happen in a database, and asks what becomes of its transactions at some time."""

    def __init__(self, store):
        self.store = store

    async def began(self, **more):
        await self.store.write(lambda database: transactions.record(database, event(**more)))

    async def reported(self, state, at_ms, evse=1, connector=1):
        news = ConnectorStatus(evse, connector, state, at_ms)

        def write(database):
            registration.take_in(database, "CP", Registration.ACCEPTED, 0)
            status.changed(database, "CP", news, at_ms)

        await self.store.write(write)

    async def booted(self, at_ms):
        def write(database):
            registration.take_in(database, "CP", Registration.ACCEPTED, 0)
            registration.booted(database, "CP", "2.0.1", Make("A", "B"), at_ms)

        await self.store.write(write)

    async def over(self, now_ms, patience=PATIENCE):
        found, _ = await self.store.write(lambda database: abandonment.page(database, now_ms, patience, 0, 100))
        return [(each.transaction_id, each.why.value) for each in found]

    async def state(self, transaction_id="T"):
        found = await self.store.read(lambda database: transactions.find(database, "CP", transaction_id))
        return found["state"], found["abandoned"]


@pytest.fixture
def happen():
    store = Store.open(inline=True)
    yield Happen(store)
    store.close()


async def test_a_transaction_that_is_heard_of_goes_on(happen):
    await happen.began()
    assert await happen.over(29 * DAY) == []


async def test_nobody_is_over_for_what_happened_just_now(happen):
    await happen.began()
    await happen.reported("Available", 5 * HOUR)
    assert await happen.over(6 * HOUR - 1) == []
    assert await happen.over(6 * HOUR) == [("T", "EVSEAvailable")]
    assert await happen.state() == ("Abandoned", "EVSEAvailable")
    assert await happen.over(7 * HOUR) == []


@pytest.mark.parametrize(
    ("state", "place", "began"),
    [
        ("Occupied", {}, {}),
        ("Available", {"evse": 2}, {}),
        ("Available", {"connector": 2}, {}),
        ("Available", {}, {"charging_state": None}),  # not plugged in yet
        ("Available", {}, {"at_ms": 3 * HOUR}),  # it began after that
    ],
)
async def test_what_says_nothing_about_it(happen, state, place, began):
    await happen.began(**began)
    await happen.reported(state, 2 * HOUR, **place)
    assert await happen.over(9 * HOUR) == []


async def test_an_available_connector_of_16_speaks_without_more(happen):
    await happen.began(version="1.6", charging_state=None)
    await happen.reported("Available", HOUR)
    assert await happen.over(2 * HOUR) == [("T", "EVSEAvailable")]


async def test_a_station_that_booted_and_says_nothing_of_it(happen):
    await happen.began()
    await happen.booted(HOUR)
    assert await happen.over(2 * HOUR - 1) == []
    assert await happen.over(2 * HOUR) == [("T", "StationRebooted")]


async def test_another_that_began_later_at_the_same_place(either):
    happen = Happen(either)
    await happen.began()
    await happen.began(transaction_id="U", at_ms=HOUR, evse=2)
    assert await happen.over(3 * HOUR) == []
    await happen.began(transaction_id="V", at_ms=HOUR)
    assert await happen.over(3 * HOUR) == [("T", "AnotherStarted")]


async def test_one_that_was_offline_is_not_over_because_of_an_older_one_that_comes_later(happen):
    await happen.began(transaction_id="new", at_ms=HOUR)
    await happen.began(transaction_id="old", timestamp_ms=0, at_ms=2 * HOUR)
    assert await happen.over(9 * HOUR) == [("old", "AnotherStarted")]


async def test_silence_for_very_long(happen):
    await happen.began()
    assert await happen.over(30 * DAY) == [("T", "Silent")]


@pytest.mark.parametrize(
    ("patience", "expected"),
    [
        (replace(PATIENCE, after_ms=0), [("T", "Silent")]),
        (replace(PATIENCE, silent_ms=0), [("T", "EVSEAvailable")]),
        (Patience(0, 0), []),
    ],
)
async def test_rules_may_be_switched_off(happen, patience, expected):
    await happen.began()
    await happen.reported("Available", HOUR)
    assert await happen.over(99 * DAY, patience) == expected


async def test_more_of_it_takes_it_back_and_the_same_again_does_not(happen):
    await happen.began()
    await happen.over(30 * DAY)
    await happen.began(at_ms=31 * DAY)
    assert await happen.state() == ("Abandoned", "Silent")
    await happen.began(seq_no=1, kind="Updated", at_ms=31 * DAY)
    assert await happen.state() == ("Active", None)
    assert await happen.over(32 * DAY) == []
    await happen.over(61 * DAY)
    await happen.began(seq_no=2, kind="Ended", at_ms=62 * DAY)
    assert await happen.state() == ("Ended", None)
    assert await happen.over(999 * DAY) == []


async def test_meter_values_of_16_take_it_back_too(happen):
    await happen.began(version="1.6")
    await happen.over(30 * DAY)
    where = {"evse": 1, "connector": 1, "received_ms": 31 * DAY}
    readings = (Reading(31 * DAY, 5.0),)
    await happen.store.write(lambda database: transactions.metered(database, "CP", "T", readings, **where))
    assert await happen.state() == ("Active", None)


async def test_pages_go_on_where_the_last_one_ended(happen):
    for number in range(5):
        await happen.began(transaction_id=f"T{number}", evse=number)
    after, seen = 0, []
    while True:
        found, after = await happen.store.write(
            partial(abandonment.page, now_ms=40 * DAY, patience=PATIENCE, after=after, limit=2)
        )
        seen += [each.transaction_id for each in found]
        if not after:
            break
    assert seen == [f"T{number}" for number in range(5)]
