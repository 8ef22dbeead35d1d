"""The beacon and the indicator follow what the EVSEs do."""

from __future__ import annotations

import pytest

from simulator.hardware.lights import BeaconLighting, ChargingStatusIndicator
from simulator.hardware.occupancy import Mood, mood_of
from tests.simulator.csms import car
from tests.simulator.hardware.lab import broken, lab, troubles, value

GREEN, CYAN, BLUE, WHITE, RED, BLACK = "00FF00", "00FFFF", "0000FF", "FFFFFF", "FF0000", "000000"


async def test_the_indicator_follows_its_evse() -> None:
    world = lab()
    assert value(world, "ChargingStatusIndicator", "Color", 1) == BLACK
    await world.boot()
    assert value(world, "ChargingStatusIndicator", "Color", 1) == GREEN
    await world.do(lambda: world.station.plug(car()))
    assert value(world, "ChargingStatusIndicator", "Color", 1) == CYAN
    await world.do(lambda: world.station.present("TAG"), 30)
    assert value(world, "ChargingStatusIndicator", "Color", 1) == BLUE
    assert value(world, "ChargingStatusIndicator", "Color", 2) == GREEN
    await world.do(world.station.unplug)
    assert value(world, "ChargingStatusIndicator", "Color", 1) == GREEN
    world.station.power_off()
    assert value(world, "ChargingStatusIndicator", "Active", 1) == "false"


async def test_a_closed_evse_is_white() -> None:
    world = lab()
    await world.boot()
    await world.ask("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 1}})
    assert mood_of(world.station.evse(1)) is Mood.UNAVAILABLE
    assert value(world, "ChargingStatusIndicator", "Color", 1) == WHITE
    assert value(world, "BeaconLighting", "Color") == GREEN  # there is another one


async def test_the_beacon_is_lit_in_the_dark_and_shows_whether_a_place_is_free() -> None:
    world = lab(BeaconLighting={"below_lux": 50.0})
    await world.boot()
    assert value(world, "BeaconLighting", "Active") == "false"
    world.station.surround(light_lux=10.0)
    assert (value(world, "BeaconLighting", "Active"), value(world, "BeaconLighting", "Color")) == ("true", GREEN)
    world.station.plug(car(), 1)
    world.station.plug(car(), 2)
    assert value(world, "BeaconLighting", "Color") == BLUE
    await world.ask("ChangeAvailability", {"operationalStatus": "Inoperative"})


async def test_a_broken_lamp_is_dark_and_told() -> None:
    world = lab()
    await world.boot()
    broken(world, "ChargingStatusIndicator", 1)
    assert value(world, "ChargingStatusIndicator", "Color", 1) == BLACK
    assert value(world, "ChargingStatusIndicator", "Problem", 1) == "true"
    assert "indicator failure" in troubles(world)
    broken(world, "ChargingStatusIndicator", 1, to=False)
    assert "indicator failure" not in troubles(world)


async def test_a_lamp_can_be_switched_off() -> None:
    world = lab()
    await world.boot()
    await world.set(**{"ChargingStatusIndicator(1)__Enabled": "false"})
    assert value(world, "ChargingStatusIndicator", "Color", 1) == BLACK
    assert value(world, "ChargingStatusIndicator", "Color", 2) == GREEN


def test_colours_are_rrggbb() -> None:
    for wrong in ("red", "FF00", "GG0000"):
        with pytest.raises(ValueError, match="RRGGBB"):
            ChargingStatusIndicator(charging=wrong)
        with pytest.raises(ValueError, match="RRGGBB"):
            BeaconLighting(available=wrong)
