"""Real processes and sockets; stations live twenty times as fast, so that nobody waits for their firmware to start."""

import os
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from loadtest.fleet import Fleet
from loadtest.identities import CsvFile, IdentityError, Pattern
from loadtest.plan import Tls
from loadtest.room import NoRoom, Room
from protocol.link import Turned
from protocol.security import server_tls
from reports.rundir import Run, RunWriter
from reports.ticks import Tick
from tests.certificates import Authority
from tests.loadtest.csms import Csms, listening
from tests.loadtest.fleets import SOON_S, all_accepted, fleet, plan


def test_a_life_of_a_fleet(tmp_path: Path):
    csms = Csms()
    record = RunWriter(tmp_path / "run", {"kind": "load"})
    with (
        listening(csms) as place,
        fleet(plan(f"ws://{place}/ocpp", recorded=3), 2, record=record) as (running, watcher),
    ):
        who = running.start(10)
        assert [each.id for each in who] == [f"CP-{n:06}" for n in range(1, 11)]
        assert running.wait(all_accepted(10), SOON_S)
        for pid in running.pids.values():
            os.kill(pid, signal.SIGINT)  # Ctrl-C reaches the whole group; it is for the parent to decide
        running.phase("storm")
        running.drop()
        assert watcher.until(lambda seen: seen.sum("reconnected") == 10)
        running.stop(4)
        assert running.wait(lambda counts: counts["accepted"] == 6, SOON_S)
        assert running.counts["wanted"] == 6
        again = running.start(1)
        assert [each.id for each in again] == ["CP-000007"], "the first that is free"
        assert running.wait(all_accepted(7), SOON_S)
        running.power(on=False)
        assert running.wait(lambda counts: counts["stopped"] == 7, SOON_S)
        running.power(on=True)
        assert running.wait(all_accepted(7), SOON_S)
        recorded = running.recorded
    assert {tick.source for tick in watcher.ticks} == {"fleet-1", "fleet-2"}
    assert watcher.ticks[-1].phase == "storm"
    assert running.gaps == []
    assert not watcher.notices
    told = sum((calls.count for tick in watcher.ticks for action, calls in tick.calls.items() if action in csms.got), 0)
    assert told == sum(csms.got.values()), "nothing is lost between the processes"
    assert sum(calls.count for action, calls in running.totals.calls.items() if action in csms.got) == told
    assert [why.code for why in csms.lost[-7:]] == [1001] * 7, "at the end all say goodbye"
    assert csms.boots["CP-000001"] == 2
    assert csms.boots["CP-000007"] == 3
    record.finish(
        clock={"pace": "scaled:20", "start": None, "duration_s": None},
        wall={"started": None, "finished": None, "seconds": None},
        stations=[],
    )
    stations = {message.station for message in Run.open(tmp_path / "run").messages()}
    assert stations == {each.id for each in recorded}
    assert len(stations) == 3


def test_a_shard_whose_parent_is_gone_before_it_spoke_ends():
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "loadtest.shard", str(theirs.fileno())]
    found = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with ours, theirs, subprocess.Popen(command, pass_fds=[theirs.fileno()], env=found) as shard:
        theirs.close()
        ours.close()
        assert shard.wait(SOON_S) == 0


def test_who_leaves_with_an_error_leaves_no_process():
    pids: list[int] = []

    def fail(place: str) -> None:
        with fleet(plan(f"ws://{place}/"), 2) as (running, _):
            pids.extend(running.pids.values())
            raise ZeroDivisionError

    with listening(Csms()) as place, pytest.raises(ZeroDivisionError):
        fail(place)
    assert len(pids) == 2
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_what_a_listener_raises_comes_out_at_the_end():
    def listen(_tick: Tick) -> None:
        raise ZeroDivisionError

    with listening(Csms()) as place:
        running = Fleet(plan(f"ws://{place}/"), on_tick=listen)
        running.__enter__()
        running.start(1)
        assert running.wait(all_accepted(1), SOON_S), "the fleet goes on"
        with pytest.raises(ZeroDivisionError):
            running.end()
    assert not running.gaps


# -- what cannot be is said before anything starts


