"""Block E, transactions. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station201.states import (
    Tx,
    authorized,
    charging_until,
    configured,
    connected,
    connector_is,
    energized,
    new_session,
    post_session,
    ready,
    stopped_locally,
    takes_tokens,
)
from conformance.vocabulary import (
    Received,
    Script,
    Subject,
    ask,
    check,
    expect,
    given,
    let_pass,
    one_of,
    optionally,
    present,
    station201,
    unplug,
)

STOPPED = "E06.FR.03 E06.FR.15 E07.FR.02 E07.FR.05"


@station201(
    "TC_E_03_CS",
    "Local start, cable first",
    verifies="E02.FR.01 E02.FR.05 E02.FR.06 E02.FR.07 E02.FR.13 E02.FR.15 E02.FR.16 E02.FR.17 E01.FR.16 C01.FR.02",
    catches="hides_the_token hides_the_connector",
)
def cable_first(station: Subject) -> Script:
    tx: Tx = yield from given(connected(station))
    yield from authorized(station, tx)
    yield from energized(station, tx)


@station201(
    "TC_E_04_CS",
    "Local start, authorization first",
    verifies="E03.FR.01 E03.FR.06 E03.FR.12 E01.FR.16 C01.FR.02",
    catches="hides_the_token hides_the_connector never_charges",
)
def token_first(station: Subject) -> Script:
    yield from given(ready(station))
    tx: Tx = yield from given(new_session(station))
    yield from authorized(station, tx)
    yield from energized(station, tx)


@station201(
    "TC_E_05_CS",
    "Local start, cable never plugged",
    verifies="E03.FR.01 E03.FR.05 E03.FR.06 E03.FR.12 C01.FR.02",
    catches="waits_for_ever ends_nothing_at_the_timeout",
)
def plug_timeout(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "TxCtrlr", "EVConnectionTimeOut", station.plug_timeout_s))
    yield from given(configured(station, "AuthCacheCtrlr", "Enabled", "false", optional=True))
    yield from given(configured(station, "TxCtrlr", "TxStartPoint", "Authorized", optional=True))
    tx: Tx = yield from given(new_session(station))
    again = Tx(tx.points)
    yield from given(authorized(station, tx))
    if tx.started:
        within_s = station.plug_timeout_s + station.tolerance_s
        event: Received = yield expect(
            "TransactionEvent", within_s, where={"triggerReason": "EVConnectTimeout"}, rule="E03.FR.05"
        )
        kind = event.get("eventType")
        allowed = ("Ended",) if "Authorized" in tx.stops else ("Ended", "Updated")
        yield check(kind in allowed, f"eventType {' or '.join(allowed)}", kind, "E03.FR.05")
        if kind == "Updated":  # the transaction goes on, and waits for the next driver
            again = Tx(tx.points, id=tx.id)
        if kind == "Ended":
            reason = event.get("transactionInfo.stoppedReason")
            yield check(reason == "Timeout", "stoppedReason Timeout", reason, "E03.FR.05")
    else:
        yield let_pass(station.plug_timeout_s + station.tolerance_s)
    yield from authorized(station, again)
    yield from energized(station, again)


@station201(
    "TC_E_15_CS",
    "Stop by the token that started",
    verifies="E06.FR.03 E06.FR.15",
    catches="stops_for_another_reason ends_another_transaction stops_by_another_token",
)
def stop_authorized(station: Subject) -> Script:
    tx: Tx = yield from given(charging_until(station, "Authorized"))
    yield let_pass(station.transaction_s)
    yield present(station, station.tokens.valid)
    having = {
        "eventType": "Ended",
        "transactionInfo.stoppedReason": optionally("Local"),
        "transactionInfo.transactionId": tx.id,
        "idToken.idToken": optionally(station.tokens.valid.id),
        "idToken.type": optionally(station.tokens.valid.type),
    }
    ended = {"triggerReason": "StopAuthorized"}
    yield expect("TransactionEvent", station.message_s, where=ended, having=having, rule=STOPPED)


@station201(
    "TC_E_21_CS",
    "Remote stop ends the transaction",
    verifies="E06.FR.03 E06.FR.15 F03.FR.09",
    catches="ends_locally_when_told_from_afar ends_another_transaction",
)
def stop_remote(station: Subject) -> Script:
    tx: Tx = yield from given(charging_until(station, "Authorized"))
    yield ask("RequestStopTransaction", {"transactionId": tx.id}, having={"status": "Accepted"}, rule="F03.FR.07")
    yield expect(
        "TransactionEvent",
        station.message_s,
        where={"eventType": "Ended"},
        having={
            "triggerReason": "RemoteStop",
            "transactionInfo.stoppedReason": "Remote",
            "transactionInfo.transactionId": tx.id,
        },
        rule="F03.FR.03",
    )


@station201(
    "TC_E_14_CS",
    "Unplugging after the stop ends the transaction",
    verifies="E06.FR.02 E06.FR.15",
    catches="leaves_the_transaction_open stays_occupied",
)
def stop_by_unplugging(station: Subject) -> Script:
    tx: Tx = yield from given(charging_until(station, "EVConnected"))
    yield from given(stopped_locally(station, tx))
    yield from given(post_session(station, tx))
    local = takes_tokens(station)
    reason = optionally("Local", "EVDisconnected") if local else one_of("Remote", "EVDisconnected")
    yield unplug(station)
    yield connector_is(station, "Available", rule="G01.FR.04")
    yield expect(
        "TransactionEvent",
        station.message_s,
        where={"eventType": "Ended"},
        having={
            "triggerReason": "EVCommunicationLost",
            "transactionInfo.chargingState": "Idle",
            "transactionInfo.stoppedReason": reason,
        },
        rule="E06.FR.02",
    )
