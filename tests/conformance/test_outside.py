"""Others who limit a simulated station."""

import pytest

from conformance import runner
from conformance.rigs import Doorway, Unable
from conformance.rigs.simulated import SimulatedStation
from conformance.vocabulary import STATION, V201
from simulator.smart.charging import SmartCharging


async def test_an_energy_management_system_limits_a_station():
    rig = SimulatedStation(runner.START)
    async with rig.mount(runner.describe(STATION, V201, rig), Doorway()) as mounted:
        find, station = mounted.hands.find, mounted.hands.station
        find("ready")()
        find("limit_from_outside")(evse=0, amps=10)
        assert [each.source for each in station.function(SmartCharging).installed] == ["EMS"]


async def test_a_station_that_listens_to_its_csms_alone_is_not_limited_by_others():
    config = {"SmartChargingCtrlr.ExternalControlSignalsEnabled": "false"}
    rig = SimulatedStation(runner.START, config=config)
    async with rig.mount(runner.describe(STATION, V201, rig), Doorway()) as mounted:
        mounted.hands.find("ready")()
        with pytest.raises(Unable, match="listens to nobody"):
            mounted.hands.find("limit_from_outside")(evse=0, amps=10)
