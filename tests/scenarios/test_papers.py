"""Cars that come with certificates, at a CSMS in this process and at one in a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol.versions import V21, V201
from reports.verdict import Verdict
from scenarios.child import ReferenceProcess
from scenarios.reading import parse_scenario
from scenarios.runner import run
from scenarios.source import ScenarioError

TEXT = """\
scenario: t
version: 2.0.1
start: 2026-03-02T08:00:00Z
duration: 30m
csms: {tokens: [DE8AA1A2B3C4D5]}
fleet: [{profile: lab-dc}]
steps:
  - {after: 1m, command: {do: install_certificate, with: {type: V2GRootCertificate}}}
  - {after: 1m, command: {do: install_certificate, with: {type: MORootCertificate}}}
  - {after: 1m, command: {do: sign_certificate, with: {type: V2GCertificate, evse: 1}}}
  - {after: 1m, plug: {ev: sedan-77kwh, contract: DE8AA1A2B3C4D5}}
expect:
  - {seen: {message: Authorize, where: {idToken.type: eMAID}, reply: {certificateStatus: Accepted}}, times: 1}
  - {seen: {message: transaction_started, where: {token: DE8AA1A2B3C4D5}}, times: 1}
"""
RENEWED = "contract: DE8AA1A2B3C4D5, contract_days: 9}"


def shown(result) -> str:
    return "\n".join(str(each) for each in result.judgements if not each.verdict.held)


@pytest.mark.parametrize("version", [V201, V21], ids=str)
async def test_a_contract_is_good_for_as_long_as_the_scenario_says(tmp_path: Path, version) -> None:
    result = await run(parse_scenario(TEXT), version=version, out=tmp_path / "long")
    assert result.verdict is Verdict.PASS, shown(result)
    text = TEXT.replace("contract: DE8AA1A2B3C4D5}", RENEWED)
    text += "  - {seen: {message: Get15118EVCertificate, where: {action: Update}}, times: 1}\n"
    result = await run(parse_scenario(text), version=version, out=tmp_path / "short")
    assert "Get15118EVCertificate" not in shown(result)


async def test_a_csms_elsewhere_issues_them_as_well(tmp_path: Path) -> None:
    result = await run(parse_scenario(TEXT), csms=ReferenceProcess(), out=tmp_path)
    assert result.verdict is Verdict.PASS, shown(result)


def test_an_emaid_that_is_none_is_refused() -> None:
    with pytest.raises(ScenarioError, match="an eMAID such as"):
        parse_scenario(TEXT.replace("contract: DE8AA1A2B3C4D5", "contract: short"))
