"""Faulty 2.0.1 stations: charging profiles set, replaced and cleared."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, fail_reply, mishear, mutant, unbidden

ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}
LIMIT = "chargingProfile.0.chargingSchedule.0.chargingSchedulePeriod.0.limit"
TX = {"chargingProfile.chargingProfilePurpose": "TxProfile"}
CRITERIA = "chargingProfileCriteria"
FITTING = {f"{CRITERIA}.stackLevel": 0}

mutant("takes_no_profiles", accept_reply("SetChargingProfile", REJECTED), breaks="K01.FR.04 K01.FR.07")
mutant("default_profiles_go_everywhere", mishear("SetChargingProfile", "evseId", 0), breaks="K01.FR.15")
mutant("copies_default_profiles", change("ReportChargingProfiles", "evseId", 1), breaks="K01.FR.14")
mutant("maximum_of_one_evse", change("ReportChargingProfiles", "evseId", 1), breaks="K01.FR.07")
mutant("other_limits_than_set", change("ReportChargingProfiles", LIMIT, lambda limit: 2 * limit), breaks="K01.FR.15")
mutant(
    "forgets_how_long",
    mishear("SetChargingProfile", "chargingProfile.chargingSchedule.0.duration", None),
    breaks="K01.FR.07",
)
mutant(
    "loses_the_transaction_of_a_profile",
    change("ReportChargingProfiles", "chargingProfile.0.transactionId", "another"),
    breaks="K01.FR.04",
)
mutant("never_replaces_profiles", change("ReportChargingProfiles", LIMIT, 6), breaks="K01.FR.05")
mutant(
    "forgets_profiles_without_power",
    unbidden("ClearChargingProfile", {"chargingProfileId": 401}, after="BootNotification"),
    breaks="K01.FR.27",
)
mutant(
    "takes_nothing_that_recurs",
    accept_reply("SetChargingProfile", REJECTED, {"chargingProfile.chargingProfileKind": "Recurring"}),
    breaks="K01.FR.40",
)

mutant("takes_profiles_of_no_transaction", accept_reply("SetChargingProfile", ACCEPTED, TX), breaks="K01.FR.09")
mutant(
    "takes_transaction_profiles_for_all",
    accept_reply("SetChargingProfile", ACCEPTED, {"evseId": 0, **TX}),
    breaks="K01.FR.16",
)
mutant("takes_any_unit", accept_reply("SetChargingProfile", ACCEPTED), breaks="K01.FR.26")
mutant("takes_profiles_for_any_evse", accept_reply("SetChargingProfile", ACCEPTED), breaks="K01.FR.28")
mutant("takes_profiles_of_any_transaction", accept_reply("SetChargingProfile", ACCEPTED, TX), breaks="K01.FR.33")
mutant("rejects_profiles_that_it_cannot_take", accept_reply("SetChargingProfile", REJECTED), breaks="K01.FR.29")

mutant("drops_the_profile_of_a_start", mishear("RequestStartTransaction", "chargingProfile", None), breaks="K05.FR.03")
mutant("starts_nothing_with_a_profile", accept_reply("RequestStartTransaction", REJECTED), breaks="F01.FR.13")

mutant(
    "clears_no_profile",
    accept_reply("ClearChargingProfile", {"status": "Unknown"}, {"chargingProfileId": 401}),
    breaks="K10.FR.03",
)
mutant(
    "clears_profiles_in_words_alone",
    mishear("ClearChargingProfile", "chargingProfileId", 1),
    accept_reply("ClearChargingProfile", ACCEPTED),
    breaks="K10.FR.03",
)
mutant(
    "clears_profiles_by_id_alone",
    accept_reply("ClearChargingProfile", {"status": "Unknown"}, FITTING),
    breaks="K10.FR.04",
)
mutant(
    "heeds_no_stack_level_when_clearing",
    fail_reply("ClearChargingProfile", FITTING, "PropertyConstraintViolation"),
    breaks="K10.FR.04",
)
mutant(
    "clears_one_profile_of_several",
    mishear("ClearChargingProfile", f"{CRITERIA}.evseId", 1, FITTING),
    breaks="K10.FR.04",
)
mutant("clears_profiles_that_are_not_there", accept_reply("ClearChargingProfile", ACCEPTED), breaks="K10.FR.01")
