"""Impulses: what a faulty peer says and does that nobody asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.mutants.twists import Later
from conformance.vocabulary import Payload, Where, mismatches

if TYPE_CHECKING:
    from conformance.mutants.spoiler import Spoiler

Prompted = Callable[[str, Payload, "Spoiler"], Later]
"""What a faulty peer says on its own after the bench has sent (action, payload)."""


@dataclass(frozen=True, slots=True)
class Outburst:
    """Marks a ``Prompted`` among the parts of a mutant."""

    say: Prompted


def say(action: str, payload: Payload, *, after: str, where: Where | None = None, by_s: float = 1.0) -> Outburst:
    """Say this uncalled for, ``by_s`` seconds after the bench sent or answered ``after`` with such a payload."""

    def prompted(heard: str, content: Payload, spoiler: Spoiler) -> Later:
        if heard != after or mismatches(content, where or {}):
            return []
        return [(by_s, spoiler.invent(action, payload))]

    return Outburst(prompted)


@dataclass(frozen=True, slots=True)
class Whim:
    """What a faulty peer does on its own, as if the bench had asked for it, after a frame of the bench."""

    action: str
    payload: Payload
    after: str
    where: Where


def unbidden(action: str, payload: Payload, *, after: str, where: Where | None = None) -> Whim:
    """Do what such a CALL would ask for, on its own, after the bench sent or answered ``after`` with such a payload."""
    return Whim(action, payload, after, where or {})
