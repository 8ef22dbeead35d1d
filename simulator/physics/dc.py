"""What happens between plug and energy at a DC station: talk, cable check, pre-charge, contactors (IEC 61851-23 annex
CC, system C; timing of ISO 15118-2). Each stage is a result in closed form: how long it takes and how it ends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from simulator.physics.converter import Slew
from simulator.physics.insulation import FAULT_OHM_PER_V, SOUND_OHM, Insulation, Monitor, insulation

NEAR_V = 20.0
"""An EV closes its contactors once the station's voltage is within this of its battery's (annex CC, pre-charge)."""
SAFE_V = 60.0
"""Below it an output may be touched and a plug let go (IEC 61851-23; 60 V DC)."""
DISCHARGED_S = 1.0
"""An output is below ``SAFE_V`` within it after the contactors have opened (IEC 61851-23)."""
CABLE_CHECK_TIMEOUT_S, PRECHARGE_TIMEOUT_S = 40.0, 7.0
"""After these the EV gives up (V2G_EVCC_CableCheck_Timeout, V2G_EVCC_PreCharge_Timeout of ISO 15118-2, table 109)."""
QUICK = Monitor(response_s=1.0)
"""A monitor made for DC stations: faults of one pole within 1 s (Bender isoCHA425)."""


class Outcome(StrEnum):
    """How a stage ended."""

    DONE = "done"
    WARNING = "done, with poor insulation"
    INSULATION = "insulation fault"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage before energy flows, and how long it takes to its end, good or bad."""

    name: str
    seconds: float
    outcome: Outcome = Outcome.DONE

    @property
    def passed(self) -> bool:
        """Whether the next stage follows."""
        return self.outcome in (Outcome.DONE, Outcome.WARNING)


@dataclass(frozen=True, slots=True)
class Output:
    """How one DC output behaves: ``max_v``; ``rise_v_s``, how fast its voltage moves without load; ``self_test_s`` of
    the insulation monitor in a cable check, and ``measure_s``, how long it is then given to find a fault."""

    max_v: float = 920.0
    rise_v_s: float = 500.0
    self_test_s: float = 1.0
    measure_s: float = 2.0
    monitor: Monitor = QUICK


def cable_check_v(ev_max_v: float, station_max_v: float) -> float:
    """The voltage of a cable check (IEC 61851-23:2023, CC.4.1.2, formula CC.1).

    Up to 500 V of the EV: 50 V more than it, at most 500 V. Above: a tenth more. Never more than the station has.
    """
    if ev_max_v <= 500:
        return min(500.0, ev_max_v + 50, station_max_v)
    return min(1.1 * ev_max_v, station_max_v)


def cable_check(output: Output, ev_max_v: float, ohm: float = SOUND_OHM) -> Stage:
    """Raise the voltage, test the monitor, look for leaks, and let the voltage go below ``SAFE_V`` again.

    A fault ends it as soon as the monitor knows; a leak that the monitor would find only later passes.
    """
    volts = cable_check_v(ev_max_v, output.max_v)
    ready_s = volts / output.rise_v_s + output.self_test_s
    alarm_s = output.monitor.alarm_s(ohm, FAULT_OHM_PER_V * output.max_v)
    if alarm_s <= output.measure_s:
        ended = Stage("cable check", ready_s + alarm_s, Outcome.INSULATION)
    else:
        poor = insulation(ohm, output.max_v) is not Insulation.VALID
        whole_s = ready_s + output.measure_s + max(0.0, volts - SAFE_V) / output.rise_v_s
        ended = Stage("cable check", whole_s, Outcome.WARNING if poor else Outcome.DONE)
    return _in_time(ended, CABLE_CHECK_TIMEOUT_S)


def precharge_ramp(output: Output, begin_s: float, battery_v: float, *, error_v: float = 0.0) -> Slew:
    """The output's voltage on its way from ``SAFE_V`` to the battery's; ``error_v``: what it is regulated too high."""
    return Slew(begin_s, SAFE_V, min(output.max_v, battery_v + error_v), output.rise_v_s)


def precharge(output: Output, battery_v: float, *, error_v: float = 0.0) -> Stage:
    """Bring the voltage near the battery's, so that no inrush hits the EV's contactors when they close."""
    ramp = precharge_ramp(output, 0.0, battery_v, error_v=error_v)
    if abs(ramp.final - battery_v) >= NEAR_V:
        return Stage("pre-charge", PRECHARGE_TIMEOUT_S, Outcome.TIMED_OUT)
    near_v = battery_v - math.copysign(NEAR_V, battery_v - SAFE_V)
    near_s = 0.0 if abs(battery_v - SAFE_V) <= NEAR_V else ramp.reaches(near_v, 0.0)
    return _in_time(Stage("pre-charge", near_s), PRECHARGE_TIMEOUT_S)


def start(
    output: Output,
    *,
    battery_v: float,
    ev_max_v: float,
    talk_s: float,
    close_s: float,
    ohm: float = SOUND_OHM,
    error_v: float = 0.0,
) -> tuple[Stage, ...]:
    """The stages from pulses of 5 % to closed contactors, up to the first that fails.

    ``talk_s``: signal levels and messages until the cable check; ``close_s``: the EV's contactors after pre-charge.
    """
    stages: list[Stage] = []
    for stage in (
        Stage("talk", talk_s),
        cable_check(output, ev_max_v, ohm),
        precharge(output, battery_v, error_v=error_v),
        Stage("close", close_s),
    ):
        stages.append(stage)
        if not stage.passed:
            break
    return tuple(stages)


def start_s(stages: tuple[Stage, ...]) -> float:
    """How long all stages take together."""
    return math.fsum(stage.seconds for stage in stages)


def discharge_s(voltage_v: float, tau_s: float) -> float:
    """Seconds until an output that discharges through a resistor (time constant ``tau_s``) may be touched."""
    return tau_s * math.log(voltage_v / SAFE_V) if voltage_v > SAFE_V else 0.0


def inrush_a(station_v: float, battery_v: float, ohm: float) -> float:
    """The peak of current through ``ohm`` of cable and battery when contactors close over unequal voltages."""
    return abs(station_v - battery_v) / ohm


def _in_time(stage: Stage, timeout_s: float) -> Stage:
    return stage if stage.seconds <= timeout_s else Stage(stage.name, timeout_s, Outcome.TIMED_OUT)
