"""Whoever uses the API."""

from __future__ import annotations

from dataclasses import dataclass

from csms_reference.access.scopes import EVERY_SCOPE, Scope


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or a program that has proven who it is.

    ``owner`` is the account whose stations, tokens and transactions it may see and touch; None: everybody's.
    """

    subject: str
    scopes: frozenset[Scope] = EVERY_SCOPE
    owner: str | None = None

    def may(self, scope: Scope) -> bool:
        """Whether it was allowed that."""
        return scope in self.scopes


OPERATOR = Principal("operator")
"""Whoever holds the API key; everybody, where the API is open."""
