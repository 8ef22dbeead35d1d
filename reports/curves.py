"""Power, energy, limit and state of charge over time, from the samples of a run; on a grid that a chart can show."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

import pyarrow as pa

STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
POINTS = 300
HOLD_MIN_S, HOLD_MAX_S = 60.0, 3600.0  # how long a reading stands when the next one does not come

Column = list[float | None]


@dataclass(slots=True)
class Series:
    """Readings of one EVSE in the order of time; units as in ``samples.parquet``."""

    t: list[float] = field(default_factory=list)
    power_w: Column = field(default_factory=list)
    energy_wh: Column = field(default_factory=list)
    current_a: Column = field(default_factory=list)
    voltage_v: Column = field(default_factory=list)
    limit_a: Column = field(default_factory=list)
    soc_percent: Column = field(default_factory=list)


@dataclass(slots=True)
class Curves:
    """One station on the grid: one value per step of the grid, energy also at its end; W, Wh, percent."""

    power_w: list[float]
    energy_wh: list[float]
    limit_w: Column
    soc_percent: list[Column]

    @property
    def peak_w(self) -> float:
        """The highest mean power of a step."""
        return max(self.power_w, default=0.0)


@dataclass(frozen=True, slots=True)
class Grid:
    """Equal steps from 0 to the end of the run, in simulated seconds."""

    step_s: float
    count: int

    @classmethod
    def over(cls, duration_s: float) -> Grid:
        """The finest grid of round steps with at most ``POINTS`` of them."""
        step = next((step for step in STEPS_S if duration_s / step <= POINTS), max(1.0, duration_s / POINTS))
        return cls(float(step), max(1, -int(-duration_s // step)))

    @property
    def end_s(self) -> float:
        """Where the last step ends."""
        return self.step_s * self.count


def by_evse(samples: pa.Table) -> dict[tuple[str, int], Series]:
    """The samples of each station and EVSE, in the order of first appearance."""
    found: dict[tuple[str, int], Series] = {}
    for batch in samples.to_batches():
        columns: list[list[Any]] = [batch.column(index).to_pylist() for index in range(batch.num_columns)]
        for t, station, evse, *values in zip(*columns, strict=True):
            series = found.get((station, evse))
            if series is None:
                series = found[station, evse] = Series()
            series.t.append(t)
            for name, value in zip(VALUES, values, strict=True):
                getattr(series, name).append(value)
    return found


VALUES = ("power_w", "energy_wh", "current_a", "voltage_v", "limit_a", "soc_percent")


def station_curves(evses: Sequence[Series], grid: Grid) -> Curves:
    """All EVSEs of a station together; state of charge stays apart, one column per EVSE that told any."""
    powers = [_mean_power(each, grid) for each in evses]
    power_w = [sum(values) for values in zip(*powers, strict=True)] if powers else [0.0] * grid.count
    energies = [_energy(each, mean, grid) for each, mean in zip(evses, powers, strict=True)]
    energy_wh = [sum(values) for values in zip(*energies, strict=True)] if energies else [0.0] * (grid.count + 1)
    limits = [_on_grid(each.t, _limits_w(each), grid) for each in evses]
    limit_w: Column = [_sum_known(values) for values in zip(*limits, strict=True)] if limits else [None] * grid.count
    socs = [_on_grid(each.t, each.soc_percent, grid) for each in evses if any(v is not None for v in each.soc_percent)]
    return Curves(power_w, energy_wh, limit_w, socs)


def total(curves: Sequence[Curves], grid: Grid) -> tuple[list[float], list[float]]:
    """Power per step (W) and energy at every edge (Wh) of several stations together."""
    power, energy = [0.0] * grid.count, [0.0] * (grid.count + 1)
    for each in curves:
        power = [a + b for a, b in zip(power, each.power_w, strict=True)]
        energy = [a + b for a, b in zip(energy, each.energy_wh, strict=True)]
    return power, energy


def _hold_s(t: Sequence[float]) -> float:
    gaps = [b - a for a, b in pairwise(t) if b > a]
    return min(HOLD_MAX_S, max(HOLD_MIN_S, 3 * median(gaps))) if gaps else HOLD_MIN_S


def _mean_power(series: Series, grid: Grid) -> list[float]:
    """Time-weighted mean per step of a reading that stands until the next, so that no energy is lost or made."""
    joules, hold = [0.0] * grid.count, _hold_s(series.t)
    for index, (begin, power) in enumerate(zip(series.t, series.power_w, strict=True)):
        follows = series.t[index + 1] if index + 1 < len(series.t) else begin
        end, at = min(follows, begin + hold, grid.end_s), max(begin, 0.0)
        while power and at < end:
            step = min(int(at / grid.step_s), grid.count - 1)
            until = end if step == grid.count - 1 else min(end, (step + 1) * grid.step_s)
            if until <= at:
                break
            joules[step] += power * (until - at)
            at = until
    return [each / grid.step_s for each in joules]


def _energy(series: Series, mean_w: Sequence[float], grid: Grid) -> list[float]:
    """The register's rise at each edge; without a register, the integral of power."""
    told = [(t, wh) for t, wh in zip(series.t, series.energy_wh, strict=True) if wh is not None]
    if not told:
        edges = [0.0]
        for power in mean_w:
            edges.append(edges[-1] + power * grid.step_s / 3600)
        return edges
    times, first = [t for t, _ in told], told[0][1]
    at = (bisect_right(times, step * grid.step_s) - 1 for step in range(grid.count))
    return [*(0.0 if index < 0 else told[index][1] - first for index in at), told[-1][1] - first]


def _limits_w(series: Series) -> Column:
    """The limit as power: amperes times the watts that an ampere gave at this EVSE (which knows of its phases)."""
    drawn = zip(series.power_w, series.current_a, strict=True)
    watts_per_a = [power / current for power, current in drawn if power and current and current > 0.1]
    usual = median(watts_per_a) if watts_per_a else None
    limits: Column = []
    for limit, volts in zip(series.limit_a, series.voltage_v, strict=True):
        factor = usual or volts
        limits.append(None if limit is None or factor is None else limit * factor)
    return limits


def _on_grid(t: Sequence[float], values: Column, grid: Grid) -> Column:
    """The last reading of each step, held for as long as readings usually stand."""
    placed: Column = []
    hold = max(_hold_s(t), grid.step_s)
    for step in range(grid.count):
        edge = (step + 1) * grid.step_s
        index = bisect_right(t, edge) - 1
        placed.append(values[index] if index >= 0 and edge - t[index] <= hold else None)
    return placed


def _sum_known(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
