import random
from datetime import UTC, datetime

from scenarios.driving import BEGIN, END, arrivals, fitting
from scenarios.model import Drivers, Selector, Spread
from scenarios.references import BEGINNINGS, ENDINGS
from simulator.ev import EV
from simulator.profile import load_profile

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
HOUR = 3600.0


def drivers(*spans: tuple[float, float, float], **more: object) -> Drivers:
    given: dict[str, object] = {"ev": {"compact-50kwh": 1.0}} | more
    return Drivers(
        name="d", stations=Selector(), arrivals=tuple((a * HOUR, b * HOUR, n) for a, b, n in spans),
        stay_s=Spread(HOUR, HOUR), soc=Spread(20, 20), target=Spread(100, 100), tokens=(),
        begin={"cable_first": 1.0}, end={"token": 1.0}, **given,
    )  # fmt: skip


def test_arrivals_keep_to_their_spans_of_each_day() -> None:
    found = list(arrivals(drivers((7, 9, 6), (20, 24, 1)), random.Random(1), START, 3 * 24 * HOUR))
    of_day = [(6 + at / HOUR) % 24 for at in found]
    assert found == sorted(found)
    assert all(7 <= hour < 9 or 20 <= hour < 24 for hour in of_day)
    assert {int((6 + at / HOUR) // 24) for at in found} == {0, 1, 2}


def test_the_rate_is_kept_in_the_mean() -> None:
    found = list(arrivals(drivers((0, 24, 5)), random.Random(2), START, 30 * 24 * HOUR))
    assert 3400 < len(found) < 3800  # 5 · 24 · 30 = 3600, deviation 60


def test_a_rate_of_nothing_and_a_span_before_the_start() -> None:
    assert list(arrivals(drivers((7, 9, 0)), random.Random(1), START, 24 * HOUR)) == []
    assert all(at >= 0 for at in arrivals(drivers((0, 7, 60)), random.Random(1), START, HOUR))


def test_the_same_chance_gives_the_same_day() -> None:
    one, two = (list(arrivals(drivers((7, 9, 6)), random.Random("s"), START, 24 * HOUR)) for _ in range(2))
    assert one == two


def test_only_cars_that_can_charge_with_dc_come_to_dc() -> None:
    both = {"plugin-hybrid-13kwh": 1.0, "sedan-77kwh": 2.0}
    found = fitting(drivers(ev=both), load_profile("dc-150kw"), EV.of)
    assert found == {"sedan-77kwh": 2.0}
    assert fitting(drivers(ev=both), load_profile("ac-22kw"), EV.of) == both


def test_every_habit_that_a_file_may_name_is_one() -> None:
    assert set(BEGIN) == set(BEGINNINGS)
    assert set(END) == set(ENDINGS)
