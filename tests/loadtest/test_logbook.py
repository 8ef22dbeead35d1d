from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from loadtest.logbook import Logbook
from loadtest.mishaps import Gap, Notice
from loadtest.shapes import Phase, Target
from reports.rundir import Run
from reports.ticks import Calls, Tick, read_ticks
from reports.verdict import Judgement, Verdict

BEGAN = datetime(2026, 3, 2, 8, tzinfo=UTC)
RAMP, HOLD = Phase("ramp to 10", 10, 5.0, 60.0, settles=True), Phase("hold", 10, 5.0, 30.0)


def tick(t: float, phase: Phase, accepted: int = 10, *latencies_s: float, failed: int = 0, **counts: int) -> Tick:
    calls = Calls()
    for latency_s in latencies_s:
        calls.took(latency_s)
    if failed:
        calls.failures["TimedOut"] = failed
    told = Tick(t, "fleet-1", phase.name, {"accepted": accepted - 1, "charging": 1}, calls={"Heartbeat": calls})
    told.counts.update(counts)
    return told


@pytest.fixture
def logbook(tmp_path: Path) -> Iterator[Logbook]:
    book = Logbook(tmp_path / "run", title="ramp", seed=7, target=Target(100.0, 0.01), began=BEGAN)
    yield book
    book.close()


def concluded(logbook: Logbook, *ticks: Tick, **finish: Any) -> dict[str, Judgement]:
    """What comes of a run that ramps up and holds, with these ticks in the hold."""
    logbook.begin(RAMP, 0.0)
    logbook.tick(tick(1.0, RAMP, 10, 5.0))
    logbook.begin(HOLD, 2.0)
    for each in ticks:
        logbook.tick(each)
    return {each.id: each for each in logbook.finish(stations=[], **finish)}


def test_a_run_within_its_target_passes(logbook: Logbook):
    found = concluded(logbook, tick(3.0, HOLD, 10, 0.01, 0.02))
    assert {name: each.verdict for name, each in found.items()} == dict.fromkeys(
        ("accepted", "kept", "p99", "errors", "whole"), Verdict.PASS
    )
    run = Run.open(logbook.path)
    assert (run.kind, run.seed, run.summary["verdict"]) == ("load", 7, "pass")
    assert run.summary["load"]["target"] == {"p99_ms": 100.0, "error_share": 0.01}
    assert [each.t for each in read_ticks(logbook.path)] == [1.0, 3.0]
    assert [event.fields["name"] for event in run.events() if event.fact == "PhaseBegan"] == ["ramp to 10", "hold"]


@pytest.mark.parametrize(
    ("late", "missed", "actual"),
    [
        (tick(3.0, HOLD, 10, 0.5), "p99", "phase 'hold'"),
        (tick(3.0, HOLD, 10, 0.01, failed=1), "errors", "50 % in phase 'hold'"),
        (tick(3.0, HOLD, 10, 0.01, lost=2), "kept", "2 were lost"),
    ],
)
def test_a_run_beyond_its_target_fails(logbook: Logbook, late: Tick, missed: str, actual: str):
    found = concluded(logbook, late)
    assert found[missed].verdict is Verdict.FAIL
    assert actual in found[missed].actual
    assert sum(each.verdict is Verdict.FAIL for each in found.values()) == 1


def test_a_slow_ramp_is_no_missed_target(logbook: Logbook):
    """The 5 s of the ramp do not count: the target is about level load."""
    assert concluded(logbook, tick(3.0, HOLD, 10, 0.01))["p99"].verdict is Verdict.PASS


def test_who_looks_for_the_limit_does_not_fail_at_it(logbook: Logbook):
    assert set(concluded(logbook, tick(3.0, HOLD, 10, 0.5), seeks=True)) == {"whole"}


