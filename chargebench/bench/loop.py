"""Which event loop the measured processes run on."""

from __future__ import annotations

import asyncio
import importlib
from importlib import metadata, util


def make_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where there is one (it is not made for every system), else asyncio's."""
    module = "asyncio" if util.find_spec("uvloop") is None else "uvloop"
    loop: asyncio.AbstractEventLoop = importlib.import_module(module).new_event_loop()
    return loop


def loop_name() -> str:
    """What ``make_loop`` makes, with its version."""
    return "asyncio" if util.find_spec("uvloop") is None else f"uvloop {metadata.version('uvloop')}"
