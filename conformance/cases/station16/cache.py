"""The authorization cache. Charge point under test, OCPP 1.6."""

# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station16.states import (
    PREPARING,
    asked,
    authorized,
    configured,
    let_go,
    ready,
    remote_start,
    started,
    status,
    switched,
    unasked,
)
from conformance.vocabulary import (
    Script,
    Subject,
    ask,
    expect,
    given,
    plug,
    present,
    station16,
)

KNOWN = "1.6:3.5 1.6:9.1.13"
"""Who is known is let in without anybody being asked."""


def _caching(station: Subject) -> Script:
    """A charge point that remembers who was accepted, and goes by it."""
    yield from ready(station)
    yield from switched(station, "AuthorizationCacheEnabled", True)
    yield from switched(station, "LocalPreAuthorize", True)
    yield from configured(station, "ConnectionTimeOut", station.plug_timeout_s)


def _cached(station: Subject) -> Script:
    """The same, and the valid idTag is in its cache."""
    yield from _caching(station)
    yield from authorized(station)
    yield from let_go(station)


def starts_unasked(station: Subject) -> Script:
    """Whoever is known comes first, and then the cable."""
    before: int = yield from asked()
    yield present(station, station.tokens.valid)
    yield status(station, PREPARING, rule=KNOWN)
    yield plug(station)
    yield from started(station, rule=KNOWN)
    yield from unasked(before, KNOWN)


def starts_unasked_from_afar(station: Subject) -> Script:
    """Whoever is known is to start, and then comes the cable."""
    before: int = yield from asked()
    yield from remote_start(station, False)
    yield status(station, PREPARING, rule=KNOWN)
    yield plug(station)
    yield from started(station, rule=f"1.6:5.11 {KNOWN}")
    yield from unasked(before, f"1.6:5.11 {KNOWN}")


@station16(
    "TC_007_1_CS",
    "Local start from cached id",
    verifies="1.6:3.5 1.6:9.1.13",
    catches="asks_although_it_knows_16",
)
def start_cached(station: Subject) -> Script:
    yield from given(_cached(station))
    yield from starts_unasked(station)


@station16(
    "TC_007_2_CS",
    "Remote start with cached id",
    verifies="1.6:3.5 1.6:5.11 1.6:9.1.13",
    catches="asks_although_it_knows_whom_16 refuses_remote_start_16",
)
def remote_start_cached(station: Subject) -> Script:
    yield from given(_cached(station))
    yield from given(switched(station, "AuthorizeRemoteTxRequests", True))
    yield from starts_unasked_from_afar(station)


def _cleared() -> Script:
    yield ask("ClearCache", {}, having={"status": "Accepted"}, rule="1.6:5.4")


@station16(
    "TC_061_1_CS",
    "Clear cache, then local start",
    verifies="1.6:5.4",
    catches="refuses_to_forget_16 never_forgets_16",
)
def clear_cache(station: Subject) -> Script:
    yield from given(_cached(station))
    yield from _cleared()
    token = station.tokens.valid
    yield present(station, token)
    yield expect("Authorize", station.message_s, having={"idTag": token.id}, rule="1.6:5.4")


@station16(
    "TC_061_2_CS",
    "Clear cache, then remote start",
    verifies="1.6:5.4 1.6:5.11",
    catches="refuses_to_forget_16 never_forgets_16 refuses_remote_start_16",
)
def clear_cache_remote(station: Subject) -> Script:
    yield from given(_cached(station))
    yield from given(switched(station, "AuthorizeRemoteTxRequests", True))
    yield from _cleared()
    yield from remote_start(station, False)
    having = {"idTag": station.tokens.valid.id}
    yield expect("Authorize", station.message_s, having=having, rule="1.6:5.4 1.6:5.11")
