"""The table of docs/faults.md, made from the faults; ``python -m scenarios.catalogue FILE`` renews it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from scenarios import library
from scenarios.hardware import slug
from simulator.faults import Fault
from simulator.observable import known_faults, parameters, told_16, told_201, troubles, unit

MARK = re.compile(r"(<!-- table: faults -->\n).*?(<!-- end -->)", re.DOTALL)
HEAD = ("Fault", "Where", "Fields", "What is to be seen", "1.6", "2.0.1")


def table() -> str:
    """Every fault: where it is, what may be said of it, and what is to be seen."""
    lines = [_row(*HEAD), "|" + " --- |" * len(HEAD)]
    return "\n".join([*lines, *(_fault(each) for each in in_order())]) + "\n"


def in_order() -> list[Fault]:
    """Every fault, by name."""
    return sorted(known_faults().values(), key=lambda fault: fault.name.casefold())


def field(name: str, default: Any) -> str:
    """A field with its default and unit, as in ``leakage_ac_a: 0.03 A``."""
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    shown = str(list(default)) if isinstance(default, tuple) else shown
    return f"{name}: {shown} {unit(name)}".rstrip()


def _fault(fault: Fault) -> str:
    fields = ", ".join(f"`{field(*each)}`" for each in parameters(fault).items())
    name = f"faults/{slug(fault.name)}"
    named = f"[{fault.name}](../scenarios/library/{name}.yaml)" if name in library.names("faults") else fault.name
    where = ", ".join(f"`{each}`" for each in fault.ways)
    old, new = (told_16(each) for each in troubles(fault)), (told_201(fault, each) for each in troubles(fault))
    return _row(named, where, fields, fault.observable, "; ".join(old), "; ".join(new))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def renewed(text: str) -> str:
    """The page with its table made anew."""
    return MARK.sub(lambda found: found[1] + table() + found[2], text)


def main(path: Path) -> None:
    """Renew the table of a file in place."""
    path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
