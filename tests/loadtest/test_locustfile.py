"""Locust as its users start it: real processes, a real CSMS, few stations."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import loadtest
from loadtest.csms import LocalCsms
from reports.rundir import Run
from reports.ticks import read_ticks
from tests.ports import free_port

LOCUSTFILE = Path(loadtest.__file__).with_name("locustfile.py")
EXPECTING = """
scenario: a busy day
duration: 1h
fleet: [{id: "X-{n}", count: 2, profile: ac-22kw}]
expect:
  - {name: stations boot, seen: boot, times: {at_least: 1}}
  - {name: a day has a thousand boots, seen: boot, times: {at_least: 1000}}
"""
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def csms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCsms]:
    with LocalCsms(
        tmp_path_factory.mktemp("csms"), {"transport": "lean", "accept_unknown_tokens": True, "heartbeat_s": 1}
    ) as running:
        yield running


class Locust(subprocess.Popen[str]):
    """A Locust process; its output is read as it comes."""

    def __init__(self, *words: object) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "LOCUST_SKIP_MONKEY_PATCH"}
        super().__init__(
            [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *map(str, words)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=environment | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        self.said: list[str] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.stdout is not None
        for line in self.stdout:
            with self._news:
                self.said.append(line.rstrip())
                self._news.notify_all()

    def says(self, words: str) -> None:
        with self._news:
            heard = self._news.wait_for(lambda: any(words in line for line in self.said), PATIENCE_S)
        assert heard, "\n".join(self.said)

    def ended(self) -> int:
        try:
            self.wait(PATIENCE_S)
        finally:
            self.kill()
            self._reader.join()
            assert self.stdout is not None
            self.stdout.close()
        return self.returncode


@pytest.fixture
def locust() -> Iterator[Any]:
    started: list[Locust] = []

    def start(*words: object) -> Locust:
        started.append(Locust(*words))
        return started[-1]

    yield start
    for each in started:
        if each.poll() is None:
            each.kill()
        each.ended()


def counted(run: Path) -> dict[str, tuple[int, int]]:
    """Requests and failures by action, from the ticks."""
    ended, failed = Counter[str](), Counter[str]()
    for tick in read_ticks(run):
        for action, calls in tick.calls.items():
            ended[action] += calls.count
            failed[action] += calls.failures.total()
    return {action: (ended[action], failed[action]) for action in ended}


def tick_sources(run: Path) -> set[str]:
    """The processes of the fleet that have told of stations at work."""
    if not (run / "load.jsonl").exists():
        return set()
    return {tick.source for tick in read_ticks(run) if tick.gauges.get("accepted") == 3}


def until(holds: Callable[[], bool]) -> None:
    """Other processes write files, which nobody tells of."""
    give_up_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < give_up_s
        time.sleep(0.1)


def in_statistics(file: Path) -> dict[str, tuple[int, int]]:
    """The same, from Locust's own final statistics."""
    entries = json.loads(file.read_text())
    return {entry["name"]: (entry["num_requests"], entry["num_failures"]) for entry in entries}


def test_statistics_of_a_master_and_two_workers_equal_the_run_directory(csms: LocalCsms, locust: Any, tmp_path: Path):
    port = free_port()
    workers = [locust("--worker", "--master-port", port) for _ in range(2)]
    master = locust(
        "--master", "--master-bind-port", port, "--expect-workers", 2, "--headless", "--host", f"{csms.url}/ocpp",
        "--users", 30, "--spawn-rate", 30, "--shape", "reconnect-storm", "--hold-s", 3, "--identities", "L-{n:03}",
        "--back-off", "none", "--recorded", 2, "--shards", 1,
        "--run-dir", tmp_path / "run", "--json-file", tmp_path / "stats",
    )  # fmt: skip
    code = master.ended()
    assert any("Shape test stopping" in line for line in master.said), "\n".join(master.said)
    assert [worker.ended() for worker in workers] == [0, 0], workers[0].said + workers[1].said
    told = counted(tmp_path / "run")
    assert told["BootNotification"] == (30, 0), "\n".join(master.said)
    assert told["connect"][0] >= 60
    assert in_statistics(tmp_path / "stats.json") == told
    run = Run.open(tmp_path / "run")
    assert run.kind == "load"
    verdicts = {each["id"]: each["verdict"] for each in run.summary["verdicts"]}
    assert (verdicts["accepted"], verdicts["kept"], verdicts["whole"]) == ("pass", "pass", "pass")
    assert code == (0 if run.summary["verdict"] == "pass" else 1)
    assert len(run.stations) == 4  # two of each worker
    assert {message.station for message in run.messages()} == {each["id"] for each in run.stations}
    assert {tick.source for tick in read_ticks(tmp_path / "run")} == {"machine", "fleet-1.1", "fleet-2.1"}


