"""Faulty 2.0.1 stations: what they report of charging profiles."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, mishear, mutant
from conformance.vocabulary import PRESENT

CRITERIA = "chargingProfile"
NOTHING = {"status": "NoProfiles"}

mutant("reports_every_evse_for_0", mishear("GetChargingProfiles", "evseId", None, {"evseId": 0}), breaks="K09.FR.05")
mutant("reports_every_evse_for_one", mishear("GetChargingProfiles", "evseId", None), breaks="K09.FR.04")
mutant("reports_the_station_alone", mishear("GetChargingProfiles", "evseId", 0), breaks="K09.FR.06")
mutant("reports_whatever_id", mishear("GetChargingProfiles", CRITERIA, {}), breaks="K09.FR.06")
mutant(
    "reports_every_evse_by_purpose",
    mishear("GetChargingProfiles", "evseId", None),
    mishear("GetChargingProfiles", f"{CRITERIA}.chargingProfilePurpose", None),
    breaks="K09.FR.04",
)
mutant(
    "reports_whoever_limits",
    mishear("GetChargingProfiles", f"{CRITERIA}.chargingLimitSource", None),
    breaks="K09.FR.04",
)
mutant(
    "finds_nothing_by_stack_level",
    accept_reply("GetChargingProfiles", NOTHING, {f"{CRITERIA}.stackLevel": PRESENT}),
    breaks="K09.FR.04",
)
mutant(
    "finds_nothing_by_source",
    accept_reply("GetChargingProfiles", NOTHING, {f"{CRITERIA}.chargingLimitSource": PRESENT}),
    breaks="K09.FR.04",
)
mutant(
    "finds_nothing_by_purpose",
    accept_reply("GetChargingProfiles", NOTHING, {f"{CRITERIA}.chargingProfilePurpose": PRESENT}),
    breaks="K09.FR.04",
)
mutant("numbers_reports_by_itself", change("ReportChargingProfiles", "requestId", 1), breaks="K09.FR.01")
mutant("promises_more_reports", change("ReportChargingProfiles", "tbc", value=True), breaks="K09.FR.02")
mutant("ends_reports_too_early", change("ReportChargingProfiles", "tbc", None), breaks="K09.FR.02 K09.FR.06")
mutant(
    "calls_limits_of_others_its_own",
    change("ReportChargingProfiles", "chargingProfile.0.chargingProfilePurpose", "ChargingStationMaxProfile"),
    breaks="K12.FR.05",
)
mutant("hides_limits_of_others", accept_reply("GetChargingProfiles", NOTHING), breaks="K12.FR.05")
