"""The local authorization list. Charge point under test, OCPP 1.6."""

# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.station16.cache import starts_unasked, starts_unasked_from_afar
from conformance.cases.station16.states import configured, ready, switched, value_of
from conformance.vocabulary import (
    Matcher,
    Payload,
    Reply,
    Script,
    Subject,
    ask,
    check,
    given,
    one_of,
    station16,
)

NOT_SUPPORTED = one_of("NotSupported", "NotImplemented")


def entry(id_tag: str, accepted: str = "Accepted") -> Payload:
    """An AuthorizationData."""
    return {"idTag": id_tag, "idTagInfo": {"status": accepted}}


def listed(
    version: int,
    *entries: Payload,
    kind: str = "Full",
    status: Any = "Accepted",
    or_error: Matcher | None = None,
    rule: str = "1.6:5.15",
) -> Script:
    """A list, or a change of it, is sent."""
    request = {"listVersion": version, "updateType": kind, "localAuthorizationList": list(entries)}
    yield ask("SendLocalList", request, having={"status": status}, or_error=or_error, rule=rule)


def _version(number: int, rule: str = "1.6:5.10") -> Script:
    yield ask("GetLocalListVersion", {}, having={"listVersion": number}, rule=rule)


def listing(station: Subject) -> Script:
    """A charge point that goes by a local list."""
    yield from ready(station)
    yield from switched(station, "LocalAuthListEnabled", True)


def _listed(station: Subject) -> Script:
    """The valid idTag is in the local list, which decides alone."""
    yield from listing(station)
    yield from switched(station, "LocalPreAuthorize", True)
    yield from configured(station, "AuthorizationCacheEnabled", "false", optional=True)
    reply: Reply = yield ask("GetLocalListVersion", {}, rule="1.6:5.10")
    yield from listed(max(0, int(reply.get("listVersion", 0))) + 1, entry(station.tokens.valid.id))


@station16(
    "TC_008_1_CS",
    "Local start, id in local list",
    verifies="1.6:3.5 1.6:9.1.13",
    catches="asks_although_it_knows_16",
)
def start_listed(station: Subject) -> Script:
    yield from given(_listed(station))
    yield from starts_unasked(station)


@station16(
    "TC_008_2_CS",
    "Remote start, id in local list",
    verifies="1.6:3.5 1.6:5.11 1.6:9.1.13",
    catches="asks_although_it_knows_whom_16 refuses_remote_start_16",
)
def remote_start_listed(station: Subject) -> Script:
    yield from given(_listed(station))
    yield from given(switched(station, "AuthorizeRemoteTxRequests", True))
    yield from starts_unasked_from_afar(station)


def _unlisting(station: Subject) -> Script:
    """A charge point without local list, or with a list that is switched off."""
    yield from ready(station)
    yield from switched(station, "LocalAuthListEnabled", False)


@station16(
    "TC_042_1_CS",
    "List version when lists unsupported (-1)",
    verifies="1.6:5.10",
    catches="has_a_version_anyway_16",
)
def no_list_no_version(station: Subject) -> Script:
    yield from given(_unlisting(station))
    yield ask("GetLocalListVersion", {}, having={"listVersion": -1}, or_error=NOT_SUPPORTED, rule="1.6:5.10")


@station16(
    "TC_042_2_CS",
    "List version when empty (0)",
    verifies="1.6:5.10",
    catches="counts_an_empty_list_16",
)
def empty_list(station: Subject) -> Script:
    yield from given(listing(station))
    yield from given(listed(1))
    yield from _version(0)


@station16(
    "TC_043_1_CS",
    "List update NotSupported",
    verifies="1.6:5.15",
    catches="takes_any_list_16",
)
def no_list(station: Subject) -> Script:
    yield from given(_unlisting(station))
    valid = entry(station.tokens.valid.id)
    yield from listed(1, valid, status="NotSupported", or_error=NOT_SUPPORTED)


@station16(
    "TC_043_2_CS",
    "List update VersionMismatch",
    verifies="1.6:5.15 1.6:5.10",
    catches="takes_any_list_16 forgets_the_version_16",
)
def version_mismatch(station: Subject) -> Script:
    yield from given(listing(station))
    valid, other = entry(station.tokens.valid.id), entry(station.tokens.other.id)
    yield from listed(2, valid)
    yield from _version(2)
    yield from listed(5, other, kind="Differential")
    yield from _version(5)
    yield from listed(4, valid, kind="Differential", status="VersionMismatch")
    yield from _version(5)


@station16(
    "TC_043_3_CS",
    "List update Failed",
    verifies="1.6:5.15 1.6:9.2.3",
    catches="takes_any_list_16",
)
def list_too_long(station: Subject) -> Script:
    yield from given(listing(station))
    most = yield from given(_longest())
    tags = [entry(f"BENCH-{number:06d}") for number in range(most + 1)]
    yield from listed(2, *tags, status="Failed", rule="1.6:5.15 1.6:9.2.3")


def _longest() -> Script:
    """How many entries one message may have (a charge point has to tell)."""
    told = yield from value_of("SendLocalListMaxLength")
    yield check(told.isdecimal(), "a number as SendLocalListMaxLength", told)
    return int(told) if told.isdecimal() else 0


@station16(
    "TC_043_CS",
    "Full and differential list update",
    verifies="1.6:5.15 1.6:5.10",
    catches="refuses_lists_16 forgets_the_version_16",
)
def update_list(station: Subject) -> Script:
    yield from given(listing(station))
    yield from listed(1, entry(station.tokens.valid.id))
    yield from _version(1)
    yield from listed(2, entry(station.tokens.other.id), kind="Differential")
    yield from _version(2)
