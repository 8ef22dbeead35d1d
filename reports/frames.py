"""OCPP-J frames as they were recorded: read leniently, matched with the call that they answer, never raising."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

import orjson


class FrameKind(StrEnum):
    """What a recorded text is (OCPP-J 2.1 part 4, §4.1.3)."""

    CALL = "CALL"
    CALLRESULT = "CALLRESULT"
    CALLERROR = "CALLERROR"
    CALLRESULTERROR = "CALLRESULTERROR"
    SEND = "SEND"
    UNREADABLE = "unreadable"


KINDS = {
    2: FrameKind.CALL,
    3: FrameKind.CALLRESULT,
    4: FrameKind.CALLERROR,
    5: FrameKind.CALLRESULTERROR,
    6: FrameKind.SEND,
}
NAMED = (FrameKind.CALL, FrameKind.SEND)
ERRORS = (FrameKind.CALLERROR, FrameKind.CALLRESULTERROR)
OTHER_WAY = {"up": "down", "down": "up"}


@dataclass(frozen=True, slots=True)
class Message:
    """One line of ``messages.jsonl``. ``t`` in simulated seconds, ``wall`` in epoch seconds or None (virtual time)."""

    line: int
    t: float
    station: str
    direction: str
    text: str
    wall: float | None = None
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A recorded message, understood as far as it can be.

    ``action`` of a reply is that of the call it answers, on line ``answers``; both are None for a reply nobody asked
    for. ``payload`` of a CALLERROR is ``{"errorCode", "errorDescription", "errorDetails"}``; None where there is none.
    """

    line: int
    t: float
    station: str
    direction: str
    text: str
    kind: FrameKind
    message_id: str | None = None
    action: str | None = None
    payload: Any = None
    answers: int | None = None
    wall: float | None = None
    binary: bool = False

    @property
    def is_error(self) -> bool:
        """True for a CALLERROR or CALLRESULTERROR."""
        return self.kind in ERRORS

    @property
    def is_reply(self) -> bool:
        """True for what answers a call: CALLRESULT or CALLERROR."""
        return self.kind in (FrameKind.CALLRESULT, FrameKind.CALLERROR)


@dataclass(slots=True)
class _Parsed:
    kind: FrameKind = FrameKind.UNREADABLE
    message_id: str | None = None
    action: str | None = None
    payload: Any = None


def parse_json(text: str | bytes) -> Any:
    """Any JSON value, lone surrogates included. Raises ValueError for what is not JSON or nested beyond reason."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass  # not JSON, or JSON with a lone surrogate, which the slower reader accepts
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _parse(text: str) -> _Parsed:
    try:
        parts = parse_json(text)
    except ValueError:
        return _Parsed()
    if not isinstance(parts, list) or len(parts) < 3 or type(parts[0]) is not int or not isinstance(parts[1], str):
        return _Parsed()
    kind = KINDS.get(parts[0], FrameKind.UNREADABLE)
    if kind in NAMED:
        if not isinstance(parts[2], str):
            return _Parsed()
        return _Parsed(kind, parts[1], parts[2], parts[3] if len(parts) > 3 else None)
    if kind is FrameKind.CALLRESULT:
        return _Parsed(kind, parts[1], None, parts[2])
    if kind in ERRORS:
        names = ("errorCode", "errorDescription", "errorDetails")
        return _Parsed(kind, parts[1], None, dict(zip(names, parts[2:5], strict=False)))
    return _Parsed()


class Matcher:
    """Finds the call that a reply answers, per station and direction; holds only what may still be answered."""

    __slots__ = ("_answered", "_open")

    def __init__(self) -> None:
        self._open: dict[tuple[str, str, str], tuple[str, int]] = {}
        self._answered: dict[tuple[str, str], tuple[str, str, int]] = {}

    def frame(self, message: Message) -> Frame:
        """Understand the next message of the recording."""
        parsed = _Parsed() if message.binary else _parse(message.text)
        answers = None
        if parsed.kind is FrameKind.CALL and parsed.message_id is not None and parsed.action is not None:
            self._open[message.station, message.direction, parsed.message_id] = parsed.action, message.line
        elif parsed.kind not in (FrameKind.SEND, FrameKind.UNREADABLE):
            parsed.action, answers = self._asked(message, parsed)
        return Frame(
            message.line,
            message.t,
            message.station,
            message.direction,
            message.text,
            parsed.kind,
            parsed.message_id,
            parsed.action,
            parsed.payload,
            answers,
            message.wall,
            message.binary,
        )

    def _asked(self, message: Message, parsed: _Parsed) -> tuple[str | None, int | None]:
        """A CALLRESULTERROR travels the way of the call, every other reply the other way."""
        way = message.direction
        if parsed.kind is not FrameKind.CALLRESULTERROR:
            way = OTHER_WAY.get(way, way)
        message_id = parsed.message_id or ""
        call = self._open.pop((message.station, way, message_id), None)
        if call is not None:
            self._answered[message.station, way] = message_id, *call
            return call
        answered_id, action, line = self._answered.get((message.station, way), ("", "", 0))
        return (action, line) if line and answered_id == message_id else (None, None)


def understand(messages: Iterable[Message]) -> Iterator[Frame]:
    """Frames of messages in the order of recording."""
    matcher = Matcher()
    return map(matcher.frame, messages)
