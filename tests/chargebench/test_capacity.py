"""``chargebench capacity``: a table for people, JSON for programs, a chart, one line for what cannot be."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from chargebench import cli


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["chargebench", "capacity", "--stations", "500", *words])
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as end:
        cli.main()
    captured = capsys.readouterr()
    assert isinstance(end.value.code, int)
    return end.value.code, captured.out, captured.err


def test_a_row_for_each_policy_and_rate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--policy", "spec", "--policy", "none", "--accept-rate", "5", "--accept-rate", "10")
    code, out, _ = run(monkeypatch, capsys, *words)
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()[1:5]] == [
        ["spec", "5"], ["spec", "10"], ["none", "5"], ["none", "10"],
    ]  # fmt: skip
    assert "…" not in out.splitlines()[1]


def test_json_has_settings_figures_and_curve(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(monkeypatch, capsys, "--json", "--accept-rate", "5", "--random-range", "77", "--cause", "power")
    assert code == 0
    [found] = json.loads(out)
    assert found["settings"]["habits"]["back_off"]["random_range_s"] == 77
    assert found["settings"]["cause"] == "power"
    assert found["figures"]["missing"] == 0
    assert found["curve"][-1]["back"] == 500


def test_a_chart_over_time_or_over_rates(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for rates, unit in (["5"], "minutes"), (["5", "9"], "accepted per second"):
        words = [word for rate in rates for word in ("--accept-rate", rate)]
        assert run(monkeypatch, capsys, *words, "--chart", str(tmp_path / "chart.svg"))[0] == 0
        assert f">{unit}</text>" in (tmp_path / "chart.svg").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--policy", "hope"), "none, spec, spread, retry-after"),
        (("--accept-rate", "0"), "above 0 per second"),
        (("--wait-minimum", "0"), "redials after 0 s"),
        (("--chart", "/nowhere/chart.svg"), "/nowhere"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    code, _, err = run(monkeypatch, capsys, *words)
    assert code == 2
    assert said in err
    assert "Traceback" not in err
