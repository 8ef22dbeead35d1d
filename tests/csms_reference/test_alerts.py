"""Alerts as they are kept, in both kinds of database."""

import pytest

from csms_reference.alerts.condition import Condition, Kind, Severity
from csms_reference.services import alerts


def condition(subject="1", **more):
    said = {"kind": Kind.SECURITY, "reason": "X", "severity": Severity.MAJOR, "since_ms": 5, "station": "CP-1"}
    return Condition(**{**said, "subject": subject, **more})


class Book:
    """Alerts in a store; ``again_ms`` is 100."""

    def __init__(self, store):
        self.store = store

    async def note(self, now_ms, *found):
        changes = await self.store.write(lambda database: alerts.note(database, found, now_ms, 100))
        return [(what, row.id, row.state, row.times) for what, row in changes]

    async def do(self, name, *what):
        changes = await self.store.write(lambda database: getattr(alerts, name)(database, *what))
        return [(what, row.id, row.state) for what, row in changes]

    async def one(self, number=1):
        return await self.store.read(lambda database: alerts.find(database, number))


@pytest.fixture
def book(either):
    return Book(either)


async def test_one_is_open_for_each_condition(book):
    assert await book.note(10, condition("1"), condition("2")) == [
        ("raised", 1, "Raised", 1),
        ("raised", 2, "Raised", 1),
    ]
    assert await book.note(11, condition("1"), condition("3")) == [("raised", 3, "Raised", 1)]
    row = await book.one()
    assert (row.since_ms, row.raised_ms, row.last_ms, row.details) == (5, 10, 10, "{}")


async def test_two_that_raise_one_at_the_same_time_raise_one(book):
    """The other has looked before it was raised, and writes after it."""

    def both(database):
        first = alerts._added(database, [condition()], 10)
        return first, alerts._added(database, [condition()], 11)

    first, second = await book.store.write(both)
    assert (len(first), second) == (1, [])
    assert await book.store.read(alerts.how_many_open) == 1


async def test_what_was_told_counts_each_row_once(book):
    await book.note(10, condition(mark=5, times=2))
    assert await book.note(11, condition(mark=5)) == []
    assert await book.note(12, condition(mark=7, times=3, transaction_id="T")) == [("changed", 1, "Raised", 5)]
    row = await book.one()
    assert (row.last_ms, row.mark, row.transaction_id) == (12, 7, "T")
    assert await book.store.read(lambda database: alerts.marks(database, [condition().key])) == {condition().key: 7}


async def test_what_changes_is_noted(book):
    await book.note(10, condition())
    worse = condition(severity=Severity.CRITICAL, details={"left": 1})
    assert await book.note(11, worse) == [("changed", 1, "Raised", 1)]
    row = await book.one()
    assert (row.severity, row.details, row.last_ms) == ("Critical", '{"left": 1}', 10)


async def test_what_comes_back_soon_goes_on(book):
    await book.note(10, condition())
    assert await book.do("clear", [1], 20) == [("cleared", 1, "Cleared")]
    assert await book.note(119, condition()) == [("raised", 1, "Raised", 2)]
    await book.do("clear", [1], 130)
    assert await book.note(230, condition()) == [("raised", 2, "Raised", 1)]


async def test_what_was_acknowledged_stays_so_when_it_comes_back_soon(book):
    await book.note(10, condition())
    assert await book.do("acknowledge", [1], "ann", "mine", 15) == [("acknowledged", 1, "Acknowledged")]
    await book.do("clear", [1], 20)
    assert await book.note(30, condition()) == [("changed", 1, "Acknowledged", 2)]
    row = await book.one()
    assert (row.acknowledged_by, row.note, row.cleared_ms) == ("ann", "mine", None)


async def test_what_was_closed_does_not_go_on(book):
    await book.note(10, condition(mark=5))
    assert await book.do("close", 1, "ann", "enough", 20) == [("cleared", 1, "Cleared")]
    assert await book.note(21, condition(mark=5)) == []
    assert await book.note(22, condition(mark=6)) == [("raised", 2, "Raised", 1)]
    row = await book.one()
    assert (row.closed_by, row.closing_note, row.cleared_ms) == ("ann", "enough", 20)


async def test_what_is_over_cannot_be_acknowledged_or_cleared_again(book):
    await book.note(10, condition())
    await book.do("clear", [1], 20)
    for name, *what in (("clear", [1], 30), ("acknowledge", [1], "ann", None, 30), ("close", 1, "ann", None, 30)):
        assert await book.do(name, *what) == []
    assert await book.do("unacknowledge", 1) == []
    assert (await book.one()).cleared_ms == 20


async def test_what_is_open_is_counted(book):
    await book.note(10, condition("1"), condition("2"), condition("3", severity=Severity.MINOR), condition("4"))
    await book.do("clear", [4], 20)
    counted = await book.store.read(alerts.counts)
    assert counted == {("SecurityEvent", "Major"): 2, ("SecurityEvent", "Minor"): 1}
    known = await book.store.read(lambda database: alerts.still_open(database, Kind.SECURITY, ["X"]))
    assert sorted(each.id for each in known.values()) == [1, 2, 3]
    assert await book.store.read(lambda database: alerts.still_open(database, Kind.SECURITY, ["Y"])) == {}
    assert await book.store.read(lambda database: alerts.still_open(database, Kind.FAULT)) == {}
