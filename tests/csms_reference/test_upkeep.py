"""Rounds through the database: what the settings say, told to who listens, and no end of it because of one failure."""

import asyncio

import pytest

from csms_reference import upkeep
from csms_reference.events.event import Filter
from csms_reference.store import StoreError
from csms_reference.store.tables import notices, transactions
from csms_reference.upkeep import Upkeep
from tests.csms_reference.test_authorization import event

DAYS = 24 * 3600


@pytest.fixture
def kept_up(monkeypatch):
    """Makes the upkeep of a bench, whose rounds the test runs itself."""
    monkeypatch.setattr(upkeep, "PAUSE_S", 0)
    made = []

    def make(it, *more):
        made.append(Upkeep(it.front, *more))
        return made[-1]

    yield make
    for each in made:
        each._task.cancel()


async def test_who_is_silent_is_over_and_who_listens_hears_of_it(bench, kept_up):
    it, over = bench(abandoned_silent_days=2), []
    station = await it.station()
    await station.ask("TransactionEvent", event())
    heard = it.csms.bus.subscribe(Filter(frozenset({"transaction.updated"})))
    look = kept_up(it, lambda: over.append(True))
    it.forward(2 * DAYS - 1)
    await look.round()
    assert over == []
    it.forward(1)
    await look.round()
    await look.round()
    assert over == [True]
    assert (await heard.next()).data["state"] == "Abandoned"
    heard.close()
    [row] = await it.rows(transactions)
    assert (row["state"], row["abandoned"]) == ("Abandoned", "Silent")


async def test_each_setting_is_about_its_own(bench, kept_up):
    it = bench(notices_days=1)
    station = await it.station()
    await station.ask("TransactionEvent", event())
    await it.csms.notice("CP-1", "K", "{}", None, it.time)
    it.forward(2 * DAYS)
    await kept_up(it).round()
    assert (len(await it.rows(notices)), len(await it.rows(transactions))) == (0, 1)


async def test_a_database_that_fails_is_asked_again(bench, kept_up, monkeypatch):
    monkeypatch.setattr(upkeep, "EVERY_S", 0)
    it, asked = bench(), asyncio.Event()
    ends = [StoreError("no"), ValueError("bug")]

    async def failing():
        if ends:
            raise ends.pop()
        asked.set()

    look = kept_up(it)
    monkeypatch.setattr(look, "round", failing)
    async with asyncio.timeout(5):
        await asked.wait()
    await look.close()
    assert look._task.cancelled()
