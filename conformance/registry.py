"""Finds the cases and mutants: importing their modules registers them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from functools import cache

import conformance.cases
import conformance.mutants
from conformance import catalogue
from conformance.mutants import MUTANTS, Mutant
from conformance.vocabulary import CASES, V16, V201, Case, Role

HOMES = {
    (Role.STATION, V201): "station201",
    (Role.STATION, V16): "station16",
    (Role.CSMS, V201): "csms201",
    (Role.CSMS, V16): "csms16",
}
"""The package of the cases for a role and version; those of ``ANYWHERE`` are for several."""
ANYWHERE = "robust"


@cache
def _imported(package: str) -> bool:
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        importlib.import_module(module.name)
    return True


def cases() -> dict[str, Case]:
    """Every case, by id."""
    _imported(conformance.cases.__name__)
    return CASES


def _fitting(role: Role, version: str) -> list[Case]:
    """Every case for a role and version; modules in which there can be none are not loaded."""
    for home in (HOMES.get((role, version)), ANYWHERE):
        if home is not None:
            _imported(f"{conformance.cases.__name__}.{home}")
    return [case for case in CASES.values() if case.under_test is role and version in case.versions]


def mutants() -> dict[str, Mutant]:
    """Every mutant, by name."""
    _imported(conformance.mutants.__name__)
    return MUTANTS


class UnknownCase(ValueError):
    """No case is called so; the text names the nearest."""


def block(case: Case) -> str:
    """The functional block: ``B`` of TC_B_03_CS, ``003`` of TC_003_CS."""
    return case.id.split("_")[1]


def select(
    role: Role,
    version: str,
    *,
    ids: Iterable[str] = (),
    blocks: Iterable[str] = (),
    profiles: Iterable[str] = (),
    profiles_of: Callable[[str], frozenset[str]] = catalogue.profiles_of,
) -> list[Case]:
    """The cases for a role and version, in the order of their ids, but those last that leave what cannot be undone.

    Each filter that is given narrows them; ``profiles_of`` maps case ids to the certification profiles that list
    them. Raises UnknownCase.
    """
    fitting = sorted(_fitting(role, version), key=lambda case: (case.lasting, case.id))
    wanted = {each.upper() for each in ids}
    by_id = {case.id.upper(): case for case in fitting}
    if unknown := sorted(wanted - by_id.keys()):
        near = [case.id for case in fitting if case.id.startswith(unknown[0][:4])][:5]
        raise UnknownCase(
            f"no case {unknown[0]} for a {role} in OCPP {version}; there are {', '.join(near) or 'none'} …"
        )
    letters = {letter.upper() for letter in blocks}
    claimed = set(profiles)
    return [
        case
        for case in fitting
        if (not wanted or case.id.upper() in wanted)
        and (not letters or block(case).upper() in letters)
        and (not claimed or claimed & profiles_of(case.id))
    ]
