"""The documents lead where they say."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def links(page: Path) -> set[Path]:
    """Files that a page points to, code blocks aside."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    return {(page.parent / t.split("#")[0]).resolve() for t in targets if not re.match(r"[a-z]+:|#", t)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    assert not [str(target) for target in links(page) if not target.exists()]


def test_the_index_lists_every_page():
    index = DOCS / "README.md"
    assert set(DOCS.rglob("*.md")) - {index} <= links(index), "add the page to docs/README.md"


def test_contributing_names_every_verb_of_the_makefile():
    verbs = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)) - {"help", "venv"}
    assert verbs == set(re.findall(r"`make ([a-z]+)`", (ROOT / "CONTRIBUTING.md").read_text()))
