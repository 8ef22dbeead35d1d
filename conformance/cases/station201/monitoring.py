"""Block N, monitoring: setting, reporting and clearing monitors. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.cases.station201.monitors import (
    ALIGNED,
    DELTA,
    LOWER,
    PERIODIC,
    SEVERITY,
    UPPER,
    base,
    includes,
    monitored,
    nothing_reported,
    only,
    only_the_manufacturers,
    parts,
    refused,
    reported,
    request_for,
    results,
    set_on,
    state_of_evse,
    state_of_station,
    taken,
    wish,
)
from conformance.cases.station201.states import booted
from conformance.vocabulary import (
    Matcher,
    Payload,
    Reply,
    Script,
    Subject,
    Watched,
    ask,
    check,
    field_of,
    given,
    one_of,
    optionally,
    station201,
)

BY_THRESHOLD, BY_DELTA, BY_PERIOD = "ThresholdMonitoring", "DeltaMonitoring", "PeriodicMonitoring"
"""MonitoringCriterionEnumType."""

UNREADABLE: Matcher = one_of(
    "FormatViolation",
    "FormationViolation",
    "PropertyConstraintViolation",
    "TypeConstraintViolation",
)
"""What may be answered to a value that no enumeration has."""

# -- reports ---------------------------------------------------------------------------------------------------------


@station201(
    "TC_N_01_CS",
    "Monitoring report by criteria",
    verifies="N02.FR.01 N02.FR.03 N02.FR.04 N02.FR.05 N02.FR.06 N02.FR.09 N02.FR.12 N02.FR.13 N02.FR.14",
    catches="overlooks_monitoring_criteria hides_lower_thresholds hides_delta_monitors hides_aligned_monitors "
    "tells_of_another_monitoring_report counts_monitoring_reports_from_one announces_monitoring_reports_only",
)
def report_by_criteria(station: Subject) -> Script:
    yield from monitored(station)
    ids: dict[str, int] = yield from given(_one_of_each(station))
    asked = ((BY_THRESHOLD,), (BY_THRESHOLD, BY_DELTA), (BY_DELTA, BY_PERIOD))
    for number, criteria in enumerate(asked, 1):
        found = yield from reported(station, number, criteria)
        kinds = {kind: rule for each in criteria for kind, rule in KINDS[each].items()}
        yield from only(found, " and ".join(kinds), _of_types(*kinds), "N02.FR.06")
        for kind, rule in kinds.items():
            there = ids[kind] in [each.get("id") for each in found]
            yield check(there, f"the {kind} monitor {ids[kind]} is reported", found, rule)
    yield from only_the_manufacturers()  # the next case wants silence


def _of_types(*kinds: str) -> Callable[[Payload], bool]:
    return lambda monitor: monitor.get("type") in kinds


KINDS = {
    BY_THRESHOLD: {UPPER: "N02.FR.12", LOWER: "N02.FR.12"},
    BY_DELTA: {DELTA: "N02.FR.13"},
    BY_PERIOD: {PERIODIC: "N02.FR.14", ALIGNED: "N02.FR.14"},
}
"""Which monitors a criterion covers, and what says so."""


def _one_of_each(station: Subject) -> Script:
    """A monitor of each type; returns the ids by type."""
    by = station.monitoring
    wishes = [
        wish(by.threshold, LOWER, by.lower),
        wish(by.threshold, UPPER, by.upper),
        wish(by.threshold, PERIODIC, by.period_s),
        wish(by.delta, DELTA, by.change),
        wish(by.delta, ALIGNED, by.period_s),
    ]
    ids = {}
    for each, result in zip(wishes, (yield from results(*wishes)), strict=True):
        ids[each["type"]] = yield from taken(result)
    return ids


def _on_availability(station: Subject, severity: int = SEVERITY) -> Script:
    """Delta monitors on the availability of the station and of the EVSE under test; returns their ids."""
    ids = []
    for what in (state_of_station(), state_of_evse(station)):
        ids.append((yield from set_on(what, DELTA, 1, severity)))
    return ids


@station201(
    "TC_N_02_CS",
    "Monitoring report by component/variable",
    verifies="N02.FR.01 N02.FR.03 N02.FR.04 N02.FR.05 N02.FR.08 N02.FR.09",
    catches="reports_one_monitored_variable reports_monitors_on_anything "
    "tells_of_another_monitoring_report counts_monitoring_reports_from_one",
)
def report_by_variable(station: Subject) -> Script:
    yield from monitored(station)
    yield from given(_on_availability(station))
    another = wish(Watched("OCPPCommCtrlr", "OfflineThreshold"), DELTA, 1)
    yield from given(results(another))  # not to be reported; no matter where it cannot be set
    whole, evse = state_of_station(), state_of_evse(station)
    of_the_evse = {"component": evse.payload["component"]}
    found = yield from reported(station, 1, on=(whole, of_the_evse))
    yield from only(found, "monitors on what was asked for", _asked_about(station), "N02.FR.08")
    for what in (whole, evse):
        yield from includes(found, what, type=DELTA, rule="N02.FR.08")
    states = [each.get("type") for each in found if field_of(each, "variable.name") == whole.variable]
    yield check(set(states) == {DELTA}, "Delta monitors on AvailabilityState", states)


def _asked_about(station: Subject) -> Callable[[Payload], bool]:
    """Whether a monitor is on the availability of the station, or on anything of the EVSE under test."""
    whole = state_of_station()

    def asked(monitor: Payload) -> bool:
        named = field_of(monitor, "component.name"), field_of(monitor, "variable.name")
        return named == (whole.component, whole.variable) or (
            named[0] == "EVSE" and field_of(monitor, "component.evse.id") == station.evse
        )

    return asked


@station201(
    "TC_N_03_CS",
    "Monitoring report by criteria + component/variable",
    verifies="N02.FR.01 N02.FR.03 N02.FR.04 N02.FR.05 N02.FR.09 N02.FR.10 N02.FR.13",
    catches="overlooks_monitoring_criteria reports_one_monitored_variable counts_monitoring_reports_from_one",
)
def report_by_both(station: Subject) -> Script:
    yield from monitored(station)
    yield from given(_on_availability(station))
    both = (state_of_station(), state_of_evse(station))
    yield from nothing_reported(1, (BY_THRESHOLD,), both, rule="N02.FR.10")
    found = yield from reported(station, 2, (BY_DELTA,), both)
    yield from only(found, "Delta monitors", _of_types(DELTA), "N02.FR.05")
    for what in both:
        yield from includes(found, what, type=DELTA, rule="N02.FR.05 N02.FR.13")


@station201(
    "TC_N_04_CS",
    "Monitoring report, nothing matches",
    verifies="N02.FR.02",
    catches="accepts_any_criterion",
)
def report_by_no_criterion(station: Subject) -> Script:
    yield from monitored(station)
    reasons = optionally("UnsupportedParam", "InvalidValue")
    having = {"status": "NotSupported", "statusInfo.reasonCode": reasons}
    request = request_for(1, (BY_DELTA, "NoSuchMonitoring"))
    yield ask("GetMonitoringReport", request, having=having, or_error=UNREADABLE, rule="N02.FR.02")


@station201(
    "TC_N_47_CS",
    "Monitoring report of everything",
    verifies="N02.FR.01 N02.FR.11",
    catches="reports_one_monitored_variable tells_of_another_monitoring_report",
)
def report_all(station: Subject) -> Script:
    yield from monitored(station)
    yield from given(_on_availability(station))
    found = yield from reported(station, 1)
    for what in (state_of_station(), state_of_evse(station)):
        yield from includes(found, what, type=DELTA, rule="N02.FR.11")


# -- the base --------------------------------------------------------------------------------------------------------


@station201(
    "TC_N_05_CS",
    "Set monitoring base",
    verifies="N03.FR.01 N03.FR.03 N03.FR.04 N03.FR.05",
    catches="knows_no_base_all knows_no_hard_wired_monitors",
)
def set_base(station: Subject) -> Script:
    yield from monitored(station)
    yield from base("All", "N03.FR.01 N03.FR.03")
    yield from base("FactoryDefault", "N03.FR.01 N03.FR.04")
    yield from base("HardWiredOnly", "N03.FR.01 N03.FR.05")


@station201(
    "TC_N_06_CS",
    "Base change removes custom monitors",
    verifies="N03.FR.01 N03.FR.05",
    catches="keeps_custom_monitors",
)
def base_removes(station: Subject) -> Script:
    what = state_of_station()
    yield from monitored(station)
    yield from given(set_on(what, DELTA, 1))
    found = yield from reported(station, 1, on=(what,))
    yield from includes(found, what, type=DELTA, rule="N02.FR.08")
    yield from base("HardWiredOnly", "N03.FR.01")
    yield from nothing_reported(2, on=(what,), rule="N03.FR.05")


@station201(
    "TC_N_07_CS",
    "Unknown monitoring base",
    verifies="N03.FR.02",
    catches="accepts_any_base",
)
def unknown_base(station: Subject) -> Script:
    yield from monitored(station)
    reasons = optionally("UnsupportedParam", "InvalidValue")
    having = {"status": "NotSupported", "statusInfo.reasonCode": reasons}
    request = {"monitoringBase": "NoSuchBase"}
    yield ask("SetMonitoringBase", request, having=having, or_error=UNREADABLE, rule="N03.FR.02")


@station201(
    "TC_N_41_CS",
    "Reset monitors to factory default",
    verifies="N03.FR.04 N04.FR.15",
    catches="replaces_no_monitors keeps_custom_monitors",
)
def factory_default(station: Subject) -> Script:
    yield from monitored(station)
    number = station.monitoring.preconfigured
    before = yield from given(_preconfigured(station, number))
    old = before.get("severity", SEVERITY)
    severity = old + 1 if old < LEAST_SEVERE else 5
    place = {"component": before["component"], "variable": before["variable"]}
    kept = {name: before[name] for name in ("type", "value", "transaction") if name in before}
    (result,) = yield from results({**place, **kept, "severity": severity, "id": number})
    yield from taken(result, "N04.FR.12")
    for request_id, wanted, rule in ((2, severity, "N04.FR.12 N04.FR.15"), (3, old, "N03.FR.04")):
        found = yield from reported(station, request_id, on=(place,))
        told = [each.get("severity") for each in found if each.get("id") == number]
        yield check(told == [wanted], f"monitor {number} of severity {wanted}", told, rule)
        if request_id == 2:
            yield from base("FactoryDefault", "N03.FR.01 N03.FR.04")


LEAST_SEVERE = 9


def _preconfigured(station: Subject, number: int) -> Script:
    """The manufacturer's monitor of that id, as it is reported."""
    found = yield from reported(station, 1)
    same = [each for each in found if each.get("id") == number]
    yield check(bool(same), f"a preconfigured monitor {number}", [each.get("id") for each in found])
    return same[0]


