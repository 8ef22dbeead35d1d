"""What every page shares is escaped, visible and told from the run."""

from pathlib import Path

from reports.page import Tile, about, machine_words, rendered, reproduce
from reports.recording import Run
from reports.verdict import Verdict
from tests.reports.made_load import Plan, a_load
from tests.reports.synthetic import HOSTILE


def test_the_head_of_a_page_is_told_from_the_run(tmp_path: Path):
    run = Run.open(a_load(tmp_path / "run", Plan(steps=())))
    told = about(run)
    assert told["verdict_counts"] == [(Verdict.PASS, 2)]
    assert told["headline"] == "Everything held"
    assert told["command"].startswith("chargebench load ")
    rows = dict(reproduce(run))
    assert rows["Machine"] == "Linux 6.18 · x86_64 · 2 processors · 24064 MiB memory"
    assert rows["Seed"] == "7"


def test_a_machine_that_told_little_is_told_so_far():
    assert machine_words({"processors": 2, "cooling": "ice"}) == ["2 processors", "ice"]


def test_what_a_context_holds_is_escaped_and_made_visible(tmp_path: Path):
    run = Run.open(a_load(tmp_path / "run", Plan(steps=()), finish=False))
    context = about(run) | {
        "tiles": [Tile("<b>", HOSTILE)],
        "reproduce": [],
        "left_out": [],
        "start": "",
        "start_iso": "",
    }
    page = rendered("layout.html.j2", context).decode()
    assert "&lt;b&gt;" in page
    assert HOSTILE not in page
    assert "\\u202e" in page
    assert "This recording is incomplete" in page
