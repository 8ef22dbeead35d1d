"""The charts of a load run: every one over the same time, with its phases and the silence of sources marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, floor, log10

from reports.curves import Column, Grid
from reports.load.latencies import Latencies, merged
from reports.load.names import ASIDE, CORES, STATE_WORDS, STATES
from reports.load.record import Load
from reports.load.sources import Source
from reports.plot import HEIGHT, WIDTH, Chart, Shade, Shape, Tick, line, nice_top

START = "2000-01-01T00:00:00+00:00"
"""The cursor shows the time since the run began, as time of day since midnight."""
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
TICKS_MOST = 8
LABELLED_PERCENT = 3.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart: a value per step of the grid, None where nothing was told."""

    name: str
    style: str
    values: Column
    unit: str = ""


def stations(load: Load) -> Chart | None:
    """Stations by state, stacked."""
    fleet = load.of_role("fleet")
    told = [state for state in STATES if any(state in source.gauges for source in fleet)]
    bands = [(state, gauge(load, fleet, state)) for state in told]
    bands = [(state, values) for state, values in bands if any(values)]
    if not bands:
        return None
    top = nice_top(max(sum(filter(None, values)) for values in zip(*(column for _, column in bands), strict=True)))
    shapes, below = [], [0.0] * load.grid.count
    for state, values in bands:
        above = [low + (value or 0.0) for low, value in zip(below, values, strict=True)]
        path = _area(below, above, [value is not None for value in values], top)
        rounded = [None if value is None else round(value) for value in values]
        shapes.append(Shape(STATE_WORDS[state], f"state-{state}", path, True, "", rounded))
        below = above
    return _chart(load, "Stations by state", "", shapes, _ticks(top))


def lines(load: Load, title: str, unit: str, drawn: Sequence[Line], *, tall: bool = False) -> Chart | None:
    """Lines from zero up; None where there is nothing to draw."""
    drawn = [each for each in drawn if any(value is not None for value in each.values)]
    if not drawn:
        return None
    top = nice_top(max((value for each in drawn for value in each.values if value is not None), default=0.0))
    shapes = [
        Shape(each.name, each.style, dotted(each.values, top), False, each.unit or unit, _rounded(each.values))
        for each in drawn
    ]
    return _chart(load, title, unit, shapes, _ticks(top, tall=tall), tall=tall)


def latency(
    load: Load, title: str, bins: Mapping[int, Latencies], target_ms: float | None = None, *, tall: bool = False
) -> Chart | None:
    """p50 and p99 of each step of the grid, in ms on a logarithmic axis."""
    found = [bins.get(step, Latencies()).percentiles_s((50.0, 99.0)) for step in range(load.grid.count)]
    drawn = [
        Line(name, style, [None if row[at] is None else row[at] * 1000 for row in found])  # type: ignore[operator]
        for at, (name, style) in enumerate((("p50", "band-1"), ("p99", "band-4")))
    ]
    if target_ms:
        drawn.append(Line(f"target {target_ms:g} ms", "limit", [target_ms] * load.grid.count))
    return logarithmic(load, title, drawn, tall=tall)


def logarithmic(load: Load, title: str, drawn: Sequence[Line], *, tall: bool = False) -> Chart | None:
    """Lines in ms on a logarithmic axis; None where there is nothing to draw but the target."""
    told = [value for each in drawn for value in each.values if value]
    if not any(value for each in drawn if each.style != "limit" for value in each.values):
        return None
    low, high = floor(log10(min(told))), ceil(log10(max(told)) - 1e-9)
    high = max(high, low + 1)

    def at(value: float) -> float:
        return (log10(value) - low) / (high - low)

    shapes = []
    for each in drawn:
        shares: Column = [at(value) if value else None for value in each.values]
        shapes.append(Shape(each.name, each.style, dotted(shares, 1.0), False, "ms", _rounded(each.values)))
    ticks = [Tick(100 * at(10.0**power), _span(10.0**power)) for power in range(low, high + 1)]
    return _chart(load, title, "logarithmic", shapes, ticks, tall=tall)


def all_messages(load: Load) -> dict[int, Latencies]:
    """Latencies of all messages together, by step of the grid."""
    found: dict[int, list[Latencies]] = {}
    for action, bins in load.curves.items():
        if action not in ASIDE:
            for step, latencies in bins.items():
                found.setdefault(step, []).append(latencies)
    return {step: merged(parts) for step, parts in found.items()}


def gauge(load: Load, sources: Sequence[Source], name: str, factor: float = 1.0) -> Column:
    """Per step, the sum over the sources that told of each one's mean; None where none did."""
    columns = [source.gauges[name] for source in sources if name in source.gauges]
    found: Column = []
    for begin, end in steps(load):
        means = [sum(told) / len(told) for column in columns if (told := column.between(begin, end))]
        found.append(factor * sum(means) if means else None)
    return found


def rate(load: Load, name: str, role: str = "fleet") -> Column:
    """Per step, how many a second; None where no source of the role told of anything."""
    return per_second(load, load.counts.get((role, name), ()), load.of_role(role))


