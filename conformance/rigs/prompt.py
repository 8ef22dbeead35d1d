"""Hands that are a person's: each operation is asked for, in the terminal, on a page or both; who answers first counts.

A question about a command of a CSMS is also answered by the CSMS itself, as soon as the message is there.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, Protocol

from conformance.operations import OPERATIONS, Operation
from conformance.rigs import Unable
from conformance.vocabulary import Role

CANNOT = "s"
"""What a person types who cannot do it."""
HEADLINE_CHARS = 40
"""More of a value does not stand in a headline."""
_YES, _NO = ("y", "yes", "j", "ja", "true"), ("n", "no", "nein", "false")
_ACTIONS = re.compile(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)*\b")


class Left(Exception):
    """Nobody is there any longer who could answer."""


@dataclass(frozen=True, slots=True)
class Question:
    """One operation that a person is asked to do. ``details``: name, meaning and value of each field.

    ``headline`` is the sentence with long values cut, for where the details are shown beside it.
    """

    number: int
    operation: Operation
    sentence: str
    details: tuple[tuple[str, str, str], ...] = ()
    occasion: str = ""
    headline: str = ""

    @property
    def yes_or_no(self) -> bool:
        """Whether the answer is yes or no."""
        return self.operation.gives.startswith("whether")

    @property
    def hint(self) -> str:
        """What a person at a keyboard may type."""
        if self.yes_or_no:
            return f"y or n: {self.operation.gives}; {CANNOT}: cannot be done"
        if self.operation.gives:
            return f"type {self.operation.gives}; {CANNOT}: cannot be done"
        return f"Enter when done; {CANNOT}: cannot be done"

    def read(self, typed: str) -> Any:
        """What the answer means. Raises Unable where it says that it cannot be done, ValueError for a strange one."""
        said = typed.strip()
        if said.lower() == CANNOT:
            raise Unable(f"the operator cannot: {self.sentence}")
        if not self.operation.gives:
            if said:
                raise ValueError(self.hint)
            return None
        if self.yes_or_no:
            if said.lower() not in (*_YES, *_NO):
                raise ValueError(self.hint)
            return said.lower() in _YES
        if not said:
            raise ValueError(self.hint)
        return said


class Person(Protocol):
    """Somebody who can be asked."""

    async def ask(self, question: Question) -> Any:
        """What comes of the question. Raises Unable, and Left if nobody will answer; may be cancelled."""


@dataclass(slots=True)
class PromptHands:
    """Asks people. ``asked`` tells which operations are theirs; ``occasion`` is what the questions are for."""

    role: Role
    people: Sequence[Person]
    asked: Callable[[str], bool] = lambda name: True
    occasion: str = ""
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _commands: dict[str, asyncio.Event] = field(default_factory=dict)

    def find(self, name: str) -> Callable[..., Any] | None:
        """What asks for that operation."""
        operation = OPERATIONS.get((self.role, name))
        return partial(self._do, operation) if operation and self.asked(name) else None

    def heard(self, action: str) -> None:
        """The CSMS sent this: whoever was to make it do so has done it."""
        if action in self._commands:
            self._commands[action].set()

    async def _do(self, operation: Operation, /, **given: Any) -> Any:
        question = self.question(operation, given)
        waits: list[Awaitable[Any]] = [person.ask(question) for person in self.people]
        actions = actions_of(operation)
        event = asyncio.Event()
        self._commands = dict.fromkeys(actions, event)
        if actions:
            waits.append(event.wait())
        try:
            return await _first(waits, len(self.people))
        finally:
            self._commands = {}

    def question(self, operation: Operation, given: dict[str, Any]) -> Question:
        """The operation in words, with what the case wants."""
        told = {name: _words(given.get(name)) for name in operation.fields}
        short = {
            name: value if len(value) <= HEADLINE_CHARS else f"{value[:HEADLINE_CHARS]}…"
            for name, value in told.items()
        }
        details = tuple((name, meaning, told[name]) for name, meaning in operation.fields.items() if name in given)
        sentence, headline = _filled(operation.says, told), _filled(operation.says, short)
        return Question(next(self._numbers), operation, sentence, details, self.occasion, headline)


def actions_of(operation: Operation) -> tuple[str, ...]:
    """What a command makes a CSMS send, as its sentence names it in brackets; nothing for what is no command."""
    if not operation.name.startswith("command."):
        return ()
    bracketed = re.findall(r"\(([^()]*)\)", operation.says)
    return tuple(_ACTIONS.findall(" ".join(bracketed)))


def _filled(says: str, told: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda slot: told.get(slot[1], slot[0]), says)


def _words(value: Any) -> str:
    if value is None:
        return "(any)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


async def _first(waits: Sequence[Awaitable[Any]], people: int) -> Any:
    """What the first one says; those who have left do not count, unless all have. The others are told to stop."""
    tasks = [asyncio.ensure_future(each) for each in waits]
    left = 0
    try:
        pending = set(tasks)
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task not in done:
                    continue
                if not isinstance(task.exception(), Left):
                    return None if tasks.index(task) >= people else task.result()
                left += 1
            if left == people:
                break
        raise Unable("there is nobody to ask")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(slots=True)
class Terminal:
    """A person at a keyboard. ``say`` prints; ``lines`` yields what was typed, with its line end, empty at the end."""

    say: Callable[[str], None]
    lines: asyncio.Queue[str]
    over: bool = False

    async def ask(self, question: Question) -> Any:
        """Print the question and read the answer, again until it is one."""
        self.say(f"{question.occasion}\n  {question.sentence}" if question.occasion else question.sentence)
        while not self.over:
            self.say(f"  [{question.hint}]")
            line = await self.lines.get()
            self.over = not line
            if line:
                try:
                    return question.read(line)
                except ValueError:
                    continue
        raise Left
