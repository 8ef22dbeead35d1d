"""Load shapes: how many stations there shall be, and what happens to them, phase by phase.

A shape is a generator that yields phases and is told what was seen in each, so that it may decide what comes next. It
knows no clock: ``Playing`` is told the time.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

SETTLE_S = 120.0
"""How long stations may take to be accepted once all of them have been switched on."""

EFFECT_S = 15.0
"""When what the fleet shows must have caught up with the beginning of a phase."""


class ShapeError(ValueError):
    """A shape that does not exist or cannot be had like this."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen in a phase: stations accepted now, 99th percentile of all CALLs in ms (None: there were none),
    and the share of CALLs that failed."""

    accepted: int = 0
    p99_ms: float | None = None
    error_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Target:
    """What a CSMS must keep to: the 99th percentile of latency in ms, and the share of CALLs that may fail."""

    p99_ms: float = 250.0
    error_share: float = 0.001

    def kept(self, seen: Seen) -> bool:
        """Whether a phase was within the target."""
        return (seen.p99_ms is None or seen.p99_ms <= self.p99_ms) and seen.error_share <= self.error_share


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of a load run.

    ``users`` stations there shall be, started or stopped at ``per_s`` a second. ``order`` is what the fleet is told at
    the beginning (a key of ``ORDERS``). The phase lasts ``for_s``; with ``settles`` it ends as soon as all stations
    are accepted, and after ``for_s`` at the latest.
    """

    name: str
    users: int
    per_s: float
    for_s: float
    order: str = ""
    settles: bool = False


ORDERS = {
    "drop": "every link is cut at once; the stations come back as they are set to",
    "power_off": "the mains of all stations go",
    "power_on": "the mains come back: all stations boot",
}

Phases = Generator[Phase, Seen, None]
SHAPES: dict[str, Callable[..., Phases]] = {}


def shape(steps: Callable[..., Phases]) -> Callable[..., Phases]:
    """Enter a shape under its function's name, with dashes. Raises ValueError if the name is taken."""
    name = steps.__name__.replace("_", "-")
    if name in SHAPES:
        raise ValueError(f"two shapes called {name}")
    SHAPES[name] = steps
    return steps


def shape_of(name: str, fields: Mapping[str, Any]) -> Phases:
    """The shape of this name with these settings (those that it knows). Raises ShapeError."""
    if name not in SHAPES:
        raise ShapeError(f"no load shape {name!r}; there are {', '.join(sorted(SHAPES))}")
    known = inspect.signature(SHAPES[name]).parameters
    for field, value in fields.items():
        if field in known and isinstance(value, int | float) and not value > 0:
            raise ShapeError(f"{field.replace('_', '-')} of a load shape must be more than 0, not {value}")
    return SHAPES[name](**{field: value for field, value in fields.items() if field in known and value is not None})


def _up(users: int, per_s: float, begun: int = 0) -> Phase:
    """All stations on, and accepted."""
    return Phase(f"ramp to {users}", users, per_s, abs(users - begun) / per_s + SETTLE_S, settles=True)


@shape
def ramp(users: int, per_s: float, hold_s: float = 60.0) -> Phases:
    """Up to all stations, and hold."""
    yield _up(users, per_s)
    yield Phase("hold", users, per_s, hold_s)


@shape
def soak(users: int, per_s: float, hold_s: float = 4 * 3600.0) -> Phases:
    """The same for hours, to find what grows."""
    yield from ramp(users, per_s, hold_s)


@shape
def steps(users: int, per_s: float, hold_s: float = 60.0, step: int | None = None) -> Phases:
    """Up in steps (a tenth each, unless told), holding each."""
    size = step or max(1, users // 10)
    before = 0
    for number, count in enumerate([*range(size, users, size), users], 1):
        yield _up(count, per_s, before)
        yield Phase(f"step {number}: {count} stations", count, per_s, hold_s)
        before = count


@shape
def spike(users: int, per_s: float, hold_s: float = 60.0, base: int | None = None) -> Phases:
    """A base (a tenth of the stations, unless told), all at once, and back to the base."""
    low = base or max(1, users // 10)
    yield _up(low, per_s)
    yield Phase("before the spike", low, per_s, hold_s)
    yield Phase("spike", users, float(users), SETTLE_S, settles=True)
    yield Phase("on the spike", users, per_s, hold_s)
    yield Phase("after the spike", low, float(users), hold_s)


@shape
def reconnect_storm(users: int, per_s: float, hold_s: float = 60.0, settle_s: float = 600.0) -> Phases:
    """All links drop at once; every station wants back in."""
    yield from ramp(users, per_s, hold_s)
    yield Phase("reconnect storm", users, per_s, settle_s, "drop", settles=True)
    yield Phase("after the storm", users, per_s, hold_s)


@shape
def blackout(users: int, per_s: float, hold_s: float = 60.0, off_s: float = 60.0, settle_s: float = 600.0) -> Phases:
    """The grid fails, and comes back: all stations boot at once."""
    yield from ramp(users, per_s, hold_s)
    yield Phase("blackout", users, per_s, off_s, "power_off")
    yield Phase("recovery", users, per_s, settle_s, "power_on", settles=True)
    yield Phase("after the recovery", users, per_s, hold_s)


@shape
def find_the_knee(
    users: int, per_s: float, hold_s: float = 60.0, step: int | None = None, target: Target | None = None
) -> Phases:
    """Up in steps until the target is missed or not all stations are accepted; then half a step back, once."""
    size, within = step or max(1, users // 20), target or Target()
    count = number = 0
    while count < users:
        before, count, number = count, min(users, count + size), number + 1
        arrived = yield _up(count, per_s, before)
        held = yield Phase(f"step {number}: {count} stations", count, per_s, hold_s)
        if arrived.accepted < count or held.accepted < count or not within.kept(held):
            halfway = max(1, before + (count - before) // 2)
            yield Phase(f"back to {halfway}", halfway, per_s, hold_s)
            yield Phase(f"step {number + 1}: {halfway} stations", halfway, per_s, hold_s)
            return


class Playing:
    """A shape that is being played."""

    def __init__(self, phases: Phases) -> None:
        self._phases = phases
        self._begun_s: float | None = None
        self.phase: Phase | None = None
        self.ended = False
        self._moved = False

    def tick(self, now_s: float, seen: Seen) -> Phase | None:
        """The phase of this moment; None when the shape is over. ``seen`` is of the phase so far."""
        if self.ended:
            return None
        if self.phase is None or self._begun_s is None:
            self._next(now_s, None)
        elif self._over(self.phase, now_s - self._begun_s, seen):
            self._next(now_s, seen)
        return self.phase

    def _over(self, phase: Phase, elapsed_s: float, seen: Seen) -> bool:
        """What the fleet shows is a moment old: after an order it must have shown an effect first."""
        self._moved = self._moved or seen.accepted < phase.users or elapsed_s >= EFFECT_S
        settled = phase.settles and self._moved and seen.accepted >= phase.users
        return elapsed_s >= phase.for_s or settled

    def _next(self, now_s: float, seen: Seen | None) -> None:
        try:
            self.phase = next(self._phases) if seen is None else self._phases.send(seen)
            self._begun_s = now_s
            self._moved = False
        except StopIteration:
            self.phase, self.ended = None, True
