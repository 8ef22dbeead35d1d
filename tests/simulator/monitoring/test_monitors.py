"""A station's monitors at work: who is looked at, and what stays undisturbed."""

from simulator import facts
from simulator.monitoring.monitor import Monitor, MonitorType
from simulator.monitoring.monitors import Monitors
from tests.simulator.csms import World
from tests.simulator.monitoring.oven import GLOWING, TEMPERATURE, fire, kitchen

BEAT = Monitor(1, TEMPERATURE, MonitorType.PERIODIC, 100, 5)
CHANGE = Monitor(2, GLOWING, MonitorType.DELTA, 1, 5)


async def at_work() -> tuple[World, Monitors]:
    world = World(name=kitchen(BEAT, CHANGE))
    await world.boot()
    assert world.station.monitors is not None
    return world, world.station.monitors


async def test_another_monitor_does_not_disturb_a_beat():
    """N08.FR.06: from when this one was set."""
    world, monitors = await at_work()
    begun = world.clock.now
    monitors.follow([BEAT])
    await world.run(begun + 60)
    monitors.follow([BEAT, CHANGE])
    await world.run(begun + 99)
    assert len(world.told(facts.EventNoted)) == 1  # 100 s after the start of the firmware, not after the last order


async def test_a_variable_that_jumps_is_looked_at_at_once():
    world, _ = await at_work()
    fire(world.station).glow(True)
    (noted,) = world.told(facts.EventNoted)
    assert (noted.component, noted.variable, noted.value) == ("Oven", "Glowing", "true")


async def test_what_tells_nothing_new_makes_nobody_look():
    world, monitors = await at_work()
    fire(world.station).glowing = True
    monitors.told(facts.FrameIgnored("garbage", ""))
    await world.run(world.clock.now + 1)
    assert world.told(facts.EventNoted) == []
    monitors.told(facts.ChargingStateChanged(1, "Idle"))
    await world.run(world.clock.now + 1)
    assert len(world.told(facts.EventNoted)) == 1


async def test_the_end_leaves_nobody_behind():
    world, monitors = await at_work()
    monitors.end()
    assert world.station.rig.listener is None
    await world.run(world.clock.now + 500)
    assert world.told(facts.EventNoted) == []
