"""The documents of a load run: complete, honest about what is missing, and the same bytes each time."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest

import reports
from reports import load as load_reports
from reports.load import charts, figures, numbers, page, record
from reports.recording import Run, RunError
from reports.rundir import Judgement, RunWriter, Verdict
from reports.ticks import FILE, Calls, Tick, TickWriter
from tests.reports.made_load import PASSED, Plan, a_load, counted
from tests.reports.synthetic import HOSTILE, a_day
from tests.reports.test_html import Elements

KNEE = Plan(steps=(1_000, 2_000, 3_000), knee=2_500, lose={50: 12, 51: 3}, odd=True)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = a_load(tmp_path_factory.mktemp("load") / "knee", KNEE)
    reports.render(path)
    return path


@pytest.fixture(scope="module")
def told(run: Path) -> Elements:
    return Elements((run / "report.html").read_text())


def text(path: Path) -> str:
    reports.render(path)
    return " ".join(Elements((path / "report.html").read_text()).text.split())


def sentence(path: Path) -> str:
    run = Run.open(path)
    return page._Page(run, load_reports.loaded(run)).context()["sentence"]


def test_rendering_twice_gives_the_same_bytes(run: Path):
    first = {path.name: path.read_bytes() for path in reports.render(run)}
    assert {path.name: path.read_bytes() for path in reports.render(run)} == first
    assert set(first) == {
        "report.html", "junit.xml", "load.csv", "load.parquet", "latency.csv", "latency.parquet"
    }  # fmt: skip


def test_the_page_fetches_nothing(told: Elements):
    links = [
        value or "" for _, attrs in told.tags for name, value in attrs.items() if name in ("src", "href", "srcset")
    ]
    local = ("#", "data:,", "load.csv", "latency.csv")
    assert [each for each in links if not each.startswith(local)] == []
    assert "url(" not in told.text
    assert "@import" not in told.text


def test_the_run_in_one_sentence(run: Path, tmp_path: Path):
    spoken = sentence(run)
    assert spoken.startswith("2,985 stations connected, 15 lost; p99 of a Heartbeat ")
    assert "ms at 1,98" in spoken
    assert "the limit was reached at “step 3: 3000 stations”" in spoken
    good = sentence(a_load(tmp_path / "good", Plan(steps=(900,))))
    assert good.startswith("900 stations connected, none lost; p99 of a Heartbeat ")
    assert good.endswith("ms; the limit was not reached.")


def test_the_page_tells_all_that_it_should(told: Elements):
    for word in (
        "Steps up to the limit", "chargebench load ws://127.0.0.1:9000/", "x86_64", "chargebench 0.1.0",
        "TransactionEvent", "p99.9", "TimedOut", "stations lost", "1006: 15", "fleet-1: 15", "0:00:50",
        "a station in the fleet", "a connection in the CSMS", "kernel: slab", "private memory of 3 processes",
        "mood", "surprises", "nothing here is an average of percentiles", "The CSMS ran on this machine",
        "p99 of all messages up to 250 ms and at most 0.1 % of the CALLs failed", "target 250 ms",
    ):  # fmt: skip
        assert word in told.text, word


def test_every_chart_has_the_phases_and_only_that_of_the_limit_its_shade(told: Elements):
    figure = [attrs for tag, attrs in told.tags if tag == "figure"]
    labels = [attrs.get("title") for tag, attrs in told.tags if tag == "span" and "shade" in (attrs.get("class") or "")]
    assert len(figure) > 10
    assert labels.count("step 3: 3000 stations") == len(figure)
    assert len([1 for _, attrs in told.tags if attrs.get("class") == "shade limit"]) == 1


def test_the_numbers_beside_the_page_are_those_of_the_ticks(run: Path):
    rows = list(csv.DictReader(io.StringIO((run / "load.csv").read_text())))
    assert len(rows) == KNEE.seconds
    for name, count in counted(run).items():
        assert sum(int(row[name]) for row in rows) == count, name
    assert rows[-1]["phase"] == "step 3: 3000 stations"
    assert float(rows[-1]["csms_connections"]) == 3_000
    assert float(rows[-1]["fleet_mood"]) == 1.5
    assert (rows[0]["fleet_cpu_cores"], rows[0]["silent_sources"]) == ("", "0")
    table = pq.read_table(run / "load.parquet")
    assert table.column_names == list(rows[0])
    assert [str(value) for value in table["lost"].to_pylist()] == [row["lost"] for row in rows]


def test_latencies_by_action_and_phase(run: Path):
    rows = {
        (row["action"], row["phase"]): row for row in csv.DictReader(io.StringIO((run / "latency.csv").read_text()))
    }
    whole, last = rows["*", "*"], rows["Heartbeat", "step 3: 3000 stations"]
    load = record.read(run)
    assert int(whole["answered"]) == load.outcome().answered.total
    assert float(whole["p99_9_ms"]) == round((load.outcome().answered.percentile_s(99.9) or 0) * 1000, 3)
    assert last["failures"] == f"TimedOut={last['failed']}"
    assert float(last["error_share"]) == pytest.approx(
        int(last["failed"]) / (int(last["failed"]) + int(last["answered"]))
    )
    assert ("connect", "ramp to 1000") in rows
    assert pq.read_table(run / "latency.parquet").num_rows == len(rows)


def test_a_killed_process_is_a_gap_with_words_and_no_success(tmp_path: Path):
    path = a_load(tmp_path / "run", Plan(steps=(900, 1_800), killed=("fleet-3", 45, None)))
    told = text(path)
    assert "fleet-3 fell silent after 45 s and never came back; it held 600 connected stations then" in told
    assert "1,800 stations connected, none lost, 600 out of sight since fleet-3 fell silent" in told
    assert "though “step 2: 1800 stations” had only 1,200 connected" in told
    assert "15 ticks of a second are missing" in told
    assert "shade silence" in (path / "report.html").read_text()
    assert "Cut off" not in told
    rows = list(csv.DictReader(io.StringIO((path / "load.csv").read_text())))
    assert [int(row["silent_sources"]) for row in rows[43:47]] == [0, 0, 1, 1]
    cases = ET.parse(path / "junit.xml").getroot().findall(".//testcase/error")
    assert [case.get("message", "")[:25] for case in cases] == ["fleet-3 fell silent after"]


def test_a_process_that_came_back_is_told_and_harmless(tmp_path: Path):
    path = a_load(tmp_path / "run", Plan(steps=(900,), killed=("csms-2", 10, 14)))
    told = text(path)
    assert "csms-2 from 0:00:10 to 0:00:15" in told
    assert Run.open(path).verdict is Verdict.PASS
    assert "This recording is incomplete" not in told


def test_all_silent_is_neither_zero_nor_filled_in(tmp_path: Path):
    path = a_load(tmp_path / "run", Plan(steps=(900,), shards=1, killed=("fleet-1", 10, 20), csms=0))
    load = record.read(path)
    (chart,) = [each for each in figures.rates(load) if each.title == "Messages"]
    assert list(chart.shapes[0].values)[9:21].count(None) >= 9
    assert chart.shapes[0].path.count("M") == 2
    stations = charts.stations(load)
    assert stations is not None
    assert list(stations.shapes[0].values)[10:19] == [None] * 9


def test_a_run_that_was_cut_off_says_so(tmp_path: Path):
    path = a_load(tmp_path / "run", Plan(steps=(900, 1_800)), finish=False)
    with (path / FILE).open("ab") as file:
        file.write(b'{"t":61.0,"sour')
    told = text(path)
    assert "Cut off after 1 min: 1,800 stations connected" in told
    assert "run.json is missing: the run was cut off before it finished" in told
    assert f"{FILE}: the last line was cut off" in told
    assert "chargebench load" in told, "what was known when it began"
    assert ET.parse(path / "junit.xml").getroot().get("errors") == "1"


def test_ticks_alone_make_a_report(tmp_path: Path):
    path = a_load(tmp_path / "run", Plan(steps=(900,)), finish=False)
    (path / "run.partial.json").unlink()
    assert "900 stations connected, none lost" in text(path)


def test_a_run_without_a_tick_and_one_without_the_file(tmp_path: Path):
    path = a_load(tmp_path / "run", Plan(steps=()), verdicts=[], load={})
    assert "Nothing was measured: there is not one tick." in text(path)
    (path / FILE).unlink()
    told = text(path)
    assert f"{FILE} is missing: nothing that was measured is known" in told
    assert (path / "load.csv").read_text().splitlines() == [
        "second,phase,silent_sources,calls_answered,calls_failed,p50_ms,p99_ms"
    ]
    assert Run.open(path).kind == "load"


def test_one_tick_is_a_report_too(tmp_path: Path):
    with RunWriter(tmp_path / "run", {"kind": "load", "title": "One second"}) as writer:
        ticks = TickWriter(tmp_path / "run")
        calls = Calls()
        calls.took(0.02)
        ticks.write(Tick(1.0, "fleet-1", "ramp", {"accepted": 3}, Counter(opened=3), {"Heartbeat": calls}))
        ticks.close()
        wall = {"started": "2026-03-02T09:30:00.000Z", "finished": "2026-03-02T09:30:01.000Z", "seconds": 1.0}
        clock = {"pace": "real", "start": "2026-03-02T09:30:00.000Z", "duration_s": 1.0}
        writer.finish(clock=clock, wall=wall, stations=[])  # type: ignore[arg-type]
    assert "3 stations connected, none lost; p99 of a Heartbeat 20.1 ms; no target was set" in text(tmp_path / "run")
    assert "h.01" in (tmp_path / "run" / "report.html").read_text(), "a single point is drawn as a dot"


def test_damage_is_named_and_the_rest_is_shown(tmp_path: Path):
    path = a_load(tmp_path / "run", Plan(steps=(900,)))
    with (path / FILE).open("ab") as file:
        file.write(b"garbage\n" * 9)
    told = text(path)
    assert told.count("is damaged (not a line of load.jsonl") == 5
    assert "4 more lines are damaged" in told
    assert "900 stations connected" in told


def test_ticks_that_end_before_the_run_does_are_a_gap(tmp_path: Path):
    path = a_load(tmp_path / "run", Plan(steps=(900,)))
    summary = json.loads((path / "run.json").read_text())
    summary["wall"]["seconds"] = 300.0
    (path / "run.json").write_text(json.dumps(summary))
    assert "load.jsonl ends after 30 s, and the run took 5 min" in text(path)


def test_hostile_names_stay_text(tmp_path: Path):
    path = a_load(
        tmp_path / "run", Plan(steps=(90,)), load={"target": {"p99_ms": 1, "action": HOSTILE}, "url": HOSTILE}
    )
    calls = Calls(failures=Counter({HOSTILE: 2}))
    with (path / FILE).open("ab") as file:
        counts = Counter({f"lost:{HOSTILE}": 3, HOSTILE: 1})
        file.write(Tick(31.0, f"fleet-{HOSTILE}", HOSTILE, {HOSTILE: 1.0}, counts, {HOSTILE: calls}).line() + b"\n")
    reports.render(path)
    told = Elements((path / "report.html").read_text())
    assert not [attrs for tag, attrs in told.tags if tag == "img"]
    assert not [name for _, attrs in told.tags for name in attrs if name.startswith("on")]
    assert HOSTILE not in told.text
    assert "</script><img src=x" in told.text


def test_a_target_that_was_missed_fails_the_build(tmp_path: Path):
    missed = Judgement("load.p99", "p99 of all messages", Verdict.FAIL, "at most 250 ms", "721 ms")
    path = a_load(tmp_path / "run", Plan(steps=(90,)), verdicts=[*PASSED, missed])
    told = text(path)
    assert told.index("p99 of all messages load.p99") < told.index("All stations were accepted"), "failures come first"
    suite = ET.parse(path / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")


def test_dropped_samples_and_refusals_are_not_hidden(tmp_path: Path):
    path = a_load(tmp_path / "run", Plan(steps=(90,)))
    with (path / FILE).open("ab") as file:
        counts = Counter({"dropped_samples": 17, "refused:503": 4, "restarted_shards": 1})
        file.write(Tick(31.0, "fleet-1", counts=counts).line() + b"\n")
        file.write(Tick(31.0, "machine", counts=Counter({"vanished:csms-1": 1})).line() + b"\n")
    told = text(path)
    assert "17 measurements dropped" in told
    for word in ("connections refused", "503: 4", "processes of the fleet begun anew", "processes that vanished"):
        assert word in told, word


def test_gauges_of_which_the_worst_counts_are_not_added(run: Path):
    table = numbers.seconds(record.read(run))
    assert max(value for value in table["fleet_loop_lag_s"].to_pylist() if value) < 0.006


def test_charts_stay_inside_their_plot(run: Path):
    load = record.read(run)
    drawn = [charts.stations(load), *figures.rates(load), figures.failures(load), figures.losses(load)]
    drawn += [*figures.resources(load, 2), charts.latency(load, "all", charts.all_messages(load), 250.0)]
    for chart in drawn:
        assert chart is not None
        for shape in chart.shapes:
            points = [
                part.split() for part in shape.path.replace("Z", "").replace("h.01", "").replace("M", "L").split("L")
            ]
            assert all(0 <= float(x) <= 1000 and 0 <= float(y) <= 100 for x, y in filter(None, points)), chart.title
        assert all(shade.at >= 0 and shade.at + shade.width <= 101 for shade in chart.shades)


@pytest.mark.parametrize("duration_s", [1, 59, 60, 3_600, 86_400, 30 * 86_400])
def test_time_since_the_beginning_has_a_bearable_number_of_ticks(duration_s: float):
    ticks = charts.time_ticks(duration_s)
    assert 1 <= len(ticks) <= 10
    assert ticks[0].label == "0"
    assert [tick.label for tick in charts.time_ticks(3_600)][:2] == ["0", "10 min"]


def test_only_load_runs_are_made_into_this_report(tmp_path: Path):
    day = a_day(tmp_path / "day", stations=2, hours=1)
    assert not load_reports.is_load(Run.open(day))
    load = a_load(tmp_path / "run", Plan(steps=(90,)))
    for one, other in ((day, load), (load, day)):
        with pytest.raises(RunError, match="only load runs"):
            reports.render(one, other)
