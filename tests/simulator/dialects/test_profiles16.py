"""Charging profiles of 1.6, read."""

from simulator.dialects.profiles16 import purpose_of, read
from simulator.smart.profile import ChargingProfile, Kind, Period, Purpose, Recurrency, Schedule, Unit
from tests.simulator.smart.profiles import T0, at


def test_all_that_a_profile_can_say():
    """§7.8, §7.13, §7.14."""
    ask = {
        "chargingProfileId": 4, "transactionId": 77, "stackLevel": 2, "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Recurring", "recurrencyKind": "Daily", "validFrom": "2025-06-02T06:00:00Z",
        "validTo": "2025-06-02T07:00:00Z",
        "chargingSchedule": {
            "duration": 600, "startSchedule": "2025-06-02T06:00:00Z", "chargingRateUnit": "W", "minChargingRate": 4.2,
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": 11000, "numberPhases": 3}, {"startPeriod": 60, "limit": 4.1},
            ],
        },
    }  # fmt: skip
    periods = Period(0, 11000.0, 3), Period(60, 4.1)
    schedule = Schedule(Unit.W, periods, starts=T0, duration_s=600, min_rate=4.2)
    assert read(ask) == ChargingProfile(
        4, 2, Purpose.TX, Kind.RECURRING, (schedule,), Recurrency.DAILY, T0, at(3600), transaction="77"
    )


def test_the_stations_maximum_has_another_name():
    """§7.10."""
    assert purpose_of("ChargePointMaxProfile") is Purpose.STATION_MAX
    assert purpose_of("TxDefaultProfile") is Purpose.TX_DEFAULT
