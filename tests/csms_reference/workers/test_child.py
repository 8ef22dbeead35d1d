"""A child that does not come to serve says why, in words for its user."""

import asyncio
import logging

import pytest

from csms_reference.settings import Settings
from csms_reference.workers.child import Child, StillBorn
from csms_reference.workers.frames import PROTOCOL, Frame, pack
from tests.csms_reference.lines import Transport


@pytest.fixture
async def child(monkeypatch):
    """A child without a process, what it hears of stations, and what the parent hears of its line's end."""
    heard, parted = [], []
    it = Child(2, heard.append, parted.append)

    async def spawned():
        Transport(it.wire)

    monkeypatch.setattr(it, "_spawn", spawned)
    return it, heard, parted


async def starting(it):
    task = asyncio.ensure_future(it.start(Settings()))
    await asyncio.sleep(0)
    return task


async def test_it_serves_once_it_says_so(child):
    it, heard, _ = child
    task = await starting(it)
    moves = Frame("moves", 0, [["CP-1", 1, True]])
    it.wire.data_received(pack(Frame("hello", PROTOCOL)) + pack(Frame("ready", 9000)) + pack(moves))
    assert (await task, heard) == (9000, [moves])


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (pack(Frame("hello", PROTOCOL + 1)), f"version {PROTOCOL + 1} of the line's protocol, not {PROTOCOL}"),
        (pack(Frame("unusable", 0, "port 9000 is taken")), "port 9000 is taken"),
        (b"Traceback (most recent", "ended before it served .a frame of"),
        (pack(Frame("ready", 1, 1))[:-1] + b"?", "no JSON"),
    ],
)
async def test_what_went_wrong_is_told(child, said, why):
    it, _, _ = child
    task = await starting(it)
    it.wire.data_received(said)
    with pytest.raises(StillBorn, match=why):
        await task


async def test_one_that_dies_early_is_told_too_and_its_line_is_mourned_once(child):
    it, _, parted = child
    task = await starting(it)
    it.wire.connection_lost(None)
    with pytest.raises(StillBorn, match="worker 2 ended before it served"):
        await task
    assert len(parted) == 1
    assert await it.ended() == "was not started"


async def test_its_log_is_ours(child, caplog):
    it, _, _ = child
    task = await starting(it)
    it.wire.data_received(pack(Frame("log", logging.WARNING, ["csms_reference.csms", "CP-1 came", None, None])))
    it.wire.data_received(pack(Frame("log", logging.DEBUG, ["csms_reference.csms", "not this", None, None])))
    it.wire.data_received(pack(Frame("ready", 9000)))
    await task
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        ("csms_reference.csms", "worker 2: CP-1 came")
    ]
