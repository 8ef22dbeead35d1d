"""Short ways to say a charging profile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.smart.profile import ChargingProfile, Installed, Kind, Period, Purpose, Recurrency, Schedule, Unit
from simulator.smart.rate import Feed

T0 = datetime(2025, 6, 2, 6, tzinfo=UTC)
AC3 = Feed(3, 230.0, 32.0, 22_080.0)
AC1 = Feed(1, 230.0, 32.0, 7_360.0)
DC = Feed(0, 920.0, 400.0, 150_000.0, 0.95)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def schedule(*periods: tuple[int, float] | Period, unit: Unit = Unit.A, **fields: Any) -> Schedule:
    made = tuple(each if isinstance(each, Period) else Period(*each) for each in periods)
    return Schedule(unit, made, **{"starts": T0, **fields})


def profile(
    *periods: tuple[int, float] | Period,
    purpose: Purpose = Purpose.TX_DEFAULT,
    level: int = 0,
    id: int = 1,
    kind: Kind = Kind.ABSOLUTE,
    daily: bool = False,
    weekly: bool = False,
    valid: tuple[datetime | None, datetime | None] = (None, None),
    transaction: str | None = None,
    **fields: Any,
) -> ChargingProfile:
    recurrency = Recurrency.DAILY if daily else Recurrency.WEEKLY if weekly else None
    kind = Kind.RECURRING if recurrency else kind
    if kind is Kind.RELATIVE:
        fields["starts"] = None
    return ChargingProfile(
        id, level, purpose, kind, (schedule(*periods, **fields),), recurrency, *valid, transaction=transaction
    )


def installed(one: ChargingProfile, evse: int = 1, transaction: str | None = None, since: datetime = T0) -> Installed:
    return Installed(evse, one, since, transaction=transaction)
