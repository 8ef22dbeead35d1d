"""Faulty 1.6 charge points: smart charging."""

from __future__ import annotations

from conformance.mutants import accept_reply, change_reply, mishear, mutant

SCHEDULE = "csChargingProfiles.chargingSchedule"
PURPOSE, LEVEL = "csChargingProfiles.chargingProfilePurpose", "csChargingProfiles.stackLevel"
LIMIT = "chargingSchedule.chargingSchedulePeriod.0.limit"

mutant("refuses_profiles_16", accept_reply("SetChargingProfile", {"status": "Rejected"}), breaks="1.6:5.16")
mutant("takes_any_profile_16", accept_reply("SetChargingProfile", {"status": "Accepted"}), breaks="1.6:3.13.1 1.6:5.16")
mutant("follows_no_profile_16", change_reply("GetCompositeSchedule", LIMIT, 32), breaks="1.6:3.13.1")
mutant(
    "ignores_the_profile_of_a_start_16",
    mishear("RemoteStartTransaction", "chargingProfile", None),
    breaks="1.6:5.11 1.6:5.16.2",
)
mutant(
    "forgets_the_maximum_16",
    mishear("SetChargingProfile", f"{SCHEDULE}.duration", 1, {PURPOSE: "ChargePointMaxProfile"}),
    breaks="1.6:3.13.3",
)
mutant("schedules_shorter_than_asked_16", mishear("GetCompositeSchedule", "duration", 60), breaks="1.6:5.7")
mutant(
    "follows_the_lowest_stack_level_16",
    mishear("SetChargingProfile", LEVEL, 9, {LEVEL: 0}),
    breaks="1.6:3.13.2",
)
mutant("clears_nothing_16", accept_reply("ClearChargingProfile", {"status": "Unknown"}), breaks="1.6:5.5")
mutant("clears_everything_16", mishear("ClearChargingProfile", "id", None), breaks="1.6:5.5")