def per_second(load: Load, values: Sequence[int], sources: Sequence[Source]) -> Column:
    """Per step, the mean of counts a second; None where all sources were silent."""
    found: Column = []
    for begin, end in steps(load):
        silent = bool(sources) and all(_is_silent(source, begin, end) for source in sources)
        found.append(None if silent or begin == end or not len(values) else sum(values[begin:end]) / (end - begin))
    return found


def cores(load: Load, role: str) -> Column:
    """Processors that the processes of a role kept busy."""
    return gauge(load, load.of_role(role), CORES)


def dotted(values: Column, top: float) -> str:
    """A line that breaks where nothing was told; a value alone between breaks becomes a dot."""
    alone = [
        f"M{WIDTH * (at + 0.5) / len(values):.1f} {HEIGHT - HEIGHT * value / top:.2f}h.01"
        for at, value in enumerate(values)
        if value is not None
        and not any(each is not None for each in (*values[max(0, at - 1) : at], *values[at + 1 : at + 2]))
    ]
    return line(values, top) + "".join(alone)


def shades(load: Load) -> list[Shade]:
    """The phases, every other one tinted, and above them the time in which a source was silent."""
    whole = load.grid.end_s
    found = []
    for number, phase in enumerate(load.phases):
        width = 100 * (phase.end_s - phase.begin_s) / whole
        label = phase.name if width >= LABELLED_PERCENT else ""
        found.append(Shade(100 * phase.begin_s / whole, width, label, "odd" if number % 2 else "even"))
    for source in load.sources.values():
        for gap in source.gaps:
            end = load.end_s if gap.end_s is None else gap.end_s
            width = max(0.3, 100 * (end - gap.begin_s) / whole)
            found.append(Shade(100 * gap.begin_s / whole, width, f"{source.name} silent", "silence"))
    return found


def time_ticks(duration_s: float) -> list[Tick]:
    """Round times since the run began."""
    step = next((step for step in STEPS_S if duration_s / step <= TICKS_MOST), 86_400 * ceil(duration_s / 6e5))
    unit, word = next(
        (unit, word) for unit, word in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")) if step >= unit
    )
    return [
        Tick(100 * at / duration_s, f"{at / unit:g} {word}" if at else "0")
        for at in range(0, int(duration_s) + 1, step)
    ]


def _chart(load: Load, title: str, unit: str, shapes: list[Shape], ticks: list[Tick], *, tall: bool = True) -> Chart:
    grid = load.grid
    across = time_ticks(grid.end_s)
    marks = shades(load)
    return Chart(title, unit, shapes, ticks, across, tall=tall, start=START, step_s=grid.step_s, shades=marks)


def _ticks(top: float, *, tall: bool = True) -> list[Tick]:
    shares = (0.0, 25.0, 50.0, 75.0, 100.0) if tall else (0.0, 50.0, 100.0)
    return [Tick(share, f"{top * share / 100:,.6g}") for share in shares]


def _area(below: Sequence[float], above: Sequence[float], told: Sequence[bool], top: float) -> str:
    """A filled band of steps for each stretch in which it was told."""
    parts, at, count = [], 0, len(above)
    for here, stretch in groupby(told):
        end = at + sum(1 for _ in stretch)
        if here and any(low < high for low, high in zip(below[at:end], above[at:end], strict=True)):
            upper = [(step + side, above[step]) for step in range(at, end) for side in (0, 1)]
            lower = [(step + side, below[step]) for step in range(at, end) for side in (0, 1)]
            points = _bends([*upper, *reversed(lower)])
            parts.append(
                "M" + "L".join(f"{WIDTH * x / count:.1f} {HEIGHT - HEIGHT * y / top:.2f}" for x, y in points) + "Z"
            )
        at = end
    return "".join(parts)


def _bends(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Without the points in the middle of a level stretch."""
    kept = [
        here
        for before, here, after in zip(points, points[1:], points[2:], strict=False)
        if not before[1] == here[1] == after[1]
    ]
    return [points[0], *kept, points[-1]]


def steps(load: Load) -> Iterable[tuple[int, int]]:
    """The seconds of each step of the grid; none where the grid is longer than the run."""
    grid: Grid = load.grid
    for step in range(grid.count):
        begin = min(int(step * grid.step_s), load.seconds)
        yield begin, min(max(begin + 1, int((step + 1) * grid.step_s)), load.seconds)


def _is_silent(source: Source, begin: int, end: int) -> bool:
    return any(gap.begin_s <= begin + 0.5 and (gap.end_s is None or gap.end_s >= end + 0.5) for gap in source.gaps)


def _rounded(values: Column) -> list[float | None]:
    return [None if value is None else float(f"{value:.4g}") if abs(value) < 1000 else round(value) for value in values]


def _span(ms: float) -> str:
    return f"{ms / 1000:,g} s" if ms >= 1000 else f"{ms:g} ms" if ms >= 1 else f"{ms * 1000:g} µs"
