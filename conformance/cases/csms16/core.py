"""The first cases for a central system under test, OCPP 1.6."""

# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.vocabulary import (
    ABSENT,
    NOW,
    V16,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    Token,
    ago,
    answer,
    ask,
    check,
    command,
    connect,
    csms16,
    disconnect,
    expect,
    given,
    let_pass,
    one_of,
    optionally,
    satisfying,
)

OLD = (V16,)
ACCEPTED = {"idTagInfo.status": "Accepted"}
BOOT = {"chargePointModel": "Bench", "chargePointVendor": "Chargebench"}

# -- what the bench says as a charge point ----------------------------------------------------------------------


def status_of(connector: int, status: str) -> Payload:
    """A StatusNotification request."""
    return {"connectorId": connector, "errorCode": "NoError", "status": status, "timestamp": NOW}


def attached(csms: Subject) -> Script:
    """The charge point has dialled, booted and told its connectors."""
    yield connect(csms)
    yield from booted(csms)


def booted(csms: Subject) -> Script:
    """The boot is accepted, the charge point and every connector are reported."""
    yield ask("BootNotification", BOOT, having={"status": "Accepted"}, rule="1.6:4.2")
    for connector in range(sum(csms.evses) + 1):
        yield ask("StatusNotification", status_of(connector, "Available"))


def is_now(csms: Subject, status: str) -> Script:
    """The connector under test is reported."""
    yield ask("StatusNotification", status_of(csms.evse, status))


def authorized(csms: Subject) -> Script:
    """The valid idTag is accepted."""
    yield ask("Authorize", {"idTag": csms.tokens.valid.id}, having=ACCEPTED, rule="1.6:4.1")


def started(csms: Subject, **more: Any) -> Script:
    """The transaction starts; returns the id that the central system gave it."""
    place = {"connectorId": csms.evse, "idTag": csms.tokens.valid.id}
    request = {**place, "meterStart": 1000, "timestamp": NOW, **more}
    reply: Reply = yield ask("StartTransaction", request, having=ACCEPTED, rule="1.6:4.8")
    return reply.get("transactionId")


def charging(csms: Subject) -> Script:
    """A whole local start, cable first; returns the transaction id."""
    yield from is_now(csms, "Preparing")
    yield from authorized(csms)
    transaction = yield from started(csms)
    yield from is_now(csms, "Charging")
    return transaction


def ended(csms: Subject, transaction: Any, reason: str, **more: Any) -> Script:
    """The transaction ends, and the cable is taken out."""
    request = {"transactionId": transaction, "meterStop": 2500, "timestamp": NOW, "reason": reason, **more}
    yield ask("StopTransaction", request, rule="1.6:4.10")
    yield from is_now(csms, "Finishing")
    yield from is_now(csms, "Available")


def told(csms: Subject, action: str, having: Payload) -> Script:
    """The central system, told to, sends a request; returns it unanswered."""
    request: Received = yield expect(action, csms.message_s, having=having)
    return request


# -- the cases --------------------------------------------------------------------------------------------------------


@csms16(
    "TC_001_CSMS",
    "Cold boot: boot, statuses, heartbeat at given interval",
    verifies="1.6:4.2 1.6:4.6",
    catches="boots_pending boots_without_time",
)
def cold_boot(csms: Subject) -> Script:
    yield from attached(csms)
    yield ask("Heartbeat", having={"currentTime": satisfying("a time", bool)}, rule="1.6:4.6")


