"""Block R, robustness: what lies below OCPP, over bare sockets. CSMS under test, every version."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.robust.states import SURVIVES, robust
from conformance.vocabulary import CSMS, Script, Subject, check, on_the_wire

FRAMING, FRAGMENTS, CONTROL, MASKING = "RFC6455:5.2", "RFC6455:5.4", "RFC6455:5.5.2", "RFC6455:5.1"
UTF8, TOO_BIG = "RFC6455:8.1", "RFC6455:7.4.1"
ANSWERED = ("wire-0",)


def _served(csms: Subject, attack: str, rules: str) -> Script:
    """What is allowed is answered, and the link stays."""
    outcome = yield on_the_wire(csms, attack)
    yield check(outcome.answered == ANSWERED, "the CALL is answered", outcome.answered or f"code {outcome.code}", rules)
    yield check(not outcome.code, "the link stays", f"it ended with {outcome.code}", rules)
    return outcome


def _cut_off(csms: Subject, attack: str, rules: str, *codes: int) -> Script:
    """What is not allowed is not answered, and ends the link by such a code, or without one."""
    outcome = yield on_the_wire(csms, attack)
    wanted = (*codes, 1006)
    yield check(not outcome.answered, "nothing is answered", outcome.answered, rules)
    yield check(outcome.code in wanted, f"the link ends with {' or '.join(map(str, wanted))}", outcome.code, rules)
    yield from _lives(csms)


def _lives(csms: Subject) -> Script:
    outcome: Any = yield on_the_wire(csms, "heartbeat")
    yield check(outcome.answered == ANSWERED, "another station is served", f"status {outcome.status}", SURVIVES)


@robust(51, "A message in many fragments is put together", verifies=FRAGMENTS, catches="knows_no_fragments", of=(CSMS,))
def fragments(csms: Subject) -> Script:
    yield from _served(csms, "fragments", FRAGMENTS)


@robust(52, "A frame that comes in pieces is waited for", verifies=FRAMING, catches="wants_it_whole", of=(CSMS,))
def slices(csms: Subject) -> Script:
    yield from _served(csms, "slices", FRAMING)


@robust(53, "Pings are answered, however many", verifies=CONTROL, catches="mute_to_pings", of=(CSMS,))
def pings(csms: Subject) -> Script:
    outcome = yield from _served(csms, "pings", SURVIVES)
    yield check(bool(outcome.pongs), "a pong", f"{len(outcome.pongs)} pongs", CONTROL)
    sent = {str(number).encode().rjust(125, b".") for number in range(100)}
    yield check(set(outcome.pongs) <= sent, "pongs with what the pings had", "others", CONTROL)


@robust(
    54, "A message of 64 MB ends the link before it is taken", verifies=TOO_BIG, catches="takes_any_size", of=(CSMS,)
)
def giant(csms: Subject) -> Script:
    yield from _cut_off(csms, "giant", TOO_BIG, 1009, 1008)


@robust(55, "A compression bomb does not go off", verifies=TOO_BIG, catches="inflates_bombs", of=(CSMS,))
def bomb(csms: Subject) -> Script:
    outcome = yield on_the_wire(csms, "bomb")
    if outcome.extensions:
        bounded = outcome.code in (1009, 1008, 1006)
        yield check(bounded, "the link ends when the message has become too large", outcome.code, TOO_BIG)
    else:
        yield check(outcome.answered == ANSWERED, "without compression the CALL is answered", outcome.code, TOO_BIG)
    yield from _lives(csms)


@robust(56, "A frame of a client without a mask ends the link", verifies=MASKING, catches="wants_no_mask", of=(CSMS,))
def unmasked(csms: Subject) -> Script:
    yield from _cut_off(csms, "unmasked", MASKING, 1002)


@robust(57, "Reserved bits that nobody agreed on end the link", verifies=FRAMING, catches="ignores_bits", of=(CSMS,))
def reserved(csms: Subject) -> Script:
    yield from _cut_off(csms, "reserved", FRAMING, 1002)


@robust(58, "A text that is no UTF-8 ends the link", verifies=UTF8, catches="reads_latin", of=(CSMS,))
def mojibake(csms: Subject) -> Script:
    yield from _cut_off(csms, "mojibake", UTF8, 1007)


@robust(59, "Callers who say nothing keep nobody out", catches="waits_for_lurkers", of=(CSMS,))
def lurkers(csms: Subject) -> Script:
    yield from _served(csms, "lurkers", SURVIVES)


@robust(60, "A request with a huge head is refused", catches="reads_any_head", of=(CSMS,))
def headers(csms: Subject) -> Script:
    outcome = yield on_the_wire(csms, "headers")
    yield check(outcome.status != 101, "the request is refused", outcome.status, SURVIVES)
    yield from _lives(csms)


@robust(61, "A CALL in a binary message is not carried out", clauses="4.1.2 4.1.2", catches="reads_binary", of=(CSMS,))
def binary(csms: Subject) -> Script:
    outcome = yield on_the_wire(csms, "binary")
    clause = "OCPP-J.4.1.2" if csms.version != "1.6" else "OCPP-J1.6:4.1.2"
    yield check(not outcome.answered, "no result", outcome.answered, clause)
    yield from _lives(csms)
