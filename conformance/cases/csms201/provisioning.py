"""Block B, provisioning. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.csms201.states import attached, boot, connectors_are, status_of, told
from conformance.vocabulary import (
    PRESENT,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    answer,
    ask,
    check,
    command,
    connect,
    csms201,
    disconnect,
    given,
    let_pass,
    one_of,
    optionally,
    provision,
    satisfying,
)


@csms201(
    "TC_B_01_CSMS",
    "Boot accepted, connector states reported",
    verifies="B01.FR.02",
    catches="boots_pending boots_without_time",
)
def boot_accepted(csms: Subject) -> Script:
    yield connect(csms)
    having = {"status": "Accepted", "currentTime": PRESENT, "interval": PRESENT}
    yield ask("BootNotification", boot(), having=having, rule="B01.FR.02")
    yield from connectors_are(csms, "Available")


def _kept_waiting(csms: Subject, *statuses: str) -> Script:
    """The CSMS does not accept the station yet; returns its answer to the boot."""
    yield provision(csms, "station", registration="Pending")
    yield connect(csms)
    reply: Reply = yield ask("BootNotification", boot(), having={"status": one_of(*statuses)}, rule="B02.FR.01")
    return reply


@csms201(
    "TC_B_02_CSMS",
    "Boot pending, then accepted; CSMS may configure meanwhile",
    verifies="B02.FR.01 B02.FR.06",
    catches="boots_pending boots_without_asking",
)
def boot_pending(csms: Subject) -> Script:
    """Whatever the CSMS asks meanwhile is answered as usual."""
    reply: Reply = yield from _kept_waiting(csms, "Pending")
    yield provision(csms, "station", registration="Accepted")
    yield let_pass(reply.get("interval") or csms.heartbeat_s)
    yield ask("BootNotification", boot(), having={"status": "Accepted"}, rule="B01.FR.02 B02.FR.06")
    yield from connectors_are(csms, "Available")


@csms201(
    "TC_B_31_CSMS",
    "Trigger BootNotification while pending/rejected",
    verifies="B02.FR.01 F06.FR.01",
    catches="triggers_something_else boots_pending",
)
def boot_triggered(csms: Subject) -> Script:
    yield from _kept_waiting(csms, "Pending", "Rejected")
    yield provision(csms, "station", registration="Accepted")
    yield command(csms, "trigger", message="BootNotification")
    having = {"requestedMessage": "BootNotification"}
    request: Received = yield from told(csms, "TriggerMessage", having=having, rule="F06.FR.01")
    yield answer(request, status="Accepted")
    yield ask("BootNotification", boot("Triggered"), having={"status": "Accepted"}, rule="B01.FR.02")
    yield from connectors_are(csms, "Available")


@csms201(
    "TC_B_30_CSMS",
    "CALL before acceptance gets SecurityError",
    verifies="B02.FR.09 B03.FR.07",
    catches="listens_to_anyone",
)
def not_accepted(csms: Subject) -> Script:
    yield provision(csms, "station", registration="Pending")
    yield connect(csms)
    yield ask("BootNotification", boot(), having={"status": one_of("Pending", "Rejected")}, rule="B01.FR.02")
    for evse, connector in csms.connectors:
        status = status_of(evse, connector, "Available")
        yield ask("StatusNotification", status, error=one_of("SecurityError"), rule="B02.FR.09")


@csms201(
    "TC_B_58_CSMS",
    "WebSocket subprotocol check at connect",
    verifies="OCPP-J.3.1.2",
    catches="agrees_on_the_first_offer takes_any_subprotocol",
)
def subprotocol(csms: Subject) -> Script:
    """Without a version in common the CSMS refuses, or upgrades to no subprotocol and closes (OCPP-J 3.2)."""
    unwanted = {"ending": one_of("refused", "subprotocol", "unreachable")}
    yield connect(csms, offers=("ocpp0.1",), having=unwanted, rule="OCPP-J.3.1.2 OCPP-J.3.2")
    yield disconnect()
    chosen = {"ending": "", "subprotocol": "ocpp2.0.1"}
    yield connect(csms, offers=("ocpp0.1", "ocpp2.0.1"), having=chosen, rule="OCPP-J.3.1.2")


@csms201(
    "TC_B_06_CSMS",
    "Read one variable",
    verifies="B06.FR.01 B06.FR.02 B06.FR.03 B06.FR.04 B06.FR.10 B06.FR.11",
    catches="reads_another_variable reads_the_limit",
)
def get_variable(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "get_variables", names=["OCPPCommCtrlr.OfflineThreshold"])
    request: Received = yield from told(csms, "GetVariables", rule="B06.FR.02")
    yield from _names_all(request, "getVariableData", ["OCPPCommCtrlr.OfflineThreshold"], "B06.FR.02")
    yield from _actual_read(request, ["OCPPCommCtrlr.OfflineThreshold"])


@csms201(
    "TC_B_07_CSMS",
    "Read several variables in one request",
    verifies="B06.FR.01 B06.FR.02 B06.FR.03",
    catches="reads_one_at_a_time reads_the_limit",
)
def get_variables(csms: Subject) -> Script:
    yield from given(attached(csms))
    names = ["OCPPCommCtrlr.OfflineThreshold", "AuthCtrlr.AuthorizeRemoteStart"]
    yield command(csms, "get_variables", names=names)
    request: Received = yield from told(csms, "GetVariables")
    yield from _names_all(request, "getVariableData", names, "B06.FR.01")
    yield from _actual_read(request, names)


def _actual_read(request: Received, names: list[str]) -> Script:
    """The actual value of each is asked for, besides others perhaps."""
    items = request.get("getVariableData", [])
    actual = {_name_of(each) for each in items if each.get("attributeType", "Actual") == "Actual"}
    yield check(actual >= set(names), f"the actual value of {sorted(names)}", sorted(actual) or "none", "B06.FR.11")


MOST = 4
"""How many variables the bench lets itself be asked for at once, in TC_B_08_CSMS."""
LIMIT = "DeviceDataCtrlr.ItemsPerMessage[GetVariables]"
MANY = [
    "DeviceDataCtrlr.ItemsPerMessage[GetReport]",
    LIMIT,
    "DeviceDataCtrlr.BytesPerMessage[GetReport]",
    "DeviceDataCtrlr.BytesPerMessage[GetVariables]",
    "AuthCtrlr.AuthorizeRemoteStart",
]


@csms201(
    "TC_B_08_CSMS",
    "CSMS splits reads by ItemsPerMessage limit",
    verifies="B06.FR.05",
    catches="reads_too_many_at_once",
)
def get_variables_in_parts(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "get_variables", names=[LIMIT])
    yield from given(_read(csms))
    yield command(csms, "get_variables", names=MANY)
    asked: list[str] = []
    while len(set(asked)) < len(MANY):
        names: list[str] = yield from _read(csms)
        yield check(len(names) <= MOST, f"at most {MOST} variables in one GetVariables", len(names), "B06.FR.05")
        asked += names
    yield check(sorted(asked) == sorted(MANY), f"{sorted(MANY)}", sorted(asked), "B06.FR.01")


def _read(csms: Subject) -> Script:
    """The CSMS reads variables, each of which is as large as the bench lets itself be asked; returns their names."""
    request: Received = yield from told(csms, "GetVariables", rule="B06.FR.01")
    items: list[Payload] = request.get("getVariableData", [])
    told_of = {"attributeStatus": "Accepted", "attributeType": "Actual", "attributeValue": str(MOST)}
    yield answer(request, getVariableResult=[{**item, **told_of} for item in items])
    return [_name_of(item) for item in items]


def _name_of(item: Any) -> str:
    """As part 6 writes a variable; what names none comes as it is."""
    match item:
        case {"component": {"name": component}, "variable": {"name": variable, "instance": instance}}:
            return f"{component}.{variable}[{instance}]"
        case {"component": {"name": component}, "variable": {"name": variable}}:
            return f"{component}.{variable}"
    return str(item)


@csms201(
    "TC_B_09_CSMS",
    "Write one variable",
    verifies="B05.FR.01 B05.FR.02 B05.FR.03 B05.FR.10 B05.FR.12",
    catches="writes_another_value",
)
def set_variable(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "set_variables", values={"OCPPCommCtrlr.OfflineThreshold": 123})
    having = {
        "setVariableData": _naming("OCPPCommCtrlr", "OfflineThreshold"),
        "setVariableData.0.attributeValue": "123",
        "setVariableData.0.attributeType": optionally("Actual"),
    }
    yield from told(csms, "SetVariables", having=having, rule="B05.FR.02")


@csms201(
    "TC_B_10_CSMS",
    "Write several variables in one request",
    verifies="B05.FR.01 B05.FR.02 B05.FR.03",
    catches="writes_one_at_a_time",
)
def set_variables(csms: Subject) -> Script:
    yield from given(attached(csms))
    values = {"OCPPCommCtrlr.OfflineThreshold": "123", "AuthCtrlr.AuthorizeRemoteStart": "false"}
    yield command(csms, "set_variables", values=values)
    request: Received = yield from told(csms, "SetVariables")
    yield from _names_all(request, "setVariableData", list(values), "B05.FR.01")
    sent = {
        item.get("variable", {}).get("name"): item.get("attributeValue") for item in request.get("setVariableData", [])
    }
    wanted = {"OfflineThreshold": "123", "AuthorizeRemoteStart": "false"}
    yield check(sent == wanted, f"{wanted}", sent, "B05.FR.02")
    types = {item.get("attributeType", "Actual") for item in request.get("setVariableData", [])}
    yield check(types == {"Actual"}, "attributeType Actual, or none", sorted(types), "B05.FR.02")


def _naming(component: str, name: str) -> Any:
    """Exactly this variable is named."""

    def holds(items: Any) -> bool:
        return [_name_of(each) for each in items] == [f"{component}.{name}"]

    return satisfying(f"{component}.{name} alone", holds)


def _names_all(request: Received, path: str, names: list[str], rule: str) -> Script:
    named = {_name_of(each) for each in request.get(path, [])}
    yield check(named == set(names), f"{path} naming {sorted(names)}", sorted(named), rule)
