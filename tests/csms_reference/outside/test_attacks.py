"""The table of attacks in docs/security.md names cases and tests that there are."""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("<!-- attacks -->")[2].partition("<!-- end -->")[0]
ROWS = [row for row in TABLE.splitlines() if re.match(r"\| [A-Z]+-\d\d", row)]


@cache
def written():
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return set(re.findall(r"def (test_\w+)", tests)) | set(
        re.findall(r"`(CB_\w+)`", (ROOT / "docs" / "cases.md").read_text(encoding="utf-8"))
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split(" ")[1])
def test_what_shows_it_exists(row):
    shown = row.split("|")[3]
    names, folders = set(re.findall(r"`(\w+)`", shown)), re.findall(r"tests/[\w/]+", shown)
    assert names or folders
    assert names <= written()
    assert all((ROOT / folder).is_dir() for folder in folders)


@pytest.mark.parametrize(("kind", "last"), [("SEC", 25), ("RPC", 20), ("TX", 9), ("CFG", 6), ("API", 1)])
def test_every_attack_is_named(kind, last):
    numbers = set()
    for first, to in re.findall(rf"{kind}-(\d\d)(?: to {kind}-(\d\d))?", PAGE):
        numbers |= set(range(int(first), int(to or first) + 1))
    assert numbers == set(range(1, last + 1))
