"""Block B, provisioning. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.cases.station201.idle import idle
from conformance.cases.station201.report import whole_report
from conformance.cases.station201.states import all_connectors_are, configured, ready, told_of_startup
from conformance.vocabulary import (
    NOW,
    PRESENT,
    Operate,
    Received,
    Reply,
    Script,
    Subject,
    answer,
    ask,
    check,
    expect,
    given,
    let_pass,
    linked,
    one_of,
    optionally,
    seen,
    silence,
    station201,
)

INTERVAL_S = 60
"""The interval that the bench gives a station which is not accepted yet."""


OFFLINE = ("OCPPCommCtrlr", "OfflineThreshold")


def get_of(*names: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A GetVariables request."""
    return {"getVariableData": [_item(component, name, **more) for component, name in names]}


def set_of(*values: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    """A SetVariables request."""
    items = [_item(component, name, attributeValue=value, **more) for component, name, value in values]
    return {"setVariableData": items}


def _item(component: str, name: str, **more: Any) -> dict[str, Any]:
    return {"component": {"name": component}, "variable": {"name": name}, **more}


def _name(item: Any) -> tuple[str, str]:
    return item.get("component", {}).get("name", ""), item.get("variable", {}).get("name", "")


def _booting(station: Subject) -> Script:
    """The station is about to boot: it is switched on, or was on and is reset."""
    if not (yield Operate("ready")):
        yield from given(idle(station))
        yield ask("Reset", {"type": "Immediate"}, having={"status": "Accepted"}, rule="B11.FR.01")


@station201(
    "TC_B_01_CS",
    "Boot accepted, connector states reported",
    verifies="B01.FR.01 B01.FR.05 B01.FR.09",
    catches="silent_connectors tells_connectors_by_the_clock no_startup_event",
)
def boot_accepted(station: Subject) -> Script:
    yield from _booting(station)
    yield expect("BootNotification", station.boot_s, having={"reason": PRESENT}, rule="B01.FR.01 B01.FR.09")
    yield from all_connectors_are(station, "Available", rule="B01.FR.05")
    yield from told_of_startup(station)


@station201(
    "TC_B_02_CS",
    "Boot pending, then accepted; CSMS may configure meanwhile",
    verifies="B02.FR.01 B02.FR.02 B02.FR.04 B02.FR.05 B02.FR.06 B02.FR.08 F06.FR.17",
    catches="starts_while_pending deaf_while_pending",
)
def boot_pending(station: Subject) -> Script:
    yield from given(_booting(station))
    boot: Received = yield expect("BootNotification", station.boot_s, rule="B01.FR.01")
    yield answer(boot, status="Pending", interval=4 * INTERVAL_S)
    may = "B02.FR.01"
    written, read = ({f"{kind}VariableResult.0.attributeStatus": "Accepted"} for kind in ("set", "get"))
    yield ask("SetVariables", set_of((*OFFLINE, "300")), having=written, rule=may)
    yield ask("GetVariables", get_of(OFFLINE), having=read, rule=may)
    full = {"requestId": 1, "reportBase": "FullInventory"}
    yield ask("GetBaseReport", full, having={"status": "Accepted"}, rule=may)
    yield from whole_report(station, 1)
    start = {"idToken": station.tokens.valid.payload, "remoteStartId": 1, "evseId": station.evse}
    yield ask("RequestStartTransaction", start, having={"status": "Rejected"}, rule="B02.FR.05")
    accepted_or_not = {"status": one_of("Accepted", "NotImplemented")}
    trigger = {"requestedMessage": "BootNotification"}
    reply: Reply = yield ask("TriggerMessage", trigger, having=accepted_or_not, rule="F06.FR.05 F06.FR.08")
    if reply.get("status") == "Accepted":
        yield expect("BootNotification", station.message_s, having={"reason": "Triggered"}, rule="F06.FR.17")
    else:
        yield expect("BootNotification", 5 * INTERVAL_S, rule="B02.FR.08")
    yield from all_connectors_are(station, "Available", rule="B01.FR.05")


@station201(
    "TC_B_03_CS",
    "Boot rejected, station stays silent and retries after interval",
    verifies="B03.FR.02 B03.FR.04 B03.FR.06",
    catches="chatty_when_rejected speaks_before_it_asks_again impatient_when_rejected",
)
def boot_rejected(station: Subject) -> Script:
    yield from given(_booting(station))
    boot: Received = yield expect("BootNotification", station.boot_s, rule="B01.FR.01")
    yield answer(boot, status="Rejected", interval=INTERVAL_S)
    yield silence(INTERVAL_S - station.tolerance_s, rule="B03.FR.02")
    again: Received = yield expect("BootNotification", station.tolerance_s + station.reconnect_s, rule="B03.FR.06")
    calls: list[Received] = yield seen()
    between = [call.action for call in calls if boot.line < call.line < again.line]
    yield check(not between, "nothing before the next BootNotification", ", ".join(between), "B03.FR.02")
    yield from all_connectors_are(station, "Available", rule="B01.FR.05")


@station201(
    "TC_B_06_CS",
    "Read one variable",
    verifies="B06.FR.01 B06.FR.02 B06.FR.03 B06.FR.04 B06.FR.10 B06.FR.11",
    catches="reads_something_else",
)
def get_variable(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, *OFFLINE, 300))
    yield ask(
        "GetVariables",
        get_of(OFFLINE, attributeType="Actual"),
        having={
            "getVariableResult.0.attributeStatus": "Accepted",
            "getVariableResult.0.attributeType": "Actual",
            "getVariableResult.0.attributeValue": "300",
            "getVariableResult.0.component.name": OFFLINE[0],
            "getVariableResult.0.variable.name": OFFLINE[1],
            "getVariableResult.0.attributeStatusInfo.reasonCode": optionally("NoError"),
        },
        rule="B06.FR.02 B06.FR.03 B06.FR.04 B06.FR.10",
    )


