"""Readings are understood, and what was sent again is stored once."""

import pytest
from sqlalchemy import func, select

from csms_reference.services import metering as subject
from csms_reference.store import Store
from csms_reference.store.tables import inbox

DAY_MS = 86_400_000


@pytest.fixture
def store():
    store = Store.open(inline=True)
    yield store
    store.close()


async def first_time(store, content, at_ms, station="CP-1"):
    return await store.write(lambda database: subject.first_time(database, station, content, at_ms))


async def count(store):
    return await store.read(lambda database: database.scalar(select(func.count()).select_from(inbox)))


async def test_a_message_is_new_once_for_each_station(store):
    assert await first_time(store, "a", 0)
    assert not await first_time(store, "a", 29 * DAY_MS)
    assert await first_time(store, "b", 0)
    assert await first_time(store, "a", 0, station="CP-2")


async def test_what_nobody_repeats_any_more_is_forgotten(store):
    for number in range(20):
        await first_time(store, f"old {number}", number)
    await first_time(store, "young", 10 * DAY_MS)
    for number in range(100):
        await first_time(store, f"new {number}", 31 * DAY_MS + number)
    assert await count(store) == 101
    assert not await first_time(store, "young", 31 * DAY_MS)


async def test_forgetting_much_takes_no_message_long(store):
    much = 3 * subject.FORGOTTEN_AT_ONCE
    for number in range(much):
        await first_time(store, f"old {number}", 0)
    before, lost = await count(store), []
    for number in range(100):
        await first_time(store, f"new {number}", 365 * DAY_MS)
        after = await count(store)
        lost.append(before + 1 - after)
        before = after
    assert max(lost) == subject.FORGOTTEN_AT_ONCE
    assert await count(store) == 100


async def test_a_clock_that_went_back_forgets_nothing(store):
    await first_time(store, "later", 365 * DAY_MS)
    assert await first_time(store, "now", 0)
    assert not await first_time(store, "later", 0)


@pytest.mark.parametrize(
    ("raw", "unit", "power", "understood"),
    [
        ("3.5", "kWh", 0, (3500.0, "Wh", None)),
        (7, "W", 3, (7000.0, "W", None)),
        ("lots", "Wh", 0, (None, "Wh", "lots")),
        ("1e308", "kWh", 0, (None, "Wh", "1e308")),
        (1e300, "Wh", 2**31 - 1, (None, "Wh", "1e+300")),
        (1.0, "Wh", -(2**31), (0.0, "Wh", None)),
    ],
)
def test_numbers(raw, unit, power, understood):
    assert subject.number(raw, unit, power) == understood
