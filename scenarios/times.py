"""Times as a scenario writes them: durations (``1h30m``), times of day (``08:00``), points on the run's clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
DURATION = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$"
TIME_OF_DAY = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")


def is_duration(value: object) -> bool:
    """Whether this is text such as ``90s`` or ``1h30m``."""
    return isinstance(value, str) and re.fullmatch(DURATION, value) is not None


def is_time_of_day(value: object) -> bool:
    """Whether this is text such as ``08:00``."""
    return isinstance(value, str) and re.fullmatch(TIME_OF_DAY, value) is not None


def seconds(text: str | float) -> float:
    """A duration in seconds; a bare number already is. Raises ValueError for anything else."""
    if isinstance(text, int | float):
        return float(text)
    if not is_duration(text):
        raise ValueError(f"{text!r} is not a duration such as 90s, 10m or 1h30m")
    return round(sum(float(number) * UNITS[unit] for number, unit in _PART.findall(text)), 6)


def of_day_s(text: str) -> float:
    """Seconds since midnight of ``HH:MM`` or ``HH:MM:SS``. Raises ValueError."""
    if not is_time_of_day(text):
        raise ValueError(f"{text!r} is not a time of day such as 08:00")
    parts = [int(part) for part in text.split(":")] + [0]
    return float(parts[0] * 3600 + parts[1] * 60 + parts[2])


def since_start_s(text: str, start: datetime) -> float:
    """When a time of day first comes at or after ``start``, in seconds since then."""
    midnight_s = (start - start.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
    return (of_day_s(text) - midnight_s) % 86400.0


def instant(text: str) -> datetime:
    """A scenario's start: RFC 3339; without a zone it is UTC. Raises ValueError."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not a time such as 2026-03-02T08:00:00Z") from None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is beyond the calendar") from None


def spoken(duration_s: float) -> str:
    """Seconds as a person would write them: ``90s``, ``2h``, ``1h30m``."""
    if duration_s < 60 or duration_s % 60:
        return f"{duration_s:g}s"
    hours, minutes = divmod(round(duration_s / 60), 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")


def clock_time(t: float, start: datetime) -> str:
    """The time of day at ``t`` seconds after ``start``."""
    return (start + timedelta(seconds=t)).strftime("%H:%M:%S")
