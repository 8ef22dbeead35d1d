"""Faulty 2.0.1 stations: monitoring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.mutants import (
    Outburst,
    Twist,
    accept_reply,
    change,
    change_reply,
    drop,
    mishear,
    mutant,
    say,
    unbidden,
)
from conformance.vocabulary import PRESENT, satisfying

SET, CLEAR, BASE, LEVEL = "SetVariableMonitoring", "ClearVariableMonitoring", "SetMonitoringBase", "SetMonitoringLevel"
GET, REPORT, EVENT = "GetMonitoringReport", "NotifyMonitoringReport", "NotifyEvent"
NOW = "2026-01-01T00:00:00Z"


def _without(*kinds: str) -> Callable[[list[Any]], list[Any]]:
    """A report's monitors but for those of these types."""

    def kept(entries: list[Any]) -> list[Any]:
        found = []
        for entry in entries:
            left = [each for each in entry["variableMonitoring"] if each["type"] not in kinds]
            found += [{**entry, "variableMonitoring": left}] if left else []
        return found

    return kept


mutant(
    "overlooks_monitoring_criteria",
    mishear(GET, "monitoringCriteria", None),
    breaks="N02.FR.06 N02.FR.10",
)
mutant("hides_lower_thresholds", change(REPORT, "monitor", _without("LowerThreshold")), breaks="N02.FR.12")
mutant("hides_delta_monitors", change(REPORT, "monitor", _without("Delta")), breaks="N02.FR.13")
mutant("hides_aligned_monitors", change(REPORT, "monitor", _without("PeriodicClockAligned")), breaks="N02.FR.14")
mutant(
    "reports_one_monitored_variable",
    change(REPORT, "monitor", lambda entries: entries[:1]),
    breaks="N02.FR.05 N02.FR.08 N02.FR.11",
)
mutant("reports_monitors_on_anything", mishear(GET, "componentVariable", None), breaks="N02.FR.08")
mutant("tells_of_another_monitoring_report", change(REPORT, "requestId", 4711), breaks="N02.FR.04")
mutant("counts_monitoring_reports_from_one", change(REPORT, "seqNo", lambda number: number + 1), breaks="N02.FR.09")
mutant("refuses_to_report_monitors", accept_reply(GET, {"status": "Rejected"}), breaks="N02.FR.01")
mutant("announces_monitoring_reports_only", drop(REPORT), breaks="N02.FR.03")
mutant("accepts_any_criterion", accept_reply(GET, {"status": "Accepted"}), breaks="N02.FR.02")

mutant(
    "knows_no_base_all", accept_reply(BASE, {"status": "NotSupported"}, {"monitoringBase": "All"}), breaks="N03.FR.03"
)
mutant(
    "knows_no_hard_wired_monitors",
    accept_reply(BASE, {"status": "NotSupported"}, {"monitoringBase": "HardWiredOnly"}),
    breaks="N03.FR.05",
)
mutant("keeps_custom_monitors", mishear(BASE, "monitoringBase", "All"), breaks="N03.FR.04 N03.FR.05")
mutant("accepts_any_base", accept_reply(BASE, {"status": "Accepted"}), breaks="N03.FR.02")
mutant("takes_any_level", accept_reply(LEVEL, {"status": "Accepted"}), breaks="N05.FR.02")
mutant("refuses_another_level", accept_reply(LEVEL, {"status": "Rejected"}, {"severity": 7}), breaks="N05.FR.01")
mutant("ignores_levels", mishear(LEVEL, "severity", 9), breaks="N05.FR.03")

RESULT = "setMonitoringResult"
REPLACED = {"setMonitoringData.0.id": PRESENT}


def _all(status: str) -> Callable[[list[Any]], list[Any]]:
    return lambda results: [{**each, "status": status} for each in results]


def _all_or_nothing(results: list[Any]) -> list[Any]:
    refused = any(each["status"] != "Accepted" for each in results)
    return _all("Rejected")(results) if refused else results


mutant("sets_no_monitors", change_reply(SET, f"{RESULT}.0.status", "Rejected"), breaks="N04.FR.08")
mutant("answers_about_another_variable", change_reply(SET, f"{RESULT}.0.variable.name", "Another"), breaks="N04.FR.02")
mutant("keeps_ids_of_monitors_to_itself", change_reply(SET, f"{RESULT}.0.id", None), breaks="N04.FR.11")
mutant("sets_another_monitor", change(REPORT, "monitor.0.variable.name", "Another"), breaks="N04.FR.08")
mutant("answers_about_the_first_monitor_only", change_reply(SET, RESULT, lambda told: told[:1]), breaks="N04.FR.01")
mutant(
    "takes_one_monitor_for_each_variable",
    change_reply(SET, f"{RESULT}.1.status", "Duplicate"),
    breaks="N04.FR.08",
)
mutant(
    "monitors_anything",
    change_reply(SET, RESULT, _all("Accepted")),
    breaks="N04.FR.03 N04.FR.04 N04.FR.05 N04.FR.06 N04.FR.10 N04.FR.14 N04.FR.16",
)
mutant(
    "moves_monitors_to_other_variables",
    change(REPORT, "monitor", lambda entries: [{**each, "variable": {"name": "Another"}} for each in entries]),
    breaks="N04.FR.16",
)
mutant("sets_all_monitors_or_none", change_reply(SET, RESULT, _all_or_nothing), breaks="N04.FR.08")
mutant("replaces_no_monitors", mishear(SET, "setMonitoringData.0.id", 99, REPLACED), breaks="N04.FR.12")
mutant(
    "only_says_that_it_replaces_monitors",
    change(REPORT, "monitor.0.variableMonitoring.0.severity", 5),
    breaks="N04.FR.12",
)
mutant(
    "forgets_monitors_in_a_reboot",
    unbidden(BASE, {"monitoringBase": "FactoryDefault"}, after="BootNotification"),
    breaks="N07.FR.13",
)

