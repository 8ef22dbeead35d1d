"""The table of commands in docs/csms.md, made from the registry; ``python -m csms_reference.manual FILE`` renews it."""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from pathlib import Path

from csms_reference import dialects
from csms_reference.dialects.registry import Command, command_names, command_of
from protocol.versions import V16, V201, Version

MARK = re.compile(r"(<!-- table: commands -->\n).*?(<!-- end -->)", re.DOTALL)
HEAD = ("command", "fields", "1.6", "2.x", "rules and remarks")

assert dialects.__name__  # importing them enters every command


def table() -> str:
    """Every command: its fields (those in brackets may be left out), what it sends, and what its docstring says."""
    lines = [_row(*HEAD), _row(*("---",) * len(HEAD))]
    return "\n".join([*lines, *(_command(name) for name in sorted(command_names()))]) + "\n"


def _command(name: str) -> str:
    forms = [command for version in (V16, V201) if (command := command_of(version, name)) is not None]
    fields: dict[str, str] = {}
    for command in forms:
        for field in inspect.signature(command).parameters.values():
            if field.kind is field.KEYWORD_ONLY:
                shown = f"`{field.name}`" if field.default is field.empty else f"[`{field.name}`]"
                fields.setdefault(field.name, shown)
    remarks = dict.fromkeys(_said(command) for command in forms)
    cells = ", ".join(fields.values()), _sent(name, V16), _sent(name, V201), " ".join(remarks)
    return _row(f"`{name}`", *cells)


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
