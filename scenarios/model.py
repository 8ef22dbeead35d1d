"""What a scenario is once it is understood: a fleet, who acts on it, and what must come of it.

Times ``…_s`` are simulated seconds since the start, or durations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from protocol.versions import Version
from scenarios.source import Source, Where

UNKNOWN = "Unknown"
"""The status of a token that a scenario names so that somebody may present it, and that the CSMS does not know."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token and what the CSMS says of it."""

    id: str
    status: str = "Accepted"
    type: str = "ISO14443"
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A firmware image that the CSMS offers. ``size``: of the payload, in bytes; ``sign``: rsa, ec or none."""

    name: str
    model: str
    version: str
    size: int = 500_000
    flaw: str = ""
    sign: str = "rsa"


@dataclass(frozen=True, slots=True)
class CsmsSettings:
    """How the CSMS is set up before the first station knocks."""

    boot: str = "Accepted"
    heartbeat_s: float = 300.0
    retry_s: float = 60.0
    tokens: tuple[Token, ...] = ()
    tls: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    images: tuple[Image, ...] = ()
    uploads: tuple[str, ...] = ()

    @property
    def has_files(self) -> bool:
        """Whether stations fetch or leave files there."""
        return bool(self.images or self.uploads)


@dataclass(frozen=True, slots=True)
class Group:
    """Stations of one kind. ``version`` None: that of the run."""

    id: str
    count: int
    profile: str
    version: Version | None
    config: Mapping[str, Any]
    stagger_s: float
    powered: bool
    password: str | None
    security_profile: int | None = None


@dataclass(frozen=True, slots=True)
class Berth:
    """One station of the fleet, before it is built. ``on_at_s``: when it is switched on; None: not by itself."""

    id: str
    profile: str
    version: Version
    config: Mapping[str, Any]
    on_at_s: float | None
    password: str | None
    security_profile: int | None = None


@dataclass(frozen=True, slots=True)
class Selector:
    """Some of the stations, by ids and patterns; no patterns stand for all of them."""

    patterns: tuple[str, ...] = ()

    def takes(self, station: str) -> bool:
        """Whether a station is meant."""
        return not self.patterns or any(fnmatchcase(station, pattern) for pattern in self.patterns)

    def __str__(self) -> str:
        return ", ".join(self.patterns) or "every station"


EVERYONE = Selector()


@dataclass(frozen=True, slots=True)
class Spread:
    """A value, or a range from which chance draws evenly."""

    low: float
    high: float

    def draw(self, uniform: Callable[[float, float], float]) -> float:
        """One value; ``uniform`` is that of a seeded random.Random."""
        return self.low if self.low == self.high else uniform(self.low, self.high)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a field must be; ``kind`` is a key of ``matchers.CONDITIONS``."""

    kind: str
    value: Any


Fields = Mapping[str, tuple[Condition, ...]]
"""Dotted paths to what stands there must be."""


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds that belong to what they allow."""

    at_least: float | None = None
    at_most: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a value lies within."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def __str__(self) -> str:
        if self.at_least == self.at_most and self.at_least is not None:
            return f"{self.at_least:g}"
        parts = [] if self.at_least is None else [f"at least {self.at_least:g}"]
        parts += [] if self.at_most is None else [f"at most {self.at_most:g}"]
        return " and ".join(parts)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A kind of event in the record: a message (by neutral name or action) or a fact, narrowed by fields.

    ``soon``: in an order, how many seconds after the one before it.
    """

    name: str
    is_fact: bool = False
    where: Fields = field(default_factory=dict)
    reply: Fields = field(default_factory=dict)
    sender: str | None = None
    soon: Range | None = None

    def __str__(self) -> str:
        return self.name + (" (narrowed)" if self.where or self.reply else "")


@dataclass(frozen=True, slots=True)
class Status:
    """A connector status to wait for, in the words of 2.0.1."""

    status: str
    evse: int | None = None

    def __str__(self) -> str:
        return f"status {self.status}" + (f" of EVSE {self.evse}" if self.evse else "")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a script: when, where and what. Without ``action`` it only waits."""

    action: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    at: str | None = None
    after_s: float | None = None
    when: Pattern | Status | None = None
    within_s: float | None = None
    station: Selector = EVERYONE
    note: str = ""
    place: Where = ()

    def __str__(self) -> str:
        return self.note or (self.action or "wait").replace("_", " ")


@dataclass(frozen=True, slots=True)
class Drivers:
    """People who come by chance. ``arrivals``: (from, to, per hour and station), in seconds since midnight.

    ``planned``: the share of them whose car knows when it departs. ``cable_a``: what their cables carry, each as
    likely; none: enough.
    """

    name: str
    stations: Selector
    arrivals: tuple[tuple[float, float, float], ...]
    stay_s: Spread
    ev: Mapping[str, float]
    soc: Spread
    target: Spread
    tokens: tuple[str, ...]
    begin: Mapping[str, float]
    end: Mapping[str, float]
    battery_c: Spread = Spread(20.0, 20.0)
    planned: float = 0.0
    cable_a: tuple[float, ...] = ()


class Scope(StrEnum):
    """Whether an expectation is about each station or about some of them together."""

    EACH = "each"
    TOGETHER = "together"


Moment = float | str | Pattern
"""Seconds since the start, a time of day, or the first event of a kind."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Something that must hold of the record. ``verb`` is a key of ``expectations.JUDGES``; ``about`` its arguments."""

    id: str
    title: str
    verb: str
    about: Mapping[str, Any]
    rule: str = ""
    version: Version | None = None
    scope: Scope = Scope.EACH
    station: Selector = EVERYONE
    after: Moment | None = None
    before: Moment | None = None
    within_s: float | None = None
    place: Where = ()


Script = Callable[[Any], Iterator[Any]]
"""A generator function of Python scenarios: takes the station (or the site), yields steps and expectations."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole scenario. ``version`` None: whatever the run asks for, else 2.0.1."""

    title: str
    duration_s: float
    start: datetime
    fleet: tuple[Group, ...]
    expect: tuple[Expectation, ...]
    source: Source
    seed: int = 1
    about: str = ""
    rules: tuple[str, ...] = ()
    version: Version | None = None
    csms: CsmsSettings = CsmsSettings()
    drivers: tuple[Drivers, ...] = ()
    steps: tuple[Step, ...] = ()
    operator: tuple[Step, ...] = ()
    faults: tuple[Step, ...] = ()
    script: Script | None = None

    @property
    def any_version(self) -> bool:
        """Whether some station takes the version that the run asks for."""
        return self.version is None and any(group.version is None for group in self.fleet)

    def token(self, id: str) -> Token | None:
        """A token that the scenario names."""
        return next((token for token in self.csms.tokens if token.id == id), None)
