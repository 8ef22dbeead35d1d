"""The registry of cases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from conformance.vocabulary.roles import CSMS, STATION, V16, V201, Role
from conformance.vocabulary.scripts import Script
from conformance.vocabulary.subject import Subject


@dataclass(frozen=True, slots=True)
class Case:
    """One conformance case: what it is called, what it verifies, and its script."""

    id: str
    title: str
    verifies: tuple[str, ...]
    under_test: Role
    versions: tuple[str, ...]
    catches: tuple[str, ...]
    script: Callable[[Subject], Script]
    needs: str = ""
    """A condition over declared features beyond the catalogue's, in the same language."""
    lasting: bool = False
    """Whether it leaves something at the system under test that nobody can undo, so that it has to come last."""


CASES: dict[str, Case] = {}
"""Every case, by id. ``conformance.registry.cases()`` fills it by importing the case modules."""
Register = Callable[[Callable[[Subject], Script]], Callable[[Subject], Script]]


def case(
    id: str,
    title: str,
    *,
    verifies: str,
    under_test: Role,
    versions: Iterable[str],
    catches: str,
    needs: str = "",
    lasting: bool = False,
) -> Callable[[Callable[[Subject], Script]], Callable[[Subject], Script]]:
    """Register a case. ``verifies`` and ``catches`` are blank-separated ids. Raises ValueError for a repeated id."""

    def register(script: Callable[[Subject], Script]) -> Callable[[Subject], Script]:
        if id in CASES:
            raise ValueError(f"two cases are called {id}")
        words = tuple(verifies.split()), under_test, tuple(versions), tuple(catches.split())
        CASES[id] = Case(id, title, *words, script, needs, lasting)
        return script

    return register


def _for(under_test: Role, *versions: str) -> Callable[..., Register]:
    return partial(case, under_test=under_test, versions=versions)


station201, csms201 = _for(STATION, V201), _for(CSMS, V201)
"""``case`` for what OCPP 2.0.1's part 6 asks of a station, or of a CSMS."""

station16, csms16 = _for(STATION, V16), _for(CSMS, V16)
"""``case`` for OCPP 1.6."""
