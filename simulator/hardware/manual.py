"""The tables of docs/components.md, made from the registry.

``python -m simulator.hardware.manual FILE`` renews them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import MISSING, fields
from inspect import cleandoc
from typing import Any

from protocol.pages import Tables, renew, table
from simulator.devicemodel.variable import Variable
from simulator.electrical import Kind
from simulator.faults import FAULTS
from simulator.hardware.component import Component
from simulator.hardware.outfit import DEFAULTS, INSTANCE, known, title
from simulator.hardware.parameter import keys_of, unit


def _kinds() -> list[tuple[str, type[Component]]]:
    """Every kind of component with all of its names in profiles, by the first of them."""
    named: dict[type[Component], list[str]] = {}
    for name, kind in sorted(known().items(), key=lambda item: item[0].lower()):
        if kind.__module__.startswith("simulator."):
            named.setdefault(kind, []).append(name)
    return [(", ".join(names), kind) for kind, names in named.items()]


def _list() -> str:
    rows = (
        (_code(names), f"`{title(_sample(kind))}`", _scope(kind), f"{_sentences(kind)[0]}{_default(kind)}")
        for names, kind in _kinds()
    )
    return table(("in profiles", "in the device model", "one for each", "what it is"), rows)


def _details() -> str:
    return "\n".join(_detail(names, kind) for names, kind in _kinds())


def _detail(names: str, kind: type[Component]) -> str:
    parts = [f"### {names}", " ".join(_sentences(kind))]
    variables = ", ".join(_variable(each) for each in _sample(kind).variables())
    if variables:
        parts.append(f"Variables of `{title(_sample(kind))}`: {variables}.")
    if rows := list(_parameters(kind)):
        parts.append(table(("parameter", "value", "default", "meaning"), rows).rstrip("\n"))
    if faults := list(_faults(kind)):
        parts.append(f"Faults: {'; '.join(faults)}.")
    return "\n\n".join(parts) + "\n"


def _variable(variable: Variable) -> str:
    told = [variable.unit, "" if variable.mutability == "ReadOnly" else str(variable.mutability)]
    words = ", ".join(filter(None, told))
    return f"`{variable.local}`" + (f" ({words})" if words else "")


def _parameters(kind: type[Component]) -> Iterator[tuple[str, ...]]:
    for key in keys_of(kind):
        if key.name != INSTANCE:
            default = f"{key.default or 'none'} {unit(key.name)}".strip() if not key.required else "**required**"
            yield f"`{key.name}`", key.reader.says, default, key.meaning


def _faults(kind: type[Component]) -> Iterator[str]:
    shown = title(_sample(kind))
    for name, fault in sorted(FAULTS.items()):
        if shown in fault.ways:
            yield f"*{name}* ({fault.observable})"


def _sample(kind: Any) -> Component:
    """One of a kind, as it comes; what a profile must give is made up."""
    needed = {each.name: 1 for each in fields(kind) if each.init and each.default is each.default_factory is MISSING}
    component: Component = kind(**needed)
    return component


def _sentences(kind: type[Component]) -> list[str]:
    """What a component's docstring says of it before its parameters."""
    words = " ".join(cleandoc(kind.__doc__ or "").split())
    if words.startswith(("``", "IEC ")):  # nothing but parameters and a source: the module says what it is
        words = " ".join([*(sys.modules[kind.__module__].__doc__ or "").split(), *words.split()])
    words = re.split(r" ``\w+``(?:(?:,| and) ``\w+``)*: ", words)[0].replace("``", "`")
    return re.split(r"(?<=\.) (?=[A-Z])", words)


def _scope(kind: type[Component]) -> str:
    return str(kind.scope.value)


def _default(kind: type[Component]) -> str:
    names = [name for name, other in known().items() if other is kind]
    having = [str(each) for each in Kind if any(name in DEFAULTS[each] for name in names)]
    return f" Every {' and '.join(having)} station has it." if having else ""


def _code(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split(", "))


TABLES: Tables = {"components": _list, "details": _details}
"""Every table of the page, by the name in its mark."""


if __name__ == "__main__":
    renew(sys.argv[1], TABLES)
