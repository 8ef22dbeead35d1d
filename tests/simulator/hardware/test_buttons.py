"""Start and stop button."""

from __future__ import annotations

import pytest

from simulator import facts
from simulator.faults import clear, inject
from simulator.hardware.buttons import press
from tests.simulator.csms import car
from tests.simulator.hardware.lab import broken, lab, part, troubles, value

START, STOP = "UIInput[Start]", "UIInput[Stop]"


async def test_the_stop_button_ends_the_transaction_of_its_evse() -> None:
    world = lab()
    await world.boot()
    for evse in (1, 2):
        world.station.plug(car(), evse)
        world.station.present(f"TAG{evse}", evse)
    await world.run(world.clock.now + 60)
    assert world.station.evse(1).tx is not None
    assert await world.do(part(world, STOP, 1).press, 20)
    assert world.station.evse(1).tx is None
    assert world.station.evse(2).tx is not None
    (ended,) = [event for event in world.events() if event["eventType"] == "Ended"]
    assert ended["transactionInfo"]["stoppedReason"] == "Local"
    assert ended["triggerReason"] == "StopAuthorized"


@pytest.mark.parametrize("fault", ["broken", "jammed"])
async def test_a_faulty_button(fault: str) -> None:
    world = lab()
    await world.boot()
    world.station.plug(car())
    world.station.present("TAG", 1)
    await world.run(world.clock.now + 60)
    broken(world, STOP, 1, field=fault)
    pressed = part(world, STOP, 1).press()
    assert pressed is (fault == "jammed")
    assert value(world, STOP, "Active", 1) == str(fault == "jammed").lower()
    assert not part(world, STOP, 1).press()
    assert ("button failure" in troubles(world)) is (fault == "broken")


async def test_a_new_button_is_not_held_down() -> None:
    world = lab()
    await world.boot()
    inject(world.station, "start button jammed")
    assert press(world.station, "Start")
    clear(world.station, "start button jammed")
    assert value(world, START, "Active", 1) == "false"
    assert press(world.station, "Start")


async def test_a_finger_finds_the_button_where_there_is_one() -> None:
    world = lab()
    await world.boot()
    world.station.plug(car())
    world.station.present("TAG", 1)
    await world.run(world.clock.now + 60)
    broken(world, STOP, 1)
    assert not press(world.station, "Stop")
    await world.run(world.clock.now + 20)
    assert world.station.evse(1).tx is not None


async def test_a_station_without_buttons() -> None:
    """Its stop button is part of the firmware's touch screen; it has none to start."""
    world = lab("ac-22kw")
    await world.boot()
    world.station.plug(car())
    world.station.present("TAG", 1)
    await world.run(world.clock.now + 60)
    assert await world.do(lambda: press(world.station, "Stop"), 20)
    assert world.station.evse(1).tx is None
    with pytest.raises(ValueError, match="no start button"):
        press(world.station, "Start")


async def test_the_start_button_presents_nobody_in_particular() -> None:
    world = lab()
    await world.boot()
    world.station.plug(car())
    assert await world.do(part(world, START, 1).press, 30)
    assert [fact.token for fact in world.told(facts.TokenPresented)] == [""]
    assert world.csms.of("Authorize") == []  # C02
    assert world.station.evse(1).state == "Charging"
    tokens = [event["idToken"] for event in world.events() if "idToken" in event]
    assert tokens[0] == {"idToken": "", "type": "NoAuthorization"}
    assert world.station.flash.cache.entries == {}
    assert await world.do(part(world, STOP, 1).press, 30)
    assert world.station.evse(1).tx is None


async def test_a_button_without_power_does_nothing() -> None:
    world = lab()
    assert not part(world, START, 1).press()
