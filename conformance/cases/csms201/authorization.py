"""Block C, authorization. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.csms201.states import (
    attached,
    authorize,
    plugged,
    session,
    told,
)
from conformance.vocabulary import (
    Received,
    Script,
    Subject,
    Token,
    answer,
    ask,
    command,
    csms201,
    given,
    one_of,
)

UNKNOWN = one_of("Invalid", "Unknown")


def _authorize(csms: Subject, token: Token, demand: Any) -> Script:
    yield from given(attached(csms))
    yield ask("Authorize", authorize(token), having={"idTokenInfo.status": demand}, rule="C01.FR.07")


@csms201(
    "TC_C_02_CSMS",
    "Token invalid/unknown",
    verifies="C01.FR.07 C04.FR.01 C06.FR.04",
    catches="accepts_any_token",
)
def invalid_token(csms: Subject) -> Script:
    yield from _authorize(csms, csms.tokens.invalid, UNKNOWN)


@csms201(
    "TC_C_06_CSMS",
    "Token blocked",
    verifies="C01.FR.07",
    catches="accepts_any_token",
)
def blocked_token(csms: Subject) -> Script:
    yield from _authorize(csms, csms.tokens.blocked, one_of("Blocked", "Invalid"))


@csms201(
    "TC_C_07_CSMS",
    "Token expired",
    verifies="C01.FR.07",
    catches="accepts_any_token",
)
def expired_token(csms: Subject) -> Script:
    yield from _authorize(csms, csms.tokens.expired, one_of("Expired", "Invalid"))


def _cached(csms: Subject, token: Token, demand: Any) -> Script:
    """A token that the station had in its cache is judged in the answer to the transaction event."""
    yield from given(attached(csms))
    tx = session(csms)
    yield from given(plugged(csms, tx))
    having = {"idTokenInfo.status": demand}
    yield ask("TransactionEvent", tx.event("Authorized", idToken=token.payload), having=having, rule="C12.FR.03")


@csms201(
    "TC_C_08_CSMS",
    "Token from the station's cache, accepted",
    verifies="C12.FR.03",
    catches="refuses_cached_tokens",
)
def cached_valid(csms: Subject) -> Script:
    yield from _cached(csms, csms.tokens.valid, "Accepted")


@csms201(
    "TC_C_20_CSMS",
    "Token from the station's cache, invalid by now",
    verifies="C12.FR.03",
    catches="charges_any_token",
)
def cached_invalid(csms: Subject) -> Script:
    yield from _cached(csms, csms.tokens.invalid, UNKNOWN)


@csms201(
    "TC_C_37_CSMS",
    "Authorization cache cleared",
    verifies="C11.FR.01",
    catches="clears_nothing",
)
def clear_cache(csms: Subject) -> Script:
    yield from _cache_cleared(csms, "Accepted")


@csms201(
    "TC_C_38_CSMS",
    "Clear cache rejected (cache disabled)",
    verifies="C11.FR.01",
    catches="clears_nothing",
)
def clear_disabled_cache(csms: Subject) -> Script:
    yield from _cache_cleared(csms, "Rejected")


def _cache_cleared(csms: Subject, status: str) -> Script:
    """The CSMS asks for it, and goes on whatever comes of it."""
    yield from given(attached(csms))
    yield command(csms, "clear_cache")
    request: Received = yield from told(csms, "ClearCache", rule="C11.FR.01")
    yield answer(request, status=status)
    yield ask("Heartbeat")
