"""Measures both designs of a Locust user, a greenlet per station and seats in a fleet.

`python -m tests.loadtest.designs 2000`: stations beat once a second against the same CSMS. Told are, of the Locust
process and of its children (the fleet, with complete stations), processor time per request over 15 s, all at work, and
private memory per station, as it grew from the first tenth of them.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

import loadtest
from loadtest.csms import LocalCsms

HERE = Path(__file__).parent
DESIGNS = {
    "greenlets": [HERE / "greenlets.py"],
    "seats": [Path(loadtest.__file__).with_name("locustfile.py"), "--shards", "1", "--recorded", "1"],
}
SETTLE_S, WINDOW_S, BEATS_PER_S = 20.0, 15.0, 1.0


@dataclass
class Cost:
    """Processor seconds and private bytes."""

    cpu_s: float
    private: int

    @classmethod
    def of(cls, *processes: psutil.Process) -> "Cost":
        times = [each.cpu_times() for each in processes]
        return cls(
            sum(each.user + each.system for each in times), sum(each.memory_full_info().uss for each in processes)
        )


def measured(design: str, url: str, users: int, out: Path) -> list[Cost]:
    """Of the Locust process and of its children: processor seconds of the window, and private bytes at its end."""
    file, *more = DESIGNS[design]
    words = ["--headless", "--host", url, "--users", users, "--spawn-rate", 100, "--only-summary", *more]
    if design == "seats":
        words += ["--run-dir", out / f"{design}-{users}", "--identities", f"S{users}-{{n}}"]
    locust = subprocess.Popen(
        [sys.executable, "-m", "locust", "-f", str(file), *map(str, words)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    process = psutil.Process(locust.pid)
    try:
        time.sleep(users / 100 + SETTLE_S)
        both = [process], process.children(recursive=True)
        before = [Cost.of(*some) for some in both]
        time.sleep(WINDOW_S)
        after = [Cost.of(*some) for some in both]
    finally:
        locust.terminate()
        locust.wait(60)
    return [Cost(late.cpu_s - early.cpu_s, late.private) for early, late in zip(before, after, strict=True)]


def main(users: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = {"transport": "lean", "accept_unknown_tokens": True, "heartbeat_s": 1}
        with LocalCsms(Path(folder) / "csms", settings) as csms:
            for design in DESIGNS:
                few = measured(design, csms.url, users // 10, Path(folder))
                many = measured(design, csms.url, users, Path(folder))
                for whose, small, large in zip(("Locust", "its children"), few, many, strict=True):
                    each_us = large.cpu_s / (users * BEATS_PER_S * WINDOW_S) * 1e6
                    each_kib = (large.private - small.private) / (users - users // 10) / 1024
                    print(f"{design}, {whose}: {each_us:.1f} µs a request, {each_kib:.1f} KiB a station", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
