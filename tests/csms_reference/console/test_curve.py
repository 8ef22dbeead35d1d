"""The geometry of the charging curve."""

import pytest

from csms_reference.console.curve import curve, nice_top, spark
from csms_reference.services.course import Point

MINUTE = 60_000


@pytest.mark.parametrize(
    ("highest", "top"), [(0.3, 0.4), (7.0, 8), (11.0, 20), (22_000, 25_000), (150_000, 200_000), (50, 50)]
)
def test_axes_end_at_round_numbers(highest, top):
    assert nice_top(highest) == pytest.approx(top)


def test_nothing_is_drawn_of_less_than_two_instants():
    assert curve([]) is curve([Point(0, 1.0)]) is curve([Point(0, 1.0), Point(0, 2.0)]) is None
    assert spark([Point(0, 1.0)]) == ""


def test_shapes_and_ticks():
    drawn = curve([Point(0, 0.0, 0.0), Point(30 * MINUTE, 10_000.0, 2_000.0), Point(60 * MINUTE, None, 4_000.0)])
    assert [(shape.name, shape.area) for shape in drawn.shapes] == [
        ("power", True),
        ("power", False),
        ("energy", False),
    ]
    assert drawn.shapes[0].path == "M0.0 100.00L500.0 0.00L500.0 100L0.0 100Z"
    assert drawn.shapes[2].path == "M0.0 100.00L500.0 50.00L1000.0 0.00"
    assert [(tick.at, tick.label) for tick in drawn.left] == [
        (100.0, "0"), (75.0, "2.5"), (50.0, "5"), (25.0, "7.5"), (0.0, "10")
    ]  # fmt: skip
    assert [tick.label for tick in drawn.below] == ["00:00", "00:10", "00:20", "00:30", "00:40", "00:50", "01:00"][::1]
    assert (drawn.right, drawn.peak_w, drawn.energy_wh) == ([], 10_000.0, 4_000.0)


def test_what_is_off_the_scale_stays_inside():
    drawn = curve([Point(0, -500.0, soc_percent=120.0), Point(MINUTE, 500.0, soc_percent=-3.0)])
    assert drawn.shapes[1].path == "M0.0 100.00L1000.0 0.00"
    assert drawn.shapes[2].path == "M0.0 0.00L1000.0 100.00"


@pytest.mark.parametrize("lasts_s", [1, 45, 600, 7_000, 50_000, 400_000, 3_000_000])
def test_there_are_never_too_many_ticks_below(lasts_s):
    ticks = curve([Point(0, 1.0), Point(lasts_s * 1000, 1.0)]).below
    assert 1 <= len(ticks) <= 8
    assert all(0 <= tick.at <= 100 for tick in ticks)
