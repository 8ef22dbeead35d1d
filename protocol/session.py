"""One end of an OCPP-J connection, without sockets, tasks or a clock.

The owner feeds what arrives (``receive``), says when time has passed (``wake``, due at ``deadline``), and after every
call of a method sends what stands in ``outbox``. ``now`` is a float in seconds on any axis that does not go back.

Rules kept here (1.6-J §4, 2.1 part 4 §4): one outstanding CALL per direction with a queue behind it; a SEND need not
wait; every payload valid against its schema in both directions; the right error code for each violation; late,
duplicate and unknown replies change nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from protocol import frames, schemas
from protocol.errors import Code, InvalidPayload, UnknownAction, UnknownCall
from protocol.events import (
    Answered,
    Called,
    Dropped,
    Event,
    Ignored,
    Misanswered,
    Notified,
    Payload,
    Refused,
    TimedOut,
    TurnedAway,
    Why,
)
from protocol.frames import LIMITS, Frame, FrameKind, Limits, Malformed
from protocol.schemas import ALL, Kind, Validation, Violation
from protocol.versions import Side, Version

__all__ = [
    "UNREADABLE_ID",
    "Answered",
    "Called",
    "Dropped",
    "Event",
    "Ignored",
    "Misanswered",
    "Notified",
    "Payload",
    "Refused",
    "Session",
    "TimedOut",
    "TurnedAway",
    "Why",
]

UNREADABLE_ID = "-1"
"""Stands for the message id of a frame whose own could not be read (2.0.1 and 2.1 part 4 §4.2.3)."""


_Open = Mapping[str, tuple[str, int]]
"""CALLs of the peer in hand: id -> action, digest of the text."""

_NONE_OPEN: _Open = MappingProxyType({})


_CALL, _CALLRESULT, _CALLERROR = FrameKind.CALL, FrameKind.CALLRESULT, FrameKind.CALLERROR


@cache
def _handled(version: Version, side: Side, speaks: frozenset[str] | None) -> frozenset[str]:
    """The CALLs that this side has to answer; one set for all sessions alike."""
    calls = version.calls[side.other]
    return calls if speaks is None else calls & speaks


class Outbox(list[str]):
    """The texts to send, first come first served. Empty most of the time: a list then holds a tenth of a deque."""

    __slots__ = ()

    def popleft(self) -> str:
        """Take the first one out. Raises IndexError if there is none."""
        return self.pop(0)


@dataclass(slots=True)
class _Outgoing:
    message_id: str
    action: str
    text: str
    timeout_s: float


class Session:
    """What one side of a connection may send and what it makes of what arrives.

    ``ids`` yields message ids (unique per station identity, at most 36 characters). ``call_timeout_s`` is the default
    for ``call``. ``speaks``: the actions that this side handles; a CALL for another known one is NotSupported.
    ``validation``: which of the payloads that this side sends are checked.
    """

    __slots__ = (
        "_call_timeout_s",
        "_done_how",
        "_done_id",
        "_handled",
        "_ids",
        "_last_reply",
        "_limits",
        "_open",
        "_outstanding",
        "_queue",
        "_validation",
        "deadline",
        "outbox",
        "side",
        "version",
    )

    def __init__(
        self,
        version: Version,
        side: Side,
        *,
        ids: Callable[[], str],
        call_timeout_s: float = 30.0,
        limits: Limits = LIMITS,
        speaks: frozenset[str] | None = None,
        validation: Validation = ALL,
    ) -> None:
        self.version = version
        self.side = side
        self.outbox = Outbox()
        self.deadline: float | None = None
        self._ids = ids
        self._call_timeout_s = call_timeout_s
        self._limits = limits
        self._handled = _handled(version, side, speaks)
        self._validation = validation
        self._outstanding: _Outgoing | None = None
        self._queue: deque[_Outgoing] | None = None  # most connections never have one
        self._open: _Open = _NONE_OPEN  # replaced, never changed: most connections have none most of the time
        # The last CALL that is over: its id, the digest of its text, and our CALLRESULT (None: we refused it).
        self._last_reply: tuple[str, int, str | None] | None = None
        self._done_id = ""  # our last finished CALL, to tell late from unknown replies
        self._done_how = Why.UNKNOWN_REPLY

    # what this side sends

    def call(
        self, action: str, payload: Payload, now: float, *, timeout_s: float | None = None, validate: bool = True
    ) -> str:
        """Queue a CALL and return its message id; it leaves when no other CALL of ours is outstanding.

        ``validate=False`` sends what a test bench may want to send on purpose. Raises UnknownAction, InvalidPayload.
        """
        if validate:
            self._check_own(action, payload, self.version.calls[self.side])
        message_id = self._ids()
        text = _encoded(frames.call, message_id, action, payload)
        limit_s = self._call_timeout_s if timeout_s is None else timeout_s
        outgoing = _Outgoing(message_id, action, text, limit_s)
        if self._outstanding is None:
            self._dispatch(outgoing, now)
        elif self._queue is None:
            self._queue = deque((outgoing,))
        else:
            self._queue.append(outgoing)
        return message_id

    def send(self, action: str, payload: Payload, *, validate: bool = True) -> str:
        """Send a SEND (2.1), which waits for nothing. Raises UnknownAction, InvalidPayload."""
        if validate:
            self._check_own(action, payload, self.version.sends[self.side])
        message_id = self._ids()
        self.outbox.append(_encoded(frames.call, message_id, action, payload, FrameKind.SEND))
        return message_id

    def answer(self, message_id: str, payload: Payload, *, validate: bool = True) -> None:
        """Answer a CALL of the peer. Raises UnknownCall, or InvalidPayload, which leaves the CALL open."""
        if message_id not in self._open:
            raise UnknownCall(message_id)
        action = self._open[message_id][0]
        if validate and self._validation.due():
            self._check_payload(action, "response", payload)
        text = _encoded(frames.result, message_id, payload)
        self._close(message_id, text)
        self.outbox.append(text)

    def refuse(self, message_id: str, code: Code, description: str = "", details: Payload | None = None) -> None:
        """Answer a CALL of the peer with a CALLERROR. Raises UnknownCall, InvalidPayload (for the details)."""
        if message_id not in self._open:
            raise UnknownCall(message_id)
        text = _encoded(frames.error, message_id, self.version.spell(code), description, details)
        self._close(message_id, None)
        self.outbox.append(text)

    def forget(self, message_id: str) -> None:
        """Leave a CALL of the peer unanswered for good; a retry under its id is a new CALL. Raises UnknownCall.

        For a transaction message that could not be stored: silence makes the station repeat it, an error would not.
        """
        if message_id not in self._open:
            raise UnknownCall(message_id)
        self._close(message_id, None)

    @property
    def waiting(self) -> bool:
        """Whether a CALL of ours is outstanding."""
        return self._outstanding is not None

    @property
    def outstanding(self) -> str | None:
        """The message id of the CALL of ours that has left and is not over."""
        return None if self._outstanding is None else self._outstanding.message_id

    @property
    def calls_in_hand(self) -> int:
        """How many CALLs of the peer are not answered yet."""
        return len(self._open)

    # what arrives

    def receive(self, data: str | bytes, now: float) -> list[Event]:
        """Take one whole message. Never raises for what the peer sent."""
        if isinstance(data, bytes):
            return [Ignored(Why.BINARY, f"{len(data)} bytes")]
        try:
            frame = frames.read(data, self._limits)
        except Malformed as problem:
            return self._malformed(problem, now)
        kind = frame.kind
        if kind is _CALL:
            return [self._called(frame, hash(data))]
        if kind is _CALLRESULT or kind is _CALLERROR:
            return [self._replied(frame, now)]
        if frame.kind not in self.version.kinds:
            return [self._unknown_kind(frame.kind, frame.message_id)]
        if frame.kind is FrameKind.SEND:
            return [self._notified(frame)]
        return [Ignored(Why.RESULT_REFUSED, f"{frame.message_id} {frame.code}: {frame.description}")]

    def wake(self, now: float) -> list[Event]:
        """Tell that time has passed: an overdue CALL times out and the next one leaves."""
        if self.deadline is None or now < self.deadline or self._outstanding is None:
            return []
        late = self._outstanding
        self._finish(Why.LATE_REPLY, now)
        return [TimedOut(late.message_id, late.action)]

    def lost(self) -> list[Event]:
        """Tell that the link is gone: every CALL of ours is dropped, every CALL of the peer forgotten."""
        dropped: list[Event] = []
        if self._outstanding is not None:
            dropped.append(Dropped(self._outstanding.message_id, self._outstanding.action, sent=True))
        dropped += [Dropped(queued.message_id, queued.action, sent=False) for queued in self._queue or ()]
        self._outstanding, self._queue, self.deadline = None, None, None
        self._open = _NONE_OPEN
        self.outbox.clear()
        return dropped

    # inside

    def _check_own(self, action: str, payload: Payload, allowed: frozenset[str]) -> None:
        if action not in allowed:
            raise UnknownAction(f"{action} is not sent by a {self.side} in OCPP {self.version.name}")
        if self._validation.due():
            self._check_payload(action, "request", payload)

    def _check_payload(self, action: str, kind: Kind, payload: Payload) -> None:
        try:
            violation = schemas.check(self.version, action, kind, payload)
        except ValueError as problem:  # a value that JSON does not have, such as a datetime
            raise InvalidPayload(f"{action} {kind}: {problem}") from problem
        if violation:
            raise InvalidPayload(f"{action} {kind}, {violation}")

    def _dispatch(self, outgoing: _Outgoing, now: float) -> None:
        self._outstanding = outgoing
        self.deadline = now + outgoing.timeout_s
        self.outbox.append(outgoing.text)

    def _finish(self, how: Why, now: float) -> None:
        """The outstanding CALL is over; the next one leaves."""
        assert self._outstanding is not None
        self._done_id, self._done_how = self._outstanding.message_id, how
        self._outstanding, self.deadline = None, None
        if self._queue is not None:
            self._dispatch(self._queue.popleft(), now)
            if not self._queue:
                self._queue = None  # an empty deque holds 760 bytes, and a station may not call again for minutes

    def _close(self, message_id: str, result: str | None) -> None:
        """A CALL of the peer is over, with this CALLRESULT or none."""
        digest = self._open[message_id][1]
        if len(self._open) == 1:
            self._open = _NONE_OPEN
        else:
            self._open = {other: call for other, call in self._open.items() if other != message_id}
        self._last_reply = (message_id, digest, result)

    def _called(self, frame: Frame, digest: int) -> Event:
        message_id, action = frame.message_id, frame.action
        over = self._last_reply
        if self._open or (over is not None and over[0] == message_id):
            if repeated := self._repeated(frame, digest):
                return repeated
            self._open = {**self._open, message_id: (action, digest)}
        else:
            self._open = {message_id: (action, digest)}
        welcome = action in self._handled and len(self._open) <= self._limits.open_calls
        violation = self._invalid(frame) if welcome else self._unwelcome(frame)
        if violation is None:
            return Called(message_id, action, frame.payload)
        details = {"field": violation.field} if violation.field else None
        self.refuse(message_id, violation.code, str(violation), details)
        return TurnedAway(message_id, action, violation)

    def _repeated(self, frame: Frame, digest: int) -> Event | None:
        """2.1 part 4 §4.1.4 (and the errata of 1.6-J and 2.0.1): a retry may carry the id of the first try.

        The same text gets the same CALLRESULT and takes effect once; what was refused may be tried anew, for the
        reason may have passed. Another text under a used id is refused (§4.2.3).
        """
        in_hand = self._open.get(frame.message_id)
        if in_hand is not None and in_hand[1] == digest:
            return Ignored(Why.REPEATED_CALL, f"{frame.action} {frame.message_id}")  # its answer is on the way
        over = self._last_reply
        if in_hand is None and over is not None and over[0] == frame.message_id and over[1] == digest:
            if over[2] is None:
                return None
            self.outbox.append(over[2])
            return Ignored(Why.RETRIED_CALL, f"{frame.action} {frame.message_id}")
        if in_hand is None and (over is None or over[0] != frame.message_id):
            return None
        why = "this message id is that of another call"
        text = frames.error(frame.message_id, self.version.spell(Code.RPC_FRAMEWORK_ERROR), why, None)
        self.outbox.append(text)
        return TurnedAway(frame.message_id, frame.action, Violation(Code.RPC_FRAMEWORK_ERROR, "", "messageId", why))

    def _unwelcome(self, frame: Frame) -> Violation:
        if frame.action not in self.version.actions:
            return Violation(Code.NOT_IMPLEMENTED, "", "action", f"no action of OCPP {self.version.name}")
        if frame.action not in self.version.calls[self.side.other]:
            return Violation(Code.NOT_SUPPORTED, "", "action", f"not for a {self.side} to answer")
        if frame.action not in self._handled:
            return Violation(Code.NOT_SUPPORTED, "", "action", "not supported here")
        return Violation(Code.GENERIC_ERROR, "", "open calls", f"more than {self._limits.open_calls} at once")

    def _invalid(self, frame: Frame) -> Violation | None:
        return schemas.check(self.version, frame.action, "request", frame.payload)

    def _notified(self, frame: Frame) -> Event:
        if frame.action not in self.version.sends[self.side.other]:
            violation: Violation | None = Violation(Code.NOT_IMPLEMENTED, "", "action", "not sent as SEND")
        else:
            violation = self._invalid(frame)
        if violation is None:
            return Notified(frame.message_id, frame.action, frame.payload)
        return TurnedAway(frame.message_id, frame.action, violation)

    def _replied(self, frame: Frame, now: float) -> Event:
        ours = self._outstanding
        if ours is None or frame.message_id != ours.message_id:
            why = self._done_how if self._done_id == frame.message_id else Why.UNKNOWN_REPLY
            return Ignored(why, frame.message_id)
        self._finish(Why.REPEATED_REPLY, now)
        if frame.kind is _CALLERROR:
            return Refused(ours.message_id, ours.action, frame.code, frame.description, frame.payload)
        violation = None
        if ours.action in self.version.actions:  # a bench may call what does not exist
            violation = schemas.check(self.version, ours.action, "response", frame.payload)
        if violation is None:
            return Answered(ours.message_id, ours.action, frame.payload)
        return self._misanswered(ours, violation, frame.kind)

    def _misanswered(self, ours: _Outgoing, violation: Violation, kind: int) -> Event:
        """2.1 part 2 FR.06: a broken CALLRESULT gets a CALLRESULTERROR; a broken CALLERROR gets nothing."""
        if self.version.has_callresulterror and kind == FrameKind.CALLRESULT:
            code = self.version.spell(violation.code)
            details = {"field": violation.field} if violation.field else None
            text = frames.error(ours.message_id, code, str(violation), details, FrameKind.CALLRESULTERROR)
            self.outbox.append(text)
        return Misanswered(ours.message_id, ours.action, violation)

    def _malformed(self, problem: Malformed, now: float) -> list[Event]:
        """A broken reply to our CALL ends that CALL; a broken request is refused where the version knows how."""
        if problem.kind in (FrameKind.CALLRESULT, FrameKind.CALLERROR):
            if self._outstanding is None or self._outstanding.message_id != problem.message_id:
                return [Ignored(Why.MALFORMED, problem.why)]
            ours = self._outstanding
            self._finish(Why.REPEATED_REPLY, now)
            return [self._misanswered(ours, Violation(problem.code, "", "frame", problem.why), problem.kind)]
        if problem.code is Code.MESSAGE_TYPE_NOT_SUPPORTED or (
            problem.kind in (FrameKind.SEND, FrameKind.CALLRESULTERROR) and problem.kind not in self.version.kinds
        ):
            return [self._unknown_kind(problem.kind, problem.message_id)]
        if problem.kind not in (FrameKind.SEND, FrameKind.CALLRESULTERROR):  # nothing ever answers these two
            self._refuse_malformed(problem)
        return [Ignored(Why.MALFORMED, problem.why)]

    def _unknown_kind(self, kind: int, message_id: str) -> Event:
        """1.6-J §4.1.3 ignores it in silence; 2.0.1 part 4 §4.4 wants a CALLERROR, and 2.1 has a code for it."""
        why = f"message type {kind:d} is not one of OCPP {self.version.name}"
        if self.version.has_rpc_framework_error:
            code = self.version.spell(Code.MESSAGE_TYPE_NOT_SUPPORTED)
            self.outbox.append(frames.error(message_id or UNREADABLE_ID, code, why, None))
        return Ignored(Why.UNKNOWN_TYPE, why)

    def _refuse_malformed(self, problem: Malformed) -> None:
        if self.version.has_rpc_framework_error:
            code = self.version.spell(problem.code)
            self.outbox.append(frames.error(problem.message_id or UNREADABLE_ID, code, problem.why, None))
        elif problem.message_id and problem.kind == FrameKind.CALL:
            # 1.6 has no id for "unreadable" and no code for broken frames: what cannot be matched is not answered
            broken = problem.code is Code.RPC_FRAMEWORK_ERROR
            code = self.version.spell(Code.FORMAT_VIOLATION if broken else problem.code)
            self.outbox.append(frames.error(problem.message_id, code, problem.why, None))


def _encoded(write: Callable[..., str], *parts: Any) -> str:
    try:
        return write(*parts)
    except TypeError as problem:  # lone surrogates, integers over 64 bits, objects
        raise InvalidPayload(f"not to be written as JSON: {problem}") from problem
