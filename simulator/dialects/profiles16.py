"""Charging profiles as OCPP 1.6 writes them (§7.8, §7.13, §7.14)."""

from __future__ import annotations

from simulator.dialects.dialect import Payload
from simulator.dialects.profiles201 import read_instant
from simulator.smart.acceptance import Refusal, Rules
from simulator.smart.profile import ChargingProfile, Kind, Period, Purpose, Recurrency, Schedule, Unit

RULES = Rules(replaces=True, starts=False, names_tx=False)
"""§5.16.3: what is alike is replaced; §7.13: schedules need no start; §7.8: transactionId is optional."""

STATION_MAX = "ChargePointMaxProfile"


def purpose_of(name: str) -> Purpose:
    """A purpose by its name in 1.6."""
    return Purpose.STATION_MAX if name == STATION_MAX else Purpose(name)


def read(ask: Payload) -> ChargingProfile:
    """A profile from a message. Raises UnreadableProfileError for an instant that says nothing."""
    schedule = ask["chargingSchedule"]
    recurrency, transaction = ask.get("recurrencyKind"), ask.get("transactionId")
    periods = (
        Period(period["startPeriod"], float(period["limit"]), period.get("numberPhases"))
        for period in schedule["chargingSchedulePeriod"]
    )
    return ChargingProfile(
        id=ask["chargingProfileId"],
        stack_level=ask["stackLevel"],
        purpose=purpose_of(ask["chargingProfilePurpose"]),
        kind=Kind(ask["chargingProfileKind"]),
        schedules=(
            Schedule(
                Unit(schedule["chargingRateUnit"]),
                tuple(periods),
                starts=read_instant(schedule, "startSchedule", Refusal.SCHEDULE),
                duration_s=schedule.get("duration"),
                min_rate=schedule.get("minChargingRate"),
            ),
        ),
        recurrency=None if recurrency is None else Recurrency(recurrency),
        valid_from=read_instant(ask, "validFrom", Refusal.PROFILE),
        valid_to=read_instant(ask, "validTo", Refusal.PROFILE),
        transaction=None if transaction is None else str(transaction),
    )
