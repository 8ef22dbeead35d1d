"""Benchmarks: sane figures, said in units, quickly."""

from __future__ import annotations

import json
import sys

import pytest

from chargebench import bench, cli
from chargebench.known import KNOWN


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes at which the figures are still right, if not precise."""
    for name, size in {"ROUNDS": 3, "REPEATS": 60, "DAY_STATIONS": 2, "IDLE_STATIONS": 20}.items():
        monkeypatch.setattr(bench, name, size)


def test_json_is_one_object_with_sane_figures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["chargebench", "bench", "--json"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0
    figures = json.loads(capsys.readouterr().out)
    assert set(figures) == set(bench.BENCHES) == {"session", "virtual", "memory"}
    assert all(value > 0 for found in figures.values() for value in found.values())
    assert figures["session"]["TransactionEvent, times faster"] > 2
    assert figures["virtual"]["transactions"] == 6
    assert 100 < figures["virtual"]["frames"] / 2 < 1_000
    memory = figures["memory"]
    assert 1 < memory["station as built, KiB"] < memory["station and CSMS connection, booted, KiB"] < 300


def test_an_unknown_benchmark_is_named_with_the_known_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["chargebench", "bench", "speed"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert "session, virtual, memory" in capsys.readouterr().err


def test_a_name_is_given_once() -> None:
    with pytest.raises(ValueError, match="session"):
        bench.benchmark(bench.session)


def test_every_known_error_is_there() -> None:
    for name in KNOWN:
        module, _, kind = name.rpartition(".")
        found = getattr(__import__(module, fromlist=[kind]), kind)
        assert issubclass(found, Exception)
        assert f"{found.__module__}.{found.__qualname__}" == name
