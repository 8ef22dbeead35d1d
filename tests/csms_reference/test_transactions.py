"""Transactions: a record is the same whatever the order, and never a lie."""

import itertools
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csms_reference.services import transactions as subject
from csms_reference.services.metering import Reading, number
from csms_reference.services.transactions import TransactionEvent, merge, record, with_number
from csms_reference.store import Store
from csms_reference.store.tables import meter_values, transaction_events, transactions


def reading(at_s, value, context="Sample.Periodic"):
    return Reading(at_s * 1000, value, context=context, unit="Wh")


def event(seq_no, kind="Updated", *, at_s=None, **more):
    at_s = seq_no * 60 if at_s is None else at_s
    values = {
        "station": "CP-1",
        "version": "2.0.1",
        "transaction_id": "T1",
        "seq_no": seq_no,
        "kind": kind,
        "received_ms": 1,
        "timestamp_ms": at_s * 1000,
        "payload": f"{seq_no} {kind}",
    }
    return TransactionEvent(**{**values, **more})


DAY = [
    event(0, "Started", evse=1, connector=2, readings=(reading(0, 1000.0, "Transaction.Begin"),)),
    event(1, id_token="TAG", token_type="ISO14443", charging_state="EVConnected"),
    event(2, charging_state="Charging", readings=(reading(120, 1100.0),)),
    event(3, offline=True, readings=(reading(180, 1500.0),)),
    event(4, stop_token="OTHER", charging_state="SuspendedEV"),
    event(5, "Ended", stop_reason="EVDisconnected", readings=(reading(300, 2000.0, "Transaction.End"),)),
]


def folded(events):
    folding = None
    for one in events:
        folding = merge(folding, one)
    return folding


def test_a_whole_transaction():
    whole = folded(DAY)
    expected = {
        "state": "Ended",
        "evse": 1,
        "connector": 2,
        "id_token": "TAG",
        "token_type": "ISO14443",
        "stop_token": "OTHER",
        "charging_state": "SuspendedEV",
        "started_ms": 0,
        "stopped_ms": 300_000,
        "meter_start_wh": 1000.0,
        "meter_stop_wh": 2000.0,
        "energy_wh": 1000.0,
        "stop_reason": "EVDisconnected",
        "offline": True,
        "complete": True,
        "gaps": "[]",
        "flags": "[]",
    }
    assert {field: whole[field] for field in expected} == expected


def test_every_order_gives_the_same_record():
    whole = folded(DAY)
    for order in itertools.permutations(DAY):
        assert folded(order) == whole


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


@given(st.lists(st.integers(0, 30), min_size=1))
def test_ranges_hold_exactly_the_numbers_put_in(numbers):
    ranges = []
    for one in numbers:
        ranges = with_number(ranges, one)
    assert [one for low, high in ranges for one in range(low, high + 1)] == sorted(set(numbers))
    assert all(high + 1 < low for (_, high), (low, _) in itertools.pairwise(ranges))


def test_gaps_are_recorded_and_close_later():
    gappy = folded([DAY[0], DAY[2], DAY[5]])
    assert (json.loads(gappy["gaps"]), gappy["complete"]) == ([[1, 1], [3, 4]], False)
    whole = folded([DAY[0], DAY[2], DAY[5], DAY[1], DAY[3], DAY[4]])
    assert (json.loads(whole["gaps"]), whole["complete"]) == ([], True)


def test_sequence_numbers_may_start_anywhere():
    """E01.FR.07, part 2 §1.3.2: a counter per EVSE goes on over its transactions."""
    assert folded([event(40, "Started"), event(41, "Ended")])["complete"]


def test_no_negative_energy():
    backwards = folded([DAY[0], event(1, "Ended", readings=(reading(60, 900.0, "Transaction.End"),))])
    assert (backwards["energy_wh"], backwards["flags"]) == (None, '["meter ran backwards"]')


def test_an_end_before_the_start_is_flagged():
    early = folded([event(0, "Started", at_s=100), event(1, "Ended", at_s=50)])
    assert json.loads(early["flags"]) == ["ended before it started"]


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
