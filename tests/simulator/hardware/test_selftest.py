"""The self-test asks every part that can test itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Scope
from simulator.hardware.gadget import Gadget
from simulator.hardware.outfit import Fitting
from simulator.hardware.place import Place
from simulator.hardware.shown import flag
from simulator.hardware.site import Site
from simulator.physics.residual import SelfTest
from tests.simulator.csms import World, car
from tests.simulator.hardware.lab import lab, part, troubles, value


@dataclass(frozen=True, slots=True)
class Probe:
    name: ClassVar[str] = "Probe"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = ""
    watched: ClassVar[tuple[str, ...]] = ()

    def variables(self) -> Sequence[Variable]:
        return (flag(self.name, "Problem"),)

    def part(self, site: Site) -> Any:
        return Probed(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        return None


class Probed(Gadget):
    def self_test(self) -> SelfTest:
        return SelfTest(passed=not self.broken, took_s=0.1)


def station() -> World:
    world = lab()
    fittings = tuple(Fitting("Probe", Place(evse), Probe(), "Probe") for evse in (1, 2))
    fittings += tuple(each for each in world.station.profile.fittings if each.kind == "SelfTester")
    return World(world.version, replace(world.station.profile, fittings=fittings))


async def test_a_sound_station_passes() -> None:
    world = station()
    await world.boot()
    await world.set(SelfTester__Active="true")
    assert value(world, "SelfTester", "Active") == "true"
    await world.run(world.clock.now + 9)
    assert value(world, "SelfTester", "Count") == "0"
    await world.run(world.clock.now + 2)
    assert value(world, "SelfTester", "Active") == "false"
    assert (value(world, "SelfTester", "Count"), value(world, "SelfTester", "Problem")) == ("1", "false")
    assert value(world, "SelfTester", "Time") != ""


async def test_what_fails_is_named() -> None:
    world = station()
    await world.boot()
    part(world, "Probe", 2).broken = True
    await world.do(part(world, "SelfTester").start, 15)
    assert value(world, "SelfTester", "DataText") == "Probe(2)"
    assert "self-test failed" in troubles(world)
    part(world, "Probe", 2).broken = False
    await world.do(part(world, "SelfTester").start, 15)
    assert "self-test failed" not in troubles(world)


async def test_no_test_while_a_driver_is_there_nor_without_power() -> None:
    world = station()
    assert not part(world, "SelfTester").start()
    await world.boot()
    world.station.plug(car())
    assert not part(world, "SelfTester").start()
    world.station.unplug()
    assert part(world, "SelfTester").start()
    assert not part(world, "SelfTester").start()
    world.station.power_off()
    world.station.rig.disturbed()
    await world.run(world.clock.now + 30)
    assert part(world, "SelfTester").count == 0


async def test_a_blind_rcd_is_found() -> None:
    world = lab(SelfTester={"takes_s": 1.0})
    await world.boot()
    await world.do(part(world, "SelfTester").start)
    assert value(world, "SelfTester", "Problem") == "false"
    part(world, "RCD", 2).sensitivity = 0.0
    await world.do(part(world, "SelfTester").start)
    assert value(world, "SelfTester", "DataText") == "RCD(2)"
