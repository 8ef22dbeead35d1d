"""Faulty 2.0.1 CSMSs: the profiles that they ask for, and limits of others."""

from __future__ import annotations

from conformance.mutants import change, mutant, refuse_reply

mutant("asks_for_profiles_without_criteria", change("GetChargingProfiles", "chargingProfile", {}), breaks="K09.FR.03")
mutant(
    "asks_for_a_purpose_beside_an_id",
    change("GetChargingProfiles", "chargingProfile.chargingProfilePurpose", "TxDefaultProfile"),
    breaks="K09.FR.03",
)
mutant(
    "asks_for_an_id_beside_other_criteria",
    change("GetChargingProfiles", "chargingProfile.chargingProfileId", [5]),
    breaks="K09.FR.03",
)
mutant("chokes_on_profile_reports", refuse_reply("ReportChargingProfiles", "InternalError"), breaks="OCPP-J.4.2.2")
mutant("chokes_on_limits_of_others", refuse_reply("NotifyChargingLimit", "NotSupported"), breaks="OCPP-J.4.2.2")
mutant("chokes_on_lifted_limits", refuse_reply("ClearedChargingLimit", "NotSupported"), breaks="OCPP-J.4.2.2")
