import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from chargebench.cli import app
from chargebench.commands import load
from chargebench.loadview import LoadView
from loadtest.order import Order
from loadtest.play import Moment
from loadtest.shapes import Phase, Seen
from tests.chargebench.processes import finished


def test_every_order_is_an_option():
    shown = CliRunner().invoke(app, ["load", "--help"], env={"COLUMNS": "300"}).output
    for name in Order.__dataclass_fields__:
        assert load.FLAGS.get(name, "--" + name.replace("_", "-")) in shown


def test_the_locustfile_can_be_found():
    code, told, _ = finished("load", "--locustfile")
    assert code == 0
    assert Path(told.strip()).name == "locustfile.py"
    assert Path(told.strip()).is_file()


def test_a_load_run_beside_our_own_csms(tmp_path: Path):
    _, told, _ = finished(
        "load", "--stations", "20", "--rate", "50", "--hold-s", "1", "--recorded", "2", "--shards", "1",
        "--out", str(tmp_path / "run"),
    )  # fmt: skip
    summary = json.loads((tmp_path / "run" / "run.json").read_text())
    verdicts = {each["id"]: each["verdict"] for each in summary["verdicts"]}
    assert {name: verdicts[name] for name in ("accepted", "kept", "whole")} == dict.fromkeys(
        ("accepted", "kept", "whole"), "pass"
    ), told
    assert summary["load"]["stations"] == 20
    assert "20 of 20 accepted" in told
    ticks = [json.loads(line) for line in (tmp_path / "run" / "load.jsonl").read_text().splitlines()]
    assert {each["source"] for each in ticks} == {"fleet-1", "csms-1", "machine"}
    assert max(each.get("gauges", {}).get("connections", 0) for each in ticks) == 20
    assert (tmp_path / "run" / "report.html").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--csms", "http://127.0.0.1/"], "is no address of a CSMS"),
        (["--csms", "ws://127.0.0.1:1/", "--shape", "wave"], "no load shape 'wave'"),
        (["--csms", "ws://127.0.0.1:1/", "--id", "none.csv"], "none.csv: cannot be read"),
        (["--csms", "ws://127.0.0.1:1/", "--stations", "999999", "--shards", "1"], "do not fit into 1 shards"),
        (["--csms", "ws://127.0.0.1:1/", "--config", "Interval"], "is no setting"),
    ],
)
def test_what_cannot_be_used_is_one_line(words: list[str], told: str, tmp_path: Path):
    code, _, error = finished("load", *words, "--out", str(tmp_path / "run"))
    assert code == 2
    assert told in error
    assert len(error.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_a_folder_with_a_run_is_left_alone(tmp_path: Path):
    (tmp_path / "run.json").write_text("{}")
    code, _, error = finished("load", "--csms", "ws://127.0.0.1:1/", "--out", str(tmp_path))
    assert code == 2
    assert "already holds a run" in error


def moment(phase: str, accepted: int, p99_ms: float | None = None, error_share: float = 0.0) -> Moment:
    counts = {"accepted": accepted, "waiting": 2, "wanted": 10}
    return Moment(5.0, Phase(phase, 10, 1.0, 9.0), counts, Seen(accepted, p99_ms, error_share))


def shown(*, terminal: bool) -> str:
    out = io.StringIO()
    ramp, hold = moment("ramp", 4), moment("hold", 10, 38.0, 0.001)
    with LoadView(Console(file=out, force_terminal=terminal, width=100), 10) as view:
        view.show(ramp)
        view.show(hold)
        view.notice("fleet-1: the \x1b process died")
    return out.getvalue()


def test_a_pipe_gets_a_line_for_each_phase():
    lines = shown(terminal=False).splitlines()
    assert lines[0].split("s  ")[1] == "ramp: 4 of 10 accepted; none ended yet"
    assert lines[1] == "note  fleet-1: the \\x1b process died"
    assert lines[2].split("s  ")[1] == "hold: 10 of 10 accepted; p99 38 ms, 0.1 % failed"


def test_a_terminal_gets_a_table():
    assert "waiting" in shown(terminal=True)
