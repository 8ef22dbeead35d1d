"""Faulty peers, made from sound ones: a mutant spoils the frames of the system under test on their way to the bench.

Each conformance case names the mutants that it must catch; ``conformance.selfcheck`` holds it to that.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance import background, reading
from conformance.reading import Frame, Unreadable
from conformance.vocabulary import Payload, Subject, Where, mismatches

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

Prompted = Callable[[str, Payload, "Spoiler"], Later]
"""What a faulty peer says on its own after the bench has sent (action, payload)."""


@dataclass(frozen=True, slots=True)
class Guise:
    """How a faulty peer connects: facts of ``Arrival`` (a station) or ``Connected`` (a CSMS) that differ from ours.

    ``credulous``: a station that takes whatever it is shown in TLS, so that it is shown something good.
    """

    arrives: Mapping[str, Any] = field(default_factory=dict)
    connects: Mapping[str, Any] = field(default_factory=dict)
    credulous: bool = False
    on_wire: Mapping[str, Any] = field(default_factory=dict)
    """Facts of ``conformance.wire.Outcome`` that differ."""
    statuses: Mapping[str, int] = field(default_factory=dict)
    """HTTP statuses that identities are refused with in the place of the right ones."""


NO_GUISE = Guise()
CREDULOUS = Guise(credulous=True)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A way to be wrong: twists of what the system under test says and hears, and words that it should not say.

    ``breaks`` are the requirements that it breaks: a case that catches it has to name one of them.
    """

    name: str
    twists: tuple[Twist, ...] = ()
    outbursts: tuple[Prompted, ...] = ()
    mishears: tuple[Mishearing, ...] = ()
    welcoming: bool = False
    """Whether it lets in everybody who knocks."""
    breaks: tuple[str, ...] = ()
    whims: tuple[Whim, ...] = ()
    guise: Guise = NO_GUISE
    ears: tuple[Ear, ...] = ()


MUTANTS: dict[str, Mutant] = {}
"""Every mutant, by name. ``conformance.registry.mutants()`` fills it by importing the mutant modules."""


@dataclass(frozen=True, slots=True)
class Outburst:
    """Marks a ``Prompted`` among the parts of a mutant."""

    say: Prompted


@dataclass(frozen=True, slots=True)
class Mishearing:
    """What is put into CALLs of an action and of such a payload before the system under test hears them.

    With ``reply``: into the results of the bench on such CALLs.
    """

    action: str
    path: str
    value: Any
    where: Where
    reply: bool = False

    def hear(self, frame: Frame, action: str) -> None:
        """Spoil a frame of the bench, which belongs to that action, if it is such a one."""
        kind = reading.RESULT if self.reply else reading.CALL
        if frame.kind == kind and action == self.action and not mismatches(frame.payload, self.where):
            put(frame.payload, self.path, self.value)


@dataclass(frozen=True, slots=True)
class Whim:
    """What a faulty peer does on its own, as if the bench had asked for it, after a frame of the bench."""

    action: str
    payload: Payload
    after: str
    where: Where


@dataclass(frozen=True, slots=True)
class Ear:
    """What a faulty peer makes of the bare texts of the bench that are ``of`` a kind, before anything reads them.

    ``makes``: what it takes such a text for; ``retorts``: what it says to it; ``fatal``: from then on it is dead.
    """

    of: Callable[[str], bool]
    makes: Callable[[str], str] = str
    retorts: Callable[[str], str] | None = None
    fatal: bool = False


Part = Twist | Outburst | Mishearing | Whim | Guise | Ear


def mutant(name: str, *parts: Part, breaks: str, welcoming: bool = False) -> None:
    """Register a mutant that breaks these requirements (blank-separated ids).

    Raises ValueError for a repeated name, and for a mutant that breaks none.
    """
    if name in MUTANTS:
        raise ValueError(f"two mutants are called {name}")
    if not breaks.strip():
        raise ValueError(f"{name} breaks no requirement, so nothing could be proven by catching it")
    twists = tuple(part for part in parts if not isinstance(part, Outburst | Mishearing | Whim | Guise | Ear))
    said = tuple(part.say for part in parts if isinstance(part, Outburst))
    misheard = tuple(part for part in parts if isinstance(part, Mishearing))
    whims = tuple(part for part in parts if isinstance(part, Whim))
    guise = next((part for part in parts if isinstance(part, Guise)), NO_GUISE)
    ears = tuple(part for part in parts if isinstance(part, Ear))
    MUTANTS[name] = Mutant(name, twists, said, misheard, welcoming, tuple(breaks.split()), whims, guise, ears)


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
        """What becomes of a frame that the system under test sent."""
        if self.dead:
            return []
        try:
            frame = reading.read(data)
        except Unreadable:
            return [(0.0, data)]
        if frame.kind == reading.CALL:
            self._told[frame.message_id] = frame.action
            passing = Passing(frame, frame.action, {}, self)
        elif frame.message_id in self._swallow:
            return []
        else:
            passing = Passing(frame, *self._asked.get(frame.message_id, ("", {})), self)
        for twist in self.mutant.twists:
            if (spoilt := twist(passing)) is not None:
                return spoilt
        return [(0.0, data)]

    def ours(self, text: str) -> tuple[bool, Later]:
        """Whether a frame of the bench goes on, and what the system under test blurts out after it."""
        if self.dead:
            return False, []
        try:
            frame = reading.read(text)
        except Unreadable:
            return True, []
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
        if not self.mutant.mishears or not _readable(text):
            return text
        frame = reading.read(text)
        for each in self.mutant.mishears:
            each.hear(frame, frame.action or self._told.get(frame.message_id, ""))
        if frame.kind == reading.ERROR:
            return text
        parts = (frame.action, frame.payload) if frame.kind == reading.CALL else (frame.payload,)
        return reading.write(frame.kind, frame.message_id, *parts)

    def whims(self, text: str) -> list[str]:
        """What the system under test does on its own after a frame of the bench, as CALLs to it."""
        if not self.mutant.whims or not _readable(text):
            return []
        frame = reading.read(text)
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