# -- setting ---------------------------------------------------------------------------------------------------------


@station201(
    "TC_N_08_CS",
    "Set one monitor",
    verifies="N04.FR.01 N04.FR.02 N04.FR.08 N04.FR.11",
    catches="sets_no_monitors answers_about_another_variable keeps_ids_of_monitors_to_itself sets_another_monitor",
)
def set_one(station: Subject) -> Script:
    what = state_of_evse(station)
    yield from monitored(station)
    number = yield from set_on(what, DELTA, 1, 8)
    found = yield from reported(station, 1, on=(what,))
    yield from includes(found, what, type=DELTA, id=number, rule="N04.FR.08")


@station201(
    "TC_N_09_CS",
    "Set monitors on different variables",
    verifies="N04.FR.01 N04.FR.02 N04.FR.08 N04.FR.11",
    catches="answers_about_the_first_monitor_only sets_no_monitors answers_about_another_variable "
    "keeps_ids_of_monitors_to_itself",
)
def set_several(station: Subject) -> Script:
    both = (state_of_evse(station), state_of_station())
    yield from monitored(station)
    for result in (yield from results(*(wish(what, DELTA, 1, 8) for what in both))):
        yield from taken(result)
    found = yield from reported(station, 1, on=both)
    for what in both:
        yield from includes(found, what, type=DELTA, rule="N04.FR.08")


