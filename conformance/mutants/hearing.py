"""Bad ears: what a faulty peer makes of what the bench says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance import reading
from conformance.mutants.twists import put
from conformance.reading import Frame
from conformance.vocabulary import Where, mismatches


@dataclass(frozen=True, slots=True)
class Mishearing:
    """What is put into CALLs of an action and of such a payload before the system under test hears them.

    With ``reply``: into the results of the bench on such CALLs.
    """

    action: str
    path: str
    value: Any
    where: Where
    reply: bool = False

    def hear(self, frame: Frame, action: str) -> None:
        """Spoil a frame of the bench, which belongs to that action, if it is such a one."""
        kind = reading.RESULT if self.reply else reading.CALL
        if frame.kind == kind and action == self.action and not mismatches(frame.payload, self.where):
            put(frame.payload, self.path, self.value)


def mishear(action: str, path: str, value: Any, where: Where | None = None) -> Mishearing:
    """Heed a request as if it said something else there. ``value``: as in ``change``."""
    return Mishearing(action, path, value, where or {})


def mishear_reply(action: str, path: str, value: Any, where: Where | None = None) -> Mishearing:
    """Take what the bench answers for something else there. ``value``: as in ``change``."""
    return Mishearing(action, path, value, where or {}, reply=True)


@dataclass(frozen=True, slots=True)
class Ear:
    """What a faulty peer makes of the bare texts of the bench that are ``of`` a kind, before anything reads them.

    ``makes``: what it takes such a text for; ``retorts``: what it says to it; ``fatal``: from then on it is dead.
    """

    of: Callable[[str], bool]
    makes: Callable[[str], str] = str
    retorts: Callable[[str], str] | None = None
    fatal: bool = False


def takes_for(of: Callable[[str], bool], makes: Callable[[str], str]) -> Ear:
    """Take a text of the bench for another one, as a parser does that mends what it reads."""
    return Ear(of, makes)


def retorts(of: Callable[[str], bool], says: Callable[[str], str]) -> Ear:
    """Say something to a text of the bench that nobody answers."""
    return Ear(of, retorts=says)


def dies_of(of: Callable[[str], bool]) -> Ear:
    """Go dead on such a text: nothing is heard and nothing is said any more."""
    return Ear(of, fatal=True)