@csms16(
    "TC_003_CSMS",
    "Session, cable first",
    verifies="1.6:4.1 1.6:4.8",
    catches="refuses_valid_tags_16 refuses_to_start_16",
)
def cable_first(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from charging(csms)


@csms16(
    "TC_004_1_CSMS",
    "Session, identification first",
    verifies="1.6:4.1 1.6:4.8",
    catches="refuses_to_start_16",
)
def token_first(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from authorized(csms)
    yield from is_now(csms, "Preparing")
    yield from started(csms)
    yield from is_now(csms, "Charging")


@csms16(
    "TC_004_2_CSMS",
    "Identification first, cable never plugged (ConnectionTimeOut)",
    verifies="1.6:4.9",
    catches="chokes_on_status_16",
)
def plug_timeout(csms: Subject) -> Script:
    yield from given(connect_and_boot(csms))
    yield from given(authorized(csms))
    yield from is_now(csms, "Preparing")
    yield let_pass(csms.plug_timeout_s)
    yield from is_now(csms, "Available")


def connect_and_boot(csms: Subject) -> Script:
    """Only the boot, so that the first status is the case's own."""
    yield connect(csms)
    yield ask("BootNotification", BOOT, having={"status": "Accepted"}, rule="1.6:4.2")


@csms16(
    "TC_005_1_CSMS",
    "EV-side unplug stops transaction, connector unlocks",
    verifies="1.6:4.10",
    catches="chokes_on_a_stop_16",
)
def unplugged_at_ev(csms: Subject) -> Script:
    yield from given(attached(csms))
    transaction = yield from given(charging(csms))
    yield from is_now(csms, "SuspendedEV")
    yield from ended(csms, transaction, "EVDisconnected")


@csms16(
    "TC_007_CSMS",
    "Session started from cached id",
    verifies="1.6:4.8",
    catches="refuses_to_start_16",
)
def cached(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from is_now(csms, "Preparing")
    yield from started(csms)
    yield from is_now(csms, "Charging")


def _remote_start(csms: Subject) -> Script:
    yield command(csms, "remote_start", id_token=csms.tokens.valid.id, evse=csms.evse)
    having = {"idTag": csms.tokens.valid.id, "connectorId": optionally(csms.evse)}
    request: Received = yield from told(csms, "RemoteStartTransaction", having)
    return request


@csms16(
    "TC_010_CSMS",
    "Remote start, cable first",
    verifies="1.6:5.11",
    catches="starts_another_tag_from_afar_16",
)
def remote_cable_first(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(is_now(csms, "Preparing"))
    request = yield from _remote_start(csms)
    yield answer(request, status="Accepted")
    yield from authorized(csms)
    yield from started(csms)
    yield from is_now(csms, "Charging")


@csms16(
    "TC_011_1_CSMS",
    "Remote start before cable",
    verifies="1.6:5.11",
    catches="starts_another_tag_from_afar_16 refuses_to_start_16",
)
def remote_first(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _remote_start(csms)
    yield answer(request, status="Accepted")
    yield from authorized(csms)
    yield from is_now(csms, "Preparing")
    yield from started(csms)
    yield from is_now(csms, "Charging")


@csms16(
    "TC_012_CSMS",
    "Remote stop",
    verifies="1.6:5.12 1.6:4.10",
    catches="stops_another_transaction_16",
)
def remote_stop(csms: Subject) -> Script:
    yield from given(attached(csms))
    transaction = yield from given(charging(csms))
    yield command(csms, "remote_stop", transaction_id=transaction)
    request: Received = yield from told(csms, "RemoteStopTransaction", {"transactionId": transaction})
    yield answer(request, status="Accepted")
    yield from ended(csms, transaction, "Remote")


def _reset(csms: Subject, kind: str) -> Script:
    yield from given(attached(csms))
    yield command(csms, "reset", kind=kind)
    request: Received = yield from told(csms, "Reset", {"type": kind})
    yield answer(request, status="Accepted")
    yield disconnect(close=True)
    yield let_pass(5)
    yield connect(csms)
    yield from booted(csms)


@csms16(
    "TC_013_CSMS",
    "Hard reset, idle",
    verifies="1.6:5.14",
    catches="resets_softly_16",
)
def hard_reset(csms: Subject) -> Script:
    yield from _reset(csms, "Hard")


@csms16(
    "TC_014_CSMS",
    "Soft reset, idle",
    verifies="1.6:5.14",
    catches="resets_hard_16",
)
def soft_reset(csms: Subject) -> Script:
    yield from _reset(csms, "Soft")


@csms16(
    "TC_017_1_CSMS",
    "Unlock idle connector, detachable cable",
    verifies="1.6:5.18",
    catches="unlocks_another_connector_16",
)
def unlock(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "unlock", evse=csms.evse)
    request: Received = yield from told(csms, "UnlockConnector", {"connectorId": csms.evse})
    yield answer(request, status="Unlocked")
    yield ask("Heartbeat")


@csms16(
    "TC_019_1_CSMS",
    "Read all configuration keys",
    verifies="1.6:5.8",
    catches="reads_one_key_16",
)
def read_all(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "get_variables")
    yield from told(csms, "GetConfiguration", {"key": optionally([])})
    yield ask("Heartbeat")


@csms16(
    "TC_019_2_CSMS",
    "Read one configuration key",
    verifies="1.6:5.8",
    catches="reads_another_key_16",
)
def read_one(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "get_variables", names=["SupportedFeatureProfiles"])
    yield from told(csms, "GetConfiguration", {"key": ["SupportedFeatureProfiles"]})
    yield ask("Heartbeat")


@csms16(
    "TC_021_CSMS",
    "Change configuration key",
    verifies="1.6:5.3",
    catches="writes_another_value_16",
)
def change_configuration(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "set_variables", values={"MeterValueSampleInterval": 60})
    having = {"key": "MeterValueSampleInterval", "value": "60"}
    request: Received = yield from told(csms, "ChangeConfiguration", having)
    yield answer(request, status="Accepted")
    yield ask("Heartbeat")


@csms16(
    "TC_040_1_CSMS",
    "Change unknown key: NotSupported",
    verifies="1.6:5.3",
    catches="deaf_after_a_refusal",
)
def change_unknown(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "set_variables", values={"NoSuchKey": "1"})
    request: Received = yield from told(csms, "ChangeConfiguration", {})
    yield answer(request, status="NotSupported")
    yield ask("Heartbeat")


def _judged(csms: Subject, token: Token, status: str) -> Script:
    yield from given(attached(csms))
    yield ask("Authorize", {"idTag": token.id}, having={"idTagInfo.status": status}, rule="1.6:4.1")


@csms16(
    "TC_023_1_CSMS",
    "Authorize answered Invalid",
    verifies="1.6:4.1",
    catches="accepts_any_tag_16",
)
def invalid_tag(csms: Subject) -> Script:
    yield from _judged(csms, csms.tokens.invalid, "Invalid")


@csms16(
    "TC_023_2_CSMS",
    "Authorize answered Expired",
    verifies="1.6:4.1",
    catches="accepts_any_tag_16",
)
def expired_tag(csms: Subject) -> Script:
    yield from _judged(csms, csms.tokens.expired, "Expired")


@csms16(
    "TC_023_3_CSMS",
    "Authorize answered Blocked",
    verifies="1.6:4.1",
    catches="accepts_any_tag_16",
)
def blocked_tag(csms: Subject) -> Script:
    yield from _judged(csms, csms.tokens.blocked, "Blocked")


@csms16(
    "TC_026_CSMS",
    "Remote start rejected",
    verifies="1.6:5.11",
    catches="deaf_after_a_refusal",
)
def remote_start_rejected(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _remote_start(csms)
    yield answer(request, status="Rejected")
    yield ask("Heartbeat")


@csms16(
    "TC_039_CSMS",
    "Whole transaction offline",
    verifies="1.6:4.8 1.6:4.10 1.6:3.7.1",
    catches="chokes_on_a_stop_16 same_id_for_all_16",
)
def offline(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield disconnect()
    yield let_pass(csms.transaction_s)
    yield connect(csms)
    first = yield from started(csms, timestamp=ago(csms.transaction_s))
    yield ask(
        "StopTransaction",
        {"transactionId": first, "meterStop": 1200, "timestamp": ago(csms.transaction_s / 2), "reason": "Local"},
        rule="1.6:4.10",
    )
    second = yield from started(csms)
    yield check(first != second, "another transactionId for another transaction", second, "1.6:4.8")


@csms16(
    "TC_054_CSMS",
    "TriggerMessage for each supported message",
    verifies="1.6:5.17",
    catches="triggers_something_else",
)
def trigger(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _triggered(csms, "MeterValues", evse=csms.evse)
    value = {"value": "1000", "context": "Trigger"}
    meter = [{"timestamp": NOW, "sampledValue": [value]}]
    yield ask("MeterValues", {"connectorId": csms.evse, "meterValue": meter})
    yield from _triggered(csms, "Heartbeat")
    yield ask("Heartbeat")
    yield from _triggered(csms, "StatusNotification", evse=csms.evse)
    yield from is_now(csms, "Available")


def _triggered(csms: Subject, message: str, **place: int) -> Script:
    yield command(csms, "trigger", message=message, **place)
    connector = csms.evse if place else ABSENT
    having = {"requestedMessage": message, "connectorId": connector}
    request: Received = yield from told(csms, "TriggerMessage", having)
    yield answer(request, status="Accepted")


@csms16(
    "TC_061_CSMS",
    "Clear authorization cache",
    verifies="1.6:5.4",
    catches="clears_nothing",
)
def clear_cache(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "clear_cache")
    yield from told(csms, "ClearCache", {})
    yield ask("Heartbeat")


@csms16(
    "TC_064_CSMS",
    "DataTransfer to central system, unknown vendor",
    verifies="1.6:4.3",
    catches="welcomes_any_vendor",
)
def data_transfer(csms: Subject) -> Script:
    yield from given(attached(csms))
    refused = {"status": one_of("UnknownVendorId", "UnknownMessageId", "Rejected")}
    yield ask("DataTransfer", {"vendorId": "org.chargebench.unknown", "messageId": "NoSuch"}, having=refused)


@csms16(
    "TC_088_CSMS",
    "WebSocket subprotocol negotiation",
    verifies="OCPP-J1.6:3.1.2",
    catches="boots_pending",
)
def subprotocol(csms: Subject) -> Script:
    chosen = {"ending": "", "subprotocol": "ocpp1.6"}
    yield connect(csms, offers=("ocpp0.1", "ocpp1.6"), having=chosen)
    yield ask("BootNotification", BOOT, having={"status": "Accepted"})
