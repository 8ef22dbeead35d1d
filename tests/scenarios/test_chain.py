"""The earliest entries that fit one after another, soon enough."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from protocol.versions import V201
from scenarios.chain import chain
from scenarios.model import Pattern, Range
from scenarios.record import Happening, Record

RECORD = Record({"S": V201})


def entry(t: float, name: str) -> Happening:
    return Happening(t, "S", name)


def pattern(name: str, at_most: float | None = None, at_least: float | None = None) -> Pattern:
    return Pattern(name, True, soon=None if at_most is at_least is None else Range(at_least, at_most))


def walked(entries: list[Happening], *patterns: Pattern) -> tuple[list[float], str | None]:
    found, missing = chain(entries, patterns, RECORD.fits)
    return [each.t for each in found], missing and missing.name


ENTRIES = [entry(1, "A"), entry(5, "A"), entry(5.2, "B"), entry(5.2, "C"), entry(9, "B")]


def test_the_earliest_of_each() -> None:
    assert walked(ENTRIES, pattern("A"), pattern("B"), pattern("C")) == ([1, 5.2, 5.2], None)
    assert walked(ENTRIES, pattern("C"), pattern("A")) == ([5.2], "A")
    assert walked(ENTRIES, pattern("D"), pattern("A")) == ([], "D")


def test_a_later_beginning_is_soon_enough() -> None:
    assert walked(ENTRIES, pattern("A"), pattern("B", at_most=0.3)) == ([5, 5.2], None)
    assert walked(ENTRIES, pattern("A"), pattern("B", at_most=0.1)) == ([1], "B")
    assert walked(ENTRIES, pattern("A"), pattern("B", at_least=4.3)) == ([1, 9], None)
    assert walked(ENTRIES, pattern("C"), pattern("B", at_least=1)) == ([5.2, 9], None)


def test_facts_of_one_instant_keep_their_order() -> None:
    assert walked(ENTRIES, pattern("B"), pattern("C", at_most=0)) == ([5.2, 5.2], None)
    assert walked(ENTRIES, pattern("C"), pattern("B", at_most=0)) == ([5.2], "B")


def naive(entries: list[Happening], patterns: list[Pattern], index: int = -1) -> bool:
    if not patterns:
        return True
    wanted, *rest = patterns
    for at in range(index + 1, len(entries)):
        gap_s = entries[at].t - entries[index].t if index >= 0 else 0.0
        soon = index < 0 or wanted.soon is None or wanted.soon.holds(gap_s)
        if entries[at].fact == wanted.name and soon and naive(entries, rest, at):
            return True
    return False


NAMES = st.sampled_from("AB")


@given(
    st.lists(st.tuples(st.integers(0, 6), NAMES), max_size=8),
    st.lists(st.tuples(NAMES, st.none() | st.integers(0, 3), st.none() | st.integers(0, 2)), min_size=1, max_size=4),
)
def test_it_finds_a_chain_whenever_there_is_one(happened: list[tuple[int, str]], wanted: list) -> None:
    entries = [entry(t, name) for t, name in sorted(happened, key=lambda each: each[0])]
    patterns = [Pattern(name, True, soon=Range(least, most)) for name, most, least in wanted]
    assert (chain(entries, patterns, RECORD.fits)[1] is None) is naive(entries, patterns)
