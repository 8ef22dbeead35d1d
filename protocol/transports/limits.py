"""What one link may cost, whichever transport carries it."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.transports.address import IDENTITY_CHARS


@dataclass(frozen=True, slots=True)
class Limits:
    """What one link may cost in time and memory.

    ``message_bytes`` bounds an incoming message after decompression (close code 1009); ``queue_bytes`` bounds what
    waits for a peer that does not read (the link is dropped). No pings are sent when ``ping_interval_s`` is None.
    """

    open_timeout_s: float = 10.0
    close_timeout_s: float = 5.0
    ping_interval_s: float | None = None
    pong_timeout_s: float = 20.0
    message_bytes: int = 2**20
    queue_bytes: int = 2**22
    identity_chars: int = IDENTITY_CHARS


DIAL_LIMITS = Limits()
"""A station leaves the pings to the CSMS unless its WebSocketPingInterval says otherwise (part 4 §8.4)."""

SERVE_LIMITS = Limits(ping_interval_s=60.0)
"""A CSMS pings, so that half-open connections are noticed and no network closes an idle one (part 4 §5.3)."""
