"""Rigs: what operates the system under test. A method per operation; what a rig lacks makes a case inconclusive."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from conformance.handshakes import reception
from conformance.timing import Timing
from conformance.vocabulary import Subject
from protocol.link import Admitted, Dialer, Knock, Turned

LACKS = "the rig has no "
"""How the reason begins that a rig lacks an operation; its name follows."""
PASSWORD = "bench-password-0001"
"""The station's password where both sides are ours."""
PASSWORD_PROFILES = (1, 2)
"""The security profiles that ask for one."""


class Unable(Exception):
    """The rig cannot do what it was asked; the text says why, and the case becomes inconclusive."""


class Hands(Protocol):
    """What operates a system under test."""

    def find(self, name: str) -> Callable[..., Any] | None:
        """What does an operation of ``conformance.operations``, given its fields; None where the rig cannot.

        It may be a coroutine function, and raises Unable where it cannot do this one.
        """


@dataclass(frozen=True, slots=True)
class Table:
    """Hands that are a table of functions."""

    operations: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def find(self, name: str) -> Callable[..., Any] | None:
        """The function of that name."""
        return self.operations.get(name)


ADDRESSES = 2
"""At how many addresses the bench can be dialled, each without TLS and with it."""


class Host(Protocol):
    """Who lets stations in at the bench's addresses: a stand."""

    async def admit(self, knock: Knock, at: int = 0) -> Admitted | Turned:
        """Decide on one upgrade request at an address."""

    def hand(self, at: int) -> ssl.SSLContext:
        """What shakes the next hand at an address."""


@dataclass(slots=True)
class Doorway:
    """Where a station under test knocks: leads to the stand of the case that is running."""

    gate: Host | None = None

    async def admit(self, knock: Knock, at: int = 0) -> Admitted | Turned:
        """Ask the stand; between two cases nobody is let in."""
        return await self.gate.admit(knock, at) if self.gate else Turned(503, "no case is running", 1)

    def hand(self, at: int = 0) -> ssl.SSLContext:
        """Ask the stand. Raises SSLError between two cases."""
        if self.gate is None:
            raise ssl.SSLError("no case is running")
        return self.gate.hand(at)

    def entrance(self, at: int) -> Entrance:
        """The gate of one address."""
        return Entrance(self, at)


@dataclass(frozen=True, slots=True)
class Entrance:
    """One address of the bench: a gate, and what it shakes hands with."""

    doorway: Doorway
    at: int

    async def admit(self, knock: Knock) -> Admitted | Turned:
        """Ask the stand."""
        return await self.doorway.admit(knock, self.at)

    @property
    def tls(self) -> ssl.SSLContext:
        """A context that follows what the case wants shown."""
        return reception(partial(self.doorway.hand, self.at))


@dataclass(frozen=True, slots=True)
class Mounted:
    """A system under test, ready for one case: hands on it, its time, and for a CSMS how to dial it.

    ``known``: fields of the subject that nobody can tell before it is mounted.
    """

    hands: Hands
    timing: Timing
    dialer: Dialer | None = None
    url: str = ""
    known: Mapping[str, Any] = field(default_factory=dict)


class Rig(Protocol):
    """Mounts a system under test for one case at a time."""

    @property
    def name(self) -> str:
        """As it is called on the command line and in reports."""

    @property
    def profile(self) -> str:
        """What is mounted, for ``run.json``."""

    @property
    def pace(self) -> str:
        """How time passes on the stand, as ``run.json`` spells it."""

    def describe(self, subject: Subject) -> Subject:
        """The subject with what the rig knows of it; a declaration may still overrule that."""

    def fitted(self, case: str) -> Rig:
        """The rig with what the case of this id needs; itself where that is nothing special."""

    def has(self, operation: str) -> bool:
        """Whether there are hands for an operation, as far as the rig can tell before anything is mounted."""

    def mount(self, subject: Subject, doorway: Doorway) -> AbstractAsyncContextManager[Mounted]:
        """Prepare the system under test for one case, in a state as fresh as the rig can make it.

        A station comes through ``doorway``; a CSMS ignores it. Leaving the context takes everything down again.
        """
