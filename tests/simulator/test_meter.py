"""A meter's registers rise and only rise; what it shows is cut to its resolution."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.electrical import Kind, Request, Supply, at_rest, flowing
from simulator.meter import Meter

POLE = Supply(Kind.AC, 3, 230.0, 32.0)


def test_a_used_meter_goes_on_from_where_it_stood() -> None:
    meter = Meter(import_wh=123_456.7)
    meter.count(1_000)
    assert meter.energy_wh == 124_456


@given(st.floats(0, 1e8), st.lists(st.floats(0, 1e5), max_size=30), st.sampled_from([0.1, 1.0, 10.0, 100.0]))
def test_register_never_falls_and_never_shows_more_than_flowed(
    start_wh: float, flows: list[float], resolution_wh: float
) -> None:
    meter = Meter(start_wh, resolution_wh=resolution_wh)
    shown = [meter.energy_wh]
    for energy_wh in flows:
        meter.count(energy_wh)
        shown.append(meter.energy_wh)
    assert shown == sorted(shown)
    assert start_wh + math.fsum(flows) - resolution_wh - 1e-3 <= shown[-1] <= meter.import_wh + resolution_wh * 1e-6


def test_resolution_cuts_the_reading_not_the_register() -> None:
    meter = Meter(resolution_wh=1.0)
    for _ in range(10):
        meter.count(0.19)
    assert meter.energy_wh == 1


def test_a_step_is_not_lost_to_rounding() -> None:
    assert Meter(0.1 + 0.2, resolution_wh=0.1).energy_wh == 0.3
    assert Meter(0.29999999, resolution_wh=0.1).energy_wh == 0.3
    assert Meter(0.2999, resolution_wh=0.1).energy_wh == 0.2


@pytest.mark.parametrize("energy_wh", [-0.001, math.nan, math.inf])
def test_no_negative_and_no_endless_energy(energy_wh: float) -> None:
    meter = Meter(100)
    for count in (meter.count, meter.count_export):
        with pytest.raises(ValueError, match="register"):
            count(energy_wh)
    with pytest.raises(ValueError, match="register"):
        Meter(energy_wh)
    assert meter.import_wh == 100


@pytest.mark.parametrize("resolution_wh", [0, -1, math.inf])
def test_resolution_must_be_one(resolution_wh: float) -> None:
    with pytest.raises(ValueError, match="resolution"):
        Meter(resolution_wh=resolution_wh)


def test_export_has_its_own_register() -> None:
    meter = Meter(100, 7)
    meter.count_export(5.5)
    reading = meter.reading(at_rest(POLE))
    assert (reading.energy_wh, reading.export_wh) == (100, 12)


def test_reading_shows_what_flows() -> None:
    offer = POLE.offer(16)
    draw = flowing(offer, Request(10.0, math.inf, phases=2, min_a=6.0))
    reading = Meter(42).reading(draw, soc_percent=55.5, offer=offer)
    assert list(reading.phase_current_a) == [10, 10, 0]
    assert list(reading.phase_power_w) == [2300, 2300, 0]
    assert (reading.power_w, reading.current_a, reading.voltage_v, reading.frequency_hz) == (4600, 20, 230, 50)
    assert (reading.soc_percent, reading.offered_a, reading.offered_w) == (55.5, 16, 11_040)