@station201(
    "TC_B_07_CS",
    "Read several variables in one request",
    verifies="B06.FR.01 B06.FR.02 B06.FR.03 B06.FR.04 B06.FR.10",
    catches="reads_one_of_many",
)
def get_variables(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, *OFFLINE, 300))
    yield from given(configured(station, "AuthCtrlr", "LocalAuthorizeOffline", "true"))
    names = (OFFLINE, ("AuthCtrlr", "LocalAuthorizeOffline"))
    reply: Reply = yield ask("GetVariables", get_of(*names, attributeType="Actual"), rule="B06.FR.01")
    got = {_name(item): item for item in reply.get("getVariableResult", [])}
    for name, value in zip(names, ("300", "true"), strict=True):
        item = got.get(name, {})
        is_ = (item.get("attributeStatus"), item.get("attributeType"), item.get("attributeValue"))
        yield check(
            is_ == ("Accepted", "Actual", value),
            f"{'.'.join(name)} Accepted, Actual, {value}",
            is_,
            "B06.FR.01 B06.FR.04",
        )


@station201(
    "TC_B_09_CS",
    "Write one variable",
    verifies="B05.FR.01 B05.FR.02 B05.FR.03 B05.FR.10 B05.FR.12",
    catches="refuses_to_be_set names_what_is_set_otherwise",
)
def set_variable(station: Subject) -> Script:
    yield from given(ready(station))
    yield ask(
        "SetVariables",
        set_of((*OFFLINE, "300"), attributeType="Actual"),
        having={
            "setVariableResult.0.attributeStatus": "Accepted",
            "setVariableResult.0.attributeType": "Actual",
            "setVariableResult.0.component.name": OFFLINE[0],
            "setVariableResult.0.variable.name": OFFLINE[1],
            "setVariableResult.0.attributeStatusInfo.reasonCode": optionally("NoError"),
        },
        rule="B05.FR.02 B05.FR.03 B05.FR.10",
    )


@station201(
    "TC_B_10_CS",
    "Write several variables in one request",
    verifies="B05.FR.01 B05.FR.02 B05.FR.03 B05.FR.10 B05.FR.12",
    catches="sets_one_of_many",
)
def set_variables(station: Subject) -> Script:
    yield from given(ready(station))
    values = ((*OFFLINE, "300"), ("AuthCtrlr", "LocalAuthorizeOffline", "true"))
    reply: Reply = yield ask("SetVariables", set_of(*values, attributeType="Actual"), rule="B05.FR.01")
    got = {_name(item): item for item in reply.get("setVariableResult", [])}
    for component, name, _ in values:
        item = got.get((component, name), {})
        is_ = (item.get("attributeStatus"), item.get("attributeType"))
        yield check(is_ == ("Accepted", "Actual"), f"{component}.{name} Accepted, Actual", is_, "B05.FR.01 B05.FR.10")


THRESHOLD_S = 300

VALUES: tuple[tuple[str, Any], ...] = (
    ("integer", str(THRESHOLD_S)),
    ("decimal", f"{THRESHOLD_S}.1"),
    ("boolean", "true"),
    ("dateTime", NOW),
    ("string", "abc"),
)
"""A value of each kind; what is an integer is a decimal too."""


@station201(
    "TC_B_11_CS",
    "Write with malformed value is rejected",
    verifies="B05.FR.07",
    catches="takes_malformed_values forgets_which_attribute",
)
def set_malformed(station: Subject) -> Script:
    yield from given(ready(station))
    for kind, value in VALUES:
        yield from _written(OFFLINE, value, fits=kind == "integer", sure=True)
        yield from _written(
            ("SmartChargingCtrlr", "LimitChangeSignificance"), value, fits=kind in ("integer", "decimal")
        )
        yield from _written(("AuthCtrlr", "AuthorizeRemoteStart"), value, fits=kind == "boolean")
        yield from _written(("ClockCtrlr", "NextTimeOffsetTransitionDateTime"), value, fits=kind == "dateTime")


