"""Functions of the firmware: made when needed, told what happens, gone with the power, with a memory that stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from simulator import facts
from simulator.flash import Flash
from simulator.function import FUNCTIONS, NOTHING, Function, function
from tests.simulator.csms import World, car


@dataclass(frozen=True, slots=True)
class Notes:
    lines: tuple[str, ...] = ()


class Notebook(Function):
    memory = Notes

    def __init__(self, station):
        super().__init__(station)
        self.heard: list[str] = []

    def started(self):
        self.heard.append("started")

    def online(self):
        self.heard.append("online")

    def told(self, fact):
        if isinstance(fact, facts.Plugged | facts.TransactionEnded):
            self.heard.append(fact.name)

    def became_idle(self, evse):
        self.heard.append(f"idle {evse.id}")

    def ended(self):
        self.heard.append("ended")


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    function(Notebook)
    yield
    FUNCTIONS.remove(Notebook)


async def test_a_function_is_made_when_it_is_asked_for_and_ends_with_the_power():
    world = World()
    await world.boot()
    assert world.station.used(Notebook) is None
    notebook = world.station.function(Notebook)
    assert world.station.function(Notebook) is notebook is world.station.used(Notebook)
    await world.do(lambda: world.station.plug(car()))
    await world.do(lambda: world.station.present("CARD"), 60)
    await world.do(lambda: world.station.present("CARD"), 60)
    world.station.power_off()
    assert notebook.heard == ["started", "Plugged", "TransactionEnded", "idle 1", "ended"]
    assert world.station.used(Notebook) is None


async def test_what_it_remembers_makes_it_at_the_next_start_and_it_hears_of_the_yes():
    world = World()
    await world.boot()
    assert world.station._functions is NOTHING
    assert world.station.flash.memory(Notes) == Notes()
    world.station.flash.remember(Notes(("milk",)))
    world.station.restart("RemoteReset")
    await world.run(world.clock.now + 30)
    notebook = world.station.used(Notebook)
    assert notebook is not None
    assert notebook.heard == ["started", "online"]
    assert world.station.flash.memory(Notes) == Notes(("milk",))


def test_memories_of_new_stations_are_one_and_the_same():
    assert Flash().memories is Flash().memories


def test_a_memory_belongs_to_one_function():
    with pytest.raises(ValueError, match="two functions keep Notes"):
        function(Notebook)
