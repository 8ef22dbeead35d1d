"""Numbers, durations and moments for people, and text from elsewhere made safe to look at."""

from __future__ import annotations

import re
from typing import Any

from csms_reference.instants import from_ms

# C0 and C1 controls, line separators, lone surrogates, tags, and what reverses or hides text (bidi, zero width).
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069"
    "\ufeff\ud800-\udfff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
NOTHING = "–"


def visible(value: Any) -> Any:
    """Characters that cannot be seen, or that change how others are seen, as escapes; markup of ours unchanged.

    Every expression of a template goes through this, and None is shown as nothing.
    """
    if value is None:
        return ""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return UNSEEN.sub(lambda match: f"\\u{ord(match.group()):04x}", value)


def limits(least: float | None, most: float | None) -> str:
    """The range of a value; empty where it has none."""
    if least is not None and most is not None:
        return f"{least:g} to {most:g}"
    return f"at least {least:g}" if least is not None else f"at most {most:g}" if most is not None else ""


def cut(text: str | None, most: int = 60) -> str:
    """The beginning of a text that may be long."""
    text = text or ""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def number(value: float | None) -> str:
    """With thousands separated."""
    return NOTHING if value is None else f"{value:,.0f}"


def power(watts: float | None) -> str:
    """In kW, as precise as people read it."""
    return NOTHING if watts is None else f"{watts / 1000:,.2f} kW" if abs(watts) < 10_000 else f"{watts / 1000:,.1f} kW"


def energy(watt_hours: float | None) -> str:
    """In kWh, in Wh where that would be nothing."""
    if watt_hours is None:
        return NOTHING
    return f"{watt_hours:,.0f} Wh" if abs(watt_hours) < 100 else f"{watt_hours / 1000:,.2f} kWh"


def span(milliseconds: int | None) -> str:
    """A duration: ``2 d 4 h``, ``1 h 05 min``, ``2 min 03 s``, ``4 s``."""
    if milliseconds is None:
        return NOTHING
    seconds = max(0, milliseconds // 1000)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02d} s"
    if seconds < 86_400:
        return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"
    return f"{seconds // 86_400} d {seconds % 86_400 // 3600} h"


def moment(instant_ms: int | None, now_ms: int | None = None) -> str:
    """Date and time of day in UTC; the time alone where it is of the same day as ``now_ms``."""
    if instant_ms is None:
        return NOTHING
    at = from_ms(instant_ms)
    if now_ms is not None and from_ms(now_ms).date() == at.date():
        return f"{at:%H:%M:%S}"
    return f"{at:%Y-%m-%d %H:%M:%S}"


def ago(instant_ms: int | None, now_ms: int) -> str:
    """How long ago, roughly."""
    if instant_ms is None:
        return "never"
    seconds = (now_ms - instant_ms) // 1000
    if seconds < 5:
        return "just now"
    for unit, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds // unit} {name} ago"
    return f"{seconds} s ago"


def words(name: str) -> str:
    """A name of ours as people write it: ``set_charging_profile`` is Set charging profile."""
    spelled = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).replace("_", " ").strip()
    whole = re.sub(r"\b(apn|evse|id|ocpp|url|vpn)(s?)\b", lambda match: match[1].upper() + match[2], spelled)
    return whole[:1].upper() + whole[1:]
