"""Scripts: every step that there is, what a script demands of what it saw, and parts that scripts share."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from conformance.vocabulary.links import Connect, Disconnect, Doors, Linked, Manners, Visit, dials_in, let_in, shut_out
from conformance.vocabulary.messages import (
    Anew,
    Answer,
    AnyOf,
    Ask,
    Expect,
    Hear,
    Ignore,
    Refuse,
    Say,
    Seen,
    Silence,
    Usually,
)
from conformance.vocabulary.moments import LetPass, TimeOfDay
from conformance.vocabulary.subject import Operate, Subject


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be true of what was seen."""

    holds: bool
    expected: str
    actual: str
    rule: str


def check(holds: bool, expected: str, actual: object, rule: str = "") -> Check:
    """Demand something of what was seen."""
    return Check(bool(holds), expected, str(actual), rule)


@dataclass(frozen=True, slots=True)
class Phase:
    """``preparing``: from here a failure means that the case cannot be judged; else that the system fails."""

    preparing: bool


Waiting = Expect | AnyOf | Ask | Hear | Silence | LetPass | Operate | Connect | Visit
Look = TimeOfDay | Linked | Seen
Step = Waiting | Look | Say | Disconnect | Doors | Manners | Answer | Refuse | Ignore | Check | Usually | Anew | Phase
Script = Generator[Step, Any, Any]
"""A case at work, or a part of one: yields steps, receives their results."""


def given(part: Script) -> Script:
    """Run a part of the case as precondition: if it does not come about, the case is inconclusive."""
    yield Phase(True)
    result = yield from part
    yield Phase(False)
    return result


def in_profile(subject: Subject, *levels: int) -> Script:
    """Security profile: what is under test speaks one of these, which the case is about (a precondition)."""
    wanted = " or ".join(map(str, levels))
    yield check(subject.security_profile in levels, f"security profile {wanted} in use", subject.security_profile)


def own_tls(station: Subject) -> Script:
    """The bench shows certificates of its own, and so can show wrong ones (a precondition)."""
    yield check(bool(station.secure_urls), "an address of the bench with TLS of its own", "none was declared")


def offline(station: Subject, for_s: float) -> Script:
    """Cut the link of the station under test, keep it out for so long, and see it come back."""
    yield shut_out()
    yield Disconnect()
    yield LetPass(for_s)
    yield let_in()
    yield dials_in(station.reconnect_s, where={"ending": ""})
