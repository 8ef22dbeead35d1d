"""What an EV says of its needs, which schedule it chooses, and what it answers (2.0.1 part 2 K15)."""

from __future__ import annotations

import pytest

from simulator.smart import talk
from simulator.smart.profile import Period, Schedule, Unit
from simulator.smart.talk import Needs

WANTS = Needs(3, 10_000, 6, 16, 230, 11_040, 0.5, 0.8, 50_000)


def schedule(*periods: tuple[int, float], unit: Unit = Unit.A, duration_s: int | None = None) -> Schedule:
    return Schedule(unit, tuple(Period(*each) for each in periods), duration_s=duration_s)


@pytest.mark.parametrize(
    ("schedules", "within_s", "number"),
    [
        ([schedule((0, 6)), schedule((0, 16))], 3600, 1),
        ([schedule((0, 6)), schedule((0, 16))], 3 * 3600, 0),  # the first that is enough
        ([schedule((0, 6)), schedule((0, 16))], None, 0),
        ([schedule((0, 6)), schedule((0, 8))], 600, 1),  # none is: the one that brings most
        ([schedule((0, 16), duration_s=600), schedule((0, 15))], 3600, 1),
        ([schedule((0, 3000), (1800, 11_000), unit=Unit.W), schedule((0, 15))], 3600, 1),
    ],
)
def test_an_ev_chooses_what_brings_its_energy(schedules: list[Schedule], within_s: float | None, number: int) -> None:
    assert talk.chosen(schedules, WANTS, within_s, 230) == number


def test_it_answers_with_what_it_may_and_can() -> None:
    allowed = (Period(0, 10, 3), Period(60, 20, 3), Period(120, 32, 3))
    assert talk.returned(allowed, 16, oversteps=False) == (Period(0, 10), Period(60, 16))
    assert talk.returned(allowed, 16, oversteps=True) == (Period(0, 15), Period(60, 24))
