"""Whose turn it is on the display."""

import pytest

from simulator.screen.content import Content
from simulator.screen.message import Message, Priority
from simulator.screen.screen import Screen
from simulator.screen.view import DARK, view
from tests.simulator.csms import World


def message(number, priority="NormalCycle", **more):
    return Message(number, Priority(priority), (Content("UTF8", f"m{number}"),), **more)


async def duo(*messages, **options):
    world = World(name="ac-22kw-duo", **options)
    await world.boot()
    for each in messages:
        assert world.station.function(Screen).set(each) is None
    return world


@pytest.mark.parametrize(
    ("priorities", "shown"),
    [
        ((), (None,)),
        (("NormalCycle", "NormalCycle"), (None, 1, 2)),  # O01.FR.12
        (("NormalCycle", "InFront", "InFront"), (2, 3)),  # O01.FR.13, .14
        (("NormalCycle", "InFront", "AlwaysFront"), (3,)),  # O01.FR.15
        (("AlwaysFront", "AlwaysFront"), (2,)),  # O01.FR.16
    ],
)
async def test_priorities(priorities, shown):
    world = await duo(*(message(number, priority) for number, priority in enumerate(priorities, 1)))
    assert tuple(page.message for page in world.station.function(Screen).shown().pages) == shown


async def test_pages_take_turns():
    world = await duo(message(1), message(2))
    screen = world.station.function(Screen)
    await world.run(30 * (int(world.clock.now) // 30 + 1))
    seen = []
    for _ in range(4):
        seen.append(screen.shown().page.message)
        await world.run(world.clock.now + 10)
    assert seen == [None, 1, 2, None]


async def test_whoever_looks_changes_nothing():
    world = await duo()
    assert view(world.station, "Hi", 10).text.startswith("Hi\n")
    assert world.station.used(Screen) is None
    assert (DARK.lit, DARK.text, DARK.texts, DARK.messages) == (False, "", (), ())


async def test_messages_that_are_switched_off_are_not_shown():
    world = await duo(message(1, "AlwaysFront"))
    await world.set(DisplayMessageCtrlr__Enabled="false")
    assert world.station.function(Screen).shown().messages == ()
    await world.set(DisplayMessageCtrlr__Enabled="true")
    assert world.station.function(Screen).shown().messages == (1,)
