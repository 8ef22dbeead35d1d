"""Block F, remote control. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.station201.states import (
    Tx,
    charging,
    configured,
    connector_is,
    energized,
    new_session,
    plugged,
    ready,
    remotely_started,
    stopped_remotely,
)
from conformance.vocabulary import (
    Received,
    Script,
    Subject,
    ask,
    check,
    expect,
    given,
    seen,
    station201,
)

START_ID = 815


NO_SUCH = "no-such-transaction"


@station201(
    "TC_F_01_CS",
    "Remote start, cable first",
    verifies="F01.FR.03 F01.FR.04 F01.FR.05 F01.FR.13 F01.FR.17 F01.FR.19 F02.FR.01",
    catches="forgets_remote_start_id",
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
    catches="starts_without_asking",
)
def remote_first_authorizing(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "AuthCtrlr", "AuthorizeRemoteStart", "true"))
    yield from given(configured(station, "AuthCacheCtrlr", "Enabled", "false", optional=True))
    tx: Tx = yield from given(new_session(station))
    yield from remotely_started(station, tx, remote_start_id=START_ID, authorizes=True)
    yield from energized(station, tx)


@station201(
    "TC_F_03_CS",
    "Remote start first, no authorization",
    verifies="F02.FR.01 F01.FR.02",
    catches="refuses_remote_start",
)
def remote_first(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "AuthCtrlr", "AuthorizeRemoteStart", "false"))
    tx: Tx = yield from given(new_session(station))
    yield from remotely_started(station, tx, remote_start_id=START_ID, authorizes=False)
    yield from energized(station, tx)
    asked: list[Received] = yield seen("Authorize")
    yield check(not asked, "no Authorize", f"{len(asked)} of them", "F01.FR.02")


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
    catches="refuses_remote_stop",
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


@station201(
    "TC_F_11_CS",
    "Trigger MeterValues for one EVSE",
    verifies="F06.FR.02 F06.FR.04 F06.FR.05 F06.FR.06 F06.FR.10",
    catches="meters_without_context",
)
def trigger_meter_values(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _triggered("MeterValues", evse={"id": station.evse})
    having = {"evseId": station.evse, "meterValue.0.sampledValue.0.context": "Trigger"}
    yield expect("MeterValues", station.message_s, having=having, rule="F06.FR.06")


@station201(
    "TC_F_20_CS",
    "Trigger Heartbeat",
    verifies="F06.FR.04 F06.FR.05 F06.FR.10",
    catches="no_heartbeat",
)
def trigger_heartbeat(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _triggered("Heartbeat")
    yield expect("Heartbeat", station.message_s, rule="F06.FR.05")


@station201(
    "TC_F_23_CS",
    "Trigger StatusNotification, connector available",
    verifies="F06.FR.02 F06.FR.04 F06.FR.05 F06.FR.10",
    catches="refuses_triggers",
)
def trigger_status(station: Subject) -> Script:
    yield from given(ready(station))
    yield from _triggered("StatusNotification", evse={"id": station.evse, "connectorId": station.connector})
    yield connector_is(station, "Available", rule="F06.FR.05")


@station201(
    "TC_F_26_CS",
    "Trigger BootNotification refused when already accepted",
    verifies="F06.FR.04 F06.FR.05 F06.FR.17",
    catches="boots_again_when_triggered",
)
def trigger_boot(station: Subject) -> Script:
    yield from given(ready(station))
    yield ask(
        "TriggerMessage", {"requestedMessage": "BootNotification"}, having={"status": "Rejected"}, rule="F06.FR.17"
    )


@station201(
    "TC_F_27_CS",
    "Trigger answered NotImplemented",
    verifies="F06.FR.08",
    catches="accepts_any_trigger",
)
def trigger_unknown(station: Subject) -> Script:
    yield from given(ready(station))
    request = {"requestedMessage": "PublishFirmwareStatusNotification"}
    yield ask("TriggerMessage", request, having={"status": "NotImplemented"}, rule="F06.FR.08")


def _triggered(message: str, **more: Any) -> Script:
    request = {"requestedMessage": message, **more}
    yield ask("TriggerMessage", request, having={"status": "Accepted"}, rule="F06.FR.04")


def here(station: Subject) -> dict[str, Any]:
    """The connector under test, as UnlockConnector names it."""
    return {"evseId": station.evse, "connectorId": station.connector}
