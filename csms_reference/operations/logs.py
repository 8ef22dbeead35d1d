"""The log: one line per event, as text or JSON, with the message that was being handled when it was written."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import NamedTuple, TextIO

from csms_reference.settings import LogFormat, LogLevel


class About(NamedTuple):
    """The message that is being handled."""

    station: str
    message_id: str
    action: str


handling: ContextVar[About | None] = ContextVar("handling", default=None)
"""Set while a station's CALL is handled. What that sets going, such as a CALL in return, goes by the same message."""

SECRETS = (
    (re.compile(r"(?i)\b(basic|bearer) +[\w+/=.~-]{4,}"), r"\1 ***"),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/@:]*:[^\s/@]*@"), r"\1***@"),
)
"""What credentials look like in text that others wrote: Authorization headers, and user and password in a URL."""

QUIET = ("websockets", "uvicorn")
"""Libraries that report every peer that knocks and goes away as an error of the server."""


def printable(text: str) -> str:
    """The text on one line: what is not printable is spelt out, be it a line break, an escape of terminals, a
    direction mark or half of a surrogate pair, so that nobody can forge a line or hide one."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def discreet(text: str) -> str:
    """The text without credentials."""
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


class Lines(logging.Formatter):
    """What both formats tell: the record's own words, and whom they are about."""

    def words(self, record: logging.LogRecord) -> str:
        """The message."""
        return discreet(record.getMessage())

    def trace(self, record: logging.LogRecord) -> str | None:
        """The traceback, if there is one."""
        if record.exc_info and record.exc_info[1] is not None and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        return discreet(record.exc_text) if record.exc_text else None

    def about(self, record: logging.LogRecord) -> dict[str, str]:
        """Whom and what the record is about: as the process said that wrote it, or as it is here and now."""
        said = record.__dict__.get("about", handling.get())
        found = {} if said is None else dict(zip(About._fields, said, strict=True))
        if (worker := record.__dict__.get("worker")) is not None:
            found["worker"] = str(worker)
        return found


class Text(Lines):
    """A line for people: time, level, logger, message, whom it is about, and the error in short."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; with a traceback, its last line."""
        about = "".join(f" {name}={value}" for name, value in self.about(record).items())
        trace = self.trace(record)
        error = f" ({trace.rstrip().rpartition(chr(10))[2]})" if trace else ""
        line = f"{moment(record)} {record.levelname} {record.name}: {self.words(record)}{error}{about}"
        return printable(line)


class Json(Lines):
    """A line for machines: one JSON object in ASCII."""

    def __init__(self, node: str) -> None:
        super().__init__()
        self._node = node

    def format(self, record: logging.LogRecord) -> str:
        """One object; ``exception`` is the whole traceback."""
        content = {
            "time": moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.words(record),
            "node": self._node,
            **self.about(record),
        }
        if (trace := self.trace(record)) is not None:
            content["exception"] = trace
        return json.dumps({name: _whole(value) for name, value in content.items()})


def moment(record: logging.LogRecord) -> str:
    """When the record was made (RFC 3339)."""
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _whole(text: str) -> str:
    """Text without halves of surrogate pairs, which JSON can spell and most readers refuse."""
    return text.encode("utf-8", "backslashreplace").decode()


@contextmanager
def logging_to(stream: TextIO | None, log_format: LogFormat, level: LogLevel, node: str) -> Iterator[None]:
    """Have everything logged to a stream (standard error) for a while, and to nobody else who listened before."""
    root = logging.getLogger()
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Json(node) if log_format is LogFormat.JSON else Text())
    before, level_before = root.handlers[:], root.level
    quiet = {name: logging.getLogger(name).level for name in QUIET}
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        root.handlers[:] = before
        root.setLevel(level_before)
        for name, old in quiet.items():
            logging.getLogger(name).setLevel(old)
