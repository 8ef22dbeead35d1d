"""The list of cases in the manual is that of the code, and every published case is written or says why not."""

from pathlib import Path

import conformance
from conformance import catalogue, listing, registry
from conformance.unwritten import UNWRITTEN
from conformance.vocabulary import CSMS, STATION, V16, V201
from protocol.pages import named, renewed

PAGE = Path(conformance.__file__).parents[1] / "docs" / "cases.md"
ALL = [(role, version) for role in (STATION, CSMS) for version in (V201, V16)]


def test_the_page_is_up_to_date():
    text = PAGE.read_text()
    assert set(named(text)) == set(listing.TABLES)
    assert renewed(text, listing.TABLES) == text, "run: python -m conformance.listing docs/cases.md"


def test_published_cases_are_told_apart_by_role_and_version():
    assert [len(listing.published(role, version)) for role, version in ALL] == [424, 107, 252, 77]
    assert sum(len(listing.published(*each)) for each in ALL) == len(catalogue.entries())


def test_no_case_is_both_written_and_impossible():
    assert not UNWRITTEN.keys() & registry.cases().keys()
    assert UNWRITTEN.keys() <= catalogue.entries().keys()
