"""A technician's step: what it does, what it records, and what is said of one that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.verdict import Verdict
from scenarios.grammar import schema
from scenarios.reading import parse_scenario
from scenarios.runner import run
from scenarios.source import ScenarioError
from scenarios.technician import FACTS
from simulator.diagnosis.repair import REPAIRS

TEXT = """
scenario: A worn lock
duration: 20m
csms: {tokens: [A]}
fleet:
  - {id: OLD, profile: ac-22kw, version: 1.6}
  - {id: NEW, profile: ac-22kw, version: 2.0.1}
steps:
  - {after: 1m, fault: lock jammed}
  - {after: 10s, technician: test}
  - {after: 1m, technician: {does: replace, part: ConnectorPlugRetentionLock}}
  - {after: 10s, technician: {does: test, evse: 1}}
expect:
  - order:
      - {fact: FaultInjected}
      - {fact: TroubleRaised, where: {trouble: lock failure}}
      - {fact: TestFailed, where: {test: plug lock, what: locking time, measured: never, evse: 1, connector: 1}}
      - {fact: Diagnosed, where: {failed: 2}}
      - {fact: Serviced, where: {does: replace, part: ConnectorPlugRetentionLock, evse: 1, connector: 1}}
      - {fact: TroubleOver, where: {trouble: lock failure}}
      - {fact: Diagnosed, where: {failed: 0}}
"""
STEP = "{does: replace, part: ConnectorPlugRetentionLock}"
WRONG = {
    "no part": ("{does: replace}", "which part"),
    "another part": ("{does: replace, part: PowerContactr}", "did you mean 'PowerContactor'?"),
    "tests all": ("{does: test, part: RCD}", "leave the part out"),
    "no such deed": ("{does: paint, part: RCD}", "paint"),
    "no connector": ("{does: replace, part: RCD, connector: 3}", "connector"),
    "no filter": ("clean", "no AirCoolingSystem there"),
}


async def test_what_a_technician_finds_and_mends(tmp_path: Path) -> None:
    result = await run(parse_scenario(TEXT), out=tmp_path / "run")
    assert result.verdict is Verdict.PASS, [str(each) for each in result.judgements]


async def test_without_the_repair_it_stays(tmp_path: Path) -> None:
    text = TEXT.replace(f"technician: {STEP}", "technician: test")
    assert (await run(parse_scenario(text), out=tmp_path / "run")).verdict is Verdict.FAIL


@pytest.mark.parametrize(("step", "says"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_is_said(step: str, says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(TEXT.replace(STEP, step))
    assert says in str(caught.value)


def test_the_schema_knows_what_can_be_done() -> None:
    for definition in ("step", "fault_step"):
        known = schema()["$defs"][definition]["properties"]["technician"]["anyOf"][1]["properties"]["does"]["enum"]
        assert set(known) == {"test", *REPAIRS}
    assert set(FACTS) == {"Diagnosed", "TestFailed", "Serviced"}
