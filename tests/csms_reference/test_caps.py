"""Charging sessions end at their limit, whatever their stations know of it."""

import asyncio
import logging

import pytest

from csms_reference import caps
from csms_reference.caps import Caps, look
from csms_reference.front import Alone
from csms_reference.services.caps import any_capped
from csms_reference.sessions import Wish, begin
from csms_reference.store import StoreError
from tests.csms_reference.driving import KIOSK, Course, asked, opened, priced


async def charging(it, version="2.0.1", identity="CP-1", **limits):
    """A guest of a kiosk's who charges."""
    station = await opened(it, identity, version)
    await begin(Alone(it.csms), KIOSK, Wish(identity, 1, **limits))
    await it.quiet()
    told = asked(station)
    token = told["idTag"] if version == "1.6" else told["idToken"]["idToken"]
    course = Course(station, token, remote=told.get("remoteStartId"))
    assert await course.begin() == "Accepted"
    return course


def stops(course):
    """What the station was told to end."""
    return [payload["transactionId"] for action, payload in course.station.calls if action.endswith("StopTransaction")]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_session_ends_at_its_energy(bench, version):
    it = bench()
    course = await charging(it, version, most_wh=2000.0)
    await course.take(2999.0, "2026-03-01T08:10:00Z")
    assert await look(Alone(it.csms)) == 0
    await course.take(3000.0, "2026-03-01T08:11:00Z")
    assert await look(Alone(it.csms)) == 1
    await it.quiet()
    assert stops(course) == [course.number]
    await course.end(3001.0, "2026-03-01T08:12:00Z")
    await look(Alone(it.csms))
    assert stops(course) == [course.number]
    assert not await it.store.read(any_capped)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_session_ends_at_its_cost_although_its_station_is_silent(bench, version):
    it = bench()
    await priced(it)
    course = await charging(it, version, most_cost="2.00")
    await course.take(3500.0, "2026-03-01T08:10:00Z")  # 1.00 for energy, and an hour costs 1.00
    it.forward(3570)
    assert await look(Alone(it.csms)) == 0
    it.forward(30)
    assert await look(Alone(it.csms)) == 1


async def test_a_station_that_did_not_hear_is_told_again_after_a_minute(bench):
    it = bench()
    course = await charging(it, most_wh=1.0)
    await course.take(3000.0, "2026-03-01T08:10:00Z")
    found = []
    for seconds in (0, 59, 1, 59, 1):
        it.forward(seconds)
        found.append(await look(Alone(it.csms)))
    await it.quiet()
    assert found == [1, 0, 1, 0, 1]
    assert len(stops(course)) == 3


async def test_sessions_without_a_limit_and_those_that_wait_are_left_alone(bench):
    it = bench()
    await charging(it)
    await opened(it, "CP-2")
    assert not await it.store.read(any_capped)
    await begin(Alone(it.csms), KIOSK, Wish("CP-2", most_wh=1.0))
    assert await it.store.read(any_capped)
    assert await look(Alone(it.csms)) == 0
    it.forward(2 * 86_400)
    await look(Alone(it.csms))
    assert not await it.store.read(any_capped)


async def test_of_many_all_are_looked_at(bench, monkeypatch):
    it = bench()
    monkeypatch.setattr(caps, "AT_ONCE", 1)
    for identity in ("CP-1", "CP-2"):
        await (await charging(it, identity=identity, most_wh=1.0)).take(3000.0, "2026-03-01T08:10:00Z")
    assert await look(Alone(it.csms)) == 2


async def test_a_2_1_station_is_told_the_limits(bench):
    it = bench()
    station = await opened(it, version="2.1")
    await begin(Alone(it.csms), KIOSK, Wish("CP-1", most_wh=1000.0, most_cost="5.00"))
    await it.quiet()
    told = asked(station)
    course = Course(station, told["idToken"]["idToken"], remote=told["remoteStartId"])
    await course.begin()
    frames = [frame for frame in station.frames if "transactionLimit" in frame]
    assert len(frames) == 1
    assert '"transactionLimit":{"maxEnergy":1000.0,"maxCost":5.0}' in frames[0].replace(" ", "")


async def test_a_look_that_fails_is_not_the_last(bench, monkeypatch, caplog):
    it = bench()
    looked, over = [], asyncio.Event()

    async def failing(front):
        looked.append(front)
        if len(looked) == 3:
            over.set()
        raise StoreError("away") if len(looked) == 1 else ValueError("a bug")

    monkeypatch.setattr(caps, "EVERY_S", 0.0)
    monkeypatch.setattr(caps, "look", failing)
    with caplog.at_level(logging.WARNING):
        running = Caps(Alone(it.csms))
        async with asyncio.timeout(10):
            await over.wait()
        await running.close()
    assert "wait for the database: away" in caplog.text
    assert "were not looked at" in caplog.text
