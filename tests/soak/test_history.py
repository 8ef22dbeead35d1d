"""The judge of the storms: it says what is wrong, and of what is right nothing."""

from dataclasses import replace

import pytest

from tests.soak.history import Event, History, Kept, Message, Reading, Transaction, faults, halves

START, END = Event("CP", 1, 0, "Started"), Event("CP", 1, 1, "Ended")
WHOLE = Transaction("CP", 1, "Ended", True, 1, "[]", "[]")


@pytest.fixture
def history():
    return History(
        [
            Message("CP", "StartTransaction", {}, 1, START, sent=2, answer={}),
            Message("CP", "StopTransaction", {}, 2, END, sent=1, answer={}),
            Message("CP", "MeterValues", {}, 3, sent=1),
            Message("CP", "MeterValues", {}, 4),
        ]
    )


@pytest.fixture
def kept():
    return Kept([START, END], [Reading("CP", 1), Reading("CP", 2)], [WHOLE])


def test_what_agrees_is_right_and_what_is_in_doubt_may_be_there(history, kept):
    assert faults(history, kept) + halves(history, kept) == []
    kept.readings.append(Reading("CP", 3))
    assert faults(history, kept) == []


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda kept: kept.events.remove(END), "acknowledged and its event is lost"),
        (lambda kept: kept.readings.remove(Reading("CP", 2)), "acknowledged and its reading is lost"),
        (lambda kept: kept.events.append(END), "kept 2 times as event"),
        (lambda kept: kept.readings.extend([Reading("CP", 3)] * 2), "kept 2 times as reading"),
        (lambda kept: kept.readings.append(Reading("CP", 4)), "never sent"),
        (lambda kept: kept.events.append(Event("CP", 9, 0, "Started")), "never sent"),
    ],
)
def test_what_is_lost_doubled_or_invented_is_named(history, kept, spoil, words):
    spoil(kept)
    assert any(words in fault for fault in faults(history, kept))


def test_half_of_a_message_in_doubt_is_a_fault(history, kept):
    history.messages[1] = replace(history.messages[1], answer=None)
    kept.events.remove(END)
    assert any("kept by half" in fault for fault in faults(history, kept))


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [WHOLE, WHOLE],
        *([WHOLE._replace(**wrong)] for wrong in (
            {"state": "Active"}, {"complete": False}, {"energy_wh": 2}, {"gaps": "[[1,1]]"}, {"flags": '["x"]'}
        )),
    ],
)  # fmt: skip
def test_a_transaction_that_is_not_whole_is_named(history, kept, rows):
    kept.transactions = rows
    assert halves(history, kept)


def test_what_stations_complain_of_counts(history, kept):
    history.errors.append("no answer")
    assert faults(history, kept) == ["no answer"]
