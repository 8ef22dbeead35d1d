"""Axes are round, and shapes stay inside the plot."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from reports import charts, plot
from reports.curves import Curves, Grid

START = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 1), (0.3, 0.4), (1, 1), (7.1, 8), (11.04, 20), (640, 800), (22.08, 25)]
)
def test_the_axis_ends_at_a_round_number(highest: float, top: float) -> None:
    assert plot.nice_top(highest) == pytest.approx(top)


def test_time_ticks_are_round_times_of_day_and_name_the_next_day() -> None:
    ticks = plot.time_ticks(START, 24 * 3600)
    assert [tick.label for tick in ticks] == ["09:00", "12:00", "15:00", "18:00", "21:00", "02 Mar", "03:00", "06:00"]
    assert ticks[0].at == pytest.approx(100 * 2.5 / 24)


@pytest.mark.parametrize("duration_s", [0.5, 1, 59, 3600, 86_400, 30 * 86_400, 400 * 86_400])
def test_any_duration_has_a_bearable_number_of_ticks(duration_s: float) -> None:
    assert len(plot.time_ticks(START, duration_s)) <= 80


def test_bands_are_stacked() -> None:
    grid = Grid(60.0, 2)
    chart = charts.fleet_power([("a", [1000.0, 1000.0]), ("b", [0.0, 3000.0])], grid, START)
    assert [tick.label for tick in chart.y_ticks][-1] == "4"
    assert "1000.0 0.00" in chart.shapes[1].path
    numbers = [float(y) for shape in chart.shapes for y in re.findall(r"[ML][\d.]+ ([\d.-]+)", shape.path)]
    assert min(numbers) >= 0
    assert max(numbers) <= 100


def test_lines_break_where_nothing_was_told() -> None:
    curves = Curves([0.0] * 4, [0.0] * 5, [None, 1000.0, 1000.0, None], [[10.0, None, 20.0, 30.0]])
    chart = charts.station_power(curves, Grid(60.0, 4), START)
    limit, soc = (shape.path for shape in chart.shapes[1:])
    assert limit.startswith("M250.0 ")
    assert limit.endswith("H750.0")
    assert soc.count("M") == 2
    assert chart.shapes[0].path == "", "no power, no band"