def _readable(text: str) -> bool:
    try:
        reading.read(text)
    except Unreadable:
        return False
    return True


# -- ways to be wrong ------------------------------------------------------------------------------------------------


def arrives(**facts: Any) -> Guise:
    """A station that connects otherwise: facts of ``Arrival``."""
    return Guise(arrives=facts)


def lets_in(**facts: Any) -> Guise:
    """A CSMS that shows itself otherwise: facts of ``Connected``."""
    return Guise(connects=facts)


def takes_for(of: Callable[[str], bool], makes: Callable[[str], str]) -> Ear:
    """Take a text of the bench for another one, as a parser does that mends what it reads."""
    return Ear(of, makes)


def retorts(of: Callable[[str], bool], says: Callable[[str], str]) -> Ear:
    """Say something to a text of the bench that nobody answers."""
    return Ear(of, retorts=says)


def dies_of(of: Callable[[str], bool]) -> Ear:
    """Go dead on such a text: nothing is heard and nothing is said any more."""
    return Ear(of, fatal=True)


def on_wire(**facts: Any) -> Guise:
    """Do otherwise below OCPP: facts of ``conformance.wire.Outcome``."""
    return Guise(on_wire=facts)


def refuses_with(statuses: Mapping[str, int]) -> Guise:
    """Refuse these identities with these HTTP statuses."""
    return Guise(statuses=statuses)


def recode(code: str, *codes: str) -> Twist:
    """Answer this CALLERROR code in the place of others (of any)."""

    def twist(passing: Passing) -> Later | None:
        frame = passing.frame
        if frame.kind != reading.ERROR or (codes and frame.code not in codes):
            return None
        return [(0.0, reading.write(reading.ERROR, frame.message_id, code, frame.description, frame.payload))]

    return twist


def drop(action: str, where: Where | None = None) -> Twist:
    """Never say this."""

    def twist(passing: Passing) -> Later | None:
        if not _is(passing, action, where, call=True):
            return None
        passing.spoiler.appease(passing)
        return []

    return twist


def change(action: str, path: str, value: Any, where: Where | None = None) -> Twist:
    """Say it with a wrong field. ``value`` None removes it; a callable is given the right value."""
    return _changed(action, path, value, where, call=True)


def change_reply(action: str, path: str, value: Any, where: Where | None = None) -> Twist:
    """Answer with a wrong field. ``where`` looks at the reply."""
    return _changed(action, path, value, where, call=False)


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


def silent(action: str) -> Twist:
    """Do not answer this."""
    return lambda passing: [] if _is(passing, action, None, call=False) else None


def mishear(action: str, path: str, value: Any, where: Where | None = None) -> Mishearing:
    """Heed a request as if it said something else there. ``value``: as in ``change``."""
    return Mishearing(action, path, value, where or {})


def mishear_reply(action: str, path: str, value: Any, where: Where | None = None) -> Mishearing:
    """Take what the bench answers for something else there. ``value``: as in ``change``."""
    return Mishearing(action, path, value, where or {}, reply=True)


def unbidden(action: str, payload: Payload, *, after: str, where: Where | None = None) -> Whim:
    """Do what such a CALL would ask for, on its own, after the bench sent or answered ``after`` with such a payload."""
    return Whim(action, payload, after, where or {})


def accept_reply(action: str, payload: Payload, asked: Where | None = None) -> Twist:
    """Answer this result to requests such as ``asked``, whatever the sound peer answers."""

    def twist(passing: Passing) -> Later | None:
        if passing.is_call or passing.action != action or mismatches(passing.request, asked or {}):
            return None
        return [(0.0, reading.write(reading.RESULT, passing.frame.message_id, payload))]

    return twist


def recast(action: str, other: str, made: Callable[[Payload], Payload]) -> Twist:
    """Say it as another message, whose response has the same form; ``made`` turns the one payload into the other."""

    def twist(passing: Passing) -> Later | None:
        if not _is(passing, action, None, call=True):
            return None
        frame = passing.frame
        return [(0.0, reading.write(frame.kind, frame.message_id, other, made(frame.payload)))]

    return twist


def delay(action: str, by_s: float, where: Where | None = None) -> Twist:
    """Say it too late."""

    def twist(passing: Passing) -> Later | None:
        return [(by_s, _text(passing))] if _is(passing, action, where, call=True) else None

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


def say(action: str, payload: Payload, *, after: str, where: Where | None = None, by_s: float = 1.0) -> Outburst:
    """Say this uncalled for, ``by_s`` seconds after the bench sent or answered ``after`` with such a payload."""

    def prompted(heard: str, content: Payload, spoiler: Spoiler) -> Later:
        if heard != after or mismatches(content, where or {}):
            return []
        return [(by_s, spoiler.invent(action, payload))]

    return Outburst(prompted)


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
