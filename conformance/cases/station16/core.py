"""The first cases for a charge point under test, OCPP 1.6."""

# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from conformance.cases.station16.states import (
    after_a_while,
    all_available,
    authorized,
    charging,
    configured,
    connectors,
    plugged,
    ready,
    started,
    status,
)
from conformance.vocabulary import (
    V16,
    Received,
    Reply,
    Script,
    Subject,
    answer,
    ask,
    check,
    expect,
    given,
    one_of,
    optionally,
    plug,
    power_on,
    present,
    seen,
    silence,
    station16,
    unplug,
)

OLD = (V16,)
TRANSACTION = 4711
RETRY_S = 40
BEAT_S = 20


@station16(
    "TC_001_CS",
    "Cold boot: boot, statuses, heartbeat at given interval",
    verifies="1.6:4.2 1.6:4.6",
    catches="impatient_16 no_heartbeat_16",
)
def cold_boot(station: Subject) -> Script:
    yield power_on(station)
    boot: Received = yield expect("BootNotification", station.boot_s)
    yield answer(boot, status="Rejected", interval=RETRY_S)
    yield silence(RETRY_S - station.tolerance_s, rule="1.6:4.2")
    boot = yield expect("BootNotification", station.tolerance_s + station.message_s, rule="1.6:4.2")
    yield answer(boot, status="Accepted", interval=BEAT_S)
    yield from all_available(station)
    first: Received = yield expect("Heartbeat", BEAT_S + station.tolerance_s, rule="1.6:4.6")
    second: Received = yield expect("Heartbeat", BEAT_S + station.tolerance_s, rule="1.6:4.6")
    apart_s = second.t - first.t
    near = abs(apart_s - BEAT_S) <= station.tolerance_s
    yield check(near, f"{BEAT_S} s between heartbeats", f"{apart_s:.1f} s", "1.6:4.6")


@station16(
    "TC_002_CS",
    "Boot pending: configuration read/changed before acceptance",
    verifies="1.6:4.2",
    catches="deaf_while_pending_16",
)
def pending_boot(station: Subject) -> Script:
    yield power_on(station)
    boot: Received = yield expect("BootNotification", station.boot_s)
    yield answer(boot, status="Pending", interval=RETRY_S)
    yield ask("GetConfiguration", {})
    yield from configured(station, "MeterValueSampleInterval", station.sample_s)
    boot = yield expect("BootNotification", RETRY_S + station.message_s)
    yield answer(boot, status="Accepted", interval=BEAT_S)
    yield from all_available(station)
    yield expect("Heartbeat", BEAT_S + station.tolerance_s)


@station16(
    "TC_003_CS",
    "Session, cable first",
    verifies="1.6:4.1 1.6:4.8 1.6:4.9",
    catches="never_charging_16 starts_another_tag_16",
)
def cable_first(station: Subject) -> Script:
    yield from given(ready(station))
    yield from plugged(station)
    yield from authorized(station, preparing=False)
    yield from started(station)


@station16(
    "TC_004_1_CS",
    "Session, identification first",
    verifies="1.6:4.1 1.6:4.8 1.6:4.9",
    catches="never_preparing_16",
)
def token_first(station: Subject) -> Script:
    yield from given(ready(station))
    yield from authorized(station)
    yield plug(station)
    yield from started(station)


@station16(
    "TC_004_2_CS",
    "Identification first, cable never plugged (ConnectionTimeOut)",
    verifies="1.6:4.9 1.6:9.1.4",
    catches="waits_for_ever_16",
)
def plug_timeout(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "ConnectionTimeOut", station.plug_timeout_s))
    yield from given(authorized(station))
    yield status(station, "Available", within_s=station.plug_timeout_s + station.tolerance_s)


@station16(
    "TC_010_CS",
    "Remote start, cable first",
    verifies="1.6:5.11",
    catches="refuses_remote_start_16",
)
def remote_cable_first(station: Subject) -> Script:
    yield from given(ready(station))
    asks = yield from given(_authorizes_remote(station))
    yield from plugged(station)
    yield from _remote_start(station, asks)
    yield from started(station)


@station16(
    "TC_011_1_CS",
    "Remote start before cable",
    verifies="1.6:5.11",
    catches="refuses_remote_start_16",
)
def remote_first(station: Subject) -> Script:
    yield from given(ready(station))
    asks = yield from given(_authorizes_remote(station))
    yield from _remote_start(station, asks)
    yield status(station, "Preparing")
    yield plug(station)
    yield from started(station)


