"""The list of cases in the manual is that of the code, and every published case is written or says why not."""

import re
from pathlib import Path

import pytest

import conformance
from conformance import catalogue, listing, registry
from conformance.declaration import CONFIGURABLE
from conformance.unwritten import UNWRITTEN
from conformance.vocabulary import CSMS, STATION, V16, V201
from protocol.pages import named, renewed

DOCS = Path(conformance.__file__).parents[1] / "docs"
PAGES = [DOCS / "cases.md", DOCS / "conformance.md"]
ALL = [(role, version) for role in (STATION, CSMS) for version in (V201, V16)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_is_up_to_date(page):
    text = page.read_text()
    assert renewed(text, listing.TABLES) == text, f"run: python -m conformance.listing docs/{page.name}"


def test_every_table_stands_on_a_page():
    assert sorted(name for page in PAGES for name in named(page.read_text())) == sorted(listing.TABLES)


def test_the_manual_tells_what_can_be_configured():
    """The table of docs/conformance.md names each key of a declaration's configuration."""
    rows = [line.split("|")[1] for line in PAGES[1].read_text().splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert set(CONFIGURABLE) <= told


def test_published_cases_are_told_apart_by_role_and_version():
    assert [len(listing.published(role, version)) for role, version in ALL] == [424, 107, 252, 77]
    assert sum(len(listing.published(*each)) for each in ALL) == len(catalogue.entries())


def test_no_case_is_both_written_and_impossible():
    assert not UNWRITTEN.keys() & registry.cases().keys()
    assert UNWRITTEN.keys() <= catalogue.entries().keys()
