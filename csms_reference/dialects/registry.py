"""Who handles which action, and how a command becomes a CALL: one table each, filled by decorators.

A version without an entry of its own uses that of the version it grew out of: 2.1 is 2.0.1 plus changes.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from csms_reference.outcome import Outcome
from csms_reference.services.registration import Registration
from protocol.errors import Code
from protocol.versions import V16, V21, V201, Version

if TYPE_CHECKING:
    from csms_reference.csms import Csms

Payload = dict[str, Any]

LINEAGE: dict[str, tuple[str, ...]] = {
    V16.name: (V16.name,),
    V201.name: (V201.name,),
    V21.name: (V21.name, V201.name),
}


class Asker(Protocol):
    """The station that asks, as a handler sees it."""

    identity: str
    version: Version
    standing: Registration

    def told(self, registration: str) -> None:
        """Note what the station is told in answer to its BootNotification."""


class Ask(Protocol):
    """How a command talks to its station."""

    def __call__(self, action: str, payload: Payload) -> Awaitable[Outcome]:
        """Send a CALL; the outcome's status is the answer's, or Accepted where the answer has none."""

    def next_number(self) -> int:
        """A fresh request id."""

    @property
    def csms(self) -> Csms:
        """Whose station it is: for what a command has to look up."""

    @property
    def station(self) -> str:
        """Who is asked."""


class Refusal(Exception):
    """A handler's way to answer with a CALLERROR."""

    def __init__(self, code: Code, description: str) -> None:
        super().__init__(description)
        self.code, self.description = code, description


Handler = Callable[["Csms", Asker, Payload, datetime], Awaitable[Payload] | Payload]
"""Answers a CALL. A plain function answers at once; a coroutine waits for the database."""

Command = Callable[..., Awaitable[Outcome]]

Sequel = Callable[["Csms", str, Payload, Outcome, int], Awaitable[None]]
"""What follows a command: told of the station, the command's fields, how it ended, and when (in ms) it was asked."""

_HANDLERS: dict[tuple[str, str], Handler] = {}
_COMMANDS: dict[tuple[str, str], Command] = {}
_SEQUELS: dict[str, list[Sequel]] = {}


def answers(action: str, *versions: Version) -> Callable[[Handler], Handler]:
    """Register who answers a station's CALL. Raises ValueError if somebody does already."""

    def enter(handler: Handler) -> Handler:
        for version in versions:
            if _HANDLERS.setdefault((version.name, action), handler) is not handler:
                raise ValueError(f"{action} of {version.name} has a handler")
        _find.cache_clear()
        _handled.cache_clear()
        return handler

    return enter


def commands(name: str, *versions: Version) -> Callable[[Command], Command]:
    """Register how a command is carried out: ``await fn(ask, **fields)``. Raises ValueError for a second one."""

    def enter(command: Command) -> Command:
        for version in versions:
            if _COMMANDS.setdefault((version.name, name), command) is not command:
                raise ValueError(f"{name} of {version.name} is registered")
        commands_of.cache_clear()
        return command

    return enter


def afterwards(name: str) -> Callable[[Sequel], Sequel]:
    """Register what follows the station's answer to a command, after what was registered before."""

    def enter(sequel: Sequel) -> Sequel:
        _SEQUELS.setdefault(name, []).append(sequel)
        return sequel

    return enter


def sequels_of(name: str) -> Sequence[Sequel]:
    """What follows a command."""
    return _SEQUELS.get(name, ())


def handler_of(version: Version, action: str) -> Handler | None:
    """Who answers; None if nobody does."""
    return _find(version.name, action)


@cache
def _find(version_name: str, action: str) -> Handler | None:
    return next((_HANDLERS[name, action] for name in LINEAGE[version_name] if (name, action) in _HANDLERS), None)


@cache
def answers_at_once(handler: Handler | None) -> bool:
    """Whether this handler needs nobody else, so that its answer follows in the same breath."""
    return handler is not None and not inspect.iscoroutinefunction(handler)


def command_of(version: Version, name: str) -> Command | None:
    """How the command is carried out in this version; None if it is not."""
    return next((_COMMANDS[of, name] for of in LINEAGE[version.name] if (of, name) in _COMMANDS), None)


@cache
def commands_of(version_name: str) -> dict[str, Command]:
    """Every command of a version by its name, in their order."""
    lineage = LINEAGE[version_name]
    names = sorted({name for of, name in _COMMANDS if of in lineage})
    return {name: next(_COMMANDS[of, name] for of in lineage if (of, name) in _COMMANDS) for name in names}


def fields_fault(command: Command, fields: Payload) -> str | None:
    """What is wrong with the fields of a command, in one line; None if it can take them."""
    try:
        form_of(command).model_validate(fields)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return None


def order_fault(version_name: str | None, name: str, fields: Payload) -> str | None:
    """What is wrong with a command for a station of this version (None: not known yet), as far as that shows without
    asking it; None if nothing is."""
    if name not in command_names():
        return f"no command {name!r}: known are {', '.join(sorted(command_names()))}"
    if version_name not in LINEAGE:
        return None
    command = next((_COMMANDS[of, name] for of in LINEAGE[version_name] if (of, name) in _COMMANDS), None)
    if command is None:
        return f"no command {name!r}: not in OCPP {version_name}"
    fault = fields_fault(command, fields)
    return None if fault is None else f"{name}: {fault}"


@cache
def form_of(command: Command) -> type[BaseModel]:
    """The keyword arguments of a command as a model: nothing is converted, nothing unknown is taken."""
    hints = get_type_hints(command)
    taken = [each for each in inspect.signature(command).parameters.values() if each.kind is each.KEYWORD_ONLY]
    definitions: dict[str, Any] = {
        each.name: (hints[each.name], ... if each.default is each.empty else each.default) for each in taken
    }
    return create_model("Fields", __config__=ConfigDict(strict=True, extra="forbid"), **definitions)


def handled(version: Version) -> frozenset[str]:
    """The actions somebody answers: one set for all connections of a version, as it takes 2 KB."""
    return _handled(version.name)


@cache
def _handled(version_name: str) -> frozenset[str]:
    return frozenset(action for name, action in _HANDLERS if name in LINEAGE[version_name])


def command_names() -> frozenset[str]:
    """Every command, of whatever version."""
    return frozenset(name for _, name in _COMMANDS)
