"""Steps that break, mend, surround and measure; and how soon one thing follows another."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from reports.verdict import Verdict
from scenarios.grammar import schema
from scenarios.hardware import SURROUNDINGS
from scenarios.reading import parse_scenario
from scenarios.runner import Result, run
from scenarios.source import ScenarioError
from simulator.hardware.environment import Environment

TEXT = """
scenario: A ground fault
duration: 20m
csms: {tokens: [A]}
fleet:
  - {id: OLD, profile: ac-22kw, version: 1.6}
  - {id: NEW, profile: ac-22kw, version: 2.0.1}
steps:
  - {after: 1m, plug: }
  - {after: 5s, present: A}
  - {after: 1m, fault: {name: ground fault, leakage_ac_a: 0.06}}
  - {after: 10s, measure: [RCD(1).Tripped]}
  - {after: 1m, mend: ground fault}
  - {after: 10s, measure: RCD(1).Tripped}
  - {after: 1m, surround: {grid: [1, 0.5, 1], for: 10s}}
expect:
  - order:
      - {fact: FaultInjected}
      - {fact: RcdTripped, where: {leakage_ma: 60}, in: 150ms}
      - {fact: ContactorOpened, in: {at_least: 20ms, at_most: 100ms}}
      - {message: transaction_ended, in: 1s}
"""


async def played(text: str, tmp_path: Path) -> Result:
    return await run(parse_scenario(text), out=tmp_path / "run")


def facts(tmp_path: Path, name: str) -> list[str]:
    return [line for line in (tmp_path / "run" / "events.jsonl").read_text().splitlines() if f'"{name}"' in line]


async def test_the_chain_from_the_quantity_to_the_message(tmp_path: Path) -> None:
    result = await played(TEXT, tmp_path)
    assert result.verdict is Verdict.PASS, result.judgements
    assert [('"true"' in line, '"false"' in line) for line in facts(tmp_path, "Measured") if "NEW" in line] == [
        (True, False),
        (False, True),
    ]
    changed = [line for line in facts(tmp_path, "SurroundingsChanged") if "OLD" in line]
    assert ["0.5" in line for line in changed] == [True, False]
    assert len(facts(tmp_path, "FaultMended")) == 2


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("in: 150ms", "in: 10ms", "within 0.01s"),
        ("at_least: 20ms", "at_least: 90ms", "no sooner than 0.09s"),
        ("leakage_ac_a: 0.06", "leakage_ac_a: 0.05", "leakage_ma 50"),
        ("{name: ground fault, leakage_ac_a: 0.06}", "DC leakage", "leakage_ma 6"),
    ],
)
async def test_a_chain_that_is_otherwise_fails(old: str, new: str, says: str, tmp_path: Path) -> None:
    assert old in TEXT
    result = await played(TEXT.replace(old, new), tmp_path)
    assert result.verdict is Verdict.FAIL
    assert any(says in f"{each.expected} {each.actual}" for each in result.judgements)


async def test_a_fault_may_be_mended_by_itself(tmp_path: Path) -> None:
    text = TEXT.replace("leakage_ac_a: 0.06", "for: 5s").replace("leakage_ma: 60", "leakage_ma: 30")
    await played(text.replace("150ms", "300ms"), tmp_path)
    assert len(facts(tmp_path, "FaultMended")) == 4


WRONG = {
    "no fault": ("mend: ground fault", "mend: grund fault", "did you mean 'ground fault'?"),
    "no field": ("leakage_ac_a: 0.06", "leakage_ac_ma: 60", "no field 'leakage_ac_ma'; did you mean"),
    "no value": ("leakage_ac_a: 0.06", "leakage_ac_a: much", "leakage_ac_a of ground fault is like 0.03, not 'much'"),
    "no phases": ("mend: ground fault", "fault: {name: no grid, grid: [0, 0]}", "grid of no grid is like [0.0"),
    "no EVSE": ("leakage_ac_a: 0.06", "evse: 2", "OLD has no EVSE 2"),
    "no connector": ("leakage_ac_a: 0.06", "connector: 2", "EVSE 1 of OLD has no connector 2"),
    "no part": ("mend: ground fault", "mend: flood", "OLD (ac-22kw) has no FloodSensor at EVSE 1, so no flood"),
    "no surroundings": ("grid: [1, 0.5, 1]", "tilt: 3", "unknown key 'tilt'; did you mean 'tilt_deg'?"),
    "no grid": ("grid: [1, 0.5, 1]", "grid: [1, 0.5]", "'grid'"),
    "no variable": ("measure: RCD(1).Tripped", "measure: RCD(1).Triped", "did you mean 'RCD(1).Tripped'?"),
    "no predecessor": ("fact: FaultInjected}", "fact: FaultInjected, in: 3s}", "nothing comes before the first"),
    "no order": ("- order:", "- {seen: {fact: Plugged, in: 3s}}\n  - order:", "'in' of an event belongs to an order"),
    "no bounds": ("at_least: 20ms", "at_least: 200ms", "nothing is at least 0.2 and at most 0.1"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "says"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_file_is_said(old: str, new: str, says: str) -> None:
    assert old in TEXT
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(TEXT.replace(old, new))
    assert says in str(caught.value)


async def test_what_flows_can_be_measured(tmp_path: Path) -> None:
    steps = "  - {after: 50s, measure: EVSE(1).ACCurrent.L1}\n  - {after: 10s, fault: ground fault}\n"
    await played(TEXT.replace("measure: [RCD(1).Tripped]", "measure: EVSE(1).ACCurrent.L1").replace(
        "  - {after: 1m, fault: {name: ground fault, leakage_ac_a: 0.06}}\n", steps), tmp_path)  # fmt: skip
    shown = [line for line in facts(tmp_path, "Measured") if "ACCurrent" in line and "NEW" in line]
    assert ['"15.9"' in line for line in shown] == [True, False]


def test_the_schema_knows_the_surroundings() -> None:
    known = schema()["$defs"]["step"]["properties"]["surround"]["properties"]
    assert set(known) - {"for"} == set(SURROUNDINGS) == {field.name for field in fields(Environment)}
    for name in ("fault", "mend", "surround", "measure"):
        assert schema()["$defs"]["fault_step"]["properties"][name] == schema()["$defs"]["step"]["properties"][name]


EVERY = "{each: {fact: FaultInjected}, leads_to: {fact: RcdTripped}, in: {at_least: %s, at_most: 1s}}"


@pytest.mark.parametrize(("least", "verdict"), [("10ms", Verdict.PASS), ("500ms", Verdict.FAIL)])
async def test_each_may_lead_to_something_no_sooner(least: str, verdict: Verdict, tmp_path: Path) -> None:
    text = TEXT[: TEXT.index("  - order:")] + "  - " + EVERY % least + "\n"
    assert (await played(text, tmp_path)).verdict is verdict
