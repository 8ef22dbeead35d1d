"""Tables of the manual are renewed between their marks, and nothing else is."""

import pytest

from protocol.pages import named, renew, renewed, row, table

TEXT = "before\n<!-- table: one -->\nold\n<!-- end -->\nbetween\n<!-- table: two -->\n<!-- end -->\nafter\n"
TABLES = {"one": lambda: "1\n", "two": lambda: "2\n"}
FRESH = "before\n<!-- table: one -->\n1\n<!-- end -->\nbetween\n<!-- table: two -->\n2\n<!-- end -->\nafter\n"


def test_every_table_is_made_anew():
    assert named(TEXT) == ["one", "two"]
    assert renewed(TEXT, TABLES) == FRESH
    assert renewed(FRESH, TABLES) == FRESH


def test_a_mark_without_a_table():
    with pytest.raises(KeyError, match="two"):
        renewed(TEXT, {"one": lambda: ""})


def test_in_place(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(TEXT)
    renew(str(page), TABLES)
    assert page.read_text() == FRESH


def test_a_cell_ends_where_it_ends():
    assert row("a|b", "two\nlines") == "| a\\|b | two lines |"
    assert table(("head", "other"), [("1", "2")]) == "| head | other |\n| --- | --- |\n| 1 | 2 |\n"
