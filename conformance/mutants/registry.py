"""The registry of mutants: a mutant is a sound peer with one thing wrong about it."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.mutants.guises import NO_GUISE, Guise
from conformance.mutants.hearing import Ear, Mishearing
from conformance.mutants.impulses import Outburst, Prompted, Whim
from conformance.mutants.twists import Twist


@dataclass(frozen=True, slots=True)
class Mutant:
    """A way to be wrong: twists of what the system under test says and hears, and words that it should not say.

    ``breaks`` are the requirements that it breaks: a case that catches it has to name one of them.
    """

    name: str
    twists: tuple[Twist, ...] = ()
    outbursts: tuple[Prompted, ...] = ()
    mishears: tuple[Mishearing, ...] = ()
    welcoming: bool = False
    """Whether it lets in everybody who knocks."""
    breaks: tuple[str, ...] = ()
    whims: tuple[Whim, ...] = ()
    guise: Guise = NO_GUISE
    ears: tuple[Ear, ...] = ()


MUTANTS: dict[str, Mutant] = {}
"""Every mutant, by name. ``conformance.registry.mutants()`` fills it by importing the mutant modules."""

Part = Twist | Outburst | Mishearing | Whim | Guise | Ear


def mutant(name: str, *parts: Part, breaks: str, welcoming: bool = False) -> None:
    """Register a mutant that breaks these requirements (blank-separated ids).

    Its twists act one after another, each on what the ones before made of a frame. Raises ValueError for a repeated
    name, for a mutant that breaks none, and for one in two guises.
    """
    if name in MUTANTS:
        raise ValueError(f"two mutants are called {name}")
    if not breaks.strip():
        raise ValueError(f"{name} breaks no requirement, so nothing could be proven by catching it")
    twists = tuple(part for part in parts if not isinstance(part, Outburst | Mishearing | Whim | Guise | Ear))
    said = tuple(part.say for part in parts if isinstance(part, Outburst))
    misheard = tuple(part for part in parts if isinstance(part, Mishearing))
    whims = tuple(part for part in parts if isinstance(part, Whim))
    guise, *more = [part for part in parts if isinstance(part, Guise)] or [NO_GUISE]
    if more:
        raise ValueError(f"{name} comes in two guises, of which one would count for nothing")
    ears = tuple(part for part in parts if isinstance(part, Ear))
    MUTANTS[name] = Mutant(name, twists, said, misheard, welcoming, tuple(breaks.split()), whims, guise, ears)
