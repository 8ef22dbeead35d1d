"""Starting, stopping and triggering from afar. Charge point under test, OCPP 1.6."""

# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.station16.states import (
    AVAILABLE,
    PREPARING,
    TRANSACTION,
    authorizes_remote,
    charging,
    configured,
    connectors,
    ended,
    plugged,
    ready,
    remote_start,
    started,
    status,
)
from conformance.vocabulary import (
    Reply,
    Script,
    Subject,
    any_of,
    ask,
    expect,
    given,
    one_of,
    plug,
    silence,
    station16,
)

ANY_REFUSAL = one_of("PropertyConstraintViolation", "GenericError", "InternalError", "ProtocolError", "NotSupported")


@station16(
    "TC_010_CS",
    "Remote start, cable first",
    verifies="1.6:5.11",
    catches="refuses_remote_start_16 starts_another_tag_16",
)
def remote_cable_first(station: Subject) -> Script:
    yield from given(ready(station))
    asks = yield from given(authorizes_remote(station))
    yield from plugged(station)
    yield from remote_start(station, asks)
    yield from started(station, rule="1.6:5.11")


@station16(
    "TC_011_1_CS",
    "Remote start before cable",
    verifies="1.6:5.11",
    catches="refuses_remote_start_16 never_preparing_16",
)
def remote_first(station: Subject) -> Script:
    yield from given(ready(station))
    asks = yield from given(authorizes_remote(station))
    yield from remote_start(station, asks)
    yield status(station, PREPARING)
    yield plug(station)
    yield from started(station, rule="1.6:5.11")


@station16(
    "TC_011_2_CS",
    "Remote start, cable never plugged",
    verifies="1.6:5.11 1.6:9.1.6",
    catches="waits_for_ever_16 refuses_remote_start_16",
)
def remote_timeout(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "ConnectionTimeOut", station.plug_timeout_s))
    asks = yield from given(authorizes_remote(station))
    yield from remote_start(station, asks)
    yield status(station, PREPARING)
    within_s = station.plug_timeout_s + station.tolerance_s
    yield status(station, AVAILABLE, within_s=within_s, rule="1.6:9.1.6")


@station16(
    "TC_012_CS",
    "Remote stop",
    verifies="1.6:5.12 1.6:4.10",
    catches="stops_for_another_reason_16 never_finishing_16 refuses_remote_stop_16",
)
def remote_stop(station: Subject) -> Script:
    yield from given(charging(station))
    stop = {"transactionId": TRANSACTION}
    yield ask("RemoteStopTransaction", stop, having={"status": "Accepted"}, rule="1.6:5.12")
    yield from ended(station, "Remote", "1.6:4.10 1.6:5.12")


@station16(
    "TC_023_5_CS",
    "Remote start, Authorize invalid",
    verifies="1.6:4.1 1.6:5.11",
    catches="charges_anyone_16 refuses_remote_start_16",
)
def remote_invalid_tag(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "AuthorizeRemoteTxRequests", "true", optional=True))
    asks = yield from given(authorizes_remote(station))
    yield from given(plugged(station))
    token = station.tokens.invalid
    yield from remote_start(station, asks, token=token)
    if asks:
        yield silence(station.message_s, "StartTransaction", rule="1.6:4.1 1.6:5.11")
        return
    yield expect("StartTransaction", station.message_s, having={"idTag": token.id}, rule="1.6:5.11")
    stopped = expect("StopTransaction", station.message_s, having={"reason": "DeAuthorized"}, rule="1.6:9.1.24")
    yield any_of(stopped, status(station, "SuspendedEVSE", rule="1.6:9.1.24"))


@station16(
    "TC_026_CS",
    "Remote start rejected",
    verifies="1.6:5.11",
    catches="starts_anywhere_16",
)
def remote_start_occupied(station: Subject) -> Script:
    yield from given(charging(station))
    yield from given(configured(station, "LocalPreAuthorize", "false", optional=True))
    request = {"connectorId": station.evse, "idTag": station.tokens.valid.id}
    yield ask("RemoteStartTransaction", request, having={"status": "Rejected"}, rule="1.6:5.11")


@station16(
    "TC_027_CS",
    "Remote start on connector 0 refused",
    verifies="1.6:5.11 1.6:6.33",
    catches="starts_at_connector_0_16 starts_anywhere_16",
)
def remote_start_nowhere(station: Subject) -> Script:
    yield from given(ready(station))
    request = {"connectorId": 0, "idTag": station.tokens.valid.id}
    rule = "1.6:5.11 1.6:6.33"
    yield ask("RemoteStartTransaction", request, having={"status": "Rejected"}, or_error=ANY_REFUSAL, rule=rule)
    yield silence(station.message_s, "StartTransaction", rule=rule)


@station16(
    "TC_028_CS",
    "Remote stop rejected",
    verifies="1.6:5.12",
    catches="stops_any_transaction_16",
)
def remote_stop_unknown(station: Subject) -> Script:
    yield from given(charging(station))
    request = {"transactionId": TRANSACTION + 1}
    yield ask("RemoteStopTransaction", request, having={"status": "Rejected"}, rule="1.6:5.12")
    yield silence(station.message_s, "StopTransaction", rule="1.6:5.12")


@station16(
    "TC_055_CS",
    "TriggerMessage rejected / bad connector",
    verifies="1.6:5.17",
    catches="accepts_any_trigger_16",
)
def trigger_unknown(station: Subject) -> Script:
    yield from given(ready(station))
    request = {"requestedMessage": "MeterValues", "connectorId": max(connectors(station)) + 1}
    yield ask("TriggerMessage", request, having={"status": "Rejected"}, or_error=ANY_REFUSAL, rule="1.6:5.17")
    yield silence(station.message_s, "MeterValues", rule="1.6:5.17")


@station16(
    "TC_054_CS",
    "TriggerMessage for each supported message",
    verifies="1.6:5.17",
    catches="sends_no_heartbeat_when_told_16 triggered_without_context_16",
)
def trigger(station: Subject) -> Script:
    yield from given(ready(station))
    here = {"connectorId": station.evse}
    yield from _triggered("MeterValues", here)
    having = {"connectorId": station.evse, "meterValue.0.sampledValue.0.context": "Trigger"}
    yield expect("MeterValues", station.message_s, having=having, rule="1.6:5.17 1.6:7.35")
    yield from _triggered("Heartbeat", {})
    yield expect("Heartbeat", station.message_s, rule="1.6:5.17")
    yield from _triggered("StatusNotification", here)
    yield status(station, AVAILABLE, rule="1.6:5.17")
    for message in ("DiagnosticsStatusNotification", "FirmwareStatusNotification"):
        having = {"status": one_of("Accepted", "NotImplemented")}
        reply: Reply = yield ask("TriggerMessage", {"requestedMessage": message}, having=having, rule="1.6:5.17")
        if reply.get("status") == "Accepted":
            yield expect(message, station.message_s, having={"status": "Idle"}, rule="1.6:5.17")


def _triggered(message: str, place: dict[str, Any]) -> Script:
    request = {"requestedMessage": message, **place}
    yield ask("TriggerMessage", request, having={"status": "Accepted"}, rule="1.6:5.17")
