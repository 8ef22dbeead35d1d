"""Monitors on a station's variables, and the events that they raise, shared by the cases of block N."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from conformance.cases.station201.states import ready
from conformance.vocabulary import (
    Expect,
    Matcher,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    Watched,
    ask,
    check,
    expect,
    given,
    optionally,
    satisfying,
    seen,
)

UPPER, LOWER, DELTA, PERIODIC, ALIGNED = "UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned"
"""MonitorEnumType."""

BY_THRESHOLD, BY_DELTA, BY_PERIOD = "ThresholdMonitoring", "DeltaMonitoring", "PeriodicMonitoring"
"""MonitoringCriterionEnumType."""

SEVERITY = 5
"""Of monitors, unless the case wants another."""

LEVEL = 8
"""The monitoring level: events up to this severity number are told."""

Happening = Payload
"""An EventDataType."""

NOT_FOUND = {"status": "EmptyResultSet", "statusInfo.reasonCode": optionally("NotFound")}
"""The answer where no monitor is as asked for."""


def state_of_station() -> Watched:
    """The availability of the whole station."""
    return Watched("ChargingStation", "AvailabilityState")


def state_of_evse(station: Subject) -> Watched:
    """The availability of the EVSE under test: no number, and changed by plugging in."""
    return Watched("EVSE", "AvailabilityState", station.evse)


def monitored(station: Subject) -> Script:
    """An idle station without custom monitors, which tells of every event up to LEVEL."""
    yield from given(ready(station))
    yield from given(only_the_manufacturers())


def only_the_manufacturers() -> Script:
    """No custom monitor is left, and events up to LEVEL are told."""
    yield from base("FactoryDefault", "")
    yield ask("SetMonitoringLevel", {"severity": LEVEL}, having={"status": "Accepted"})


def base(name: str, rule: str) -> Script:
    """SetMonitoringBase is accepted."""
    having = {"status": "Accepted", "statusInfo.reasonCode": optionally("NoError")}
    yield ask("SetMonitoringBase", {"monitoringBase": name}, having=having, rule=rule)


def wish(what: Watched, kind: str, value: float, severity: int = SEVERITY, **more: Any) -> Payload:
    """A SetMonitoringDataType."""
    return {**what.payload, "type": kind, "value": value, "severity": severity, **more}


def results(*wishes: Payload) -> Script:
    """SetVariableMonitoring, and one result for each wish, in the order of the wishes (N04.FR.01, N04.FR.02)."""
    reply: Reply = yield ask("SetVariableMonitoring", {"setMonitoringData": list(wishes)}, rule="N04.FR.01")
    left: list[Payload] = list(reply.get("setMonitoringResult", []))
    yield check(len(left) == len(wishes), f"{len(wishes)} results", len(left), "N04.FR.01")
    found = []
    for each in wishes:
        same = [result for result in left if _about(result) == _about(each)]
        yield check(bool(same), f"a result about {_about(each)}", [_about(result) for result in left], "N04.FR.02")
        chosen: Payload = same[0] if same else {}
        if same:
            left.remove(chosen)
        found.append(chosen)
    return found


def _about(named: Payload) -> tuple[Any, ...]:
    """What a wish, a result or a reported monitor is about."""
    return (*_place(named), named.get("type"), named.get("severity"))


def _place(named: Mapping[str, Any]) -> tuple[Any, ...]:
    component, variable = named.get("component", {}), named.get("variable", {})
    evse = component.get("evse", {})
    return component.get("name"), evse.get("id", 0), evse.get("connectorId", 0), variable.get("name")


def taken(result: Payload, rule: str = "N04.FR.08") -> Script:
    """A monitor was set, and has an id (N04.FR.11); returns that."""
    status, reason = result.get("status"), result.get("statusInfo", {}).get("reasonCode", "NoError")
    yield check(status == "Accepted", "setMonitoringResult status Accepted", status, rule)
    yield check("id" in result, "setMonitoringResult id present", result, "N04.FR.11")
    yield check(reason == "NoError", "statusInfo absent or NoError", reason)
    return result.get("id", 0)


def refused(result: Payload, statuses: Iterable[str], reasons: Iterable[str], rule: str) -> Script:
    """A monitor was not set, with one of these statuses and of these reason codes or none."""
    status, reason = result.get("status"), result.get("statusInfo", {}).get("reasonCode", "absent")
    wanted, why = tuple(statuses), ("absent", *reasons)
    yield check(status in wanted, f"setMonitoringResult status {' or '.join(wanted)}", status, rule)
    yield check(reason in why, f"statusInfo.reasonCode {' or '.join(why)}", reason)


def set_on(what: Watched, kind: str, value: float, severity: int = SEVERITY, **more: Any) -> Script:
    """One monitor is set; returns its id."""
    (result,) = yield from results(wish(what, kind, value, severity, **more))
    number = yield from taken(result)
    return number


def on_availability(station: Subject, severity: int = SEVERITY) -> Script:
    """Delta monitors on the availability of the station and of the EVSE under test; returns their ids."""
    ids = []
    for what in (state_of_station(), state_of_evse(station)):
        ids.append((yield from set_on(what, DELTA, 1, severity)))
    return ids


def request_for(number: int, criteria: Iterable[str] = (), on: Iterable[Watched | Payload] = ()) -> Payload:
    """A GetMonitoringReport request."""
    request: Payload = {"requestId": number}
    if criteria:
        request["monitoringCriteria"] = list(criteria)
    if on:
        request["componentVariable"] = [each.payload if isinstance(each, Watched) else each for each in on]
    return request


def reported(
    station: Subject,
    number: int,
    criteria: Iterable[str] = (),
    on: Iterable[Watched | Payload] = (),
    *,
    rule: str = "N02.FR.01",
) -> Script:
    """A report of monitors is accepted, and all its parts come; returns a mapping for each monitor."""
    having = {"status": "Accepted", "statusInfo.reasonCode": optionally("NoError")}
    yield ask("GetMonitoringReport", request_for(number, criteria, on), having=having, rule=rule)
    found = yield from parts(station, number, rule)
    return found


def parts(station: Subject, number: int, rule: str) -> Script:
    """All parts of a report that was accepted come; returns a mapping for each monitor."""
    found: list[Payload] = []
    part_no, more = 0, True
    while more:
        part: Received = yield expect("NotifyMonitoringReport", station.message_s, rule=f"N02.FR.03 {rule}")
        told = part.get("requestId")
        yield check(told == number, f"NotifyMonitoringReport requestId {number}", told, "N02.FR.04")
        yield check(part.get("seqNo") == part_no, f"seqNo {part_no}", part.get("seqNo"), "N02.FR.09")
        for each in part.get("monitor", []):
            found += [{**monitor, **_named(each)} for monitor in each.get("variableMonitoring", [])]
        part_no, more = part_no + 1, part.get("tbc", False)
    return found


def _named(entry: Payload) -> Payload:
    return {"component": entry.get("component", {}), "variable": entry.get("variable", {})}


def nothing_reported(
    number: int, criteria: Iterable[str] = (), on: Iterable[Watched | Payload] = (), *, rule: str
) -> Script:
    """No monitor is as asked for."""
    yield ask("GetMonitoringReport", request_for(number, criteria, on), having=NOT_FOUND, rule=rule)


def unmonitored(*on: Watched, criteria: Iterable[str] = ()) -> Script:
    """The manufacturer has no monitor on these that would be reported with ours; a precondition."""
    yield from given(nothing_reported(99, criteria, on, rule=""))


def includes(found: Iterable[Payload], what: Watched, *, rule: str, **fields: Any) -> Script:
    """A monitor on this variable, with these fields, was reported."""
    place = _place(what.payload)
    there = [each for each in found if _place(each) == place and _has(each, fields)]
    yield check(bool(there), f"a monitor on {what.component}.{what.variable} with {fields}", _brief(found), rule)


def only(found: Iterable[Payload], words: str, holds: Callable[[Payload], bool], rule: str) -> Script:
    """Every monitor that was reported is one of those asked for."""
    others = [each for each in found if not holds(each)]
    yield check(not others, f"only {words}", _brief(others), rule)


def _has(payload: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    return all(payload.get(name) == value for name, value in fields.items())


def _brief(found: Iterable[Payload]) -> str:
    return "; ".join(f"{'.'.join(map(str, _place(each)))} {each.get('type')} {each.get('id')}" for each in found) or "-"


def told_of(monitor: int, within_s: float, *, rule: str, **fields: Any) -> Expect:
    """A NotifyEvent with an event of this monitor, and these fields; see ``event_of`` for getting at it."""
    return expect("NotifyEvent", within_s, where={"eventData": of(monitor, **fields)}, rule=rule)


def of(monitor: int, **fields: Any) -> Matcher:
    """Among the events is one of this monitor, and with these fields (None: absent or False)."""
    words = f"an event of monitor {monitor}" + "".join(f", {name} {value}" for name, value in fields.items())
    return satisfying(words, lambda events: event_in(events, monitor, **fields) is not None)


def event_in(events: Any, monitor: int, **fields: Any) -> Happening | None:
    """The first event of this monitor with these fields."""
    wanted = {"variableMonitoringId": monitor, **fields}
    for each in events if isinstance(events, list) else ():
        if isinstance(each, dict) and all(_is(each.get(name), value) for name, value in wanted.items()):
            return dict(each)
    return None


def _is(there: Any, wanted: Any) -> bool:
    return not there if wanted is None else bool(there == wanted)


def event_of(monitor: int, what: Watched, within_s: float, *, rule: str, **fields: Any) -> Script:
    """An event of this monitor comes, or has come, in this case; returns it.

    It is rightly numbered and names its variable (N07.FR.06, .07). Several events may come in one message.
    """
    before: list[Received] = yield seen("NotifyEvent", where={"eventData": of(monitor, **fields)})
    message: Received = before[0] if before else (yield told_of(monitor, within_s, rule=rule, **fields))
    yield check(message.get("seqNo") == 0, "NotifyEvent seqNo 0", message.get("seqNo"), "N07.FR.07")
    event = event_in(message.get("eventData"), monitor, **fields) or {}
    yield from is_about(event, what)
    return event


def is_about(event: Happening, what: Watched) -> Script:
    """An event names the variable that was watched."""
    named = _place(event) == _place(what.payload)
    yield check(named, f"component and variable {_place(what.payload)}", _place(event), "N07.FR.06")


def number_of(event: Happening) -> float:
    """The value that an event tells; not a number where it is none."""
    try:
        return float(event.get("actualValue", "nan"))
    except ValueError:
        return float("nan")
