"""The limit is found by steps, and only where a target was set and left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reports.load import knee, record
from reports.load.knee import Target
from tests.reports.made_load import Plan, a_load

TARGET = Target(p99_ms=250, error_share=0.001)


def found(path: Path, plan: Plan, target: Target | None = TARGET) -> knee.Knee:
    a_load(path / "run", plan)
    return knee.find(record.read(path / "run"), target)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> knee.Knee:
    return found(tmp_path_factory.mktemp("knee"), Plan(steps=(1_000, 2_000, 3_000), knee=2_500, lose={75: 4}))


def test_the_first_step_that_leaves_the_target_is_the_limit(left: knee.Knee):
    assert [bool(step.broken) for step in left.steps] == [False, False, True]
    assert left.left is not None
    assert left.kept is not None
    assert (left.left.name, left.kept.name) == ("step 3: 3000 stations", "step 2: 2000 stations")
    assert left.words().startswith("the limit was reached at “step 3: 3000 stations” (p99 was ")
    assert left.words().endswith("of the CALLs failed); “step 2: 2000 stations” kept to the target")


def test_a_step_tells_its_own_numbers(left: knee.Knee):
    last = left.steps[-1]
    assert (last.begin_s, last.end_s, last.wanted, last.lost) == (70, 90, 3_000, 4)
    assert last.linked == pytest.approx(2_996, abs=3)
    assert last.p99_s is not None
    assert last.p99_s > 0.25 > (left.steps[1].p99_s or 9)
    assert (left.steps[0].error_share, last.error_share > 0.001) == (0.0, True)


def test_a_step_after_the_limit_may_keep_to_it_again(tmp_path: Path):
    """As after half a step back."""
    back = found(tmp_path, Plan(steps=(1_000, 3_000, 2_000), knee=2_500))
    assert back.left is not None
    assert back.kept is not None
    assert (back.left.wanted, back.kept.wanted) == (3_000, 2_000)


def test_a_limit_that_was_not_reached(tmp_path: Path):
    assert found(tmp_path, Plan(steps=(100, 200))).words() == "the limit was not reached"


def test_missing_stations_are_said_with_it(tmp_path: Path):
    short = found(tmp_path, Plan(steps=(300, 600), killed=("fleet-3", 45, None)))
    assert short.words() == "the limit was not reached, though “step 2: 600 stations” had only 400 connected"


def test_without_a_target_nothing_is_judged(tmp_path: Path):
    judged = found(tmp_path, Plan(knee=100), None)
    assert judged.left is None
    assert judged.words() == "no target was set, so no limit was looked for"


def test_p99_may_be_of_one_action(tmp_path: Path):
    plan = Plan(steps=(3_000,), knee=100)
    assert found(tmp_path / "a", plan, Target(p99_ms=250, action="Heartbeat")).left is not None
    assert found(tmp_path / "b", plan, Target(p99_ms=250, action="NeverSent")).left is None


def test_the_phases_are_judged_where_there_are_no_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Plan, "level", lambda self, second: ("hold", 900.0))
    judged = found(tmp_path, Plan(steps=(900,)))
    assert (judged.stepped, [step.name for step in judged.steps]) == (False, ["hold"])


def test_nothing_measured_is_no_success(tmp_path: Path):
    assert "nothing was measured" in knee.find(record.Load(), TARGET).words()


@pytest.mark.parametrize(
    ("told", "target"),
    [
        ({"p99_ms": 250, "error_share": 0.001}, TARGET),
        ({"p99_ms": 250, "action": "Heartbeat"}, Target(250.0, None, "Heartbeat")),
        ({"p99_ms": "250", "error_share": True}, None),
        ({"p99_ms": -1}, None),
        ({"p99_ms": float("nan")}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_a_target_is_read_or_it_is_none(told: Any, target: Target | None):
    assert Target.of({"load": {"target": told}}) == target


def test_no_target_at_all():
    assert Target.of({}) is None
    assert Target.of({"load": 3}) is None


def test_a_target_in_words():
    assert TARGET.words() == "p99 of all messages up to 250 ms and at most 0.1 % of the CALLs failed"
    assert Target(p99_ms=40, action="Heartbeat").words() == "p99 of Heartbeat up to 40 ms"
