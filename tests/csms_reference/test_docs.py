"""docs/csms.md names every setting, command and outcome there is."""

from dataclasses import fields
from pathlib import Path

import pytest

from csms_reference import outcome
from csms_reference.dialects.registry import command_names
from csms_reference.settings import Settings

TEXT = (Path(__file__).parents[2] / "docs" / "csms.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted({item.name for item in fields(Settings)} | command_names() | outcome.OURS))
def test_it_is_documented(name):
    assert f"`{name}`" in TEXT
