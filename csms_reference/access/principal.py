"""Whoever uses the API."""

from __future__ import annotations

from dataclasses import dataclass

from csms_reference.access.scopes import DRIVING, EVERY_SCOPE, Scope

PERSON = "user:"
"""Before the name of a user of ours: tells people from programs of the same name (RFC 9068 §5)."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or a program that has proven who it is.

    ``owner`` is the account whose stations, tokens and transactions it may see and touch; None: everybody's.
    """

    subject: str
    scopes: frozenset[Scope] = EVERY_SCOPE
    owner: str | None = None

    @property
    def username(self) -> str | None:
        """The user of ours that this is; None for programs, and for people of another issuer."""
        return self.subject.removeprefix(PERSON) if self.subject.startswith(PERSON) else None

    @property
    def drives(self) -> bool:
        """Whether all they may do is charge: then they see their own charging sessions alone."""
        return self.scopes <= DRIVING

    def may(self, scope: Scope) -> bool:
        """Whether it was allowed that."""
        return scope in self.scopes


PERSON = "user:"
"""What tells people from programs of the same name (RFC 9068 §5)."""


def username_of(who: Principal) -> str | None:
    """The name with which a person logs in; None: it is no person."""
    return who.subject.removeprefix(PERSON) if who.subject.startswith(PERSON) else None


OPERATOR = Principal("operator")
"""Whoever holds the API key; everybody, where the API is open."""
