"""What a worker tells of itself: its settings come through whole, its log goes to the parent."""

import asyncio
import json
import logging

import pytest

from csms_reference.operations.logs import About, handling
from csms_reference.settings import ClockKind, Settings, Transport, UnknownStations
from csms_reference.workers.wire import Wire
from csms_reference.workers.worker import LOG_BYTES_MAX, ToParent, plain
from tests.csms_reference.lines import join


def test_settings_come_through_a_line_as_they_were():
    chosen = Settings(
        port=5, versions=("2.1",), clock=ClockKind.REAL, unknown_stations=UnknownStations.PENDING,
        transport=Transport.LEAN, workers=3, api_key="hush", connections_max=7, call_timeout_s=2.5,
    )  # fmt: skip
    for settings in (chosen, Settings()):
        assert Settings.of(json.loads(json.dumps(plain(settings)))) == settings


@pytest.fixture
async def logger():
    """A logger whose lines go over a line; the frames that arrive; and the end that sends.

    It stands outside the hierarchy: a lone surrogate in a captured log cannot be sent by the processes that test.
    """
    frames = []
    theirs, ours = Wire(lambda _: None, lambda _: None), Wire(frames.append, lambda _: None)
    end, _ = join(theirs, ours)
    it = logging.Logger("a.worker")  # noqa: LOG001  # see above
    it.addHandler(ToParent(theirs, logging.WARNING))
    return it, frames, end


async def test_what_is_logged_arrives_with_its_cause(logger):
    it, frames, _ = logger
    it.info("not this")
    try:
        raise KeyError("CP-1")
    except KeyError:
        it.exception("it \ud800 %s", "broke")
    await asyncio.sleep(0)
    (frame,) = frames
    name, text, trace, about = frame.content
    assert (frame.number, name) == (logging.ERROR, "a.worker")
    assert text == "it \\ud800 broke (KeyError: 'CP-1')"
    assert trace.startswith("Traceback")
    assert about is None


async def test_what_is_logged_says_which_message_was_handled(logger):
    it, frames, _ = logger
    token = handling.set(About("CP-1", "7\ud800", "Heartbeat"))
    it.error("broke")
    handling.reset(token)
    await asyncio.sleep(0)
    assert frames[0].content == ["a.worker", "broke", None, ["CP-1", "7\\ud800", "Heartbeat"]]


async def test_a_thread_may_log(logger):
    it, frames, _ = logger
    await asyncio.to_thread(it.warning, "from a thread")
    await asyncio.sleep(0)
    assert [frame.content[1] for frame in frames] == ["from a thread"]


async def test_a_flood_is_cut_and_that_is_said(logger):
    it, frames, end = logger
    end.get_write_buffer_size = lambda: LOG_BYTES_MAX + 1
    for _ in range(5):
        it.warning("drip")
    end.get_write_buffer_size = lambda: 0
    it.warning("drop")
    await asyncio.sleep(0)
    assert [frame.content[1] for frame in frames] == ["drop (5 lines before this one were left out)"]
