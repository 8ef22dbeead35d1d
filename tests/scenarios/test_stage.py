"""What happens on stage is in the record and in the run directory alike."""

from __future__ import annotations

from pathlib import Path

from protocol.versions import by_name
from reports.rundir import Run
from scenarios.library import load
from scenarios.model import Pattern
from scenarios.record import Record
from scenarios.runner import run


async def test_waits_end_with_an_answered_message_and_commands_are_noted(tmp_path: Path) -> None:
    await run(load("remote-start-stop"), out=tmp_path, stations=1)
    recorded = Run.open(tmp_path)
    commanded = [event.fields for event in recorded.events() if event.fact == "Commanded"]
    assert [(each["command"], each["status"]) for each in commanded] == [
        ("remote_start", "Accepted"),
        ("remote_stop", "Accepted"),
    ]
    record = Record.read(recorded, {each["id"]: by_name(each["version"]) for each in recorded.stations})
    started = next(record.found("CP-001", Pattern("transaction_started")))
    stopped = next(record.found("CP-001", Pattern("remote_stop")))
    assert stopped.t - started.t == 1800
