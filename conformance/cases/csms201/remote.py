"""Block F, remote control. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.csms201.states import (
    ACCEPTED,
    attached,
    authorize,
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
    request: Received = yield from told(csms, "RequestStartTransaction", having=having)
    return request


@csms201(
    "TC_F_01_CSMS",
    "Remote start, cable first",
    verifies="F01.FR.08",
    catches="starts_with_another_token never_starts",
)
def remote_cable_first(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = session(csms)
    yield from given(plugged(csms, tx))
    request = yield from _remote_start(csms)
    yield answer(request, status="Accepted", transactionId=tx.id)
    info = {"remoteStartId": request.get("remoteStartId")}
    token = csms.tokens.valid.payload
    yield ask("TransactionEvent", tx.event("RemoteStart", info=info, idToken=token), having=ACCEPTED)
    yield from energized(csms, tx)


@csms201(
    "TC_F_02_CSMS",
    "Remote start first, station authorizes token",
    verifies="F02.FR.01 F01.FR.01",
    catches="starts_with_another_token refuses_valid_tokens",
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
    catches="starts_with_another_token",
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
    yield ask("TransactionEvent", tx.event("RemoteStart", info=info, idToken=token), having=ACCEPTED)
    yield from energized(csms, tx)


@csms201(
    "TC_F_04_CSMS",
    "Remote start, cable never plugged",
    verifies="E03.FR.04 E03.FR.05",
    catches="chokes_on_an_update",
)
def remote_timeout(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _remote_start(csms)
    yield answer(request, status="Accepted")
    tx = session(csms)
    yield ask("TransactionEvent", tx.event("RemoteStart", info={"remoteStartId": request.get("remoteStartId")}))
    yield let_pass(csms.transaction_s)
    yield ask("TransactionEvent", tx.event("EVConnectTimeout"))


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
    request: Received = yield from told(csms, "UnlockConnector", having=having)
    yield answer(request, status="Unlocked")
    yield ask("Heartbeat")


def _trigger(csms: Subject, message: str, **place: int) -> Script:
    yield from given(attached(csms))
    yield command(csms, "trigger", message=message, **place)
    having: dict[str, Any] = {"requestedMessage": message}
    if "evse" in place:
        having["evse.id"] = csms.evse
    request: Received = yield from told(csms, "TriggerMessage", having=having, rule="F06.FR.01")
    return request


@csms201(
    "TC_F_11_CSMS",
    "Trigger MeterValues for one EVSE",
    verifies="F06.FR.01 F06.FR.02",
    catches="triggers_something_else",
)
def trigger_meter_values(csms: Subject) -> Script:
    request = yield from _trigger(csms, "MeterValues", evse=csms.evse)
    yield answer(request, status="Accepted")
    yield ask("MeterValues", {"evseId": csms.evse, "meterValue": meter(1000, "Trigger")})


@csms201(
    "TC_F_20_CSMS",
    "Trigger Heartbeat",
    verifies="F06.FR.01",
    catches="triggers_something_else",
)
def trigger_heartbeat(csms: Subject) -> Script:
    request = yield from _trigger(csms, "Heartbeat")
    yield answer(request, status="Accepted")
    yield ask("Heartbeat")


@csms201(
    "TC_F_23_CSMS",
    "Trigger StatusNotification, connector available",
    verifies="F06.FR.01 F06.FR.02 F06.FR.13",
    catches="triggers_something_else",
)
def trigger_status(csms: Subject) -> Script:
    request = yield from _trigger(csms, "StatusNotification", evse=csms.evse, connector=csms.connector)
    yield answer(request, status="Accepted")
    yield from connector_is(csms, "Available")


@csms201(
    "TC_F_27_CSMS",
    "Trigger answered NotImplemented",
    verifies="F06.FR.08",
    catches="deaf_after_a_refusal",
)
def trigger_not_implemented(csms: Subject) -> Script:
    request = yield from _trigger(csms, "FirmwareStatusNotification")
    yield answer(request, status="NotImplemented")
    yield ask("Heartbeat")
