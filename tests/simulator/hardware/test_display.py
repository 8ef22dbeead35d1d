"""The display tells drivers what the EVSEs do."""

from __future__ import annotations

from tests.simulator.csms import car
from tests.simulator.hardware.lab import broken, lab, part, troubles, value


async def test_it_shows_what_each_evse_does() -> None:
    world = lab(Display={"welcome": "Hello"})
    assert value(world, "Display", "DataText") == ""
    await world.boot()
    assert value(world, "Display", "DataText") == "Hello\n1: available\n2: available"
    world.station.plug(car())
    world.station.present("TAG", 1)
    await world.run(world.clock.now + 60)
    assert value(world, "Display", "DataText") == "Hello\n1: charging\n2: available"


async def test_what_does_not_fit_is_cut_off() -> None:
    world = lab(Display={"welcome": "Hold your card here", "rows": 2, "columns": 9})
    await world.boot()
    assert value(world, "Display", "DataText") == "Hold your\n1: availa"


async def test_watchers_hear_of_each_new_text() -> None:
    class Ear:
        def __init__(self) -> None:
            self.heard: list[str] = []

        def changed(self, key: str) -> None:
            self.heard.append(key)

        def disturbed(self, evse: int | None) -> None: ...

    world = lab()
    await world.boot()
    part(world, "Display")
    world.station.rig.listener = ear = Ear()
    world.station.plug(car())
    world.station.rig.disturbed(1)
    assert ear.heard.count("Display.DataText") == 1


async def test_a_broken_display_shows_nothing() -> None:
    world = lab()
    await world.boot()
    broken(world, "Display")
    assert (value(world, "Display", "DataText"), value(world, "Display", "Active")) == ("", "false")
    assert "display failure" in troubles(world)