@station16(
    "TC_011_2_CS",
    "Remote start, cable never plugged",
    verifies="1.6:5.11 1.6:9.1.4",
    catches="waits_for_ever_16",
)
def remote_timeout(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "ConnectionTimeOut", station.plug_timeout_s))
    asks = yield from given(_authorizes_remote(station))
    yield from _remote_start(station, asks)
    yield status(station, "Preparing")
    yield status(station, "Available", within_s=station.plug_timeout_s + station.tolerance_s)


def _authorizes_remote(station: Subject) -> Script:
    """Whether the charge point asks before it obeys a remote start."""
    reply: Reply = yield ask("GetConfiguration", {"key": ["AuthorizeRemoteTxRequests"]})
    return reply.get("configurationKey.0.value") == "true"


def _remote_start(station: Subject, asks: bool) -> Script:
    token = station.tokens.valid
    request = {"connectorId": station.evse, "idTag": token.id}
    yield ask("RemoteStartTransaction", request, having={"status": "Accepted"}, rule="1.6:5.11")
    if asks:
        yield expect("Authorize", station.message_s, having={"idTag": token.id}, rule="1.6:5.11")


@station16(
    "TC_012_CS",
    "Remote stop",
    verifies="1.6:5.12 1.6:4.10",
    catches="stops_for_another_reason_16 never_finishing_16",
)
def remote_stop(station: Subject) -> Script:
    yield from given(charging(station))
    yield ask("RemoteStopTransaction", {"transactionId": TRANSACTION}, having={"status": "Accepted"})
    having = {"reason": "Remote", "transactionId": TRANSACTION}
    yield expect("StopTransaction", station.message_s, having=having, rule="1.6:4.10")
    yield status(station, "Finishing")


@station16(
    "TC_013_CS",
    "Hard reset, idle",
    verifies="1.6:5.14",
    catches="forgets_unavailable_16 never_reboots_16",
)
def hard_reset(station: Subject) -> Script:
    yield from _reset_keeps_availability(station, "Hard")


@station16(
    "TC_014_CS",
    "Soft reset, idle",
    verifies="1.6:5.14",
    catches="forgets_unavailable_16 never_reboots_16",
)
def soft_reset(station: Subject) -> Script:
    yield from _reset_keeps_availability(station, "Soft")


def _reset_keeps_availability(station: Subject, kind: str) -> Script:
    yield from given(ready(station))
    yield from given(_availability(station, "Inoperative", "Unavailable"))
    yield ask("Reset", {"type": kind}, having={"status": "Accepted"}, rule="1.6:5.14")
    yield expect("BootNotification", station.boot_s, rule="1.6:5.14")
    for connector in (0, *connectors(station)):
        wanted = "Unavailable" if connector == station.evse else "Available"
        yield status(station, wanted, connector=connector)
    yield from _availability(station, "Operative", "Available")


def _availability(station: Subject, kind: str, wanted: str) -> Script:
    request = {"connectorId": station.evse, "type": kind}
    yield ask("ChangeAvailability", request, having={"status": "Accepted"}, rule="1.6:5.2")
    yield status(station, wanted)


@station16(
    "TC_015_CS",
    "Hard reset with transaction",
    verifies="1.6:5.14",
    catches="stops_for_another_reason_16",
)
def hard_reset_charging(station: Subject) -> Script:
    yield from given(charging(station))
    yield ask("Reset", {"type": "Hard"}, having={"status": "Accepted"}, rule="1.6:5.14")
    yield expect("BootNotification", station.boot_s, rule="1.6:5.14")
    stops: list[Received] = yield seen("StopTransaction")
    if not stops:
        stops = [(yield expect("StopTransaction", station.message_s))]
    reasons = [stop.get("reason") for stop in stops]
    yield check(reasons == ["HardReset"], "one StopTransaction, reason HardReset", reasons, "1.6:5.14")
    yield status(station, one_of("Finishing", "Preparing"))


@station16(
    "TC_017_1_CS",
    "Unlock idle connector, detachable cable",
    verifies="1.6:5.18",
    catches="never_unlocks_16",
)
def unlock_idle(station: Subject) -> Script:
    yield from given(ready(station))
    yield ask("UnlockConnector", {"connectorId": station.evse}, having={"status": "Unlocked"}, rule="1.6:5.18")


