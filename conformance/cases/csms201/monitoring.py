"""Block N, monitoring. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.cases.csms201.states import attached, told
from conformance.vocabulary import (
    ABSENT,
    NOW,
    PRESENT,
    Matcher,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    Watched,
    answer,
    ask,
    check,
    command,
    csms201,
    given,
    satisfying,
)

BY_THRESHOLD, BY_DELTA = "ThresholdMonitoring", "DeltaMonitoring"
"""MonitoringCriterionEnumType."""


def _state_of_evse(csms: Subject) -> Watched:
    return Watched("EVSE", "AvailabilityState", csms.evse)


def power_of_evse(csms: Subject) -> Watched:
    """The power of the EVSE under test, as a variable that a monitor watches."""
    return Watched("EVSE", "Power", csms.evse)


STATE, POWER = Watched("ChargingStation", "AvailabilityState"), Watched("ChargingStation", "Power")


def _name(what: Watched) -> str:
    """As commands of our CSMS name a variable."""
    return f"{what.component}{f'({what.evse})' if what.evse else ''}.{what.variable}"


def empty(reply: Reply) -> bool:
    """Whether a response says nothing but what anybody may add to any message."""
    return set(reply.payload) <= {"customData"}


def _lives_on() -> Script:
    """The CSMS goes on after an answer that it cannot like."""
    yield ask("Heartbeat", having={"currentTime": PRESENT}, rule="G02.FR.03")


def _wants(csms: Subject, rule: str, criteria: Iterable[str] = (), on: Iterable[Watched] = ()) -> Script:
    """The CSMS is told to ask for monitors, and does; returns its request, unanswered."""
    by, names = list(criteria), [_name(each) for each in on]
    fields: Payload = {**({"criteria": by} if by else {}), **({"names": names} if names else {})}
    yield command(csms, "get_monitoring_report", **fields)
    having: dict[str, Any] = {
        "requestId": PRESENT,
        "monitoringCriteria": by or ABSENT,
        "componentVariable": _just(on) if names else ABSENT,
    }
    request: Received = yield from told(csms, "GetMonitoringReport", having=having, rule=rule)
    return request


def _just(on: Iterable[Watched]) -> Matcher:
    """These variables, without instances, in any order."""
    wanted = [each.payload for each in on]
    return satisfying(f"{wanted}", lambda named: sorted(map(str, map(_bare, named))) == sorted(map(str, wanted)))


def _bare(named: Any) -> Any:
    """A ComponentVariableType as ``Watched.payload`` writes it; what is none comes as it is."""
    keys = ("name", "instance", "evse")
    match named:
        case {"component": dict(component), "variable": dict(variable)}:
            return {
                "component": {key: component[key] for key in keys if key in component},
                "variable": {key: variable[key] for key in keys if key in variable},
            }
    return named


def _finds_nothing(request: Received) -> Script:
    yield answer(request, status="EmptyResultSet")


def _finds(request: Received, on: Iterable[Watched], kind: str) -> Script:
    """Monitors of a type are reported, a part for each, which the CSMS takes."""
    yield answer(request, status="Accepted")
    places = list(on)
    for number, what in enumerate(places):
        monitor = {"id": number + 1, "transaction": False, "value": 1, "type": kind, "severity": 8}
        report: Payload = {
            "requestId": request.get("requestId"),
            "generatedAt": NOW,
            "seqNo": number,
            "monitor": [{**what.payload, "variableMonitoring": [monitor]}],
        }
        if what is not places[-1]:
            report["tbc"] = True
        reply: Reply = yield ask("NotifyMonitoringReport", report, rule="N02.FR.03")
        yield check(empty(reply), "an empty NotifyMonitoringReport response", reply.payload, "N02.FR.03")


@csms201(
    "TC_N_01_CSMS",
    "Monitoring report by criteria",
    verifies="N02.FR.05 N02.FR.10",
    catches="asks_for_any_monitors narrows_monitoring_reports chokes_on_monitoring_reports",
)
def report_by_criteria(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _wants(csms, "N02.FR.05 N02.FR.06", (BY_DELTA,))
    yield from _finds_nothing(request)
    request = yield from _wants(csms, "N02.FR.05 N02.FR.06", (BY_THRESHOLD,))
    yield from _finds(request, (POWER,), "UpperThreshold")


@csms201(
    "TC_N_02_CSMS",
    "Monitoring report by component/variable",
    verifies="N02.FR.05 N02.FR.10",
    catches="asks_for_monitors_on_anything asks_for_threshold_monitors_alone chokes_on_monitoring_reports",
)
def report_by_variable(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _wants(csms, "N02.FR.05 N02.FR.08", on=(POWER,))
    yield from _finds_nothing(request)
    request = yield from _wants(csms, "N02.FR.05 N02.FR.08", on=(_state_of_evse(csms),))
    yield from _finds(request, (_state_of_evse(csms),), "Delta")


@csms201(
    "TC_N_03_CSMS",
    "Monitoring report by criteria + component/variable",
    verifies="N02.FR.05 N02.FR.10",
    catches="asks_for_any_monitors asks_for_monitors_on_anything chokes_on_monitoring_reports",
)
def report_by_both(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _wants(csms, "N02.FR.05", (BY_DELTA,), (_state_of_evse(csms),))
    yield from _finds_nothing(request)
    request = yield from _wants(csms, "N02.FR.05", (BY_THRESHOLD,), (POWER,))
    yield from _finds(request, (POWER,), "UpperThreshold")


@csms201(
    "TC_N_60_CSMS",
    "Monitoring report, criteria + many variables",
    verifies="N02.FR.05 N02.FR.10",
    catches="asks_for_any_monitors asks_for_monitors_on_one_variable chokes_on_monitoring_reports",
)
def report_by_both_on_several(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _wants(csms, "N02.FR.05", (BY_THRESHOLD,), (POWER, power_of_evse(csms)))
    yield from _finds_nothing(request)
    both = (STATE, _state_of_evse(csms))
    request = yield from _wants(csms, "N02.FR.05", (BY_DELTA,), both)
    yield from _finds(request, both, "Delta")


@csms201(
    "TC_N_47_CSMS",
    "Monitoring report of everything",
    verifies="N02.FR.11",
    catches="narrows_monitoring_reports asks_for_threshold_monitors_alone chokes_on_monitoring_reports",
)
def report_all(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _wants(csms, "N02.FR.11")
    yield from _finds(request, (STATE, _state_of_evse(csms)), "Delta")


@csms201(
    "TC_N_05_CSMS",
    "Set monitoring base",
    verifies="N03.FR.03 N03.FR.04 N03.FR.05",
    catches="knows_only_the_base_all knows_only_the_base_of_hard_wired_monitors",
)
def set_base(csms: Subject) -> Script:
    yield from given(attached(csms))
    for base, rule in (("All", "N03.FR.03"), ("FactoryDefault", "N03.FR.04"), ("HardWiredOnly", "N03.FR.05")):
        yield command(csms, "set_monitoring_base", base=base)
        request: Received = yield from told(csms, "SetMonitoringBase", having={"monitoringBase": base}, rule=rule)
        yield answer(request, status="Accepted")


def _level(csms: Subject, status: str, rule: str) -> Script:
    yield from given(attached(csms))
    yield command(csms, "set_monitoring_level", severity=4)
    request: Received = yield from told(csms, "SetMonitoringLevel", having={"severity": 4}, rule=rule)
    yield answer(request, status=status)


@csms201(
    "TC_N_16_CSMS",
    "Set monitoring level",
    verifies="N05.FR.01",
    catches="sets_another_level",
)
def set_level(csms: Subject) -> Script:
    yield from _level(csms, "Accepted", "N05.FR.01")


@csms201(
    "TC_N_17_CSMS",
    "Monitoring level out of range",
    verifies="N05.FR.02",
    catches="sets_no_level deaf_after_a_refusal",
)
def level_refused(csms: Subject) -> Script:
    yield from _level(csms, "Rejected", "N05.FR.02")
    yield from _lives_on()


def _sets(csms: Subject, *on: Watched) -> Script:
    """The CSMS is told to set Delta monitors of severity 8, and does; the station accepts them."""
    yield from given(attached(csms))
    wishes = [{"name": _name(each), "type": "Delta", "value": 1, "severity": 8} for each in on]
    yield command(csms, "set_variable_monitoring", monitors=wishes)
    request: Received = yield from told(csms, "SetVariableMonitoring", rule="N04.FR.01")
    data = request.get("setMonitoringData", [])
    yield check(len(data) == len(on), f"{len(on)} monitors", len(data), "N04.FR.01")
    for what in on:
        named = [_bare(each) for each in data]
        there = what.payload in named
        yield check(there, f"a monitor on {what.payload}", named, "N04.FR.02")
        each = data[named.index(what.payload)] if there else {}
        yield check(each.get("type") == "Delta", "type Delta", each.get("type"), "N04.FR.01")
        yield check(each.get("value") == 1, "value 1", each.get("value"), "N04.FR.17")
        yield check(each.get("severity") == 8, "severity 8", each.get("severity"), "N04.FR.01")
    kept = ("type", "severity", "component", "variable")
    told_back = [
        {"id": number, "status": "Accepted", **{key: each[key] for key in kept if key in each}}
        for number, each in enumerate(data, 1)
    ]
    yield answer(request, setMonitoringResult=told_back)
    yield from _lives_on()


@csms201(
    "TC_N_08_CSMS",
    "Set one monitor",
    verifies="N04.FR.01 N04.FR.02 N04.FR.17",
    catches="sets_monitors_on_another_variable sets_deltas_of_words sets_monitors_of_another_severity",
)
def set_one(csms: Subject) -> Script:
    yield from _sets(csms, _state_of_evse(csms))


@csms201(
    "TC_N_09_CSMS",
    "Set monitors on different variables",
    verifies="N04.FR.01 N04.FR.02 N04.FR.17",
    catches="sets_monitors_on_another_variable sets_deltas_of_words sets_the_first_monitor_only",
)
def set_several(csms: Subject) -> Script:
    yield from _sets(csms, _state_of_evse(csms), STATE)


MOST = 2
"""What the bench says of ItemsPerMessage for ClearVariableMonitoring."""


@csms201(
    "TC_N_18_CSMS",
    "Clear monitors",
    verifies="N06.FR.04",
    catches="clears_many_monitors_at_once",
)
def clear_many(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(_learns_the_most(csms))
    ids = list(range(1, MOST + 2))
    yield command(csms, "clear_variable_monitoring", ids=ids)
    named: list[int] = []
    while len(named) < len(ids):
        request: Received = yield from told(csms, "ClearVariableMonitoring", rule="N06.FR.04")
        part = request.get("id", [])
        yield check(1 <= len(part) <= MOST, f"at most {MOST} ids", part, "N06.FR.04")
        named += part
        yield answer(request, clearMonitoringResult=[{"id": number, "status": "Accepted"} for number in part])


def _learns_the_most(csms: Subject) -> Script:
    """The CSMS reads how many ids one ClearVariableMonitoring may have."""
    yield command(csms, "get_variables", names=["MonitoringCtrlr.ItemsPerMessage.ClearVariableMonitoring"])
    having = {
        "getVariableData.0.component.name": "MonitoringCtrlr",
        "getVariableData.0.variable.name": "ItemsPerMessage",
        "getVariableData.0.variable.instance": "ClearVariableMonitoring",
    }
    request: Received = yield from told(csms, "GetVariables", having=having)
    item = request.get("getVariableData.0")
    result = {"attributeStatus": "Accepted", "attributeValue": str(MOST), **item}
    yield answer(request, getVariableResult=[result])


@csms201(
    "TC_N_44_CSMS",
    "Clear hard-wired monitor refused",
    verifies="N06.FR.03",
    catches="clears_nothing_on_demand deaf_after_a_refusal",
)
def clear_refused(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "clear_variable_monitoring", ids=[1])
    request: Received = yield from told(csms, "ClearVariableMonitoring", rule="N06.FR.03")
    refused = [{"id": number, "status": "Rejected"} for number in request.get("id", [])]
    yield answer(request, clearMonitoringResult=refused)
    yield from _lives_on()
