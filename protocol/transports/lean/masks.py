"""Masking keys and handshake keys, which nobody may foresee (RFC 6455 §5.3, §10.3)."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator

POOL_KEYS = 1024
"""Drawn at once, because asking the operating system for every frame costs more than the frame."""


def masks(draw: Callable[[int], bytes] = os.urandom) -> Iterator[bytes]:
    """Yield masking keys for ever. ``draw`` returns so many random bytes."""
    while True:
        pool = draw(4 * POOL_KEYS)
        for at in range(0, len(pool), 4):
            yield pool[at : at + 4]


def handshake_key(keys: Iterator[bytes]) -> str:
    """Return a Sec-WebSocket-Key, made of the next masking keys."""
    return base64.b64encode(next(keys) + next(keys) + next(keys) + next(keys)).decode()
