"""Blocks C, E, F, G and J: tokens, transactions, remote control, availability, meter values. CSMS, OCPP 2.0.1."""

# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.csms201_states import (
    ACCEPTED,
    attached,
    authorize,
    authorized,
    charging,
    connector_is,
    connectors_are,
    disconnected,
    energized,
    meter,
    plugged,
    post_session,
    session,
    status_of,
    stopped,
    told,
)
from conformance.vocabulary import (
    ABSENT,
    CSMS,
    NOW,
    V201,
    Received,
    Script,
    Subject,
    Token,
    answer,
    ask,
    case,
    command,
    given,
    let_pass,
    one_of,
)

ED3 = (V201,)
UNKNOWN = one_of("Invalid", "Unknown")


def _authorize(csms: Subject, token: Token, demand: Any) -> Script:
    yield from given(attached(csms))
    yield ask("Authorize", authorize(token), having={"idTokenInfo.status": demand}, rule="C01.FR.07")


@case(
    "TC_C_02_CSMS",
    "Token invalid/unknown",
    verifies="C01.FR.07 C04.FR.01 C06.FR.04",
    under_test=CSMS,
    versions=ED3,
    catches="accepts_any_token",
)
def invalid_token(csms: Subject) -> Script:
    yield from _authorize(csms, csms.tokens.invalid, UNKNOWN)


@case(
    "TC_C_06_CSMS",
    "Token blocked",
    verifies="C01.FR.07",
    under_test=CSMS,
    versions=ED3,
    catches="accepts_any_token",
)
def blocked_token(csms: Subject) -> Script:
    yield from _authorize(csms, csms.tokens.blocked, one_of("Blocked", "Invalid"))


@case(
    "TC_C_07_CSMS",
    "Token expired",
    verifies="C01.FR.07",
    under_test=CSMS,
    versions=ED3,
    catches="accepts_any_token",
)
def expired_token(csms: Subject) -> Script:
    yield from _authorize(csms, csms.tokens.expired, one_of("Expired", "Invalid"))


def _cached(csms: Subject, token: Token, demand: Any) -> Script:
    """A token that the station had in its cache is judged in the answer to the transaction event."""
    yield from given(attached(csms))
    tx = session(csms)
    yield from given(plugged(csms, tx))
    having = {"idTokenInfo.status": demand}
    yield ask("TransactionEvent", tx.event("Authorized", idToken=token.payload), having=having, rule="C12.FR.03")


@case(
    "TC_C_08_CSMS",
    "Token from the station's cache, accepted",
    verifies="C12.FR.03",
    under_test=CSMS,
    versions=ED3,
    catches="says_nothing_of_the_token",
)
def cached_valid(csms: Subject) -> Script:
    yield from _cached(csms, csms.tokens.valid, "Accepted")


@case(
    "TC_C_20_CSMS",
    "Token from the station's cache, invalid by now",
    verifies="C12.FR.03",
    under_test=CSMS,
    versions=ED3,
    catches="charges_any_token",
)
def cached_invalid(csms: Subject) -> Script:
    yield from _cached(csms, csms.tokens.invalid, UNKNOWN)


@case(
    "TC_C_37_CSMS",
    "Authorization cache cleared",
    verifies="C11.FR.01",
    under_test=CSMS,
    versions=ED3,
    catches="clears_nothing",
)
def clear_cache(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "clear_cache")
    yield from told(csms, "ClearCache")
    yield ask("Heartbeat")


# -- transactions ----------------------------------------------------------------------------------------------------


def _first_event(csms: Subject, *states: str) -> Script:
    """Authorized and plugged before the transaction begins, which is with the first of these charging states."""
    yield from given(attached(csms))
    token = csms.tokens.valid
    yield ask("Authorize", authorize(token), having=ACCEPTED, rule="C01.FR.07")
    yield from connector_is(csms, "Occupied")
    tx = session(csms)
    first, *rest = states
    event = tx.event("ChargingStateChanged", state=first, idToken=token.payload, **tx.place)
    yield ask("TransactionEvent", event, having=ACCEPTED, rule="E03.FR.02")
    for state in rest:
        yield ask("TransactionEvent", tx.event("ChargingStateChanged", state=state))


