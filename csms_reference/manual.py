"""The table of commands in docs/csms.md, made from the registry; ``python -m csms_reference.manual FILE`` renews it."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap

from csms_reference import dialects
from csms_reference.dialects.registry import Command, command_names, command_of
from protocol.pages import Tables, renew, table
from protocol.versions import V16, V201, Version

HEAD = ("command", "fields", "1.6", "2.x", "rules and remarks")

assert dialects.__name__  # importing them enters every command


def table_of_commands() -> str:
    """Every command: its fields (those in brackets may be left out), what it sends, and what its docstring says."""
    return table(HEAD, (_command(name) for name in sorted(command_names())))


def _command(name: str) -> tuple[str, ...]:
    forms = [command for version in (V16, V201) if (command := command_of(version, name)) is not None]
    fields: dict[str, str] = {}
    for command in forms:
        for field in inspect.signature(command).parameters.values():
            if field.kind is field.KEYWORD_ONLY:
                shown = f"`{field.name}`" if field.default is field.empty else f"[`{field.name}`]"
                fields.setdefault(field.name, shown)
    remarks = dict.fromkeys(_said(command) for command in forms)
    return f"`{name}`", ", ".join(fields.values()), _sent(name, V16), _sent(name, V201), " ".join(remarks)


def _said(command: Command) -> str:
    return " ".join((command.__doc__ or "").split()).replace("``", "`")


def _sent(name: str, version: Version) -> str:
    """The actions that a command sends: text constants of its function that are actions of the version."""
    command = command_of(version, name)
    if command is None:
        return "not supported"
    words = [
        node.value
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(command))))
        if isinstance(node, ast.Constant) and node.value in version.actions
    ]
    return " or ".join(dict.fromkeys(map(str, words)))


TABLES: Tables = {"commands": table_of_commands}
"""Every table of the page, by the name in its mark."""


if __name__ == "__main__":
    renew(sys.argv[1], TABLES)
