"""Faulty 1.6 central systems: smart charging."""

from __future__ import annotations

from conformance.mutants import change, mutant
from conformance.vocabulary import ABSENT, PRESENT

SET, CLEAR, SCHEDULE, START = (
    "SetChargingProfile",
    "ClearChargingProfile",
    "GetCompositeSchedule",
    "RemoteStartTransaction",
)
SENT, PURPOSE = "csChargingProfiles", "chargingProfilePurpose"

mutant("limits_something_else_16", change(SET, f"{SENT}.{PURPOSE}", "ChargePointMaxProfile"), breaks="1.6:3.13.1")
mutant("limits_another_connector_16", change(SET, "connectorId", 99), breaks="1.6:3.13.1")
mutant(
    "limits_without_a_limit_16",
    change(SET, f"{SENT}.chargingSchedule.chargingSchedulePeriod.0.limit", 0.0),
    breaks="1.6:5.16",
)
mutant(
    "limits_from_an_unknown_time_16",
    change(SET, f"{SENT}.chargingSchedule.startSchedule", None),
    breaks="1.6:7.9",
)
mutant(
    "starts_its_periods_late_16",
    change(SET, f"{SENT}.chargingSchedule.chargingSchedulePeriod.0.startPeriod", 60),
    breaks="1.6:5.16.4",
)
mutant("limits_no_transaction_16", change(SET, f"{SENT}.transactionId", None), breaks="1.6:5.16.3")

mutant("starts_without_a_profile_16", change(START, "chargingProfile", None), breaks="1.6:5.11")
mutant("starts_with_a_default_16", change(START, f"chargingProfile.{PURPOSE}", "TxDefaultProfile"), breaks="1.6:5.16.2")
mutant("starts_with_a_transaction_16", change(START, "chargingProfile.transactionId", 7), breaks="1.6:5.16.2")

mutant("asks_for_another_schedule_16", change(SCHEDULE, "connectorId", 99), breaks="1.6:5.7")
mutant("asks_for_a_shorter_schedule_16", change(SCHEDULE, "duration", 60), breaks="1.6:5.7")
mutant("asks_in_another_unit_16", change(SCHEDULE, "chargingRateUnit", None), breaks="1.6:5.7")

mutant("clears_another_profile_16", change(CLEAR, "id", 987654, {"id": PRESENT}), breaks="1.6:5.5")
mutant("clears_another_purpose_16", change(CLEAR, PURPOSE, "TxProfile", {PURPOSE: PRESENT}), breaks="1.6:5.5")
mutant(
    "clears_one_connector_16",
    change(CLEAR, "connectorId", 1, {"id": ABSENT, PURPOSE: ABSENT}),
    breaks="1.6:5.5",
)
