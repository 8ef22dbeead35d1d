"""What a CSMS finds of the hardware in a report: every component in its place."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.hardware.outfit import known
from simulator.profile import load_profile
from tests.simulator.csms import Payload, World, car


async def inventory(world: World, base: str = "FullInventory") -> list[Payload]:
    answer = await world.ask("GetBaseReport", {"requestId": 7, "reportBase": base}, 60)
    assert answer["status"] == "Accepted"
    return [data for part in world.csms.of("NotifyReport") for data in part["reportData"]]


def component(data: Payload) -> tuple[str, int, int]:
    told = data["component"]
    title = f"{told['name']}[{told['instance']}]" if "instance" in told else told["name"]
    evse: dict[str, Any] = told.get("evse", {})
    return title, evse.get("id", 0), evse.get("connectorId", 0)


@pytest.mark.parametrize("name", ["lab-ac", "lab-dc"])
async def test_every_component_is_in_the_full_inventory(name: str) -> None:
    world = World(name=name)
    await world.boot()
    told = await inventory(world)
    fitted = {(each.title, *each.place) for each in load_profile(name).fittings}
    assert sorted(fitted - {component(data) for data in told}) == []
    variables = {(*component(data), data["variable"]["name"], data["variable"].get("instance", "")) for data in told}
    shown = {
        (each.title, *each.place, variable.name, variable.instance)
        for each in load_profile(name).fittings
        for variable in each.component.variables()
    }
    assert sorted(shown - variables) == []


async def test_every_component_of_the_registry_is_in_one_of_the_reports() -> None:
    told: set[str] = set()
    for name in ("lab-ac", "lab-dc"):
        world = World(name=name)
        await world.boot()
        told |= {component(data)[0] for data in await inventory(world)}
    names = {kind.name for kind in known().values() if kind.__module__.startswith("simulator.")}
    assert sorted(names - {title.partition("[")[0] for title in told}) == []


@pytest.mark.parametrize("name", ["lab-ac", "lab-dc"])
async def test_every_value_fits_what_the_report_says_of_it_while_an_ev_charges(name: str) -> None:
    world = World(name=name)
    await world.boot()
    world.station.plug(car())
    world.station.present("TAG", 1)
    await world.run(world.clock.now + 90)
    model = world.station.variables.model
    wrong = []
    for key, variable in model.items():
        text = world.station.variables.shown(key)
        if text and (why := variable.objection(text)):
            wrong.append((key, text, why))
    assert wrong == []
    assert world.station.evse(1).state == "Charging"
