"""Charging profiles as OCPP 2.0.1 and 2.1 write them (ChargingProfileType)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from protocol.stamps import parse, stamp
from simulator.dialects.dialect import Message, Payload
from simulator.smart.acceptance import Refusal
from simulator.smart.profile import ChargingProfile, Installed, Kind, Period, Purpose, Recurrency, Schedule, Unit

UNREAD = {
    "useLocalTime": Refusal.SCHEDULE,  # K01.FR.123
    "randomizedDelay": Refusal.SCHEDULE,  # K01.FR.124
    "limitAtSoC": Refusal.SCHEDULE,  # K01.FR.125
    "evseSleep": Refusal.SCHEDULE,  # K01.FR.126
}
"""What only 2.1 can ask for in a schedule or a period, and this station does not do."""


class UnreadableProfileError(ValueError):
    """A profile of which this station cannot make anything. ``why``: the reason code."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


def read(ask: Payload) -> ChargingProfile:
    """A profile from a message. Raises UnreadableProfileError."""
    if ask["chargingProfilePurpose"] not in {purpose.value for purpose in Purpose}:
        raise UnreadableProfileError(Refusal.PURPOSE)  # K01.FR.120
    if ask["chargingProfileKind"] not in {kind.value for kind in Kind}:
        raise UnreadableProfileError(Refusal.KIND)  # K01.FR.121
    if "dynUpdateInterval" in ask or "dynUpdateTime" in ask:
        raise UnreadableProfileError(Refusal.PROFILE)  # K01.FR.122
    recurrency = ask.get("recurrencyKind")
    return ChargingProfile(
        id=ask["id"],
        stack_level=ask["stackLevel"],
        purpose=Purpose(ask["chargingProfilePurpose"]),
        kind=Kind(ask["chargingProfileKind"]),
        schedules=tuple(map(read_schedule, ask["chargingSchedule"])),
        recurrency=None if recurrency is None else Recurrency(recurrency),
        valid_from=read_instant(ask, "validFrom", Refusal.PROFILE),
        valid_to=read_instant(ask, "validTo", Refusal.PROFILE),
        transaction=ask.get("transactionId"),
    )


def read_schedule(ask: Payload) -> Schedule:
    """A schedule from a message (ChargingScheduleType). Raises UnreadableProfileError."""
    _check_read(ask)
    tariff = ask.get("salesTariff")
    return Schedule(
        Unit(ask["chargingRateUnit"]),
        tuple(map(_read_period, ask["chargingSchedulePeriod"])),
        id=ask["id"],
        starts=read_instant(ask, "startSchedule", Refusal.SCHEDULE),
        duration_s=ask.get("duration"),
        min_rate=ask.get("minChargingRate"),
        sales_tariff=None if tariff is None else json.dumps(tariff),
    )


def _read_period(ask: Payload) -> Period:
    _check_read(ask)
    if "limit" not in ask or ask.get("operationMode", "ChargingOnly") != "ChargingOnly":
        raise UnreadableProfileError(Refusal.SCHEDULE)
    return Period(ask["startPeriod"], float(ask["limit"]), ask.get("numberPhases"), ask.get("phaseToUse"))


def _check_read(ask: Payload) -> None:
    for field, why in UNREAD.items():
        if ask.get(field):
            raise UnreadableProfileError(why)


def read_instant(ask: Mapping[str, str], field: str, why: Refusal) -> datetime | None:
    """A date and time, None where there is none. Raises UnreadableProfileError for one that says nothing."""
    try:
        return parse(ask[field]) if field in ask else None
    except ValueError:
        raise UnreadableProfileError(why) from None


def written(profile: ChargingProfile) -> Payload:
    """A profile as it is reported: what it came as."""
    told = {
        "id": profile.id,
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": profile.purpose.value,
        "chargingProfileKind": profile.kind.value,
        "recurrencyKind": None if profile.recurrency is None else profile.recurrency.value,
        "validFrom": _written_instant(profile.valid_from),
        "validTo": _written_instant(profile.valid_to),
        "transactionId": profile.transaction,
        "chargingSchedule": [written_schedule(schedule) for schedule in profile.schedules],
    }
    return _given(told)


def written_schedule(schedule: Schedule) -> Payload:
    """A schedule as it is reported."""
    told = {
        "id": schedule.id,
        "startSchedule": _written_instant(schedule.starts),
        "duration": schedule.duration_s,
        "chargingRateUnit": schedule.unit.value,
        "minChargingRate": schedule.min_rate,
        "salesTariff": None if schedule.sales_tariff is None else json.loads(schedule.sales_tariff),
        "chargingSchedulePeriod": [written_period(period) for period in schedule.periods],
    }
    return _given(told)


def written_period(period: Period) -> Payload:
    """A period as it is reported."""
    told = {
        "startPeriod": period.start_s,
        "limit": period.limit,
        "numberPhases": period.phases,
        "phaseToUse": period.phase,
    }
    return _given(told)


def _written_instant(instant: datetime | None) -> str | None:
    return None if instant is None else stamp(instant)


def _given(told: Payload) -> Payload:
    return {key: value for key, value in told.items() if value is not None}


def limit_set(installed: Installed, critical: bool | None, *, with_schedule: bool) -> Message:
    """NotifyChargingLimit (K11.FR.02, .03, K12.FR.02, .03)."""
    limit: Payload = {"chargingLimitSource": installed.source}
    if critical is not None:
        limit["isGridCritical"] = critical
    told: Payload = {"chargingLimit": limit}
    if installed.evse:
        told["evseId"] = installed.evse
    if with_schedule:
        told["chargingSchedule"] = [written_schedule(schedule) for schedule in installed.profile.schedules]
    return "NotifyChargingLimit", told


def limit_cleared(installed: Installed) -> Message:
    """ClearedChargingLimit (K13.FR.02)."""
    told: Payload = {"chargingLimitSource": installed.source}
    if installed.evse:
        told["evseId"] = installed.evse
    return "ClearedChargingLimit", told