@case(
    "TC_E_01_CSMS",
    "Transaction starts when the power path closes",
    verifies="E01.FR.05",
    under_test=CSMS,
    versions=ED3,
    catches="says_nothing_of_the_token",
)
def power_path_closed(csms: Subject) -> Script:
    yield from _first_event(csms, "SuspendedEVSE", "Charging")


@case(
    "TC_E_02_CSMS",
    "Transaction starts with the energy",
    verifies="E01.FR.06",
    under_test=CSMS,
    versions=ED3,
    catches="says_nothing_of_the_token",
)
def energy_transfer(csms: Subject) -> Script:
    yield from _first_event(csms, "Charging")


@case(
    "TC_E_03_CSMS",
    "Local start, cable first",
    verifies="E02.FR.02",
    under_test=CSMS,
    versions=ED3,
    catches="refuses_valid_tokens says_nothing_of_the_token",
)
def cable_first(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = session(csms)
    yield from given(plugged(csms, tx))
    yield from authorized(csms, tx)
    yield from energized(csms, tx)


@case(
    "TC_E_04_CSMS",
    "Local start, authorization first",
    verifies="E03.FR.02",
    under_test=CSMS,
    versions=ED3,
    catches="says_nothing_of_the_token",
)
def token_first(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = session(csms)
    yield from authorized(csms, tx)
    yield from energized(csms, tx)


@case(
    "TC_E_09_CSMS",
    "Transaction starts when the EV is connected",
    verifies="E01.FR.02",
    under_test=CSMS,
    versions=ED3,
    catches="chokes_on_a_start",
)
def ev_connected(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from plugged(csms, session(csms))


@case(
    "TC_E_07_CSMS",
    "Local stop opens the power path",
    verifies="E06.FR.06",
    under_test=CSMS,
    versions=ED3,
    catches="chokes_on_an_end",
)
def stop_power_path(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from _ended(tx, "StopAuthorized", "Local")


@case(
    "TC_E_14_CSMS",
    "Unplugging after the stop ends the transaction",
    verifies="E06.FR.02",
    under_test=CSMS,
    versions=ED3,
    catches="chokes_on_an_end",
)
def stop_unplugged(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from given(stopped(csms, tx))
    yield from given(post_session(csms, tx))
    yield from disconnected(csms, tx)


@case(
    "TC_E_15_CSMS",
    "Stop by the token that started",
    verifies="E06.FR.03",
    under_test=CSMS,
    versions=ED3,
    catches="chokes_on_an_end",
)
def stop_authorized(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from _ended(tx, "StopAuthorized", "Local")


def _ended(tx: Any, trigger: str, reason: str) -> Script:
    yield ask("TransactionEvent", tx.event(trigger, kind="Ended", info={"stoppedReason": reason}))


@case(
    "TC_E_21_CSMS",
    "Remote stop ends the transaction",
    verifies="E06.FR.03 F03.FR.01 F03.FR.09 F03.FR.10",
    under_test=CSMS,
    versions=ED3,
    catches="stops_another_transaction",
)
def stop_remote(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield command(csms, "remote_stop", transaction_id=tx.id)
    having = {"transactionId": tx.id}
    request: Received = yield from told(csms, "RequestStopTransaction", having=having, rule="F03.FR.01")
    yield answer(request, status="Accepted")
    yield from _ended(tx, "RemoteStop", "Remote")


@case(
    "TC_E_39_CSMS",
    "Cable never plugged: transaction times out",
    verifies="E03.FR.04 E03.FR.05 E06.FR.04",
    under_test=CSMS,
    versions=ED3,
    catches="chokes_on_an_end",
)
def plug_timeout(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = session(csms)
    yield from given(authorized(csms, tx))
    yield let_pass(csms.plug_timeout_s)
    yield from _ended(tx, "EVConnectTimeout", "Timeout")


@case(
    "TC_E_53_CSMS",
    "seqNo begins at 0 again with each transaction",
    verifies="E01.FR.07",
    under_test=CSMS,
    versions=ED3,
    catches="chokes_on_a_start",
)
def sequence_restarts(csms: Subject) -> Script:
    yield from given(attached(csms))
    for number in (1, 2):
        tx = yield from charging(csms, number)
        yield from stopped(csms, tx)
        yield from post_session(csms, tx)
        yield from disconnected(csms, tx)


# -- remote control --------------------------------------------------------------------------------------------------


def _remote_start(csms: Subject) -> Script:
    """The CSMS asks for a start with the agreed token; returns its request."""
    token = csms.tokens.valid
    yield command(csms, "remote_start", id_token=token.id, token_type=token.type, evse=csms.evse)
    having = {"idToken.idToken": token.id, "idToken.type": token.type}
    request: Received = yield from told(csms, "RequestStartTransaction", having=having)
    return request


@case(
    "TC_F_01_CSMS",
    "Remote start, cable first",
    verifies="F01.FR.08",
    under_test=CSMS,
    versions=ED3,
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


@case(
    "TC_F_02_CSMS",
    "Remote start first, station authorizes token",
    verifies="F02.FR.01 F01.FR.01",
    under_test=CSMS,
    versions=ED3,
    catches="starts_with_another_token refuses_valid_tokens",
)
def remote_first_authorizing(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _remote_start(csms)
    yield answer(request, status="Accepted")
    yield ask("Authorize", authorize(csms.tokens.valid), having=ACCEPTED, rule="C01.FR.07")
    yield from _remotely_begun(csms, request)


@case(
    "TC_F_03_CSMS",
    "Remote start first, no authorization",
    verifies="F02.FR.01 F01.FR.02",
    under_test=CSMS,
    versions=ED3,
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


@case(
    "TC_F_04_CSMS",
    "Remote start, cable never plugged",
    verifies="E03.FR.04 E03.FR.05",
    under_test=CSMS,
    versions=ED3,
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


@case(
    "TC_F_06_CSMS",
    "Unlock, no transaction",
    verifies="F05.FR.01",
    under_test=CSMS,
    versions=ED3,
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


@case(
    "TC_F_11_CSMS",
    "Trigger MeterValues for one EVSE",
    verifies="F06.FR.01 F06.FR.02",
    under_test=CSMS,
    versions=ED3,
    catches="triggers_something_else",
)
def trigger_meter_values(csms: Subject) -> Script:
    request = yield from _trigger(csms, "MeterValues", evse=csms.evse)
    yield answer(request, status="Accepted")
    yield ask("MeterValues", {"evseId": csms.evse, "meterValue": meter(1000, "Trigger")})


@case(
    "TC_F_20_CSMS",
    "Trigger Heartbeat",
    verifies="F06.FR.01",
    under_test=CSMS,
    versions=ED3,
    catches="triggers_something_else",
)
def trigger_heartbeat(csms: Subject) -> Script:
    request = yield from _trigger(csms, "Heartbeat")
    yield answer(request, status="Accepted")
    yield ask("Heartbeat")


@case(
    "TC_F_23_CSMS",
    "Trigger StatusNotification, connector available",
    verifies="F06.FR.01 F06.FR.02 F06.FR.13",
    under_test=CSMS,
    versions=ED3,
    catches="triggers_something_else",
)
def trigger_status(csms: Subject) -> Script:
    request = yield from _trigger(csms, "StatusNotification", evse=csms.evse, connector=csms.connector)
    yield answer(request, status="Accepted")
    yield from connector_is(csms, "Available")


@case(
    "TC_F_27_CSMS",
    "Trigger answered NotImplemented",
    verifies="F06.FR.08",
    under_test=CSMS,
    versions=ED3,
    catches="deaf_after_a_refusal",
)
def trigger_not_implemented(csms: Subject) -> Script:
    request = yield from _trigger(csms, "FirmwareStatusNotification")
    yield answer(request, status="NotImplemented")
    yield ask("Heartbeat")


# -- availability ----------------------------------------------------------------------------------------------------


def _availability(csms: Subject, operative: bool, status: str, *, whole: bool = False) -> Script:
    wanted = "Operative" if operative else "Inoperative"
    place = {} if whole else {"evse": csms.evse}
    yield command(csms, "change_availability", operative=operative, **place)
    having = {"operationalStatus": wanted, **({"evse": ABSENT} if whole else {"evse.id": csms.evse})}
    request: Received = yield from told(csms, "ChangeAvailability", having={**having, "evse.connectorId": ABSENT})
    yield answer(request, status=status)


@case(
    "TC_G_03_CSMS",
    "EVSE set inoperative",
    verifies="G03.FR.01",
    under_test=CSMS,
    versions=ED3,
    catches="means_the_whole_station",
)
def evse_inoperative(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _availability(csms, False, "Accepted")
    yield from connector_is(csms, "Unavailable")


@case(
    "TC_G_04_CSMS",
    "EVSE set operative",
    verifies="G03.FR.01",
    under_test=CSMS,
    versions=ED3,
    catches="never_operative_again",
)
def evse_operative(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(_availability(csms, False, "Accepted"))
    yield from given(connector_is(csms, "Unavailable"))
    yield from _availability(csms, True, "Accepted")
    yield from connector_is(csms, "Available")


@case(
    "TC_G_05_CSMS",
    "Station set inoperative",
    verifies="G04.FR.01",
    under_test=CSMS,
    versions=ED3,
    catches="means_one_evse",
)
def station_inoperative(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _availability(csms, False, "Accepted", whole=True)
    yield from connectors_are(csms, "Unavailable")


@case(
    "TC_G_11_CSMS",
    "EVSE inoperative scheduled during transaction",
    verifies="G03.FR.05",
    under_test=CSMS,
    versions=ED3,
    catches="means_the_whole_station",
)
def evse_scheduled(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from _availability(csms, False, "Scheduled")
    yield from stopped(csms, tx)
    yield from post_session(csms, tx)
    yield from disconnected(csms, tx)
    yield from connector_is(csms, "Unavailable")


@case(
    "TC_G_20_CSMS",
    "Connector lock failure event reported",
    verifies="G05.FR.03",
    under_test=CSMS,
    versions=ED3,
    catches="chokes_on_events",
)
def lock_failure(csms: Subject) -> Script:
    yield from given(attached(csms))
    event = {
        "eventId": 1,
        "timestamp": NOW,
        "trigger": "Delta",
        "actualValue": "true",
        "eventNotificationType": "HardWiredNotification",
        "component": {
            "name": "ConnectorPlugRetentionLock",
            "evse": {"id": csms.evse, "connectorId": csms.connector},
        },
        "variable": {"name": "Problem"},
    }
    yield ask("NotifyEvent", {"generatedAt": NOW, "seqNo": 0, "eventData": [event]})


# -- meter values ----------------------------------------------------------------------------------------------------


@case(
    "TC_J_01_CSMS",
    "Aligned meter values when idle",
    verifies="J01.FR.18",
    under_test=CSMS,
    versions=ED3,
    catches="chokes_on_meter_values",
)
def aligned_idle(csms: Subject) -> Script:
    yield from given(attached(csms))
    for number in range(3):
        yield let_pass(csms.sample_s)
        for evse in range(len(csms.evses) + 1):
            yield ask("MeterValues", {"evseId": evse, "meterValue": meter(1000 + number, "Sample.Clock")})


@case(
    "TC_J_02_CSMS",
    "Aligned meter values in transaction",
    verifies="J01.FR.18",
    under_test=CSMS,
    versions=ED3,
    catches="chokes_on_an_update chokes_on_meter_values",
)
def aligned_charging(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from _metered(csms, tx, "MeterValueClock", "Sample.Clock", besides=True)


@case(
    "TC_J_09_CSMS",
    "Sampled values in Updated events",
    verifies="J02.FR.19",
    under_test=CSMS,
    versions=ED3,
    catches="chokes_on_an_update",
)
def sampled_updates(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from _metered(csms, tx, "MeterValuePeriodic", "Sample.Periodic")


def _metered(csms: Subject, tx: Any, trigger: str, context: str, *, besides: bool = False) -> Script:
    """Three samples of the transaction; with ``besides`` also of the main meter and of the idle EVSEs."""
    idle = [evse for evse in range(len(csms.evses) + 1) if evse != csms.evse] if besides else []
    for number in range(3):
        yield let_pass(csms.sample_s)
        for evse in idle:
            yield ask("MeterValues", {"evseId": evse, "meterValue": meter(1000 + number, context)})
        yield ask("TransactionEvent", tx.event(trigger, meterValue=meter(1000 + 100 * number, context)))


@case(
    "TC_J_10_CSMS",
    "Sampled values in Ended event",
    verifies="J02.FR.19",
    under_test=CSMS,
    versions=ED3,
    catches="chokes_on_an_end",
)
def sampled_end(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from given(stopped(csms, tx))
    yield from given(post_session(csms, tx))
    values = [*meter(1000, "Sample.Periodic"), *meter(1500, "Transaction.End")]
    yield from disconnected(csms, tx, meterValue=values)
    yield ask("StatusNotification", status_of(csms.evse, csms.connector, "Available"))
