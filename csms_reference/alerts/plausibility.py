"""Whether what a meter shows can be: a sample is compared with what the meter showed before.

A check fails, passes, or can say nothing, for want of values to compare. Nothing here knows of a database or a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

HOUR_MS = 3_600_000

IN_A_ROW = 3
"""So often energy and power have to disagree: power is measured now and then, and may have been another meanwhile."""

SOC_SLACK = 2.0
"""Percent that a state of charge may fall while energy flows in: EVs round, and estimate anew."""

POWER_SLACK = 1.1
"""Power is measured a little above what an EVSE gives by its rating."""


class Check(StrEnum):
    """What may be wrong."""

    BACKWARDS = "Backwards"  # the register shows less than before
    POWER = "PowerTooHigh"  # more than the EVSE can give
    ENERGY = "EnergyDisagrees"  # with power times time
    FROZEN = "RegisterFrozen"  # while power flows
    NUMBER = "NoNumber"  # no finite number, or not in a unit of its measurand
    SOC = "StateOfCharge"  # outside of 0 to 100 %, or falling while energy flows in
    CLOCK = "Clock"  # measured later than now


class Limits(NamedTuple):
    """Thresholds. ``power_w``: the most that the EVSE gives; ``tolerance``: a part of one."""

    power_w: float
    rounding_wh: float
    tolerance: float
    frozen_wh: float
    clock_ms: int


class Sample(NamedTuple):
    """What a meter showed at a time, by the station's clock; None: it did not show it. ``odd``: what was no number."""

    at_ms: int
    received_ms: int
    register_wh: float | None = None
    power_w: float | None = None
    soc_percent: float | None = None
    odd: str | None = None


Found = dict[Check, dict[str, Any] | None]
"""For each check that can be made what is wrong; None: nothing."""


@dataclass(slots=True)
class Course:
    """What a meter showed before, as far as it takes to judge what comes."""

    at_ms: int | None = None
    register_wh: float | None = None
    power_w: float | None = None
    soc_percent: float | None = None
    due_wh: float = 0.0  # what should have been counted since the register moved
    disagreed: int = 0

    def take(self, sample: Sample, limits: Limits) -> Found:
        """Judge a sample and remember it. One that is older than what is known is judged by itself."""
        found = self._alone(sample, limits)
        if self.at_ms is not None and sample.at_ms <= self.at_ms:
            return found
        if sample.register_wh is not None and self.register_wh is not None and self.at_ms is not None:
            counted_wh = sample.register_wh - self.register_wh
            found |= self._counted(sample, counted_wh, limits)
            found |= self._powered(sample, counted_wh, sample.at_ms - self.at_ms, limits)
            if sample.soc_percent is not None and self.soc_percent is not None and Check.SOC not in found:
                found[Check.SOC] = self._fallen(sample.soc_percent, counted_wh, limits)
        self._remember(sample)
        return found

    def _alone(self, sample: Sample, limits: Limits) -> Found:
        found: Found = {Check.NUMBER: None if sample.odd is None else {"value": sample.odd}}
        ahead_ms = sample.at_ms - sample.received_ms
        found[Check.CLOCK] = {"ahead_s": ahead_ms // 1000} if ahead_ms > limits.clock_ms else None
        if sample.power_w is not None:
            most_w = limits.power_w * POWER_SLACK
            too_high = {"power_w": sample.power_w, "most_w": limits.power_w} if sample.power_w > most_w else None
            found[Check.POWER] = too_high
        if sample.soc_percent is not None and not 0 <= sample.soc_percent <= 100:
            found[Check.SOC] = {"soc_percent": sample.soc_percent}
        return found

    def _counted(self, sample: Sample, counted_wh: float, limits: Limits) -> Found:
        back = counted_wh < -limits.rounding_wh
        return {Check.BACKWARDS: {"before_wh": self.register_wh, "register_wh": sample.register_wh} if back else None}

    def _powered(self, sample: Sample, counted_wh: float, for_ms: int, limits: Limits) -> Found:
        """What was counted, against the power before and now: it was somewhere between them, most of the time."""
        if sample.power_w is None or self.power_w is None or counted_wh < 0:
            return {}
        low_w, high_w = sorted((max(0.0, self.power_w), max(0.0, sample.power_w)))
        low_wh, high_wh = low_w * for_ms / HOUR_MS, high_w * for_ms / HOUR_MS
        self.due_wh = 0.0 if counted_wh else self.due_wh + low_wh
        found: Found = {Check.FROZEN: {"due_wh": round(self.due_wh)} if self.due_wh >= limits.frozen_wh else None}
        slack_wh = 2 * limits.rounding_wh
        fits = low_wh * (1 - limits.tolerance) - slack_wh <= counted_wh <= high_wh * (1 + limits.tolerance) + slack_wh
        self.disagreed = 0 if fits or not counted_wh else self.disagreed + 1
        wrong = {"counted_wh": round(counted_wh, 1), "least_wh": round(low_wh, 1), "most_wh": round(high_wh, 1)}
        if not self.disagreed:
            found[Check.ENERGY] = None
        elif self.disagreed >= IN_A_ROW:
            found[Check.ENERGY] = wrong
        return found

    def _fallen(self, soc_percent: float, counted_wh: float, limits: Limits) -> dict[str, Any] | None:
        before = self.soc_percent or 0.0
        fell = soc_percent < before - SOC_SLACK and counted_wh > limits.rounding_wh
        return {"before_percent": before, "soc_percent": soc_percent} if fell else None

    def _remember(self, sample: Sample) -> None:
        """Of a register that is not in every sample, energy and power are compared from one to the next that is."""
        if sample.register_wh is not None:
            self.at_ms, self.register_wh, self.power_w = sample.at_ms, sample.register_wh, sample.power_w
        elif self.register_wh is None:
            self.at_ms = sample.at_ms
        if sample.soc_percent is not None:
            self.soc_percent = sample.soc_percent
