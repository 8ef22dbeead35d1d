"""What ``run.json`` keeps of a certification beside its verdicts: the facts that its report is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from conformance import catalogue, registry
from conformance.declaration import Declaration
from conformance.vocabulary import Case, Role
from reports.verdict import Judgement

BLOCKS = {
    "A": "A Security", "B": "B Provisioning", "C": "C Authorization", "D": "D Local list", "E": "E Transactions",
    "F": "F Remote control", "G": "G Availability", "H": "H Reservation", "I": "I Tariff and cost", "J": "J Metering",
    "K": "K Smart charging", "L": "L Firmware", "M": "M Certificates", "N": "N Diagnostics", "O": "O Display",
    "P": "P Data transfer", "R": "R Robustness", "S": "S Security probes",
}  # fmt: skip


def dossier(
    role: Role,
    version: str,
    declaration: Declaration | None,
    verdicts: Iterable[Judgement],
    *,
    lines: Mapping[str, tuple[int, int]],
    lacking: Mapping[str, Iterable[str]],
) -> dict[str, Any]:
    """The facts of a certification, for every case of the role and version, those included that were not run.

    ``lines`` maps case ids to the first and last line of their frames; ``lacking`` operations to cases that wanted
    them. The form is that of docs/run-directory.md.
    """
    judged = {each.id for each in verdicts}
    outside = _outside(declaration)
    return {
        "role": str(role),
        "version": version,
        "claimed": sorted(declaration.profiles) if declaration else [],
        "cases": [
            _entry(case, lines.get(case.id), "" if case.id in judged else outside(case))
            for case in registry.select(role, version)
        ],
        "lacking": {name: sorted(ids) for name, ids in sorted(lacking.items())},
    }


def _outside(declaration: Declaration | None) -> Callable[[Case], str]:
    if declaration is None:
        return lambda case: ""
    return lambda case: catalogue.inapplicable(case, declaration.profiles, declaration.declared)


def _entry(case: Case, lines: tuple[int, int] | None, outside: str) -> dict[str, Any]:
    profiles = {entry.profile: entry.status for entry in catalogue.entries().get(case.id, ()) if entry.profile}
    told: dict[str, Any] = {
        "id": case.id,
        "title": case.title,
        "block": _block(case, profiles),
        "profiles": profiles,
        "verifies": list(case.verifies),
        "proofs": list(case.catches),
        "outside": outside,
        "lines": list(lines) if lines else None,
    }
    return {key: value for key, value in told.items() if value not in ("", None, [], {})}


def _block(case: Case, profiles: Mapping[str, str]) -> str:
    """The functional block of a 2.0.1 case; 1.6 has its feature profiles instead."""
    letter = registry.block(case)
    return BLOCKS.get(letter) or next(iter(profiles), "Core")
