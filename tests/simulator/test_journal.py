"""Transaction messages on their way (2.0.1 E04, E08, E11–E14; 1.6 §3.7)."""

import pytest

from protocol.versions import V16, V201
from simulator import facts
from tests.simulator.csms import BOTH, MUTE, World, car
from tests.simulator.ledger import check


async def charging(version=V201, **config) -> World:
    world = World(version, config=config)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    return world


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_offline_visit_is_told_afterwards_in_order(version):
    world = World(version)
    await world.boot()
    await world.do(lambda: world.station.present("A"), 1)  # known from now on
    await world.do(lambda: world.station.present("A"), 1)
    await world.do(world.csms.down, 5)
    world.clear()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 700)
    await world.do(lambda: world.station.present("A"), 5)
    assert len(world.station.journal) == (5 if version is V201 else 4)
    assert world.told(facts.TokenAccepted)[0].by == "cache"
    world.csms.up()
    await world.run(world.clock.now + 1500)
    assert len(world.station.journal) == 0
    check(world)
    if version is V201:
        assert all(event["offline"] for event in world.events())  # E08.FR.07
        assert world.events()[0]["timestamp"] < "2025-06-02T06:02"
    else:
        assert world.csms.of("StartTransaction")[0]["timestamp"] < "2025-06-02T06:02"


async def test_what_waits_when_the_link_goes_is_marked_offline():
    """E11.FR.07."""
    world = await charging()
    world.csms.answers["TransactionEvent"] = MUTE
    await world.do(lambda: world.station.present("A"), 1)
    assert "offline" not in world.events()[-1]
    world.csms.link.abort()
    world.csms.answers.clear()
    await world.run(world.clock.now + 60)
    assert world.events()[-1]["eventType"] == "Ended"
    assert world.events()[-1]["offline"]
    assert [event.get("offline", False) for event in world.events()[:2]] == [False, False]


@pytest.mark.parametrize("version", BOTH, ids=str)
async def test_refused_message_is_tried_again_with_growing_waits_and_given_up(version):
    """E13.FR.02–.04: attempts, waits of n times the interval, then the next message."""
    world = World(version, config={"OCPPCommCtrlr.MessageAttempts.TransactionEvent": 4})
    await world.boot()
    action = "TransactionEvent" if version is V201 else "StartTransaction"
    world.csms.answers[action] = lambda _ask: "InternalError"
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 10)
    await world.run(world.clock.now + 361)
    first = world.csms.times(action)[0]
    assert world.csms.times(action)[:4] == [pytest.approx(first + after) for after in (0, 60, 180, 360)]
    given_up = world.told(facts.MessageGivenUp)[0]
    assert (given_up.event, given_up.attempts) == ("Started", 4)
    world.csms.answers.clear()
    world.csms.got.clear()
    await world.do(lambda: world.station.present("A"), 600)
    if version is V201:
        assert world.events()[0]["seqNo"] == 1
        assert world.events()[-1]["eventType"] == "Ended"
    else:
        assert not world.csms.of("StopTransaction")  # a transaction without an id cannot be told of
        assert world.told(facts.MessageGivenUp)[-1].event == "Ended"
    assert len(world.station.journal) == 0


async def test_mute_csms_counts_as_failure():
    world = await charging()
    world.csms.answers["TransactionEvent"] = MUTE
    await world.do(lambda: world.station.present("A"), 3)
    at = world.csms.times("TransactionEvent")[-1]
    await world.run(at + 91)
    assert world.csms.times("TransactionEvent")[-2:] == [at, pytest.approx(at + 90)]  # 30 s time-out, 60 s wait


@pytest.mark.proves("station", "GetTransactionStatus", "2.0.1 2.1")
async def test_transaction_status():
    """E14."""
    world = await charging()
    transaction = world.station.evse(1).tx.id
    running = await world.ask("GetTransactionStatus", {"transactionId": transaction})
    assert running == {"ongoingIndicator": True, "messagesInQueue": False}
    assert await world.ask("GetTransactionStatus") == {"messagesInQueue": False}
    unknown = await world.ask("GetTransactionStatus", {"transactionId": "none"})
    assert unknown == {"ongoingIndicator": False, "messagesInQueue": False}
    world.csms.answers["TransactionEvent"] = lambda _ask: "InternalError"
    await world.do(lambda: world.station.present("A"), 3)
    ended = await world.ask("GetTransactionStatus", {"transactionId": transaction})
    assert ended == {"ongoingIndicator": False, "messagesInQueue": True}
    assert await world.ask("GetTransactionStatus") == {"messagesInQueue": True}


@pytest.mark.proves("station", "MeterValues", "1.6")
async def test_16_meter_values_carry_the_csms_id_even_when_it_came_late():
    world = World(V16, config={"MeterValueSampleInterval": 10})
    await world.boot()
    world.csms.answers["StartTransaction"] = MUTE
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 35)
    assert not world.csms.of("MeterValues")
    world.csms.answers.clear()
    await world.run(world.clock.now + 100)
    assert {values["transactionId"] for values in world.csms.of("MeterValues")} == {1}
    check(world, over=False)
