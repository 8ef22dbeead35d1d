"""What came of a storm: when who was back, at what price, as numbers and as a curve."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

SHARES = (50, 90, 99, 100)
POINTS = 600
"""At most so many points of a curve are written; the shortest step is a second."""


@dataclass(slots=True)
class Second:
    """What happened in one second, by the time of the dial. Queues are the longest seen."""

    dials: int = 0
    refused: int = 0
    unanswered: int = 0
    pending: int = 0
    queue: int = 0
    boot_queue: int = 0


@dataclass(frozen=True, slots=True)
class Recovery:
    """The outcome. ``back_s``: sorted instants, in seconds since the links were lost, at which stations were back.

    ``attempts``: sorted, one number per station, of dials. ``unanswered``: attempts that nobody answered in time.
    """

    stations: int
    seed: int
    settings: dict[str, Any]
    back_s: array[float] = field(repr=False)
    attempts: array[int] = field(repr=False)
    seconds: list[Second] = field(repr=False)

    @property
    def missing(self) -> int:
        """Stations that were not back when the simulation ended."""
        return self.stations - len(self.back_s)

    def time_to_s(self, percent: float) -> float | None:
        """When this share of all stations was back; None where that never came."""
        count = math.ceil(self.stations * percent / 100)
        return self.back_s[count - 1] if 0 < count <= len(self.back_s) else None

    @property
    def dials(self) -> int:
        """All attempts of all stations."""
        return sum(second.dials for second in self.seconds)

    @property
    def refused(self) -> int:
        """Attempts that the CSMS refused."""
        return sum(second.refused for second in self.seconds)

    @property
    def unanswered(self) -> int:
        """Attempts that ended with the station's patience, or with nobody there."""
        return sum(second.unanswered for second in self.seconds)

    @property
    def pending(self) -> int:
        """BootNotifications that were answered with Pending."""
        return sum(second.pending for second in self.seconds)

    def figures(self) -> dict[str, Any]:
        """The main numbers."""
        dials = max(1, self.dials)
        times = {f"back_{share}_percent_s": _rounded(self.time_to_s(share)) for share in SHARES}
        return {
            **times,
            "missing": self.missing,
            "attempts_mean": round(self.dials / self.stations, 3),
            "attempts_p50": _percentile(self.attempts, 50),
            "attempts_p99": _percentile(self.attempts, 99),
            "attempts_most": self.attempts[-1],
            "refused_share": round(self.refused / dials, 4),
            "unanswered_share": round(self.unanswered / dials, 4),
            "pending_boots": self.pending,
            "peak_dials_per_s": max((second.dials for second in self.seconds), default=0),
            "peak_queue": max((second.queue for second in self.seconds), default=0),
            "peak_boot_queue": max((second.boot_queue for second in self.seconds), default=0),
        }

    def curve(self, points: int = POINTS) -> list[dict[str, float]]:
        """Steps of equal length: stations back at the end of each, rates and longest queues within it."""
        end_s = max(len(self.seconds), math.ceil(self.back_s[-1]) if self.back_s else 0, 1)
        step_s = math.ceil(end_s / points)
        return [self._step(begin, step_s) for begin in range(0, end_s, step_s)]

    def _step(self, begin: int, step_s: int) -> dict[str, float]:
        within = self.seconds[begin : begin + step_s] or [Second()]
        return {
            "t_s": begin + step_s,
            "back": bisect_right(self.back_s, begin + step_s),
            "dials_per_s": round(sum(each.dials for each in within) / step_s, 3),
            "refused_per_s": round(sum(each.refused for each in within) / step_s, 3),
            "unanswered_per_s": round(sum(each.unanswered for each in within) / step_s, 3),
            "pending_per_s": round(sum(each.pending for each in within) / step_s, 3),
            "queue": max(each.queue for each in within),
            "boot_queue": max(each.boot_queue for each in within),
        }

    def document(self) -> dict[str, Any]:
        """Everything as JSON has it."""
        return {
            "stations": self.stations,
            "seed": self.seed,
            "settings": self.settings,
            "figures": self.figures(),
            "curve": self.curve(),
        }


def settings_of(storm: Any) -> dict[str, Any]:
    """The settings of a storm (a dataclass) as plain values."""
    return {name: value for name, value in asdict(storm).items() if name not in ("stations", "seed")}


def _percentile(ordered: Sequence[int], percent: float) -> int:
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
