"""A station that is killed goes on from its state file: what it had told stands, what it owed is told."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from tests.chargebench.processes import child, csms, finished, refused


def test_a_killed_station_ends_its_transaction_at_the_next_start(tmp_path: Path) -> None:
    state = tmp_path / "cp-1.json"
    with csms(tmp_path, "--unknown-tokens") as running:
        words = ("station", running.url, "--id", "CP-1", "--speed", "20", "--state", str(state))
        with child(*words) as station:
            station.until("Accepted")
            station.say("plug compact-50kwh 30%", "present T1")
            station.until("TransactionStarted")
            station.until("idTokenInfo")
            station.end(signal.SIGKILL)
        (before,) = running.get("/transactions")
        assert before["state"] == "Active"
        with child(*words) as station:
            station.until("TransactionEnded")
            station.until(r'"stoppedReason":"PowerLoss"')
            station.until(r"← \[3,")
            station.say("quit")
            station.end()
        (after,) = running.get("/transactions")
    assert (after["transaction_id"], after["state"]) == (before["transaction_id"], "Ended")
    assert after["stop_reason"] == "PowerLoss"
    assert json.loads(state.read_text())["flash"]["journal"] == []


def test_a_file_that_is_no_state_is_said_in_a_line(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text("{}")
    refused(finished("station", "ws://127.0.0.1:9/", "--state", str(file)), 2, str(file), "format 1")
