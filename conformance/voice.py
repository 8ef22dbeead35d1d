"""What the bench says in one case: CALLs, the answers of the case, and the usual ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from conformance import background, reading
from conformance.findings import Record
from conformance.vocabulary import Ask, Instant, Payload, Received, Role, Subject


class Voice:
    """Puts frames into ``outbox`` while ``linked``, and on record.

    ``asked`` is the message id of our CALL that is on the wire.
    """

    def __init__(self, subject: Subject, record: Record, ids: Callable[[], str], stamp: Callable[[float], str]) -> None:
        self.outbox: deque[str] = deque()
        self.linked = False
        self.asked: str | None = None
        self.request: tuple[Payload, str] = {}, ""
        """What our last CALL says, and the time of day when it was sent."""
        self._subject = subject
        self._record = record
        self._ids = ids
        self._stamp = stamp
        self._down = "down" if subject.role is Role.STATION else "up"
        self._changed: dict[str, Payload] = {}  # what is usually answered from now on, by action

    def say(self, text: str, now: float) -> None:
        """Send a text as it is."""
        if self.linked:
            self.outbox.append(text)
            self._record.frame(now, self._down, text)

    def ask(self, step: Ask, now: float) -> None:
        """Send a CALL."""
        self.asked = self._ids()
        payload = self.dated(step.payload, now)
        self.request = payload, self._stamp(now)
        self.say(reading.write(reading.CALL, self.asked, step.action, payload), now)

    def answer(self, call: Received, fields: Payload, now: float) -> None:
        """Answer as the case says; where it says nothing, as usual."""
        self._result(call, {**(self._known(call, now) or {}), **fields}, now)

    def refuse(self, call: Received, code: str, description: str, now: float) -> None:
        """Answer with a CALLERROR."""
        self.say(reading.write(reading.ERROR, call.message_id, code, description, {}), now)
        call.answered = True

    def usual(self, call: Received, now: float) -> None:
        """Answer as a sound peer would."""
        response = self._known(call, now)
        if response is None:
            self.refuse(call, "NotSupported", f"no {call.action} here", now)
        else:
            self._result(call, response, now)

    def usually(self, action: str, fields: Mapping[str, Any]) -> None:
        """Change the usual answer."""
        self._changed[action] = dict(fields)

    def dated(self, node: Any, now: float) -> Any:
        """The payload with every instant as time of day."""
        if isinstance(node, Instant):
            return self._stamp(now + node.offset_s)
        if isinstance(node, dict):
            return {key: self.dated(value, now) for key, value in node.items()}
        return [self.dated(value, now) for value in node] if isinstance(node, list) else node

    def _known(self, call: Received, now: float) -> Payload | None:
        try:
            response = background.usual(call.action, call.payload, self._subject, self._stamp(now))
        except (KeyError, TypeError):
            return None  # the request itself is invalid: judged from the record
        changed = self._changed.get(call.action)
        return response if changed is None else {**(response or {}), **changed}

    def _result(self, call: Received, payload: Payload, now: float) -> None:
        if call.answered:
            raise ValueError(f"{call.action} {call.message_id} is answered already")
        call.answered = True
        kept = {key: self.dated(value, now) for key, value in payload.items() if value is not None}
        if self._subject.past is not None:
            self._subject.past.answered(call.action, kept)
        self.say(reading.write(reading.RESULT, call.message_id, kept), now)
