"""A CSMS with TLS, stations commissioned for it, and addresses that go down one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol.versions import V16, V21, V201
from reports.verdict import Verdict
from scenarios.access import AccessError
from scenarios.child import ReferenceProcess
from scenarios.reading import parse_scenario
from scenarios.runner import run
from scenarios.source import ScenarioError

TEXT = """\
scenario: t
start: 2026-03-02T08:00:00Z
duration: 30m
csms: {tokens: [ALICE], tls: true, settings: {organisation: Amp & Co, trusted_organisations: [Others]}}
fleet: [{profile: ac-22kw, security_profile: 3}]
steps:
  - {after: 5m, reset: immediately}
expect:
  - {seen: boot, times: 2}
  - {seen: {fact: Connected}, times: 2}
"""


def shown(result) -> str:
    return "\n".join(str(each) for each in result.judgements if not each.verdict.held)


@pytest.mark.parametrize("version", [V16, V201, V21], ids=lambda version: version.name)
@pytest.mark.parametrize("level", ["0", "2, password: sixteen-letters-1", "3"])
async def test_stations_come_in_by_their_security_profile(tmp_path: Path, version, level) -> None:
    text = TEXT.replace("security_profile: 3", f"security_profile: {level}")
    result = await run(parse_scenario(text), version=version, out=tmp_path)
    assert result.verdict is Verdict.PASS, shown(result)


async def test_a_csms_that_starts_again_has_a_new_certificate(tmp_path: Path) -> None:
    text = (
        TEXT.replace("duration: 30m", "duration: 101d")
        .replace("tls: true", "heartbeat: 1d, tls: true")
        .replace("  - {after: 5m, reset: immediately}", "  - {after: 100d, power_off: {for: 1m}}")
        .replace("expect:", "faults:\n  - {after: 99d, csms_restart: }\nexpect:")
        .replace("Connected}, times: 2", "Connected}, times: 3")
    )
    result = await run(parse_scenario(text), out=tmp_path)
    assert result.verdict is Verdict.PASS, shown(result)


async def test_one_address_goes_down_and_the_station_takes_the_other(tmp_path: Path) -> None:
    text = (
        TEXT.replace("  - {after: 5m, reset: immediately}\n", "")
        .replace("security_profile: 3", "security_profile: 0")
        .replace("expect:", """\
  - after: 1m
    command: {do: set_network_profile, with: {slot: 2, url: "ws://csms-2.invalid/ocpp", security_profile: 0}}
  - {after: 1s, set_variables: {OCPPCommCtrlr.NetworkConfigurationPriority: "1,2"}}
  - {after: 1s, reset: immediately}
faults:
  - {after: 5m, csms_down: {for: 20m, at: csms.invalid}}
expect:
  - {seen: {fact: NetworkProfileTried, where: {slot: 2}}}""")
    )  # fmt: skip
    result = await run(
        parse_scenario(
            text.replace("Connected}, times: 2", "Connected}, times: 3").replace("boot, times: 2", "boot, times: 3")
        ),
        out=tmp_path,
    )
    assert result.verdict is Verdict.PASS, shown(result)


@pytest.mark.parametrize(
    ("good", "bad", "why"),
    [
        ("organisation", "organization", "unknown setting 'organization'; did you mean 'organisation'"),
        ("organisation: Amp", "api_port: 5, organisation: Amp", "unknown setting 'api_port'"),
        ("organisation: Amp & Co", "calls_per_s: -1", "calls_per_s: -1 is"),
        ("tls: true, ", "", "need 'tls: true' under csms"),
        ("security_profile: 3", "security_profile: 4", "security_profile"),
    ],
)
def test_what_cannot_be_is_said_before_anything_runs(good, bad, why) -> None:
    with pytest.raises(ScenarioError, match=why):
        parse_scenario(TEXT.replace(good, bad, 1))


async def test_another_process_cannot_certify_itself(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="own process only"):
        await run(parse_scenario(TEXT), csms=ReferenceProcess(), out=tmp_path)
