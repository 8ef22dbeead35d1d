"""How fast is fast enough: a line for those who come in, and a pace for those who talk."""

from __future__ import annotations

from collections import OrderedDict
from enum import IntEnum
from math import ceil

from csms_reference.throttle import REMEMBERED


class Rank(IntEnum):
    """Who goes first when there is not room for all; each rank leaves places to those before it."""

    PROVEN = 0  # has shown its password before, or has none to show
    UNPROVEN = 1
    SUSPECT = 2  # comes from an address that fails too often


LEFT_TO_OTHERS = {Rank.PROVEN: 0.0, Rank.UNPROVEN: 0.25, Rank.SUSPECT: 0.5}
"""Which part of the places at once a rank leaves untouched. What is let in later goes to the first rank that wants it,
since only that reaches down to the last place."""


class Line:
    """Lets ``burst`` in at once and ``per_s`` after that; who comes too soon is told when it is their turn.

    Everybody who is turned away gets the place behind the one before of the same rank, so that a crowd does not come
    back at once. ``per_s`` 0 lets everybody in. No wait is longer than ``longest_s``: turns beyond it begin again at
    half of that, so that not even those come back together.
    """

    def __init__(self, per_s: float, burst: int, longest_s: int) -> None:
        self._per_s = per_s
        self._burst = float(max(1, burst))
        self._longest_s = longest_s
        self._places = self._burst
        self._at_s: float | None = None
        self._last_turn_s = dict.fromkeys(Rank, 0.0)

    def enter(self, now_s: float, rank: Rank = Rank.PROVEN) -> int:
        """0 where there is a place now, otherwise the seconds to wait."""
        if self._per_s <= 0:
            return 0
        since_s = 0.0 if self._at_s is None else now_s - self._at_s
        self._at_s = now_s
        self._places = min(self._burst, self._places + since_s * self._per_s)
        if self._places >= 1.0 + (self._burst - 1.0) * LEFT_TO_OTHERS[rank]:
            self._places -= 1.0
            return 0
        return self.turn(now_s, rank=rank)

    def turn(self, now_s: float, behind: int = 0, rank: Rank = Rank.PROVEN) -> int:
        """Seconds until the turn of one more who has to wait, with ``behind`` others in front of the whole line."""
        step_s = 1.0 / self._per_s if self._per_s > 0 else 0.001
        wait_s = self._within(max(self._last_turn_s[rank] - now_s, 0.0) + step_s)
        self._last_turn_s[rank] = now_s + wait_s
        return max(1, min(self._longest_s, ceil(self._within(wait_s + behind * step_s))))

    def _within(self, wait_s: float) -> float:
        half_s = self._longest_s / 2
        return wait_s if wait_s <= self._longest_s else half_s + wait_s % half_s


class Pace:
    """The rule for one who talks: ``burst`` messages at once, ``per_s`` after that. 0 allows everything.

    What it has to remember of each talker is one number: up to when its messages are paid for. That is told by a clock
    which runs ``slowed`` times slower than the wall's: who talks on waits longer by that, but what stations say at once
    when they boot has the same room, and no debt changes when ``slowed`` does.
    """

    def __init__(self, per_s: float, burst: int) -> None:
        self.per_s = per_s
        self._step_s = 1.0 / per_s if per_s > 0 else 0.0
        self._ahead_s = max(1, burst) * self._step_s
        self.slowed = 1.0
        self._ahead: OrderedDict[str, float] = OrderedDict()
        self._slow_s: float | None = None
        self._at_s = 0.0

    def _clock(self, now_s: float) -> float:
        """Its own time. It is told by those who talk, so a change of ``slowed`` counts from the last message on."""
        if self._slow_s is None:
            self._slow_s = self._at_s = now_s
        elif now_s > self._at_s:
            self._slow_s += (now_s - self._at_s) / self.slowed
            self._at_s = now_s
        return self._slow_s

    def paid(self, until_s: float, now_s: float, weight: int = 1) -> float:
        """Up to when a talker has paid after one more message now, which counts as so many.

        However long it is, it makes nobody wait for longer than the whole burst would at the lowest price.
        """
        return max(until_s, self._clock(now_s)) + min(weight * self._step_s, self._ahead_s / self.slowed)

    def keep(self, talker: str, paid_s: float, now_s: float) -> None:
        """A talker hangs up: who is ahead of the pace will be when it calls again."""
        if paid_s > self._clock(now_s):
            self._ahead[talker] = max(paid_s, self._ahead.pop(talker, paid_s))
            if len(self._ahead) > REMEMBERED:
                self._ahead.popitem(last=False)

    def begin(self, talker: str, now_s: float) -> float:
        """Up to when a talker has paid who calls now; nobody has to wait who says no more."""
        slow_s = self._clock(now_s)
        return min(max(slow_s, self._ahead.pop(talker, slow_s)), slow_s + self._ahead_s)

    def wait_s(self, paid_s: float, now_s: float) -> float:
        """How long a message has to wait that is paid up to then; 0 where the pace is kept."""
        return max(0.0, paid_s - self._ahead_s - self._clock(now_s)) * self.slowed
