"""Faulty 2.0.1 CSMSs: charging profiles set and cleared, composite schedules."""

from __future__ import annotations

from conformance.mutants import change, drop, mutant, once, refuse_reply
from conformance.vocabulary import PRESENT

SCHEDULE = "chargingProfile.chargingSchedule.0"
PERIOD = f"{SCHEDULE}.chargingSchedulePeriod.0"
CRITERIA = "chargingProfileCriteria"
TRANSACTION = "chargingProfile.transactionId"
LATER = [{"startPeriod": second, "limit": 6.0} for second in (60, 30)]

mutant("begins_schedules_late", change("SetChargingProfile", f"{PERIOD}.startPeriod", 10), breaks="K01.FR.31")
mutant(
    "sends_no_start_of_a_schedule", change("SetChargingProfile", f"{SCHEDULE}.startSchedule", None), breaks="K01.FR.40"
)
mutant("numbers_phases_at_random", change("SetChargingProfile", f"{PERIOD}.phaseToUse", 2), breaks="K01.FR.19")
mutant(
    "makes_everything_relative",
    change("SetChargingProfile", "chargingProfile.chargingProfileKind", "Relative"),
    breaks="K01.FR.38",
)
mutant("sends_profiles_of_no_transaction", change("SetChargingProfile", TRANSACTION, None), breaks="K01.FR.03")
mutant("sends_profiles_of_another_transaction", change("SetChargingProfile", TRANSACTION, "other"), breaks="K01.FR.03")
mutant(
    "starts_relative_schedules_at_a_time",
    change("SetChargingProfile", f"{SCHEDULE}.startSchedule", "2026-01-01T00:00:00Z"),
    breaks="K01.FR.41",
)
mutant(
    "replaces_profiles_by_others",
    once("SetChargingProfile", {}, change("SetChargingProfile", "chargingProfile.id", 999)),
    breaks="K01.FR.06",
)
mutant("gives_every_profile_one_id", change("SetChargingProfile", "chargingProfile.id", 5), breaks="K01.FR.05")
mutant(
    "limits_in_the_name_of_others",
    change("SetChargingProfile", "chargingProfile.chargingProfilePurpose", "ChargingStationExternalConstraints"),
    breaks="K01.FR.22",
)
mutant(
    "sends_two_schedules",
    change("SetChargingProfile", "chargingProfile.chargingSchedule", lambda schedules: schedules * 2),
    breaks="K01.FR.34",
)
mutant(
    "mixes_up_periods",
    change("SetChargingProfile", f"{SCHEDULE}.chargingSchedulePeriod", lambda periods: [*periods, *LATER]),
    breaks="K01.FR.35",
)
mutant("limits_no_evse_in_particular", change("SetChargingProfile", "evseId", 0), breaks="K01.FR.16")
mutant("gives_up_after_not_supported", refuse_reply("Heartbeat", "InternalError"), breaks="OCPP-J.4.2.2")
mutant("gives_up_after_unknown_profiles", refuse_reply("Heartbeat", "InternalError"), breaks="OCPP-J.4.2.2")

mutant(
    "starts_with_a_default_profile",
    change("RequestStartTransaction", "chargingProfile.chargingProfilePurpose", "TxDefaultProfile"),
    breaks="F01.FR.09 K05.FR.02",
)
mutant(
    "starts_with_a_profile_of_a_transaction",
    change("RequestStartTransaction", TRANSACTION, "other"),
    breaks="F01.FR.11",
)

mutant(
    "clears_by_id_and_criteria",
    change("ClearChargingProfile", "chargingProfileId", 5, {CRITERIA: PRESENT}),
    change("ClearChargingProfile", CRITERIA, {"stackLevel": 0}),
    breaks="K10.FR.02",
)
mutant(
    "clears_without_saying_what",
    change("ClearChargingProfile", CRITERIA, None, {CRITERIA: PRESENT}),
    change("ClearChargingProfile", "chargingProfileId", None),
    breaks="K10.FR.02",
)
mutant("asks_for_schedules_of_another_evse", change("GetCompositeSchedule", "evseId", 7), breaks="K08.FR.01")
mutant("asks_for_no_schedule", drop("GetCompositeSchedule"), breaks="K08.FR.01")
