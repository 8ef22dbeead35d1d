"""The tables of docs/rigs.md, made from the registry of operations; ``python -m conformance.manual FILE`` renews."""

from __future__ import annotations

import sys

from conformance.operations import Operation
from conformance.rigfile import of_role
from conformance.vocabulary import CSMS, STATION, Role
from protocol.pages import Tables, renew, table

HEAD = ("operation", "what is to be done", "fields")


def operations(role: Role) -> str:
    """Every operation of hands at such a system: its sentence, and what its fields mean."""
    return table(HEAD, (_operation(each) for each in of_role(role)))


def _operation(each: Operation) -> tuple[str, ...]:
    gives = f" Result: {each.gives}." if each.gives else ""
    fields = "; ".join(f"`{name}`: {meaning}" for name, meaning in each.fields.items())
    return f"`{each.name}`", f"{each.says}{gives}", fields


TABLES: Tables = {"station": lambda: operations(STATION), "csms": lambda: operations(CSMS)}
"""Every table of the page, by the name in its mark."""


if __name__ == "__main__":
    renew(sys.argv[1], TABLES)
