"""A mutant at work on the frames between the system under test and the bench."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from conformance import background, reading
from conformance.mutants.registry import Mutant
from conformance.mutants.twists import Later, Passing, Twist
from conformance.reading import Frame, Unreadable
from conformance.vocabulary import Payload, Subject, mismatches


@dataclass(slots=True)
class Spoiler:
    """A mutant at work on one case. ``back`` collects what the spoiler answers in the bench's place."""

    mutant: Mutant
    subject: Subject
    stamp: Callable[[], str]
    back: list[str] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)
    _asked: dict[str, tuple[str, Payload]] = field(default_factory=dict)
    _told: dict[str, str] = field(default_factory=dict)
    _swallow: set[str] = field(default_factory=set)
    _count: int = 0
    dead: bool = False
    """Whether it has died of something that it heard."""

    def hear(self, text: str) -> tuple[str, Later]:
        """What it takes a bare text of the bench for, and what it says to that."""
        said: Later = []
        for ear in self.mutant.ears:
            if ear.of(text):
                self.dead = self.dead or ear.fatal
                if ear.retorts is not None:
                    said.append((0.0, ear.retorts(text)))
                text = ear.makes(text)
        return text, said

    def theirs(self, data: str | bytes) -> Later:
        """What becomes of a frame that the system under test sent: each twist acts on what the ones before made."""
        frame = frame_of(data)
        if self.dead or (frame is not None and frame.kind != reading.CALL and frame.message_id in self._swallow):
            return []
        if frame is not None and frame.kind == reading.CALL:
            self._told[frame.message_id] = frame.action
        going: Later = [(0.0, data)]
        for twist in self.mutant.twists:
            going = [(by_s + more_s, spoilt) for by_s, text in going for more_s, spoilt in self._twisted(twist, text)]
        return going

    def _twisted(self, twist: Twist, text: str | bytes) -> Later:
        """What a twist makes of a text; what is no frame, or none of its business, stays as it is."""
        frame = frame_of(text)
        if frame is None:
            return [(0.0, text)]
        about = (frame.action, {}) if frame.kind == reading.CALL else self._asked.get(frame.message_id, ("", {}))
        spoilt = twist(Passing(frame, *about, self))
        return [(0.0, text)] if spoilt is None else spoilt

    def ours(self, text: str) -> tuple[bool, Later]:
        """Whether a frame of the bench goes on, and what the system under test blurts out after it."""
        frame = frame_of(text)
        if self.dead or frame is None:
            return not self.dead, []
        if frame.kind == reading.CALL:
            self._asked[frame.message_id] = frame.action, frame.payload
        elif frame.message_id in self._swallow:
            return False, []
        action = frame.action or self._told.get(frame.message_id, "")
        said: Later = []
        for say in self.mutant.outbursts:
            for after_s, blurted in say(action, frame.payload, self):
                said += [(after_s + more_s, spoilt) for more_s, spoilt in self.theirs(blurted)]
        return True, said

    def misheard(self, text: str) -> str:
        """What the system under test makes of a frame of the bench."""
        frame = frame_of(text)
        if not self.mutant.mishears or frame is None:
            return text
        for each in self.mutant.mishears:
            each.hear(frame, frame.action or self._told.get(frame.message_id, ""))
        if frame.kind == reading.ERROR:
            return text
        parts = (frame.action, frame.payload) if frame.kind == reading.CALL else (frame.payload,)
        return reading.write(frame.kind, frame.message_id, *parts)

    def whims(self, text: str) -> list[str]:
        """What the system under test does on its own after a frame of the bench, as CALLs to it."""
        frame = frame_of(text)
        if not self.mutant.whims or frame is None:
            return []
        action = frame.action or self._told.get(frame.message_id, "")
        return [
            self.invent(each.action, each.payload)
            for each in self.mutant.whims
            if each.after == action and not mismatches(frame.payload, each.where)
        ]

    def invent(self, action: str, payload: Payload) -> str:
        """A CALL that nobody made; the reply to it goes no further."""
        self._count += 1
        message_id = f"mutant-{self._count}"
        self._swallow.add(message_id)
        return reading.write(reading.CALL, message_id, action, payload)

    def appease(self, passing: Passing) -> None:
        """Answer a CALL that never reaches the bench, so that the system under test goes on."""
        if passing.frame.message_id in self._swallow:
            return
        usual = background.usual(passing.action, passing.frame.payload, self.subject, self.stamp())
        self.back.append(reading.write(reading.RESULT, passing.frame.message_id, usual or {}))


def frame_of(text: str | bytes) -> Frame | None:
    """The frame that a text is; None for one that is none."""
    try:
        return reading.read(text)
    except Unreadable:
        return None
