"""Block C, authorization by what the local list says, online. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station201.cache import (
    asks_about,
    nobody_was_asked,
    plugged_before,
    refused_by_itself,
)
from conformance.cases.station201.states import (
    Tx,
    authorization_told,
    authorized,
    configured,
    energized,
    entry,
    listed,
    new_session,
    plugged,
    ready,
)
from conformance.vocabulary import (
    Payload,
    Script,
    Subject,
    Token,
    answer,
    given,
    present,
    seen,
    station201,
    usually,
)


def lists(station: Subject, *entries: Payload, asks_again: bool = True) -> Script:
    """These entries are the local list, and it counts; ``asks_again`` about those it refuses."""
    yield from ready(station)
    yield from listed(station, *entries)
    final = "false" if asks_again else "true"
    yield from configured(station, "LocalAuthListCtrlr", "DisablePostAuthorize", final, optional=asks_again)
    yield from configured(station, "AuthCtrlr", "LocalPreAuthorize", "true", optional=True)


def listed_and_plugged(station: Subject, *entries: Payload) -> Script:
    """These entries are the local list, and an EV is at the cable; returns the session."""
    yield from lists(station, *entries)
    tx: Tx = yield from plugged_before(station)
    return tx


@station201(
    "TC_C_27_CS",
    "Online start, token in local list accepted",
    verifies="C14.FR.02",
    catches="asks_about_those_it_lists",
)
def accepted(station: Subject) -> Script:
    yield from given(lists(station, entry(station.tokens.valid)))
    tx: Tx = yield from given(new_session(station, known=True))
    before = yield seen("Authorize")
    yield from authorized(station, tx, asks=False, rule="C14.FR.02")
    yield from plugged(station, tx, rule="C14.FR.02")
    yield from energized(station, tx, rule="C14.FR.02")
    yield from nobody_was_asked(before, "C14.FR.02")


def _asked_again(station: Subject, token: Token, status: str) -> Script:
    request = yield from asks_about(station, token, "C14.FR.03")
    yield answer(request, idTokenInfo={"status": status})


@station201(
    "TC_C_28_CS",
    "Online, list says invalid and CSMS refuses",
    verifies="C14.FR.03",
    catches="trusts_what_its_list_refuses",
)
def invalid(station: Subject) -> Script:
    token = station.tokens.invalid
    yield from given(lists(station, entry(token, "Invalid")))
    yield from _asked_again(station, token, "Invalid")


@station201(
    "TC_C_29_CS",
    "Online, list says restricted",
    verifies="C14.FR.03",
    catches="trusts_what_its_list_refuses",
)
def blocked(station: Subject) -> Script:
    token = station.tokens.blocked
    yield from given(listed_and_plugged(station, entry(token, "Blocked")))
    yield from _asked_again(station, token, "Blocked")


@station201(
    "TC_C_30_CS",
    "Online, list says expired",
    verifies="C14.FR.03",
    catches="trusts_what_its_list_refuses",
)
def expired(station: Subject) -> Script:
    token = station.tokens.expired
    yield from given(listed_and_plugged(station, entry(token, "Expired")))
    yield from _asked_again(station, token, "Expired")


@station201(
    "TC_C_31_CS",
    "Online, list says invalid but CSMS accepts",
    verifies="C14.FR.03",
    catches="trusts_what_its_list_refuses heeds_its_list_alone",
)
def valid_after_all(station: Subject) -> Script:
    token = station.tokens.invalid
    yield from given(lists(station, entry(token, "Invalid")))
    tx: Tx = yield from given(new_session(station, known=True))
    request = yield from asks_about(station, token, "C14.FR.03")
    yield usually("TransactionEvent", idTokenInfo={"status": "Accepted"})
    yield answer(request, idTokenInfo={"status": "Accepted"})
    yield from authorization_told(station, tx, token, rule="C14.FR.03")
    yield from plugged(station, tx, rule="C14.FR.03")
    yield from energized(station, tx, rule="C14.FR.03")


@station201(
    "TC_C_58_CS",
    "Listed invalid token not re-checked (LocalAuthListDisablePostAuthorize)",
    verifies="C14.FR.03",
    catches="always_asks_about_those_its_list_refuses",
)
def not_asked_again(station: Subject) -> Script:
    token = station.tokens.invalid
    yield from given(lists(station, entry(token, "Invalid"), asks_again=False))
    yield present(station, token)
    yield from refused_by_itself(station, "C14.FR.03")
    yield from given(configured(station, "LocalAuthListCtrlr", "DisablePostAuthorize", "false"))
