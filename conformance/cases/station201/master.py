"""Block C, the master pass. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from dataclasses import replace

from conformance.cases.station201.cache import MORE_THAN_READINGS, asks_about, counts
from conformance.cases.station201.states import (
    Tx,
    authorized,
    configured,
    connector_is,
    disconnected,
    energized,
    forgotten,
    new_session,
    plugged,
    post_session,
    ready,
    start_points,
)
from conformance.vocabulary import (
    Received,
    Script,
    Subject,
    answer,
    check,
    drive_out,
    expect,
    given,
    let_pass,
    optionally,
    other_than,
    present,
    seen,
    silence,
    station201,
    stop_all,
    stop_one,
    unplug,
)

Sessions = list[tuple[Subject, Tx]]
"""The station as seen from an EVSE, and the transaction there."""


def _knows_masters(station: Subject) -> Script:
    yield from ready(station)
    yield from configured(station, "AuthCtrlr", "LocalPreAuthorize", "false", optional=True)
    yield from forgotten(station)
    yield from configured(station, "AuthCtrlr", "MasterPassGroupId", station.tokens.master.group)


def _charging_everywhere(station: Subject) -> Script:
    """Energy flows at the first two EVSEs, for different drivers; returns the sessions."""
    yield from _knows_masters(station)
    sessions: Sessions = []
    for evse, token in zip(
        range(1, len(station.evses) + 1), (station.tokens.valid, station.tokens.other), strict=False
    ):
        at = replace(station, evse=evse, connector=1)
        tx = yield from new_session(at)
        yield from plugged(at, tx)
        yield from authorized(at, tx, token=token)
        yield from energized(at, tx)
        sessions.append((at, tx))
    return sessions


def _asked_about_master(station: Subject, rule: str) -> Script:
    token = station.tokens.master
    having = {"idToken.idToken": token.id, "idToken.type": token.type}
    yield expect("Authorize", station.message_s, having=having, rule=rule)


def _stops(station: Subject, tx: Tx, rule: str) -> Script:
    """The transaction tells of its stop, and names the master pass or nobody."""
    master = station.tokens.master
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"transactionInfo.transactionId": tx.id, **MORE_THAN_READINGS},
        having={"idToken.idToken": optionally(master.id), "idToken.type": optionally(master.type)},
        rule=rule,
    )
    tx.note(event)
    tx.stopped = event.get("transactionInfo.chargingState") == "EVConnected"


def _left(station: Subject, tx: Tx, rule: str) -> Script:
    """The driver leaves, and the end of the transaction, whenever it came, was the master's."""
    mine = {"transactionInfo.transactionId": tx.id}
    if not tx.ended and not tx.stopped:
        state = {**mine, "transactionInfo.chargingState": "EVConnected"}
        tx.note((yield expect("TransactionEvent", station.message_s, where=state, rule=rule)))
    yield unplug(station)
    yield connector_is(station, "Available")
    if not tx.ended:
        unplugged = {**mine, "triggerReason": "EVCommunicationLost"}
        tx.note((yield expect("TransactionEvent", station.message_s, where=unplugged, rule=rule)))
    if tx.bay:
        yield drive_out(station)
    if not tx.ended:
        yield expect("TransactionEvent", station.message_s, where={**mine, "eventType": "Ended"}, rule=rule)
    ends: list[Received] = yield seen("TransactionEvent", where={**mine, "eventType": "Ended"})
    reasons = {event.get("transactionInfo.stoppedReason", "none") for event in ends}
    yield check(reasons == {"MasterPass"}, "stoppedReason MasterPass", ", ".join(reasons), f"{rule} C16.FR.07")


def _stops_everything(station: Subject, sessions: Sessions, rule: str) -> Script:
    yield from _asked_about_master(station, rule)
    for at, tx in sessions:
        yield from _stops(at, tx, rule)
    for at, tx in sessions:
        yield from _left(at, tx, rule)


