"""The charging curve: geometry for a drawing that stretches, and ticks for the text beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from csms_reference.instants import from_ms
from csms_reference.services.course import Point

WIDTH, HEIGHT = 1000.0, 100.0
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200, 86_400)
TICKS = 6


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at a share (percent) of its axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A line, or with ``area`` what is below it. ``name`` is its class in the style sheet, too."""

    name: str
    path: str
    area: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """All that the template draws. ``left`` is in kW, ``right`` in percent, empty without a state of charge."""

    shapes: list[Shape]
    left: list[Tick]
    right: list[Tick]
    below: list[Tick]
    peak_w: float
    energy_wh: float | None


def curve(points: Sequence[Point]) -> Curve | None:
    """Power as an area, energy and state of charge as lines over it; None for fewer than two instants."""
    if len(points) < 2 or points[-1].at_ms == points[0].at_ms:
        return None
    peak_w = max((point.power_w or 0.0 for point in points), default=0.0)
    energy_wh = max((point.energy_wh for point in points if point.energy_wh is not None), default=None)
    top_w = nice_top(peak_w or 1000.0)
    has_soc = any(point.soc_percent is not None for point in points)
    power = _line(points, lambda point: point.power_w, top_w)
    shapes = [Shape("power", _closed(power), area=True), Shape("power", _path(power))] if len(power) > 1 else []
    if energy_wh:
        shapes.append(Shape("energy", _path(_line(points, lambda point: point.energy_wh, energy_wh))))
    if has_soc:
        shapes.append(Shape("soc", _path(_line(points, lambda point: point.soc_percent, 100.0))))
    left = [Tick(100.0 - share, f"{top_w * share / 100_000:g}") for share in (0.0, 25.0, 50.0, 75.0, 100.0)]
    right = [Tick(100.0 - share, f"{share:g}") for share in (0.0, 50.0, 100.0)] if has_soc else []
    return Curve(shapes, left, right, _times(points[0].at_ms, points[-1].at_ms), peak_w, energy_wh)


def spark(points: Sequence[Point]) -> str:
    """The power alone, small; empty where it cannot be drawn."""
    if len(points) < 2 or points[-1].at_ms == points[0].at_ms:
        return ""
    found = _line(points, lambda point: point.power_w, nice_top(max(point.power_w or 0.0 for point in points) or 1.0))
    return _closed(found) if len(found) > 1 else ""


def nice_top(highest: float) -> float:
    """The smallest round number (1, 2, 2.5, 4, 5, 8 times a power of ten) that is not below."""
    power = 1.0
    while power * 10 <= highest:
        power *= 10
    while power > highest:
        power /= 10
    return next(power * step for step in (1, 2, 2.5, 4, 5, 8, 10) if power * step >= highest * 0.999)


def _line(points: Sequence[Point], value: Callable[[Point], float | None], top: float) -> list[tuple[float, float]]:
    first, lasts = points[0].at_ms, points[-1].at_ms - points[0].at_ms
    return [
        (WIDTH * (point.at_ms - first) / lasts, HEIGHT - HEIGHT * min(1.0, max(0.0, told / top)))
        for point in points
        if (told := value(point)) is not None
    ]


def _path(line: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.2f}" for x, y in line) if line else ""


def _closed(line: Sequence[tuple[float, float]]) -> str:
    return f"{_path(line)}L{line[-1][0]:.1f} {HEIGHT:g}L{line[0][0]:.1f} {HEIGHT:g}Z"


def _times(first_ms: int, last_ms: int) -> list[Tick]:
    lasts_s = (last_ms - first_ms) / 1000
    step_s = next((step for step in STEPS_S if lasts_s / step <= TICKS), 86_400 * max(1, round(lasts_s / 86_400 / 5)))
    start = from_ms(first_ms)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    at_s = -((start - midnight).total_seconds()) % step_s
    form = "%H:%M:%S" if step_s < 60 else "%H:%M" if step_s < 86_400 else "%d %b"
    ticks = []
    while at_s <= lasts_s:
        ticks.append(Tick(100.0 * at_s / lasts_s, format(start + timedelta(seconds=at_s), form)))
        at_s += step_s
    return ticks
