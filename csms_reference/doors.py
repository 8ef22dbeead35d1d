"""Who has to wait outside: limits that hold before anybody asks who is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from csms_reference.pace import Line, Rank
from csms_reference.pressure import Level
from csms_reference.settings import Settings
from csms_reference.throttle import Throttle
from protocol.link import Turned

BROKEN = frozenset({1002, 1003, 1007, 1008, 1009})
"""Close codes that say that somebody broke the rules (RFC 6455 §7.4.1): it will again."""

BROKEN_COUNTS = 5
"""As so many short links such a one counts: it costs as much as many messages, and brought nothing."""


class Doors:
    """Turns upgrade requests away while the database is behind, that come too often, or too fast, in this order.

    The first and the last get 503, each with a turn of its own; a station whose links keep ending soon gets 429, and
    takes no turn from others. How many connections there may be is a matter of sockets: see
    ``csms_reference.endpoint``.
    """

    def __init__(self, settings: Settings, *, monotonic: Callable[[], float], counts: Counter[str]) -> None:
        self._short_link_s, self._short_burst = settings.short_link_s, settings.short_links_burst
        self._monotonic = monotonic
        self._counts = counts
        self._line = Line(settings.accepts_per_s, settings.accepts_burst, settings.retry_max_s)
        self._short = Throttle(settings.short_links_burst, settings.short_links_per_minute)

    def judge(self, identity: str, level: Level, backlog: int, rank: Rank = Rank.PROVEN) -> Turned | None:
        """How to turn this one away; None lets it in."""
        now_s = self._monotonic()
        if level >= Level.DOORS:
            return self._turned("overload", Turned(503, "overloaded", self._line.turn(now_s, backlog, rank)))
        if (pause_s := self._short.blocked(identity, now_s)) is not None:
            return self._turned("flapping", Turned(429, "comes and goes too often", pause_s))
        if (wait_s := self._line.enter(now_s, rank)) > 0:
            return self._turned("rate", Turned(503, "too many at once", wait_s))
        return None

    def left(self, identity: str, after_s: float, code: int = 0) -> None:
        """A station's link ended after so many seconds; short ones count against the next, the more where it broke
        the rules."""
        if after_s < self._short_link_s and self._short_burst:
            for _ in range(BROKEN_COUNTS if code in BROKEN else 1):
                self._short.failed((identity,), self._monotonic())

    def turn(self, backlog: int) -> int:
        """Seconds after which a station should boot again that is not let in for now."""
        return self._line.turn(self._monotonic(), backlog)

    def _turned(self, why: str, answer: Turned) -> Turned:
        self._counts[f"upgrades_refused_{why}"] += 1
        return answer
