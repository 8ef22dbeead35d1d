"""Turns: one after the other for the same key, at once for different ones."""

import asyncio

import pytest

from csms_reference.turns import Turns


async def test_the_same_key_is_one_after_the_other_and_others_do_not_wait():
    turns, said, gate = Turns(), [], asyncio.Event()

    async def visit(key, name):
        async with turns.of("list", key):
            said.append(f"{name} begins")
            await gate.wait()
            said.append(f"{name} ends")

    tasks = [asyncio.create_task(visit(key, name)) for key, name in (("CP-1", "a"), ("CP-1", "b"), ("CP-2", "c"))]
    await asyncio.sleep(0)
    assert said == ["a begins", "c begins"]
    gate.set()
    await asyncio.gather(*tasks)
    assert said.index("a ends") < said.index("b begins")
    assert len(turns) == 0


async def test_who_fails_or_gives_up_leaves_the_turn_to_the_next():
    turns = Turns()

    async def fails():
        async with turns.of("list"):
            waiting = asyncio.create_task(turns.of("list").__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert len(turns) == 0
