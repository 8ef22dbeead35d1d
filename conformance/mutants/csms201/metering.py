"""Faulty 2.0.1 CSMSs: metering."""

from __future__ import annotations

from conformance.mutants import fail_reply, mutant, refuse_reply
from conformance.vocabulary import PRESENT, one_of

METERED = {"meterValue": PRESENT}
WHILE_CHARGING = {"triggerReason": one_of("MeterValueClock", "MeterValuePeriodic")}

mutant("chokes_on_meter_values", refuse_reply("MeterValues", "InternalError"), breaks="J01.FR.18")
mutant("chokes_on_values_while_charging", fail_reply("TransactionEvent", WHILE_CHARGING), breaks="J02.FR.19")
mutant("chokes_on_final_values", fail_reply("TransactionEvent", {"eventType": "Ended", **METERED}), breaks="J02.FR.19")
mutant(
    "chokes_on_first_values",
    fail_reply("TransactionEvent", {"triggerReason": "CablePluggedIn", **METERED}),
    breaks="J02.FR.19",
)
