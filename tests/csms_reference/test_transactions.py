"""Transactions as they are kept: each event once, whatever the order."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csms_reference.services import transactions as subject
from csms_reference.services.metering import number
from csms_reference.services.transactions import record
from csms_reference.store import Store
from csms_reference.store.tables import meter_values, transaction_events, transactions
from tests.csms_reference.day import DAY, event


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.data())
def test_every_order_with_repeats_gives_the_same_database(chance: random.Random, data):
    sent = data.draw(st.lists(st.sampled_from(DAY), min_size=1, unique=True))
    orders = []
    for _ in range(2):
        order = sent + chance.choices(sent, k=3)
        chance.shuffle(order)
        orders.append(order)
    assert stored(orders[0]) == stored(orders[1])


def stored(events):
    store = Store.open(inline=True)
    with store.engine.begin() as connection:
        for one in events:
            record(connection, one)
        (row,) = connection.execute(transactions.select()).mappings()
        count = len(connection.execute(transaction_events.select()).all())
        meters = sorted(row.value for row in connection.execute(meter_values.select()))
    store.close()
    return dict(row), count, meters


def test_the_same_number_with_other_content_is_flagged_and_changes_nothing_else():
    store = Store.open(inline=True)
    with store.engine.begin() as connection:
        assert record(connection, DAY[0]).new
        twin = event(0, "Started", payload="something else", evse=9)
        assert not record(connection, twin).new
        (row,) = connection.execute(transactions.select()).mappings()
    store.close()
    assert (row["evse"], row["flags"]) == (1, '["conflicting event"]')


def test_the_same_transaction_id_at_two_stations_is_two_transactions():
    store = Store.open(inline=True)
    with store.engine.begin() as connection:
        record(connection, DAY[0])
        record(connection, event(5, "Ended", station="CP-2"))
        found = subject.find(connection, "CP-1", "T1")
    store.close()
    assert found["state"] == "Active"


@pytest.mark.parametrize(
    ("raw", "unit", "power", "expected"),
    [
        ("1.5", "kWh", 0, (1500.0, "Wh", None)),
        (7, "W", 3, (7000.0, "W", None)),
        ("abc", "Wh", 0, (None, "Wh", "abc")),
        ("1e999", "Wh", 0, (None, "Wh", "1e999")),
        ("NaN", "Wh", 0, (None, "Wh", "NaN")),
        (1, "Wh", 10_000, (None, "Wh", "1")),
    ],
)
def test_numbers(raw, unit, power, expected):
    assert number(raw, unit, power) == expected
