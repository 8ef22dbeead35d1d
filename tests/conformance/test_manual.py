"""The page on rigs tells what the registry of operations does."""

import re
from pathlib import Path

from conformance import manual, rigfile
from conformance.operations import OPERATIONS
from conformance.vocabulary import STATION
from protocol.pages import named, renewed

PAGE = Path(__file__).parents[2] / "docs" / "rigs.md"


def test_the_page_tells_what_can_be_done():
    text = PAGE.read_text()
    assert named(text) == list(manual.TABLES)
    assert renewed(text, manual.TABLES) == text, "python -m conformance.manual docs/rigs.md"


def test_every_operation_is_told_with_its_fields():
    told = "".join(make() for make in manual.TABLES.values())
    assert all(f"`{each.name}`" in told and each.says in told for each in OPERATIONS.values())
    assert "Result: whether it boots now." in told


def test_the_examples_of_the_page_are_sound():
    examples = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(examples) == 3
    for each in examples:
        rigfile.parse(each, STATION, {"LAB_PASSWORD": "x"})
