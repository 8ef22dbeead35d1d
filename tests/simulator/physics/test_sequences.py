"""The times of IEC 61851-1, table A.6, and which change of the pilot begins which sequence."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics import sequences
from simulator.physics.duty import current_a
from simulator.physics.pilot import Letter, Pilot, Seen, Wrong, seen
from simulator.physics.sequences import SEQUENCES, WAKE_BY_F, WAKE_BY_STEADY, open_within_s, sequence, wake_s


@pytest.mark.parametrize(
    ("before", "after", "number", "most_s"),
    [
        ("A1", "B1", "1.1", math.inf),
        ("A2", "C2", "1.2", math.inf),
        ("B2", "A2", "2.1", math.inf),
        ("C2", "A2", "2.2", 0.1),
        ("B1", "B2", "3.1", math.inf),
        ("C1", "C2", "3.2", 3),
        ("B2", "C2", "4", 3),
        ("C2", "B2", "8.1", 0.1),
        ("C1", "B1", "8.2", 0.1),
        ("B2", "B1", "9.2", math.inf),
        ("A2", "A1", "9.3", math.inf),
        ("C2", "C1", "10.1", 3),
        ("C2", "E", "12", 3),
        ("B2", "F", "12", 3),
    ],
)
def test_published_sequences(before: str, after: str, number: str, most_s: float) -> None:
    found = sequence(before, after)
    assert found is not None
    assert (found.id, found.most_s) == (number, most_s)


def test_no_change_begins_two_sequences() -> None:
    changes = [change for row in SEQUENCES.values() for change in row.changes]
    assert len(changes) == len(set(changes))
    assert sequence("C2", "C2") is None


def test_an_ev_has_longer_to_stop_by_itself_than_a_station_waits() -> None:
    assert sequences.EV_STOPS_S < sequences.UNDER_LOAD_S


@pytest.mark.parametrize(
    ("now", "within_s"),
    [
        (Seen(Letter.C, True), None),
        (Seen(Letter.B, True), 0.1),
        (Seen(Letter.A, True), 0.1),
        (Seen(Letter.C), 6.0),
        (Seen(Letter.C, True, Wrong.DIODE), 3.0),
        (Seen(Letter.E, True, Wrong.SHORT), 3.0),
        (Seen(Letter.F), 3.0),
        (Seen(None, True, Wrong.OUT_OF_TOLERANCE), 3.0),
        (Seen(Letter.D, True), 3.0),
    ],
)
def test_how_soon_a_contactor_opens(now: Seen, within_s: float | None) -> None:
    assert open_within_s(now) == within_s


def test_ventilation_keeps_state_d_closed() -> None:
    assert open_within_s(Seen(Letter.D, True), ventilated=True) is None


@given(st.floats(-20, 20), st.none() | st.floats(-20, 20), st.booleans())
def test_a_contactor_stays_closed_only_where_it_may_close(high_v: float, low_v: float | None, ventilated: bool) -> None:
    found = seen(high_v, low_v)
    assert (open_within_s(found, ventilated) is None) is found.may_close(ventilated)


def test_waking_takes_the_offer_away() -> None:
    assert (wake_s(WAKE_BY_F), wake_s(WAKE_BY_STEADY)) == (4.0, 3.0)
    for step in (*WAKE_BY_F, *WAKE_BY_STEADY):
        assert current_a(step.duty_percent) == 0
    assert Pilot(WAKE_BY_F[0].duty_percent, wanted=Letter.B).state().letter is Letter.F
    assert Pilot(WAKE_BY_STEADY[0].duty_percent, wanted=Letter.B).state().name == "B1"