@station16(
    "TC_018_1_CS",
    "Unlock with transaction, detachable cable",
    verifies="1.6:5.18",
    catches="stops_for_another_reason_16",
)
def unlock_charging(station: Subject) -> Script:
    yield from given(charging(station))
    yield ask("UnlockConnector", {"connectorId": station.evse}, having={"status": "Unlocked"}, rule="1.6:5.18")
    having = {"reason": "UnlockCommand", "transactionId": TRANSACTION}
    yield expect("StopTransaction", station.message_s, having=having, rule="1.6:5.18")
    yield status(station, "Finishing")
    yield unplug(station)
    yield status(station, "Available")


@station16(
    "TC_031_CS",
    "Unlock unknown connector",
    verifies="1.6:5.18",
    catches="unlocks_anything_16",
)
def unlock_unknown(station: Subject) -> Script:
    yield from given(ready(station))
    request = {"connectorId": max(connectors(station)) + 1}
    yield ask("UnlockConnector", request, having={"status": "NotSupported"}, rule="1.6:5.18")


@station16(
    "TC_021_CS",
    "Change configuration key",
    verifies="1.6:5.3 1.6:5.8",
    catches="says_it_is_set_16",
)
def change_configuration(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "MeterValueSampleInterval", station.sample_s + 1))
    yield from configured(station, "MeterValueSampleInterval", station.sample_s)
    having = {
        "configurationKey.0.key": "MeterValueSampleInterval",
        "configurationKey.0.value": str(station.sample_s),
        "configurationKey.0.readonly": False,
    }
    yield ask("GetConfiguration", {"key": ["MeterValueSampleInterval"]}, having=having, rule="1.6:5.8")


CORE_KEYS = frozenset(
    """AuthorizeRemoteTxRequests ClockAlignedDataInterval ConnectionTimeOut ConnectorPhaseRotation
    GetConfigurationMaxKeys HeartbeatInterval LocalAuthorizeOffline LocalPreAuthorize MeterValuesAlignedData
    MeterValuesSampledData MeterValueSampleInterval NumberOfConnectors ResetRetries StopTransactionOnInvalidId
    StopTxnAlignedData StopTxnSampledData SupportedFeatureProfiles TransactionMessageAttempts
    TransactionMessageRetryInterval UnlockConnectorOnEVSideDisconnect""".split()
)
"""The keys that every charge point has (1.6 §9.1)."""
FIXED_KEYS = frozenset({"GetConfigurationMaxKeys", "NumberOfConnectors", "SupportedFeatureProfiles"})


@station16(
    "TC_019_CS",
    "Read configuration",
    verifies="1.6:5.8 1.6:9.1",
    catches="forgets_keys_16",
)
def read_configuration(station: Subject) -> Script:
    yield from given(ready(station))
    key = "SupportedFeatureProfiles"
    reply: Reply = yield ask("GetConfiguration", {"key": [key]}, having={"configurationKey.0.key": key})
    profiles = str(reply.get("configurationKey.0.value", "")).split(",")
    yield check("Core" in profiles, "Core among the feature profiles", profiles, "1.6:9.1.24")
    yield check(not reply.get("unknownKey"), "no unknownKey", reply.get("unknownKey"), "1.6:5.8")
    reply = yield ask("GetConfiguration", {})
    keys = {each["key"]: each["readonly"] for each in reply.get("configurationKey", [])}
    missing = sorted(CORE_KEYS - keys.keys())
    yield check(not missing, "every required key of Core", f"without {missing}", "1.6:9.1")
    writable = sorted(name for name in FIXED_KEYS if keys.get(name) is False)
    yield check(not writable, "readonly where the specification says so", f"{writable} writable", "1.6:9.1")


@station16(
    "TC_040_1_CS",
    "Change unknown key: NotSupported",
    verifies="1.6:5.3",
    catches="changes_anything_16",
)
def change_unknown(station: Subject) -> Script:
    yield from given(ready(station))
    request = {"key": "Testing", "value": "true"}
    yield ask("ChangeConfiguration", request, having={"status": "NotSupported"}, rule="1.6:5.3")


@station16(
    "TC_040_2_CS",
    "Change key to bad value: Rejected",
    verifies="1.6:5.3",
    catches="changes_anything_16",
)
def change_badly(station: Subject) -> Script:
    yield from given(ready(station))
    yield ask(
        "ChangeConfiguration",
        {"key": "MeterValueSampleInterval", "value": "-1"},
        having={"status": "Rejected"},
        or_error=one_of("PropertyConstraintViolation"),
        rule="1.6:5.3",
    )


