"""Pages of the manual with tables made from code: each between ``<!-- table: NAME -->`` and ``<!-- end -->``.

Every room that has such tables keeps them by name, and renews its page with ``python -m ROOM.MODULE FILE``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

Tables = Mapping[str, Callable[[], str]]
"""What makes each table of a page anew, by its name."""

_MARK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def named(text: str) -> list[str]:
    """The tables of a page, in order."""
    return [found[2] for found in _MARK.finditer(text)]


def renewed(text: str, tables: Tables) -> str:
    """A page with its tables as they must be. Raises KeyError for a table that there is not."""
    return _MARK.sub(lambda found: f"{found[1]}{tables[found[2]]()}{found[3]}", text)


def renew(path: str | Path, tables: Tables) -> None:
    """Renew the tables of a file in place."""
    page = Path(path)
    page.write_text(renewed(page.read_text(encoding="utf-8"), tables), encoding="utf-8")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown, with the line's end."""
    heads = tuple(head)
    return "".join(row(*cells) + "\n" for cells in (heads, ("---",) * len(heads), *rows))


def row(*cells: str) -> str:
    """One row of a table; what would end a cell is escaped."""
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
