"""Block C, authorization while the CSMS is out of reach. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station201.cache import MORE_THAN_READINGS, learnt, plugged_before
from conformance.cases.station201.states import (
    BAY,
    Tx,
    cached,
    configured,
    connector_is,
    deauthorized,
    disconnected,
    entry,
    forgotten,
    held,
    listed,
    new_session,
    post_session,
    ready,
    stop_points,
    stopped_locally,
)
from conformance.vocabulary import (
    LetPass,
    Operate,
    Received,
    Script,
    Subject,
    Token,
    answer,
    check,
    dials_in,
    disconnect,
    drive_in,
    expect,
    given,
    let_in,
    let_pass,
    plug,
    present,
    seen,
    shut_out,
    station201,
)

INVALID = {"status": "Invalid"}
LONG_S = 600
"""An OfflineThreshold (s) that no case reaches."""


def _settings(station: Subject, *, unknown: bool, stops: bool | None = None, allowance_wh: int = 0) -> Script:
    """What a station does offline: for whom it does not know, and with whom the CSMS refuses afterwards."""
    yield from ready(station)
    yield from held(station, "AuthCtrlr", "LocalAuthorizeOffline", "true")
    yield from configured(station, "OCPPCommCtrlr", "OfflineThreshold", LONG_S, optional=True)
    told = str(unknown).lower()
    yield from configured(station, "AuthCtrlr", "OfflineTxForUnknownIdEnabled", told, optional=True)
    if stops is not None:
        yield from held(station, "TxCtrlr", "StopTxOnInvalidId", str(stops).lower())
        yield from configured(station, "TxCtrlr", "MaxEnergyOnInvalidId", allowance_wh, optional=not allowance_wh)


def _meanwhile(station: Subject, for_s: float, *happenings: Operate | LetPass) -> Script:
    """The link is cut, this happens, and after a while the station is back."""
    yield shut_out()
    yield disconnect()
    for each in happenings:  # noqa: UP028  (a tuple takes no results)
        yield each
    yield let_pass(for_s)
    yield let_in()
    yield dials_in(station.reconnect_s, where={"ending": ""})


def _arrival(station: Subject, tx: Tx) -> tuple[Operate | LetPass, ...]:
    """An EV comes into the bay, where that matters, and stands there for a moment."""
    return (drive_in(station), let_pass(2 * station.tolerance_s)) if BAY in tx.points else ()


def _started_offline(station: Subject, *, stops: bool, allowance_wh: int = 0) -> Script:
    """A cached token has started at a plugged cable while nobody could be asked; returns session and stop points."""
    yield from _settings(station, unknown=True, stops=stops, allowance_wh=allowance_wh)
    yield from learnt(station, station.tokens.valid)
    tx: Tx = yield from plugged_before(station)
    points = yield from stop_points(station)
    yield from _meanwhile(station, station.transaction_s, present(station, station.tokens.valid))
    return tx, points


def _refused_afterwards(station: Subject, tx: Tx) -> Script:
    """The queue tells of token and energy; the CSMS refuses the token."""
    token = station.tokens.valid
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"idToken.idToken": token.id},
        having={"idToken.type": token.type},
        rule="C12.FR.02 C15.FR.02",
    )
    yield check(event.get("offline") is True, "offline true", event.get("offline"), "E04.FR.03")
    tx.note(event)
    yield answer(event, idTokenInfo=INVALID)
    flows = event
    if not tx.charging:
        flows = yield expect(
            "TransactionEvent",
            station.message_s,
            where={"triggerReason": "ChargingStateChanged", "transactionInfo.chargingState": "Charging"},
            rule="C12.FR.04",
        )
    yield check(flows.get("offline") is True, "offline true", flows.get("offline"), "E04.FR.03")


@station201(
    "TC_C_15_CS",
    "Token turned invalid, StopTxOnInvalidId off, energy cap set",
    verifies="C12.FR.02 C12.FR.04",
    catches="leaves_no_energy_to_the_invalid never_tells_of_its_absence",
)
def energy_left(station: Subject) -> Script:
    tx, _ = yield from given(_started_offline(station, stops=False, allowance_wh=10_000))
    yield from _refused_afterwards(station, tx)
    yield let_pass(station.message_s)
    over: list[Received] = yield seen("TransactionEvent", where={"triggerReason": "Deauthorized"})
    over += yield seen("TransactionEvent", where={"transactionInfo.chargingState": "SuspendedEVSE"})
    yield check(not over, "energy goes on", f"{len(over)} events of its end", "C12.FR.04 C15.FR.07")


def _stops(station: Subject, allowance_wh: int) -> Script:
    tx, points = yield from given(_started_offline(station, stops=True, allowance_wh=allowance_wh))
    yield from _refused_afterwards(station, tx)
    yield from deauthorized(station, tx, points)
    told: list[Received] = yield seen("TransactionEvent", where={"triggerReason": "Deauthorized", "offline": True})
    yield check(not told, "Deauthorized while online", "offline true", "E04.FR.03")


@station201(
    "TC_C_16_CS",
    "Token turned invalid, StopTxOnInvalidId on",
    verifies="C12.FR.02 C12.FR.04",
    catches="charges_the_invalid_on never_tells_of_its_absence",
)
def stopped(station: Subject) -> Script:
    yield from _stops(station, 0)


@station201(
    "TC_C_17_CS",
    "Token turned invalid, StopTxOnInvalidId off",
    verifies="C12.FR.02 C12.FR.04",
    catches="stops_where_it_should_suspend never_tells_of_its_absence",
)
def suspended(station: Subject) -> Script:
    tx, _ = yield from given(_started_offline(station, stops=False))
    yield from _refused_afterwards(station, tx)
    yield expect(
        "TransactionEvent",
        station.message_s,
        where={"transactionInfo.chargingState": "SuspendedEVSE", "triggerReason": "ChargingStateChanged"},
        rule="C15.FR.06",
    )


@station201(
    "TC_C_18_CS",
    "Token turned invalid, StopTxOnInvalidId on plus energy cap",
    verifies="C12.FR.02 C12.FR.04",
    catches="charges_the_invalid_on never_tells_of_its_absence",
)
def stopped_in_spite_of_energy_left(station: Subject) -> Script:
    yield from _stops(station, 500)


def _listed(station: Subject, token: Token, status: str) -> Script:
    """The list has that token alone, and unknown ones are not for charging; returns a session that has not begun."""
    yield from _settings(station, unknown=False)
    yield from forgotten(station)
    yield from listed(station, entry(token, status))
    yield from configured(station, "AuthCtrlr", "LocalPreAuthorize", "true", optional=True)
    return (yield from new_session(station, known=True))


@station201(
    "TC_C_21_CS",
    "Offline start, token in local list accepted",
    verifies="C13.FR.02",
    catches="heeds_no_list_offline never_tells_of_its_absence",
)
def listed_as_accepted(station: Subject) -> Script:
    token = station.tokens.valid
    tx: Tx = yield from given(_listed(station, token, "Accepted"))
    arrives = _arrival(station, tx)
    yield from given(_meanwhile(station, station.message_s, *arrives, present(station, token), plug(station)))
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"idToken.idToken": token.id},
        having={"idToken.type": token.type},
        rule="C13.FR.02",
    )
    tx.note(event)
    yield from stopped_locally(station, tx, rule="C13.FR.02")
    stop: list[Received] = yield seen("TransactionEvent", where={"triggerReason": "StopAuthorized"})
    yield from _queued_before(stop[0])
    yield from post_session(station, tx)
    yield from disconnected(station, tx, ends=None)


def _queued_before(event: Received) -> Script:
    """What was told of transactions before this, readings aside, happened without a link."""
    mine = {"transactionInfo.transactionId": event.get("transactionInfo.transactionId"), **MORE_THAN_READINGS}
    told: list[Received] = yield seen("TransactionEvent", where=mine)
    online = [each for each in told if each.line < event.line and each.get("offline") is not True]
    yield check(not online, "every queued event with offline true", f"{len(online)} without", "E04.FR.03")


def _refused_by_list(station: Subject, token: Token, status: str) -> Script:
    """Whom the list refuses starts nothing: what is told is at most that an EV stands in the bay."""
    tx: Tx = yield from given(_listed(station, token, status))
    before: list[Received] = yield seen("TransactionEvent")
    yield from given(_meanwhile(station, station.message_s, *_arrival(station, tx), present(station, token)))
    yield let_pass(station.message_s)
    told: list[Received] = yield seen("TransactionEvent", where=MORE_THAN_READINGS)
    told = [each for each in told if each not in before]
    begun = [each for each in told if each.get("triggerReason") != "EVDetected"]
    yield check(not begun, "no authorization", f"{len(begun)} events of a transaction", "C13.FR.02")
    online = [each for each in told if each.get("offline") is not True]
    yield check(not online, "offline true", f"{len(online)} events without", "E04.FR.03")


@station201(
    "TC_C_22_CS",
    "Offline start, token in local list invalid",
    verifies="C13.FR.02",
    catches="charges_whoever_is_listed",
)
def listed_as_invalid(station: Subject) -> Script:
    yield from _refused_by_list(station, station.tokens.invalid, "Invalid")


@station201(
    "TC_C_23_CS",
    "Offline start, token in local list restricted",
    verifies="C13.FR.02",
    catches="charges_whoever_is_listed",
)
def listed_as_blocked(station: Subject) -> Script:
    yield from _refused_by_list(station, station.tokens.blocked, "Blocked")


@station201(
    "TC_C_24_CS",
    "Offline start, token in local list expired",
    verifies="C13.FR.02",
    catches="charges_whoever_is_listed",
)
def listed_as_expired(station: Subject) -> Script:
    yield from _refused_by_list(station, station.tokens.expired, "Expired")


def _cached_and_refused_by_list(station: Subject) -> Script:
    """The cache accepts, the list refuses; returns what was told of transactions up to a plugged cable."""
    yield from _settings(station, unknown=True, stops=False)
    yield from forgotten(station)
    yield from cached(station)
    yield from listed(station, entry(station.tokens.valid, "Invalid"))
    yield from configured(station, "AuthCtrlr", "LocalPreAuthorize", "true", optional=True)
    yield from plugged_before(station)
    return (yield seen("TransactionEvent"))


@station201(
    "TC_C_25_CS",
    "Offline: local list outranks cache",
    verifies="C13.FR.01 C14.FR.01",
    catches="heeds_its_cache_before_its_list",
    needs="C_49 and C_02",
)
def list_before_cache(station: Subject) -> Script:
    before: list[Received] = yield from given(_cached_and_refused_by_list(station))
    yield from given(_meanwhile(station, station.transaction_s, present(station, station.tokens.valid)))
    yield let_pass(station.message_s)
    told: list[Received] = yield seen("TransactionEvent", where=MORE_THAN_READINGS)
    since = [each for each in told if each.line > before[-1].line]
    yield check(not since, "no transaction", f"{len(since)} events of one", "C13.FR.01 C14.FR.01")


def _stranger_welcome(station: Subject) -> Script:
    yield from _settings(station, unknown=True, stops=False)
    yield from configured(station, "LocalAuthListCtrlr", "Enabled", "true", optional=True)
    yield from configured(station, "AuthCtrlr", "LocalPreAuthorize", "true", optional=True)
    yield from forgotten(station)
    return (yield from new_session(station, known=True))


@station201(
    "TC_C_26_CS",
    "Offline start with unknown token",
    verifies="C13.FR.04 C15.FR.02 C15.FR.06 C15.FR.08",
    catches="charges_no_strangers charges_strangers_for_ever never_tells_of_its_absence",
)
def unknown(station: Subject) -> Script:
    token = station.tokens.valid
    tx: Tx = yield from given(_stranger_welcome(station))
    arrives = _arrival(station, tx)
    yield from given(_meanwhile(station, station.message_s, *arrives, present(station, token), plug(station)))
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"idToken.idToken": token.id},
        having={"idToken.type": token.type},
        rule="C13.FR.04 C15.FR.02 C15.FR.08",
    )
    tx.note(event)
    yield answer(event, idTokenInfo=INVALID)
    waits: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"transactionInfo.chargingState": "SuspendedEVSE"},
        rule="C15.FR.06",
    )
    yield connector_is(station, "Occupied", rule="C15.FR.02")
    yield from _queued_before(waits)
    tx.note(waits)
    if not tx.ended:
        yield from stopped_locally(station, tx)
        yield from post_session(station, tx)
    yield from disconnected(station, tx, ends=None)
