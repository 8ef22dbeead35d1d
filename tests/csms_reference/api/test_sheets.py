"""Charging sessions and meter readings as CSV."""

import csv
import io

import pytest

from csms_reference.access.principal import OPERATOR
from csms_reference.api import sheets
from csms_reference.api.charged import GuestIn
from csms_reference.api.wishes import wish_of
from csms_reference.store import StoreError
from tests.csms_reference.driving import ADA, Course, client_as, enter, held, opened, priced


def table(answer):
    """The rows of a file, by its header."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    assert answer.text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.fixture
async def charged(bench):
    """Three sessions of Ada's, and one of nobody's whom we know."""
    it = bench()
    await enter(it, "ada")
    await held(it, "CARD", "ada")
    await priced(it)
    for number, token in enumerate(("CARD", "X", "CARD", "CARD")):
        station = await opened(it, f"CP-{number}")
        course = Course(station, token, kind="ISO14443" if token == "CARD" else "NoAuthorization")
        course.number = f"=T-{number}"
        await course.begin()
        await course.take(1250.0, "2026-03-01T08:30:00Z")
        await course.end(1500.0, "2026-03-01T09:00:00Z")
    return it


async def test_sessions_as_a_table(charged, monkeypatch):
    monkeypatch.setattr(sheets, "ROWS", 2)
    async with client_as(charged, monkeypatch, OPERATOR) as client:
        rows = table(await client.get("/sessions.csv"))
        assert [row["session"] for row in rows] == ["t1", "t2", "t3", "t4"]
        assert rows[0] == {
            "session": "t1", "begun": "Card", "user": "ada", "station": "CP-0", "evse": "1", "connector": "1",
            "state": "Ended", "why": "", "transaction_id": "'=T-0", "asked": "", "began": "2026-03-01T08:00:00.000Z",
            "ended": "2026-03-01T09:00:00.000Z", "duration_s": "3600.0", "energy_wh": "500.0", "cost": "1.20",
            "currency": "EUR", "tariff": "day",
        }  # fmt: skip
        assert (
            len(table(await client.get("/sessions.csv", params={"user": "ada", "since": "2026-03-01T08:00:00Z"}))) == 3
        )
        assert table(await client.get("/sessions.csv", params={"until": "2026-03-01T08:00:00Z"})) == []
    async with client_as(charged, monkeypatch, ADA) as client:
        assert [row["session"] for row in table(await client.get("/sessions.csv"))] == ["t1", "t3", "t4"]


async def test_readings_as_a_table(charged, monkeypatch):
    monkeypatch.setattr(sheets, "ROWS", 2)
    async with client_as(charged, monkeypatch, ADA) as client:
        rows = table(await client.get("/sessions/t1/meter-values.csv"))
        assert [(row["timestamp"][11:16], row["measurand"].partition(".")[0], row["value"]) for row in rows] == [
            ("08:00", "Energy", "1000.0"), ("08:30", "Energy", "1250.0"), ("08:30", "Power", "7400.0"),
            ("09:00", "Energy", "1500.0"),
        ]  # fmt: skip
        assert (await client.get("/sessions/t2/meter-values.csv")).status_code == 404


async def test_of_a_session_that_has_not_begun_there_are_no_readings(bench, monkeypatch):
    it = bench()
    await enter(it, "ada")
    await opened(it)
    async with client_as(it, monkeypatch, ADA) as client:
        await client.post("/sessions", json={"station": "CP-1"})
        assert table(await client.get("/sessions/a1/meter-values.csv")) == []
        assert (await client.get("/sessions/a1/live")).status_code == 404


async def test_a_database_that_is_away_is_told_before_the_table_begins(charged, monkeypatch):
    async with client_as(charged, monkeypatch, OPERATOR) as client:

        async def away(fn):
            raise StoreError("away")

        monkeypatch.setattr(charged.store, "read", away)
        assert (await client.get("/sessions.csv")).status_code == 503


async def test_a_table_that_breaks_off_does_not_look_whole(charged, monkeypatch):
    monkeypatch.setattr(sheets, "ROWS", 2)
    read, count = charged.store.read, []

    async def failing(fn):
        count.append(fn)
        if len(count) > 1:
            raise StoreError("away")
        return await read(fn)

    async with client_as(charged, monkeypatch, OPERATOR) as client:
        monkeypatch.setattr(charged.store, "read", failing)
        client._transport.raise_app_exceptions = True
        with pytest.raises(RuntimeError, match="already started"):  # uvicorn then cuts the connection
            await client.get("/sessions.csv")


def test_a_wish_takes_money_as_it_is_written():
    assert wish_of(GuestIn(station="CP-1", max_cost="20.50", max_energy_wh=1)).most_cost == "20.50"
    with pytest.raises(ValueError, match="decimal places"):
        GuestIn(station="CP-1", max_cost="20.505")
