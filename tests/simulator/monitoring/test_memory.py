"""What a station keeps of its monitoring: nothing, until something is asked of it."""

import asyncio
import gc
import tracemalloc

from protocol.versions import V201
from simulator.flash import Flash
from simulator.monitoring import orders
from simulator.monitoring.memory import FACTORY_NEW
from simulator.monitoring.monitor import MonitorType
from simulator.station import Station
from tests.simulator.csms import World
from tests.simulator.monitoring.oven import TEMPERATURE, kitchen
from tests.simulator.test_density import idle_stations


async def test_stations_without_monitors_hold_nothing():
    first, second = await idle_stations(2, V201)
    for station in (first, second):
        assert station.monitors is None
        assert station._events is None
        assert station.flash.monitoring is FACTORY_NEW


def test_ten_thousand_stations_share_the_model_and_their_monitors():
    async def station() -> tuple[World, Station]:
        world = World(name=profile)
        await world.boot()
        return world, world.station

    profile = kitchen()
    world, watched = asyncio.run(station())
    model = watched.variables.model
    kinds = (MonitorType.UPPER_THRESHOLD, MonitorType.LOWER_THRESHOLD, MonitorType.DELTA, MonitorType.PERIODIC)
    others = [
        Station(f"CP-{number}", profile, V201, world.clock, world.network.dialer(), url="ws://csms", seed=1)
        for number in range(10_000)
    ]
    assert all(other.variables.model is model for other in others)
    gc.collect()
    tracemalloc.start()
    for other in others:
        for kind in kinds:
            outcome = orders.set_monitor(other, model[TEMPERATURE], orders.Wish(kind, 60.0, 5))
            assert outcome.status == "Accepted"
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    first, last = others[0].flash.monitoring.custom, others[-1].flash.monitoring.custom
    assert all(one is other for one, other in zip(first, last, strict=True))
    assert held / len(others) < 400  # one memory of its own, and a tuple of four


def test_a_flash_out_of_the_box_shares_its_memory():
    assert Flash().monitoring is Flash().monitoring is FACTORY_NEW
