"""The second opinion: it has eyes of its own, and finds what is wrong."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from tests.independent import validator
from tests.independent.validator import Conversation, faults, main

BOOT = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}
TIME = {"currentTime": "2026-03-02T08:00:00Z"}


def test_it_shares_no_code_with_what_it_checks() -> None:
    rooms = {
        "protocol",
        "simulator",
        "csms_reference",
        "reports",
        "scenarios",
        "conformance",
        "loadtest",
        "chargebench",
    }
    for node in ast.walk(ast.parse(Path(validator.__file__).read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not {name.partition(".")[0] for name in names} & rooms


def said(*frames: tuple[str, object], version: str = "2.0.1", apart_s: float = 1.0) -> list[str]:
    talk = Conversation(version)
    texts = [(direction, frame if isinstance(frame, str) else json.dumps(frame)) for direction, frame in frames]
    return [wrong for at, (direction, text) in enumerate(texts) for wrong in talk.check(direction, text, at * apart_s)]


def test_what_is_right() -> None:
    assert said(("up", [2, "1", "Heartbeat", {}]), ("down", [3, "1", TIME])) == []
    assert said(("up", [2, "1", "Heartbeat", {}]), ("down", [4, "1", "GenericError", "", {}])) == []
    assert said(("up", [2, "1", "Heartbeat", {}]), ("up", [2, "2", "Heartbeat", {}]), apart_s=30.0) == []


@pytest.mark.parametrize(
    ("frames", "why"),
    [
        ([("up", "[2,")], "no JSON"),
        ([("up", "[2,1,NaN]")], "no JSON number"),
        ([("up", {})], "no OCPP-J message"),
        ([("up", [2, "1", "Heartbeat"])], "wrong number of elements"),
        ([("up", [2, "1" * 37, "Heartbeat", {}])], "an id that is none"),
        ([("up", [2, "1", 5, {}])], "without action or payload"),
        ([("down", [2, "1", "Heartbeat", {}])], "not for this side"),
        ([("up", [2, "1", "Reset", {"type": "Immediate"}])], "not for this side"),
        ([("down", [2, "1", "Resett", {}])], "has no Resett request"),
        ([("down", [2, "1", "Reset", {"type": "Sideways"}])], "Reset request: type: 'Sideways'"),
        ([("up", [2, "1", "BootNotification", BOOT | {"more": 1}])], "Additional properties"),
        ([("up", [2, "1", "Heartbeat", {}]), ("up", [2, "2", "Heartbeat", {}])], "while Heartbeat has no reply"),
        ([("down", [3, "1", TIME])], "nobody asked"),
        ([("up", [2, "1", "Heartbeat", {}]), ("up", [3, "1", TIME])], "nobody asked"),
        ([("up", [2, "1", "Heartbeat", {}]), ("down", [3, "1", {}])], "Heartbeat response"),
        ([("up", [2, "1", "Heartbeat", {}]), ("down", [4, "1", "Oops", "", {}])], "unknown code 'Oops'"),
        ([("up", [2, "1", "Heartbeat", {}]), ("down", [4, "1", "GenericError", None, {}])], "description or details"),
    ],
)
def test_what_is_wrong(frames: list[tuple[str, object]], why: str) -> None:
    found = said(*frames)
    assert found
    assert why in found[-1]


def test_spelling_of_errors_goes_by_version() -> None:
    frames = ("up", [2, "1", "Heartbeat", {}]), ("down", [4, "1", "FormationViolation", "", {}])
    assert said(*frames, version="1.6") == []
    assert said(*frames) == ["CALLERROR to Heartbeat with the unknown code 'FormationViolation'"]


def test_a_run_is_read_from_its_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"stations": [{"id": "CP-1", "version": "1.6"}]}))
    frames = [
        (1.0, "up", [2, "1", "Heartbeat", {}]),
        (3.0, "up", [2, "2", "Heartbeat", {}]),
        (4.0, "down", [3, "2", {}]),
    ]
    lines = [
        json.dumps({"t": t, "station": "CP-1", "direction": way, "text": json.dumps(frame)}) for t, way, frame in frames
    ]
    (tmp_path / "messages.jsonl").write_text("\n".join(lines))
    (tmp_path / "events.jsonl").write_text(
        json.dumps({"t": 2.0, "station": "CP-1", "kind": "link", "fact": "Disconnected"})
    )
    (found,) = faults(tmp_path)
    assert "frame 3, CP-1 down: Heartbeat response" in found
    assert main([str(tmp_path)]) == 1
    assert "currentTime" in capsys.readouterr().out