@station201(
    "TC_N_10_CS",
    "Set several monitors on one variable",
    verifies="N04.FR.01 N04.FR.02 N04.FR.08 N04.FR.11",
    catches="answers_about_the_first_monitor_only takes_one_monitor_for_each_variable keeps_ids_of_monitors_to_itself",
)
def set_several_on_one(station: Subject) -> Script:
    what = state_of_evse(station)
    yield from monitored(station)
    for result in (yield from results(wish(what, DELTA, 1, 8), wish(what, DELTA, 1, 7))):
        yield from taken(result)


@station201(
    "TC_N_11_CS",
    "Set monitor on unknown component",
    verifies="N04.FR.03",
    catches="monitors_anything",
)
def unknown_component(station: Subject) -> Script:
    yield from monitored(station)
    evse, other = yield from results(
        wish(Watched("EVSE", "AvailabilityState", 99), DELTA, 1),
        wish(Watched("NonExistent", "Power"), UPPER, 1234),
    )
    yield from refused(evse, ("UnknownComponent", "Rejected"), ("UnknownEvse", "UnknownEVSE", "NotFound"), "N04.FR.03")
    yield from refused(other, ("UnknownComponent", "UnknownVariable"), ("NotFound",), "N04.FR.03")
    for result in (evse, other):
        yield check("id" not in result, "no id of a monitor that was not set", result, "N04.FR.03")


