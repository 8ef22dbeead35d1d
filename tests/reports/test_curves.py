"""The grid neither loses nor makes energy."""

from __future__ import annotations

import pytest

from reports.curves import Grid, Series, station_curves, total


def series(*rows: tuple[float, float | None], limit: float | None = None, soc: float | None = None) -> Series:
    count = len(rows)
    made = Series([t for t, _ in rows], [w for _, w in rows])
    made.energy_wh, made.limit_a, made.soc_percent = [None] * count, [limit] * count, [soc] * count
    made.current_a, made.voltage_v = [16.0] * count, [230.0] * count
    return made


@pytest.mark.parametrize(("duration_s", "step_s", "count"), [(10, 1, 10), (86_400, 300, 288), (3600.5, 15, 241)])
def test_the_grid_has_round_steps_and_covers_the_run(duration_s: float, step_s: float, count: int) -> None:
    assert Grid.over(duration_s) == Grid(step_s, count)


def test_power_is_averaged_over_time_so_that_energy_stays() -> None:
    curves = station_curves([series((0, 1000.0), (90, 4000.0), (150, 0.0))], Grid(60.0, 4))
    assert curves.power_w == [1000.0, pytest.approx(2500.0), pytest.approx(2000.0), 0.0]
    assert curves.energy_wh[-1] * 3600 == pytest.approx(90 * 1000 + 60 * 4000)


def test_a_reading_does_not_stand_forever_when_readings_stop() -> None:
    rows = [(float(t), 1000.0) for t in range(0, 600, 60)] + [(7200.0, 0.0)]
    assert station_curves([series(*rows)], Grid(60.0, 120)).power_w[20] == 0.0


def test_the_register_decides_where_there_is_one_and_evses_add_up() -> None:
    one, two = series((0, 0.0), (60, 0.0)), series((0, 0.0), (60, 0.0))
    one.energy_wh, two.energy_wh = [500.0, 700.0], [10.0, 15.0]
    curves = station_curves([one, two], Grid(60.0, 2))
    assert curves.energy_wh == [0.0, 205.0, 205.0]
    assert total([curves, curves], Grid(60.0, 2))[1][-1] == 410.0


def test_a_limit_in_amperes_knows_of_the_phases_by_what_was_drawn() -> None:
    curves = station_curves([series((0, 11_040.0), (60, 11_040.0), limit=10.0, soc=50.0)], Grid(60.0, 1))
    assert curves.limit_w == [pytest.approx(6900.0)]
    assert curves.soc_percent == [[50.0]]


def test_a_station_without_readings_is_flat() -> None:
    curves = station_curves([], Grid(60.0, 2))
    assert (curves.power_w, curves.energy_wh, curves.limit_w) == ([0.0, 0.0], [0.0, 0.0, 0.0], [None, None])
