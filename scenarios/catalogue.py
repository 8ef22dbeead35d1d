"""The table of docs/faults.md, made from the faults; ``python -m scenarios.catalogue FILE`` renews it."""

from __future__ import annotations

import sys
from typing import Any

from protocol.pages import Tables, renew, table
from scenarios import library
from scenarios.hardware import slug
from simulator.faults import Fault
from simulator.observable import known_faults, parameters, told_16, told_201, troubles, unit

HEAD = ("Fault", "Where", "Fields", "What is to be seen", "1.6", "2.0.1")


def table_of_faults() -> str:
    """Every fault: where it is, what may be said of it, and what is to be seen."""
    return table(HEAD, map(_fault, in_order()))


def in_order() -> list[Fault]:
    """Every fault, by name."""
    return sorted(known_faults().values(), key=lambda fault: fault.name.casefold())


def field(name: str, default: Any) -> str:
    """A field with its default and unit, as in ``leakage_ac_a: 0.03 A``."""
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    shown = str(list(default)) if isinstance(default, tuple) else shown
    return f"{name}: {shown} {unit(name)}".rstrip()


def _fault(fault: Fault) -> tuple[str, ...]:
    fields = ", ".join(f"`{field(*each)}`" for each in parameters(fault).items())
    name = f"faults/{slug(fault.name)}"
    named = f"[{fault.name}](../scenarios/library/{name}.yaml)" if name in library.names("faults") else fault.name
    where = ", ".join(f"`{each}`" for each in fault.ways)
    old, new = (told_16(each) for each in troubles(fault)), (told_201(fault, each) for each in troubles(fault))
    return named, where, fields, fault.observable, "; ".join(old), "; ".join(new)


TABLES: Tables = {"faults": table_of_faults}
"""Every table of the page, by the name in its mark."""


if __name__ == "__main__":
    renew(sys.argv[1], TABLES)
