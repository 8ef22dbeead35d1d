import pytest

from loadtest.tally import Tally
from protocol.session import Answered, Dropped, Refused
from simulator import facts
from tests.loadtest.world import World


def test_latency_is_that_of_the_wall_from_leaving_to_the_answer():
    now = [10.0]
    tally = Tally({}, lambda: now[0])
    tally.called("A")
    now[0] = 10.5
    tally.settled("A", Answered("1", "Heartbeat", {}))
    _, calls = tally.taken()
    assert calls["Heartbeat"].answered.get_max_value() / 1e6 == pytest.approx(0.5, rel=0.02)


def test_failures_are_told_by_kind_and_queued_calls_from_sent_ones():
    tally = Tally({}, lambda: 0.0)
    tally.called("A")
    tally.settled("A", Dropped("1", "Heartbeat", sent=True))
    tally.settled("A", Dropped("2", "Heartbeat", sent=False))
    tally.called("A")
    tally.settled("A", Refused("3", "Heartbeat", "NotImplemented", "", {}))
    _, calls = tally.taken()
    assert calls["Heartbeat"].failures == {"Dropped": 1, "NeverSent": 1, "NotImplemented": 1}
    assert calls["Heartbeat"].answered.get_total_count() == 0


async def test_a_station_is_in_one_state_at_any_time():
    world = World()
    await world.boot(4)
    tally, station = world.shard.tally, "CP-000001"
    for fact in (
        facts.TransactionStarted(1, "t", 0.0),
        facts.TransactionStarted(2, "u", 0.0),
        facts.TransactionEnded(1, "t", "", 0.0),
    ):
        tally.fact(station, fact)
        assert world.gauges() == {"accepted": 3, "charging": 1}
    tally.fact(station, facts.Disconnected("closed", 1006, ""))
    assert world.gauges() == {"accepted": 3, "waiting": 1}
    tally.fact(station, facts.TransactionEnded(2, "u", "", 0.0))
    assert world.gauges() == {"accepted": 3, "waiting": 1}
    counts, _ = tally.taken()
    assert (counts["started"], counts["ended"], counts["lost"], counts["lost:1006"]) == (2, 2, 1, 1)


async def test_an_open_transaction_makes_a_reconnected_station_charging():
    world = World(back_off="none")
    await world.boot(1)
    world.shard.tally.fact("CP-000001", facts.TransactionStarted(1, "t", 0.0))
    world.shard.drop()
    assert world.gauges() == {"waiting": 1}
    await world.run(2)
    assert world.gauges() == {"charging": 1}
