"""The CSMS of the capacity model: a listen queue, a token bucket behind it, and a desk that answers boots.

Both queues are first come first served with fixed service times, so the fate of a visit is known when it comes:
nothing that comes later changes it. That is why a visit costs one step and not three events.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

WHOLE = 1.0 - 1e-9
"""A token is whole from here on: 0.1 s at 10 per second must make one, whatever binary fractions make of it."""


class Overload(StrEnum):
    """What the CSMS does with a connection for which it has no token."""

    REFUSE = "refuse"  # answer the upgrade with 503
    HOLD = "hold"  # accept no connection before there is a token; the listen queue grows


@dataclass(frozen=True, slots=True, kw_only=True)
class CsmsLimits:
    """What the CSMS can do and what it allows. Times are seconds of the whole CSMS: with two cores, half of a core's.

    ``accepts_per_s`` and ``burst`` are the token bucket (no burst given: one second's worth); ``backlog`` connections
    wait to be looked at, more are dropped unseen. ``retry_after``: refusals name the next free place in the schedule,
    at most ``retry_max_s`` away. ``boots_per_s`` BootNotifications are answered; when ``boot_backlog`` wait, the next
    is Pending.
    """

    accepts_per_s: float
    burst: float | None = None
    backlog: int = 4096
    overload: Overload = Overload.REFUSE
    retry_after: bool = False
    retry_max_s: int = 86_400
    handshake_s: float = 0.0005
    refusal_s: float = 0.0002
    boots_per_s: float = 2000.0
    boot_backlog: int = 10_000
    boot_interval_s: float = 60.0

    def __post_init__(self) -> None:
        if not (self.accepts_per_s > 0 and self.boots_per_s > 0):
            raise ValueError("a CSMS that accepts nothing gets nobody back: rates are above 0 per second")
        if self.burst is not None and self.burst < 1:
            raise ValueError("a burst below 1 never lets anybody in")
        if self.backlog < 1 or self.boot_backlog < 1 or self.boot_interval_s <= 0:
            raise ValueError("backlogs hold at least 1, and the boot interval is above 0 s")
        if self.handshake_s < 0 or self.refusal_s < 0 or self.retry_max_s < 1:
            raise ValueError("service times are not negative, and nobody is asked back in less than 1 s")

    @property
    def tokens(self) -> float:
        """The size of the token bucket."""
        return max(1.0, self.accepts_per_s) if self.burst is None else self.burst


OPENED, REFUSED, DROPPED, ABANDONED = range(4)
"""How a visit ends: the link stands; 503; the listen queue was full; the station gave up before it was its turn."""


class Door:
    """Listen queue and token bucket. Visits come in the order of time."""

    __slots__ = ("_backlog", "_begins", "_free_s", "_holds", "_limits", "_slot_s", "_tokens", "_tokens_at_s", "queue")

    def __init__(self, limits: CsmsLimits) -> None:
        self._limits = limits
        self._backlog = limits.backlog
        self._holds = limits.overload is Overload.HOLD
        self._begins: deque[float] = deque()
        self.queue = 0
        """How many waited to be looked at when the last visitor had come."""
        self._free_s = 0.0
        self._tokens = limits.tokens
        self._tokens_at_s = 0.0
        self._slot_s = 0.0

    def visit(self, now_s: float, deadline_s: float) -> tuple[int, float]:
        """One connection comes in; how it ends, and when the station hears of it."""
        begins, limits = self._begins, self._limits
        while begins and begins[0] <= now_s:
            begins.popleft()
            self.queue -= 1
        if self.queue >= self._backlog:
            return DROPPED, now_s
        begin_s = max(now_s, self._free_s)
        if self._holds:
            begin_s = self._token_s(begin_s)
        if begin_s > now_s:
            begins.append(begin_s)
            self.queue += 1
        if begin_s > deadline_s:  # nobody is there any more; to find that out costs as much as a refusal
            self._free_s = begin_s + limits.refusal_s
            return ABANDONED, deadline_s
        if not self._take(begin_s):
            self._free_s = begin_s + limits.refusal_s
            return (REFUSED, self._free_s) if self._free_s <= deadline_s else (ABANDONED, deadline_s)
        self._free_s = begin_s + limits.handshake_s
        return (OPENED, self._free_s) if self._free_s <= deadline_s else (ABANDONED, deadline_s)

    def retry_after_s(self, now_s: float) -> int:
        """The whole seconds until the next place in the schedule that nobody has been promised yet."""
        self._slot_s = max(self._slot_s, now_s) + 1 / self._limits.accepts_per_s
        return max(1, min(self._limits.retry_max_s, math.ceil(self._slot_s - now_s)))

    def _fill(self, now_s: float) -> float:
        if now_s > self._tokens_at_s:
            earned = (now_s - self._tokens_at_s) * self._limits.accepts_per_s
            self._tokens = min(self._limits.tokens, self._tokens + earned)
            self._tokens_at_s = now_s
        return self._tokens

    def _token_s(self, from_s: float) -> float:
        lacking = 1.0 - self._fill(from_s)
        return from_s + lacking / self._limits.accepts_per_s if lacking > 1.0 - WHOLE else from_s

    def _take(self, now_s: float) -> bool:
        if self._fill(now_s) < WHOLE:
            return False
        self._tokens -= 1.0
        return True


class Desk:
    """Answers BootNotifications one after the other; where too many wait, the next is Pending at once."""

    __slots__ = ("_done", "_limits", "_service_s")

    def __init__(self, limits: CsmsLimits) -> None:
        self._limits = limits
        self._service_s = 1 / limits.boots_per_s
        self._done: deque[float] = deque()

    @property
    def queue(self) -> int:
        """How many waited for their answer when the last boot had come."""
        return len(self._done)

    def boot(self, now_s: float) -> float | None:
        """When the station is told that it is accepted; None for Pending."""
        done = self._done
        while done and done[0] <= now_s:
            done.popleft()
        if len(done) >= self._limits.boot_backlog:
            return None
        done.append((done[-1] if done else now_s) + self._service_s)
        return done[-1]
