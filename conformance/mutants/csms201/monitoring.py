"""Faulty 2.0.1 CSMSs: monitoring."""

from __future__ import annotations

from conformance.mutants import change, change_reply, drop, fail_reply, mutant

GET, REPORT, EVENT = "GetMonitoringReport", "NotifyMonitoringReport", "NotifyEvent"
SET, CLEAR, BASE, LEVEL = "SetVariableMonitoring", "ClearVariableMonitoring", "SetMonitoringBase", "SetMonitoringLevel"
PLACE = {"component": {"name": "ChargingStation"}, "variable": {"name": "Power"}}

mutant("asks_for_any_monitors", change(GET, "monitoringCriteria", None), breaks="N02.FR.05")
mutant("asks_for_monitors_on_anything", change(GET, "componentVariable", None), breaks="N02.FR.05")
mutant("narrows_monitoring_reports", change(GET, "componentVariable", [PLACE]), breaks="N02.FR.06 N02.FR.11")
mutant(
    "asks_for_threshold_monitors_alone",
    change(GET, "monitoringCriteria", ["ThresholdMonitoring"]),
    breaks="N02.FR.08 N02.FR.11",
)
mutant(
    "asks_for_monitors_on_one_variable",
    change(GET, "componentVariable", lambda named: named[:1]),
    breaks="N02.FR.05",
)
mutant("chokes_on_monitoring_reports", fail_reply(REPORT, {}), breaks="N02.FR.03")

mutant("knows_only_the_base_all", change(BASE, "monitoringBase", "All"), breaks="N03.FR.04 N03.FR.05")
mutant(
    "knows_only_the_base_of_hard_wired_monitors",
    change(BASE, "monitoringBase", "HardWiredOnly"),
    breaks="N03.FR.03 N03.FR.04",
)
mutant("sets_another_level", change(LEVEL, "severity", 5), breaks="N05.FR.01")
mutant("sets_no_level", drop(LEVEL), breaks="N05.FR.02")

mutant(
    "sets_monitors_on_another_variable",
    change(SET, "setMonitoringData.0.variable.name", "Power"),
    breaks="N04.FR.02",
)
mutant("sets_deltas_of_words", change(SET, "setMonitoringData.0.value", 5), breaks="N04.FR.17")
mutant("sets_monitors_of_another_severity", change(SET, "setMonitoringData.0.severity", 5), breaks="N04.FR.01")
mutant("sets_the_first_monitor_only", change(SET, "setMonitoringData", lambda data: data[:1]), breaks="N04.FR.01")

mutant("clears_many_monitors_at_once", change(CLEAR, "id", [1, 2, 3]), breaks="N06.FR.04")
mutant("clears_nothing_on_demand", drop(CLEAR), breaks="N06.FR.03")

mutant(
    "chokes_on_hard_wired_events",
    fail_reply(EVENT, {"eventData.0.eventNotificationType": "HardWiredNotification"}),
    breaks="N07.FR.03",
)
mutant("chokes_on_periodic_events", fail_reply(EVENT, {"eventData.0.trigger": "Periodic"}), breaks="N08.FR.02")
mutant("chokes_on_events_without_a_value", fail_reply(EVENT, {"eventData.0.actualValue": ""}), breaks="N07.FR.03")
mutant("chokes_on_cleared_alerts", fail_reply(EVENT, {"eventData.0.cleared": True}), breaks="N07.FR.03")
mutant("answers_events_with_a_status", change_reply(EVENT, "status", "Accepted"), breaks="N07.FR.03 N08.FR.02")
