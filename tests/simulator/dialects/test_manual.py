"""The manual of the variables says what the model and the keys say."""

from pathlib import Path

from protocol.pages import named, renewed
from simulator.dialects import keys16
from simulator.dialects.manual import TABLES
from simulator.variables import MODEL

MANUAL = Path(__file__).parents[3] / "docs" / "variables.md"
TEXT = MANUAL.read_text()


def test_the_tables_are_those_of_the_code():
    assert named(TEXT) == [*TABLES]
    assert renewed(TEXT, TABLES) == TEXT, "run: python -m simulator.dialects.manual docs/variables.md"


def test_every_variable_and_every_key_is_there():
    assert [key for key, variable in MODEL.items() if f"| `{variable.local}` |" not in TEXT] == []
    assert [key for key in keys16.names() if f"| `{key}` |" not in TEXT] == []


def test_an_old_key_stands_beside_its_variable():
    assert "| `CpoName` | RW | `SecurityCtrlr.OrganizationName` |" in TEXT
