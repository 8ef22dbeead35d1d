"""Faulty 2.0.1 stations: EVs that want a schedule."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, drop, mutant, once

REJECTED = {"status": "Rejected"}
LIMIT = "chargingSchedule.chargingSchedulePeriod.0.limit"
OFFERED = "chargingProfile.chargingSchedule.0.chargingSchedulePeriod.0.limit"
CHARGING = {"transactionInfo.chargingState": "Charging"}

mutant("keeps_needs_to_itself", drop("NotifyEVChargingNeeds"), breaks="K15.FR.01")
mutant(
    "needs_without_parameters",
    change("NotifyEVChargingNeeds", "chargingNeeds.acChargingParameters", None),
    change("NotifyEVChargingNeeds", "chargingNeeds.dcChargingParameters", None),
    breaks="K15.FR.06",
)
mutant("oversteps_the_schedule", change("NotifyEVChargingSchedule", LIMIT, lambda limit: 2 * limit), breaks="K15.FR.09")
mutant("keeps_the_schedule_to_itself", drop("NotifyEVChargingSchedule"), breaks="K15.FR.10")
mutant("never_charges_without_a_schedule", drop("TransactionEvent", CHARGING), breaks="K17.FR.04")
mutant("charges_nobody_offline", drop("TransactionEvent", CHARGING), breaks="K15.FR.15")
mutant("tells_nothing_of_being_offline", change("TransactionEvent", "offline", None), breaks="K15.FR.15")
mutant(
    "keeps_later_needs_to_itself",
    once("NotifyEVChargingNeeds", {}, drop("NotifyEVChargingNeeds")),
    breaks="K17.FR.01",
)
mutant("takes_no_later_schedule", accept_reply("SetChargingProfile", REJECTED, {OFFERED: 15}), breaks="K01.FR.04")
mutant(
    "takes_no_schedule_while_charging", accept_reply("SetChargingProfile", REJECTED, {OFFERED: 8}), breaks="K16.FR.01"
)
mutant("schedules_of_another_evse", change("NotifyEVChargingSchedule", "evseId", 2), breaks="K17.FR.10")
