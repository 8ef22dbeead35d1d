"""The tables of docs/components.md, made from the registry.

``python -m simulator.hardware.manual FILE`` renews them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields
from inspect import cleandoc
from pathlib import Path
from typing import Any

from simulator.devicemodel.variable import Variable
from simulator.electrical import Kind
from simulator.faults import FAULTS
from simulator.hardware.component import Component
from simulator.hardware.outfit import DEFAULTS, INSTANCE, known, title
from simulator.hardware.parameter import keys_of, unit

MARK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def renewed(text: str) -> str:
    """A page with its tables as they must be. Raises KeyError for a table that there is not."""
    tables = {"components": _list, "details": _details}
    return MARK.sub(lambda found: f"{found[1]}{tables[found[2]]()}{found[3]}", text)


def _kinds() -> list[tuple[str, type[Component]]]:
    """Every kind of component with all of its names in profiles, by the first of them."""
    named: dict[type[Component], list[str]] = {}
    for name, kind in sorted(known().items(), key=lambda item: item[0].lower()):
        if kind.__module__.startswith("simulator."):
            named.setdefault(kind, []).append(name)
    return [(", ".join(names), kind) for kind, names in named.items()]


def _list() -> str:
    rows = ["| in profiles | in the device model | one for each | what it is |", "| --- | --- | --- | --- |"]
    for names, kind in _kinds():
        first = _sentences(kind)[0]
        rows.append(_row(_code(names), f"`{title(_sample(kind))}`", _scope(kind), f"{first}{_default(kind)}"))
    return "\n".join(rows) + "\n"


def _details() -> str:
    return "\n".join(_detail(names, kind) for names, kind in _kinds())


def _detail(names: str, kind: type[Component]) -> str:
    parts = [f"### {names}", " ".join(_sentences(kind))]
    variables = ", ".join(_variable(each) for each in _sample(kind).variables())
    if variables:
        parts.append(f"Variables of `{title(_sample(kind))}`: {variables}.")
    if rows := list(_parameters(kind)):
        parts.append("\n".join(["| parameter | value | default | meaning |", "| --- | --- | --- | --- |", *rows]))
    if faults := list(_faults(kind)):
        parts.append(f"Faults: {'; '.join(faults)}.")
    return "\n\n".join(parts) + "\n"


def _variable(variable: Variable) -> str:
    told = [variable.unit, "" if variable.mutability == "ReadOnly" else str(variable.mutability)]
    words = ", ".join(filter(None, told))
    return f"`{variable.local}`" + (f" ({words})" if words else "")


def _parameters(kind: type[Component]) -> Iterator[str]:
    for key in keys_of(kind):
        if key.name != INSTANCE:
            default = f"{key.default or 'none'} {unit(key.name)}".strip() if not key.required else "**required**"
            yield _row(f"`{key.name}`", key.reader.says, default, key.meaning)


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


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def main(paths: Iterable[str]) -> None:
    """Renew the tables of these pages."""
    for path in map(Path, paths):
        path.write_text(renewed(path.read_text()))


if __name__ == "__main__":
    main(sys.argv[1:])
