"""Block F, remote control. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.cases.station201.idle import firmware_idle
from conformance.cases.station201.states import (
    Tx,
    authorized,
    charging,
    configured,
    connector_is,
    energized,
    held,
    new_session,
    plugged,
    ready,
    remotely_started,
    stop_points,
    stopped_remotely,
    variable,
)
from conformance.vocabulary import (
    PRESENT,
    AnyOf,
    Expect,
    Image,
    Received,
    Reply,
    Script,
    Subject,
    ago,
    ask,
    check,
    expect,
    given,
    let_pass,
    offer_firmware,
    one_of,
    open_upload,
    optionally,
    other_than,
    seen,
    station201,
)

START_ID = 815


NO_SUCH = "no-such-transaction"


@station201(
    "TC_F_01_CS",
    "Remote start, cable first",
    verifies="F01.FR.03 F01.FR.04 F01.FR.05 F01.FR.13 F01.FR.17 F01.FR.19 F02.FR.01",
    catches="refuses_remote_start forgets_remote_start_id",
)
def remote_cable_first(station: Subject) -> Script:
    yield from given(ready(station))
    tx: Tx = yield from given(new_session(station))
    yield from given(plugged(station, tx))
    yield from remotely_started(station, tx, remote_start_id=START_ID)
    yield from energized(station, tx)


@station201(
    "TC_F_02_CS",
    "Remote start first, station authorizes token",
    verifies="F02.FR.01 F01.FR.01",
    catches="refuses_remote_start asks_about_another_from_afar starts_without_asking",
)
def remote_first_authorizing(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(held(station, "AuthCtrlr", "AuthorizeRemoteStart", "true"))
    yield from given(configured(station, "AuthCacheCtrlr", "Enabled", "false", optional=True))
    tx: Tx = yield from given(new_session(station))
    yield from remotely_started(station, tx, remote_start_id=START_ID, authorizes=True)
    yield from energized(station, tx)


@station201(
    "TC_F_03_CS",
    "Remote start first, no authorization",
    verifies="F02.FR.01 F01.FR.02",
    catches="refuses_remote_start asks_about_a_remote_start",
)
def remote_first(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(held(station, "AuthCtrlr", "AuthorizeRemoteStart", "false"))
    tx: Tx = yield from given(new_session(station))
    yield from remotely_started(station, tx, remote_start_id=START_ID, authorizes=False)
    yield from energized(station, tx)
    asked: list[Received] = yield seen("Authorize")
    yield check(not asked, "no Authorize", f"{len(asked)} of them", "F01.FR.02")


def _starting_when_authorized(station: Subject) -> Script:
    """The station begins transactions with the authorization, if it can; returns its start points."""
    value = ""
    for point in ("Authorized", "ParkingBayOccupancy"):
        yield from configured(station, "TxCtrlr", "TxStartPoint", point, optional=True)
        value = str((yield from variable(station, "TxCtrlr", "TxStartPoint")))
        if value == point:
            break
    return frozenset(part.strip() for part in value.split(","))


@station201(
    "TC_F_04_CS",
    "Remote start, cable never plugged",
    verifies="E03.FR.01 E03.FR.05 F02.FR.01",
    catches="waits_for_the_cable_for_ever keeps_the_place_for_who_did_not_come",
)
def remote_timeout(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "TxCtrlr", "EVConnectionTimeOut", station.plug_timeout_s))
    yield from given(configured(station, "AuthCtrlr", "AuthEnabled", "true", optional=True))
    yield from given(configured(station, "AuthCtrlr", "DisableRemoteAuthorization", "false", optional=True))
    points = yield from given(_starting_when_authorized(station))
    stops = yield from given(stop_points(station))
    kind = one_of("Ended", "Updated") if "ParkingBayOccupancy" in stops else "Ended"  # F02.FR.08
    tx = Tx(points)
    yield from given(remotely_started(station, tx, remote_start_id=START_ID))
    if tx.started:
        yield expect(
            "TransactionEvent",
            station.plug_timeout_s + station.message_s,
            where={"triggerReason": "EVConnectTimeout"},
            having={"eventType": kind, "transactionInfo.transactionId": tx.id},
            rule="E03.FR.05",
        )
    else:
        yield let_pass(station.plug_timeout_s + station.tolerance_s)
    yield from remotely_started(station, Tx(points), remote_start_id=START_ID + 1)


@station201(
    "TC_F_05_CS",
    "Unlock refused with running transaction",
    verifies="F05.FR.01 F05.FR.02",
    catches="unlocks_always",
)
def unlock_charging(station: Subject) -> Script:
    yield from given(charging(station))
    yield ask("UnlockConnector", here(station), having={"status": "OngoingAuthorizedTransaction"}, rule="F05.FR.02")


@station201(
    "TC_F_06_CS",
    "Unlock, no transaction, succeeds",
    verifies="F05.FR.01 F05.FR.04",
    catches="never_unlocks",
)
def unlock_idle(station: Subject) -> Script:
    yield from given(ready(station))
    yield ask("UnlockConnector", here(station), having={"status": "Unlocked"}, rule="F05.FR.04")


@station201(
    "TC_F_07_CS",
    "Unlock with no cable present",
    verifies="F05.FR.01 F05.FR.06",
    catches="unlocks_cables_only",
)
def unlock_empty(station: Subject) -> Script:
    yield from given(ready(station))
    yield ask("UnlockConnector", here(station), having={"status": "Unlocked"}, rule="F05.FR.06")


@station201(
    "TC_F_10_CS",
    "Unlock unknown connector",
    verifies="F05.FR.03",
    catches="unlocks_always",
)
def unlock_unknown(station: Subject) -> Script:
    yield from given(ready(station))
    request = {"evseId": station.evse, "connectorId": 999}
    yield ask("UnlockConnector", request, having={"status": "UnknownConnector"}, rule="F05.FR.03")


@station201(
    "TC_F_08_CS",
    "Remote stop succeeds",
    verifies="F03.FR.02 F03.FR.03 F03.FR.07 F03.FR.09",
    catches=(
        "refuses_remote_stop ends_locally_when_told_from_afar stops_from_afar_for_no_reason"
        " goes_on_when_stopped_from_afar"
    ),
)
def remote_stop(station: Subject) -> Script:
    tx = yield from given(charging(station))
    yield from stopped_remotely(station, tx)


@station201(
    "TC_F_09_CS",
    "Remote stop rejected (unknown transaction)",
    verifies="F03.FR.08",
    catches="stops_any_transaction",
)
def remote_stop_unknown(station: Subject) -> Script:
    yield from given(charging(station))
    yield ask("RequestStopTransaction", {"transactionId": NO_SUCH}, having={"status": "Rejected"}, rule="F03.FR.08")


def _trigger(message: str, *, rule: str = "F06.FR.05", **more: Any) -> Script:
    """The station takes on to send a message; returns its answer."""
    request = {"requestedMessage": message, **more}
    reply: Reply = yield ask("TriggerMessage", request, having={"status": "Accepted"}, rule=rule)
    return reply


def _triggered(wanted: Expect | AnyOf, message: str, **more: Any) -> Script:
    """The station sends what it was asked for, after having answered."""
    reply: Reply = yield from _trigger(message, **more)
    yield from _after(reply, wanted)


def _after(reply: Reply, wanted: Expect | AnyOf) -> Script:
    """The message that a trigger asked for; one that came before the answer was sent for another reason."""
    call: Received = yield wanted
    while call.line < reply.line:
        call = yield wanted


@station201(
    "TC_F_11_CS",
    "Trigger MeterValues for one EVSE",
    verifies="F06.FR.02 F06.FR.04 F06.FR.05 F06.FR.06 F06.FR.10",
    catches="meters_another_evse refuses_triggers meters_without_context",
)
def trigger_meter_values(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _triggered(_readings(station, station.evse), "MeterValues", evse={"id": station.evse})


@station201(
    "TC_F_12_CS",
    "Trigger MeterValues for all EVSEs",
    verifies="F06.FR.04 F06.FR.05 F06.FR.06 F06.FR.10 F06.FR.11",
    catches="refuses_triggers meters_without_context meters_the_first_evse_alone",
)
def trigger_all_meter_values(station: Subject) -> Script:
    yield from given(ready(station))
    reply: Reply = yield from _trigger("MeterValues")
    for evse in range(1, len(station.evses) + 1):
        yield from _after(reply, _readings(station, evse, rule="F06.FR.06 F06.FR.11"))


def _readings(station: Subject, evse: int, rule: str = "F06.FR.06") -> Expect:
    having = {"meterValue.0.sampledValue.0.context": "Trigger"}
    return expect("MeterValues", station.message_s, where={"evseId": evse}, having=having, rule=rule)


@station201(
    "TC_F_13_CS",
    "Trigger TransactionEvent for one EVSE",
    verifies="F06.FR.02 F06.FR.04 F06.FR.05 F06.FR.07 F06.FR.10",
    catches="refuses_triggers tells_no_state_when_triggered tells_no_reading_when_triggered",
)
def trigger_transaction(station: Subject) -> Script:
    tx: Tx = yield from given(charging(station))
    yield from _triggered(_state_of(station, tx), "TransactionEvent", evse={"id": station.evse})


@station201(
    "TC_F_14_CS",
    "Trigger TransactionEvent for all EVSEs",
    verifies="F06.FR.04 F06.FR.05 F06.FR.07 F06.FR.10 F06.FR.11",
    catches="refuses_triggers tells_no_state_when_triggered tells_of_one_transaction_alone",
)
def trigger_all_transactions(station: Subject) -> Script:
    yield from given(ready(station))
    running: list[tuple[Subject, Tx]] = yield from given(_charging_everywhere(station))
    reply: Reply = yield from _trigger("TransactionEvent")
    for place, tx in running:
        yield from _after(reply, _state_of(place, tx, rule="F06.FR.07 F06.FR.11"))


def _charging_everywhere(station: Subject) -> Script:
    """An EV charges at every EVSE, each with an identification of its own as long as there are some."""
    tokens = (station.tokens.valid, station.tokens.other, station.tokens.mate)
    running = []
    for evse in range(1, len(station.evses) + 1):
        token = tokens[(evse - 1) % len(tokens)]
        place = replace(station, evse=evse, connector=1, tokens=replace(station.tokens, valid=token))
        tx: Tx = yield from new_session(place)
        yield from plugged(place, tx)
        yield from authorized(place, tx)
        yield from energized(place, tx)
        running.append((place, tx))
    return running


def _state_of(place: Subject, tx: Tx, rule: str = "F06.FR.07") -> Expect:
    """What a trigger has to bring of a transaction."""
    return expect(
        "TransactionEvent",
        place.message_s,
        where={"triggerReason": "Trigger", "transactionInfo.transactionId": tx.id},
        having={
            "evse.id": optionally(place.evse),
            "transactionInfo.chargingState": "Charging",
            "meterValue": PRESENT,
            "meterValue.0.sampledValue.0.context": "Trigger",
        },
        rule=rule,
    )


@station201(
    "TC_F_15_CS",
    "Trigger LogStatusNotification when idle",
    verifies="F06.FR.04 F06.FR.05 F06.FR.10 F06.FR.15",
    catches="refuses_triggers tells_of_an_old_log",
)
def trigger_log(station: Subject) -> Script:
    yield from given(ready(station))
    idle = expect("LogStatusNotification", station.message_s, having={"status": "Idle"}, rule="F06.FR.15")
    yield from _triggered(idle, "LogStatusNotification")


UPLOAD = 816


@station201(
    "TC_F_16_CS",
    "Trigger LogStatusNotification while uploading",
    verifies="F06.FR.04 F06.FR.05 F06.FR.10 F06.FR.14",
    catches="refuses_triggers idles_while_it_uploads",
)
def trigger_log_uploading(station: Subject) -> Script:
    yield from given(ready(station))
    location: str = yield open_upload(station)
    request = {"logType": "DiagnosticsLog", "requestId": UPLOAD, "log": {"remoteLocation": location}}
    yield ask("GetLog", request, having={"status": "Accepted"}, rule="N01.FR.01")
    uploading = {"status": "Uploading"}
    yield expect("LogStatusNotification", station.firmware_s, where=uploading, rule="N01.FR.08")
    again = expect("LogStatusNotification", station.message_s, having=uploading, rule="F06.FR.14")
    yield from _triggered(again, "LogStatusNotification")
    over = {"status": other_than("Uploading", "Idle")}
    yield expect("LogStatusNotification", station.firmware_s, where=over, optional=True)  # for whoever comes next


@station201(
    "TC_F_17_CS",
    "Trigger FirmwareStatusNotification, EVSE field irrelevant",
    verifies="F06.FR.03 F06.FR.04 F06.FR.05 F06.FR.10",
    catches="refuses_triggers knows_no_firmware_of_an_evse",
)
def trigger_firmware_of_evse(station: Subject) -> Script:
    yield from given(ready(station))
    status = firmware_idle(station)
    idle = expect("FirmwareStatusNotification", station.message_s, having={"status": status}, rule="F06.FR.03")
    at = {"id": station.evse}
    yield from _triggered(idle, "FirmwareStatusNotification", evse=at, rule="F06.FR.03 F06.FR.05")


@station201(
    "TC_F_18_CS",
    "Trigger FirmwareStatusNotification when idle",
    verifies="F06.FR.04 F06.FR.05 F06.FR.10 F06.FR.16 L01.FR.25",
    catches="refuses_triggers tells_of_old_firmware",
)
def trigger_firmware(station: Subject) -> Script:
    yield from given(ready(station))
    rule = "F06.FR.16 L01.FR.25"
    status = firmware_idle(station)
    idle = expect("FirmwareStatusNotification", station.message_s, having={"status": status}, rule=rule)
    yield from _triggered(idle, "FirmwareStatusNotification")


@station201(
    "TC_F_19_CS",
    "Trigger FirmwareStatusNotification while downloading",
    verifies="F06.FR.04 F06.FR.05 F06.FR.10 L01.FR.26",
    catches="refuses_triggers idles_while_it_downloads",
)
def trigger_firmware_downloading(station: Subject) -> Script:
    """The image is signed wrongly, so that no update follows (errata 2025-02); what comes of it is of no interest."""
    yield from given(ready(station))
    offer = yield offer_firmware(station, Image.FORGED)
    firmware = {**offer, "retrieveDateTime": ago(2 * 3600)}
    request = {"requestId": UPLOAD, "firmware": firmware}
    yield ask("UpdateFirmware", request, having={"status": "Accepted"}, rule="L01.FR.01")
    downloading = {"status": "Downloading"}
    yield expect("FirmwareStatusNotification", station.firmware_s, where=downloading, rule="L01.FR.01")
    again = expect("FirmwareStatusNotification", station.message_s, having=downloading, rule="L01.FR.26")
    yield from _triggered(again, "FirmwareStatusNotification")
    refused = {"status": "InvalidSignature"}
    yield expect("FirmwareStatusNotification", station.firmware_s, where=refused, optional=True)


@station201(
    "TC_F_20_CS",
    "Trigger Heartbeat",
    verifies="F06.FR.04 F06.FR.05 F06.FR.10",
    catches="refuses_triggers no_heartbeat",
)
def trigger_heartbeat(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _triggered(expect("Heartbeat", station.message_s, rule="F06.FR.10"), "Heartbeat")


@station201(
    "TC_F_23_CS",
    "Trigger StatusNotification, connector available",
    verifies="F06.FR.02 F06.FR.04 F06.FR.05 F06.FR.10",
    catches="refuses_triggers",
)
def trigger_status(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _status_triggered(station, "Available")


@station201(
    "TC_F_24_CS",
    "Trigger StatusNotification, connector occupied",
    verifies="F06.FR.02 F06.FR.04 F06.FR.05 F06.FR.10",
    catches="refuses_triggers tells_what_was_before",
)
def trigger_occupied(station: Subject) -> Script:
    yield from given(ready(station))
    tx: Tx = yield from given(new_session(station))
    yield from given(plugged(station, tx))
    yield from _status_triggered(station, "Occupied")


def _status_triggered(station: Subject, status: str) -> Script:
    told = connector_is(station, status, rule="F06.FR.09 F06.FR.10")
    evse = {"id": station.evse, "connectorId": station.connector}
    yield from _triggered(told, "StatusNotification", evse=evse)


@station201(
    "TC_F_26_CS",
    "Trigger BootNotification refused when already accepted",
    verifies="F06.FR.04 F06.FR.05 F06.FR.17",
    catches="boots_again_when_triggered",
)
def trigger_boot(station: Subject) -> Script:
    yield from given(ready(station))
    request = {"requestedMessage": "BootNotification"}
    yield ask("TriggerMessage", request, having={"status": "Rejected"}, rule="F06.FR.17")


@station201(
    "TC_F_27_CS",
    "Trigger answered NotImplemented",
    verifies="F06.FR.08",
    catches="accepts_any_trigger",
)
def trigger_unknown(station: Subject) -> Script:
    yield from given(ready(station))
    request = {"requestedMessage": "SignCombinedCertificate"}
    yield ask("TriggerMessage", request, having={"status": "NotImplemented"}, rule="F06.FR.08")


def here(station: Subject) -> dict[str, Any]:
    """The connector under test, as UnlockConnector names it."""
    return {"evseId": station.evse, "connectorId": station.connector}
