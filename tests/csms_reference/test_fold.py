"""The fold: a record is the same whatever the order, and never a lie."""

import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from csms_reference.services.fold import merge, with_number
from tests.csms_reference.day import DAY, event, reading


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
