"""Block C, authorization cache. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station201.states import (
    Tx,
    authorization_told,
    authorized,
    bay_left,
    bay_occupied,
    booted,
    cached,
    configured,
    deauthorized,
    disconnected,
    energized,
    forgotten,
    held,
    new_session,
    plugged,
    post_session,
    ready,
    stop_points,
    stopped_locally,
    variable,
)
from conformance.vocabulary import (
    Matcher,
    Received,
    Script,
    Subject,
    Token,
    answer,
    ask,
    check,
    expect,
    given,
    let_pass,
    present,
    satisfying,
    seen,
    silence,
    station201,
    usually,
)

INVALID = {"status": "Invalid"}
READINGS = "MeterValueClock", "MeterValuePeriodic"
MORE_THAN_READINGS = {"triggerReason": Matcher("no reading", lambda reason: reason not in READINGS)}
"""What tells more than how much energy has flowed; other messages than transaction events do in any case."""


def knows(station: Subject, *tokens: Token, accepted: bool = True, asks_again: bool = True) -> Script:
    """The station is ready, and its cache, but no list, knows these tokens."""
    yield from ready(station)
    yield from learnt(station, *tokens, accepted=accepted, asks_again=asks_again)


def learnt(station: Subject, *tokens: Token, accepted: bool = True, asks_again: bool = True) -> Script:
    """The cache, and no list, knows these tokens, and counts from now on; ``asks_again`` about those it refuses."""
    yield from forgotten(station)
    for token in tokens:
        yield from cached(station, token, accepted=accepted)
    yield from counts(station, asks_again=asks_again)


def counts(station: Subject, *, asks_again: bool = True) -> Script:
    """What is cached is used while the CSMS can be asked."""
    final = "false" if asks_again else "true"
    yield from configured(station, "AuthCacheCtrlr", "DisablePostAuthorize", final, optional=asks_again)
    yield from configured(station, "AuthCtrlr", "LocalPreAuthorize", "true", optional=True)


def plugged_before(station: Subject) -> Script:
    """EVConnectedPreSession; returns the session."""
    tx = yield from new_session(station, known=True)
    yield from plugged(station, tx)
    return tx


def known_and_plugged(station: Subject, *tokens: Token, accepted: bool = True, asks_again: bool = True) -> Script:
    """The cache knows these tokens, and an EV is at the cable; returns the session."""
    yield from knows(station, *tokens, accepted=accepted, asks_again=asks_again)
    tx: Tx = yield from plugged_before(station)
    return tx


def nobody_was_asked(before: list[Received], rule: str) -> Script:
    """No Authorize but those of before."""
    asked: list[Received] = yield seen("Authorize")
    yield check(len(asked) == len(before), "no Authorize", f"{len(asked) - len(before)} of them", rule)


def asks_about(station: Subject, token: Token, rule: str) -> Script:
    """The token is presented, and the CSMS asked about it; returns the request."""
    yield present(station, token)
    having = {"idToken.idToken": token.id, "idToken.type": token.type}
    request: Received = yield expect("Authorize", station.message_s, having=having, rule=rule)
    return request


@station201(
    "TC_C_08_CS",
    "Start from authorization cache, accepted",
    verifies="C12.FR.02 C12.FR.04",
    catches="asks_about_those_it_knows leaves_those_it_knows_without_energy",
)
def accepted(station: Subject) -> Script:
    tx: Tx = yield from given(known_and_plugged(station, station.tokens.valid))
    before = yield seen("Authorize")
    yield from authorized(station, tx, asks=False, rule="C12.FR.02")
    yield from energized(station, tx, rule="C12.FR.04")
    yield from nobody_was_asked(before, "C12.FR.02")


def _asked_again(station: Subject, token: Token, status: str) -> Script:
    yield from given(known_and_plugged(station, token, accepted=False))
    request = yield from asks_about(station, token, "C10.FR.03 C12.FR.05")
    yield answer(request, idTokenInfo={"status": status})


@station201(
    "TC_C_09_CS",
    "Cached invalid token, CSMS also refuses",
    verifies="C10.FR.03 C12.FR.05",
    catches="trusts_what_it_knows_to_be_refused",
)
def invalid(station: Subject) -> Script:
    yield from _asked_again(station, station.tokens.invalid, "Invalid")


@station201(
    "TC_C_10_CS",
    "Cached restricted token is re-checked",
    verifies="C10.FR.03 C12.FR.05",
    catches="trusts_what_it_knows_to_be_refused",
)
def blocked(station: Subject) -> Script:
    yield from _asked_again(station, station.tokens.blocked, "Blocked")


@station201(
    "TC_C_11_CS",
    "Cached expired token is re-checked",
    verifies="C10.FR.03 C12.FR.05",
    catches="trusts_what_it_knows_to_be_refused",
)
def expired(station: Subject) -> Script:
    yield from _asked_again(station, station.tokens.expired, "Expired")


@station201(
    "TC_C_12_CS",
    "Cached invalid token, CSMS now accepts",
    verifies="C10.FR.03 C12.FR.05",
    catches="trusts_what_it_knows_to_be_refused refuses_for_ever",
)
def valid_again(station: Subject) -> Script:
    token = station.tokens.invalid
    tx: Tx = yield from given(known_and_plugged(station, token, accepted=False))
    request = yield from asks_about(station, token, "C10.FR.03 C12.FR.05")
    yield usually("TransactionEvent", idTokenInfo={"status": "Accepted"})
    yield answer(request, idTokenInfo={"status": "Accepted"})
    yield from authorization_told(station, tx, token, rule="C12.FR.05")
    yield from energized(station, tx, rule="C12.FR.05")


@station201(
    "TC_C_13_CS",
    "Cache-authorized, cable not yet plugged",
    verifies="C12.FR.02 C12.FR.04",
    catches="asks_about_those_it_knows leaves_those_it_knows_without_energy",
)
def accepted_before_the_cable(station: Subject) -> Script:
    yield from given(knows(station, station.tokens.valid))
    tx: Tx = yield from given(new_session(station, known=True))
    before = yield seen("Authorize")
    yield from authorized(station, tx, asks=False, rule="C12.FR.02")
    yield from plugged(station, tx)
    yield from energized(station, tx, rule="C12.FR.04")
    yield from nobody_was_asked(before, "C12.FR.02")


@station201(
    "TC_C_32_CS",
    "Cache survives reboot",
    verifies="C10.FR.02",
    catches="forgets_its_cache_at_boot",
)
def after_boot(station: Subject) -> Script:
    yield from given(knows(station, station.tokens.valid))
    yield from booted(station)
    tx: Tx = yield from given(new_session(station, known=True))
    before = yield seen("Authorize")
    yield from authorized(station, tx, asks=False, rule="C10.FR.02")
    yield from plugged(station, tx)
    yield from energized(station, tx, rule="C10.FR.02")
    yield from nobody_was_asked(before, "C10.FR.02")


def _empty_and_plugged(station: Subject) -> Script:
    yield from ready(station)
    yield from configured(station, "AuthCacheCtrlr", "Enabled", "true", optional=True)
    yield from configured(station, "LocalAuthListCtrlr", "Enabled", "true", optional=True)
    yield from forgotten(station)
    yield from counts(station)
    tx: Tx = yield from plugged_before(station)
    return tx


@station201(
    "TC_C_33_CS",
    "Cache updated from Authorize response",
    verifies="C10.FR.04 C12.FR.06",
    catches="learns_nothing",
)
def learns_from_authorize(station: Subject) -> Script:
    tx: Tx = yield from given(_empty_and_plugged(station))
    yield from authorized(station, tx)
    yield from energized(station, tx)
    yield from stopped_locally(station, tx)
    yield from post_session(station, tx)
    yield from disconnected(station, tx, ends=None)
    yield from bay_left(station, tx)
    again: Tx = yield from plugged_before(station)
    before = yield seen("Authorize")
    event: Received | None = yield from authorized(station, again, asks=False, rule="C10.FR.04 C12.FR.06")
    if event is not None:
        yield answer(event, idTokenInfo=INVALID)
    yield from nobody_was_asked(before, "C10.FR.04 C12.FR.06")


def _known_and_strict(station: Subject) -> Script:
    yield from knows(station, station.tokens.valid)
    yield from configured(station, "TxCtrlr", "StopTxOnInvalidId", "true", optional=True)
    yield from configured(station, "TxCtrlr", "MaxEnergyOnInvalidId", 0, optional=True)
    tx: Tx = yield from plugged_before(station)
    return tx


@station201(
    "TC_C_34_CS",
    "Cache updated from TransactionEvent response",
    verifies="C10.FR.05 C12.FR.06",
    catches="learns_nothing_in_transactions calls_known_cards_remote_starts",
)
def learns_in_transactions(station: Subject) -> Script:
    tx: Tx = yield from given(_known_and_strict(station))
    points = yield from given(stop_points(station))
    strict = yield from given(variable(station, "TxCtrlr", "StopTxOnInvalidId"))
    token = station.tokens.valid
    event: Received | None = yield from authorized(station, tx, asks=False, rule="C12.FR.02")
    if event is None:  # the transaction begins with energy, and tells of the token then
        event = yield expect(
            "TransactionEvent",
            station.message_s,
            where={"idToken.idToken": token.id},
            having={"idToken.type": token.type},
            rule="C12.FR.02",
        )
        tx.note(event)
    yield answer(event, idTokenInfo=INVALID)
    if str(strict).lower() == "true":
        yield from deauthorized(station, tx, points)
    place = {"evseId": station.evse, "connectorId": station.connector}
    yield ask("UnlockConnector", place, or_error=satisfying("that of a station without locks", bool))
    yield from disconnected(station, tx, ends=None)
    yield from bay_left(station, tx, refused=True)
    yield from bay_occupied(station, Tx(tx.points, stops=tx.stops))
    yield from asks_about(station, token, "C10.FR.05 C12.FR.06")


def _known_and_unused(station: Subject) -> Script:
    yield from knows(station, station.tokens.valid)
    yield from held(station, "AuthCtrlr", "LocalPreAuthorize", "false")


@station201(
    "TC_C_36_CS",
    "Cache ignored when LocalPreAuthorization off",
    verifies="C10.FR.11",
    catches="always_uses_its_cache",
)
def switched_off(station: Subject) -> Script:
    yield from given(_known_and_unused(station))
    request = yield from asks_about(station, station.tokens.valid, "C10.FR.11")
    yield answer(request, idTokenInfo=INVALID)


@station201(
    "TC_C_37_CS",
    "Clear cache accepted",
    verifies="C11.FR.01 C11.FR.02 C11.FR.03",
    catches="refuses_to_forget says_that_it_forgot",
)
def clear_cache(station: Subject) -> Script:
    yield from given(knows(station, station.tokens.valid))
    yield ask("ClearCache", having={"status": "Accepted"}, rule="C11.FR.02 C11.FR.03")
    tx: Tx = yield from plugged_before(station)
    yield from authorized(station, tx, rule="C11.FR.01")
    yield from energized(station, tx)


def _known_and_disabled(station: Subject) -> Script:
    yield from knows(station, station.tokens.valid)
    yield from held(station, "AuthCacheCtrlr", "Enabled", "false")


@station201(
    "TC_C_38_CS",
    "Clear cache rejected (cache disabled)",
    verifies="C11.FR.01 C11.FR.02 C11.FR.04",
    catches="forgets_what_it_does_not_use",
)
def clear_disabled_cache(station: Subject) -> Script:
    yield from given(_known_and_disabled(station))
    yield ask("ClearCache", having={"status": "Rejected"}, rule="C11.FR.02 C11.FR.04")


def _known_for_a_while(station: Subject) -> Script:
    yield from configured(station, "AuthCacheCtrlr", "LifeTime", int(station.transaction_s))
    yield from learnt(station, station.tokens.valid)
    return (yield from plugged_before(station))


@station201(
    "TC_C_46_CS",
    "Cache entry expires after lifetime",
    verifies="C10.FR.08",
    catches="never_forgets",
)
def lifetime(station: Subject) -> Script:
    yield from given(ready(station))
    usual = yield from given(variable(station, "AuthCacheCtrlr", "LifeTime"))
    tx: Tx = yield from given(_known_for_a_while(station))
    yield let_pass(station.transaction_s + station.tolerance_s)
    yield from authorized(station, tx, rule="C10.FR.08 C10.FR.10")
    yield from given(configured(station, "AuthCacheCtrlr", "LifeTime", usual or 0))


@station201(
    "TC_C_57_CS",
    "Cached invalid token not re-checked (AuthCacheDisablePostAuthorize)",
    verifies="C10.FR.03 C12.FR.05",
    catches="always_asks_again",
)
def not_asked_again(station: Subject) -> Script:
    token = station.tokens.invalid
    yield from given(known_and_plugged(station, token, accepted=False, asks_again=False))
    yield present(station, token)
    yield from refused_by_itself(station, "C10.FR.03 C12.FR.05")
    yield from given(configured(station, "AuthCacheCtrlr", "DisablePostAuthorize", "false"))


def refused_by_itself(station: Subject, rule: str) -> Script:
    """Neither is the CSMS asked about what was presented, nor does anything come of it."""
    yield silence(station.message_s, "Authorize", "TransactionEvent", where=MORE_THAN_READINGS, rule=rule)
