"""The command line as users meet it: exit codes, one line per error, never a traceback."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chargebench import cli
from tests.reports.made_load import Plan, a_load

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run ``chargebench WORDS…``; returns exit code, standard output and standard error."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("CHARGEBENCH_DEBUG", raising=False)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["chargebench", *words])
        with pytest.raises(SystemExit) as end:
            cli.main()
        captured = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return end.value.code, captured.out, captured.err

    return run


def refused(outcome: tuple[int, str, str], code: int, *words: str) -> None:
    """The command ended with this code and said why in one line."""
    found, _, err = outcome
    assert found == code, err
    assert len(err.strip().splitlines()) == 1, err
    assert "Traceback" not in err
    for word in words:
        assert word in err


def test_help_names_every_command_and_the_exit_codes(command: Cli) -> None:
    code, out, _ = command("--help")
    assert code == 0
    for word in ("demo", "csms", "station", "fleet", "run", "certify", "report", "Exit codes"):
        assert word in out


def test_an_unknown_command_is_unusable(command: Cli) -> None:
    code, _, err = command("charge")
    assert code == 2
    assert "charge" in err


def test_an_unknown_profile_is_named_with_the_known_ones(command: Cli) -> None:
    refused(command("station", "ws://127.0.0.1:9/", "--profile", "ac-23kw"), 2, "ac-23kw", "ac-22kw")


def test_an_unknown_version_is_named_with_the_known_ones(command: Cli) -> None:
    refused(command("station", "ws://127.0.0.1:9/", "--version", "3.0"), 2, "3.0", "2.0.1")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "ws://", "127.0.0.1:9000", "ws://127.0.0.1:0/", "ws://h:x/"])
def test_an_address_that_is_no_websocket_is_unusable(command: Cli, url: str) -> None:
    refused(command("station", url), 2, "ws://HOST:PORT")


def test_an_unknown_scenario_is_unusable(command: Cli) -> None:
    refused(command("run", "cable-frist"), 2, "cable-frist")


def test_an_invalid_scenario_is_told_with_file_line_and_remedy(command: Cli, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("scenario: Mine\nduration: 1h\nfleet:\n  - {profile: ac-22kw, cuont: 3}\nexpect: [{seen: boot}]\n")
    refused(command("run", str(file)), 2, "mine.yaml", "4", "cuont", "count")


def test_a_run_folder_is_not_overwritten(command: Cli, tmp_path: Path) -> None:
    out = str(tmp_path / "run")
    assert command("run", "boot-pending", "--out", out)[0] == 0
    refused(command("run", "boot-pending", "--out", out), 2, out)


def test_virtual_time_against_a_foreign_csms_is_refused(command: Cli, tmp_path: Path) -> None:
    words = ("run", "cable-first", "--csms", "ws://127.0.0.1:9/", "--speed", "virtual", "--out", str(tmp_path / "run"))
    refused(command(*words), 2, "virtual time")


def test_a_port_that_is_taken_is_unusable(command: Cli, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        database = str(tmp_path / "csms.sqlite")
        refused(command("csms", "--port", port, "--api-port", "0", "--database", database), 2, port, "in use")


def test_a_database_of_something_else_is_unusable(command: Cli, tmp_path: Path) -> None:
    database = tmp_path / "letter.sqlite"
    database.write_text("Dear database, " * 100)
    words = ("csms", "--port", "0", "--api-port", "0", "--database", str(database))
    refused(command(*words), 2, "letter.sqlite")


def test_a_report_of_no_run_is_unusable(command: Cli, tmp_path: Path) -> None:
    refused(command("report", str(tmp_path)), 2, str(tmp_path))


def test_a_failing_scenario_ends_with_1_and_says_what_was_found(command: Cli, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "scenario: Wrong on purpose\nduration: 2m\nfleet: [{profile: ac-22kw}]\n"
        "expect: [{never: boot, name: no boot}]\n"
    )
    code, out, _ = command("run", str(file), "--out", str(tmp_path / "run"))
    assert code == 1
    assert "no boot" in out
    assert (tmp_path / "run" / "report.html").exists()
    assert (tmp_path / "run" / "junit.xml").exists()


def test_a_report_is_recomputed_to_the_same_bytes(command: Cli, tmp_path: Path) -> None:
    assert command("run", "cable-first", "--out", str(tmp_path / "run"))[0] == 0
    report = tmp_path / "run" / "report.html"
    before = report.read_bytes()
    report.unlink()
    code, out, _ = command("report", str(tmp_path / "run"))
    assert code == 0
    assert "report.html" in out
    assert report.read_bytes() == before


def test_the_library_is_listed(command: Cli) -> None:
    code, out, _ = command("scenarios")
    assert code == 0
    assert "charging-day" in out


def test_an_internal_error_is_one_line_too(command: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_name: object) -> None:
        raise ZeroDivisionError("of our own making")

    monkeypatch.setattr("scenarios.library.load", broken)
    refused(command("run", "cable-first"), 1, "internal error", "of our own making")


def test_two_load_runs_are_set_side_by_side(command: Cli, tmp_path: Path) -> None:
    for name in ("now", "then"):
        a_load(tmp_path / name, Plan(steps=(90,), ramp_s=2, hold_s=4), finish=name == "now")
    code, out, _ = command("report", str(tmp_path / "now"), "--against", str(tmp_path / "then"))
    assert (code, "comparison.html" in out, "incomplete" in out) == (0, True, False)
    code, out, _ = command("report", str(tmp_path / "then"))
    assert (code, "load.csv" in out, "incomplete: run.json is missing" in out) == (0, True, True)


def test_a_load_run_cannot_be_set_beside_what_is_no_run(command: Cli, tmp_path: Path) -> None:
    a_load(tmp_path / "now", Plan(steps=(90,), ramp_s=2, hold_s=4))
    refused(command("report", str(tmp_path / "now"), "--against", str(tmp_path / "no")), 2, str(tmp_path / "no"))
