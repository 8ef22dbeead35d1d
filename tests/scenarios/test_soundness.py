"""Stations whose tale is not what happened, made from a sound one: each fails, and the verdict says with what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from protocol.session import Answered
from protocol.versions import V16, V201, Version
from reports.verdict import Verdict
from scenarios.model import Scenario
from scenarios.reading import parse_scenario
from scenarios.runner import judge_run, run
from scenarios.source import ScenarioError
from simulator.line import Line

TEXT = """
scenario: One visit
start: 2026-03-02T08:00:00Z
duration: 30m
csms: {tokens: [ALICE]}
fleet: [{profile: ac-22kw, config: {SampledDataCtrlr.TxUpdatedInterval: 60}}]
steps:
  - {at: 08:01, plug: {soc: 30%}}
  - {after: 10s, present: ALICE}
  - {at: 08:10, present: ALICE}
  - {after: 10s, unplug: }
expect:
  - {sound: transactions}
"""
Payload = dict[str, Any]
Spoilt = Callable[[Line, str, Payload], Payload | None]


def visit() -> Scenario:
    return parse_scenario(TEXT)


def ends(action: str, payload: Payload) -> bool:
    return action == "StopTransaction" or payload.get("eventType") == "Ended"


def begins(action: str, payload: Payload) -> bool:
    return action == "StartTransaction" or payload.get("eventType") == "Started"


def metered(change: Callable[[float], float]) -> Spoilt:
    def spoil(_: Line, action: str, payload: Payload) -> Payload:
        for reading in payload.get("meterValue", []):
            for value in reading["sampledValue"]:
                if value["measurand"] == "Energy.Active.Import.Register":
                    value["value"] = type(value["value"])(change(float(value["value"])))
        if action == "StopTransaction":
            payload["meterStop"] = int(change(payload["meterStop"]))
        return payload

    return spoil


def with_reason(_: Line, action: str, payload: Payload) -> Payload:
    if action == "StopTransaction":
        return {**payload, "reason": "Remote"}
    if ends(action, payload):
        payload["transactionInfo"]["stoppedReason"] = "Remote"
    return payload


def stamped(_: Line, action: str, payload: Payload) -> Payload:
    transaction = action in ("StartTransaction", "StopTransaction", "TransactionEvent")
    return {**payload, "timestamp": "2026-03-02T08:05:00Z"} if transaction else payload


def elsewhere(_: Line, action: str, payload: Payload) -> Payload:
    if action == "StartTransaction":
        return {**payload, "connectorId": 7}
    return {**payload, "evse": {"id": 7}} if begins(action, payload) else payload


def numbered(number: Callable[[int], int]) -> Spoilt:
    def spoil(_: Line, action: str, payload: Payload) -> Payload:
        return {**payload, "seqNo": number(payload["seqNo"])} if action == "TransactionEvent" else payload

    return spoil


LIARS: list[tuple[str, Version, Spoilt, str]] = [
    ("never told of the end", V201, lambda _, a, p: None if ends(a, p) else p, "ended at EVSE 1, and the CSMS is not"),
    ("never told of the end", V16, lambda _, a, p: None if ends(a, p) else p, "ended at EVSE 1, and the CSMS is not"),
    ("another reason", V201, with_reason, "for the reason Local and is told with Remote"),
    ("another reason", V16, with_reason, "for the reason Local and is told with Remote"),
    ("the time it was not", V201, stamped, "and is told with 2026-03-02T08:05:00Z"),
    ("the time it was not", V16, stamped, "after 2026-03-02T08:05:00Z"),
    ("another EVSE", V201, elsewhere, "at EVSE 1 is told of EVSE 7"),
    ("another EVSE", V16, elsewhere, "at EVSE 1 is told of EVSE 7"),
    ("one number for all", V201, numbered(lambda _: 0), "seqNo 0 after 0"),
    ("every other number", V201, numbered(lambda n: 2 * n), "seqNo 2 after 0"),
    ("a meter that falls", V201, metered(lambda wh: 9e6 - wh), "the energy register falls from"),
    ("a meter that falls", V16, metered(lambda wh: 9e6 - wh), "the energy register falls from"),
    ("a bill too high", V16, metered(lambda wh: wh + 500), "Wh is told with"),
]


@pytest.mark.parametrize(("name", "version", "spoil", "said"), LIARS, ids=[f"{a} {b.name}" for a, b, _, _ in LIARS])
async def test_a_station_that_lies(
    name: str, version: Version, spoil: Spoilt, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Line.call

    def call(self: Line, action: str, payload: Payload, timeout_s: float | None = None) -> Any:
        spoilt = spoil(self, action, payload)
        if spoilt is None:
            return self._station.clock.event().succeed(Answered("", action, {}))
        return honest(self, action, spoilt, timeout_s)

    monkeypatch.setattr(Line, "call", call)
    result = await run(visit(), out=tmp_path / "run", version=version)
    assert (result.judgements[0].verdict, result.judgements[0].station) == (Verdict.FAIL, "CP-001")
    assert said in result.judgements[0].actual, name
    assert result.verdict is Verdict.FAIL, "a run that crashed shows nothing of lies"


@pytest.mark.parametrize("version", [V16, V201], ids=lambda version: version.name)
async def test_a_station_that_says_it_twice(version: Version, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Line.call

    def call(self: Line, action: str, payload: Payload, timeout_s: float | None = None) -> Any:
        said = honest(self, action, payload, timeout_s)
        if ends(action, payload):
            honest(self, action, payload, timeout_s)
        return said

    monkeypatch.setattr(Line, "call", call)
    result = await run(visit(), out=tmp_path / "run", version=version)
    assert "ended is told again although it was answered" in result.judgements[0].actual
    assert len(result.judgements[0].frames) == 4


@pytest.mark.parametrize("version", [V16, V201], ids=lambda version: version.name)
async def test_a_sound_tale_holds_and_is_judged_alike_from_the_directory(version: Version, tmp_path: Path) -> None:
    result = await run(visit(), out=tmp_path / "run", version=version)
    assert result.verdict is Verdict.PASS, result.judgements
    assert judge_run(visit(), tmp_path / "run") == list(result.judgements)


async def test_without_a_transaction_nothing_was_learnt(tmp_path: Path) -> None:
    text = TEXT.replace("present: ALICE", "press_stop: ").replace(
        "profile: ac-22kw,", "profile: ac-22kw, powered: false,"
    )
    result = await run(parse_scenario(text), out=tmp_path / "run")
    assert result.judgements[0].verdict is Verdict.INCONCLUSIVE


def test_it_looks_at_the_whole_run() -> None:
    with pytest.raises(ScenarioError, match="'after' does not go with 'sound'"):
        parse_scenario(TEXT.replace("{sound: transactions}", "{sound: transactions, after: 08:05}"))


@pytest.mark.parametrize("version", [V16, V201], ids=str)
async def test_1_6_tells_of_connectors(version: Version, tmp_path: Path) -> None:
    text = TEXT.replace("profile: ac-22kw", "profile: dc-50kw").replace("soc: 30%}", "soc: 30%, connector: 2}")
    result = await run(parse_scenario(text), out=tmp_path / "run", version=version)
    assert result.verdict is Verdict.PASS