def test_stations_that_were_not_accepted_are_a_failure(logbook: Logbook):
    logbook.begin(RAMP, 0.0)
    logbook.tick(tick(1.0, RAMP, 8))
    found = {each.id: each for each in logbook.finish(stations=[])}
    assert found["accepted"].verdict is Verdict.FAIL
    assert found["accepted"].actual == "8 of 10 in phase 'ramp to 10'"


def test_without_a_call_there_is_nothing_to_judge(logbook: Logbook):
    found = concluded(logbook, tick(3.0, HOLD))
    assert found["p99"].verdict is found["errors"].verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda book: book.lacks("a worker was lost"), "a worker was lost"),
        (lambda book: book.tick(tick(3.0, HOLD, 10, 0.01, dropped_samples=4)), "4 records of single stations"),
    ],
)
def test_what_is_missing_leaves_the_run_inconclusive(logbook: Logbook, spoil: Any, told: str):
    spoil(logbook)
    found = concluded(logbook, tick(3.0, HOLD, 10, 0.01))
    assert found["whole"].verdict is Verdict.INCONCLUSIVE
    assert told in found["whole"].actual


def test_a_gap_is_told(logbook: Logbook):
    gap = Gap("fleet-2", 3.0, 9.0, 5, "Traceback\nsignal 9")
    found = concluded(logbook, tick(3.0, HOLD, 10, 0.01), gaps=[gap])
    assert found["whole"].actual == "fleet-2 told nothing from 3 s to 9 s: signal 9"


def test_what_a_phase_has_seen_is_of_that_phase(logbook: Logbook):
    logbook.begin(RAMP, 0.0)
    logbook.tick(tick(1.0, RAMP, 4, 9.0))
    assert logbook.seen.p99_ms == pytest.approx(9000, rel=0.01)
    logbook.begin(HOLD, 2.0)
    assert (logbook.seen.accepted, logbook.seen.p99_ms) == (4, None)
    logbook.tick(tick(2.5, RAMP, 10, 9.0))  # told late: it is of the phase before
    logbook.tick(tick(3.0, HOLD, 10, 0.02))
    assert logbook.seen.accepted == 10
    assert logbook.seen.p99_ms == pytest.approx(20, rel=0.01)


def test_connecting_is_no_call(logbook: Logbook):
    slow = tick(3.0, HOLD, 10, 0.01)
    slow.calls["connect"] = tick(0.0, HOLD, 10, 9.0, failed=1).calls["Heartbeat"]
    found = concluded(logbook, slow)
    assert found["p99"].verdict is found["errors"].verdict is Verdict.PASS


def test_a_source_that_went_silent_has_no_stations(logbook: Logbook):
    logbook.begin(HOLD, 0.0)
    logbook.tick(tick(1.0, HOLD))
    assert logbook.accepted == 10
    assert logbook.silent("fleet-1") == 10
    assert logbook.accepted == 0


def test_records_and_notices_are_kept(logbook: Logbook):
    logbook.message(1.0, "CP-1", "up", '[2,"1","Heartbeat",{}]', 1000.0)
    logbook.sample(1.5, "CP-1", 1, 11000.0, energy_wh=5.0)
    logbook.notice(Notice(2.0, "fleet-1", "the process died", 3))
    logbook.finish(stations=[])
    run = Run.open(logbook.path)
    assert [message.station for message in run.messages()] == ["CP-1"]
    (noticed,) = [event for event in run.events() if event.fact == "Noticed"]
    assert noticed.fields == {"source": "fleet-1", "text": "the process died", "stations": 3}


def test_a_run_that_is_left_says_that_it_was_cut_off(logbook: Logbook):
    logbook.begin(HOLD, 0.0)
    logbook.close()
    assert not (logbook.path / "run.json").exists()
    assert (logbook.path / "run.partial.json").exists()


def test_a_folder_that_holds_a_run_is_refused(logbook: Logbook):
    logbook.finish(stations=[])
    with pytest.raises(FileExistsError):
        Logbook(logbook.path, title="again", seed=1, began=BEGAN)
