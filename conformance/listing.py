"""The tables of docs/cases.md and docs/conformance.md: every case, and the words that cases are written in.

``python -m conformance.listing docs/cases.md`` renews a page.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from functools import partial
from types import FunctionType, ModuleType
from typing import TypeGuard

from conformance import catalogue, registry
from conformance.unwritten import UNWRITTEN
from conformance.vocabulary import (
    CSMS,
    STATION,
    V16,
    Case,
    Role,
    csms,
    links,
    messages,
    moments,
    payloads,
    scripts,
    station,
)
from protocol.pages import Tables, renew, table

SUFFIX = {STATION: "_CS", CSMS: "_CSMS"}
UNKNOWN = "not written yet"
WORDS = (payloads, moments, station, csms, links, messages, scripts)
"""Where the words of a case stand."""
PLUMBING = frozenset({"field_of", "mismatches"})
"""Functions of the vocabulary that no case uses as a word."""


def published(role: Role, version: str) -> list[str]:
    """The ids of every published case of a role and version; those of 1.6 have a number where 2.0.1 has a letter."""
    return sorted(
        name
        for name in catalogue.entries()
        if name.endswith(SUFFIX[role]) and name.split("_")[1][0].isdigit() == (version == V16)
    )


def overview() -> str:
    """How many cases are published, written, of our own and proven, by role and version."""
    return table(
        ("under test", "OCPP", "published", "written", "of our own", "catch a faulty peer"),
        (_counted(role, version) for role, version in registry.HOMES),
    )


def _counted(role: Role, version: str) -> Iterable[str]:
    cases, known = registry.select(role, version), set(published(role, version))
    written = sum(case.id in known for case in cases)
    proven = sum(bool(case.catches) for case in cases)
    return (
        "charging station" if role is STATION else "CSMS",
        version,
        str(len(known)),
        str(written),
        str(len(cases) - written),
        f"{proven} of {len(cases)}",
    )


def cases(role: Role, version: str) -> str:
    """Every case of a role and version that is written."""
    head = ("case", "what it is about", "profiles", "verifies", "must catch")
    return table(head, map(_row, sorted(registry.select(role, version), key=lambda case: case.id)))


def _row(case: Case) -> Iterable[str]:
    listed = [entry for entry in catalogue.entries().get(case.id, ()) if entry.profile]
    profiles = ", ".join(f"{entry.profile} ({entry.status})" for entry in listed)
    return f"`{case.id}`", case.title, profiles or "none", " ".join(case.verifies), ", ".join(case.catches)


def unwritten() -> str:
    """The published cases that are not written, and why."""
    rows = []
    for role, version in registry.HOMES:
        there = {case.id for case in registry.select(role, version)}
        rows += [(f"`{name}`", _title(name), _why(name)) for name in published(role, version) if name not in there]
    return table(("case", "what it is about", "why it is not there"), rows)


def _title(name: str) -> str:
    return catalogue.entries()[name][0].title


def _why(name: str) -> str:
    return UNWRITTEN.get(name, UNKNOWN)


def _tables() -> dict[str, Callable[[], str]]:
    return {name: partial(cases, *side) for side, name in registry.HOMES.items()}


def words() -> str:
    """Every word of a case, with what it means."""
    found = (each for module in WORDS for each in vars(module).values() if _is_word(each, module))
    return table(("word", "means"), map(_word, found))


def _is_word(each: object, module: ModuleType) -> TypeGuard[FunctionType]:
    if not isinstance(each, FunctionType) or each.__module__ != module.__name__:
        return False
    return not each.__name__.startswith("_") and each.__name__ not in PLUMBING


def _word(each: FunctionType) -> Iterable[str]:
    parameters = list(inspect.signature(each).parameters.values())
    given = [f"{one.name}=" if one.kind is one.KEYWORD_ONLY else one.name for one in parameters]
    first = inspect.cleandoc(each.__doc__ or "").split("\n\n")[0]
    shown = ", ".join(one for one in given if one not in ("station", "csms"))
    return f"`{each.__name__}({shown})`", " ".join(first.split())


TABLES: Tables = {"overview": overview, "unwritten": unwritten, "words": words} | _tables()

if __name__ == "__main__":
    renew(sys.argv[1], TABLES)
