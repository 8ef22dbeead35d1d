"""The report in a real browser: no errors in its console, nothing hostile runs, sequences are drawn."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import reports
from tests.reports.made_load import Plan, a_load
from tests.reports.synthetic import a_day

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --enable-logging=stderr --virtual-time-budget=5000 --dump-dom"
)


def required() -> bool:
    return os.environ.get("CHARGEBENCH_REQUIRE_SERVICES") == "1"


@pytest.mark.skipif(CHROMIUM is None and not required(), reason="no chromium on this machine")
@pytest.mark.timeout(120)
def test_the_page_runs_clean_and_nothing_hostile_does(tmp_path: Path) -> None:
    assert CHROMIUM is not None, "CHARGEBENCH_REQUIRE_SERVICES=1 asks for chromium, and there is none"
    page = reports.render(a_day(tmp_path / "day", stations=3, hours=13))[0]
    # Without its policy the page has only its escaping to rely on, which is what is tested here.
    loose = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text("utf-8"))
    (tmp_path / "loose.html").write_text(loose, "utf-8")
    for path, station in ((page, "CP-01"), (tmp_path / "loose.html", "CP-03")):
        dom, console = _open(path, f"station-{station}", tmp_path / f"profile-{station}")
        assert console == []
        assert 'data-ready="yes"' in dom, "the script ran"
        assert "<title>A working day" in dom, "no hostile string ran"
        assert "<img" not in dom
        assert dom.count('<details class="row up') > 20, "the sequence of the station was drawn"
    assert "not json at all" in dom
    assert "\\u202e" in dom


@pytest.mark.skipif(CHROMIUM is None and not required(), reason="no chromium on this machine")
@pytest.mark.timeout(120)
def test_the_pages_of_a_load_run_run_clean(tmp_path: Path) -> None:
    now = a_load(tmp_path / "now", Plan(steps=(900, 1_800), knee=1_000, lose={9: 2}, killed=("fleet-2", 20, 25)))
    reports.render(now, a_load(tmp_path / "before", Plan(steps=(900,))))
    for name in ("report.html", "comparison.html"):
        dom, console = _open(now / name, "latency", tmp_path / f"profile-{name}")
        assert console == []
        assert 'data-ready="yes"' in dom, "the script ran"
        assert dom.count("<figure") > 6


def _open(page: Path, anchor: str, profile: Path) -> tuple[str, list[str]]:
    assert CHROMIUM is not None
    command = [CHROMIUM, *FLAGS.split(), f"--user-data-dir={profile}", f"{page.as_uri()}#{anchor}"]
    done = subprocess.run(command, capture_output=True, timeout=100, check=True)
    log = done.stderr.decode("utf-8", "replace")
    return done.stdout.decode("utf-8", "replace"), [line for line in log.splitlines() if ":CONSOLE" in line]
