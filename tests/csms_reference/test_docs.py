"""docs/csms.md names every setting, command and outcome there is."""

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from csms_reference import outcome
from csms_reference.csms import Csms
from csms_reference.dialects.registry import command_names
from csms_reference.front import figures_of
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol.busy import Busy

TEXT = (Path(__file__).parents[2] / "docs" / "csms.md").read_text(encoding="utf-8")
FIGURES = figures_of(
    Csms(Store.open(inline=True), now=lambda: datetime.now(UTC), busy=Busy(), settings=Settings(), ids=str), None
)


@pytest.mark.parametrize(
    "name", sorted({item.name for item in fields(Settings)} | command_names() | outcome.OURS | set(FIGURES))
)
def test_it_is_documented(name):
    assert f"`{name}`" in TEXT
