"""Faulty 2.0.1 CSMSs: reports of the device model."""

from __future__ import annotations

from conformance.mutants import change, fail_reply, mutant, refuse_reply
from conformance.vocabulary import ABSENT

mutant(
    "asks_for_another_inventory",
    change("GetBaseReport", "reportBase", "FullInventory"),
    breaks="B07.FR.07",
)
mutant(
    "asks_for_configuration_alone", change("GetBaseReport", "reportBase", "ConfigurationInventory"), breaks="B07.FR.08"
)
mutant(
    "asks_for_everything_in_place_of_a_summary",
    change("GetBaseReport", "reportBase", "FullInventory"),
    breaks="B07.FR.09",
)
mutant("chokes_on_configuration", refuse_reply("NotifyReport", "InternalError"), breaks="B07.FR.07")
mutant(
    "chokes_on_the_end_of_a_report",
    fail_reply("NotifyReport", {"tbc": ABSENT, "seqNo": 2}, "FormatViolation"),
    breaks="B07.FR.08",
)
mutant("chokes_on_reports", refuse_reply("NotifyReport", "InternalError"), breaks="B08.FR.03")
mutant("forgets_the_criteria", change("GetReport", "componentCriteria", None), breaks="B08.FR.01")
mutant("asks_of_every_evse", change("GetReport", "componentVariable.0.component.evse", None), breaks="B08.FR.01")
