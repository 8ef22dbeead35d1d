"""The manual says what the schema says, and its examples are scenarios."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from protocol.pages import named, renewed
from reports.verdict import Verdict
from scenarios.grammar import schema
from scenarios.library import load
from scenarios.manual import TABLES
from scenarios.matchers import CONDITIONS
from scenarios.reading import VERBS, parse_scenario, pattern_of
from scenarios.runner import run
from scenarios.source import Source

TEXT = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_tables_are_those_of_the_schema() -> None:
    assert renewed(TEXT, TABLES) == TEXT, "run: python -m scenarios.manual docs/scenarios.md"


def test_every_table_is_in_the_manual() -> None:
    assert sorted(named(TEXT)) == sorted(TABLES)


def test_every_condition_is_explained() -> None:
    named = set(schema()["$defs"]["matcher"]["anyOf"][2]["properties"])
    assert named == set(CONDITIONS)
    assert all(f"`{name}: " in TEXT for name in named)
    assert all(f"`{verb}`" in TEXT for verb in VERBS)


async def test_the_example_runs_and_holds(tmp_path: Path) -> None:
    result = await run(parse_scenario(blocks("yaml")[0]), out=tmp_path / "run")
    assert result.verdict is Verdict.PASS, [each for each in result.judgements if not each.verdict.held]


def test_the_events_of_the_manual_are_events() -> None:
    block = next(each for each in blocks("yaml") if each.startswith("seen"))
    lines = [line for line in block.splitlines() if line]
    for line in lines:
        assert pattern_of(Source("manual"), yaml.safe_load(line)["seen"], ()).name
    assert len(lines) == 6


def test_the_steps_and_orders_of_the_manual_are_such() -> None:
    steps, order = (next(each for each in blocks("yaml") if each.startswith(word)) for word in ("- {after", "order"))
    head = "scenario: x\nduration: 2h\nfleet: [{profile: ac-22kw}]\n"
    assert len(parse_scenario(f"{head}steps:\n{steps}expect: [seen: boot]\n").steps) == 7
    order = order.replace("transactionInfo.stoppedReason", "reason").replace("\n", "\n  ")
    assert parse_scenario(f"{head}expect:\n- {order}").expect[0].verb == "order"


async def test_the_python_example_runs_and_holds(tmp_path: Path) -> None:
    path = tmp_path / "visits.py"
    path.write_text(blocks("python")[0])
    result = await run(load(path), out=tmp_path / "run")
    assert result.verdict is Verdict.PASS, [each for each in result.judgements if not each.verdict.held]


@pytest.mark.parametrize("name", sorted(schema()["$defs"]))
def test_every_key_of_the_schema_has_words(name: str) -> None:
    defined = schema()["$defs"][name]
    silent = {"range", "percent_spread", "duration_spread", "duration_range", "matcher"}
    for key, each in defined.get("properties", {}).items():
        says = each.get("description") or schema()["$defs"].get(each.get("$ref", "").rpartition("/")[2], {})
        assert says or name in silent, f"{name}.{key} has no description"
