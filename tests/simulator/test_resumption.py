"""With what a transaction goes on (2.1 part 2 E17); how it does, tests/simulator/test_evse.py shows."""

import pytest

from protocol.versions import V21
from simulator.resumption import resumption
from tests.simulator.csms import World, car


async def charging(**config) -> World:
    world = World(V21, config={key.replace("__", "."): value for key, value in config.items()})
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 60)
    await world.do(world.station.power_off, 5)
    return world


async def test_with_all_that_it_had():
    """E17.FR.11."""
    world = await charging()
    found = resumption(world.station.evse(1))
    assert found.authorization is not None
    assert found.authorization.reported
    assert {"Authorized", "EVConnected", "PowerPathClosed"} <= found.held
    assert (found.gone, found.held_back, found.trigger) == (False, False, "TxResumed")


@pytest.mark.parametrize(
    ("config", "most_s"),
    [
        ({"TxCtrlr__AllowEnergyTransferResumption": False}, 0),  # E17.FR.12: for good
        ({"TxCtrlr__EnergyTransferResumptionRandomRange": 60}, 60),  # E17.FR.18
    ],
)
async def test_without_energy_at_first(config, most_s):
    found = resumption((await charging(**config)).station.evse(1))
    assert found.held_back
    assert bool(found.wait_s) is bool(most_s)
    assert found.wait_s <= most_s


@pytest.mark.parametrize("stops", [True, False])
async def test_without_the_car(stops):
    """E17.FR.16, E17.FR.17."""
    world = await charging(TxCtrlr__StopTxOnEVSideDisconnect=stops, TxCtrlr__TxStopPoint="Authorized")
    world.station.unplug()
    found = resumption(world.station.evse(1))
    assert (found.gone, found.trigger) == (True, "EVCommunicationLost")
    assert (found.authorization is None) is stops
