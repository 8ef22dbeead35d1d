"""What the certification profiles say of the implemented cases: who needs which, and under which condition."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from conformance import conditions
from conformance.vocabulary import Case, Role

_ROLES = {Role.STATION: "CS", Role.CSMS: "CSMS"}
MANDATORY, CONDITIONAL = "M", "C"


@dataclass(frozen=True, slots=True)
class Entry:
    """One case in one certification profile. ``status`` is M or C; ``condition`` is over declared features."""

    id: str
    title: str
    profile: str
    status: str
    condition: str


@dataclass(frozen=True, slots=True)
class Feature:
    """One item of a feature declaration. ``kind`` tells what may be declared: ``list of values`` or yes and no."""

    id: str
    role: str
    kind: str
    gist: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (resources.files("conformance") / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


@cache
def entries() -> Mapping[str, tuple[Entry, ...]]:
    """Case id to its entries, one per profile that lists it."""
    found: dict[str, tuple[Entry, ...]] = {}
    for row in _rows("catalogue.csv"):
        entry = Entry(row["id"], row["title"], row["profile"], row["status"], row["condition"])
        found[entry.id] = (*found.get(entry.id, ()), entry)
    return found


@cache
def features(role: Role) -> Mapping[str, Feature]:
    """Every feature that can be declared of a role, by id (the ids of the two roles overlap)."""
    found = (Feature(row["id"], row["role"], row["kind"], row["gist"]) for row in _rows("features.csv"))
    return {feature.id: feature for feature in found if feature.role == _ROLES[role]}


@cache
def profiles() -> tuple[str, ...]:
    """The certification profiles, in the order of the catalogue."""
    return tuple(dict.fromkeys(entry.profile for each in entries().values() for entry in each if entry.profile))


def profiles_of(case_id: str) -> frozenset[str]:
    """The profiles that list a case."""
    return frozenset(entry.profile for entry in entries().get(case_id, ()))


def is_extra(case_id: str) -> bool:
    """Whether no certification profile lists a case: an optional extra."""
    return not any(profiles_of(case_id))


def is_own(case_id: str) -> bool:
    """Whether a case is one of ours, published nowhere."""
    return case_id not in entries()


def inapplicable(case: Case, claimed: frozenset[str], declared: Mapping[str, Any] | None) -> str:
    """Why a case does not apply to what was declared; empty if it applies. Without a declaration every case does."""
    if declared is None:
        return ""
    if case.needs and not conditions.holds(case.needs, declared):
        return conditions.reason(case.needs, declared)
    listed = entries().get(case.id, ())
    counting = [entry for entry in listed if entry.profile in claimed]
    named = [entry.profile for entry in listed if entry.profile]
    if named and not counting:
        return f"only in profiles that are not claimed: {', '.join(named)}"
    if not counting:
        counting = [entry for entry in listed if entry.condition]
    for entry in counting:
        if entry.status == MANDATORY or conditions.holds(entry.condition, declared):
            return ""
    return conditions.reason(counting[0].condition, declared) if counting else ""
