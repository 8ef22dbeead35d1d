"""What came of a run, on screens of all kinds."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from chargebench import runs
from chargebench.errors import printable
from chargebench.progress import Cases, Display
from reports.rundir import RunWriter
from reports.verdict import Judgement, Verdict, worst

PASS = [Judgement(f"TC_B_{number:02}_CS", "Boot accepted, connectors reported", Verdict.PASS) for number in range(30)]
FAIL = Judgement(
    "TC_B_03_CS",
    "Boot rejected: stay silent, then ask again",
    Verdict.FAIL,
    expected="silence for 28 s",
    actual="a BootNotification after 3 s",
    rule="B03.FR.02",
    station="CP-1",
    t=12.3,
    frames=(17, 18),
)
APART = Judgement("TC_C_01_CS", "Local list", Verdict.NOT_APPLICABLE, reason="Local Auth List is not declared")


def recorded(folder: Path, judgements: list[Judgement]) -> Path:
    """A run directory with these verdicts."""
    with RunWriter(folder / "run") as writer:
        writer.event(1.0, "CP-1", "link", "Disconnected", ending="refused", code=401, reason="Unauthorized")
        writer.event(2.0, "CP-1", "link", "Disconnected", ending="refused", code=401, reason="Unauthorized")
        writer.event(3.0, "CP-2", "link", "Disconnected", ending="closed", code=1001, reason="")
        writer.finish(
            clock={"pace": "virtual", "start": "2026-03-01T08:00:00.000Z", "duration_s": 60.0},
            wall={"started": "", "finished": "", "seconds": 0.1},
            stations=[],
            verdicts=judgements,
        )
    return folder / "run"


def told(folder: Path, judgements: list[Judgement], width: int) -> tuple[int, list[str]]:
    """Exit code and lines on a screen of this width."""
    screen = io.StringIO()
    console = Console(file=screen, width=width, highlight=False)
    verdict = worst(each.verdict for each in judgements)
    code = runs.tell(console, judgements, verdict, recorded(folder, judgements))
    return code, [line.rstrip() for line in screen.getvalue().splitlines()]


@pytest.mark.parametrize("width", [80, 160])
def test_failures_come_first_with_all_that_is_known_of_them(width: int, tmp_path: Path) -> None:
    code, lines = told(tmp_path, [*PASS[:3], APART, FAIL], width)
    assert code == 1
    assert lines[:5] == [
        "fail  TC_B_03_CS  Boot rejected: stay silent, then ask again",
        "      expected  silence for 28 s",
        "      found     a BootNotification after 3 s",
        "      rule      B03.FR.02",
        "      at        CP-1, 12.300 s, messages.jsonl line 17, 18",
    ]
    assert lines[5:8] == [f"pass  {each.id}  {each.title}" for each in PASS[:3]]
    assert lines[8].startswith("not applicable  TC_C_01_CS  Local list  (Local Auth List is")
    assert "note  1 station(s) could not connect, refused (401): Unauthorized" in lines
    assert "FAIL  3 pass, 1 fail, 1 not applicable" in lines


@pytest.mark.parametrize("width", [80, 160])
def test_many_passes_are_counted(width: int, tmp_path: Path) -> None:
    few = told(tmp_path / "few", PASS, width)[1]
    assert len([line for line in few if line.startswith("pass  TC_")]) == 30
    code, many = told(tmp_path / "many", [*PASS, Judgement("TC_B_99_CS", "One more", Verdict.PASS)], width)
    assert code == 0
    assert "pass  31 in all; the report lists them" in many
    assert not [line for line in many if "TC_B" in line]


def test_no_line_of_a_pass_is_broken(tmp_path: Path) -> None:
    long = Judgement("an-identifier-that-nobody-would-want-to-type", "word " * 60, Verdict.PASS)
    lines = told(tmp_path, [long], 80)[1]
    assert len([line for line in lines if line.startswith(("pass", "  word"))]) == 1
    assert max(len(line) for line in lines if line.startswith("pass")) <= 80


def test_names_from_the_wire_are_no_markup(tmp_path: Path) -> None:
    evil = Judgement("[red]x[/nope]", "[bold]\x1b[2J", Verdict.FAIL, actual="[/]\u202e\ud800\nnext", station="[link]")
    text = "\n".join(told(tmp_path, [evil], 160)[1])
    for kept in ("[red]x[/nope]", r"[bold]\x1b[2J", r"[/]\u202e\ud800 next", "[link]"):
        assert kept in text


def test_printable_text_stays_as_it_is() -> None:
    assert printable("Ladesäule 7 → ok") == "Ladesäule 7 → ok"
    assert printable("a\tb\x00\x9b") == r"a\tb\x00\x9b"


# -- progress


class Far:
    now_s, duration_s, connected, stations, transactions, messages = 30.0, 60.0, 1, 2, 1, 1234


def test_progress_into_a_pipe_is_one_line_at_the_end() -> None:
    screen = io.StringIO()
    with Display(Console(file=screen, width=80), "A [red]day", runs.wall()) as display:
        display.show(Far())  # type: ignore[arg-type]
        display.done("1,234 messages")
    assert screen.getvalue() == "A [red]day: 1,234 messages\n"


def test_an_interrupted_display_leaves_nothing_in_a_pipe() -> None:
    screen = io.StringIO()
    with pytest.raises(KeyboardInterrupt), Display(Console(file=screen), "A day", runs.wall()):
        raise KeyboardInterrupt
    assert screen.getvalue() == ""


@pytest.mark.parametrize("width", [80, 160])
def test_progress_on_a_terminal_keeps_to_one_line(width: int) -> None:
    screen = io.StringIO()
    console = Console(file=screen, width=width, force_terminal=True, legacy_windows=False)
    with Display(console, "A title so long that it could never fit " * 3, runs.wall()) as display:
        display.show(Far())  # type: ignore[arg-type]
        display.done("1,234 messages")
    assert "1,234 messages" in screen.getvalue()
    assert screen.getvalue().count("\n") == 1


def test_cases_are_counted() -> None:
    screen = io.StringIO()
    with Cases(Console(file=screen, width=80), "OCPP 2.0.1 station", 2) as cases:
        cases.show(PASS[0])
        cases.show(FAIL)
        cases.done({"pass": 1, "fail": 1, "error": 0})
    assert screen.getvalue() == "OCPP 2.0.1 station: 2 of 2 cases judged (1 pass, 1 fail)\n"


# -- folders


def test_a_folder_is_named_after_the_time_and_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    first = runs.folder(None, "my scenario/../x")
    assert first.parent == Path("runs")
    assert first.name.endswith("-my-scenario-..-x")
    assert runs.folder(tmp_path / "mine", "x") == tmp_path / "mine"


def test_link_troubles_are_counted_by_station(tmp_path: Path) -> None:
    run = recorded(tmp_path, [])
    assert runs.link_troubles(run) == ["1 station(s) could not connect, refused (401): Unauthorized"]
    assert json.loads((run / "run.json").read_text())["verdict"] == "not applicable"