@station201(
    "TC_N_37_CS",
    "Set monitor on unknown variable",
    verifies="N04.FR.04",
    catches="monitors_anything",
)
def unknown_variable(station: Subject) -> Script:
    yield from monitored(station)
    (result,) = yield from results(wish(Watched("EVSE", "unknownVariable", station.evse), DELTA, 1))
    yield check(result.get("status") == "UnknownVariable", "status UnknownVariable", result.get("status"), "N04.FR.04")


@station201(
    "TC_N_38_CS",
    "Monitor type unsupported",
    verifies="N04.FR.05",
    catches="monitors_anything",
)
def unsupported_type(station: Subject) -> Script:
    yield from monitored(station)
    (result,) = yield from results(wish(state_of_evse(station), UPPER, 1))
    status = result.get("status")
    right = status in ("UnsupportedMonitorType", "Rejected")
    yield check(right, "status UnsupportedMonitorType or Rejected", status, "N04.FR.05")


@station201(
    "TC_N_12_CS",
    "Delta monitor value out of range",
    verifies="N04.FR.14",
    catches="monitors_anything",
)
def negative_delta(station: Subject) -> Script:
    yield from monitored(station)
    (result,) = yield from results(wish(station.monitoring.delta, DELTA, -1))
    yield from refused(result, ("Rejected",), ("ValueOutOfRange", "ValuePositiveOnly"), "N04.FR.14")
    yield check("id" not in result, "no id of a monitor that was not set", result, "N04.FR.14")


@station201(
    "TC_N_13_CS",
    "Threshold monitor value out of range",
    verifies="N04.FR.06",
    catches="monitors_anything",
)
def threshold_beyond(station: Subject) -> Script:
    yield from monitored(station)
    (result,) = yield from results(wish(station.monitoring.limited, UPPER, station.monitoring.beyond))
    yield from refused(result, ("Rejected",), ("ValueOutOfRange", "ValueTooHigh"), "N04.FR.06")
    yield check("id" not in result, "no id of a monitor that was not set", result, "N04.FR.06")


@station201(
    "TC_N_15_CS",
    "Duplicate monitor type/severity",
    verifies="N04.FR.10",
    catches="monitors_anything",
)
def duplicate(station: Subject) -> Script:
    yield from monitored(station)
    same = wish(state_of_evse(station), DELTA, 1)
    both: list[Payload] = yield from results(same, same)
    first, second = sorted(both, key=lambda result: result.get("status") != "Accepted")
    yield from taken(first)
    yield from refused(second, ("Duplicate",), ("InvalidValue",), "N04.FR.10")


@station201(
    "TC_N_39_CS",
    "Monitor on mismatched component/variable",
    verifies="N04.FR.16",
    catches="monitors_anything",
)
def another_variable(station: Subject) -> Script:
    what, other = state_of_evse(station), station.monitoring.delta
    yield from monitored(station)
    number = yield from given(set_on(what, DELTA, 1))
    (result,) = yield from results(wish(other, DELTA, 1, id=number))
    yield check(result.get("status") == "Rejected", "status Rejected", result.get("status"), "N04.FR.16")
    found = yield from reported(station, 1)
    yield from includes(found, what, id=number, type=DELTA, value=1, rule="N04.FR.16")


@station201(
    "TC_N_40_CS",
    "Replace a monitor",
    verifies="N04.FR.12",
    catches="replaces_no_monitors only_says_that_it_replaces_monitors",
)
def replace(station: Subject) -> Script:
    what = state_of_evse(station)
    yield from monitored(station)
    number = yield from given(set_on(what, DELTA, 1, 5))
    (result,) = yield from results(wish(what, DELTA, 1, 4, id=number))
    yield check(result.get("status") == "Accepted", "status Accepted", result.get("status"), "N04.FR.12")
    found = yield from reported(station, 1, (BY_DELTA,), (what,))
    severities = [each.get("severity") for each in found if each.get("id") == number]
    yield check(severities == [4], f"monitor {number} of severity 4", severities, "N04.FR.12")


@station201(
    "TC_N_43_CS",
    "Batch: middle monitor invalid, others set",
    verifies="N04.FR.01 N04.FR.08 N04.FR.14",
    catches="monitors_anything sets_all_monitors_or_none",
)
def one_is_wrong(station: Subject) -> Script:
    by = station.monitoring
    yield from monitored(station)
    wishes = (
        wish(by.threshold, UPPER, by.upper),
        wish(by.delta, DELTA, -1),
        wish(by.threshold, LOWER, by.lower),
    )
    upper, wrong, lower = yield from results(*wishes)
    yield from taken(upper)
    yield check(wrong.get("status") == "Rejected", "status Rejected", wrong.get("status"), "N04.FR.14")
    yield from taken(lower)


