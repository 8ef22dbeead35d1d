"""Scenarios in Python use the words of the files, and their mistakes are told the same way."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.verdict import Verdict
from scenarios.library import load
from scenarios.runner import run
from scenarios.source import ScenarioError

GOOD = '''\
"""Scenarios."""
from scenarios.script import do, expect, plug, present, scenario, unplug, until, wait


@scenario("Charge and reset", duration="1h", fleet=[{"profile": "ac-22kw", "count": 2}], tokens=["ALICE"])
def charge(station):
    """A visit, then a reset."""
    yield expect(seen={"message": "boot", "reply": {"status": "Accepted"}}, times=2)
    yield wait("1m")
    yield plug(soc=30)
    yield present("ALICE")
    started = yield until("transaction_started", within="1m")
    assert started.t == 60 or started.t > 60
    yield wait("10m")
    yield unplug()
    yield until("transaction_ended", within="1m")
    yield do("reset", "immediately")
    yield expect(each="reset", leads_to="boot", in_="2m")


@scenario("Nothing", duration="5m", fleet=[{"profile": "dc-50kw"}])
def nothing(station):
    yield wait("1m")
'''


def written(tmp_path: Path, text: str = GOOD) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(text)
    return path


async def test_a_script_runs_for_each_station_and_brings_its_expectations(tmp_path: Path) -> None:
    result = await run(load(f"{written(tmp_path)}::charge"), out=tmp_path / "run")
    assert result.verdict is Verdict.PASS, result.judgements
    assert [each.station for each in result.judgements[1:]] == ["CP-001", "CP-002", "CP-001", "CP-002"]


async def test_a_script_that_would_end_the_program_is_an_error(tmp_path: Path) -> None:
    text = GOOD.replace('    yield wait("10m")', "    raise SystemExit(4)")
    result = await run(load(f"{written(tmp_path, text)}::charge"), out=tmp_path / "run")
    assert result.verdict is Verdict.ERROR
    assert any("SystemExit: 4" in each.actual for each in result.judgements)


async def test_a_script_that_crashes_is_an_error(tmp_path: Path) -> None:
    text = GOOD.replace("started.t == 60 or started.t > 60", "started.t < 60")
    result = await run(load(f"{written(tmp_path, text)}::charge"), out=tmp_path / "run")
    assert result.verdict is Verdict.ERROR
    assert any("AssertionError" in each.reason for each in result.judgements)


async def test_an_expectation_of_a_script_can_fail(tmp_path: Path) -> None:
    result = await run(load(f"{written(tmp_path, GOOD.replace('times=2', 'times=3'))}::charge"), out=tmp_path / "run")
    assert [each.verdict for each in result.judgements[1:3]] == [Verdict.FAIL, Verdict.FAIL]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('present("ALICE")', 'present("BOB")', "unknown token 'BOB'"),
        ("plug(soc=30)", "plug(sock=30)", "unknown key 'sock'; did you mean 'soc'?"),
        ('do("reset", "immediately")', 'do("reset", "now")', "'reset' is \"now\""),
        ("yield unplug()", "yield 5", "a script yields steps and expectations, not 5"),
    ],
)
async def test_a_mistake_in_a_step_is_told(old: str, new: str, says: str, tmp_path: Path) -> None:
    assert old in GOOD
    result = await run(load(f"{written(tmp_path, GOOD.replace(old, new))}::charge"), out=tmp_path / "run")
    assert result.verdict is Verdict.ERROR
    assert any(says in each.reason for each in result.judgements), result.judgements


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        (GOOD, "", "several scenarios; name one as mine.py::name"),
        (GOOD, "::chrage", "did you mean 'charge'?"),
        ("x = 1", "", "holds no function with @scenario"),
        ("x = (", "", "mine.py:1:1: cannot be imported: SyntaxError"),
        ("raise SystemExit(3)", "", "cannot be imported: SystemExit: 3"),
        ("import nowhere_to_be_found", "", "cannot be imported: ModuleNotFoundError"),
        (GOOD.replace("ac-22kw", "ac-22"), "::charge", "did you mean 'ac-22kw'?"),
        (GOOD.replace('"1h"', '"an hour"'), "::charge", "right would be a duration"),
    ],
)
def test_a_file_that_cannot_be_used(text: str, name: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(f"{written(tmp_path, text)}{name}")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
