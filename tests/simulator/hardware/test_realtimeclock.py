"""The real-time clock: a quartz drifts by its tolerance and lags away from 25 °C."""

from __future__ import annotations

from datetime import datetime

import pytest

from simulator import facts
from simulator.faults import clear, inject
from simulator.hardware.realtimeclock import RealTimeClock, drifted_s
from tests.simulator.csms import MUTE, car
from tests.simulator.hardware.bench import Bench
from tests.simulator.hardware.lab import lab, part, value

DAY_S = 86_400.0


@pytest.mark.parametrize(
    ("ambient_c", "ppm"),
    [(25.0, 0.0), (45.0, -13.6), (-10.0, -41.65), (60.0, -41.65)],  # -0.034 ppm/K² · (T - 25 °C)²
)
def test_temperature(ambient_c: float, ppm: float) -> None:
    bench = Bench(RealTimeClock(tolerance_ppm=0.0), ambient_c=ambient_c)
    assert bench.part("RealTimeClock").speed_ppm == pytest.approx(ppm)


def test_twenty_ppm_are_1_7_seconds_a_day() -> None:
    bench = Bench(RealTimeClock(drift_ppm=20.0, tolerance_ppm=0.0, follows_ambient=False))
    quartz = bench.part("RealTimeClock")
    bench.run(DAY_S)
    assert quartz.drifted_s == pytest.approx(1.728)


def test_warmth_counts_from_when_it_comes() -> None:
    bench = Bench(RealTimeClock(drift_ppm=10.0, tolerance_ppm=0.0), ambient_c=25.0)
    quartz = bench.part("RealTimeClock")
    bench.run(DAY_S)
    bench.surround(ambient_c=45.0)
    bench.run(DAY_S)
    assert quartz.drifted_s == pytest.approx((10.0 + 10.0 - 13.6) * 1e-6 * DAY_S)


def test_each_station_has_its_own_quartz() -> None:
    speeds = []
    for seed in range(20):
        bench = Bench(RealTimeClock(tolerance_ppm=20.0, follows_ambient=False))
        bench.chance = type(bench.chance)(seed, "CP-1")
        speeds.append(bench.part("RealTimeClock").speed_ppm)
    assert len(set(speeds)) == 20
    assert all(-20 <= speed <= 20 for speed in speeds)
    assert min(speeds) < -5 < 5 < max(speeds)


def test_a_clock_jumps_once() -> None:
    bench = Bench(RealTimeClock(tolerance_ppm=0.0, follows_ambient=False))
    quartz = bench.part("RealTimeClock")
    quartz.jump_s = -3600.0
    for _ in range(2):
        bench.rig.disturbed()
    bench.run(100)
    assert quartz.drifted_s == pytest.approx(-3600.0)
    quartz.jump_s = 60.0
    bench.rig.disturbed()
    assert quartz.drifted_s == pytest.approx(-3540.0)


def test_a_stopped_clock_stands() -> None:
    bench = Bench(RealTimeClock(tolerance_ppm=0.0, follows_ambient=False))
    quartz = bench.part("RealTimeClock")
    quartz.stopped = True
    bench.rig.disturbed()
    bench.run(100)
    assert quartz.drifted_s == pytest.approx(-100)
    assert bench.first("+clock failure") == 0
    quartz.stopped = False
    bench.rig.disturbed()
    bench.run(100)
    assert quartz.drifted_s == pytest.approx(-100)


async def test_a_station_without_such_a_clock_does_not_drift() -> None:
    with_clock, without = lab(), lab(without=("Clock",))
    await with_clock.run(DAY_S)
    await without.run(DAY_S)
    assert drifted_s(without.station) == 0.0
    assert abs(drifted_s(with_clock.station)) > 0.0
    assert drifted_s(with_clock.station) == part(with_clock, "RealTimeClock").drifted_s
    assert value(with_clock, "RealTimeClock", "DateTime") == with_clock.station.stamp()


async def test_the_date_of_the_station_drifts_and_a_heartbeat_corrects_it() -> None:
    parameters = {"drift_ppm": 1000.0, "tolerance_ppm": 0.0, "follows_ambient": False}
    world = lab(Clock=parameters)
    await world.boot()
    world.csms.answers["Heartbeat"] = MUTE
    await world.run(world.clock.now + 800)
    off_s = (world.station.now - world.clock.utc).total_seconds()
    assert off_s == pytest.approx(0.8, abs=0.05)
    assert world.station.stamp() == world.clock.stamp(off_s)
    world.csms.answers.pop("Heartbeat")
    await world.run(world.clock.now + 3600)
    assert abs((world.station.now - world.clock.utc).total_seconds()) < 2.0  # 900 s apart, 0.9 s each
    assert world.told(facts.ClockSet) != []
    assert drifted_s(world.station) > 4


async def test_a_stopped_clock_stamps_the_same_time_until_it_is_corrected() -> None:
    world = lab()
    await world.boot()
    world.csms.answers["Heartbeat"] = MUTE
    inject(world.station, "clock stopped")
    before = world.station.now
    await world.run(world.clock.now + 300)
    assert (world.station.now - before).total_seconds() == pytest.approx(0, abs=0.001)


FAST = {"drift_ppm": 100.0, "tolerance_ppm": 0.0, "follows_ambient": False}


@pytest.mark.parametrize("by", ["Heartbeat", "BootNotification"])
async def test_a_day_offline_shows_in_the_stamps_until_the_csms_corrects_the_date(by: str) -> None:
    """B01.FR.06, G02.FR.06; 100 ppm are 8.64 s a day."""
    world = lab(Clock=FAST, without=("WiredLink",))
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    world.clear()
    begin_s = world.clock.now
    inject(world.station, "wrong APN")
    await world.run(begin_s + DAY_S)
    unplugged = world.clock.utc
    await world.do(world.station.unplug, 5)
    if by == "BootNotification":
        world.station.power_off()
        world.station.power_on()
    assert (world.station.now - world.clock.utc).total_seconds() == pytest.approx(8.65, abs=0.1)
    clear(world.station, "wrong APN")
    await world.run(begin_s + DAY_S + 3 * 3600)
    assert world.station.online
    ended = next(event for event in world.events() if event["eventType"] == "Ended")
    stamped = datetime.fromisoformat(ended["timestamp"])
    assert (stamped - unplugged).total_seconds() == pytest.approx(8.65, abs=0.1)
    corrected = world.told(facts.ClockSet)
    assert corrected[0].by_s == pytest.approx(-8.65, abs=0.2)
    answered_s = next(at for at, fact in world.facts if isinstance(fact, facts.ClockSet))
    assert any(name == by and 0 <= answered_s - at < 1 for at, name, _ in world.csms.got)
    assert abs((world.station.now - world.clock.utc).total_seconds()) < 1.2


async def test_a_slow_link_makes_the_corrected_date_late() -> None:
    """OCPP has no correction for the way: the answer's time is old by the latency when it arrives."""
    world = lab(Clock={**FAST, "drift_ppm": 0.0})
    world.station.network.change(latency_s=2.0)
    world.station.power_on()
    await world.run(900)
    assert world.station.online
    assert (world.station.now - world.clock.utc).total_seconds() == pytest.approx(-2.0, abs=0.01)
