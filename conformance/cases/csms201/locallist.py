"""Block D, local authorization list. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.csms201.states import (
    attached,
    told,
)
from conformance.vocabulary import (
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    Token,
    answer,
    ask,
    check,
    command,
    csms201,
    given,
    usually,
)

PRESENT_VERSION = 1
"""The version that the bench's list has before it is changed."""


def _sent(csms: Subject, update: str, above: int, *, entries: list[Payload]) -> Script:
    """The CSMS, told to, sends the list, after asking for the version if it wants; returns the entries."""
    yield from given(attached(csms))
    yield usually("GetLocalListVersion", versionNumber=above)
    yield command(csms, "send_local_list", version=above + 1, entries=entries, update=update)
    request: Received = yield from told(csms, "SendLocalList", having={"updateType": update}, rule="D01.FR.01")
    version = request.get("versionNumber", 0)
    yield check(version > above, f"versionNumber above {above}", version, "D01.FR.01 D01.FR.18")
    sent: list[Payload] = request.get("localAuthorizationList", [])
    tokens = [(_token_of(each).lower(), each.get("idToken", {}).get("type")) for each in sent]
    yield check(len(set(tokens)) == len(tokens), "no token twice", tokens, "D01.FR.06")
    return sent


def _token_of(entry: Payload) -> str:
    return str(entry.get("idToken", {}).get("idToken", ""))


def _entry(token: Token, **more: Any) -> Payload:
    return {"id_token": token.id, "type": token.type, **more}


def _all_informed(sent: list[Payload], rule: str) -> Script:
    yield check(bool(sent), "a list that is not empty", sent or "no list", rule)
    bare = [_token_of(each) for each in sent if not each.get("idTokenInfo")]
    yield check(not bare, "idTokenInfo with every entry", f"none with {', '.join(bare)}", rule)


@csms201(
    "TC_D_01_CSMS",
    "Full local list sent",
    verifies="D01.FR.01 D01.FR.06 D01.FR.18",
    catches="sends_no_list sends_changes_for_a_list sends_a_list_without_a_number lists_a_token_twice "
    "lists_tokens_without_information",
)
def send_local_list(csms: Subject) -> Script:
    sent = yield from _sent(csms, "Full", 0, entries=[_entry(csms.tokens.valid), _entry(csms.tokens.other)])
    yield from _all_informed(sent, "D01.FR.15")


@csms201(
    "TC_D_02_CSMS",
    "Differential update adds/changes",
    verifies="D01.FR.01 D01.FR.06 D01.FR.18",
    catches="sends_a_list_for_changes sends_a_list_without_a_number sends_no_list",
)
def send_additions(csms: Subject) -> Script:
    entries = [_entry(csms.tokens.valid), _entry(csms.tokens.other)]
    sent = yield from _sent(csms, "Differential", PRESENT_VERSION, entries=entries)
    yield check(bool(sent), "a list that is not empty", sent or "no list", "D01.FR.16")


@csms201(
    "TC_D_03_CSMS",
    "Differential update removes",
    verifies="D01.FR.01 D01.FR.06 D01.FR.17 D01.FR.18",
    catches="removes_nothing sends_a_list_without_a_number",
)
def send_removals(csms: Subject) -> Script:
    entries = [_entry(csms.tokens.valid, status=None)]
    sent = yield from _sent(csms, "Differential", PRESENT_VERSION, entries=entries)
    bare = [each for each in sent if "idTokenInfo" not in each]
    yield check(bool(bare), "entries without idTokenInfo", sent or "no list", "D01.FR.17")


@csms201(
    "TC_D_04_CSMS",
    "Full update with empty list clears it",
    verifies="D01.FR.01 D01.FR.06 D01.FR.18",
    catches="sends_entries_for_none sends_a_list_without_a_number",
)
def send_nothing(csms: Subject) -> Script:
    sent = yield from _sent(csms, "Full", 0, entries=[])
    yield check(not sent, "no list", sent, "D01.FR.04")


@csms201(
    "TC_D_08_CSMS",
    "Local list version asked",
    verifies="D02.FR.01",
    catches="asks_no_version",
)
def local_list_version(csms: Subject) -> Script:
    yield from _version_asked(csms, 7)


@csms201(
    "TC_D_09_CSMS",
    "Read list version, none present (0)",
    verifies="D02.FR.02",
    catches="asks_no_version",
)
def version_of_no_list(csms: Subject) -> Script:
    yield from _version_asked(csms, 0)


def _version_asked(csms: Subject, version: int) -> Script:
    yield from given(attached(csms))
    yield command(csms, "get_local_list_version")
    request: Received = yield from told(csms, "GetLocalListVersion", rule="D02.FR.01 D02.FR.02")
    yield answer(request, versionNumber=version)
    beat: Reply = yield ask("Heartbeat")
    yield check(not beat.error, "a CSMS that goes on", beat.error)
