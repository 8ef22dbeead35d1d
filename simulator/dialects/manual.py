"""The tables of docs/variables.md, made from the model and the keys.

``python -m simulator.dialects.manual FILE`` renews them.
"""

from __future__ import annotations

import sys
from itertools import groupby

from protocol.pages import Tables, renew, table
from simulator.dialects import keys16
from simulator.variables import LISTS, MEASURANDS, MODEL, NUMBERS, DataType, Mutability, Variable

ACCESS = {Mutability.READ_ONLY: "R", Mutability.WRITE_ONLY: "W", Mutability.READ_WRITE: "RW"}


def _variables() -> str:
    tables = []
    for component, variables in groupby(MODEL.values(), lambda variable: variable.component):
        rows = dict.fromkeys(  # one for all instances of a component
            (f"`{variable.local}`", ACCESS[variable.mutability], _type(variable), _default(variable))
            for variable in variables
        )
        tables.append(f"### {component}\n\n{table(('variable', 'access', 'values', 'default'), rows)}")
    return "\n" + "\n".join(tables) + "\n"


def _type(variable: Variable) -> str:
    unit = f" {variable.unit}" if variable.unit else ""
    if variable.type in NUMBERS:
        return f"{_range(variable)}{unit}".strip()
    if variable.type in LISTS:
        one = "one" if variable.type is DataType.OPTION_LIST else "list"
        return f"{one} of {'the measurands' if variable.options == MEASURANDS else ', '.join(variable.options)}"
    if variable.max_length is not None:
        shortest = f"{variable.low:g} to " if variable.low else "up to "
        return f"{variable.type.value}, {shortest}{variable.max_length} characters"
    return variable.type.value


def _range(variable: Variable) -> str:
    low, high = variable.low, variable.high
    if low is not None and high is not None and low != high:
        return f"{variable.type.value}, {low:g} to {high:g}"
    if low is not None:
        return f"{variable.type.value}, from {low:g}"
    return variable.type.value


def _default(variable: Variable) -> str:
    if variable.live and not (variable.default and variable.mutability is Mutability.READ_WRITE):
        return "as it is"
    return f"`{variable.default}`".replace(",", ", ") if variable.default else ""


def _keys() -> str:
    rows = []
    for key in keys16.names():
        if (alias := keys16.ALIASES.get(key)) is None:
            rows.append((f"`{key}`", "R", "what the station is made of"))
        else:
            access = "RW" if key == keys16.SECURITY else ACCESS[MODEL[alias].mutability]
            rows.append((f"`{key}`", access, f"`{alias}`"))
    return table(("key", "access", "variable"), rows)


TABLES: Tables = {"variables": _variables, "keys": _keys}
"""Every table, by the name in its mark."""


if __name__ == "__main__":
    renew(sys.argv[1], TABLES)
