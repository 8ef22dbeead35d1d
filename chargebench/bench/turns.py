"""Candidates take turns, so that a slow spell of the machine does not fall on one of them alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

ROUNDS = 15

Action = tuple[Callable[[], object], int]
"""Something to measure, and how often to repeat it in a round."""

T = TypeVar("T")


def best_us(*actions: Action, rounds: int | None = None) -> list[float]:
    """Processor time of the fastest round of each action, in µs per repeat; what others took longer, others caused."""

    def once(action: Action) -> Callable[[], float]:
        run, repeats = action

        def measure() -> float:
            begin = time.process_time()
            for _ in range(repeats):
                run()
            return (time.process_time() - begin) / repeats * 1e6

        return measure

    return [min(taken) for taken in in_turn([once(action) for action in actions], rounds or ROUNDS)]


def in_turn(candidates: Sequence[Callable[[], T]], rounds: int) -> list[list[T]]:
    """What each candidate returned in each round."""
    found: list[list[T]] = [[] for _ in candidates]
    for _ in range(rounds):
        for index, candidate in enumerate(candidates):
            found[index].append(candidate())
    return found


@dataclass(frozen=True, slots=True)
class Spent:
    """Processor time (user and system) of both ends of something, in seconds."""

    csms_s: float
    stations_s: float

    @property
    def both_s(self) -> float:
        """Of both ends together."""
        return self.csms_s + self.stations_s


def least(rounds: Sequence[Spent]) -> Spent:
    """The round in which both ends together took the least."""
    return min(rounds, key=lambda spent: spent.both_s)
