"""Waiting before the next attempt to connect."""

from itertools import pairwise

import pytest

from protocol.link import Ending, Lost, Turned
from simulator import facts
from simulator.backoff import HASTE_S, MOST_RETRY_AFTER_S, asked_for
from tests.simulator.csms import World

QUICK = {
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": 10,
    "OCPPCommCtrlr.RetryBackOffRandomRange": 4,
    "OCPPCommCtrlr.RetryBackOffRepeatTimes": 3,
}


def waits(world: World) -> list[float]:
    return [fact.wait_s for fact in world.told(facts.WaitedToReconnect)]


async def test_a_refusal_may_ask_for_more_but_not_for_less():
    """RFC 9110 §10.2.3: Retry-After is how long to wait at least; part 4 §5.3 asks for its own."""
    world = World(config=QUICK)
    world.csms.turn = Turned(503, "full", retry_after_s=60)
    world.station.power_on()
    await world.run(400)
    found = waits(world)
    assert all(60 <= wait_s < 64 for wait_s in found[:3])
    assert found[3] >= 80  # the back-off has gone on beside it, and is longer now
    gaps = [b - a for a, b in pairwise(at for at, _ in world.csms.knocks)]
    assert gaps == pytest.approx(found[: len(gaps)], abs=0.002)


async def test_what_an_earlier_refusal_asked_for_is_over():
    world = World(config=QUICK)
    world.csms.turn = Turned(429, "slowly", retry_after_s=100)
    world.station.power_on()
    await world.run(20)
    world.csms.turn = Turned(503, "full")
    await world.run(200)
    found = waits(world)
    assert found[0] >= 100
    assert found[1] < 30
    assert found[2] < 65


async def test_stations_refused_together_do_not_come_back_together():
    world = World(config=QUICK)
    asked = Lost(Ending.REFUSED, 503, retry_after_s=60)
    drawn = {asked_for(world.station, asked) for _ in range(20)}
    assert len(drawn) == 20
    assert all(60 <= wait_s <= 64 for wait_s in drawn)


@pytest.mark.parametrize("lost", [None, Lost(Ending.UNREACHABLE), Lost(Ending.REFUSED, 503, retry_after_s=0)])
async def test_where_nothing_is_asked_for_nothing_is_added(lost):
    assert asked_for(World().station, lost) == 0


async def test_nobody_is_sent_away_for_longer_than_a_day():
    world = World(config={"OCPPCommCtrlr.RetryBackOffRandomRange": 0})
    assert asked_for(world.station, Lost(Ending.REFUSED, 503, retry_after_s=10**12)) == MOST_RETRY_AFTER_S


async def test_an_impatient_station_knows_no_back_off():
    world = World()
    await world.boot()
    world.station.impatient = True
    world.csms.turn = Turned(503, "full", retry_after_s=3600)
    world.csms.knocks.clear()
    world.csms.link.abort()
    await world.run(world.clock.now + 10)
    assert len(world.csms.knocks) >= 95
    assert set(waits(world)) == {HASTE_S}
    world.station.impatient = False
    world.csms.knocks.clear()
    await world.run(world.clock.now + 1000)
    assert len(world.csms.knocks) == 1
    world.csms.turn = None
    await world.run(world.clock.now + 4000)
    assert world.station.online


def test_stations_are_patient_unless_told_otherwise():
    assert World().station.impatient is False
