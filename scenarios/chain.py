"""One thing after another: the entries of a record that fit an order of patterns, each soon enough after the last."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scenarios.model import Pattern
from scenarios.record import Entry

Links = dict[int, int | None]
"""Entries that may end a chain, each with the one before it in the chain, by their indices."""


def chain(
    entries: Sequence[Entry], patterns: Sequence[Pattern], fits: Callable[[Entry, Pattern], bool]
) -> tuple[list[Entry], Pattern | None]:
    """The earliest entries that fit one after another, others between them; or how far it goes at most, and the
    pattern that is missing."""
    links: list[Links] = []
    for pattern in patterns:
        ends = [index for index, entry in enumerate(entries) if fits(entry, pattern)]
        if not links:
            found: Links = dict.fromkeys(ends)
        else:
            before = {index: _before(entries, links[-1], index, pattern) for index in ends}
            found = {index: earlier for index, earlier in before.items() if earlier is not None}
        if not found:
            return _walked(entries, links), pattern
        links.append(found)
    return _walked(entries, links), None


def _before(entries: Sequence[Entry], links: Links, index: int, pattern: Pattern) -> int | None:
    """The earliest entry that this one follows, soon enough."""
    for before in links:
        gap_s = round(entries[index].t - entries[before].t, 3)
        if _follows(entries, index, before, gap_s) and (pattern.soon is None or pattern.soon.holds(gap_s)):
            return before
    return None


def _follows(entries: Sequence[Entry], index: int, before: int, gap_s: float) -> bool:
    """A message and a fact of the same instant follow each other either way: they are recorded apart."""
    return index > before or (not gap_s and type(entries[index]) is not type(entries[before]))


def _walked(entries: Sequence[Entry], links: Sequence[Links]) -> list[Entry]:
    """The chain that ends at the first entry of the last link."""
    index = next(iter(links[-1])) if links else None
    walked: list[Entry] = []
    for link in reversed(links):
        assert index is not None
        walked.append(entries[index])
        index = link[index]
    return walked[::-1]
