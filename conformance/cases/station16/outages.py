"""Transactions without a link. Charge point under test, OCPP 1.6."""

# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from conformance.cases.station16.states import (
    CHARGING,
    IN,
    TRANSACTION,
    begun,
    charging,
    configured,
    ended,
    let_go,
    ready,
    status,
    switched,
    value_of,
)
from conformance.vocabulary import (
    Received,
    Script,
    Subject,
    Token,
    ask,
    check,
    dials_in,
    disconnect,
    expect,
    given,
    let_in,
    let_pass,
    offline,
    one_of,
    optionally,
    plug,
    present,
    seen,
    shut_out,
    silence,
    station16,
    time_of_day,
    unplug,
)

QUEUED = "1.6:3.7"
ANY_STATUS = one_of("Accepted", "Failed", "NotSupported", "VersionMismatch")
NOT_SUPPORTED = one_of("NotSupported", "NotImplemented")


def _charges_offline(station: Subject) -> Script:
    """The charge point lets the valid idTag charge without a link, on whatever ground it has for that."""
    yield from ready(station)
    yield from switched(station, "LocalAuthorizeOffline", True)
    yield from configured(station, "ConnectionTimeOut", station.plug_timeout_s)
    for key in ("LocalAuthListEnabled", "AuthorizationCacheEnabled", "AllowOfflineTxForUnknownId"):
        yield from configured(station, key, "true", optional=True)
    valid = {"idTag": station.tokens.valid.id, "idTagInfo": {"status": "Accepted"}}
    listing = {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [valid]}
    yield ask("SendLocalList", listing, having={"status": ANY_STATUS}, or_error=NOT_SUPPORTED)
    if (yield from value_of("AuthorizationCacheEnabled")).lower() == "true":
        yield present(station, station.tokens.valid)
        yield status(station, "Preparing")
        yield from let_go(station)


def _charges_strangers_offline(station: Subject, *, stops: bool) -> Script:
    """The charge point lets anybody charge without a link, and does this if they turn out to be nobody's customers."""
    yield from ready(station)
    yield from switched(station, "AllowOfflineTxForUnknownId", True)
    yield from switched(station, "StopTransactionOnInvalidId", stops)
    yield from configured(station, "MaxEnergyOnInvalidId", 0, optional=True)


def _gone() -> Script:
    """The link is cut, and there is none to be had."""
    yield shut_out()
    yield disconnect()


def _back(station: Subject) -> Script:
    """There is a link again; returns when there was none yet (an aware datetime)."""
    now: datetime = yield time_of_day()
    yield let_in()
    yield dials_in(station.reconnect_s, where=IN)
    return now


def _comes(station: Subject, token: Token) -> Script:
    """Somebody comes with a cable, and charges for a while."""
    yield present(station, token)
    yield plug(station)
    yield let_pass(station.transaction_s)


def _dated(call: Received, before: datetime) -> Script:
    """A message that waited says when it happened, not when it was sent."""
    stamp = str(call.get("timestamp", ""))
    early = bool(stamp) and datetime.fromisoformat(stamp) <= before
    yield check(early, f"{call.action}: a timestamp before {before.isoformat()}", stamp, f"{QUEUED} 1.6:4.8 1.6:4.10")


def _begun_offline(station: Subject, token: Token, before: datetime) -> Script:
    having = {"idTag": token.id, "connectorId": station.evse}
    rule = f"{QUEUED} 1.6:3.5"
    start: Received = yield expect("StartTransaction", station.message_s, having=having, rule=rule)
    yield from _dated(start, before)
    return start


@station16(
    "TC_036_CS",
    "Link lost during transaction",
    verifies="1.6:3.5 1.6:3.7 1.6:4.7",
    catches="loses_what_it_measured_16 measures_afterwards_16 ends_with_the_link_16",
)
def link_lost(station: Subject) -> Script:
    yield from given(_sampling(station))
    before: list[Received] = yield seen("MeterValues")
    gone: datetime = yield time_of_day()
    yield from offline(station, station.outage_s)
    yield silence(station.message_s, "StopTransaction", "StartTransaction", rule="1.6:3.5")
    calls: list[Received] = yield seen("MeterValues")
    stamps = [datetime.fromisoformat(call.get("meterValue.0.timestamp")) for call in calls[len(before) :]]
    until = gone.timestamp() + station.outage_s
    inside = [stamp for stamp in stamps if gone.timestamp() <= stamp.timestamp() <= until]
    least = station.outage_s // station.sample_s - 1
    yield check(len(inside) >= least, f"{least} MeterValues or more of the outage", len(inside), f"{QUEUED} 1.6:4.7")
    in_order = all(early <= late for early, late in pairwise(stamps))
    yield check(in_order, "the oldest first", [stamp.isoformat() for stamp in stamps], QUEUED)


