"""Block D, local authorization list. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station201.states import LIST_VERSION, booted, configured, entry, listed, ready, variable
from conformance.vocabulary import (
    Payload,
    Reply,
    Script,
    Subject,
    ask,
    check,
    given,
    station201,
)


def _ready(station: Subject, *entries: Payload) -> Script:
    """The list is in use, with these entries if there are any."""
    yield from ready(station)
    yield from configured(station, "LocalAuthListCtrlr", "Enabled", "true", optional=True)
    if entries:
        yield from listed(station, *entries)


def _version_is(version: int, rule: str) -> Script:
    yield ask("GetLocalListVersion", having={"versionNumber": version}, rule=rule)


def _version(station: Subject) -> Script:
    """The version that the station has, so that another one is news to it."""
    reply: Reply = yield ask("GetLocalListVersion")
    return max(0, reply.get("versionNumber", 0))


def _holds(station: Subject, entries: int, rule: str) -> Script:
    """So many tokens are in the list, where the station tells: a version alone may be of a list that was not kept."""
    told = yield from variable(station, "LocalAuthListCtrlr", "Entries")
    if told is not None:
        yield check(str(told) == str(entries), f"LocalAuthListCtrlr.Entries {entries}", told, rule)


def _sent(kind: str, version: int, *entries: Payload, rule: str, status: str = "Accepted") -> Script:
    """The list is sent, or changes of it; a request may not hold an empty list, so it has none then."""
    request: Payload = {"updateType": kind, "versionNumber": version}
    if entries:
        request["localAuthorizationList"] = list(entries)
    yield ask("SendLocalList", request, having={"status": status}, rule=rule)


@station201(
    "TC_D_01_CS",
    "Full local list update",
    verifies="D01.FR.02 D01.FR.15",
    catches="takes_no_list numbers_its_lists_itself overlooks_the_entries",
)
def full_update(station: Subject) -> Script:
    yield from given(_ready(station))
    before = yield from given(_version(station))
    yield from _sent("Full", before + LIST_VERSION, entry(station.tokens.valid), rule="D01.FR.02")
    yield from _version_is(before + LIST_VERSION, "D01.FR.15")
    yield from _holds(station, 1, "D01.FR.15")


@station201(
    "TC_D_02_CS",
    "Differential update adds/changes",
    verifies="D01.FR.02 D01.FR.16",
    catches="takes_no_changes counts_no_changes overlooks_the_changes",
)
def addition(station: Subject) -> Script:
    yield from given(_ready(station, entry(station.tokens.valid)))
    yield from _sent("Differential", LIST_VERSION + 1, entry(station.tokens.mate), rule="D01.FR.02")
    yield from _version_is(LIST_VERSION + 1, "D01.FR.16")
    yield from _holds(station, 2, "D01.FR.16")


@station201(
    "TC_D_03_CS",
    "Differential update removes",
    verifies="D01.FR.02 D01.FR.17",
    catches="takes_no_changes counts_no_changes overlooks_the_changes",
)
def removal(station: Subject) -> Script:
    yield from given(_ready(station, entry(station.tokens.valid)))
    yield from _sent("Differential", LIST_VERSION + 1, {"idToken": station.tokens.valid.payload}, rule="D01.FR.02")
    yield from _version_is(LIST_VERSION + 1, "D01.FR.17")
    yield from _holds(station, 0, "D01.FR.17")


@station201(
    "TC_D_04_CS",
    "Full update with empty list clears it",
    verifies="D01.FR.02 D01.FR.04",
    catches="misses_the_entries counts_an_empty_list_as_none empties_no_list",
)
def full_update_with_nothing(station: Subject) -> Script:
    yield from given(_ready(station, entry(station.tokens.valid)))
    yield from _sent("Full", LIST_VERSION, rule="D01.FR.02 D01.FR.04")
    yield from _version_is(LIST_VERSION, "D01.FR.04")
    yield from _holds(station, 0, "D01.FR.04")


@station201(
    "TC_D_05_CS",
    "Differential update with empty list changes nothing but version",
    verifies="D01.FR.02 D01.FR.05",
    catches="misses_the_entries counts_no_changes takes_no_changes_for_an_empty_list",
)
def differential_update_with_nothing(station: Subject) -> Script:
    yield from given(_ready(station, entry(station.tokens.valid)))
    yield from _sent("Differential", LIST_VERSION + 1, rule="D01.FR.02 D01.FR.05")
    yield from _version_is(LIST_VERSION + 1, "D01.FR.05")
    yield from _holds(station, 1, "D01.FR.05")


@station201(
    "TC_D_06_CS",
    "Differential update with stale version refused",
    verifies="D01.FR.19",
    catches="takes_old_changes goes_back_to_an_old_version says_that_it_refuses_old_changes",
)
def stale_update(station: Subject) -> Script:
    yield from given(_ready(station, entry(station.tokens.valid)))
    mate = entry(station.tokens.mate)
    yield from _sent("Differential", LIST_VERSION - 1, mate, rule="D01.FR.19", status="VersionMismatch")
    yield from _version_is(LIST_VERSION, "D01.FR.19")
    yield from _holds(station, 1, "D01.FR.19")


def _listed_and_booted(station: Subject) -> Script:
    yield from _ready(station, entry(station.tokens.valid))
    yield from booted(station)


@station201(
    "TC_D_07_CS",
    "Local list survives reboot",
    verifies="D01.FR.10",
    catches="loses_its_list_at_boot empties_its_list_at_boot",
)
def list_after_boot(station: Subject) -> Script:
    yield from given(_listed_and_booted(station))
    yield from _version_is(LIST_VERSION, "D01.FR.10")
    yield from _holds(station, 1, "D01.FR.10")


@station201(
    "TC_D_08_CS",
    "Read list version",
    verifies="D02.FR.01",
    catches="tells_another_version",
)
def list_version(station: Subject) -> Script:
    yield from given(_ready(station, entry(station.tokens.valid)))
    yield from _version_is(LIST_VERSION, "D02.FR.01")


def _listed_and_off(station: Subject) -> Script:
    """A list is there, so that telling of none is more than having none."""
    yield from _ready(station, entry(station.tokens.valid))
    yield from configured(station, "LocalAuthListCtrlr", "Enabled", "false", optional=True)
    told = yield from variable(station, "LocalAuthListCtrlr", "Enabled")
    yield check(str(told).lower() != "true", "LocalAuthListCtrlr.Enabled not true", told)


@station201(
    "TC_D_10_CS",
    "Read list version, feature off (0)",
    verifies="D02.FR.03",
    catches="cannot_do_without_a_list",
)
def list_version_where_off(station: Subject) -> Script:
    yield from given(_listed_and_off(station))
    yield from _version_is(0, "D02.FR.03")
