"""Charging profiles as data: who limits what, when, and how one takes precedence over another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Purpose(StrEnum):
    """What a profile limits (ChargingProfilePurposeEnumType; 1.6 calls the second one ChargePointMaxProfile)."""

    EXTERNAL = "ChargingStationExternalConstraints"
    STATION_MAX = "ChargingStationMaxProfile"
    TX_DEFAULT = "TxDefaultProfile"
    TX = "TxProfile"


class Kind(StrEnum):
    """What the periods of a schedule are counted from (ChargingProfileKindEnumType)."""

    ABSOLUTE = "Absolute"
    RECURRING = "Recurring"
    RELATIVE = "Relative"


class Recurrency(StrEnum):
    """How often a schedule begins anew (RecurrencyKindEnumType)."""

    DAILY = "Daily"
    WEEKLY = "Weekly"

    @property
    def every(self) -> timedelta:
        """The time between two beginnings."""
        return timedelta(days=1 if self is Recurrency.DAILY else 7)


class Unit(StrEnum):
    """What a limit is counted in (ChargingRateUnitEnumType): A per phase, or W in all."""

    A = "A"
    W = "W"


@dataclass(frozen=True, slots=True)
class Period:
    """A limit from ``start_s`` after the schedule's beginning until the next period's. ``phases``: how many may be
    used, None for 3 (K01.FR.49); ``phase``: which, where it is one."""

    start_s: int
    limit: float
    phases: int | None = None
    phase: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Limits one after the other. ``starts``: None for when charging can begin; ``duration_s``: None for no end.

    ``min_rate``: below it charging is inefficient. ``sales_tariff``: as it came, in JSON.
    """

    unit: Unit
    periods: tuple[Period, ...]
    id: int = 0
    starts: datetime | None = None
    duration_s: int | None = None
    min_rate: float | None = None
    sales_tariff: str | None = None


@dataclass(frozen=True, slots=True)
class ChargingProfile:
    """One charging profile (ChargingProfileType). A higher ``stack_level`` has precedence over a lower one.

    ``transaction``: the transactionId that came with it.
    """

    id: int
    stack_level: int
    purpose: Purpose
    kind: Kind
    schedules: tuple[Schedule, ...]
    recurrency: Recurrency | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction: str | None = None

    def valid(self, at: datetime) -> bool:
        """K01.FR.10, .36, .37: from ``valid_from`` on, until before ``valid_to``."""
        return (self.valid_from is None or at >= self.valid_from) and (self.valid_to is None or at < self.valid_to)

    def overlaps(self, other: ChargingProfile) -> bool:
        """Whether there is an instant at which both are valid."""
        return _before(self.valid_from, other.valid_to) and _before(other.valid_from, self.valid_to)


def _before(begin: datetime | None, end: datetime | None) -> bool:
    return begin is None or end is None or begin < end


CSO = "CSO"
"""The charging station operator's CSMS, as the source of a limit (ChargingLimitSourceEnumType)."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A profile at an EVSE, or at the grid connection (0). ``source``: a ChargingLimitSourceEnumType.

    ``since``: what a relative schedule that belongs to no transaction counts from. ``transaction``: the station's own
    id of the one that a TxProfile is for, None while that is yet to begin. ``chosen``: which of its schedules.
    ``connector``: the one that 1.6 has set it for, 0 for whichever is in use.
    """

    evse: int
    profile: ChargingProfile
    since: datetime
    source: str = CSO
    transaction: str | None = None
    chosen: int = 0
    connector: int = 0

    @property
    def schedule(self) -> Schedule:
        """The one of its schedules that is followed."""
        return self.profile.schedules[self.chosen]


@dataclass(frozen=True, slots=True)
class Profiles:
    """All that are installed at a station: what its flash keeps (K01.FR.27)."""

    installed: tuple[Installed, ...] = ()
