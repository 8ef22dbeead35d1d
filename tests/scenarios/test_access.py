"""A run against somebody else's CSMS, over real sockets: ours, started as a process, plays the stranger."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import yaml

from protocol.security import client_tls
from reports.html import html
from reports.rundir import Run
from reports.verdict import Verdict
from scenarios.access import Foreign
from scenarios.fleet import berths
from scenarios.http import OverHttp
from scenarios.model import Scenario
from scenarios.reading import parse_scenario
from scenarios.runner import Progress, Result, run
from simulator.clock import Scaled
from tests.certificates import Authority

# Wall time is scaled, so that a busy machine's hesitation is minutes here: whoever waits does so for what happens.
TEXT = """
scenario: Next door
start: 2026-03-02T08:00:00Z
duration: 12m
csms: {tokens: [ALICE]}
fleet:
  - id: "CP-{n}"
    count: 2
    profile: ac-22kw
    config: {OCPPCommCtrlr.MessageTimeout.Default: 600}
    password: PASSWORD
steps:
  - {when: {status: Available, evse: 1}, within: 12m}
  - {after: 10s, plug: {soc: 30%}}
  - {after: 10s, present: ALICE}
  - {when: transaction_started, within: 12m}
  - {after: 3m, present: ALICE}
  - {when: transaction_ended, within: 12m}
  - {after: 10s, unplug: }
expect:
  - {name: every station boots, seen: {message: boot, reply: {status: Accepted}}, times: 1}
  - {name: ALICE is let in, seen: {message: authorize, reply: {status: Accepted}}}
  - {name: her visit is told, order: [transaction_started, {message: transaction_ended, where: {reason: Local}}]}
  - {name: no energy is lost, csms: {transactions: 1, open: 0, energy_matches_meter: 2%}, station: "*"}
"""
PASSWORD = "a-password-of-sixteen"


def scenario(password: str | None = None) -> Scenario:
    """The visit; without a password, stations show none."""
    wanted = f"    password: {password}\n" if password else ""
    return parse_scenario(TEXT.replace("    password: PASSWORD\n", wanted))


class Neighbour:
    """A CSMS process and the ports where it serves."""

    def __init__(self, child: asyncio.subprocess.Process, ports: dict[str, int]) -> None:
        self.child = child
        self.ports = ports

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.ports['api']}"

    def url(self, scheme: str = "ws") -> str:
        return f"{scheme}://127.0.0.1:{self.ports['ocpp']}/"


Start = Callable[..., Awaitable[Neighbour]]


@pytest.fixture
async def neighbour(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a CSMS with these settings, which knows ALICE and, if it is to, both stations' password."""
    started: list[asyncio.subprocess.Process] = []

    async def start(password: str | None = None, **settings: object) -> Neighbour:
        path = tmp_path / "settings.yaml"
        database = {"port": 0, "api_port": 0, "database": f"sqlite:///{tmp_path / 'foreign.sqlite'}"}
        path.write_text(yaml.safe_dump(database | settings))
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "csms_reference", str(path), stdout=asyncio.subprocess.PIPE
        )
        started.append(child)
        assert child.stdout is not None
        csms = Neighbour(child, json.loads(await child.stdout.readline()))
        operator = OverHttp(csms.api)
        visit = scenario(password)
        await operator.set_up(visit.csms, berths(visit))
        await operator.close()
        return csms

    yield start
    for child in started:
        if child.returncode is None:
            child.kill()
        await child.communicate()


def verdicts(result: Result) -> dict[str, Verdict]:
    return {each.title: each.verdict for each in result.judgements if each.id.startswith("e")}


def opens(result: Result) -> str:
    """The report of the run, which can be made whatever came of it."""
    return html(Run.open(result.path)).decode()


async def test_a_whole_visit_at_somebody_elses(tmp_path: Path, neighbour: Start) -> None:
    csms = await neighbour()
    result = await run(scenario(), out=tmp_path / "run", pace=Scaled(300), csms=Foreign(csms.url()))
    held = verdicts(result)
    assert held.pop("no energy is lost") is Verdict.INCONCLUSIVE
    assert set(held.values()) == {Verdict.PASS}, result.judgements
    assert "there is no way to operate the CSMS" in opens(result)


async def test_with_tls_a_password_and_somebody_who_operates_it(tmp_path: Path, neighbour: Start) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue()
    csms = await neighbour(PASSWORD, tls_cert=str(pair.cert), tls_key=str(pair.key), require_passwords=True)
    operator = OverHttp(csms.api)
    access = Foreign(csms.url("wss"), operator, tls=client_tls(authority.cert))
    result = await run(scenario(PASSWORD), out=tmp_path / "run", pace=Scaled(300), csms=access)
    await operator.close()
    assert result.verdict is Verdict.PASS, result.judgements


async def test_a_certificate_that_nobody_trusts(tmp_path: Path, neighbour: Start) -> None:
    pair = Authority(tmp_path).issue()
    csms = await neighbour(tls_cert=str(pair.cert), tls_key=str(pair.key))
    result = await run(scenario(), out=tmp_path / "run", pace=Scaled(600), csms=Foreign(csms.url("wss")))
    boots = result.judgements[0]
    assert (boots.verdict, result.messages) == (Verdict.FAIL, 0)
    assert "certificate" in boots.actual
    assert "certificate" in opens(result)


async def test_a_wrong_password(tmp_path: Path, neighbour: Start) -> None:
    csms = await neighbour(PASSWORD, require_passwords=True)
    access = Foreign(csms.url())
    result = await run(scenario("some-other-password"), out=tmp_path / "run", pace=Scaled(600), csms=access)
    boots = result.judgements[0]
    assert (boots.verdict, result.messages) == (Verdict.FAIL, 0)
    assert "no connection to the CSMS" in boots.actual
    assert "wrong or missing credentials" in boots.actual
    assert "wrong or missing credentials" in opens(result)


async def test_a_csms_that_dies_on_the_way(tmp_path: Path, neighbour: Start) -> None:
    csms = await neighbour()

    def kill(progress: Progress) -> None:
        if progress.transactions == 2 and csms.child.returncode is None:
            csms.child.kill()

    access = Foreign(csms.url())
    result = await run(scenario(), out=tmp_path / "run", pace=Scaled(300), csms=access, on_progress=kill)
    held = verdicts(result)
    assert held["every station boots"] is Verdict.PASS
    assert held["her visit is told"] is Verdict.FAIL
    told = next(each for each in result.judgements if each.title == "her visit is told")
    assert "the connection to the CSMS was lost" in told.actual
    opens(result)
