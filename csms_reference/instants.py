"""Instants as the store keeps them: integer milliseconds since 1970 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from protocol.stamps import parse, stamp

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC."""
    return (moment - EPOCH) // _MS


def from_ms(instant_ms: int) -> datetime:
    """The moment, in UTC; the first or the last that a calendar has for one beyond."""
    try:
        return EPOCH + timedelta(milliseconds=instant_ms)
    except OverflowError:
        return LAST if instant_ms > 0 else FIRST


@lru_cache(1024)  # of most messages the time is read twice and more: their own, and that of what they tell
def read_ms(text: str | None) -> int | None:
    """The instant that a station wrote; None where it wrote nothing that can be read as one."""
    if text is None:
        return None
    try:
        return to_ms(parse(text, assume=UTC))
    except ValueError:
        return None


def show(instant_ms: int | None) -> str | None:
    """The instant as OCPP and the HTTP API write it."""
    return None if instant_ms is None else stamp(from_ms(instant_ms))
