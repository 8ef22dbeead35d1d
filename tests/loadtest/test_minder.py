"""Processes of a fleet that die, hang or never start."""

import os
import signal
from pathlib import Path

import orjson
import pytest

from loadtest.fleet import Fleet
from loadtest.mishaps import FleetError
from tests.loadtest.csms import Csms, listening
from tests.loadtest.fleets import SOON_S, all_accepted, fleet, plan


def test_a_shard_that_is_killed_is_begun_anew_with_its_stations():
    csms = Csms()
    with listening(csms) as place, fleet(plan(f"ws://{place}/", restarts=1), 2) as (running, watcher):
        running.start(6)
        running.phase("soak")
        assert running.wait(all_accepted(6), SOON_S)
        os.kill(running.pids["fleet-1"], signal.SIGKILL)
        assert watcher.until(lambda seen: seen.sum("restarted_shards") == 1)
        assert watcher.sum("lost:process") == 3
        assert running.wait(all_accepted(6), SOON_S)
        assert watcher.until(lambda seen: seen.ticks[-1].source == "fleet-1")
        assert watcher.ticks[-1].phase == "soak", "the new process knows what the old one was told"
        os.kill(running.pids["fleet-1"], signal.SIGKILL)
        assert watcher.until(lambda seen: seen.sum("lost_shards") == 1)
        assert running.wait(all_accepted(3), SOON_S)
        assert [notice.stations for notice in watcher.notices] == [3, 3]
        assert "begun anew" in watcher.notices[0].text
        assert "given up" in watcher.notices[1].text
        assert running.wanted == 3
        running.start(1)
        assert running.wait(all_accepted(4), SOON_S), "those that are left take more"
    assert [(gap.source, gap.stations, gap.why) for gap in running.gaps] == [("fleet-1", 3, "signal 9")] * 2
    assert all(gap.from_s <= gap.until_s for gap in running.gaps)


def test_a_shard_that_hangs_is_ended():
    with listening(Csms()) as place, fleet(plan(f"ws://{place}/", restarts=0, silence_s=2.0)) as (running, watcher):
        running.start(2)
        assert running.wait(all_accepted(2), SOON_S)
        os.kill(running.pids["fleet-1"], signal.SIGSTOP)
        assert watcher.until(lambda seen: seen.sum("lost_shards") == 1)
        with pytest.raises(FleetError, match="no process"):
            running.start(1)
    assert "said nothing" in watcher.notices[0].text


def test_shards_end_with_their_parent():
    with listening(Csms()) as place:
        running = Fleet(plan(f"ws://{place}/", restarts=0), 1)
        with running:
            pid = running.pids["fleet-1"]
            running._shards[0]._connection.shutdown(2)
            running._shards[0]._thread.join(SOON_S)
            assert not Path(f"/proc/{pid}").exists()


def test_a_shard_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("loadtest.minder.sys.executable", "/bin/false")
    with pytest.raises(FleetError, match=r"fleet-1 did not start"), Fleet(plan("ws://127.0.0.1:9/")):
        pass


def test_many_stations_are_ordered_in_many_lines(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("loadtest.minder.STATIONS_PER_ORDER", 4)
    with listening(Csms()) as place, fleet(plan(f"ws://{place}/")) as (running, _):
        shard, orders = running._shards[0], []
        send = shard._send
        monkeypatch.setattr(shard, "_send", lambda to, line: (orders.append(orjson.loads(line)), send(to, line)))
        running.start(10)
        assert running.wait(all_accepted(10), SOON_S)
        assert [len(order["stations"]) for order in orders] == [4, 4, 2]
