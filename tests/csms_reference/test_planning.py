"""Schedules from what EVs need, and shares of a site's power (2.0.1 part 2 K02, K15)."""

import math

import pytest

from csms_reference.services import planning
from csms_reference.services.planning import Needs, Step

HOUR_MS = 3_600_000
AC = {
    "requestedEnergyTransfer": "AC_three_phase",
    "acChargingParameters": {"energyAmount": 20_000, "evMinCurrent": 6, "evMaxCurrent": 16, "evMaxVoltage": 400},
}
DC = {"requestedEnergyTransfer": "DC", "dcChargingParameters": {"evMaxCurrent": 200, "evMaxVoltage": 400}}


def test_needs_are_read():
    assert planning.read(AC, 7) == Needs(4140, 11_040, 3, 20_000, 7)
    assert planning.read(AC | {"requestedEnergyTransfer": "AC_single_phase"}, None).most_w == 3680
    assert planning.read(DC, None) == Needs(0, 80_000, 0)
    limited = {"dcChargingParameters": {**DC["dcChargingParameters"], "evMaxPower": 50_000}}
    assert planning.read(DC | limited, None).most_w == 50_000
    assert planning.read({"requestedEnergyTransfer": "DC"}, None) is None


@pytest.mark.parametrize(
    ("needs", "available_w", "steps"),
    [
        (Needs(4140, 11_040, 3), math.inf, [Step(0, 11_040)]),  # it says nothing of energy or departure
        (Needs(4140, 11_040, 3), 7000, [Step(0, 7000)]),
        (Needs(4140, 11_040, 3), 4000, []),  # less than it can take
        (Needs(0, 11_040, 0), 0, []),
        (Needs(4140, 11_040, 3, 20_000, 4 * HOUR_MS), math.inf, [Step(0, 5250), Step(14_400, 11_040)]),
        (Needs(4140, 11_040, 3, 20_000, 4 * HOUR_MS), 5000, [Step(0, 5000)]),  # all there is, though too little
        (Needs(4140, 11_040, 3, 1_000, 4 * HOUR_MS), math.inf, [Step(0, 4140), Step(14_400, 11_040)]),
        (Needs(4140, 11_040, 3, 20_000, -5), math.inf, [Step(0, 11_040)]),  # it should have gone already
    ],
)
def test_a_plan_has_the_energy_there_in_time(needs, available_w, steps):
    assert planning.plan(needs, 0, available_w) == steps


def test_a_plan_keeps_to_the_periods_that_there_can_be():
    assert planning.plan(Needs(4140, 11_040, 3, 20_000, 4 * HOUR_MS), 0, most_periods=1) == [Step(0, 11_040)]


def test_power_is_shared_in_equal_parts_and_nothing_is_left():
    assert planning.shares(9000, {"a": math.inf, "b": math.inf, "c": 1000}) == {"a": 4000, "b": 4000, "c": 1000}
    assert planning.shares(9000, {"a": 2000, "b": 3000}) == {"a": 2000, "b": 3000}
    assert planning.shares(9000, {}) == {}


def test_periods_are_never_rounded_up():
    assert planning.periods([Step(0, 5270), Step(60, 11_040)], "A", 3) == [
        {"startPeriod": 0, "limit": 7.6},
        {"startPeriod": 60, "limit": 16.0},
    ]
    assert planning.periods([Step(0, 5270.19)], "W", 3) == [{"startPeriod": 0, "limit": 5270.1}]


def schedule(unit, *periods, **more):
    return {
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [{"startPeriod": at, "limit": limit} for at, limit in periods],
        **more,
    }


@pytest.mark.parametrize(
    ("theirs", "ours", "fits"),
    [
        (schedule("A", (0, 10)), schedule("A", (0, 10)), True),
        (schedule("A", (0, 11)), schedule("A", (0, 10)), False),
        (schedule("W", (0, 6900)), schedule("A", (0, 10)), True),
        (schedule("W", (0, 7500)), schedule("A", (0, 10)), False),
        (schedule("A", (0, 10)), schedule("A", (0, 10), (600, 6)), False),  # it does not follow when there is less
        (schedule("A", (0, 10), duration=600), schedule("A", (0, 10), (600, 6)), True),
        (schedule("A", (0, 10), (590, 6)), schedule("A", (0, 10), (600, 6)), True),
    ],
)
def test_an_evs_schedule_is_compared_with_ours_at_every_change(theirs, ours, fits):
    assert planning.within(theirs, 100, ours, 100, 3) is fits
