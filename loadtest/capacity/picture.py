"""A chart of lines as an SVG file that stands alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from loadtest.capacity.recovery import Recovery
from reports.plot import nice_top

Line = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 860, 420
LEFT, RIGHT, TOP, BOTTOM = 80, 150, 48, 52
FONT = 'font-family="sans-serif" font-size="13" fill="#333"'
COLOURS = ("#b3261e", "#1a73b8", "#3d8b37", "#8a5cb8", "#c77700", "#4b5563")


def back_over_time(recoveries: Mapping[str, Recovery]) -> str:
    """Stations that are back, over time; a line for each recovery."""
    lines = {
        name: [(0.0, 0.0), *((step["t_s"] / 60, step["back"] / 1000) for step in each.curve(200))]
        for name, each in recoveries.items()
    }
    return drawing("Stations back after all were lost at once", "minutes", "thousand stations", lines)


def time_over_rate(recoveries: Mapping[tuple[str, float], Recovery], percent: float = 99) -> str:
    """Time until so many percent are back, over the accept rate; a line for each policy."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for (policy, rate), each in sorted(recoveries.items()):
        time_s = each.time_to_s(percent)
        if time_s is not None:
            lines.setdefault(policy, []).append((rate, time_s / 60))
    return drawing(f"Minutes until {percent:g} % are back", "accepted per second", "minutes", lines)


def drawing(title: str, x_unit: str, y_unit: str, lines: Mapping[str, Line]) -> str:
    """Lines over two linear axes from 0. Raises ValueError where there is no point to draw."""
    points = [point for line in lines.values() for point in line]
    if not points:
        raise ValueError("there is nothing to draw")
    tops = nice_top(max(x for x, _ in points)), nice_top(max(y for _, y in points))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {FONT}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        _text(LEFT, 26, title, "start", 'font-size="16" font-weight="bold"'),
        *_axes(tops, x_unit, y_unit),
    ]
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in _placed(line, tops))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        height = TOP + 8 + 20 * number
        parts.append(f'<rect x="{WIDTH - RIGHT + 14}" y="{height - 4}" width="16" height="4" fill="{colour}"/>')
        parts.append(_text(WIDTH - RIGHT + 36, height + 3, name, "start"))
    return "\n".join([*parts, "</svg>", ""])


def _placed(line: Line, tops: tuple[float, float]) -> Iterable[tuple[float, float]]:
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    return ((LEFT + wide * x / tops[0], HEIGHT - BOTTOM - high * y / tops[1]) for x, y in line)


def _axes(tops: tuple[float, float], x_unit: str, y_unit: str) -> list[str]:
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        (x, y), *_ = _placed([(tops[0] * share, tops[1] * share)], tops)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{tops[1] * share:,.4g}", "end"))
        parts.append(_text(x, HEIGHT - BOTTOM + 20, f"{tops[0] * share:,.4g}", "middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x_unit, "middle"))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(_text(20, middle, y_unit, "middle", f'transform="rotate(-90 20 {middle})"'))
    return parts


def _text(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{escape(text)}</text>'
