"""Points in time as OCPP writes them: RFC 3339 in UTC, with milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

_FORM = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
    r"(?P<zone>[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?"
)
_SHOWN = 40


def stamp(moment: datetime) -> str:
    """Write a moment as ``2026-03-01T08:00:00.000Z``; what is finer than a millisecond is cut off, never rounded up.

    2.0.1 and 2.1 part 2 allow no more than three decimals. Raises ValueError for a datetime without a zone, or one
    that lies outside the years 1 to 9999 in UTC.
    """
    if moment.utcoffset() is None:
        raise ValueError(f"a moment needs a time zone: {moment!r}")
    in_utc = moment if moment.tzinfo is UTC else _in_utc(moment, repr(moment))
    return in_utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


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
