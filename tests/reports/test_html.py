"""The HTML report: complete, escaped, small, and the same bytes each time."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import reports
from reports.html import html
from reports.rundir import Judgement, Run, RunError, RunWriter, Verdict
from tests.reports.synthetic import HOSTILE, a_day


class Elements(HTMLParser):
    """Collects what a browser would make of the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_day(tmp_path_factory.mktemp("run") / "day", stations=5, hours=14)


@pytest.fixture(scope="module")
def page(day: Path) -> Elements:
    return Elements(html(Run.open(day)).decode())


def test_rendering_twice_gives_the_same_bytes(day: Path) -> None:
    first = [path.read_bytes() for path in reports.render(day)]
    paths = reports.render(day)
    assert [path.name for path in paths] == ["report.html", "junit.xml"]
    assert [path.read_bytes() for path in paths] == first


def test_the_page_fetches_nothing(page: Elements) -> None:
    addresses = [
        value or "" for _, attrs in page.tags for name, value in attrs.items() if name in ("src", "href", "srcset")
    ]
    assert addresses
    assert [each for each in addresses if not each.startswith(("#", "data:,"))] == []
    assert "@import" not in page.text
    assert "url(" not in page.text


def test_hostile_strings_stay_text(page: Elements) -> None:
    assert not [attrs for tag, attrs in page.tags if tag == "img"]
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert "</script><img src=x" in page.text
    assert HOSTILE not in page.text, "what hides or reverses text is shown as an escape"


def test_the_page_tells_the_run(page: Elements) -> None:
    for word in (
        "A working day on a mixed site",
        "1 error",
        "chargebench demo --seed 7",
        "UnlockConnector.conf with status Unlocked",
        "F05.FR.02",
        "UnlockConnector · OccurrenceConstraintViolation",
        "ContactorWelded",
        "ac-22kw",
        "EVDisconnected",
        "Reproduce this run",
        "x86_64",
    ):
        assert word in page.text, word
    assert page.text.index("An operator unlocks") < page.text.index("Every station boots"), "failures come first"


def test_the_cited_frame_is_open_amid_its_neighbours(page: Elements) -> None:
    rows = [attrs for tag, attrs in page.tags if tag == "details" and "row" in (attrs["class"] or "").split()]
    cited = [attrs for attrs in rows if "cited" in (attrs["class"] or "")]
    assert len(cited) == 2
    assert all("open" in attrs for attrs in cited)
    assert len(rows) > 10


def test_a_large_run_stays_small_and_says_what_it_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.html.FRAMES_IN_ALL", 300)
    path = a_day(tmp_path / "day", stations=6, hours=12)
    run = Run.open(path)
    text = Elements(html(run).decode()).text
    told = re.search(r"leaves out ([\d,]+) of ([\d,]+) frames", text)
    assert told is not None
    assert int(told[2].replace(",", "")) == sum(1 for _ in run.messages())
    assert 0 < int(told[1].replace(",", "")) <= int(told[2].replace(",", "")) - 300 + 6
    assert "the gaps are marked" in text


def test_a_full_demo_day_fits(tmp_path: Path) -> None:
    path = a_day(tmp_path / "day", stations=24, heartbeat_s=300)
    assert len(html(Run.open(path))) < 3_000_000


def test_the_page_shrinks_until_it_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = a_day(tmp_path / "day", stations=3, hours=12)
    whole = len(html(Run.open(path)))
    monkeypatch.setattr("reports.html.PACKED_BYTES_MAX", 3_000)
    assert len(html(Run.open(path))) < whole


def test_an_incomplete_run_says_so(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path)
    writer.message(1, "CP-1", "up", '[2,"a","Heartbeat",{}]')
    writer.close()
    text = Elements(html(Run.open(tmp_path)).decode()).text
    assert "This recording is incomplete" in text
    assert "run.json is missing" in text
    assert "inconclusive" in text


def test_odd_frames_of_every_kind_can_be_cited(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path)
    odd = [
        "",
        "[4]",
        '[4,"x","y"]',
        '[4,"x",5]',
        '[5,"x",{}]',
        '[2,"x","A",null]',
        '[2,"x","\\ud800",[1]]',
        "\ud800",
        "[3,",
    ]
    for text in odd:
        writer.message(1, "CP-1", "up", text)
    writer.event(1, None, "fault", "Odd", value={"a": [HOSTILE, None]})
    judgement = Judgement("odd", "", Verdict.FAIL, frames=(*range(1, len(odd) + 1), 999))
    beside = Judgement("beside", "", Verdict.FAIL, station="CP-1", t=1.0)
    writer.finish(
        clock={"pace": "real", "start": "not a stamp", "duration_s": 0},
        wall={"started": "x", "finished": "x", "seconds": 0},
        stations=[],
        verdicts=[judgement, beside],
    )
    text = Elements(html(Run.open(tmp_path)).decode()).text
    assert "line 999 of messages.jsonl" in text
    assert "an unknown date" in text


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError):
        reports.render(tmp_path)


def test_drivers_who_come_and_go_do_not_hide_what_went_wrong(tmp_path: Path) -> None:
    with RunWriter(tmp_path / "run", {"kind": "scenario"}) as writer:
        for at in range(300):
            writer.event(float(at), "CP-1", "scenario", "DriverArrived", drivers="commuters")
        writer.event(301.0, None, "fault", "CsmsDown", for_s=600.0)
    page = html(Run.open(tmp_path / "run")).decode()
    timeline = page[page.index('<section id="timeline">') : page.index('<section id="messages">')]
    before, folded, after = timeline.partition("<details")
    assert "CsmsDown" in before
    assert "DriverArrived" not in before
    assert (folded, after.count("<b>DriverArrived</b>")) == ("<details", 200)
