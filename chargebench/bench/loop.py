"""Which event loop the measured processes run on, as reports say it."""

from __future__ import annotations

from importlib import metadata

from protocol.transports.loop import UVLOOP, installed


def loop_name() -> str:
    """The loop of everything but the plain stack, with its version where it has one of its own."""
    return f"{UVLOOP} {metadata.version(UVLOOP)}" if installed() == UVLOOP else installed()
