"""Seeded chance."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.chance import Chance


def test_same_seed_and_name_same_draws():
    one, other = Chance(7, "CP-1"), Chance(7, "CP-1")
    assert [one.uniform("x") for _ in range(5)] == [other.uniform("x") for _ in range(5)]
    assert Chance(7, "CP-2").uniform("x") != Chance(7, "CP-1").uniform("x")
    assert Chance(8, "CP-1").uniform("x") != Chance(7, "CP-1").uniform("x")


def test_purposes_do_not_disturb_each_other():
    alone, beside = Chance(7, "a"), Chance(7, "a")
    drawn = []
    for _ in range(3):
        beside.uniform("other")
        drawn.append(beside.uniform("x"))
    assert drawn == [alone.uniform("x") for _ in range(3)]


@given(st.integers(), st.integers(-1000, 1000), st.integers(0, 1000))
def test_bounds(seed, low, width):
    chance = Chance(seed, "a")
    assert low <= chance.whole("w", low, low + width) <= low + width
    assert low <= chance.uniform("u", low, low + width) <= low + width


def test_bits_are_spread():
    chance = Chance(1, "a")
    draws = [chance.uniform("u") for _ in range(2000)]
    assert sum(draws) / 2000 == pytest.approx(0.5, abs=0.03)
    assert {chance.bits("one", 1) for _ in range(50)} == {0, 1}
    assert {chance.whole("die", 1, 6) for _ in range(200)} == set(range(1, 7))
    text = chance.hexadecimal("h", 24)
    assert len(text) == 24
    assert set(text) <= set("0123456789abcdef")
    assert len({chance.hexadecimal("h", 12) for _ in range(500)}) == 500


def test_a_numbered_draw_is_that_of_its_number_whatever_was_drawn_before():
    counting, naming = Chance(7, "a"), Chance(7, "a")
    drawn = [counting.uniform("x") for _ in range(3)]
    assert [naming.uniform("x", number=number) for number in (2, 0, 1)] == [drawn[2], drawn[0], drawn[1]]
    assert naming.uniform("x") == drawn[0]
    assert naming.whole("w", 1, 100, number=4) == naming.whole("w", 1, 100, number=4)
    assert naming.hexadecimal("h", 8, number=1) != naming.hexadecimal("h", 8, number=2)
