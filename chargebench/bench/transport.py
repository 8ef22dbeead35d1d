"""The load engine's transport, which is the one that is measured."""

from __future__ import annotations

from protocol.link import Dialer
from protocol.transports.lean import LeanDialer, serve

__all__ = ["make_dialer", "serve"]


def make_dialer() -> Dialer:
    """A dialer of it."""
    return LeanDialer()
