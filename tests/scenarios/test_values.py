"""Values that are known only while a scenario runs, in steps that command, call and look something up."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol.versions import V16, V201
from reports.verdict import Verdict
from scenarios.child import ReferenceProcess
from scenarios.reading import parse_scenario
from scenarios.runner import run
from scenarios.source import ScenarioError

TEXT = """\
scenario: t
start: 2026-03-02T08:00:00Z
duration: 20m
csms: {tokens: [ALICE]}
fleet: [{profile: ac-22kw}]
steps:
  - {after: 1m, plug: {soc: 20%}}
  - {after: 5s, present: ALICE}
  - {when: transaction_started, within: 1m}
  - {after: 30s, look: "/stations/{station}"}
  - {after: 1s, command: {do: remote_stop, with: {transaction_id: $transaction}}}
  - {after: 30s, call: {action: DataTransfer, payload: {vendorId: $station, messageId: $now+1m, data: $$5}}}
  - {after: 1s, call: {action: DataTransfer, payload: {vendorId: $found.id, data: $answer.status}}}
  - {after: 1s, look: "/stations/$found.id"}
  - {after: 1s, post: {path: /tokens, body: {id_token: $found.id}}}
  - {after: 1s, look: "/tokens/{station}"}
expect:
  - {seen: {message: transaction_ended, where: {reason: Remote}}}
  - {seen: {fact: Looked, where: {path: /stations/CP-001, found.connected: true}}, times: 2}
  - {seen: {fact: Looked, where: {path: /tokens/CP-001, found.status: Accepted}}}
  - {seen: {message: DataTransfer, where: {vendorId: CP-001, messageId: {regex: "2026-03-02T08:0.:..+Z"}, data: $5}}}
  - {seen: {message: DataTransfer, where: {vendorId: CP-001, data: UnknownVendorId}}}
"""


@pytest.mark.parametrize("version", [V16, V201], ids=["1.6", "2.0.1"])
async def test_values_stand_for_what_is_known_by_then(tmp_path: Path, version) -> None:
    result = await run(parse_scenario(TEXT), version=version, out=tmp_path)
    assert result.verdict is Verdict.PASS, [each for each in result.judgements if each.verdict is not Verdict.PASS]


async def test_the_api_is_looked_into_over_http_too(tmp_path: Path) -> None:
    result = await run(parse_scenario(TEXT), csms=ReferenceProcess(), out=tmp_path)
    assert result.verdict is Verdict.PASS, [each for each in result.judgements if each.verdict is not Verdict.PASS]


@pytest.mark.parametrize(
    ("good", "bad", "why"),
    [
        ("$transaction", "$transaction.2", "no transaction runs at CP-001 at EVSE 2"),
        ("$found.id", "$found.name", r"\$found.name: there is no 'name' in"),
        ("$station,", "$stations,", r"\$stations stands for nothing; there are \$station"),
        ("/stations/{station}", "/nothing", "/nothing: 404"),
    ],
)
async def test_what_stands_for_nothing_is_an_error_of_the_scenario(tmp_path: Path, good, bad, why) -> None:
    assert good in TEXT
    result = await run(parse_scenario(TEXT.replace(good, bad, 1)), out=tmp_path)
    assert result.verdict is Verdict.ERROR
    with pytest.raises(AssertionError, match=why):
        raise AssertionError([each.reason for each in result.judgements if each.verdict is Verdict.ERROR])


def test_an_unknown_command_is_found_before_anything_runs() -> None:
    with pytest.raises(ScenarioError, match=r"unknown command 'remote_halt'; did you mean 'remote_st"):
        parse_scenario(TEXT.replace("remote_stop", "remote_halt"))
