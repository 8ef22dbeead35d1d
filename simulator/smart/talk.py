"""What an EV and a station tell each other about a charge over ISO 15118 (2.0.1 part 2 K15–K17). No clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from simulator.electrical import Kind, Supply
from simulator.smart.profile import Period, Schedule, Unit

if TYPE_CHECKING:
    from simulator.ev import EV

BEYOND = 1.5
"""What an EV that oversteps takes of what it may."""


@dataclass(frozen=True, slots=True)
class Talk:
    """How an EV negotiates. ``returns``: it answers with a schedule of its own, else it only says which it follows;
    ``oversteps``: the first of these is more than it may take."""

    returns: bool = True
    oversteps: bool = False


@dataclass(frozen=True, slots=True)
class Needs:
    """What an EV can take and wants. ``phases``: 0 for DC; ``departs``: None if it does not say."""

    phases: int
    energy_wh: float
    least_a: float
    most_a: float
    most_v: float
    most_w: float
    soc: float
    full_soc: float
    capacity_wh: float
    departs: datetime | None = None


def needs(ev: EV, supply: Supply, departs: datetime | None) -> Needs:
    """What an EV tells at an outlet (ChargeParameterDiscoveryReq)."""
    model, direct = ev.model, supply.kind is Kind.DC
    energy_wh = max(0.0, ev.target_soc - ev.soc) * model.battery_capacity_wh / model.efficiency(supply.kind)
    if departs is not None:
        energy_wh += model.conditioning_power_w * model.conditioning_before_s / 3600
    phases = 0 if direct else min(model.ac_phases, supply.phases)
    volts = model.bears_v if direct else supply.voltage_v
    most_a = model.dc_max_a if direct else model.ac_max_a
    most_w = model.dc_max_w if direct else min(model.ac_max_w, most_a * supply.voltage_v * phases)
    least_a = 0.0 if direct else model.ac_min_a
    return Needs(
        phases, energy_wh, least_a, most_a, volts, most_w, ev.soc, ev.target_soc, model.battery_capacity_wh, departs
    )


def chosen(schedules: Sequence[Schedule], wanted: Needs, within_s: float | None, voltage_v: float) -> int:
    """Which schedule an EV follows: the first that brings its energy in time, or else the one that brings most."""
    if within_s is None or len(schedules) == 1:
        return 0
    brought = [_energy_wh(each, wanted, within_s, voltage_v) for each in schedules]
    enough = [number for number, energy_wh in enumerate(brought) if energy_wh >= wanted.energy_wh]
    return enough[0] if enough else brought.index(max(brought))


def _energy_wh(schedule: Schedule, wanted: Needs, within_s: float, voltage_v: float) -> float:
    """What it brings at most until the EV leaves."""
    end_s = within_s if schedule.duration_s is None else min(within_s, schedule.duration_s)
    ends = [*(period.start_s for period in schedule.periods[1:]), end_s]
    per = voltage_v * max(1, wanted.phases) if schedule.unit is Unit.A else 1.0
    spans = zip(schedule.periods, ends, strict=True)
    return sum(
        min(period.limit * per, wanted.most_w) * max(0.0, min(end, end_s) - period.start_s) / 3600
        for period, end in spans
    )


def returned(allowed: Sequence[Period], most: float, *, oversteps: bool) -> tuple[Period, ...]:
    """The schedule that an EV answers with: what it may take and can."""
    factor = BEYOND if oversteps else 1.0
    made: list[Period] = []
    for period in allowed:
        limit = round(min(period.limit, most) * factor, 1)
        if not made or made[-1].limit != limit:
            made.append(replace(period, limit=limit, phases=None, phase=None))
    return tuple(made)