def test_what_a_scenario_expects_counts_as_a_failure(csms: LocalCsms, locust: Any, tmp_path: Path):
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(EXPECTING)
    alone = locust(
        "--headless", "--host", f"{csms.url}/ocpp", "--users", 2, "--spawn-rate", 2, "--shape", "ramp", "--hold-s", 1,
        "--scenario", scenario, "--shards", 1, "--identities", "E-{n}", "--run-dir", tmp_path / "run",
        "--json-file", tmp_path / "stats",
    )  # fmt: skip
    assert alone.ended() == 1, "\n".join(alone.said)
    told = in_statistics(tmp_path / "stats.json")
    assert told["a day has a thousand boots"] == (1, 1)
    assert "stations boot" not in told


def test_a_worker_that_dies_is_missed(csms: LocalCsms, locust: Any, tmp_path: Path):
    port = free_port()
    workers = [locust("--worker", "--master-port", port) for _ in range(2)]
    master = locust(
        "--master", "--master-bind-port", port, "--expect-workers", 2, "--headless", "--host", f"{csms.url}/ocpp",
        "--users", 6, "--spawn-rate", 30, "--identities", "D-{n}", "--shards", 1, "--run-dir", tmp_path / "run",
    )  # fmt: skip
    until(lambda: len(tick_sources(tmp_path / "run")) == 2)
    workers[1].kill()
    master.says("it had 3 stations")
    master.send_signal(signal.SIGTERM)
    assert master.ended() == 1, "\n".join(master.said)
    summary = json.loads((tmp_path / "run" / "run.json").read_text())
    (whole,) = [each for each in summary["verdicts"] if each["id"] == "whole"]
    assert whole["verdict"] == "inconclusive"
    assert "its worker told nothing" in whole["actual"]
    assert any(event.fact == "Noticed" for event in Run.open(tmp_path / "run").events())


def test_users_without_an_identity_are_failures(csms: LocalCsms, locust: Any, tmp_path: Path):
    file = tmp_path / "stations.csv"
    file.write_text("identity\nC-1\nC-2\n")
    alone = locust(
        "--headless", "--host", f"{csms.url}/ocpp", "--users", 5, "--spawn-rate", 5,
        "--identities", file, "--shards", 1, "--run-dir", tmp_path / "run", "--json-file", tmp_path / "stats",
    )  # fmt: skip
    alone.says("3 stations could not be started: there are identities for 2 stations only")
    until(lambda: counted(tmp_path / "run").get("BootNotification") == (2, 0))
    alone.send_signal(signal.SIGTERM)
    assert alone.ended() == 1, "\n".join(alone.said)
    assert in_statistics(tmp_path / "stats.json")["start"] == (3, 3)
    assert in_statistics(tmp_path / "stats.json")["BootNotification"] == (2, 0)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--host", "http://127.0.0.1/"], "is no address of a CSMS"),
        (["--host", "ws://127.0.0.1:1/", "--station-profile", "toaster"], "toaster"),
        (["--host", "ws://127.0.0.1:1/", "--shape", "wave"], "no load shape 'wave'"),
        (["--host", "ws://127.0.0.1:1/", "--identities", "no.csv"], "no.csv: cannot be read"),
    ],
)
def test_what_cannot_be_ordered_says_so(words: list[str], told: str, locust: Any, tmp_path: Path):
    alone = locust("--headless", "--users", 1, "--run-dir", tmp_path / "run", *words)
    assert alone.ended() == 2, "\n".join(alone.said)
    assert any(told in line for line in alone.said), "\n".join(alone.said)
    assert not any("Traceback" in line for line in alone.said)
