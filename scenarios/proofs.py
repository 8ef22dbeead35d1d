"""The tables of docs/messages.md: each OCPP message at each side, the module behind it, and the tests that prove it.

``python -m scenarios.proofs docs/messages.md`` renews it. Modules are found in the code: who handles an action, and who
sends one. Proofs are tests marked ``@pytest.mark.proves(side, actions, versions)`` and scenarios that expect a message.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from csms_reference.dialects.registry import handler_of
from protocol.pages import Tables, renew, table
from protocol.versions import V16, V21, V201, Side, Version
from scenarios import library
from scenarios.messages import forms
from scenarios.model import Pattern, Scenario
from simulator.dialects import dialect_of

ROOT = Path(__file__).parents[1]
SHOWN = 3
"""How many proofs of a row are named; the rest is counted."""

COVERED: Mapping[Version, Mapping[Side, frozenset[str]]] = {
    V16: V16.calls,
    V201: V201.calls,
    V21: {side: V21.calls[side] & V201.calls[side] for side in Side},
}
"""The messages of each version, by who sends them; of 2.1 those that it shares with 2.0.1."""

ROOMS = {Side.STATION: "simulator", Side.CSMS: "csms_reference"}


@dataclass(frozen=True, slots=True)
class Row:
    """One message of one version at one side, be it the one that sends it or the one that answers it."""

    version: Version
    action: str
    side: Side
    sends: bool
    modules: tuple[str, ...]
    proofs: tuple[str, ...] = field(default=())


def rows() -> list[Row]:
    """Every message of every version at both sides; a side with neither modules nor proofs has empty tuples."""
    shown = proofs()
    found = []
    for version, by_sender in COVERED.items():
        for sender, actions in by_sender.items():
            for action in actions:
                for side in Side:
                    modules = senders(side, version, action) if side is sender else answerer(side, version, action)
                    # DataTransfer goes both ways: a row for each
                    proven = shown.get((side, version, action), ())
                    found.append(Row(version, action, side, side is sender, modules, proven))
    return sorted(found, key=lambda row: (row.version.name, row.action, row.sends, row.side))


# -- modules


def answerer(side: Side, version: Version, action: str) -> tuple[str, ...]:
    """The module whose function answers an action at a side; none where nobody does."""
    station = side is Side.STATION
    handler: Any = dialect_of(version).handlers.get(action) if station else handler_of(version, action)
    return () if handler is None else (handler.__module__,)


def senders(side: Side, version: Version, action: str) -> tuple[str, ...]:
    """The modules of a side that send an action."""
    other = {V16: "201", V201: "16", V21: "16"}[version]
    return tuple(module for module in _sending(ROOMS[side]).get(action, ()) if not module.endswith(other))


@cache
def _sending(room: str) -> dict[str, tuple[str, ...]]:
    """By action: the modules of a room in which its name stands as a value (where not to say who answers it)."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tables = {id(word) for node in ast.walk(tree) for word in _decorating(node)}
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in tables:
                found.setdefault(node.value, set()).add(module)
    return {action: tuple(sorted(modules)) for action, modules in found.items()}


def _decorating(node: ast.AST) -> Iterator[ast.AST]:
    """The arguments of decorators, which enter handlers and triggers into tables."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call):
                yield from decorator.args


# -- proofs


@cache
def proofs() -> dict[tuple[Side, Version, str], tuple[str, ...]]:
    """By side, version and action: the tests and scenarios that show what becomes of the message there."""
    found: dict[tuple[Side, Version, str], list[str]] = {}
    for side, version, action, proof in (*_marked(), *_expected()):
        named = found.setdefault((side, version, action), [])
        if proof not in named:
            named.append(proof)
    return {key: tuple(named) for key, named in found.items()}


Proof = tuple[Side, Version, str, str]


def _marked() -> Iterator[Proof]:
    """Tests with the mark ``proves``; one on a module or class is for every test in it."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "mark.proves(" not in text:
            continue
        name = path.relative_to(ROOT)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for mark in node.decorator_list:
                    yield from _said(mark, f"[{node.name}](../{name})")
            elif isinstance(node, ast.Assign) and _called(node.targets[0], "pytestmark"):
                for mark in node.value.elts if isinstance(node.value, ast.List) else [node.value]:
                    yield from _said(mark, f"[{name.stem}](../{name})")


def _called(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _said(mark: ast.AST, proof: str) -> Iterator[Proof]:
    if not (isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "proves"):
        return
    side, actions, versions = (ast.literal_eval(argument) for argument in mark.args)
    meant = [version for version in COVERED if version.name in versions.split()]
    for action in actions.split():
        having = [version for version in meant if action in version.actions]
        if not having:
            raise ValueError(f"{proof} proves {action}, which OCPP {versions} does not have")
        yield from ((Side(side), version, action, proof) for version in having)


def _expected() -> Iterator[Proof]:
    """Scenarios that expect a message: it was sent and answered, which takes both sides."""
    for name in library.names():
        scenario = library.load(name)
        proof = f"[{name}](../scenarios/library/{name}.yaml)"
        for version, action in _messages(scenario):
            for side in Side:
                yield side, version, action, proof
                if version is V201 and name.startswith("flows/"):
                    yield side, V21, action, proof  # tests/scenarios/test_flows.py plays them in both


def _messages(scenario: Scenario) -> Iterator[tuple[Version, str]]:
    for expectation in scenario.expect:
        meant = expectation.version or scenario.version
        for version in COVERED if meant is None else (meant,):
            for pattern in _patterns(expectation.about):
                if not pattern.is_fact:
                    yield from ((version, form.action) for form in forms(pattern.name, version))


def _patterns(value: Any) -> Iterator[Pattern]:
    if isinstance(value, Pattern):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _patterns(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _patterns(each)


# -- the page


def table_of(version: Version) -> str:
    """The rows of a version as Markdown."""
    return table(("Message", "Side", "Module", "Proven by"), (_cells(row) for row in rows() if row.version is version))


def _cells(row: Row) -> tuple[str, ...]:
    modules = ", ".join(f"`{module}`" for module in row.modules)
    more = f", {len(row.proofs) - SHOWN} more" if len(row.proofs) > SHOWN else ""
    proven = ", ".join(row.proofs[:SHOWN]) + more
    return row.action, f"{row.side} {'sends' if row.sends else 'answers'}", modules, proven


TABLES: Tables = {version.schemas: partial(table_of, version) for version in COVERED}
"""Every table of the page, by the name in its mark."""


if __name__ == "__main__":
    renew(sys.argv[1], TABLES)
