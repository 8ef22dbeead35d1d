"""What waits in a flash memory that is full: the first and the last stay, and every other between them."""

from __future__ import annotations

import pytest

from protocol.versions import V201
from simulator.flash import Phase, Transaction, TxEvent
from simulator.hardware.board import FULL, Board
from tests.simulator.csms import World


def message(tx: Transaction, seq: int, phase: Phase = Phase.UPDATED) -> TxEvent:
    return TxEvent(tx, phase, "MeterValuePeriodic", "2026-03-02T08:00:00Z", seq, True, "Charging")


def transaction(name: str = "T") -> Transaction:
    return Transaction(name, 1, 1, None, 0.0)


def queue(updates: int) -> list[TxEvent]:
    tx = transaction()
    return [message(tx, 0, Phase.STARTED), *(message(tx, seq) for seq in range(1, updates + 1))]


async def board(room: float) -> tuple[World, Board]:
    world = World(V201, name="lab-ac")
    await world.boot()
    part = world.station.rig.part("Controller")
    assert isinstance(part, Board)
    part.room = room
    return world, part


@pytest.mark.parametrize(
    ("room", "left"),
    [(11, list(range(11))), (10, [0, *range(2, 11)]), (8, [0, 2, 4, *range(6, 11)]), (6, [0, 2, 4, 6, 8, 10])],
)
async def test_the_first_third_and_fifth_go_first(room: int, left: list[int]) -> None:
    """2.0.1 part 2 E04.FR.08."""
    _, part = await board(room)
    waiting = queue(10)
    part.fit(waiting)
    assert [each.seq for each in waiting] == left


async def test_what_begins_and_ends_a_transaction_stays() -> None:
    world, part = await board(2)
    one, two = transaction("A"), transaction("B")
    waiting = [message(tx, seq, phase) for tx in (one, two) for seq, phase in enumerate(Phase)]
    part.fit(waiting)
    assert [each.phase for each in waiting] == [Phase.STARTED, Phase.ENDED] * 2
    assert [raised.name for raised in world.station.troubles] == [FULL]


async def test_room_again_is_told() -> None:
    world, part = await board(3)
    part.fit(queue(2))
    assert part.value("Problem") == "true"
    assert [raised.name for raised in world.station.troubles] == [FULL]
    part.fit(queue(1))
    assert part.value("Problem") == "false"
    assert not world.station.troubles
