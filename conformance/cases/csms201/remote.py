"""Block F, remote control. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.csms201.states import (
    ACCEPTED,
    Session,
    attached,
    authorize,
    charging,
    connector_is,
    energized,
    meter,
    plugged,
    session,
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
    csms201,
    given,
    let_pass,
)


def _remote_start(csms: Subject) -> Script:
    """The CSMS asks for a start with the agreed token; returns its request."""
    token = csms.tokens.valid
    yield command(csms, "remote_start", id_token=token.id, token_type=token.type, evse=csms.evse)
    having = {"idToken.idToken": token.id, "idToken.type": token.type}
    request: Received = yield from told(csms, "RequestStartTransaction", having=having, rule="F01.FR.04 F02.FR.12")
    return request


@csms201(
    "TC_F_01_CSMS",
    "Remote start, cable first",
    verifies="F01.FR.03 F01.FR.04",
    catches="starts_with_another_token never_starts checks_no_token_of_its_own",
)
def remote_cable_first(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = session(csms)
    yield from given(plugged(csms, tx))
    request = yield from _remote_start(csms)
    yield answer(request, status="Accepted", transactionId=tx.id)
    info = {"remoteStartId": request.get("remoteStartId")}
    token = csms.tokens.valid.payload
    yield ask("TransactionEvent", tx.event("RemoteStart", info=info, idToken=token), having=ACCEPTED, rule="F01.FR.03")
    yield from energized(csms, tx)


@csms201(
    "TC_F_02_CSMS",
    "Remote start first, station authorizes token",
    verifies="F02.FR.01 F01.FR.01",
    catches="starts_with_another_token refuses_valid_tokens checks_no_token_of_its_own",
)
def remote_first_authorizing(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _remote_start(csms)
    yield answer(request, status="Accepted")
    yield ask("Authorize", authorize(csms.tokens.valid), having=ACCEPTED, rule="C01.FR.07")
    yield from _remotely_begun(csms, request)


@csms201(
    "TC_F_03_CSMS",
    "Remote start first, no authorization",
    verifies="F02.FR.01 F01.FR.02",
    catches="starts_with_another_token checks_no_token_of_its_own",
)
def remote_first(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _remote_start(csms)
    yield answer(request, status="Accepted")
    yield from _remotely_begun(csms, request)


def _remotely_begun(csms: Subject, request: Received) -> Script:
    tx = session(csms)
    info = {"remoteStartId": request.get("remoteStartId")}
    token = csms.tokens.valid.payload
    yield ask("TransactionEvent", tx.event("RemoteStart", info=info, idToken=token), having=ACCEPTED, rule="F02.FR.11")
    yield from energized(csms, tx)


@csms201(
    "TC_F_04_CSMS",
    "Remote start, cable never plugged",
    verifies="E03.FR.04 E03.FR.05",
    catches="chokes_on_who_never_plugs starts_with_another_token",
)
def remote_timeout(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _remote_start(csms)
    yield answer(request, status="Accepted")
    tx = session(csms)
    yield ask("TransactionEvent", tx.event("RemoteStart", info={"remoteStartId": request.get("remoteStartId")}))
    yield let_pass(csms.transaction_s)
    yield ask("TransactionEvent", tx.event("EVConnectTimeout"), rule="E03.FR.05")


@csms201(
    "TC_F_06_CSMS",
    "Unlock, no transaction",
    verifies="F05.FR.01",
    catches="unlocks_another_connector",
)
def unlock(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "unlock", evse=csms.evse, connector=csms.connector)
    having = {"evseId": csms.evse, "connectorId": csms.connector}
    request: Received = yield from told(csms, "UnlockConnector", having=having, rule="F05.FR.01")
    yield answer(request, status="Unlocked")
    yield ask("Heartbeat", rule="G02.FR.03")


def _trigger(csms: Subject, message: str, **place: int) -> Script:
    """The CSMS, told to, asks for a message; returns its request."""
    yield command(csms, "trigger", message=message, **place)
    request: Received = yield from told(csms, "TriggerMessage", having={"requestedMessage": message}, rule="F06.FR.01")
    if "evse" in place:
        yield check(request.get("evse.id") == csms.evse, f"evse.id {csms.evse}", request.get("evse.id"), "F06.FR.02")
    if "connector" in place:
        told_id = request.get("evse.connectorId")
        yield check(told_id == csms.connector, f"evse.connectorId {csms.connector}", told_id, "F06.FR.13")
    return request


@csms201(
    "TC_F_11_CSMS",
    "Trigger MeterValues for one EVSE",
    verifies="F06.FR.01 F06.FR.02",
    catches="triggers_something_else",
)
def trigger_meter_values(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _trigger(csms, "MeterValues", evse=csms.evse)
    yield answer(request, status="Accepted")
    yield ask("MeterValues", {"evseId": csms.evse, "meterValue": meter(1000, "Trigger")})


@csms201(
    "TC_F_12_CSMS",
    "Trigger MeterValues for all EVSEs",
    verifies="F06.FR.01",
    catches="triggers_something_else",
)
def trigger_all_meter_values(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _trigger(csms, "MeterValues")
    yield answer(request, status="Accepted")
    for evse in range(1, len(csms.evses) + 1):
        yield ask("MeterValues", {"evseId": evse, "meterValue": meter(1000, "Trigger")})


def _trigger_transaction(csms: Subject, **place: Any) -> Script:
    """While an EV charges, the CSMS asks how its transaction stands, and is told."""
    yield from given(attached(csms))
    tx: Session = yield from given(charging(csms))
    request = yield from _trigger(csms, "TransactionEvent", **place)
    yield answer(request, status="Accepted")
    where = tx.place if "evse" in place else {}
    yield ask("TransactionEvent", tx.event("Trigger", state="Charging", meterValue=meter(1000, "Trigger"), **where))


@csms201(
    "TC_F_13_CSMS",
    "Trigger TransactionEvent for one EVSE",
    verifies="F06.FR.01 F06.FR.02",
    catches="triggers_something_else triggers_every_evse",
)
def trigger_transaction(csms: Subject) -> Script:
    yield from _trigger_transaction(csms, evse=csms.evse)


@csms201(
    "TC_F_14_CSMS",
    "Trigger TransactionEvent for all EVSEs",
    verifies="F06.FR.01",
    catches="triggers_something_else",
)
def trigger_all_transactions(csms: Subject) -> Script:
    yield from _trigger_transaction(csms)


@csms201(
    "TC_F_15_CSMS",
    "Trigger LogStatusNotification when idle",
    verifies="F06.FR.01",
    catches="triggers_a_heartbeat",
)
def trigger_log(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _trigger(csms, "LogStatusNotification")
    yield answer(request, status="Accepted")
    yield ask("LogStatusNotification", {"status": "Idle"})


@csms201(
    "TC_F_18_CSMS",
    "Trigger FirmwareStatusNotification when idle",
    verifies="F06.FR.01",
    catches="triggers_something_else",
)
def trigger_firmware(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _trigger(csms, "FirmwareStatusNotification")
    yield answer(request, status="Accepted")
    yield ask("FirmwareStatusNotification", {"status": "Idle"})


@csms201(
    "TC_F_20_CSMS",
    "Trigger Heartbeat",
    verifies="F06.FR.01",
    catches="triggers_something_else",
)
def trigger_heartbeat(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _trigger(csms, "Heartbeat")
    yield answer(request, status="Accepted")
    yield ask("Heartbeat", rule="G02.FR.03")


def _trigger_status(csms: Subject, status: str) -> Script:
    """The CSMS asks for the state of a connector, and is told."""
    request = yield from _trigger(csms, "StatusNotification", evse=csms.evse, connector=csms.connector)
    yield answer(request, status="Accepted")
    yield from connector_is(csms, status)


@csms201(
    "TC_F_23_CSMS",
    "Trigger StatusNotification, connector available",
    verifies="F06.FR.01 F06.FR.02 F06.FR.13",
    catches="triggers_something_else triggers_the_status_of_an_evse",
)
def trigger_status(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _trigger_status(csms, "Available")


@csms201(
    "TC_F_24_CSMS",
    "Trigger StatusNotification, connector occupied",
    verifies="F06.FR.01 F06.FR.02 F06.FR.13",
    catches="triggers_something_else triggers_the_status_of_an_evse",
)
def trigger_occupied(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(connector_is(csms, "Occupied"))
    yield from _trigger_status(csms, "Occupied")


@csms201(
    "TC_F_27_CSMS",
    "Trigger answered NotImplemented",
    verifies="F06.FR.08",
    catches="deaf_after_a_refusal",
)
def trigger_not_implemented(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _trigger(csms, "FirmwareStatusNotification")
    yield answer(request, status="NotImplemented")
    yield ask("Heartbeat", rule="G02.FR.03")
