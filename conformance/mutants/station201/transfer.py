"""Faulty 2.0.1 stations: transfer."""

from __future__ import annotations

from conformance.mutants import accept_reply, fail_reply, mishear, mutant
from conformance.vocabulary import PRESENT

CUSTOM = {"customData": PRESENT}
CUSTOM_DATA = "OCPP-2.0.1.part2.1.4"

mutant("accepts_any_vendor", accept_reply("DataTransfer", {"status": "Accepted"}), breaks="P01.FR.05")
mutant(
    "stumbles_over_custom_data",
    fail_reply("SetVariables", CUSTOM, "OccurrenceConstraintViolation"),
    breaks=CUSTOM_DATA,
)
mutant(
    "stores_nothing_with_custom_data",
    mishear("SetVariables", "setVariableData.0.attributeValue", "300", CUSTOM),
    breaks=CUSTOM_DATA,
)
mutant(
    "stumbles_over_custom_profiles",
    fail_reply("SetChargingProfile", {"chargingProfile.customData": PRESENT}, "PropertyConstraintViolation"),
    breaks=CUSTOM_DATA,
)
