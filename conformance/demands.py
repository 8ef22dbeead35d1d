"""What a case may want done by hands, read from its code before it is run, and what a run lacked of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

from conformance.operations import OPERATIONS
from conformance.rigs import LACKS
from conformance.vocabulary import Case, Role, command, provision
from reports.verdict import Judgement, Verdict

OURS = "conformance."
IF_LEFT = frozenset({"conformance.cases.station201.idle"})
"""Modules whose operations only put right what an earlier case left: no case wants them of itself."""
_PREFIXES: dict[Any, str] = {command: "command.", provision: "provision."}


def demands(case: Case) -> frozenset[str]:
    """The operations that a case may want, at most: every one that its code names, on whatever branch."""
    named: set[str] = set()
    for function in _reached(_plain(case.script)):
        named |= _named(function)
    return frozenset(name for name in named if (case.under_test, name) in OPERATIONS)


def _plain(script: Any) -> FunctionType:
    while isinstance(script, partial):
        script = script.func
    return script  # type: ignore[no-any-return]


def _reached(first: FunctionType) -> Iterator[FunctionType]:
    """A function and all of ours that it may call."""
    waiting, seen = [first], {first}
    while waiting:
        function = waiting.pop()
        yield function
        for each in _called(function):
            if each not in seen:
                seen.add(each)
                waiting.append(each)


@cache
def _called(function: FunctionType) -> tuple[FunctionType, ...]:
    enclosed = [*inspect.getclosurevars(function).nonlocals.values(), *(function.__defaults__ or ())]
    names = [name for code in _codes(function.__code__) for name in code.co_names]
    named = [function.__globals__.get(name) for name in names]
    modules = [each for each in named if isinstance(each, ModuleType) and each.__name__.startswith(OURS)]
    named += [getattr(module, name, None) for module in modules for name in names]
    found = (getattr(each, "func", each) for each in (*named, *enclosed))
    ours = (each for each in found if isinstance(each, FunctionType) and each.__module__.startswith(OURS))
    return tuple(each for each in ours if each.__module__ not in IF_LEFT)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)


@cache
def _named(function: FunctionType) -> frozenset[str]:
    """What a function's own code names: the operations it yields by word, by command or as they are."""
    texts = {text for code in _codes(function.__code__) for each in code.co_consts for text in _texts(each)}
    prefixes = [_PREFIXES[each] for each in _called(function) if each in _PREFIXES]
    return frozenset(texts | {prefix + text for prefix in prefixes for text in texts})


def _texts(constant: Any) -> Iterator[str]:
    if isinstance(constant, str):
        yield constant
    elif isinstance(constant, tuple):
        for each in constant:
            yield from _texts(each)


# -- what a run lacked -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lack:
    """An operation that the rig does not have.

    ``cases`` stopped for want of it; ``alone`` are those of them that want nothing else of what stopped any.
    """

    operation: str
    says: str
    cases: tuple[str, ...]
    alone: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As ``run.json`` spells it."""
        return {"operation": self.operation, "says": self.says, "cases": list(self.cases), "alone": list(self.alone)}


def missing(judgement: Judgement) -> str:
    """The operation for want of which a case was not judged; empty if that was not why."""
    reasons = [each.reason for each in judgement.findings if each.verdict is Verdict.INCONCLUSIVE]
    for reason in (judgement.reason, *reasons):
        if reason.startswith(LACKS):
            return reason.removeprefix(LACKS)
    return ""


def lacks(role: Role, judgements: Iterable[Judgement], cases: Mapping[str, Case]) -> list[Lack]:
    """What a better rig would unlock, what would unlock most first."""
    stopped: dict[str, list[str]] = {}
    for judgement in judgements:
        if name := missing(judgement):
            stopped.setdefault(name, []).append(judgement.id)
    known = stopped.keys()
    found = [
        Lack(
            name,
            OPERATIONS[role, name].says if (role, name) in OPERATIONS else "",
            tuple(ids),
            tuple(each for each in ids if not (demands(cases[each]) & known) - {name}),
        )
        for name, ids in stopped.items()
    ]
    return sorted(found, key=lambda each: (-len(each.cases), each.operation))
