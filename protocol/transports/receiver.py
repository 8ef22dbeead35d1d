"""How every transport calls a receiver: its bugs are logged and harm no other link."""

from __future__ import annotations

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)


def tell(receive: Callable[..., None], *what: object) -> bool:
    """Call a receiver; False if it failed, which is logged and must not harm other links."""
    try:
        receive(*what)
    except Exception:  # a bug on the other side of this shell
        log.exception("the receiver failed")
        return False
    return True
