"""Contacts that follow their coil, wear and weld."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics.contactor import Contactor, ContactorKind, Finding

KIND = ContactorKind()
MAINS_V = 230.0


def moved(contactor: Contactor, close: bool, now: float = 0.0, current_a: float = 0.0, rush_a2s: float = 0.0) -> bool:
    """Command it and let the time pass; whether the contacts did move."""
    at = contactor.command(close, now)
    return at < math.inf and contactor.settle(at, current_a, rush_a2s)


def found(contactor: Contactor, supply_v: float = MAINS_V) -> Finding:
    return contactor.finding(supply_v, contactor.behind_v(supply_v))


def test_the_contacts_come_after_the_coil() -> None:
    contactor = Contactor(KIND)
    assert contactor.command(True, 10.0) == pytest.approx(10.020)
    assert not contactor.settle(10.019)
    assert not contactor.closed
    assert contactor.settle(10.020)
    assert contactor.closed
    assert not contactor.settle(10.1)
    assert contactor.command(True, 11.0) == math.inf
    assert contactor.command(False, 12.0) == pytest.approx(12.015)
    assert contactor.closed
    assert contactor.settle(12.015)
    assert not contactor.closed


def test_a_coil_that_lets_go_in_time_moves_nothing() -> None:
    contactor = Contactor(KIND)
    contactor.command(True, 0.0)
    assert contactor.command(False, 0.010) == math.inf
    assert not contactor.settle(1.0)
    assert contactor.operations == 0


def test_what_is_welded_stays_closed_and_is_found_by_the_voltage_behind_it() -> None:
    contactor = Contactor(KIND)
    assert moved(contactor, True)
    contactor.welded = True
    assert contactor.command(False, 1.0) == math.inf
    assert contactor.closed
    assert contactor.behind_v(MAINS_V) == MAINS_V
    assert found(contactor) is Finding.WELDED
    assert not contactor.mirror


def test_what_is_stuck_open_does_not_close() -> None:
    contactor = Contactor(KIND, stuck_open=True)
    assert contactor.command(True, 0.0) == math.inf
    assert found(contactor) is Finding.DOES_NOT_CLOSE
    assert contactor.mirror
    contactor.stuck_open = False
    assert contactor.freed(5.0) == pytest.approx(5.020)
    assert contactor.settle(5.020)
    assert found(contactor) is Finding.SOUND


def test_contacts_torn_apart_follow_the_coil_again() -> None:
    contactor = Contactor(KIND)
    moved(contactor, True)
    contactor.welded = True
    contactor.command(False, 1.0)
    contactor.welded = False
    assert contactor.freed(9.0) == pytest.approx(9.015)
    assert contactor.freed(9.010) == pytest.approx(9.015)
    assert contactor.settle(9.015)
    assert found(contactor) is Finding.SOUND


def test_a_short_circuit_while_closing_welds_and_the_inrush_of_an_ev_does_not() -> None:
    contactor = Contactor(KIND)
    moved(contactor, True, rush_a2s=2.645)
    assert not contactor.welded
    moved(contactor, False)
    moved(contactor, True, rush_a2s=20_000)
    assert contactor.welded
    assert not moved(contactor, False)


def test_without_supply_or_while_moving_nothing_can_be_said() -> None:
    contactor = Contactor(KIND, stuck_open=True, coil=True)
    assert found(contactor, supply_v=0.0) is Finding.UNKNOWN
    moving = Contactor(KIND)
    moving.command(True, 0.0)
    assert found(moving) is Finding.UNKNOWN


def test_an_ev_that_feeds_back_looks_like_a_weld() -> None:
    contactor = Contactor(KIND)
    assert contactor.finding(MAINS_V, contactor.behind_v(MAINS_V, fed_back_v=100.0)) is Finding.WELDED


def test_wear_is_that_of_the_data_sheet() -> None:
    rated, idle, half = Contactor(KIND), Contactor(KIND), Contactor(KIND)
    for cycle in range(1000):
        for contactor, current_a in ((rated, 40.0), (idle, 0.0), (half, 20.0)):
            moved(contactor, True, cycle)
            moved(contactor, False, cycle + 0.5, current_a)
    assert idle.operations == 1000
    assert idle.wear == pytest.approx(1000 / KIND.mechanical_life)
    assert rated.erosion == pytest.approx(1000 / KIND.electrical_life)
    assert half.erosion == pytest.approx(rated.erosion / 2**KIND.erosion)
    assert KIND.resistance_ohm < rated.resistance_ohm < KIND.resistance_ohm * KIND.worn_times
    assert Contactor(KIND, erosion=7.0).resistance_ohm == pytest.approx(KIND.resistance_ohm * KIND.worn_times)


events = st.tuples(
    st.sampled_from(("close", "open", "weld", "free", "stick", "unstick")), st.floats(0, 0.05, allow_nan=False)
)


@given(st.lists(events, max_size=40))
def test_whatever_happens_the_mirror_never_lies_and_contacts_move_only_when_due(
    happenings: list[tuple[str, float]],
) -> None:
    contactor, now = Contactor(KIND), 0.0
    for name, pause_s in happenings:
        now += pause_s
        due = now >= contactor.moves_at
        was_closed, was_welded = contactor.closed, contactor.welded
        did = contactor.settle(now)
        assert did is (contactor.closed is not was_closed)
        assert due or not did
        assert not (was_welded and was_closed and not contactor.closed)
        assert contactor.mirror is not contactor.closed
        if name in {"close", "open"}:
            contactor.command(name == "close", now)
        elif name in {"weld", "free"}:
            contactor.welded = name == "weld"
            contactor.freed(now)
        else:
            contactor.stuck_open = name == "stick"
            contactor.freed(now)
    if contactor.moves_at < math.inf:
        contactor.settle(contactor.moves_at)
    assert contactor.closed is contactor.coil or contactor.welded or contactor.stuck_open
