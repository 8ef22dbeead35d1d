"""How long a station waits before it dials again (2.0.1 part 4 §5.3, 2.1 part 4 §5.4), and the dialling itself."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import simpy

from simulator import addressing, facts

if TYPE_CHECKING:
    from protocol.link import Lost
    from simulator.station import Station

HASTE_S = 0.1
"""What an impatient station needs from one attempt to the next: its network stack is no faster."""

MOST_RETRY_AFTER_S = 86_400
"""No station stays away for longer than a day because a server said so in a refusal: that would be a lost station."""


def connect(station: Station, *, at_once: bool) -> Generator[simpy.Event, Any, None]:
    """Dial until the link stands, with the back-off before each attempt but, if ``at_once``, the first.

    Each network connection profile that is tried has a back-off of its own (B10.FR.03).
    """
    attempt, wait_s = 0, 0.0
    lost: Lost | None = None
    before: addressing.Route | None = None
    for way in addressing.attempts(station):
        if way != before:
            attempt, wait_s, before = 0, 0.0, way
        if not at_once:
            attempt += 1
            wait_s = back_off(station, attempt, wait_s)
            pause_s = HASTE_S if station.impatient else max(wait_s, asked_for(station, lost))
            station.tell(facts.WaitedToReconnect(attempt, round(pause_s, 3)))
            yield station.clock.timeout(pause_s)
        at_once = False
        lost = yield station.line.dial(addressing.target(station))
        if lost is None:
            addressing.connected(station)
            return


def back_off(station: Station, attempt: int, previous_s: float) -> float:
    """Seconds to wait before reconnection attempt 1, 2, …

    First RetryBackOffWaitMinimum plus a random part up to RetryBackOffRandomRange; then twice the wait before plus a
    new random part, RetryBackOffRepeatTimes times; then always the last one. 1.6-J names no rule; the same serves.
    """
    if attempt > station.variables.number("OCPPCommCtrlr.RetryBackOffRepeatTimes") + 1:
        return previous_s
    spread_s = _spread_s(station)
    if attempt == 1:
        return station.variables.number("OCPPCommCtrlr.RetryBackOffWaitMinimum") + spread_s
    return 2 * previous_s + spread_s


def asked_for(station: Station, lost: Lost | None) -> float:
    """Seconds that a refusal asked for (Retry-After, RFC 9110 §10.2.3), plus OCPP's random part; 0 where it did not.

    It is a least wait and takes nothing from the back-off. Without the random part all stations that were refused
    together would come back together.
    """
    if lost is None or not lost.retry_after_s:
        return 0.0
    return min(lost.retry_after_s, MOST_RETRY_AFTER_S) + _spread_s(station)


def _spread_s(station: Station) -> float:
    return station.chance.uniform("back-off", 0.0, station.variables.number("OCPPCommCtrlr.RetryBackOffRandomRange"))
