"""Faulty 2.0.1 stations: what they make of several profiles, and of their times."""

from __future__ import annotations

from conformance.mutants import accept_reply, change_reply, mishear, mutant

PERIOD = "schedule.chargingSchedulePeriod.0.limit"
PURPOSE = "chargingProfile.chargingProfilePurpose"
CLEARED = "chargingProfileCriteria.chargingProfilePurpose"
SCHEDULE = "chargingProfile.chargingSchedule.0"
LONG_AGO = "2026-03-02T07:00:00Z"

mutant("schedules_shorter_than_asked", mishear("GetCompositeSchedule", "duration", 60), breaks="K08.FR.02")
mutant(
    "schedules_another_time",
    change_reply("GetCompositeSchedule", "schedule.scheduleStart", LONG_AGO),
    breaks="K08.FR.02",
)
mutant(
    "follows_the_lowest_stack_level",
    mishear("SetChargingProfile", "chargingProfile.stackLevel", 9, {"chargingProfile.stackLevel": 0}),
    breaks="K01.FR.17",
)
mutant(
    "stays_at_the_highest_stack_level",
    mishear("SetChargingProfile", f"{SCHEDULE}.duration", None, {"chargingProfile.stackLevel": 1}),
    breaks="K08.FR.02",
)
mutant(
    "forgets_the_maximum_of_the_station",
    mishear("SetChargingProfile", f"{SCHEDULE}.duration", 1, {PURPOSE: "ChargingStationMaxProfile"}),
    breaks="K08.FR.04",
)
mutant(
    "prefers_the_default_in_a_transaction",
    mishear("SetChargingProfile", f"{SCHEDULE}.duration", 1, {PURPOSE: "TxProfile"}),
    breaks="K08.FR.04",
)
mutant("schedules_in_any_unit", mishear("GetCompositeSchedule", "chargingRateUnit", "A"), breaks="K08.FR.07")
mutant("schedules_of_any_evse", mishear("GetCompositeSchedule", "evseId", 1), breaks="K08.FR.05")
mutant(
    "follows_profiles_too_early", mishear("SetChargingProfile", "chargingProfile.validFrom", None), breaks="K01.FR.36"
)
mutant("follows_profiles_too_long", mishear("SetChargingProfile", "chargingProfile.validTo", None), breaks="K01.FR.37")
mutant(
    "follows_defaults_at_one_evse_alone",
    change_reply("GetCompositeSchedule", PERIOD, 32, {"schedule.evseId": 1}),
    breaks="K01.FR.14",
)
mutant(
    "starts_schedules_at_once",
    mishear("SetChargingProfile", f"{SCHEDULE}.startSchedule", LONG_AGO),
    breaks="K01.FR.30",
)
mutant("spares_the_transaction_that_runs", change_reply("GetCompositeSchedule", PERIOD, 32), breaks="K01.FR.32")
mutant(
    "holds_on_to_a_cleared_default",
    change_reply("GetCompositeSchedule", PERIOD, 6),
    breaks="K10.FR.07",
)
mutant(
    "clears_no_default_profile",
    accept_reply("ClearChargingProfile", {"status": "Unknown"}, {CLEARED: "TxDefaultProfile"}),
    breaks="K10.FR.04",
)