def _written(name: tuple[str, str], value: Any, *, fits: bool, sure: bool = False) -> Script:
    """A value that does not have the variable's format is rejected; one that does is taken, where that is ``sure``.

    What else is in the way of a value that fits (its range, a variable that is fixed) is of no interest here, and a
    variable that the station does not have of none at all.
    """
    item = _item(*name, attributeValue=value)
    reply: Reply = yield ask("SetVariables", {"setVariableData": [item]}, rule="B05.FR.01")
    result = reply.get("setVariableResult.0", {})
    status = result.get("attributeStatus")
    if not sure and status in ("UnknownComponent", "UnknownVariable"):
        return
    taken = ("Accepted", "RebootRequired")
    allowed = (*(taken if fits else ()), *(() if fits and sure else ("Rejected",)))
    wanted = f"{'.'.join(name)}: {' or '.join(allowed)}"
    yield check(status in allowed, wanted, status, "B05.FR.10" if fits else "B05.FR.07")
    told = _name(result), result.get("attributeType")
    yield check(told == (name, "Actual"), f"{'.'.join(name)}, Actual", told, "B05.FR.02 B05.FR.12")


@station201(
    "TC_B_30_CS",
    "CALL before acceptance gets SecurityError",
    verifies="B03.FR.08",
    catches="obeys_while_rejected",
)
def call_while_rejected(station: Subject) -> Script:
    yield from given(_booting(station))
    boot: Received = yield expect("BootNotification", station.boot_s, rule="B01.FR.01")
    yield answer(boot, status="Rejected", interval=INTERVAL_S)
    yield let_pass(1)
    if not (yield linked()):
        return  # a station that was rejected may hang up until it asks again
    yield ask(
        "GetBaseReport",
        {"requestId": 1, "reportBase": "FullInventory"},
        error=one_of("SecurityError"),
        rule="B03.FR.08",
    )


@station201(
    "TC_B_39_CS",
    "Write to read-only variable rejected",
    verifies="B05.FR.09",
    catches="writes_anything names_what_is_set_otherwise",
)
def set_read_only(station: Subject) -> Script:
    yield from given(ready(station))
    variable = {"name": "MessageTimeout", "instance": "Default"}
    data = {"component": {"name": "OCPPCommCtrlr"}, "variable": variable, "attributeValue": "30"}
    yield ask(
        "SetVariables",
        {"setVariableData": [data]},
        having={
            "setVariableResult.0.attributeStatus": "Rejected",
            "setVariableResult.0.component.name": "OCPPCommCtrlr",
            "setVariableResult.0.variable.name": "MessageTimeout",
            "setVariableResult.0.variable.instance": "Default",
        },
        rule="B05.FR.09",
    )


UNKNOWN = (
    ("TC_B_32_CS", "Read unknown component", "GetVariables", "B06.FR.06", "UnknownComponent"),
    ("TC_B_33_CS", "Read unknown variable", "GetVariables", "B06.FR.07", "UnknownVariable"),
    ("TC_B_34_CS", "Read unsupported attribute type", "GetVariables", "B06.FR.08", "NotSupportedAttributeType"),
    ("TC_B_35_CS", "Write unknown component", "SetVariables", "B05.FR.04", "UnknownComponent"),
    ("TC_B_36_CS", "Write unknown variable", "SetVariables", "B05.FR.05", "UnknownVariable"),
    ("TC_B_37_CS", "Write unsupported attribute type", "SetVariables", "B05.FR.06", "NotSupportedAttributeType"),
)
"""The six cases that name something in the device model which is not there, with the status that must come."""


def _names_what_is_not_there(action: str, status: str, rule: str) -> Callable[[Subject], Script]:
    component = "UnknownComponent" if status == "UnknownComponent" else OFFLINE[0]
    name = "UnknownVariable" if status == "UnknownVariable" else OFFLINE[1]
    kind = {"attributeType": "Target"} if status == "NotSupportedAttributeType" else {}
    if action == "GetVariables":
        request, result = get_of((component, name), **kind), "getVariableResult.0"
    else:
        request, result = set_of((component, name, "300"), **kind), "setVariableResult.0"
    echoed = {"attributeStatus": status, "component.name": component, "variable.name": name, **kind}

    def named(station: Subject) -> Script:
        yield from given(ready(station))
        yield ask(action, request, having={f"{result}.{path}": value for path, value in echoed.items()}, rule=rule)

    return named


for _id, _title, _action, _rule, _status in UNKNOWN:
    _catches = "reads_anything names_what_is_read_otherwise"
    if _action == "SetVariables":
        _catches = "writes_anything names_what_is_set_otherwise"
    station201(_id, _title, verifies=_rule, catches=_catches)(_names_what_is_not_there(_action, _status, _rule))
