"""What the rooms log, on the terminal: one line each, and only what a person should see."""

from __future__ import annotations

import logging
import os
import sys

from chargebench.errors import one_line, printable

DEBUG = "CHARGEBENCH_DEBUG"


class OneLine(logging.Handler):
    """Writes to standard error as it is now. Line breaks in what a peer sent cannot forge lines of their own."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        text = " ".join(record.getMessage().split())
        if record.exc_info and record.exc_info[1] is not None:
            cause = record.exc_info[1]
            text = f"{text} ({type(cause).__name__}: {one_line(cause)})"
        sys.stderr.write(f"{record.levelname.lower()}: {record.name}: {printable(text)}\n")


def set_up() -> None:
    """Warnings and worse go to standard error; with CHARGEBENCH_DEBUG set everything does, with tracebacks."""
    if os.environ.get(DEBUG):
        logging.basicConfig(level=logging.DEBUG)
        return
    root = logging.getLogger()
    if not any(isinstance(each, OneLine) for each in root.handlers):
        root.addHandler(OneLine(logging.WARNING))
    # The library reports every peer that knocks and goes away as an error of the server.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
