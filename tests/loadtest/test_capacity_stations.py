"""The capacity model against real stations: the same draws must give the same storm, station by station."""

import pytest

from loadtest.capacity import BackOff, Cause, CsmsLimits, Habits, Overload, Storm, simulate
from tests.loadtest.storm import draws_of, stage

SPEC = Habits(back_off=BackOff())
SPREAD = Habits(back_off=BackOff(random_range_s=120, repeat_times=2))
NONE = Habits(back_off=BackOff(wait_minimum_s=10, random_range_s=0, repeat_times=0))
HEEDING = Habits(back_off=BackOff(), honours_retry_after=True)


def limits(**more) -> CsmsLimits:
    return CsmsLimits(**{"accepts_per_s": 0.5, "burst": 3, "handshake_s": 0.05, "refusal_s": 0.02} | more)


STORMS = {
    "refused": Storm(stations=300, limits=limits(), habits=SPEC),
    "refused, spread": Storm(stations=300, limits=limits(), habits=SPREAD),
    "refused, no back-off": Storm(stations=100, limits=limits(), habits=NONE, noticed_within_s=7),
    "told when": Storm(stations=300, limits=limits(retry_after=True), habits=HEEDING),
    "short queue": Storm(stations=300, limits=limits(backlog=4, handshake_s=0.9, refusal_s=0.6), habits=SPEC),
    "held": Storm(stations=200, limits=limits(backlog=40, overload=Overload.HOLD), habits=SPEC),
    "held too long": Storm(stations=200, limits=limits(backlog=10, overload=Overload.HOLD, refusal_s=1), habits=SPEC),
    "away for two minutes": Storm(stations=300, limits=limits(), habits=SPEC, outage_s=120),
    "power": Storm(
        stations=300, limits=limits(accepts_per_s=20, boots_per_s=1.5, boot_backlog=20, boot_interval_s=45),
        habits=SPEC, cause=Cause.POWER,
    ),
    "power, slow boots": Storm(
        stations=200, limits=limits(accepts_per_s=30, boots_per_s=2, boot_backlog=100), habits=SPEC, cause=Cause.POWER,
        horizon_s=5000,
    ),
}  # fmt: skip


@pytest.mark.parametrize("storm", STORMS.values(), ids=STORMS)
async def test_the_model_is_what_real_stations_do(storm: Storm) -> None:
    if storm.horizon_s > 20_000:
        storm = type(storm)(**{f: getattr(storm, f) for f in storm.__slots__} | {"horizon_s": 20_000.0})
    seen = await stage(storm)
    model = simulate(storm, draws_of(storm.seed))
    assert len(seen.back_s) > storm.stations * 0.9
    assert list(model.back_s) == pytest.approx(seen.back_s, abs=1e-6)
    assert list(model.attempts) == seen.attempts
    assert (model.refused, model.pending) == (seen.refused, seen.pending)
    # The model looks when somebody comes, the real queue when somebody has left it.
    longest = model.figures()["peak_queue"]
    assert seen.longest <= longest <= seen.longest + 1


def test_the_storms_reach_every_corner() -> None:
    """Otherwise the comparison would say little."""
    runs = {name: simulate(storm, draws_of(storm.seed)) for name, storm in STORMS.items()}
    assert all(runs[name].refused > 300 for name in STORMS if name.startswith("refused"))
    assert runs["short queue"].unanswered > 100
    assert runs["held"].refused == 0
    assert runs["held too long"].unanswered > 100
    assert runs["away for two minutes"].unanswered > 500
    assert runs["power"].pending > 300
    assert any(each > 3 for each in runs["told when"].attempts)
