"""Points in time as OCPP writes them: RFC 3339 in UTC, with milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

_FORM = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
    r"(?P<zone>[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?"
)
_SHOWN = 40
_TO_THE_SECOND = len("2026-03-01T08:00:00")
_latest = (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00")
"""A whole second, and how it is written."""


def stamp(moment: datetime) -> str:
    """Write a moment as ``2026-03-01T08:00:00.000Z``; what is finer than a millisecond is cut off, never rounded up.

    2.0.1 and 2.1 part 2 allow no more than three decimals. Raises ValueError for a datetime without a zone, or one
    that lies outside the years 1 to 9999 in UTC.
    """
    if moment.tzinfo is UTC:
        return _stamp_in_utc(moment)
    if moment.utcoffset() is None:
        raise ValueError(f"a moment needs a time zone: {moment!r}")
    return _stamp_in_utc(_in_utc(moment, repr(moment)))


def _stamp_in_utc(moment: datetime) -> str:
    """Most moments lie in the second of the one before, of which only the last digits have to be written anew."""
    global _latest  # noqa: PLW0603 - one tuple for all, replaced whole
    second, written = _latest
    since = moment - second
    if since.days or since.seconds:
        second = moment.replace(microsecond=0)
        written = second.isoformat()[:_TO_THE_SECOND]
        _latest = second, written
    return f"{written}.{moment.microsecond // 1000:03}Z"


def parse(text: str, *, assume: tzinfo | None = None) -> datetime:
    """Read an RFC 3339 time stamp and return it in UTC; ValueError for anything else.

    A stamp without a zone is refused for every version: 2.x demands RFC 3339, and although OCPP 1.6 edition 2 §3.15
    asks for ISO 8601 alone, its JSON schemas say ``date-time``, which is RFC 3339 too. A reader that wants to be
    lenient with 1.6 stations names the zone to ``assume``. Second 60 is refused because no clock here can hold it.
    Digits beyond the microsecond are cut off.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"not an RFC 3339 time stamp: {text[:_SHOWN]!r}")
    zone = found["zone"]
    if zone is None and assume is None:
        raise ValueError(f"time stamp without a time zone: {text[:_SHOWN]!r}")
    fraction = (found["fraction"] or "")[:6].ljust(6, "0")
    offset = "" if zone is None else zone.upper().replace("Z", "+00:00")
    try:
        moment = datetime.fromisoformat(f"{found['day']}T{found['time']}.{fraction}{offset}")
    except ValueError as error:
        raise ValueError(f"no such moment: {text[:_SHOWN]!r} ({error})") from None
    return _in_utc(moment if zone else moment.replace(tzinfo=assume), repr(text[:_SHOWN]))


def _in_utc(moment: datetime, shown: str) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"outside the years 1 to 9999 in UTC: {shown}") from None
