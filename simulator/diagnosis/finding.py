"""What a technician's test has found: a measured value beside its limit, and what to do about it."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from simulator.hardware.place import STATION, Place


class Verdict(StrEnum):
    """What a test came to."""

    PASS = "pass"
    FAIL = "fail"
    NOT_FITTED = "not fitted"
    """The station has no such part."""
    NOT_TESTED = "not tested"
    """The test would disturb a driver, or lacks power."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a technician's report.

    ``test`` is the part's, ``name`` what was measured of it. ``measured``: a number in ``unit``, or words. ``limit``:
    what it must be, in the same unit. ``source``: who says so (a standard with its clause, or the station's profile).
    ``advice``: what to do about it, empty where nothing needs to be done.
    """

    test: str
    name: str
    place: Place
    verdict: Verdict
    measured: float | str = ""
    unit: str = ""
    limit: str = ""
    source: str = ""
    advice: str = ""

    @property
    def where(self) -> str:
        """Its place as the device model writes it: ``1`` an EVSE, ``1,2`` a connector, empty the station."""
        if self.place == STATION:
            return ""
        return f"{self.place.evse},{self.place.connector}" if self.place.connector else f"{self.place.evse}"

    @property
    def value(self) -> str:
        """What was measured, with its unit."""
        if isinstance(self.measured, str):
            return self.measured
        if math.isinf(self.measured):
            return "never" if self.unit == "s" else "beyond the scale"
        return f"{figure(self.measured)} {self.unit}".rstrip()

    def document(self) -> dict[str, Any]:
        """It as JSON takes it; what is without end is written as text."""
        plain = asdict(self) | {"place": self.where, "verdict": str(self.verdict)}
        if isinstance(self.measured, float) and not math.isfinite(self.measured):
            plain["measured"] = self.value
        return plain


def figure(number: float) -> str:
    """A number as a display of four digits shows it."""
    return f"{number:.4g}" if abs(number) < 10_000 else f"{number:.0f}"


def span(least: float, most: float, unit: str) -> str:
    """A limit in words: ``≤ 0.3 s``, ``≥ 1 MΩ``, ``11.4 … 12.6 V``."""
    if math.isinf(least):
        words = f"≤ {figure(most)}"
    elif math.isinf(most):
        words = f"≥ {figure(least)}"
    else:
        words = figure(least) if least == most else f"{figure(least)} … {figure(most)}"
    return f"{words} {unit}".rstrip()
