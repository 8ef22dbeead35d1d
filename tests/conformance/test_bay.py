"""What is done to a simulated station by hand."""

import pytest

from conformance import runner
from conformance.rigs import Doorway
from conformance.rigs.simulated import SimulatedStation
from conformance.vocabulary import STATION, V16


async def mounted(profile):
    rig = SimulatedStation(runner.START, profile=profile)
    return rig.mount(runner.describe(STATION, V16, rig), Doorway())


@pytest.mark.parametrize(("profile", "goes_on"), [("ac-22kw", False), ("dc-150kw", True)])
async def test_a_battery_carries_a_station_until_power_is_to_come_back(profile, goes_on):
    async with await mounted(profile) as stand:
        find, station = stand.hands.find, stand.hands.station
        find("ready")()
        find("power_off")()
        assert station.powered is goes_on
        boots = station.flash.boots
        find("power_on")()
        assert station.powered
        assert station.flash.boots == boots + 1
        assert all(station.environment.grid)


async def test_a_station_is_set_up_so_that_it_takes_no_reservations():
    async with await mounted("ac-22kw") as stand:
        stand.hands.find("ready")()
        stand.hands.find("refuse_reservations")()
        assert not stand.hands.station.variables.flag("ReservationCtrlr.Enabled")
