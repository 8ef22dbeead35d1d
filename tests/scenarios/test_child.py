"""Over real sockets, against the reference CSMS as a process, in virtual time."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from pathlib import Path

import pytest

from reports.rundir import Run
from reports.verdict import Verdict
from scenarios.access import AccessError
from scenarios.child import ReferenceProcess
from scenarios.http import OverHttp
from scenarios.library import load
from scenarios.runner import Progress, Result, run


def sequences(path: Path) -> dict[str, list[str]]:
    """What each station sent, in its own order."""
    sent: dict[str, list[str]] = defaultdict(list)
    for message in Run.open(path).messages():
        if message.direction == "up":
            sent[message.station].append(f"{message.t} {message.text}")
    return sent


def shown(result: Result) -> str:
    return "\n".join(str(each) for each in result.judgements if not each.verdict.held)


async def test_each_stations_own_sequence_is_that_of_the_run_in_process(tmp_path: Path) -> None:
    scenario = load("remote-start-stop")
    over_sockets = await run(scenario, out=tmp_path / "sockets", csms=ReferenceProcess(), stations=3)
    assert over_sockets.verdict is Verdict.PASS, shown(over_sockets)
    in_process = await run(scenario, out=tmp_path / "memory", stations=3)
    assert in_process.verdict is Verdict.PASS
    without_ids = [
        {station: [text.partition("[3,")[0] for text in texts] for station, texts in sequences(tmp_path / each).items()}
        for each in ("sockets", "memory")
    ]
    assert list(without_ids[0]) == ["CP-001", "CP-002", "CP-003"]
    assert without_ids[0] == without_ids[1]


async def test_a_restart_that_the_scenario_asks_for(tmp_path: Path) -> None:
    access = ReferenceProcess(log=tmp_path / "csms.log")
    result = await run(load("csms-restart"), out=tmp_path / "run", csms=access)
    assert result.verdict is Verdict.PASS, shown(result)
    assert access.pid is None


async def test_a_kill_that_nobody_planned_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    access = ReferenceProcess()
    killed: list[float] = []

    def kill(progress: Progress) -> None:
        if not killed and progress.now_s >= 1500 and access.pid is not None:
            killed.append(progress.now_s)
            os.kill(access.pid, signal.SIGKILL)

    result = await run(load("csms-restart"), out=tmp_path / "run", csms=access, on_progress=kill)
    assert killed
    facts = [event.fact for event in Run.open(tmp_path / "run").events() if event.station is None]
    assert facts[:2] == ["CsmsDied", "CsmsRevived"]
    held = {each.title: each.verdict for each in result.judgements}
    assert held["the CSMS has every transaction and its energy"] is Verdict.PASS, shown(result)


async def test_an_api_that_is_not_there() -> None:
    operator = OverHttp("http://127.0.0.1:9")
    with pytest.raises(AccessError, match=r"http://127\.0\.0\.1:9 cannot be reached"):
        await operator.set_registration("CP-1", "Accepted")
    await operator.close()


async def test_at_the_end_the_csms_ends_by_itself_and_leaves_its_database_whole(tmp_path: Path) -> None:
    database = tmp_path / "csms.sqlite"
    access = ReferenceProcess(f"sqlite:///{database}")
    result = await run(load("data-transfer"), out=tmp_path / "run", csms=access)
    assert result.verdict is Verdict.PASS, shown(result)
    left = {each.name for each in tmp_path.glob("csms.sqlite*")}
    assert left - {"csms.sqlite-turn"} == {"csms.sqlite"}  # neither a log nor an index that is still needed


async def test_a_csms_that_does_not_end_by_itself_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scenarios.child.FAREWELL_S", 0.2)
    access = ReferenceProcess()

    def hold(progress: Progress) -> None:
        if progress.now_s >= 1000 and access.pid is not None:
            pids.add(access.pid)

    pids: set[int] = set()
    monkeypatch.setattr("asyncio.subprocess.Process.terminate", lambda _: None)
    await run(load("data-transfer"), out=tmp_path / "run", csms=access, on_progress=hold)
    assert len(pids) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(pids.pop(), 0)
