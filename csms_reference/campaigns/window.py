"""A daily window in a named time zone: whether it is open, and when that changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from csms_reference.instants import from_ms, to_ms

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@lru_cache(64)
def zone_of(name: str) -> tzinfo:
    """A time zone by its name in the IANA database. Raises ValueError."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError(f"no time zone {name!r}") from None


def minute_of(clock: str) -> int:
    """The minute of the day of ``HH:MM``. Raises ValueError."""
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def opening(begins: str, ends: str, zone: str, days: Collection[str], now_ms: int) -> tuple[bool, int]:
    """Whether the window is open now, and when it next opens (closed) or closes (open).

    Times that a change to summer time leaves out count as those an hour later, those that there are twice as the first.
    """
    first, last, where = minute_of(begins), minute_of(ends), zone_of(zone)
    today = from_ms(now_ms).astimezone(where).date()
    spans = []
    for offset in range(-1, 9):
        day = today + timedelta(days=offset)
        if DAYS[day.weekday()] not in days:
            continue
        until = day if last > first else day + timedelta(days=1)
        spans.append((_at(day, first, where), _at(until, last, where)))
    for begin_ms, end_ms in spans:
        if begin_ms <= now_ms < end_ms:
            return True, end_ms
        if now_ms < begin_ms < end_ms:
            return False, begin_ms
    return False, spans[-1][1]


def _at(day: date, minute: int, where: tzinfo) -> int:
    local = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=where)
    return to_ms(local.astimezone(UTC))
