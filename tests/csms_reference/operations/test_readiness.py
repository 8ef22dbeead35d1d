"""Ready or not, and why."""

import asyncio

import pytest

from csms_reference.operations.readiness import Readiness
from csms_reference.store import StoreError
from csms_reference.store.database import newest
from tests.csms_reference.clients import client_of, problem
from tests.csms_reference.lines import Workers

READY = "http://csms/ready"


@pytest.fixture
def front(bench):
    return bench().front


async def test_ready(api):
    _, client = api
    answer = await client.get(READY)
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


async def test_a_database_that_is_away(front, monkeypatch):
    async def fail(_fn):
        raise StoreError("gone, and here is the path to it")

    monkeypatch.setattr(front.store, "read", fail)
    async with client_of(front) as client:
        told = problem(await client.get(READY), 503, "not ready: database")
    assert told["faults"] == {"database": "does not answer"}


async def test_a_database_that_hangs_is_asked_once(front, monkeypatch):
    asked, answer = [], asyncio.Event()

    async def hang(_fn):
        asked.append(1)
        await answer.wait()
        return newest()

    monkeypatch.setattr(front.store, "read", hang)
    subject = Readiness(front, patience_s=0.01)
    hanging = {"database": "no answer within 0.01 s"}
    assert [await subject.faults() for _ in range(3)] == [hanging] * 3
    assert len(asked) == 1
    answer.set()
    assert await Readiness(front, patience_s=10).faults() == {}


async def test_a_database_of_another_revision(front):
    await front.store.write(lambda database: database.exec_driver_sql("update chargebench_version set version_num='1'"))
    assert await Readiness(front).faults() == {"migrations": f"the database is at revision 1, not {newest()}"}


async def test_going_down(front):
    front.draining = True
    assert await Readiness(front).faults() == {"serving": "going down"}


async def test_a_worker_that_does_not_serve(bench):
    front = Workers(bench()).front
    roster = front._roster

    def waiting():
        first, *others = roster()
        first.state = "waiting"
        return [first, *others]

    front._roster = waiting
    assert await Readiness(front).faults() == {"workers": "1 is waiting"}


async def test_workers_that_say_nothing(front, monkeypatch):
    async def hang():
        await asyncio.Event().wait()

    monkeypatch.setattr(front, "processes", hang)
    assert await Readiness(front, patience_s=0.01).faults() == {"workers": "no answer within 0.01 s"}


async def test_each_question_is_answered_by_a_look_of_its_own(front, monkeypatch):
    subject = Readiness(front)
    assert await subject.faults() == {}

    async def fail(_fn):
        raise StoreError("gone")

    with monkeypatch.context() as away:
        away.setattr(front.store, "read", fail)
        assert await subject.faults() == {"database": "does not answer"}
    assert await subject.faults() == {}
