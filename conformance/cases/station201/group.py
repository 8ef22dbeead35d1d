"""Block C, authorization by group. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from dataclasses import replace

from conformance.cases.station201.cache import (
    MORE_THAN_READINGS,
    asks_about,
    counts,
    learnt,
    nobody_was_asked,
    plugged_before,
)
from conformance.cases.station201.listing import listed_and_plugged
from conformance.cases.station201.states import (
    Tx,
    authorized,
    bay_left,
    cached,
    disconnected,
    energized,
    entry,
    forgotten,
    post_session,
    ready,
    stopped_locally,
)
from conformance.vocabulary import (
    Received,
    Script,
    Subject,
    Token,
    answer,
    expect,
    given,
    let_pass,
    one_of,
    present,
    seen,
    silence,
    station201,
)

GROUPS = "C09.FR.02 C09.FR.03"


def stranger(station: Subject) -> Token:
    """A token of the valid one's group that the CSMS refuses all the same."""
    return replace(station.tokens.invalid, group=station.tokens.valid.group)


def _unknown_and_plugged(station: Subject) -> Script:
    yield from ready(station)
    yield from forgotten(station)
    tx: Tx = yield from plugged_before(station)
    return tx


def _stopped_by_mate(station: Subject, tx: Tx, rule: str) -> Script:
    """Another token of the group ends the authorization, and the driver leaves."""
    yield from stopped_locally(station, tx, token=station.tokens.mate, rule=rule)
    yield from _left(station, tx)


def _left(station: Subject, tx: Tx) -> Script:
    """From the end of the authorization to ParkingBayUnoccupied."""
    yield from post_session(station, tx)
    yield from disconnected(station, tx, ends=None)
    yield from bay_left(station, tx)


@station201(
    "TC_C_39_CS",
    "Group id lets second token stop",
    verifies="C09.FR.02 C09.FR.03 C09.FR.05",
    catches="takes_groups_for_strangers asks_about_no_mate",
)
def mate_asked_about(station: Subject) -> Script:
    tx: Tx = yield from given(_unknown_and_plugged(station))
    valid, mate = station.tokens.valid, station.tokens.mate
    yield from authorized(station, tx)
    yield from energized(station, tx)
    yield let_pass(station.transaction_s)
    yield from asks_about(station, mate, "C09.FR.05")
    event: Received = yield expect(
        "TransactionEvent",
        station.message_s,
        where={"triggerReason": "StopAuthorized"},
        having={"idToken.idToken": one_of(mate.id, valid.id), "idToken.type": one_of(mate.type, valid.type)},
        rule=GROUPS,
    )
    tx.stopped = event.get("transactionInfo.chargingState") == "EVConnected"
    tx.note(event)
    yield from _left(station, tx)


def _known_mate(station: Subject, tx: Tx) -> Script:
    before = yield seen("Authorize")
    yield from authorized(station, tx, asks=False, rule="C09.FR.07")
    yield from energized(station, tx)
    yield from _stopped_by_mate(station, tx, f"{GROUPS} C09.FR.07")
    yield from nobody_was_asked(before, "C09.FR.07")


@station201(
    "TC_C_40_CS",
    "Group id match through local list",
    verifies="C09.FR.02 C09.FR.03 C09.FR.07",
    catches="sees_no_groups_in_its_list",
)
def mate_listed(station: Subject) -> Script:
    tokens = station.tokens
    tx: Tx = yield from given(listed_and_plugged(station, entry(tokens.valid), entry(tokens.mate)))
    yield from _known_mate(station, tx)


def _both_cached(station: Subject) -> Script:
    yield from ready(station)
    yield from learnt(station, station.tokens.valid, station.tokens.mate)
    tx: Tx = yield from plugged_before(station)
    return tx


@station201(
    "TC_C_41_CS",
    "Group id match through cache",
    verifies="C09.FR.02 C09.FR.03 C09.FR.07",
    catches="caches_no_groups",
)
def mate_cached(station: Subject) -> Script:
    tx: Tx = yield from given(_both_cached(station))
    yield from _known_mate(station, tx)


def _stranger_stops_nothing(station: Subject, asks: str) -> Script:
    """A refused token of the same group is asked about, refused, and the transaction goes on.

    ``asks``: the requirement on the question.
    """
    token = stranger(station)
    request = yield from asks_about(station, token, asks)
    yield answer(request, idTokenInfo={"status": "Invalid", "groupIdToken": token.group_payload})
    yield silence(station.message_s, "TransactionEvent", where=MORE_THAN_READINGS, rule="C09.FR.11")


@station201(
    "TC_C_42_CS",
    "Different group cannot stop",
    verifies="C09.FR.11",
    catches="heeds_the_group_alone asks_about_no_stranger",
)
def stranger_refused(station: Subject) -> Script:
    tx: Tx = yield from given(_unknown_and_plugged(station))
    yield from authorized(station, tx)
    yield from energized(station, tx)
    yield from _stranger_stops_nothing(station, "C01.FR.02")


@station201(
    "TC_C_43_CS",
    "Group match but local-list status invalid",
    verifies="C09.FR.02 C09.FR.03 C09.FR.07",
    catches="heeds_the_group_in_its_list_alone heeds_the_group_alone asks_about_those_it_lists",
)
def stranger_listed(station: Subject) -> Script:
    refused = entry(stranger(station), "Invalid")
    tx: Tx = yield from given(listed_and_plugged(station, entry(station.tokens.valid), refused))
    before = yield seen("Authorize")
    yield from authorized(station, tx, asks=False, rule="C14.FR.02")
    yield from energized(station, tx)
    yield from nobody_was_asked(before, "C14.FR.02")
    yield from _stranger_stops_nothing(station, "C14.FR.03")


def _stranger_cached(station: Subject) -> Script:
    yield from ready(station)
    yield from forgotten(station)
    yield from cached(station)
    token = stranger(station)
    yield present(station, token)
    request: Received = yield expect("Authorize", station.message_s, where={"idToken.idToken": token.id})
    yield answer(request, idTokenInfo={"status": "Invalid", "groupIdToken": token.group_payload})
    yield from counts(station)
    tx: Tx = yield from plugged_before(station)
    return tx


@station201(
    "TC_C_44_CS",
    "Group match but cached status invalid",
    verifies="C09.FR.02 C09.FR.03 C09.FR.07",
    catches="heeds_the_group_in_its_cache_alone trusts_what_it_knows_to_be_refused asks_about_those_it_knows",
)
def stranger_known(station: Subject) -> Script:
    tx: Tx = yield from given(_stranger_cached(station))
    before = yield seen("Authorize")
    yield from authorized(station, tx, asks=False, rule="C12.FR.02")
    yield from energized(station, tx)
    yield from nobody_was_asked(before, "C12.FR.02")
    yield from _stranger_stops_nothing(station, "C12.FR.05")
