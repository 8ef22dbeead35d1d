"""Tables for spreadsheets: CSV after RFC 4180, in which no cell that came from elsewhere is a formula.

A spreadsheet takes a cell that begins with one of ``= + - @``, or with white space before it, for a formula, which may
send the other cells somewhere (OWASP, CSV Injection). Such text gets an apostrophe in front. Numbers of ours do not:
a cell is text, or it is a number.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

MEDIA_TYPE = "text/csv; charset=utf-8"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Cell = str | int | float | Decimal | None


def lines(rows: Iterable[Sequence[Cell]]) -> str:
    """Rows as they are in a file, each with its end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_plain(cell) for cell in row] for row in rows)
    return text.getvalue()


def _plain(cell: Cell) -> str | int | float | Decimal:
    """A cell that is what it looks like. Characters that no UTF-8 can carry are replaced."""
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\0", "").encode("utf-8", "replace").decode()
    return f"'{text}" if text.lstrip(" ").startswith(DANGEROUS) else text
