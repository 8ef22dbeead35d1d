"""What a Session tells its owner: what arrived, and how its own CALLs ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, dataclass_transform

from protocol.schemas import Violation

Payload = dict[str, Any]

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def _event(cls: type[T]) -> type[T]:
    """A dataclass that the type checker holds frozen: freezing it at run time makes it three times as dear to make."""
    return dataclass(slots=True, unsafe_hash=True)(cls)


@_event
class Called:
    """The peer's valid CALL; it must be answered or refused."""

    message_id: str
    action: str
    payload: Payload


@_event
class Notified:
    """The peer's valid SEND; nothing goes back."""

    message_id: str
    action: str
    payload: Payload


@_event
class Answered:
    """The valid CALLRESULT to our CALL."""

    message_id: str
    action: str
    payload: Payload


@_event
class Refused:
    """The CALLERROR to our CALL; ``code`` as the peer spelt it."""

    message_id: str
    action: str
    code: str
    description: str
    details: Payload


@_event
class Misanswered:
    """The reply to our CALL breaks its schema, so its content is withheld."""

    message_id: str
    action: str
    violation: Violation


@_event
class TimedOut:
    """Nothing answered our CALL in time."""

    message_id: str
    action: str


@_event
class Dropped:
    """The link went before our CALL was answered; ``sent`` is False if it never left the queue."""

    message_id: str
    action: str
    sent: bool


@_event
class TurnedAway:
    """The peer's CALL (or SEND) was invalid; a CALL got its CALLERROR already."""

    message_id: str
    action: str
    violation: Violation


class Why(StrEnum):
    """Why something that arrived changed nothing."""

    BINARY = "binary message"
    MALFORMED = "malformed frame"
    UNKNOWN_TYPE = "unknown message type"
    UNKNOWN_REPLY = "reply that nobody asked for"
    LATE_REPLY = "reply after its time-out"
    REPEATED_REPLY = "second reply to the same call"
    REPEATED_CALL = "call that is being handled already"
    RETRIED_CALL = "repeated call, answered as before"
    RESULT_REFUSED = "our answer was refused by the peer"


@_event
class Ignored:
    """Evidence: something arrived that changed nothing here."""

    why: Why
    detail: str


Event = Called | Notified | Answered | Refused | Misanswered | TimedOut | Dropped | TurnedAway | Ignored
