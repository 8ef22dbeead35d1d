"""How the CSMS makes a charging schedule of what an EV needs, and shares a site's power (2.0.1 part 2 K02, K15–K17).

Nothing here knows a clock or a database. Power is in W, energy in Wh, at the EV's inlet.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

VOLTS = 230.0
"""Phase to neutral, where amperes and watts have to be compared."""

MARGIN = 1.05
"""Of energy: what a plan has more than the EV asks for, since cars do not follow to the watt."""

SAME = 1.01
"""By this factor an EV's schedule may be above ours: roundings on the way."""

PHASES = {"AC_single_phase": 1, "AC_two_phase": 2, "AC_three_phase": 3}

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Needs:
    """What an EV can take and wants. ``phases``: 0 for DC. ``energy_wh``, ``departs_ms``: None if it does not say."""

    least_w: float
    most_w: float
    phases: int
    energy_wh: float | None = None
    departs_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A limit from ``start_s`` on."""

    start_s: int
    limit_w: float


def read(needs: Mapping[str, Any], departs_ms: int | None) -> Needs | None:
    """ChargingNeedsType; None for one that says neither what AC nor what DC the EV takes (K15.FR.06)."""
    mode = needs["requestedEnergyTransfer"]
    if (ac := needs.get("acChargingParameters")) is not None:
        phases = PHASES.get(mode, 3)
        volts = VOLTS * phases
        return Needs(ac["evMinCurrent"] * volts, ac["evMaxCurrent"] * volts, phases, ac["energyAmount"], departs_ms)
    if (dc := needs.get("dcChargingParameters")) is not None:
        most_w = min(dc["evMaxCurrent"] * dc["evMaxVoltage"], dc.get("evMaxPower", math.inf))
        return Needs(0.0, most_w, 0, dc.get("energyAmount"), departs_ms)
    return None


def wants_w(needs: Needs, now_ms: int) -> float:
    """What it takes at least, without a pause, to have the energy in time; all that the EV can take where it does not
    say when it leaves."""
    if needs.energy_wh is None or needs.departs_ms is None or needs.departs_ms <= now_ms:
        return needs.most_w
    even_w = needs.energy_wh * MARGIN / ((needs.departs_ms - now_ms) / 3_600_000)
    return min(needs.most_w, max(even_w, needs.least_w))


def plan(needs: Needs, now_ms: int, available_w: float = math.inf, most_periods: int | None = None) -> list[Step]:
    """A schedule from now on: the same power until the EV leaves, and what there is for one that stays longer. Empty
    where less is left than the EV can take (K15.FR.04)."""
    there_w = min(needs.most_w, available_w)
    if there_w <= 0 or there_w < needs.least_w:
        return []
    level_w = min(there_w, wants_w(needs, now_ms))
    if level_w >= there_w or needs.departs_ms is None or most_periods == 1:
        return [Step(0, there_w)]
    return [Step(0, level_w), Step(math.ceil((needs.departs_ms - now_ms) / 1000), there_w)]


def shares(limit_w: float, wanted_w: Mapping[Key, float]) -> dict[Key, float]:
    """K02.FR.01: a site's power in equal parts; what one does not want goes to the others."""
    found: dict[Key, float] = {}
    left_w, waiting = limit_w, sorted(wanted_w, key=lambda key: wanted_w[key])
    for number, key in enumerate(waiting):
        found[key] = min(wanted_w[key], left_w / (len(waiting) - number))
        left_w -= found[key]
    return found


# -- schedules as OCPP has them -------------------------------------------------------------------------------------


def periods(steps: Sequence[Step], unit: str, phases: int) -> list[dict[str, Any]]:
    """ChargingSchedulePeriodType. In A, a limit is one per phase; never rounded up."""
    per = VOLTS * max(1, phases) if unit == "A" else 1.0
    return [{"startPeriod": step.start_s, "limit": math.floor(step.limit_w / per * 10 + 1e-6) / 10} for step in steps]


def within(
    theirs: Mapping[str, Any], their_start_s: float, ours: Mapping[str, Any], our_start_s: float, phases: int
) -> bool:
    """K15.FR.11, K15.FR.12: whether an EV's schedule never exceeds ours. Starts are on one axis of seconds."""
    last_s = theirs.get("duration", math.inf)
    starts = {their_start_s + each["startPeriod"] for each in theirs["chargingSchedulePeriod"]}
    starts |= {our_start_s + each["startPeriod"] for each in ours["chargingSchedulePeriod"]}
    for at_s in sorted(starts):
        if not their_start_s <= at_s < their_start_s + last_s:
            continue
        allowed, taken = _at(ours, at_s - our_start_s, phases), _at(theirs, at_s - their_start_s, phases)
        if allowed is not None and taken is not None and taken > allowed * SAME:
            return False
    return True


def _at(schedule: Mapping[str, Any], at_s: float, phases: int) -> float | None:
    """W at an instant; None before the schedule begins and after it is over."""
    if at_s >= schedule.get("duration", math.inf):
        return None
    found = None
    for period in schedule["chargingSchedulePeriod"]:
        if period["startPeriod"] <= at_s:
            found = period
    if found is None or "limit" not in found:
        return None
    per = VOLTS * max(1, phases) if schedule["chargingRateUnit"] == "A" else 1.0
    return float(found["limit"]) * per
