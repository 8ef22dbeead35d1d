"""Questions find their answers, or hear that none will come."""

import asyncio
import json
import logging

import pytest

from csms_reference.store import StoreError
from csms_reference.workers.frames import Unsendable, pack
from csms_reference.workers.wire import Failed, HungUp, Wire
from tests.csms_reference.lines import join


class End:
    """A wire that keeps what it hears."""

    def __init__(self):
        self.frames, self.endings = [], []
        self.wire = Wire(self.frames.append, self.endings.append)


@pytest.fixture
def ends():
    one, other = End(), End()
    join(one.wire, other.wire)
    return one, other


async def asked(one, other, about=None):
    """A question on its way: the task that waits, and the question's number."""
    task = asyncio.ensure_future(one.wire.ask("what", about or {}))
    await asyncio.sleep(0)
    frame = other.frames[-1]
    assert (frame.kind, frame.content[0]) == ("ask", "what")
    return task, frame


async def test_answers_belong_to_questions_in_whatever_order(ends):
    one, other = ends
    first, second = await asked(one, other), await asked(one, other)
    other.wire.answer(second[1].number, {"n": 2**70, "text": "\ud800"})
    other.wire.answer(first[1].number, None)
    assert await second[0] == {"n": 2**70, "text": "\ud800"}
    assert await first[0] is None


async def test_both_may_ask_at_once(ends):
    one, other = ends
    to_other, to_one = await asked(one, other), await asked(other, one)
    assert to_other[1].number == to_one[1].number
    one.wire.answer(to_one[1].number, "from one")
    other.wire.answer(to_other[1].number, "from other")
    assert (await to_other[0], await to_one[0]) == ("from other", "from one")


@pytest.mark.parametrize(("problem", "kind"), [(StoreError("full"), StoreError), (KeyError("full"), Failed)])
async def test_a_failure_comes_back(ends, problem, kind):
    one, other = ends
    task, frame = await asked(one, other)
    other.wire.fail(frame.number, problem)
    with pytest.raises(kind, match="full"):
        await task


async def test_who_waits_when_the_line_is_lost_hears_of_it_and_so_does_who_comes_later(ends):
    one, other = ends
    task, _ = await asked(one, other)
    other.wire.hang_up()
    for waiting in (task, one.wire.ask("what", {})):
        with pytest.raises(HungUp):
            await waiting
    one.wire.send("end")
    assert (len(one.endings), len(other.endings)) == (1, 1)


async def test_who_gave_up_does_not_disturb_the_next(ends):
    one, other = ends
    task, frame = await asked(one, other)
    task.cancel()
    await asyncio.wait([task])
    other.wire.answer(frame.number, 1)
    other.wire.fail(99, ValueError())
    task, frame = await asked(one, other)
    other.wire.answer(frame.number, 2)
    assert await task == 2


async def test_what_is_too_large_is_refused_here_and_fails_there(ends):
    one, other = ends
    with pytest.raises(Unsendable):
        await one.wire.ask("what", {"much": "x" * 2**24})
    task, frame = await asked(one, other)
    other.wire.answer(frame.number, "x" * 2**24)
    with pytest.raises(Failed, match="more than"):
        await task
    with pytest.raises(Unsendable):
        await one.wire.ask("what", {"odd": {1, 2}})


@pytest.mark.parametrize("nonsense", [b"\xff" * 9, pack(("answer", 1, "{")), pack(("failed", 1, 5))])
async def test_garbage_ends_the_line(ends, nonsense, caplog):
    one, other = ends
    caplog.set_level(logging.CRITICAL)
    task, _ = await asked(one, other)
    one.wire.data_received(nonsense)
    with pytest.raises(HungUp):
        await task
    assert len(one.endings) == len(other.endings) == 1


def test_the_text_of_a_question_is_plain_ascii(ends):
    one, other = ends
    asyncio.run(_ask_briefly(one))
    assert json.loads(other.frames[0].content[1]) == {"station": "Zürich"}
    assert other.frames[0].content[1].isascii()


async def _ask_briefly(one):
    task = asyncio.ensure_future(one.wire.ask("what", {"station": "Zürich"}))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
