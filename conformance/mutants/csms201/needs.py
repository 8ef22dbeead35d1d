"""Faulty 2.0.1 CSMSs: EVs that want a schedule."""

from __future__ import annotations

from conformance.mutants import Twist, accept_reply, change, change_reply, drop, fail_reply, mutant, once
from conformance.vocabulary import PRESENT

TRANSACTION = "chargingProfile.transactionId"


def _after_the_second(twist: Twist) -> Twist:
    """Be wrong only after two charging profiles."""
    return once("SetChargingProfile", {}, once("SetChargingProfile", {"evseId": PRESENT}, twist))


mutant("meets_no_needs", change_reply("NotifyEVChargingNeeds", "status", "Rejected"), breaks="K15.FR.03")
mutant(
    "offers_a_default_profile",
    change("SetChargingProfile", "chargingProfile.chargingProfilePurpose", "TxDefaultProfile"),
    breaks="K15.FR.07",
)
mutant("refuses_fitting_schedules", change_reply("NotifyEVChargingSchedule", "status", "Rejected"), breaks="K15.FR.11")
mutant("accepts_any_schedule", accept_reply("NotifyEVChargingSchedule", {"status": "Accepted"}), breaks="K15.FR.12")
mutant(
    "meets_no_later_needs",
    once("SetChargingProfile", {}, change_reply("NotifyEVChargingNeeds", "status", "Rejected")),
    breaks="K17.FR.03",
)
mutant(
    "never_plans_twice",
    once("SetChargingProfile", {}, drop("SetChargingProfile")),
    breaks="K15.FR.13 K17.FR.07",
)
mutant("never_plans_after_a_change_of_its_own", _after_the_second(drop("SetChargingProfile")), breaks="K16.FR.12")
mutant(
    "refuses_later_schedules",
    _after_the_second(change_reply("NotifyEVChargingSchedule", "status", "Rejected")),
    breaks="K16.FR.06",
)
mutant(
    "sends_later_profiles_of_no_transaction",
    once("SetChargingProfile", {}, change("SetChargingProfile", TRANSACTION, None)),
    breaks="K01.FR.03",
)
mutant(
    "chokes_on_other_rates",
    fail_reply("TransactionEvent", {"triggerReason": "ChargingRateChanged"}),
    breaks="OCPP-J.4.2.2",
)
