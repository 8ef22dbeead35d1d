"""Block C, groups and the master pass. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from dataclasses import replace

from conformance.cases.csms201.states import (
    Session,
    attached,
    authorize,
    authorized,
    disconnected,
    energized,
    plugged,
    post_session,
    session,
)
from conformance.vocabulary import (
    Payload,
    Script,
    Subject,
    Token,
    ask,
    csms201,
    given,
)

ALONE = "C09.FR.02 C09.FR.09"
"""What asks for the group in the answer to an Authorize; the other: to a TransactionEvent."""
WITHIN = "C09.FR.02 C09.FR.12"


def _granted(token: Token) -> Payload:
    """The token may charge, and its group is told."""
    return {"idTokenInfo.status": "Accepted", "idTokenInfo.groupIdToken.idToken": token.group}


def _asked(token: Token, rule: str = ALONE) -> Script:
    yield ask("Authorize", authorize(token), having=_granted(token), rule=rule)


def _plugged_session(csms: Subject) -> Script:
    yield from attached(csms)
    tx = session(csms)
    yield from plugged(csms, tx)
    return tx


def _event(tx: Session, trigger: str, token: Token, rule: str = WITHIN) -> Script:
    yield ask("TransactionEvent", tx.event(trigger, idToken=token.payload), having=_granted(token), rule=rule)


def _over(csms: Subject, tx: Session) -> Script:
    yield from post_session(csms, tx)
    yield from disconnected(csms, tx)


@csms201(
    "TC_C_39_CSMS",
    "Group id lets second token stop",
    verifies="C09.FR.02 C09.FR.03",
    catches="hides_the_group_when_asked hides_the_group_in_transactions strangers_stop_nothing",
)
def mate_asked_about(csms: Subject) -> Script:
    tx: Session = yield from given(_plugged_session(csms))
    valid, mate = csms.tokens.valid, csms.tokens.mate
    yield from _asked(valid)
    yield from _event(tx, "Authorized", valid)
    yield from energized(csms, tx)
    yield from _asked(mate, f"{ALONE} C09.FR.03")
    yield from _event(tx, "StopAuthorized", mate, f"{WITHIN} C09.FR.03")
    yield from _over(csms, tx)


@csms201(
    "TC_C_40_CSMS",
    "Group id match through local list",
    verifies="C09.FR.02 C09.FR.03",
    catches="hides_the_group_in_transactions strangers_stop_nothing",
)
def mate_listed(csms: Subject) -> Script:
    tx: Session = yield from given(_plugged_session(csms))
    yield from _event(tx, "Authorized", csms.tokens.valid)
    yield from energized(csms, tx)
    yield from _event(tx, "StopAuthorized", csms.tokens.mate, f"{WITHIN} C09.FR.03")
    yield from _over(csms, tx)


@csms201(
    "TC_C_43_CSMS",
    "Group match but local-list status invalid",
    verifies="C09.FR.02 C09.FR.03",
    catches="hides_the_group_when_asked hides_the_group_in_transactions strangers_stop_nothing",
)
def mate_listed_as_invalid(csms: Subject) -> Script:
    tx: Session = yield from given(_plugged_session(csms))
    yield from _event(tx, "Authorized", csms.tokens.valid)
    yield from energized(csms, tx)
    yield from _asked(csms.tokens.mate, f"{ALONE} C09.FR.03")
    yield from _event(tx, "StopAuthorized", csms.tokens.mate, f"{WITHIN} C09.FR.03")
    yield from _over(csms, tx)


def _charging_everywhere(csms: Subject) -> Script:
    """Energy flows at two EVSEs, for different drivers; returns the sessions."""
    yield from attached(csms)
    sessions = []
    for evse, token in ((1, csms.tokens.valid), (2, csms.tokens.other)):
        tx = session(replace(csms, evse=evse, connector=1), evse)
        yield from plugged(tx.csms, tx)
        yield from authorized(tx.csms, tx, token)
        yield from energized(tx.csms, tx)
        sessions.append(tx)
    return sessions


def _master_stops(csms: Subject, *sessions: Session, rule: str) -> Script:
    """The master pass is accepted with its group, alone and at the end of each of these transactions."""
    master = csms.tokens.master
    yield from _asked(master, rule)
    for tx in sessions:
        end = tx.event(
            "StopAuthorized",
            kind="Ended",
            state="EVConnected",
            info={"stoppedReason": "MasterPass"},
            idToken=master.payload,
        )
        yield ask("TransactionEvent", end, having=_granted(master), rule=rule)


@csms201(
    "TC_C_47_CSMS",
    "Master pass with UI stops all transactions",
    verifies="C16.FR.01",
    catches="knows_no_masters knows_no_masters_in_transactions",
)
def master_stops_all(csms: Subject) -> Script:
    sessions: list[Session] = yield from given(_charging_everywhere(csms))
    yield from _master_stops(csms, *sessions, rule="C16.FR.01")


@csms201(
    "TC_C_48_CSMS",
    "Master pass with UI stops a chosen transaction",
    verifies="C16.FR.01",
    catches="knows_no_masters knows_no_masters_in_transactions",
)
def master_stops_one(csms: Subject) -> Script:
    sessions: list[Session] = yield from given(_charging_everywhere(csms))
    yield from _master_stops(csms, sessions[0], rule="C16.FR.01")


@csms201(
    "TC_C_49_CSMS",
    "Master pass without UI stops all transactions",
    verifies="C16.FR.02",
    catches="knows_no_masters knows_no_masters_in_transactions",
)
def master_stops_all_at_once(csms: Subject) -> Script:
    sessions: list[Session] = yield from given(_charging_everywhere(csms))
    yield from _master_stops(csms, *sessions, rule="C16.FR.02")
