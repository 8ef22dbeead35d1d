"""The page of faults lists every fault as it is."""

from __future__ import annotations

from pathlib import Path

from protocol.pages import named, renewed
from scenarios.catalogue import TABLES, field, in_order

TEXT = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")


def test_the_table_is_that_of_the_faults() -> None:
    assert renewed(TEXT, TABLES) == TEXT, "run: python -m scenarios.catalogue docs/faults.md"
    assert named(TEXT) == [*TABLES]


def test_every_fault_is_in_it() -> None:
    assert all(f"| [{fault.name}](" in TEXT or f"| {fault.name} |" in TEXT for fault in in_order())
    assert len(in_order()) > 60


def test_fields_have_their_units() -> None:
    assert field("leakage_ac_a", 0.03) == "leakage_ac_a: 0.03 A"
    assert field("broken", True) == "broken: true"
    assert field("grid", (1.0, 0.0, 1.0)) == "grid: [1.0, 0.0, 1.0]"
