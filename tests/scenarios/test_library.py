"""Every scenario that comes along holds, in each version, twice the same way."""

from __future__ import annotations

from pathlib import Path

import pytest

from protocol.versions import V16, V21, V201, Version
from reports.verdict import Verdict
from scenarios import library
from scenarios.library import load
from scenarios.model import CsmsSettings
from scenarios.operator import InProcess
from scenarios.reading import parse_scenario
from scenarios.runner import Result, judge_run, run
from scenarios.source import ScenarioError
from tests.independent.validator import faults

LIBRARY = library.FOLDER


def cases() -> list[tuple[str, Version]]:
    return [
        (name, version)
        for name in library.names()
        for version in (V201, V21, V16)
        if "/" not in name and (version is V201 or any_version(name))
    ]


def any_version(name: str) -> bool:
    return load(name).any_version


def shown(result: Result) -> str:
    return "\n".join(str(each) for each in result.judgements if not each.verdict.held)


@pytest.mark.parametrize(("name", "version"), cases(), ids=lambda each: getattr(each, "name", each))
async def test_the_scenario_holds(name: str, version: Version, tmp_path: Path) -> None:
    result = await run(load(name), out=tmp_path / "run", version=version)
    assert result.verdict is Verdict.PASS, shown(result)
    assert any(each.verdict is Verdict.PASS for each in result.judgements)
    assert faults(tmp_path / "run") == []


def test_there_are_enough() -> None:
    assert len(library.names()) >= 14


async def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    scenario = load("csms-restart")
    texts = []
    for index, seed in enumerate((7, 7, 8)):
        await run(scenario, out=tmp_path / str(index), seed=seed)
        texts.append((tmp_path / str(index) / "messages.jsonl").read_bytes())
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]
    assert (tmp_path / "0" / "events.jsonl").read_bytes() == (tmp_path / "1" / "events.jsonl").read_bytes()


@pytest.mark.parametrize("name", ["cable-first", "offline-replay", "csms-restart", "meter-interval"])
async def test_the_directory_alone_gives_the_same_verdicts(name: str, tmp_path: Path) -> None:
    scenario = load(name)
    result = await run(scenario, out=tmp_path / "run")
    again = judge_run(scenario, tmp_path / "run")
    assert [each.as_dict() for each in again] == [each.as_dict() for each in result.judgements]


@pytest.mark.parametrize("name", ["cable-first", "remote-start-stop", "boot-pending", "offline-replay", "reset"])
async def test_the_same_file_runs_with_more_stations(name: str, tmp_path: Path) -> None:
    result = await run(load(name), out=tmp_path / "run", stations=7)
    assert result.verdict is Verdict.PASS, shown(result)
    assert "7 stations" in result.judgements[0].actual


async def test_the_charging_day_is_one(tmp_path: Path) -> None:
    result = await run(load("charging-day"), out=tmp_path / "run")
    counted = next(each for each in result.judgements if "TransactionStarted" in each.expected)
    assert int(counted.actual.split()[1]) >= 60
    assert len(load("charging-day").fleet) == 4


MUTANTS = [
    ("cable-first", "soc: 40%", "soc: 99%"),
    ("ev-full", "target: 90%", "target: 85%"),
    ("offline-replay", "csms_down: {for: 30m}", "csms_down: {for: 1m}"),
    ("meter-interval", "TxUpdatedInterval: 60}}", "TxUpdatedInterval: 90}}"),
    ("boot-rejected", "retry: 2m", "retry: 30s"),
    ("power-loss", "power_off: {for: 10m}", "cut_link: {for: 10m}"),
    ("availability", "operative: false", "operative: true"),
    ("remote-start-stop", "remote_stop: {evse: 1}", "press_stop: "),
    ("deauthorized", "status: Blocked}}\n", "status: Accepted}}\n"),
    ("bad-network", "because: dns", "because: captive_portal"),
    ("trigger", "trigger: heartbeat", "trigger: {message: status, evse: 1}"),
]


@pytest.mark.parametrize(("name", "old", "new"), MUTANTS, ids=[name for name, _, _ in MUTANTS])
async def test_something_else_happens_and_the_scenario_fails(name: str, old: str, new: str, tmp_path: Path) -> None:
    text = (LIBRARY / f"{name}.yaml").read_text()
    assert old in text
    result = await run(parse_scenario(text.replace(old, new, 1)), out=tmp_path / "run")
    assert result.verdict is Verdict.FAIL, shown(result)


async def test_a_csms_that_accepts_every_card_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = InProcess.set_up

    async def set_up(self: InProcess, settings: CsmsSettings, stations: object) -> None:
        accepted = tuple(type(each)(each.id) for each in settings.tokens)
        await honest(self, CsmsSettings(tokens=accepted), stations)  # type: ignore[arg-type]

    monkeypatch.setattr(InProcess, "set_up", set_up)
    result = await run(load("blocked-token"), out=tmp_path / "run")
    failed = {each.title for each in result.judgements if each.verdict is Verdict.FAIL}
    assert {"the CSMS blocks the one", "the contactor stays open"} <= failed


async def test_a_csms_that_loses_a_transaction_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = InProcess.state

    async def state(self: InProcess, stations: list[str]) -> object:
        known = await honest(self, stations)
        return type(known)(known.transactions[1:])

    monkeypatch.setattr(InProcess, "state", state)
    result = await run(load("csms-restart"), out=tmp_path / "run")
    assert [each.title for each in result.judgements if each.verdict is Verdict.FAIL] == [
        "the CSMS has every transaction and its energy"
    ]


def test_a_name_that_is_none() -> None:
    with pytest.raises(ScenarioError, match="did you mean 'cable-first'"):
        load("cable-frist")
    with pytest.raises(ScenarioError, match="no such file"):
        load("nowhere.yaml")
    with pytest.raises(ScenarioError, match="no such file"):
        load("nowhere.py")
