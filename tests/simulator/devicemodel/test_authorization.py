"""The variables of authorization and transactions (2.0.1 part 2 §2.3–2.6)."""

import pytest

from simulator.devicemodel.authorization import AUTHORIZATION, TRANSACTIONS, TX_POINTS
from tests.simulator.csms import World, car


def test_start_and_stop_points():
    """§2.6.6; errata 2025-02: DataSigned is no stop point."""
    points = {variable.name: variable.options for variable in TRANSACTIONS if variable.options}
    assert points == {"TxStartPoint": TX_POINTS, "TxStopPoint": TX_POINTS[:-1]}


@pytest.mark.parametrize("key", [variable.key for variable in (*AUTHORIZATION, *TRANSACTIONS)])
def test_every_one_has_a_value(key):
    station = World().station
    assert station.variables.model[key].objection(station.variables.text(key)) is None


async def test_for_how_long_energy_has_flowed():
    """TxCtrlr.ChargingTime."""
    world = World()
    await world.boot()
    assert world.station.variables.text("TxCtrlr.ChargingTime") == "0.0"
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 102.4)
    assert world.station.variables.text("TxCtrlr.ChargingTime") == "100.0"
