"""Plates: names, versions, and how often a connector has been used."""

from __future__ import annotations

import pytest

from simulator.hardware.plates import Firmware
from tests.simulator.csms import car
from tests.simulator.hardware.lab import broken, lab, part, troubles, value


async def test_an_evse_has_an_id_of_its_own() -> None:
    world = lab(EVSE={"evse_id": "NL*ACM*E{station}*{evse}"})
    assert value(world, "EVSE", "EvseId", 2) == "NL*ACM*ECP-1*2"
    assert value(world, "EVSE", "ISO15118EvseId", 1) == "NL*ACM*ECP-1*1"
    assert value(world, "EVSE", "AvailabilityState", 1) is not None  # what every EVSE tells stays


async def test_a_connector_counts_how_often_something_is_plugged_in() -> None:
    world = lab(Connector={"used": 100})
    await world.boot()
    part(world, "Connector", 1, 1)
    assert value(world, "Connector", "Count", 1, 1) == "100"
    for _ in range(3):
        world.station.plug(car())
        world.station.rig.disturbed(1)
        world.station.rig.disturbed(1)
        world.station.unplug()
        world.station.rig.disturbed(1)
    assert value(world, "Connector", "Count", 1, 1) == "103"
    assert value(world, "Connector", "Count", 2, 1) == "100"


async def test_the_controller_counts_its_starts() -> None:
    world = lab()
    await world.boot()
    world.station.power_off()
    world.station.power_on()
    assert value(world, "Controller", "Count") == "2"
    assert value(world, "Controller", "FirmwareVersion") == "9.0.0"
    assert value(world, "Firmware", "FirmwareVersion") == "9.0.0"
    broken(world, "Controller")
    assert "internal error" in troubles(world)
    assert value(world, "Controller", "Active") == "false"


async def test_the_station_has_a_state_of_design() -> None:
    world = lab(ChargingStation={"ec_variant": "C3"})
    assert value(world, "ChargingStation", "ECVariant") == "C3"
    assert value(world, "ChargingStation", "Model") == "LAB-AC"


def test_a_version_date_has_a_zone() -> None:
    assert Firmware(version_date="2025-06-02T08:00:00+02:00")
    for wrong in ("yesterday", "2025-06-02T08:00:00"):
        with pytest.raises(ValueError, match="version_date"):
            Firmware(version_date=wrong)
