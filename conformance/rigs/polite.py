"""A dialer that takes a busy CSMS at its word: where it is told to come later, it comes later."""

from __future__ import annotations

import asyncio
import logging

from protocol.link import Dialer, Ending, Link, Lost, Receiver, Target

BUSY = frozenset({429, 503})
"""HTTP statuses that say: later (RFC 6585 §4, RFC 9110 §15.6.4)."""
WAIT_S = 10.0
"""How long to wait where the CSMS does not say (Retry-After)."""
MOST_S = 60.0
"""A longer wait is not waited for: then the refusal is the answer."""
ATTEMPTS = 4

log = logging.getLogger(__name__)


def later_s(status: int, retry_after_s: float | None) -> float | None:
    """After how long to come again who was turned away so; None where that is the answer."""
    wait_s = WAIT_S if retry_after_s is None else float(retry_after_s)
    return wait_s if status in BUSY and wait_s <= MOST_S else None


class Polite:
    """Dials again after a refusal for want of room; a bench connects more often than any station would."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._waiting: set[asyncio.TimerHandle] = set()
        self.remote = dialer.remote

    def dial(self, target: Target, receiver: Receiver) -> None:
        """Start to connect."""
        self._dial(target, receiver, ATTEMPTS - 1)

    def close(self) -> None:
        """Dial no more."""
        for timer in self._waiting:
            timer.cancel()
        self._waiting.clear()

    def again(self, target: Target, receiver: Receiver, left: int, why: Lost) -> bool:
        """Whether the refusal is one to come later for; if so, that is seen to."""
        wait_s = later_s(why.code, why.retry_after_s)
        if why.ending is not Ending.REFUSED or wait_s is None or left < 1:
            return False
        log.warning("the CSMS is busy (%s %s): it is dialled again in %g s", why.code, why.reason, wait_s)

        def later() -> None:
            self._waiting.discard(timer)
            self._dial(target, receiver, left - 1)

        timer = asyncio.get_running_loop().call_later(wait_s, later)
        self._waiting.add(timer)
        return True

    def _dial(self, target: Target, receiver: Receiver, left: int) -> None:
        self._dialer.dial(target, _Attempt(self, target, receiver, left))


class _Attempt:
    """One attempt: what becomes of it goes to the receiver, unless there is another one."""

    def __init__(self, dialer: Polite, target: Target, receiver: Receiver, left: int) -> None:
        self._dialer, self._target, self._receiver, self._left = dialer, target, receiver, left

    def opened(self, link: Link, subprotocol: str) -> None:
        self._receiver.opened(link, subprotocol)

    def received(self, data: str | bytes) -> None:
        self._receiver.received(data)

    def lost(self, why: Lost) -> None:
        if not self._dialer.again(self._target, self._receiver, self._left, why):
            self._receiver.lost(why)
