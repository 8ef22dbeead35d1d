"""What a meter may show, and what it may not: of each check a failure and a near miss."""

import pytest

from csms_reference.alerts.plausibility import Check, Course, Limits, Sample

LIMITS = Limits(power_w=22_000, rounding_wh=10, tolerance=0.25, frozen_wh=500, clock_ms=300_000)
MINUTE = 60_000


def run(*samples, limits=LIMITS):
    """What is found of the last of these, one a minute: (register in Wh, power in W, state of charge), or by name."""
    course, found = Course(), {}
    for minute, each in enumerate(samples):
        values = (
            each if isinstance(each, dict) else dict(zip(("register_wh", "power_w", "soc_percent"), each, strict=False))
        )
        at_ms = values.pop("at_ms", minute * MINUTE)
        found = course.take(Sample(at_ms, values.pop("received_ms", at_ms), **values), limits)
    return found


def failed(*samples, **more):
    return {check.name for check, wrong in run(*samples, **more).items() if wrong is not None}


def passed(*samples):
    return {check.name for check, wrong in run(*samples).items() if wrong is None}


def charging(watts, minutes, start=1000.0):
    return [(start + watts * minute / 60, watts) for minute in range(minutes)]


def test_a_car_that_charges_passes_every_check():
    every = {"BACKWARDS", "POWER", "ENERGY", "FROZEN", "NUMBER", "CLOCK"}
    assert passed(*charging(11_000, 60)) == every
    assert passed((1000, 11_000, 50), (1183, 11_000, 51)) == {*every, "SOC"}


@pytest.mark.parametrize(("after", "found"), [(989.9, {"BACKWARDS"}), (990, set()), (1000, set())])
def test_a_register_goes_back_by_more_than_it_rounds(after, found):
    assert failed((1000,), (after,)) == found


def test_what_comes_late_is_not_compared_with_what_was_later():
    assert failed((1000,), (2000,), {"register_wh": 1500, "at_ms": MINUTE // 2}) == set()


@pytest.mark.parametrize(("watts", "found"), [(24_201, {"POWER"}), (24_199, set()), (-50_000, set())])
def test_an_evse_gives_no_more_than_it_can(watts, found):
    assert failed((1000, watts)) == found


def test_energy_has_to_disagree_with_power_again_and_again():
    wrong = [(1000 + 40 * minute, 11_000) for minute in range(4)]  # 183 Wh a minute would be right
    assert failed(*wrong[:3]) == set()
    assert failed(*wrong) == {"ENERGY"}
    assert run(*wrong)[Check.ENERGY] == {"counted_wh": 40, "least_wh": 183.3, "most_wh": 183.3}


@pytest.mark.parametrize("counted_wh", [183, 183 * 0.76, 183 * 1.24, 183 + 20])
def test_energy_may_be_a_little_off(counted_wh):
    assert failed(*[(1000 + counted_wh * minute, 11_000) for minute in range(9)]) == set()


def test_energy_may_be_anything_between_what_power_was_before_and_is_now():
    assert failed((0, 0), (100, 11_000), (150, 0), (300, 11_000), (320, 0)) == set()


def test_disagreeing_now_and_then_is_none():
    assert failed((0, 6000), (500, 6000), (1000, 6000), (1100, 6000), (1600, 6000), (2100, 6000)) == set()


def test_a_register_stands_while_power_flows():
    assert failed(*[(1000, 6000)] * 5) == set()
    assert failed(*[(1000, 6000)] * 6) == {"FROZEN"}
    assert failed(*[(1000, 0)] * 500) == set()


def test_a_register_of_coarse_steps_does_not_stand():
    steps = [(1000 + 400 * (minute // 4), 6000) for minute in range(40)]  # it counts 400 Wh every fourth minute
    assert all("FROZEN" not in failed(*steps[:last]) for last in range(1, 40))


@pytest.mark.parametrize(("percent", "found"), [(-0.1, {"SOC"}), (100.1, {"SOC"}), (0, set()), (100, set())])
def test_a_battery_is_never_emptier_than_empty(percent, found):
    assert failed({"soc_percent": percent}) == found


@pytest.mark.parametrize(("after", "counted_wh", "found"), [(47, 100, {"SOC"}), (48, 100, set()), (40, 0, set())])
def test_a_battery_does_not_empty_while_energy_flows_in(after, counted_wh, found):
    assert failed((1000, None, 50), (1000 + counted_wh, None, after)) == found


@pytest.mark.parametrize(("ahead_ms", "found"), [(300_001, {"CLOCK"}), (300_000, set()), (-86_400_000, set())])
def test_nothing_is_measured_tomorrow(ahead_ms, found):
    assert failed({"register_wh": 1, "at_ms": ahead_ms, "received_ms": 0}) == found


def test_what_is_no_number():
    assert failed({"odd": "SoC: full"}) == {"NUMBER"}


def test_power_without_a_register_is_compared_with_the_next_register():
    """Some tell of power more often than of energy."""
    assert failed((0, 6000), {"power_w": 6000}, {"power_w": 6000}, (300, 6000), {"power_w": 6000}, (500, 6000)) == set()
