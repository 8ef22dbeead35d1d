"""Geometry of plots: shapes for an SVG that stretches, and ticks for the text beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from reports.curves import Column, Grid

WIDTH, HEIGHT = 1000.0, 100.0
TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400)


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at a share (percent) of the axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Shape:
    """One area or line of the chart. ``style`` is a class name of the style sheet; ``values`` serve the cursor."""

    name: str
    style: str
    path: str
    area: bool
    unit: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Shade:
    """A stretch of time behind the shapes, from a share (percent) of the lower axis on, so wide."""

    at: float
    width: float
    label: str
    style: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that the template needs to draw one plot."""

    title: str
    unit: str
    shapes: list[Shape]
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    right_ticks: list[Tick] = field(default_factory=list)
    right_unit: str = ""
    tall: bool = True
    start: str = ""
    step_s: float = 1.0
    edges: bool = False
    shades: list[Shade] = field(default_factory=list)


def nice_top(highest: float) -> float:
    """The smallest round number (1, 2, 2.5, 4, 5, 8 times a power of ten) that is not below."""
    if highest <= 0:
        return 1.0
    power = 1.0
    while power * 10 <= highest:
        power *= 10
    while power > highest:
        power /= 10
    return next(power * step for step in (1, 2, 2.5, 4, 5, 8, 10) if power * step >= highest * 0.999)


def time_ticks(start: datetime, duration_s: float, most: int = 9) -> list[Tick]:
    """Ticks at round times of day."""
    step = next((step for step in TIME_STEPS_S if duration_s / step <= most), 86_400 * max(1, round(duration_s / 6e5)))
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    offset = (start - midnight).total_seconds()
    at = -offset % step
    form = "%H:%M:%S" if step < 60 else "%H:%M"
    ticks = []
    while at <= duration_s + 1e-9:
        moment = start + timedelta(seconds=at)
        label = moment.strftime(form if step < 86_400 else "%d %b")
        if label in ("00:00", "00:00:00") and at > 0:
            label = moment.strftime("24:00" if at >= duration_s - 1e-9 else "%d %b")
        ticks.append(Tick(100 * at / duration_s, label))
        at += step
    return ticks


def chart(title: str, unit: str, shapes: list[Shape], axes: tuple[float, Grid, datetime], **more: Any) -> Chart:
    """``axes``: top of the left axis, grid and start of the lower one; ``more`` are fields of Chart."""
    top, grid, start = axes
    shares = (0.0, 25.0, 50.0, 75.0, 100.0) if more.get("tall", True) else (0.0, 50.0, 100.0)
    y_ticks = [Tick(share, f"{top * share / 100:.4g}") for share in shares]
    x_ticks = time_ticks(start, grid.end_s)
    return Chart(title, unit, shapes, y_ticks, x_ticks, start=start.isoformat(), step_s=grid.step_s, **more)


def y(value: float, top: float) -> float:
    """From the top of the plot downwards."""
    return HEIGHT - HEIGHT * value / top


def xy(index: float, value: float, count: int, top: float) -> str:
    """A point as a path spells it."""
    return f"{WIDTH * index / count:.1f} {y(value, top):.2f}"


def band(below: Sequence[float], above: Sequence[float], top: float) -> str:
    """A filled band of steps; nothing where it has no height anywhere."""
    count = len(above)
    if all(low >= high for low, high in zip(below, above, strict=True)):
        return ""
    upper = corners(above)
    lower = corners(below)
    return "M" + "L".join(xy(i, v, count, top) for i, v in [*upper, *reversed(lower)]) + "Z"


def corners(values: Sequence[float]) -> list[tuple[int, float]]:
    """The corner points of a step line, without those in the middle of a level stretch."""
    points = [(0, values[0])]
    for index in range(1, len(values)):
        if values[index] != values[index - 1]:
            points += [(index, values[index - 1]), (index, values[index])]
    return [*points, (len(values), values[-1])]


def steps(values: Column, top: float) -> str:
    """A step line that breaks where nothing was told."""
    parts, level, count = [], None, len(values)
    for index, value in enumerate(values):
        if value is None:
            if level is not None:
                parts.append(f"H{WIDTH * index / count:.1f}")
        elif level is None:
            parts.append("M" + xy(index, value, count, top))
        elif value != level:
            parts.append(f"H{WIDTH * index / count:.1f}V{y(value, top):.2f}")
        level = value
    if level is not None:
        parts.append(f"H{WIDTH:.0f}")
    return "".join(parts)


def line(values: Column, top: float) -> str:
    """A line through the middles of the steps that breaks where nothing was told."""
    parts, pen_down, count = [], False, len(values)
    for index, value in enumerate(values):
        if value is not None:
            parts.append(("L" if pen_down else "M") + xy(index + 0.5, value, count, top))
        pen_down = value is not None
    return "".join(parts)
