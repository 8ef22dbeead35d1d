"""When a protective device that has tripped is closed again by itself, and when no more.

The idea of automatic reclosing devices (EN 50557, IEC 63024): reclose after a wait, with assessment means only if the
fault is gone, a limited number of times; a device that has stayed closed for long enough starts counting afresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from simulator.physics.trace import NEVER


class Mode(StrEnum):
    """Where a recloser is."""

    CLOSED = "closed"
    WAITING = "waiting"
    LOCKED_OUT = "locked out"


@dataclass(frozen=True, slots=True)
class Reclosing:
    """A policy. ``waits_s``: before the first, second … attempt; after the last one failed it locks out.

    ``quiet_s``: closed for so long, its attempts are forgotten. ``unlocks_s``: locked out, it tries again after that.
    ``assesses``: it tests itself and looks for the fault before closing. The default waits are those of an RCCB with a
    recloser that is on the market: 10, 60 and 300 s.
    """

    waits_s: tuple[float, ...] = (10.0, 60.0, 300.0)
    quiet_s: float = 1800.0
    unlocks_s: float = NEVER
    assesses: bool = True

    def __post_init__(self) -> None:
        if any(wait_s < 0 for wait_s in self.waits_s) or self.quiet_s < 0 or self.unlocks_s <= 0:
            raise ValueError("waits are not below 0")


NONE = Reclosing(waits_s=())
"""A device that only a technician closes."""


@dataclass(slots=True)
class Recloser:
    """One recloser's state: ``tripped``, then at ``due_s`` an attempt whose outcome ``tried`` is told."""

    policy: Reclosing
    mode: Mode = Mode.CLOSED
    attempts: int = 0
    since_s: float = 0.0

    @property
    def next_s(self) -> float:
        """The wait from the trip or the last attempt to the next; infinity while closed or locked out for good."""
        if self.mode is Mode.LOCKED_OUT:
            return self.policy.unlocks_s
        return self.policy.waits_s[self.attempts] if self.mode is Mode.WAITING else NEVER

    @property
    def due_s(self) -> float:
        """The instant of the next attempt; infinity if there is none."""
        return self.since_s + self.next_s

    def tripped(self, now: float) -> float:
        """The device has opened; the instant of the first attempt, infinity if it is locked out."""
        if self.mode is Mode.CLOSED:
            if now - self.since_s >= self.policy.quiet_s:
                self.attempts = 0
            self._wait(now)
        return self.due_s

    def may_close(self, fault_gone: bool, self_test_passed: bool = True) -> bool:
        """Whether this attempt closes: one with assessment means only onto a circuit without fault, if itself sound."""
        return not self.policy.assesses or (fault_gone and self_test_passed)

    def tried(self, ok: bool, now: float) -> float:
        """An attempt was made and the device is closed (``ok``) or open; the instant of the next, if there is one.

        Raises RuntimeError if none was due.
        """
        if self.due_s == NEVER:
            raise RuntimeError(f"no attempt is due: {self.mode}")
        self.attempts = self.attempts + 1 if self.mode is Mode.WAITING else 0 if ok else self.attempts
        if ok:
            self.mode, self.since_s = Mode.CLOSED, now
        else:
            self._wait(now)
        return self.due_s

    def reset(self, now: float) -> None:
        """A technician has closed it: all attempts are there again."""
        self.mode, self.attempts, self.since_s = Mode.CLOSED, 0, now

    def _wait(self, now: float) -> None:
        self.since_s = now
        self.mode = Mode.WAITING if self.attempts < len(self.policy.waits_s) else Mode.LOCKED_OUT
