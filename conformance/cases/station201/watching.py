"""Block N, monitoring: setting, replacing and clearing monitors. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.station201.monitors import (
    BY_DELTA,
    BY_THRESHOLD,
    DELTA,
    LOWER,
    UPPER,
    base,
    includes,
    monitored,
    nothing_reported,
    on_availability,
    parts,
    refused,
    reported,
    results,
    set_on,
    state_of_evse,
    state_of_station,
    taken,
    unmonitored,
    wish,
)
from conformance.cases.station201.states import booted
from conformance.vocabulary import (
    Payload,
    Reply,
    Script,
    Subject,
    Watched,
    ask,
    check,
    given,
    one_of,
    station201,
)


@station201(
    "TC_N_08_CS",
    "Set one monitor",
    verifies="N04.FR.01 N04.FR.02 N04.FR.08 N04.FR.11",
    catches="sets_no_monitors answers_about_another_variable keeps_ids_of_monitors_to_itself "
    "sets_another_monitor refuses_to_report_monitors announces_monitoring_reports_only "
    "tells_of_another_monitoring_report counts_monitoring_reports_from_one",
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
    "keeps_ids_of_monitors_to_itself refuses_to_report_monitors announces_monitoring_reports_only "
    "tells_of_another_monitoring_report counts_monitoring_reports_from_one",
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
    catches="monitors_anything answers_about_another_variable answers_about_the_first_monitor_only",
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
    catches="monitors_anything answers_about_another_variable",
)
def unknown_variable(station: Subject) -> Script:
    yield from monitored(station)
    (result,) = yield from results(wish(Watched("EVSE", "unknownVariable", station.evse), DELTA, 1))
    yield check(result.get("status") == "UnknownVariable", "status UnknownVariable", result.get("status"), "N04.FR.04")


@station201(
    "TC_N_38_CS",
    "Monitor type unsupported",
    verifies="N04.FR.05",
    catches="monitors_anything answers_about_another_variable",
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
    catches="monitors_anything answers_about_another_variable",
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
    catches="monitors_anything answers_about_another_variable",
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
    catches="monitors_anything answers_about_another_variable answers_about_the_first_monitor_only "
    "keeps_ids_of_monitors_to_itself sets_no_monitors",
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
    catches="monitors_anything moves_monitors_to_other_variables sets_no_monitors "
    "keeps_ids_of_monitors_to_itself tells_of_another_monitoring_report "
    "counts_monitoring_reports_from_one answers_about_another_variable",
)
def another_variable(station: Subject) -> Script:
    what, other = state_of_evse(station), station.monitoring.delta
    yield from monitored(station)
    number = yield from set_on(what, DELTA, 1)
    (result,) = yield from results(wish(other, DELTA, 1, id=number))
    yield check(result.get("status") == "Rejected", "status Rejected", result.get("status"), "N04.FR.16")
    found = yield from reported(station, 1)
    yield from includes(found, what, id=number, type=DELTA, value=1, rule="N04.FR.16")


@station201(
    "TC_N_40_CS",
    "Replace a monitor",
    verifies="N04.FR.12",
    catches="replaces_no_monitors only_says_that_it_replaces_monitors tells_of_another_monitoring_report "
    "counts_monitoring_reports_from_one",
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
    catches="monitors_anything sets_all_monitors_or_none answers_about_another_variable "
    "answers_about_the_first_monitor_only keeps_ids_of_monitors_to_itself",
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
    catches="forgets_monitors_in_a_reboot tells_of_another_monitoring_report counts_monitoring_reports_from_one",
)
def survives(station: Subject) -> Script:
    by = station.monitoring
    yield from monitored(station)
    number = yield from given(set_on(by.threshold, UPPER, by.upper))
    yield from given(booted(station))
    found = yield from reported(station, 1, (BY_THRESHOLD,), rule="N02.FR.01 N07.FR.13")
    yield from includes(found, by.threshold, type=UPPER, value=by.upper, rule="N07.FR.13")
    yield from includes(found, by.threshold, type=UPPER, id=number, rule="")  # N04.FR.19 lets ids change


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
    catches="clears_no_monitors answers_about_the_first_clearing_only cleared_monitors_come_back "
    "clears_another_monitor",
)
def clear(station: Subject) -> Script:
    both = (state_of_station(), state_of_evse(station))
    yield from monitored(station)
    yield from unmonitored(*both)
    ids = yield from given(on_availability(station))
    yield from _cleared(ids, dict.fromkeys(ids, "Accepted"), "N06.FR.01")
    yield from nothing_reported(1, on=both, rule="N06.FR.01 N02.FR.10")


@station201(
    "TC_N_19_CS",
    "Clear unknown monitor",
    verifies="N06.FR.02",
    catches="clears_any_monitor clears_another_monitor",
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