@station201(
    "TC_N_53_CS",
    "Monitors survive reboot",
    verifies="N07.FR.13",
    catches="forgets_monitors_in_a_reboot",
)
def survives(station: Subject) -> Script:
    by = station.monitoring
    yield from monitored(station)
    number = yield from given(set_on(by.threshold, UPPER, by.upper))
    yield from given(booted(station))
    found = yield from reported(station, 1, (BY_THRESHOLD,), rule="N02.FR.01 N07.FR.13")
    yield from includes(found, by.threshold, type=UPPER, value=by.upper, rule="N07.FR.13")
    yield from includes(found, by.threshold, type=UPPER, id=number, rule="")  # N04.FR.19 lets ids change


# -- the level -------------------------------------------------------------------------------------------------------


@station201(
    "TC_N_17_CS",
    "Monitoring level out of range",
    verifies="N05.FR.02",
    catches="takes_any_level",
)
def level_out_of_range(station: Subject) -> Script:
    yield from monitored(station)
    for severity, reason in ((10, "ValueTooHigh"), (-1, "ValueTooLow")):
        having = {"status": "Rejected", "statusInfo.reasonCode": optionally("ValueOutOfRange", reason)}
        yield ask("SetMonitoringLevel", {"severity": severity}, having=having, rule="N05.FR.02")


# -- clearing --------------------------------------------------------------------------------------------------------


def _cleared(ids: list[int], statuses: dict[int, str], rule: str, reason: str = "NoError") -> Script:
    """ClearVariableMonitoring, and what must be answered for each id."""
    reply: Reply = yield ask("ClearVariableMonitoring", {"id": ids}, rule="N06.FR.05")
    told: list[dict[str, Any]] = reply.get("clearMonitoringResult", [])
    named = [each.get("id", 0) for each in told]
    yield check(sorted(named) == sorted(ids), f"results for {ids}", told, "N06.FR.05")
    for number, each in zip(named, told, strict=True):
        status, wanted = each.get("status"), statuses.get(number)
        yield check(status == wanted, f"monitor {number}: {wanted}", status, rule)
        why = each.get("statusInfo", {}).get("reasonCode", reason)
        yield check(why == reason, f"statusInfo absent or {reason}", why)


@station201(
    "TC_N_18_CS",
    "Clear monitors",
    verifies="N06.FR.01 N06.FR.05",
    catches="clears_no_monitors answers_about_the_first_clearing_only cleared_monitors_come_back",
)
def clear(station: Subject) -> Script:
    yield from monitored(station)
    ids = yield from given(_on_availability(station))
    yield from _cleared(ids, dict.fromkeys(ids, "Accepted"), "N06.FR.01")
    both = (state_of_station(), state_of_evse(station))
    yield from nothing_reported(1, on=both, rule="N06.FR.01 N02.FR.10")


@station201(
    "TC_N_19_CS",
    "Clear unknown monitor",
    verifies="N06.FR.02",
    catches="clears_any_monitor",
)
def clear_unknown(station: Subject) -> Script:
    yield from monitored(station)
    ids = yield from given(_ids(station))
    number = max(ids) + 1 if ids else UNUSED
    yield from _cleared([number], {number: "NotFound"}, "N06.FR.02", "NotFound")


UNUSED = 123456


def _ids(station: Subject) -> Script:
    """The ids of all monitors that there are."""
    reply: Reply = yield ask("GetMonitoringReport", {"requestId": 1}, having={"status": one_of("Accepted", EMPTY)})
    if reply.get("status") == EMPTY:
        return []
    found = yield from parts(station, 1, "N02.FR.01")
    return [each.get("id", 0) for each in found]


EMPTY = "EmptyResultSet"


@station201(
    "TC_N_44_CS",
    "Clear hard-wired monitor refused",
    verifies="N06.FR.03",
    catches="clears_any_monitor",
)
def clear_hard_wired(station: Subject) -> Script:
    yield from monitored(station)
    yield from given(base("HardWiredOnly", ""))
    ids = yield from given(_ids(station))
    yield from given(_some(ids))
    reply: Reply = yield ask("ClearVariableMonitoring", {"id": [ids[0]]}, rule="N06.FR.05")
    status = reply.get("clearMonitoringResult.0.status")
    yield check(status == "Rejected", "clearMonitoringResult status Rejected", status, "N06.FR.03")


def _some(ids: list[int]) -> Script:
    yield check(bool(ids), "a hard-wired monitor", "none is reported")
