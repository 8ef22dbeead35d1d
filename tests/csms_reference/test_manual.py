"""The table of commands in docs/csms.md is what the registry makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from csms_reference.dialects.registry import command_names
from csms_reference.manual import TABLES, table_of_commands
from protocol.pages import renewed

PAGE = Path(__file__).parents[2] / "docs" / "csms.md"
ROWS = {line.split("`")[1]: line for line in table_of_commands().splitlines()[2:]}


def test_the_page_is_up_to_date():
    text = PAGE.read_text(encoding="utf-8")
    assert renewed(text, TABLES) == text, "run python -m csms_reference.manual docs/csms.md"


@pytest.mark.parametrize("name", sorted(command_names()))
def test_a_command_says_what_it_takes_sends_and_rests_on(name):
    _, _, _, old, new, remarks, _ = ROWS[name].split("|")
    assert old.strip()
    assert new.strip()
    assert {old.strip(), new.strip()} != {"not supported"}
    assert remarks.strip()


def test_fields_of_all_versions_are_told_and_which_may_be_left_out():
    assert "| `reset` | [`kind`], [`evse`] | Reset | Reset |" in ROWS["reset"]
    assert "| `remote_stop` | `transaction_id` |" in ROWS["remote_stop"]
    assert "ExtendedTriggerMessage" in ROWS["trigger"]
    assert "| not supported | GetBaseReport |" in ROWS["get_base_report"]
