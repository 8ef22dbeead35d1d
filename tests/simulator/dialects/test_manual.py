"""The manual of the variables says what the model and the keys say."""

from pathlib import Path

from simulator.dialects import keys16
from simulator.dialects.manual import MARK, renew, renewed
from simulator.variables import MODEL

MANUAL = Path(__file__).parents[3] / "docs" / "variables.md"
TEXT = MANUAL.read_text()


def test_the_tables_are_those_of_the_code():
    assert [found[2] for found in MARK.finditer(TEXT)] == ["variables", "keys"]
    assert renewed(TEXT) == TEXT, "run: python -m simulator.dialects.manual docs/variables.md"


def test_every_variable_and_every_key_is_there():
    assert [key for key, variable in MODEL.items() if f"| `{variable.local}` |" not in TEXT] == []
    assert [key for key in keys16.names() if f"| `{key}` |" not in TEXT] == []


def test_the_page_is_renewed_in_place(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("<!-- table: keys -->\nold\n<!-- end -->\n")
    renew(page)
    assert "old" not in page.read_text()
    assert "| `CpoName` | RW | `SecurityCtrlr.OrganizationName` |" in page.read_text()
