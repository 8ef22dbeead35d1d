"""What the CSMS keeps of messages on displays."""

import pytest

from csms_reference.services import display
from csms_reference.store import Store

END = "2026-03-01T09:00:00Z"
END_MS = 1_772_355_600_000


def message(number, priority="NormalCycle", **more):
    return {"id": number, "priority": priority, "message": {"format": "UTF8", "content": "x"}, **more}


@pytest.fixture
def database():
    store = Store.open()
    with store.engine.begin() as connection:
        yield connection
    store.close()


def ids(database, station="CP-1", now_ms=0):
    return [row.id for row in display.of_station(database, station, now_ms)]


def test_each_station_has_its_own(database):
    display.accepted(database, "CP-1", message(1), 5)
    display.accepted(database, "CP-2", message(1, "AlwaysFront"), 5)
    display.accepted(database, "CP-1", message(2, "AlwaysFront"), 5)
    display.gone(database, "CP-1", 1)
    assert (ids(database), ids(database, "CP-2")) == ([2], [1])


def test_what_is_over_is_not_shown_and_goes_with_the_next_transaction(database):
    """O01.FR.07, O02.FR.02."""
    display.accepted(database, "CP-1", message(1, endDateTime=END), 5)
    display.accepted(database, "CP-1", message(2, transactionId="T"), 5)
    display.accepted(database, "CP-1", message(3), 5)
    assert ids(database, now_ms=END_MS - 1) == [1, 2, 3]
    assert ids(database, now_ms=END_MS) == [2, 3]
    display.expire(database, "CP-1", transaction_id="U", now_ms=END_MS - 1)
    assert ids(database) == [1, 2, 3]
    display.expire(database, "CP-1", transaction_id="T", now_ms=END_MS)
    assert ids(database) == [3]


def test_the_last_word_counts(database):
    display.accepted(database, "CP-1", message(1), 5)
    display.told(database, "CP-1", 7, [message(1, state="Idle"), message(2)], 9)
    display.told(database, "CP-1", 7, [], 9)
    first, _ = display.of_station(database, "CP-1", 0)
    assert (first.state, first.known_by, first.request_id, first.confirmed_ms) == ("Idle", "told", 7, 9)
    display.forget(database, "CP-1", before_ms=9)
    assert ids(database) == [1, 2]
    display.forget(database, "CP-1", before_ms=10)
    assert ids(database) == []
