"""Faulty 2.0.1 stations: reports of the device model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.mutants import accept_reply, change, change_reply, mutant, say
from conformance.vocabulary import Payload

Entries = list[Payload]
OTHER: Payload = {
    "component": {"name": "ChargingStation"},
    "variable": {"name": "Model"},
    "variableAttribute": [{"value": "M", "mutability": "ReadOnly"}],
    "variableCharacteristics": {"dataType": "string", "supportsMonitoring": False},
}

PART: Payload = {"requestId": 1, "generatedAt": "2026-01-01T00:00:00Z", "seqNo": 0, "reportData": [OTHER]}


def _without(component: str, variable: str = "", evse: int = 0) -> Callable[[Entries], Entries]:
    """The report with this left out; its first entry stays, for a report that is there has one."""

    def left(entry: Payload) -> bool:
        of, what = entry["component"], entry["variable"]["name"]
        here = evse in (0, of.get("evse", {}).get("id"))
        return not (of["name"] == component and variable in ("", what) and here)

    return lambda entries: [entry for entry in entries if left(entry)] or [OTHER]


def _spoilt(component: str, variable: str, part: str, **fields: Any) -> Callable[[Entries], Entries]:
    """The report with other fields in one part of what is told of a variable; None takes one away."""

    def spoil(entry: Payload) -> Payload:
        if (entry["component"]["name"], entry["variable"]["name"]) != (component, variable):
            return entry
        parts = entry[part] if isinstance(entry[part], list) else [entry[part]]
        for each in parts:
            each.update(fields)
            for name in [name for name, value in fields.items() if value is None]:
                each.pop(name, None)
        return entry

    return lambda entries: [spoil(entry) for entry in entries]


def _disabled(entries: Entries) -> Entries:
    for entry in entries:
        if entry["variable"]["name"] == "Enabled":
            entry["variableAttribute"][0]["value"] = "false"
            break
    return entries


def _all_but_one_enabled(entries: Entries) -> Entries:
    first = next((entry for entry in entries if entry["variable"]["name"] == "Enabled"), None)
    return [entry for entry in entries if entry is not first] or [OTHER]


mutant(
    "report_without_characteristics",
    change("NotifyReport", "reportData.0.variableCharacteristics", None),
    breaks="B07.FR.07 B07.FR.08 B07.FR.09",
)
mutant("refuses_to_report", change_reply("GetBaseReport", "status", "Rejected"), breaks="B07.FR.01")
mutant("refuses_to_report_on_parts", change_reply("GetReport", "status", "Rejected"), breaks="B08.FR.01")
mutant("report_of_another_request", change("NotifyReport", "requestId", 99), breaks="B07.FR.04 B08.FR.04")
mutant(
    "lists_what_nobody_can_set",
    change("NotifyReport", "reportData", lambda entries: [*entries, OTHER]),
    breaks="B07.FR.07",
)
mutant(
    "forgets_what_can_be_set",
    change("NotifyReport", "reportData", _without("OCPPCommCtrlr", "OfflineThreshold")),
    breaks="B07.FR.07",
)
mutant("sums_up_without_evses", change("NotifyReport", "reportData", _without("EVSE")), breaks="B07.FR.09")
mutant(
    "sums_up_without_the_station",
    change("NotifyReport", "reportData", _without("ChargingStation", "AvailabilityState")),
    breaks="B07.FR.09",
)
mutant(
    "counts_its_parts_from_one",
    change("NotifyReport", "seqNo", lambda number: number + 1),
    breaks="B07.FR.10 B08.FR.14",
)
mutant("promises_a_summary", accept_reply("GetBaseReport", {"status": "Accepted"}), breaks="B07.FR.02")
mutant("sums_up_all_the_same", say("NotifyReport", PART, after="GetBaseReport"), breaks="B07.FR.05")
mutant(
    "goes_by_any_criterion",
    accept_reply("GetReport", {"status": "Accepted"}, {"componentCriteria.0": "Available"}),
    breaks="B08.FR.02",
)
mutant("has_no_clock", change("NotifyReport", "reportData", _without("ClockCtrlr")), breaks="B07.FR.08")
mutant(
    "hides_an_evse",
    change("NotifyReport", "reportData", _without("EVSE", evse=1)),
    breaks="B07.FR.08",
)
mutant(
    "tells_its_password",
    change("NotifyReport", "reportData", _spoilt("SecurityCtrlr", "BasicAuthPassword", "variableAttribute", value="1")),
    breaks="B07.FR.03",
)
mutant(
    "keeps_a_value_to_itself",
    change("NotifyReport", "reportData", _spoilt("TxCtrlr", "StopTxOnInvalidId", "variableAttribute", value=None)),
    breaks="B07.FR.08",
)
mutant(
    "hides_what_lists_may_hold",
    change(
        "NotifyReport", "reportData", _spoilt("TxCtrlr", "TxStartPoint", "variableCharacteristics", valuesList=None)
    ),
    breaks="B07.FR.08",
)
mutant(
    "strays_from_its_list",
    change("NotifyReport", "reportData", _spoilt("TxCtrlr", "TxStartPoint", "variableAttribute", value="Whenever")),
    breaks="B07.FR.08",
)
mutant(
    "reports_what_is_disabled", change("NotifyReport", "reportData", _disabled, {"requestId": 2}), breaks="B08.FR.09"
)
mutant(
    "forgets_an_enabled_component",
    change("NotifyReport", "reportData", _all_but_one_enabled, {"requestId": 2}),
    breaks="B08.FR.09",
)
mutant(
    "enabled_in_reports_alone",
    change_reply("GetVariables", "getVariableResult.0.attributeValue", "false"),
    breaks="B06.FR.10",
)
mutant(
    "reports_more_than_asked",
    change("NotifyReport", "reportData", lambda entries: [*entries, OTHER]),
    breaks="B08.FR.05 B08.FR.11",
)
mutant(
    "reports_without_characteristics",
    change("NotifyReport", "reportData.0.variableCharacteristics", None),
    breaks="B08.FR.12",
)
mutant(
    "spells_states_its_own_way",
    change(
        "NotifyReport",
        "reportData",
        _spoilt("EVSE", "AvailabilityState", "variableCharacteristics", valuesList="Free,Busy"),
    ),
    breaks="B08.FR.12",
)
mutant(
    "lets_states_be_set",
    change(
        "NotifyReport",
        "reportData",
        _spoilt("EVSE", "AvailabilityState", "variableAttribute", mutability="ReadWrite"),
    ),
    breaks="B08.FR.03",
)
mutant("ignores_criteria", accept_reply("GetReport", {"status": "Accepted"}), breaks="B08.FR.15")
mutant("reports_one_instance", change("NotifyReport", "reportData", lambda entries: entries[:1]), breaks="B08.FR.21")
mutant(
    "reports_another_instance",
    change("NotifyReport", "reportData.0.variable.instance", "SetVariables"),
    breaks="B08.FR.11",
)
mutant(
    "reports_the_first_evse_alone",
    change("NotifyReport", "reportData", _without("EVSE", evse=2)),
    breaks="B08.FR.23",
)
