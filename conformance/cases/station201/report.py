"""Block B, reports of the device model. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.cases.station201.inventory import (
    WRITABLE,
    Entry,
    actual,
    attributes,
    characteristics,
    component_of,
    listed_without_values,
    missing,
    name_of,
    outside_their_list,
    place_of,
    told_though_write_only,
    untold,
    values_of,
)
from conformance.cases.station201.states import ready
from conformance.vocabulary import (
    ABSENT,
    Matcher,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    ask,
    check,
    expect,
    given,
    optionally,
    satisfying,
    silence,
    station201,
)

FULL, CONFIGURATION, SUMMARY = "FullInventory", "ConfigurationInventory", "SummaryInventory"
STATE = "AvailabilityState"
STATES = {"Available", "Occupied", "Reserved", "Unavailable", "Faulted"}
SUPPORTED = {"status": "Accepted", "statusInfo.reasonCode": optionally("NoError")}


def whole_report(station: Subject, request_id: int, *, same: str = "B07.FR.04", counted: str = "B07.FR.10") -> Script:
    """All parts of a report, in order; returns its entries.

    ``same`` and ``counted`` are the requirements on its requestId and seqNo.
    """
    entries: list[Entry] = []
    number, more = 0, True
    while more:
        part: Received = yield expect("NotifyReport", station.message_s, having={"requestId": request_id}, rule=same)
        yield check(part.get("seqNo") == number, f"NotifyReport seqNo {number}", part.get("seqNo"), counted)
        entries += part.get("reportData", [])
        number, more = number + 1, bool(part.get("tbc", False))
    return entries


def inventory(station: Subject, base: str, request_id: int) -> Script:
    """A base report; returns its entries."""
    request = {"requestId": request_id, "reportBase": base}
    yield ask("GetBaseReport", request, having=SUPPORTED, rule="B07.FR.01")
    entries: list[Entry] = yield from whole_report(station, request_id)
    return entries


def custom(station: Subject, request_id: int, *wanted: Payload, criteria: Sequence[str] = ()) -> Script:
    """A report of what is named and fulfils one of the criteria; returns its entries."""
    yield ask("GetReport", _request(request_id, *wanted, criteria=criteria), having=SUPPORTED, rule="B08.FR.01")
    entries: list[Entry] = yield from whole_report(station, request_id, same="B08.FR.04", counted="B08.FR.14")
    yield from _characterized(entries, "B08.FR.12")
    return entries


def _request(request_id: int, *wanted: Payload, criteria: Sequence[str] = ()) -> Payload:
    request: Payload = {"requestId": request_id}
    request |= {"componentVariable": list(wanted)} if wanted else {}
    return request | ({"componentCriteria": list(criteria)} if criteria else {})


def of(component: str, variable: str, *, evse: int = 0, instance: str = "") -> Payload:
    """A ComponentVariableType."""
    where: Payload = {"name": component} | ({"evse": {"id": evse}} if evse else {})
    return {"component": where, "variable": {"name": variable} | ({"instance": instance} if instance else {})}


def _none(found: list[str], expected: str, rule: str) -> Script:
    yield check(not found, expected, f"{len(found)} not so: {', '.join(found[:5])}", rule)


def _characterized(entries: list[Entry], rule: str) -> Script:
    yield from _none([name_of(e) for e in entries if not characteristics(e)], "variableCharacteristics of each", rule)
    yield from _none(listed_without_values(entries), "valuesList of every list variable", rule)


@station201(
    "TC_B_12_CS",
    "Base report: ConfigurationInventory",
    verifies="B07.FR.01 B07.FR.03 B07.FR.04 B07.FR.07 B07.FR.10 B07.FR.12",
    catches="lists_what_nobody_can_set forgets_what_can_be_set refuses_to_report report_of_another_request "
    "counts_its_parts_from_one report_without_characteristics",
)
def configuration_inventory(station: Subject) -> Script:
    yield from given(ready(station))
    entries: list[Entry] = yield from inventory(station, CONFIGURATION, 1)
    yield from _characterized(entries, "B07.FR.07")
    fixed = [name_of(e) for e in entries if all(a.get("mutability") == "ReadOnly" for a in attributes(e))]
    yield from _none(fixed, "only what can be set", "B07.FR.07")
    names = {name_of(entry) for entry in entries}
    yield from _none([name for name in WRITABLE if name not in names], "what can be set at every station", "B07.FR.07")


@station201(
    "TC_B_13_CS",
    "Base report: FullInventory",
    verifies="B07.FR.01 B07.FR.03 B07.FR.04 B07.FR.08 B07.FR.10 B07.FR.12",
    catches="report_without_characteristics report_of_another_request has_no_clock hides_what_lists_may_hold "
    "refuses_to_report counts_its_parts_from_one",
)
def full_inventory(station: Subject) -> Script:
    yield from given(ready(station))
    entries: list[Entry] = yield from inventory(station, FULL, 1)
    yield from _characterized(entries, "B07.FR.08")
    yield from _none(missing(entries, station), "the required variables", "B07.FR.08")


@station201(
    "TC_B_14_CS",
    "Base report: SummaryInventory",
    verifies="B07.FR.01 B07.FR.03 B07.FR.04 B07.FR.09 B07.FR.10 B07.FR.12",
    catches="sums_up_without_evses sums_up_without_the_station counts_its_parts_from_one refuses_to_report "
    "report_of_another_request report_without_characteristics",
)
def summary_inventory(station: Subject) -> Script:
    yield from given(ready(station))
    entries: list[Entry] = yield from inventory(station, SUMMARY, 1)
    yield from _characterized(entries, "B07.FR.09")
    states = {(component_of(e), place_of(e)) for e in entries if name_of(e).endswith(f".{STATE}")}
    wanted = [("ChargingStation", (0, 0)), *(("EVSE", (evse, 0)) for evse in range(1, len(station.evses) + 1))]
    absent = [f"{name} {evse}" for name, (evse, _) in (each for each in wanted if each not in states)]
    yield from _none(absent, f"{STATE} of the station and each EVSE", "B07.FR.09")


@station201(
    "TC_B_15_CS",
    "Base report type not supported",
    verifies="B07.FR.02",
    catches="promises_a_summary sums_up_all_the_same",
)
def summary_unsupported(station: Subject) -> Script:
    yield from given(ready(station))
    having = {"status": "NotSupported", "statusInfo.reasonCode": optionally("UnsupportedParam")}
    yield ask("GetBaseReport", {"requestId": 1, "reportBase": SUMMARY}, having=having, rule="B07.FR.02")
    yield silence(station.tolerance_s, "NotifyReport", rule="B07.FR.05")


@station201(
    "TC_B_53_CS",
    "FullInventory contains every mandatory device-model variable",
    verifies="B07.FR.08",
    catches="has_no_clock hides_an_evse hides_what_lists_may_hold tells_its_password keeps_a_value_to_itself "
    "strays_from_its_list refuses_to_report report_of_another_request counts_its_parts_from_one",
)
def mandatory_variables(station: Subject) -> Script:
    yield from given(ready(station))
    entries: list[Entry] = yield from inventory(station, FULL, 1)
    yield from _none(missing(entries, station), "the required variables", "B07.FR.08")
    yield from _none(listed_without_values(entries), "valuesList of every list variable", "B07.FR.08")
    yield from _none(outside_their_list(entries), "values that stand in their valuesList", "B07.FR.08")
    yield from _none(told_though_write_only(entries), "no value of what is WriteOnly", "B07.FR.03")
    yield from _none(untold(entries), "a value of what is not WriteOnly", "B07.FR.08")


def _true(entries: list[Entry], variable: str) -> dict[tuple[Any, ...], Entry]:
    """Where a variable of that name is true, by component."""
    found = [e for e in entries if e.get("variable", {}).get("name") == variable and _is_true(e)]
    return {(component_of(e), e["component"].get("instance", ""), place_of(e), name_of(e)): e for e in found}


def _is_true(entry: Entry) -> bool:
    return str(actual(entry)).lower() == "true"


@station201(
    "TC_B_16_CS",
    "Custom report filtered by component criteria",
    verifies="B08.FR.01 B08.FR.03 B08.FR.04 B08.FR.07 B08.FR.09 B08.FR.12 B08.FR.13 B08.FR.14 B06.FR.09",
    catches="reports_what_is_disabled forgets_an_enabled_component enabled_in_reports_alone "
    "refuses_to_report_on_parts reports_without_characteristics",
)
def report_by_criterion(station: Subject) -> Script:
    """What has no Enabled may be reported too (B08.FR.09), and of what is enabled more than that."""
    yield from given(ready(station))
    everything: list[Entry] = yield from given(inventory(station, FULL, 1))
    entries: list[Entry] = yield from custom(station, 2, criteria=["Enabled"])
    told = [entry for entry in entries if entry.get("variable", {}).get("name") == "Enabled"]
    readable = [entry for entry in told if not _is_write_only(entry)]
    yield from _none([name_of(e) for e in readable if not _is_true(e)], "Enabled true of each component", "B08.FR.09")
    lacking = sorted(_true(everything, "Enabled").keys() - _true(entries, "Enabled").keys())
    yield from _none([f"{name} at {place}" for _, _, place, name in lacking], "all that is enabled", "B08.FR.09")
    for entry in told:
        yield from _reads_true(entry)


def _is_write_only(entry: Entry) -> bool:
    return any(attribute.get("mutability") == "WriteOnly" for attribute in attributes(entry))


def _reads_true(entry: Entry) -> Script:
    item = {"component": entry["component"], "variable": entry["variable"]}
    result = "getVariableResult.0"
    having: dict[str, Any] = {f"{result}.attributeStatus": "Accepted", f"{result}.attributeValue": _TRUE}
    if _is_write_only(entry):
        having = {f"{result}.attributeStatus": "Rejected", f"{result}.attributeValue": ABSENT}
    rule = "B06.FR.09" if _is_write_only(entry) else "B06.FR.10"
    yield ask("GetVariables", {"getVariableData": [item]}, having=having, rule=rule)


_TRUE: Matcher = satisfying("true", lambda value: str(value).lower() == "true")


def _state_of_evse(entries: list[Entry], evses: Sequence[int], rule: str) -> Script:
    """Just the AvailabilityState of these EVSEs is reported, with what it can be."""
    found = sorted((name_of(entry), place_of(entry)) for entry in entries)
    wanted = [(f"EVSE.{STATE}", (evse, 0)) for evse in evses]
    yield check(found == wanted, f"{wanted} alone", found, rule)
    for entry in entries:
        kind, mutability = characteristics(entry).get("dataType"), {a.get("mutability") for a in attributes(entry)}
        yield check(kind == "OptionList", "dataType OptionList", kind, "B08.FR.12")
        yield check(values_of(entry) == STATES, f"valuesList {sorted(STATES)}", sorted(values_of(entry)), "B08.FR.12")
        yield check(mutability == {"ReadOnly"}, "mutability ReadOnly", mutability, "B08.FR.03")
        types = [attribute.get("type", "Actual") for attribute in attributes(entry)]
        yield check(types == ["Actual"], "the attribute Actual alone", types, "B08.FR.03")


@station201(
    "TC_B_17_CS",
    "Custom report filtered by component/variable",
    verifies="B08.FR.01 B08.FR.03 B08.FR.04 B08.FR.11 B08.FR.12 B08.FR.14",
    catches="reports_more_than_asked reports_without_characteristics spells_states_its_own_way "
    "lets_states_be_set report_of_another_request counts_its_parts_from_one refuses_to_report_on_parts",
)
def report_by_variable(station: Subject) -> Script:
    yield from given(ready(station))
    entries: list[Entry] = yield from custom(station, 1, of("EVSE", STATE, evse=1))
    yield from _state_of_evse(entries, [1], "B08.FR.11")


@station201(
    "TC_B_18_CS",
    "Custom report filtered by criteria plus component/variable",
    verifies="B08.FR.01 B08.FR.03 B08.FR.04 B08.FR.05 B08.FR.11 B08.FR.12 B08.FR.14 B08.FR.15",
    catches="ignores_criteria reports_more_than_asked spells_states_its_own_way refuses_to_report_on_parts "
    "report_of_another_request counts_its_parts_from_one reports_without_characteristics "
    "lets_states_be_set",
)
def report_by_both(station: Subject) -> Script:
    yield from given(ready(station))
    entries: list[Entry] = yield from custom(station, 1, of("EVSE", STATE, evse=1), criteria=["Available"])
    yield from _state_of_evse(entries, [1], "B08.FR.05")
    request = _request(2, of("EVSE", STATE, evse=1), criteria=["Problem"])
    having = {"status": "EmptyResultSet", "statusInfo.reasonCode": optionally("NotFound")}
    yield ask("GetReport", request, having=having, rule="B08.FR.15")


CRITERIA = ("Active", "Available", "Enabled", "Problem")


@station201(
    "TC_B_19_CS",
    "Custom report with criteria matching nothing",
    verifies="B08.FR.02",
    catches="goes_by_any_criterion",
)
def criterion_unsupported(station: Subject) -> Script:
    yield from given(ready(station))
    unknown: str = yield from given(_unsupported(station))
    having = {"status": "NotSupported", "statusInfo.reasonCode": optionally("UnsupportedParam", "InvalidValue")}
    yield ask("GetReport", _request(1, criteria=["Available", unknown]), having=having, rule="B08.FR.02")


def _unsupported(station: Subject) -> Script:
    """A criterion that the station is declared not to know, or says so itself when it is asked for that alone."""
    if station.unsupported_criterion:
        return station.unsupported_criterion
    for number, criterion in enumerate(CRITERIA, 100):
        reply: Reply = yield ask("GetReport", _request(number, criteria=[criterion]))
        if reply.get("status") == "Accepted":
            yield from whole_report(station, number)
        elif reply.get("status") != "EmptyResultSet":
            return criterion
    yield check(False, "a componentCriteria that the station does not support", "it supports all of them")


@station201(
    "TC_B_54_CS",
    "Custom report by variable without instance returns all instances",
    verifies="B08.FR.01 B08.FR.03 B08.FR.04 B08.FR.11 B08.FR.12 B08.FR.14",
    catches="reports_one_instance refuses_to_report_on_parts report_of_another_request "
    "counts_its_parts_from_one reports_without_characteristics reports_more_than_asked",
)
def report_all_instances(station: Subject) -> Script:
    yield from given(ready(station))
    entries: list[Entry] = yield from custom(station, 1, of("DeviceDataCtrlr", "ItemsPerMessage"))
    names = {name_of(entry) for entry in entries}
    wanted = {f"DeviceDataCtrlr.ItemsPerMessage[{each}]" for each in ("GetReport", "GetVariables")}
    yield check(wanted <= names, f"{sorted(wanted)}", sorted(names), "B08.FR.21")
    others = [name for name in names if not name.startswith("DeviceDataCtrlr.ItemsPerMessage")]
    yield from _none(others, "nothing but DeviceDataCtrlr.ItemsPerMessage", "B08.FR.11")


@station201(
    "TC_B_55_CS",
    "Custom report by variable and instance",
    verifies="B08.FR.01 B08.FR.03 B08.FR.04 B08.FR.11 B08.FR.12 B08.FR.14",
    catches="reports_more_than_asked reports_another_instance refuses_to_report_on_parts "
    "report_of_another_request counts_its_parts_from_one reports_without_characteristics",
)
def report_one_instance(station: Subject) -> Script:
    yield from given(ready(station))
    wanted = of("DeviceDataCtrlr", "ItemsPerMessage", instance="GetReport")
    entries: list[Entry] = yield from custom(station, 1, wanted)
    names = [name_of(entry) for entry in entries]
    alone = ["DeviceDataCtrlr.ItemsPerMessage[GetReport]"]
    yield check(names == alone, f"{alone} alone", names, "B08.FR.11")


@station201(
    "TC_B_56_CS",
    "Custom report without evseId covers all EVSEs",
    verifies="B08.FR.01 B08.FR.03 B08.FR.04 B08.FR.11 B08.FR.12 B08.FR.14",
    catches="reports_the_first_evse_alone refuses_to_report_on_parts report_of_another_request "
    "counts_its_parts_from_one reports_without_characteristics spells_states_its_own_way "
    "lets_states_be_set",
)
def report_all_evses(station: Subject) -> Script:
    yield from given(ready(station))
    entries: list[Entry] = yield from custom(station, 1, of("EVSE", STATE))
    yield from _state_of_evse(entries, range(1, len(station.evses) + 1), "B08.FR.23")
