"""Block B, provisioning. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.csms201.states import (
    attached,
    boot,
    booted,
    charging,
    connector_is,
    connectors_are,
    disconnected,
    status_of,
    told,
)
from conformance.vocabulary import (
    Received,
    Script,
    Subject,
    answer,
    ask,
    check,
    command,
    connect,
    csms201,
    given,
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
    yield from booted(csms)


@csms201(
    "TC_B_30_CSMS",
    "CALL before acceptance gets SecurityError",
    verifies="B02.FR.09 B03.FR.07",
    catches="listens_to_anyone",
)
def not_accepted(csms: Subject) -> Script:
    yield provision(csms, "station", registration="Pending")
    yield connect(csms)
    yield ask("BootNotification", boot(), having={"status": one_of("Pending", "Rejected")})
    status = status_of(csms.evse, csms.connector, "Available")
    yield ask("StatusNotification", status, error=one_of("SecurityError"), rule="B02.FR.09")


@csms201(
    "TC_B_58_CSMS",
    "WebSocket subprotocol check at connect",
    verifies="OCPP-J.3.1.2",
    catches="boots_pending",
)
def subprotocol(csms: Subject) -> Script:
    chosen = {"ending": "", "subprotocol": "ocpp2.0.1"}
    yield connect(csms, offers=("ocpp0.1", "ocpp2.0.1"), having=chosen)
    yield ask("BootNotification", boot(), having={"status": "Accepted"})


@csms201(
    "TC_B_06_CSMS",
    "Read one variable",
    verifies="B06.FR.01 B06.FR.02 B06.FR.03 B06.FR.04 B06.FR.10 B06.FR.11",
    catches="reads_another_variable",
)
def get_variable(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "get_variables", names=["OCPPCommCtrlr.OfflineThreshold"])
    having = {"getVariableData": _naming("OCPPCommCtrlr", "OfflineThreshold")}
    yield from told(csms, "GetVariables", having=having)


@csms201(
    "TC_B_07_CSMS",
    "Read several variables in one request",
    verifies="B06.FR.01 B06.FR.02 B06.FR.03",
    catches="reads_one_at_a_time",
)
def get_variables(csms: Subject) -> Script:
    yield from given(attached(csms))
    names = ["OCPPCommCtrlr.OfflineThreshold", "AuthCtrlr.AuthorizeRemoteStart"]
    yield command(csms, "get_variables", names=names)
    request: Received = yield from told(csms, "GetVariables")
    yield from _names_all(request, "getVariableData", names)


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
    yield from told(csms, "SetVariables", having=having)


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
    yield from _names_all(request, "setVariableData", list(values))
    sent = {
        item.get("variable", {}).get("name"): item.get("attributeValue") for item in request.get("setVariableData", [])
    }
    wanted = {"OfflineThreshold": "123", "AuthorizeRemoteStart": "false"}
    yield check(sent == wanted, f"{wanted}", sent, "B05.FR.02")


def _naming(component: str, name: str) -> Any:
    """Exactly this variable is named."""

    def holds(items: Any) -> bool:
        return [(each["component"]["name"], each["variable"]["name"]) for each in items] == [(component, name)]

    return satisfying(f"{component}.{name} alone", holds)


def _names_all(request: Received, path: str, names: list[str]) -> Script:
    items = request.get(path, [])
    named = {f"{each['component']['name']}.{each['variable']['name']}" for each in items}
    yield check(named == set(names), f"{path} naming {sorted(names)}", sorted(named), "B06.FR.01")


@csms201(
    "TC_B_20_CSMS",
    "Reset station OnIdle, no transaction",
    verifies="B11.FR.04",
    catches="resets_at_once",
)
def reset_idle(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "reset", kind="OnIdle")
    request: Received = yield from told(csms, "Reset", having={"type": "OnIdle"})
    yield answer(request, status="Accepted")
    yield ask("BootNotification", boot("RemoteReset"), having={"status": "Accepted"}, rule="B01.FR.02")
    yield from connectors_are(csms, "Available")


@csms201(
    "TC_B_21_CSMS",
    "Reset station OnIdle waits for transaction end",
    verifies="B12.FR.01 B12.FR.03 E07.FR.03",
    catches="resets_at_once",
)
def reset_scheduled(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield command(csms, "reset", kind="OnIdle")
    request: Received = yield from told(csms, "Reset", having={"type": "OnIdle"})
    yield answer(request, status="Scheduled")
    token = csms.tokens.valid.payload
    having = {"idTokenInfo.status": "Accepted"}
    yield ask("TransactionEvent", tx.event("StopAuthorized", state="EVConnected", idToken=token), having=having)
    yield from disconnected(csms, tx)
    yield ask("BootNotification", boot("ScheduledReset"), having={"status": "Accepted"})
    yield from connectors_are(csms, "Available")


@csms201(
    "TC_B_22_CSMS",
    "Immediate reset ends running transaction",
    verifies="B12.FR.02",
    catches="resets_some_time",
)
def reset_immediate(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield command(csms, "reset", kind="Immediate")
    request: Received = yield from told(csms, "Reset", having={"type": "Immediate"})
    yield answer(request, status="Accepted")
    info = {"stoppedReason": "ImmediateReset"}
    yield ask("TransactionEvent", tx.event("ResetCommand", kind="Ended", state="EVConnected", info=info))
    yield ask("BootNotification", boot("RemoteReset"), having={"status": "Accepted"})
    yield from connector_is(csms, "Occupied")
