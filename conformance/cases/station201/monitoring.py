"""Block N, monitoring: what is reported of monitors, their base and their level. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from collections.abc import Callable

from conformance.cases.station201.monitors import (
    ALIGNED,
    BY_DELTA,
    BY_PERIOD,
    BY_THRESHOLD,
    DELTA,
    LOWER,
    PERIODIC,
    SEVERITY,
    UPPER,
    base,
    includes,
    monitored,
    nothing_reported,
    on_availability,
    only,
    only_the_manufacturers,
    reported,
    request_for,
    results,
    set_on,
    state_of_evse,
    state_of_station,
    taken,
    unmonitored,
    wish,
)
from conformance.vocabulary import (
    Matcher,
    Payload,
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

UNREADABLE: Matcher = one_of(
    "FormatViolation",
    "FormationViolation",
    "PropertyConstraintViolation",
    "TypeConstraintViolation",
)
"""What may be answered to a value that no enumeration has."""


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


@station201(
    "TC_N_02_CS",
    "Monitoring report by component/variable",
    verifies="N02.FR.01 N02.FR.03 N02.FR.04 N02.FR.05 N02.FR.08 N02.FR.09",
    catches="reports_one_monitored_variable reports_monitors_on_anything tells_of_another_monitoring_report "
    "counts_monitoring_reports_from_one refuses_to_report_monitors announces_monitoring_reports_only",
)
def report_by_variable(station: Subject) -> Script:
    yield from monitored(station)
    yield from given(on_availability(station))
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
    catches="overlooks_monitoring_criteria reports_one_monitored_variable counts_monitoring_reports_from_one "
    "refuses_to_report_monitors announces_monitoring_reports_only",
)
def report_by_both(station: Subject) -> Script:
    yield from monitored(station)
    yield from given(on_availability(station))
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
    catches="reports_one_monitored_variable tells_of_another_monitoring_report refuses_to_report_monitors "
    "announces_monitoring_reports_only counts_monitoring_reports_from_one",
)
def report_all(station: Subject) -> Script:
    yield from monitored(station)
    yield from given(on_availability(station))
    found = yield from reported(station, 1)
    for what in (state_of_station(), state_of_evse(station)):
        yield from includes(found, what, type=DELTA, rule="N02.FR.11")


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
    catches="keeps_custom_monitors announces_monitoring_reports_only "
    "tells_of_another_monitoring_report counts_monitoring_reports_from_one",
)
def base_removes(station: Subject) -> Script:
    what = state_of_station()
    yield from monitored(station)
    yield from given(base("HardWiredOnly", ""))
    yield from unmonitored(what)
    yield from given(only_the_manufacturers())
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
    catches="replaces_no_monitors keeps_custom_monitors answers_about_another_variable",
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
