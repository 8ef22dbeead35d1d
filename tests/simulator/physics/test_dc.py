"""Cable check and pre-charge: published voltages and time-outs, and how each stage fails."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.physics import dc
from simulator.physics.dc import Outcome, Output, cable_check, cable_check_v, precharge, precharge_ramp, start, start_s
from simulator.physics.insulation import Monitor

OUTPUT = Output()
CCS_500 = Output(max_v=500.0)


@pytest.mark.parametrize(
    ("ev_max_v", "station_max_v", "expected_v"),
    [(400, 920, 450), (470, 920, 500), (500, 920, 500), (400, 410, 410), (800, 920, 880), (900, 920, 920),
     (450, 480, 480)],
)  # fmt: skip
def test_voltage_of_a_cable_check(ev_max_v: float, station_max_v: float, expected_v: float) -> None:
    """IEC 61851-23:2023, formula CC.1."""
    assert cable_check_v(ev_max_v, station_max_v) == pytest.approx(expected_v)


def test_a_sound_cable_passes() -> None:
    stage = cable_check(CCS_500, 400)
    assert (stage.outcome, stage.passed) == (Outcome.DONE, True)
    assert stage.seconds == pytest.approx(450 / 500 + 1 + 2 + 390 / 500)


@pytest.mark.parametrize(
    ("ohm", "outcome"),
    [(0, Outcome.INSULATION), (25_000, Outcome.INSULATION), (49_999, Outcome.WARNING), (200_000, Outcome.WARNING),
     (251_000, Outcome.DONE)],
)  # fmt: skip
def test_insulation_decides(ohm: float, outcome: Outcome) -> None:
    """Limits at 500 V: 50 kΩ and 250 kΩ. Just below the limit the monitor is not sure in time."""
    assert cable_check(CCS_500, 400, ohm).outcome is outcome


def test_a_fault_is_known_at_the_monitors_response_time() -> None:
    stage = cable_check(CCS_500, 400, 25_000)
    assert stage.seconds == pytest.approx(450 / 500 + 1 + 1)
    assert not stage.passed


def test_a_monitor_that_takes_too_long_fails_the_check() -> None:
    slow = Output(self_test_s=39.0, monitor=Monitor(10.0))
    assert cable_check(slow, 400) == dc.Stage("cable check", 40.0, Outcome.TIMED_OUT)


def test_precharge_ends_within_twenty_volts() -> None:
    stage = precharge(OUTPUT, 370)
    ramp = precharge_ramp(OUTPUT, 0.0, 370)
    assert ramp.at(stage.seconds) == pytest.approx(350)
    assert stage.seconds == pytest.approx((350 - 60) / 500)


@pytest.mark.parametrize(
    ("output", "battery_v", "error_v"),
    [(CCS_500, 700, 0), (OUTPUT, 400, 25), (OUTPUT, 400, -25), (Output(rise_v_s=0.0), 400, 0),
     (Output(rise_v_s=30.0), 400, 0)],
)  # fmt: skip
def test_precharge_times_out_where_the_voltage_does_not_come(output: Output, battery_v: float, error_v: float) -> None:
    """V2G_EVCC_PreCharge_Timeout: 7 s."""
    assert precharge(output, battery_v, error_v=error_v) == dc.Stage("pre-charge", 7.0, Outcome.TIMED_OUT)


@given(st.floats(50, 900), st.floats(50, 2000), st.floats(-19, 19))
def test_contactors_never_close_over_more_than_twenty_volts(battery_v: float, rise_v_s: float, error_v: float) -> None:
    output = Output(rise_v_s=rise_v_s, max_v=920.0)
    stage = precharge(output, battery_v, error_v=error_v)
    if stage.passed:
        at_v = precharge_ramp(output, 0.0, battery_v, error_v=error_v).at(stage.seconds)
        assert abs(at_v - battery_v) <= 20 + 1e-6
        assert dc.inrush_a(at_v, battery_v, 0.1) <= 200 + 1e-4


def test_the_whole_start() -> None:
    stages = start(OUTPUT, battery_v=370, ev_max_v=400, talk_s=5.5, close_s=1.0)
    assert [stage.name for stage in stages] == ["talk", "cable check", "pre-charge", "close"]
    assert start_s(stages) == pytest.approx(12, abs=0.5)


def test_the_start_ends_where_it_fails() -> None:
    stages = start(OUTPUT, battery_v=370, ev_max_v=400, talk_s=5.5, close_s=1.0, ohm=10_000)
    assert [stage.outcome for stage in stages] == [Outcome.DONE, Outcome.INSULATION]
    stages = start(OUTPUT, battery_v=370, ev_max_v=400, talk_s=5.5, close_s=1.0, error_v=40)
    assert stages[-1].outcome is Outcome.TIMED_OUT


def test_discharge() -> None:
    assert dc.discharge_s(60 * math.e, 0.4) == pytest.approx(0.4)
    assert dc.discharge_s(50, 0.4) == 0
    assert dc.discharge_s(920, 0.35) < dc.DISCHARGED_S