CLEARED = "clearMonitoringResult"
DELTA_AGAIN = {
    "value": 1,
    "type": "Delta",
    "severity": 5,
    "component": {"name": "ChargingStation"},
    "variable": {"name": "AvailabilityState"},
}

mutant("clears_another_monitor", change_reply(CLEAR, f"{CLEARED}.0.id", 99), breaks="N06.FR.05")
mutant("clears_no_monitors", change_reply(CLEAR, f"{CLEARED}.0.status", "NotFound"), breaks="N06.FR.01")
mutant("answers_about_the_first_clearing_only", change_reply(CLEAR, CLEARED, lambda told: told[:1]), breaks="N06.FR.05")
mutant(
    "cleared_monitors_come_back",
    unbidden(SET, {"setMonitoringData": [DELTA_AGAIN]}, after=CLEAR),
    breaks="N06.FR.01",
)
mutant("clears_any_monitor", change_reply(CLEAR, f"{CLEARED}.0.status", "Accepted"), breaks="N06.FR.02 N06.FR.03")


def _each(name: str, value: Any) -> Twist:
    """Events with another field; None takes it away."""

    def changed(events: list[Any]) -> list[Any]:
        spoilt = [{**each, name: value} for each in events]
        return [{key: there for key, there in each.items() if there is not None} for each in spoilt]

    return change(EVENT, "eventData", changed)


def _lost(holds: Callable[[Any], bool]) -> Twist:
    """Notifications are never sent that tell of such an event."""
    return drop(EVENT, {"eventData": satisfying("such an event", lambda events: any(map(holds, events)))})


def _triggered(name: str) -> Callable[[Any], bool]:
    return lambda event: bool(event["trigger"] == name)


def _custom(event: Any) -> bool:
    return "variableMonitoringId" in event


mutant("raises_no_alerts", _lost(_triggered("Alerting")), breaks="N07.FR.11 N07.FR.16")
mutant("alerts_are_changes", _each("trigger", "Delta"), breaks="N07.FR.16")
mutant("never_within_thresholds_again", _lost(lambda event: event.get("cleared", False)), breaks="N07.FR.02")
mutant(
    "overlooks_lower_thresholds",
    change(
        EVENT,
        "eventData",
        lambda events: [
            each for each in events if not _custom(each) or each["actualValue"] != "0.0" or "cleared" in each
        ],
    ),
    breaks="N07.FR.17",
)
mutant("tells_no_changes", _lost(_triggered("Delta")), breaks="N07.FR.18 N07.FR.19")
mutant("tells_of_every_change", mishear(SET, "setMonitoringData.0.value", 0), breaks="N07.FR.18")
mutant("tells_no_monitor_of_events", _each("variableMonitoringId", None), breaks="N07.FR.06")
mutant("tells_another_variable_of_events", _each("variable", {"name": "Another"}), breaks="N07.FR.06")
mutant("counts_events_from_one", change(EVENT, "seqNo", lambda number: number + 1), breaks="N07.FR.07")
mutant("tells_secrets", _each("actualValue", "secret"), breaks="N07.FR.10")


def _afterwards(**fields: Any) -> Outburst:
    """An alert of a monitor after that was cleared."""
    alert = {
        "eventId": 4711,
        "timestamp": NOW,
        "trigger": "Alerting",
        "actualValue": "0",
        "eventNotificationType": "CustomMonitor",
        "variableMonitoringId": 1,
        "component": {"name": "EVSE", "evse": {"id": 1}},
        "variable": {"name": "Power"},
    }
    return say(EVENT, {"generatedAt": NOW, "seqNo": 0, "eventData": [alert | fields]}, after=CLEAR)


mutant("clears_alerts_of_monitors_that_are_gone", _afterwards(cleared=True), breaks="N07.FR.12")
mutant("alerts_by_monitors_that_are_gone", _afterwards(), breaks="N06.FR.01")
mutant("tells_nothing_regularly", _lost(_triggered("Periodic")), breaks="N08.FR.06")
mutant("alerts_regularly", _each("trigger", "Alerting"), breaks="N08.FR.05")
mutant("tells_every_second_period", mishear(SET, "setMonitoringData.0.value", 60), breaks="N08.FR.06")
mutant("forgets_events_offline", _lost(_triggered("Delta")), breaks="N07.FR.04")
mutant(
    "queues_any_event",
    mishear(
        "SetVariables",
        "setVariableData.0.attributeValue",
        "9",
        {"setVariableData.0.variable.name": "OfflineQueuingSeverity"},
    ),
    breaks="N07.FR.04",
)
mutant("tells_nothing_by_itself", _lost(lambda event: not _custom(event)), breaks="N07.FR.07")
mutant("calls_hard_wired_events_custom", _each("eventNotificationType", "CustomMonitor"), breaks="N07.FR.07")