@station201(
    "TC_C_47_CS",
    "Master pass with UI stops all transactions",
    verifies="C16.FR.01",
    catches="stops_one_of_all stops_by_master_as_by_a_driver",
)
def stops_all(station: Subject) -> Script:
    sessions: Sessions = yield from given(_charging_everywhere(station))
    yield stop_all(station)
    yield from _stops_everything(station, sessions, "C16.FR.01")


@station201(
    "TC_C_48_CS",
    "Master pass with UI stops a chosen transaction",
    verifies="C16.FR.01",
    catches="stops_more_than_the_chosen stops_by_master_as_by_a_driver",
)
def stops_one(station: Subject) -> Script:
    sessions: Sessions = yield from given(_charging_everywhere(station))
    at, tx = sessions[0]
    yield stop_one(station, at.evse)
    yield from _asked_about_master(station, "C16.FR.01")
    yield from _stops(at, tx, "C16.FR.01")
    yield from _left(at, tx, "C16.FR.01")
    if len(sessions) > 1:
        others = {"transactionInfo.transactionId": other_than(tx.id), **MORE_THAN_READINGS}
        yield silence(station.message_s, "TransactionEvent", where=others, rule="C16.FR.01")


@station201(
    "TC_C_49_CS",
    "Master pass without UI stops all transactions",
    verifies="C16.FR.02",
    catches="stops_one_of_all stops_by_master_as_by_a_driver",
)
def stops_all_by_itself(station: Subject) -> Script:
    sessions: Sessions = yield from given(_charging_everywhere(station))
    yield stop_all(station)
    yield from _stops_everything(station, sessions, "C16.FR.02")


def _starts_with_the_driver(station: Subject) -> Script:
    """A transaction begins no earlier than with an authorization."""
    yield from _knows_masters(station)
    points = yield from start_points(station)
    if points & {"ParkingBayOccupancy", "EVConnected"}:
        yield from configured(station, "TxCtrlr", "TxStartPoint", "Authorized,PowerPathClosed")
        points = frozenset({"Authorized", "PowerPathClosed"})
    return Tx(points)


@station201(
    "TC_C_45_CS",
    "Master pass token cannot start",
    verifies="C16.FR.03",
    catches="starts_for_masters",
)
def starts_nothing(station: Subject) -> Script:
    tx: Tx = yield from given(_starts_with_the_driver(station))
    request: Received = yield from asks_about(station, station.tokens.master, "C16.FR.03")
    yield from plugged(station, tx)
    yield silence(station.message_s, "TransactionEvent", rule="C16.FR.03")
    told: list[Received] = yield seen("TransactionEvent")
    since = [each for each in told if each.line > request.line]
    yield check(not since, "no transaction", f"{len(since)} events of one", "C16.FR.03")


def _master_cached(station: Subject) -> Script:
    """The CSMS has told of the master before energy flows for a driver; returns the session."""
    yield from _knows_masters(station)
    yield from configured(station, "AuthCacheCtrlr", "Enabled", "true", optional=True)
    yield present(station, station.tokens.master)
    told: Received = yield expect("Authorize", station.message_s)
    yield answer(told)
    tx = yield from new_session(station)
    yield from plugged(station, tx)
    yield from authorized(station, tx)
    yield from energized(station, tx)
    yield from counts(station)
    yield let_pass(station.transaction_s)
    return tx


@station201(
    "TC_C_14_CS",
    "Cached token whose group is the master-pass group",
    verifies="C12.FR.09 C16.FR.03",
    catches="stops_by_master_as_by_a_driver hides_the_master",
)
def cached_master(station: Subject) -> Script:
    tx: Tx = yield from given(_master_cached(station))
    master = station.tokens.master
    yield stop_one(station)
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "StopAuthorized"},
        having={"idToken.idToken": master.id, "idToken.type": master.type},
        rule="C16.FR.03",
    )
    tx.note(event)
    tx.stopped = event.get("transactionInfo.chargingState") == "EVConnected"
    if tx.ended:
        reason = event.get("transactionInfo.stoppedReason")
        yield check(reason == "MasterPass", "stoppedReason MasterPass", reason, "C16.FR.07")
        return
    yield from post_session(station, tx)
    yield from disconnected(station, tx, ends=None)
