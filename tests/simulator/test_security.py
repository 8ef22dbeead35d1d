"""Security events (2.0.1 A04): told at every start, kept until the CSMS has confirmed them."""

from protocol.versions import V16
from simulator import facts
from simulator.security import LOG_LENGTH
from tests.simulator.csms import MUTE, World


def kinds(world: World) -> list[str]:
    return [ask["type"] for ask in world.csms.of("SecurityEventNotification")]


async def test_a_start_and_a_reset_are_told_apart():
    world = World()
    await world.boot()
    assert kinds(world) == ["StartupOfTheDevice"]
    await world.ask("Reset", {"type": "Immediate"}, 20)
    assert kinds(world) == ["StartupOfTheDevice", "ResetOrReboot"]
    assert not world.station.flash.security_events


async def test_an_event_carries_the_time_it_happened_not_the_time_it_was_sent():
    world = World()
    world.csms.down()
    world.station.power_on()
    await world.run(30)
    at = world.told(facts.SecurityEventRaised)
    assert [fact.type for fact in at] == ["StartupOfTheDevice"]
    world.csms.up()
    await world.run(300)
    (told,) = world.csms.of("SecurityEventNotification")
    assert told["timestamp"] < "2025-06-02T06:00:09"
    assert world.csms.times("SecurityEventNotification")[0] > 30


async def test_nothing_is_told_before_the_station_is_accepted():
    world = World()
    world.csms.answers["BootNotification"] = lambda _ask: {
        "status": "Pending",
        "interval": 50,
        "currentTime": world.clock.stamp(),
    }
    world.station.power_on()
    await world.run(40)
    assert kinds(world) == []
    world.csms.answers.clear()
    await world.run(80)
    assert kinds(world) == ["StartupOfTheDevice"]


async def test_what_is_not_confirmed_is_told_again_over_the_next_connection():
    """A04.FR.02."""
    world = World()
    world.csms.answers["SecurityEventNotification"] = MUTE
    await world.boot()
    assert len(world.station.flash.security_events) == 1
    world.csms.answers.clear()
    world.csms.down()
    world.csms.up()
    await world.run(200)
    assert kinds(world) == ["StartupOfTheDevice"] * 2
    assert not world.station.flash.security_events


async def test_the_log_is_bounded():
    world = World()
    for _ in range(LOG_LENGTH + 5):
        world.station.security.add("TamperDetectionActivated")
    assert len(world.station.flash.security_events) == LOG_LENGTH


async def test_1_6_has_none():
    world = World(V16)
    await world.boot()
    assert kinds(world) == []
    assert not world.station.flash.security_events