@station16(
    "TC_023_4_CS",
    "Local start, Authorize invalid",
    verifies="1.6:4.1",
    catches="charges_anyone_16",
)
def invalid_tag(station: Subject) -> Script:
    yield from given(ready(station))
    token = station.tokens.invalid
    yield present(station, token)
    yield expect("Authorize", station.message_s, having={"idTag": token.id}, rule="1.6:4.1")
    yield plug(station)
    yield status(station, "Preparing")
    yield silence(station.message_s, "StartTransaction", rule="1.6:4.1")


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
    any_code = one_of("PropertyConstraintViolation", "GenericError", "InternalError", "ProtocolError")
    yield ask("TriggerMessage", request, having={"status": "Rejected"}, or_error=any_code, rule="1.6:5.17")
    yield silence(station.message_s, "MeterValues", rule="1.6:5.17")


@station16(
    "TC_054_CS",
    "TriggerMessage for each supported message",
    verifies="1.6:5.17",
    catches="no_heartbeat_16 triggered_without_context_16",
)
def trigger(station: Subject) -> Script:
    yield from given(ready(station))
    here = {"connectorId": station.evse}
    yield from _triggered("MeterValues", here)
    having = {"connectorId": station.evse, "meterValue.0.sampledValue.0.context": "Trigger"}
    yield expect("MeterValues", station.message_s, having=having, rule="1.6:5.17")
    yield from _triggered("Heartbeat", {})
    yield expect("Heartbeat", station.message_s, rule="1.6:5.17")
    yield from _triggered("StatusNotification", here)
    yield status(station, "Available")
    for message in ("DiagnosticsStatusNotification", "FirmwareStatusNotification"):
        having = {"status": one_of("Accepted", "NotImplemented")}
        reply: Reply = yield ask("TriggerMessage", {"requestedMessage": message}, having=having, rule="1.6:5.17")
        if reply.get("status") == "Accepted":
            yield expect(message, station.message_s, having={"status": "Idle"}, rule="1.6:5.17")


def _triggered(message: str, place: dict[str, Any]) -> Script:
    request = {"requestedMessage": message, **place}
    yield ask("TriggerMessage", request, having={"status": "Accepted"}, rule="1.6:5.17")


@station16(
    "TC_062_CS",
    "DataTransfer to charge point, unknown vendor",
    verifies="1.6:5.6",
    catches="accepts_any_vendor_16",
)
def data_transfer(station: Subject) -> Script:
    yield from given(ready(station))
    refused = {"status": one_of("UnknownVendorId", "UnknownMessageId", "Rejected")}
    request = {"vendorId": "org.chargebench.unknown", "messageId": "NoSuchMessage"}
    yield ask("DataTransfer", request, having=refused, rule="1.6:5.6")


@station16(
    "TC_068_CS",
    "Stop with same id as start",
    verifies="1.6:4.10",
    catches="stops_for_another_reason_16 meter_runs_backwards_16",
)
def stop_locally(station: Subject) -> Script:
    yield from given(charging(station))
    yield from after_a_while(station)
    yield present(station, station.tokens.valid)
    having = {
        "reason": optionally("Local"),
        "transactionId": TRANSACTION,
        "idTag": optionally(station.tokens.valid.id),
    }
    stop: Received = yield expect("StopTransaction", station.message_s, having=having, rule="1.6:4.10")
    starts: list[Received] = yield seen("StartTransaction")
    used_wh = stop.get("meterStop", 0) - starts[0].get("meterStart", 0)
    yield check(used_wh > 0, "meterStop above meterStart after charging", f"{used_wh} Wh", "1.6:4.10")
    yield status(station, "Finishing")
    yield unplug(station)
    yield status(station, "Available")


@station16(
    "TC_070_CS",
    "Sampled meter values",
    verifies="1.6:4.7",
    catches="samples_late_16 samples_of_no_transaction_16",
)
def sampled(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "MeterValueSampleInterval", station.sample_s))
    yield from given(plugged(station))
    yield from given(authorized(station, preparing=False))
    yield from given(started(station))
    calls = []
    for _ in range(3):
        having = {
            "connectorId": station.evse,
            "transactionId": TRANSACTION,
            "meterValue.0.sampledValue.0.context": optionally("Sample.Periodic"),
        }
        calls.append((yield expect("MeterValues", station.sample_s + station.message_s, having=having, rule="1.6:4.7")))
    times = [datetime.fromisoformat(call.get("meterValue.0.timestamp")) for call in calls]
    gaps_s = [(after - before).total_seconds() for before, after in pairwise(times)]
    regular = all(abs(gap_s - station.sample_s) <= 1 for gap_s in gaps_s)
    yield check(regular, f"{station.sample_s} s between samples", f"{gaps_s} s", "1.6:4.7")
