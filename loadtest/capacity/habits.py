"""How stations of a fleet behave when their connection is gone."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import repeat
from random import Random

Draws = Callable[[str, int, int], float]
"""A station's own chance in [0, 1): purpose, number of the station, number of the draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff:
    """The waits between attempts to reconnect (2.0.1 part 4 §5.3, 2.1 part 4 §5.4), with the specification's names.

    No back-off is one that has no random part and is never doubled.
    """

    wait_minimum_s: float = 30.0
    random_range_s: float = 10.0
    repeat_times: int = 5

    def __post_init__(self) -> None:
        if self.wait_minimum_s < 0 or self.random_range_s < 0 or self.repeat_times < 0:
            raise ValueError("a back-off has no negative parts")
        if self.wait_minimum_s == 0:
            raise ValueError("a station that redials after 0 s never lets time pass")

    @property
    def growing(self) -> int:
        """How many waits have a random part of their own; every later one is as long as the last of them."""
        return self.repeat_times + 1

    def wait_s(self, attempt: int, previous_s: float, chance: float) -> float:
        """Seconds before attempt 1, 2, … up to ``growing``; ``chance`` in [0, 1) is the station's draw for it."""
        spread_s = self.random_range_s * chance
        return self.wait_minimum_s + spread_s if attempt == 1 else 2 * previous_s + spread_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What the stations do: ``connect_timeout_s`` is their patience with an attempt to connect, ``call_timeout_s`` with
    the answer to a BootNotification, which is asked for again ``boot_retry_s`` later.

    A Retry-After that is honoured is the least wait before the next dial, plus a random part as in the back-off, so
    that those who were refused together do not return together.
    """

    back_off: BackOff
    honours_retry_after: bool = False
    connect_timeout_s: float = 30.0
    call_timeout_s: float = 30.0
    boot_retry_s: float = 60.0

    def __post_init__(self) -> None:
        if min(self.connect_timeout_s, self.call_timeout_s, self.boot_retry_s) <= 0:
            raise ValueError("the time-outs of a station are above 0 s")


SPECIFIED = Habits(back_off=BackOff())
"""The back-off of the specification, with the values that our stations have when nobody sets others."""

NO_BACK_OFF = Habits(back_off=BackOff(wait_minimum_s=10.0, random_range_s=0.0, repeat_times=0))
"""A fleet that dials again ten seconds after every failure, for ever."""

POLICIES: dict[str, Habits] = {
    "none": NO_BACK_OFF,
    "spec": SPECIFIED,
    "spread": Habits(back_off=BackOff(random_range_s=600.0, repeat_times=2)),
    "retry-after": replace(SPECIFIED, honours_retry_after=True),
}
"""The policies that the documentation compares, by name."""


class Columns:
    """Draws of a whole fleet: one column of numbers per purpose and number of the draw, made when first asked for.

    A station's draws depend on nothing but seed, purpose and its number: two policies with the same seed are compared
    on the same luck. A column costs 8 bytes a station; a digest per draw (``simulator.chance``) twenty times the time.
    After 32 draws of a purpose a station's numbers begin anew, which bounds the memory.
    """

    __slots__ = ("_columns", "_seed", "_stations")

    def __init__(self, seed: int, stations: int) -> None:
        self._seed = seed
        self._stations = stations
        self._columns: dict[tuple[str, int], array[float]] = {}

    def __call__(self, purpose: str, station: int, number: int) -> float:
        number %= 32
        column = self._columns.get((purpose, number))
        if column is None:
            chance = Random(f"{self._seed}/{purpose}/{number}")
            column = array("d", (draw() for draw in repeat(chance.random, self._stations)))
            self._columns[purpose, number] = column
        return column[station]
