"""The local authorization list. Central system under test, OCPP 1.6."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from collections.abc import Sequence

from conformance.cases.csms16.states import attached, goes_on, told
from conformance.vocabulary import (
    Payload,
    Received,
    Script,
    Subject,
    Token,
    answer,
    check,
    command,
    csms16,
    given,
    usually,
)

FULL, DIFFERENTIAL = "Full", "Differential"
LIST = "localAuthorizationList"
UNSUPPORTED, EMPTY = -1, 0
"""Versions of no list, §5.10."""


def _version_asked(csms: Subject, version: int) -> Script:
    yield from given(attached(csms))
    yield command(csms, "get_local_list_version")
    request: Received = yield from told(csms, "GetLocalListVersion", rule="1.6:5.10")
    yield answer(request, listVersion=version)
    yield from goes_on()


@csms16(
    "TC_042_1_CSMS",
    "List version when lists unsupported (-1)",
    verifies="1.6:5.10",
    catches="asks_no_version_16 deaf_after_an_order_16",
)
def version_without_lists(csms: Subject) -> Script:
    yield from _version_asked(csms, UNSUPPORTED)


@csms16(
    "TC_042_2_CSMS",
    "List version when empty (0)",
    verifies="1.6:5.10",
    catches="asks_no_version_16 deaf_after_an_order_16",
)
def version_of_no_list(csms: Subject) -> Script:
    yield from _version_asked(csms, EMPTY)


def _sent(csms: Subject, update: str, tokens: Sequence[Token], *, above: int, status: str = "Accepted") -> Script:
    """The central system, told to, sends the list, after asking for its version if it wants; returns the version."""
    yield usually("GetLocalListVersion", listVersion=above)
    entries = [{"id_token": token.id, "status": "Accepted"} for token in tokens]
    yield command(csms, "send_local_list", version=above + 1, entries=entries, update=update)
    request: Received = yield from told(csms, "SendLocalList", having={"updateType": update}, rule="1.6:5.15")
    yield answer(request, status=status)
    version = request.get("listVersion", EMPTY)
    yield check(version > above, f"listVersion above {above}", version, "1.6:5.15 1.6:6.41")
    yield from _complete(request.get(LIST, []), tokens)
    return version


def _complete(sent: list[Payload], tokens: Sequence[Token]) -> Script:
    """Each idTag that was asked for stands in the list, once and with its idTagInfo; §6.41 and §7.1."""
    tags = sorted(str(each.get("idTag")) for each in sent)
    wanted = sorted(token.id for token in tokens)
    yield check(tags == wanted, f"the idTags {', '.join(wanted)}, each once", tags or "no list", "1.6:6.41")
    bare = [each.get("idTag") for each in sent if not each.get("idTagInfo")]
    yield check(not bare, "idTagInfo with every entry", f"none with {bare}", "1.6:7.1")


def _full(csms: Subject, status: str) -> Script:
    yield from given(attached(csms))
    yield from _sent(csms, FULL, (csms.tokens.valid, csms.tokens.other), above=EMPTY, status=status)
    yield from goes_on()


@csms16(
    "TC_043_1_CSMS",
    "List update NotSupported",
    verifies="1.6:5.15",
    catches="sends_changes_for_a_list_16 deaf_after_an_order_16",
)
def list_not_supported(csms: Subject) -> Script:
    yield from _full(csms, "NotSupported")


@csms16(
    "TC_043_3_CSMS",
    "List update Failed",
    verifies="1.6:5.15",
    catches="sends_changes_for_a_list_16 deaf_after_an_order_16",
)
def list_failed(csms: Subject) -> Script:
    yield from _full(csms, "Failed")


@csms16(
    "TC_043_4_CSMS",
    "Full list update",
    verifies="1.6:5.15 1.6:6.41 1.6:7.1",
    catches=(
        "sends_changes_for_a_list_16 sends_no_list_16 sends_an_old_list_16 lists_a_tag_twice_16 lists_bare_tags_16"
    ),
)
def full_list(csms: Subject) -> Script:
    yield from _full(csms, "Accepted")


@csms16(
    "TC_043_5_CSMS",
    "Differential list update",
    verifies="1.6:5.15 1.6:6.41 1.6:7.1",
    catches="sends_lists_only_16 sends_old_changes_16 changes_a_tag_twice_16 changes_bare_tags_16",
)
def changed_list(csms: Subject) -> Script:
    yield from given(attached(csms))
    before = yield from given(_sent(csms, FULL, (csms.tokens.valid,), above=EMPTY))
    yield from _sent(csms, DIFFERENTIAL, (csms.tokens.other,), above=before)