def _sampling(station: Subject) -> Script:
    """A transaction with several meter values in an outage."""
    yield from ready(station)
    yield from configured(station, "MeterValueSampleInterval", station.sample_s)
    yield from begun(station)


@station16(
    "TC_037_1_CS",
    "Offline start, valid id",
    verifies="1.6:3.5 1.6:3.7 1.6:4.8",
    catches="forgets_what_began_offline_16 begins_when_it_is_back_16",
)
def start_offline(station: Subject) -> Script:
    yield from given(_charges_offline(station))
    yield from _gone()
    yield from _comes(station, station.tokens.valid)
    before: datetime = yield from _back(station)
    yield from _begun_offline(station, station.tokens.valid, before)
    yield status(station, CHARGING)


@station16(
    "TC_037_2_CS",
    "Offline start, invalid id, StopTransactionOnInvalidId off",
    verifies="1.6:3.5.4 1.6:3.7 1.6:9.1.24",
    catches="forgets_what_began_offline_16 goes_on_with_strangers_16 throws_strangers_out_16",
)
def stranger_suspended(station: Subject) -> Script:
    yield from given(_charges_strangers_offline(station, stops=False))
    yield from _gone()
    yield from _comes(station, station.tokens.invalid)
    before: datetime = yield from _back(station)
    yield from _begun_offline(station, station.tokens.invalid, before)
    yield status(station, "SuspendedEVSE", rule="1.6:3.5.4")
    yield silence(station.message_s, "StopTransaction", rule="1.6:9.1.24 1.6:3.5.4")


@station16(
    "TC_037_3_CS",
    "Offline start, invalid id, StopTransactionOnInvalidId on",
    verifies="1.6:3.5.4 1.6:3.7 1.6:9.1.24",
    catches="forgets_what_began_offline_16 keeps_strangers_16 stops_for_another_reason_16",
)
def stranger_stopped(station: Subject) -> Script:
    yield from given(_charges_strangers_offline(station, stops=True))
    yield from _gone()
    yield from _comes(station, station.tokens.invalid)
    before: datetime = yield from _back(station)
    yield from _begun_offline(station, station.tokens.invalid, before)
    yield from ended(station, "DeAuthorized", "1.6:3.5.4 1.6:9.1.24 1.6:4.10")


@station16(
    "TC_038_CS",
    "Offline stop",
    verifies="1.6:3.7 1.6:4.10",
    catches="forgets_what_ended_offline_16 ends_when_it_is_back_16 stops_for_another_reason_16",
)
def stop_offline(station: Subject) -> Script:
    yield from given(charging(station))
    yield from _gone()
    yield from _stops(station)
    before: datetime = yield from _back(station)
    stop: Received = yield from ended(station, optionally("Local"), f"{QUEUED} 1.6:4.10")
    yield from _dated(stop, before)


def _stops(station: Subject) -> Script:
    yield present(station, station.tokens.valid)
    yield let_pass(station.transaction_s)


@station16(
    "TC_039_CS",
    "Whole transaction offline",
    verifies="1.6:3.5 1.6:3.7 1.6:4.8 1.6:4.10",
    catches=(
        "forgets_what_began_offline_16 forgets_what_ended_offline_16 makes_up_a_transaction_16 "
        "begins_when_it_is_back_16"
    ),
)
def transaction_offline(station: Subject) -> Script:
    yield from given(_charges_offline(station))
    yield from _gone()
    yield from _comes(station, station.tokens.valid)
    yield from _stops(station)
    yield unplug(station)
    before: datetime = yield from _back(station)
    start: Received = yield from _begun_offline(station, station.tokens.valid, before)
    having = {"reason": optionally("Local"), "transactionId": TRANSACTION}
    rule = f"{QUEUED} 1.6:4.10"
    stop: Received = yield expect("StopTransaction", station.message_s, having=having, rule=rule)
    yield from _dated(stop, before)
    yield check(start.line < stop.line, "StartTransaction before StopTransaction", "not so", QUEUED)
