"""Reclosing: waits, attempts, lock-out, and when it all starts afresh."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.recloser import NONE, Mode, Recloser, Reclosing

POLICY = Reclosing()


def test_three_attempts_and_then_a_technician() -> None:
    recloser = Recloser(POLICY)
    assert recloser.next_s == math.inf
    assert recloser.tripped(100.0) == 110.0
    assert recloser.tried(False, 110.0) == 170.0
    assert recloser.tried(False, 170.0) == 470.0
    assert recloser.tried(False, 470.0) == math.inf
    assert recloser.mode is Mode.LOCKED_OUT
    with pytest.raises(RuntimeError, match="locked out"):
        recloser.tried(True, 500.0)
    recloser.reset(1000.0)
    assert recloser.tripped(1001.0) == 1011.0


def test_a_fault_that_comes_back_soon_uses_up_the_next_wait() -> None:
    recloser = Recloser(POLICY)
    recloser.tripped(0.0)
    assert recloser.tried(True, 10.0) == math.inf
    assert recloser.mode is Mode.CLOSED
    assert recloser.tripped(11.0) == 71.0
    recloser.tried(True, 71.0)
    assert recloser.tripped(72.0) == 372.0
    recloser.tried(True, 372.0)
    assert recloser.tripped(373.0) == math.inf
    assert recloser.mode is Mode.LOCKED_OUT


def test_after_a_quiet_time_the_attempts_are_forgotten() -> None:
    recloser = Recloser(POLICY)
    recloser.tripped(0.0)
    recloser.tried(True, 10.0)
    assert recloser.tripped(10.0 + 1799) == 10.0 + 1799 + 60
    recloser.tried(True, 2000.0)
    assert recloser.tripped(2000.0 + 1800) == 2000.0 + 1800 + 10


def test_a_second_trip_while_waiting_changes_nothing() -> None:
    recloser = Recloser(POLICY)
    recloser.tripped(0.0)
    assert recloser.tripped(5.0) == 10.0


def test_a_lock_out_that_ends_by_itself() -> None:
    recloser = Recloser(Reclosing(waits_s=(1.0,), unlocks_s=3600.0))
    recloser.tripped(0.0)
    assert recloser.tried(False, 1.0) == 3601.0
    assert recloser.tried(False, 3601.0) == 7201.0
    assert recloser.mode is Mode.LOCKED_OUT
    assert recloser.tried(True, 7201.0) == math.inf
    assert recloser.tripped(7202.0) == 7203.0


def test_without_a_recloser_a_trip_is_final() -> None:
    recloser = Recloser(NONE)
    assert recloser.tripped(1.0) == math.inf
    assert recloser.mode is Mode.LOCKED_OUT


@pytest.mark.parametrize(
    ("assesses", "gone", "sound", "closes"),
    [(True, True, True, True), (True, False, True, False), (True, True, False, False), (False, False, False, True)],
)
def test_assessment_keeps_it_from_closing_onto_a_fault(assesses: bool, gone: bool, sound: bool, closes: bool) -> None:
    assert Recloser(Reclosing(assesses=assesses)).may_close(gone, sound) is closes


@pytest.mark.parametrize("wrong", [{"waits_s": (-1.0,)}, {"quiet_s": -1.0}, {"unlocks_s": 0.0}])
def test_waits_that_are_none(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="waits"):
        Reclosing(**wrong)  # type: ignore[arg-type]


def test_nothing_is_due_while_closed() -> None:
    with pytest.raises(RuntimeError, match="closed"):
        Recloser(POLICY).tried(True, 0.0)


@given(st.lists(st.booleans(), max_size=20), st.lists(st.floats(0, 100), max_size=5))
def test_never_more_attempts_than_the_policy_has_while_the_fault_stays(oks: list[bool], waits: list[float]) -> None:
    recloser, now, attempts = Recloser(Reclosing(waits_s=tuple(waits))), 0.0, 0
    recloser.tripped(now)
    for ok in oks:
        if recloser.due_s == math.inf:
            break
        assert recloser.due_s >= now
        now = recloser.due_s
        recloser.tried(ok, now)
        attempts += 1
        if ok:
            recloser.tripped(now + 1)
            now += 1
    assert attempts <= len(waits)
