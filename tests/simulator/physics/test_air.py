import math

import pytest

from simulator.physics.air import Humid, carried_w_per_k, dew_point_c, humidity_percent, saturation_hpa, vapour_hpa
from simulator.physics.trace import Ramp, Settling

STEAM_TABLE_HPA = {0.01: 6.117, 10: 12.28, 20: 23.39, 30: 42.47, 40: 73.85, 50: 123.5, 60: 199.5}
"""Pressure of saturated steam, IAPWS-IF97 as printed in steam tables."""


@pytest.mark.parametrize("air_c", STEAM_TABLE_HPA)
def test_saturation_by_the_steam_tables(air_c):
    assert saturation_hpa(air_c) == pytest.approx(STEAM_TABLE_HPA[air_c], rel=4e-3)


@pytest.mark.parametrize(("air_c", "percent", "dew_c"), [(20, 50, 9.3), (25, 60, 16.7), (30, 60, 21.4), (10, 80, 6.7)])
def test_dew_points_of_psychrometric_charts(air_c, percent, dew_c):
    assert dew_point_c(vapour_hpa(air_c, percent)) == pytest.approx(dew_c, abs=0.06)


def test_dry_air_has_no_dew_point():
    assert dew_point_c(0) == -math.inf


def test_warming_dries_and_cooling_condenses():
    vapour = vapour_hpa(10, 90)
    assert humidity_percent(20, vapour) == pytest.approx(47.3, abs=0.2)
    assert humidity_percent(5, vapour) == 100


def test_a_fan_by_the_rule_of_cabinet_makers():
    """500 W and 10 K ask for 3.1 · 500 / 10 = 155 m³/h."""
    assert carried_w_per_k(155) * 10 == pytest.approx(500)


def test_humidity_over_time():
    humid = Humid(Settling(0, 20, 40, 600), vapour_hpa(20, 60))
    due_s = humid.reaches(30, 0)
    assert humid.at(due_s) == pytest.approx(30)
    assert humid.reaches(70, 0) == math.inf
    assert Humid(Ramp(0, 20, 1), 0.0).reaches(10, 0) == math.inf
