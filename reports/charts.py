"""The charts of power and energy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reports.curves import Column, Curves, Grid
from reports.plot import HEIGHT, WIDTH, Chart, Shape, Tick, band, chart, line, nice_top, steps, y


def fleet_power(bands: Sequence[tuple[str, Sequence[float]]], grid: Grid, start: datetime) -> Chart:
    """Bands of power (W) stacked upon each other, in kW."""
    sums = [0.0] * grid.count
    stacked = []
    for name, values in bands:
        below = list(sums)
        sums = [a + b / 1000 for a, b in zip(sums, values, strict=True)]
        stacked.append((name, values, below, sums))
    top = nice_top(max(sums, default=0.0))
    shapes = [
        Shape(name, f"band-{index % 6}", band(below, above, top), True, "kW", [round(v / 1000, 2) for v in values])
        for index, (name, values, below, above) in enumerate(stacked)
    ]
    return chart("Power", "kW", shapes, (top, grid, start))


def energy(values_wh: Sequence[float], grid: Grid, start: datetime, *, tall: bool = True) -> Chart:
    """Energy since the start at the edges of the grid, in kWh."""
    kwh = [value / 1000 for value in values_wh]
    top = nice_top(max(kwh, default=0.0))
    points = [(WIDTH * i / grid.count, y(value, top)) for i, value in enumerate(kwh)]
    path = "M" + "L".join(f"{x:.1f} {y:.2f}" for x, y in points) + f"L{WIDTH:.0f} {HEIGHT:.0f}L0 {HEIGHT:.0f}Z"
    shape = Shape("Energy", "energy", path, True, "kWh", [round(value, 2) for value in kwh])
    return chart("Energy", "kWh", [shape], (top, grid, start), tall=tall, edges=True)


def station_power(curves: Curves, grid: Grid, start: datetime) -> Chart:
    """One station's power with its limit (both kW) and state of charge (percent, right axis)."""
    power = [value / 1000 for value in curves.power_w]
    limit: Column = [None if value is None else value / 1000 for value in curves.limit_w]
    top = nice_top(max([*power, *(value for value in limit if value is not None)], default=0.0) * 1.04)
    shapes = [Shape("Power", "band-0", band([0.0] * grid.count, power, top), True, "kW", [round(v, 2) for v in power])]
    if any(value is not None for value in limit):
        rounded = [None if value is None else round(value, 2) for value in limit]
        shapes.append(Shape("Limit", "limit", steps(limit, top), False, "kW", rounded))
    for number, soc in enumerate(curves.soc_percent, 1):
        name = "State of charge" if len(curves.soc_percent) == 1 else f"State of charge {number}"
        rounded = [None if value is None else round(value, 1) for value in soc]
        shapes.append(Shape(name, "soc", line(soc, 100.0), False, "%", rounded))
    right = [Tick(at, f"{at:.0f}") for at in (0.0, 50.0, 100.0)] if curves.soc_percent else []
    return chart("Power", "kW", shapes, (top, grid, start), right_ticks=right, right_unit="%" if right else "")


def sparkline(values: Sequence[float], points: int = 90) -> str:
    """A small filled curve of the highest value of each stretch; empty where there is nothing to see."""
    if not values or max(values) <= 0:
        return ""
    width = max(1, -(-len(values) // points))
    peaks = [max(values[i : i + width]) for i in range(0, len(values), width)]
    return band([0.0] * len(peaks), peaks, max(peaks) * 1.05)
