"""Numbers, durations and moments for people, and text from elsewhere made safe to look at."""

from __future__ import annotations

import re
from datetime import UTC, datetime

# C0 and C1 controls, line separators, lone surrogates, and what reverses or hides text (Unicode bidi and zero width).
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufff9-\ufffb]"
)


def visible(text: str) -> str:
    """Characters that cannot be seen, or that change how others are seen, as escapes; markup of ours unchanged."""
    if hasattr(text, "__html__"):
        return text
    return UNSEEN.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def number(value: float) -> str:
    """With thousands separated."""
    return f"{value:,.0f}"


def span(seconds: float | None) -> str:
    """A duration for people: ``24 h``, ``1 h 05 min``, ``2 min 03 s``, ``0.4 s``."""
    if seconds is None:
        return "unknown"
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"


def moment(stamp: str) -> datetime | None:
    """A moment with a zone (UTC where none is given); None for what is no RFC 3339 stamp of a usable year."""
    try:
        found = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found if 1970 < found.year < 9000 else None


def date(at: datetime) -> str:
    """Day and minute of a moment, with its zone."""
    return f"{at:%A}, {at.day} {at:%B %Y, %H:%M %Z}"


def time_of_day(at: datetime, start: datetime) -> str:
    """Time of day, with milliseconds where there are any and the days that passed since ``start``."""
    days = (at.date() - start.date()).days
    milliseconds = f".{at.microsecond // 1000:03d}" if at.microsecond >= 1000 else ""
    return f"{at:%H:%M:%S}{milliseconds}" + (f" {days:+d} d" if days else "")
