"""Twists: how a faulty peer spoils what it says."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance import reading
from conformance.reading import Frame
from conformance.vocabulary import Payload, Where, mismatches

if TYPE_CHECKING:
    from conformance.mutants.spoiler import Spoiler

Later = list[tuple[float, str | bytes]]
"""What goes on to the bench: (delay in seconds, text)."""


@dataclass(slots=True)
class Passing:
    """A frame of the system under test on its way. ``request`` is the CALL that a reply answers."""

    frame: Frame
    action: str
    request: Payload
    spoiler: Spoiler

    @property
    def is_call(self) -> bool:
        """Whether it is a CALL and no reply."""
        return self.frame.kind == reading.CALL


Twist = Callable[[Passing], Later | None]
"""Spoils one frame; None leaves it alone."""


def drop(action: str, where: Where | None = None) -> Twist:
    """Never say this."""

    def twist(passing: Passing) -> Later | None:
        if not _is(passing, action, where, call=True):
            return None
        passing.spoiler.appease(passing)
        return []

    return twist


def silent(action: str) -> Twist:
    """Do not answer this."""
    return lambda passing: [] if _is(passing, action, None, call=False) else None


def delay(action: str, by_s: float, where: Where | None = None) -> Twist:
    """Say it too late."""

    def twist(passing: Passing) -> Later | None:
        return [(by_s, _text(passing))] if _is(passing, action, where, call=True) else None

    return twist


def change(action: str, path: str, value: Any, where: Where | None = None) -> Twist:
    """Say it with a wrong field. ``value`` None removes it; a callable is given the right value."""
    return _changed(action, path, value, where, call=True)


def change_reply(action: str, path: str, value: Any, where: Where | None = None) -> Twist:
    """Answer with a wrong field. ``where`` looks at the reply."""
    return _changed(action, path, value, where, call=False)


def accept_reply(action: str, payload: Payload, asked: Where | None = None) -> Twist:
    """Answer this result to requests such as ``asked``, whatever the sound peer answers."""

    def twist(passing: Passing) -> Later | None:
        if passing.is_call or passing.action != action or mismatches(passing.request, asked or {}):
            return None
        return [(0.0, reading.write(reading.RESULT, passing.frame.message_id, payload))]

    return twist


def refuse_reply(action: str, code: str = "NotSupported") -> Twist:
    """Answer a CALLERROR where a result belongs."""

    def twist(passing: Passing) -> Later | None:
        if not _is(passing, action, None, call=False):
            return None
        return [(0.0, reading.write(reading.ERROR, passing.frame.message_id, code, "", {}))]

    return twist


def fail_reply(action: str, asked: Where, code: str = "InternalError") -> Twist:
    """Answer a CALLERROR to requests such as this one."""

    def twist(passing: Passing) -> Later | None:
        if not _is(passing, action, None, call=False) or mismatches(passing.request, asked):
            return None
        return [(0.0, reading.write(reading.ERROR, passing.frame.message_id, code, "", {}))]

    return twist


def recode(code: str, *codes: str) -> Twist:
    """Answer this CALLERROR code in the place of others (of any)."""

    def twist(passing: Passing) -> Later | None:
        frame = passing.frame
        if frame.kind != reading.ERROR or (codes and frame.code not in codes):
            return None
        return [(0.0, reading.write(reading.ERROR, frame.message_id, code, frame.description, frame.payload))]

    return twist


def recast(action: str, other: str, made: Callable[[Payload], Payload]) -> Twist:
    """Say it as another message, whose response has the same form; ``made`` turns the one payload into the other."""

    def twist(passing: Passing) -> Later | None:
        if not _is(passing, action, None, call=True):
            return None
        frame = passing.frame
        return [(0.0, reading.write(frame.kind, frame.message_id, other, made(frame.payload)))]

    return twist


def once(action: str, where: Where, twist: Twist) -> Twist:
    """Be wrong only after having said this."""

    def later(passing: Passing) -> Later | None:
        key = f"once {action} {dict(where)}"
        if passing.spoiler.memory.get(key):
            return twist(passing)
        passing.spoiler.memory[key] = _is(passing, action, where, call=True)
        return None

    return later


def _changed(action: str, path: str, value: Any, where: Where | None, *, call: bool) -> Twist:
    def twist(passing: Passing) -> Later | None:
        if not _is(passing, action, where, call=call):
            return None
        payload = copy.deepcopy(passing.frame.payload)
        put(payload, path, value)
        return [(0.0, _text(passing, payload))]

    return twist


def _is(passing: Passing, action: str, where: Where | None, *, call: bool) -> bool:
    if passing.action != action or passing.is_call != call or passing.frame.kind == reading.ERROR:
        return False
    return not mismatches(passing.frame.payload, where or {})


def _text(passing: Passing, payload: Payload | None = None) -> str:
    frame = passing.frame
    content = frame.payload if payload is None else payload
    if passing.is_call:
        return reading.write(frame.kind, frame.message_id, frame.action, content)
    return reading.write(frame.kind, frame.message_id, content)


def put(payload: Any, path: str, value: Any) -> None:
    """Set, change (a callable) or remove (None) the value at a dotted path; a path that is not there is made."""
    *parents, last = path.split(".")
    node = payload
    for part in parents:
        if isinstance(node, list):
            if int(part) >= len(node):
                return
            node = node[int(part)]
        else:
            node = node.setdefault(part, {})
    if isinstance(node, list):
        if int(last) >= len(node):
            return
        node[int(last)] = value(node[int(last)]) if callable(value) else value
    elif value is None:
        node.pop(last, None)
    elif not callable(value):
        node[last] = value
    elif last in node:
        node[last] = value(node[last])