def test_more_stations_than_files_or_identities(tmp_path: Path):
    ids = tmp_path / "ids.csv"
    ids.write_text("identity\nA\nB\n")
    with listening(Csms()) as place:
        with fleet(plan(f"ws://{place}/", identities=CsvFile(ids))) as (running, _):
            with pytest.raises(IdentityError, match="3 stations need as many identities, but there are only 2"):
                running.start(3)
            assert running.wanted == 0
            running.start(2)
            running.stop(1)
            assert [each.id for each in running.start(1)] == ["B"]
        with fleet(plan(f"ws://{place}/"), room=Room(1, 100, ((),), 28_000)) as (running, _):
            with pytest.raises(NoRoom, match="at least 2 shards"):
                running.start(5)
            assert running.wanted == 0


# -- security


@pytest.mark.parametrize("profile", [1, 2, 3])
def test_security_profiles(tmp_path: Path, profile: int):
    authority = Authority(tmp_path)
    pair = authority.issue()
    server = server_tls(pair.cert, pair.key) if profile > 1 else None
    tls = Tls(ca=str(authority.cert)) if profile > 1 else None
    if profile == 3 and server is not None:
        server.verify_mode = ssl.CERT_REQUIRED
        server.load_verify_locations(authority.cert)
        own = authority.issue("station", names=("CP-1",), usage=ExtendedKeyUsageOID.CLIENT_AUTH)
        tls = Tls(str(authority.cert), str(own.cert), str(own.key))
    csms = Csms()
    password = None if profile == 3 else "a-password-of-CP-{n}"
    with listening(csms, server) as place:
        made = plan(
            f"{'ws' if server is None else 'wss'}://{place}/", tls=tls, identities=Pattern("CP-{n}", password=password)
        )
        with fleet(made) as (running, _):
            running.start(2)
            assert running.wait(all_accepted(2), SOON_S)
    assert csms.passwords == {f"CP-{n}": None if profile == 3 else f"a-password-of-CP-{n}" for n in (1, 2)}


# -- CSMSs that misbehave, over real sockets


def test_a_csms_that_is_down_and_one_that_refuses():
    with listening(Csms()) as place:
        pass
    with fleet(plan(f"ws://{place}/")) as (running, watcher):
        running.start(3)
        assert watcher.until(lambda seen: seen.sum("failed:unreachable") >= 3)
    csms = Csms()
    csms.turn = Turned(503, "full", 5)
    with listening(csms) as place, fleet(plan(f"ws://{place}/")) as (running, watcher):
        running.start(3)
        assert watcher.until(lambda seen: seen.sum("refused:503") >= 3)
        csms.turn = None
        assert running.wait(all_accepted(3), SOON_S)


@pytest.mark.parametrize("fault", ["expired", "wrong_name", "unknown authority"])
def test_a_csms_with_a_wrong_certificate(tmp_path: Path, fault: str):
    authority = Authority(tmp_path)
    pair = authority.issue() if fault == "unknown authority" else getattr(authority, fault)()
    trusted = Authority(tmp_path, "Somebody else") if fault == "unknown authority" else authority
    with (
        listening(Csms(), server_tls(pair.cert, pair.key)) as place,
        fleet(plan(f"wss://{place}/", tls=Tls(str(trusted.cert)))) as (running, watcher),
    ):
        running.start(2)
        assert watcher.until(lambda seen: seen.sum("failed:tls") >= 2)
        assert running.totals.calls["connect"].failures["tls"] >= 2


# -- a Locust worker's process is patched by gevent

PATCHED = """
import gevent.monkey
gevent.monkey.patch_all()
import gevent, os, signal, sys
from loadtest.fleet import Fleet
from loadtest.habits import parse_habits
from loadtest.plan import Plan
beats = []
def beat():
    while True:
        beats.append(1)
        gevent.sleep(0.01)
gevent.spawn(beat)
plan = Plan(sys.argv[1], habits=parse_habits("habits: nobody"), speed=20.0, tick_s=0.1)
with Fleet(plan, 2) as fleet:
    fleet.start(4)
    assert fleet.wait(lambda counts: counts["accepted"] == 4, 60)
    os.kill(fleet.pids["fleet-1"], signal.SIGKILL)
    assert fleet.wait(lambda counts: counts["accepted"] == 2, 60)
    assert fleet.wait(lambda counts: counts["accepted"] == 4, 60)
assert len(fleet.gaps) == 1, fleet.gaps
assert len(beats) > 20, "other greenlets had their turns meanwhile"
print(fleet.totals.counts["booted"])
"""


def test_the_parent_works_where_threads_and_sockets_are_gevent_s():
    pytest.importorskip("gevent")
    with listening(Csms()) as place:
        command = [sys.executable, "-c", PATCHED, f"ws://{place}/"]
        found = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=found)
    assert (done.returncode, done.stdout.strip()) == (0, "6"), done.stderr
