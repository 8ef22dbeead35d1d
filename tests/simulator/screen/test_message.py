"""What a station keeps of messages."""

from datetime import UTC, datetime, timedelta

from simulator.screen.content import Content
from simulator.screen.message import Message, Messages, Priority

NOW = datetime(2025, 6, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def message(number, priority="NormalCycle", **more):
    return Message(number, Priority(priority), (Content("UTF8", f"m{number}"),), **more)


def test_one_of_the_same_id_takes_its_place():
    kept = Messages().kept(message(1)).kept(message(2)).kept(message(1, "InFront"))
    assert [(each.id, each.priority) for each in kept.stored] == [(2, "NormalCycle"), (1, "InFront")]


def test_there_is_one_that_is_always_in_front():
    kept = Messages().kept(message(1, "AlwaysFront")).kept(message(2)).kept(message(3, "AlwaysFront"))
    assert [each.id for each in kept.stored] == [2, 3]
    assert [each.id for each in kept.without(frozenset((2,))).stored] == [3]


def test_its_time():
    it = message(1, start=NOW, end=NOW + HOUR)
    assert (it.begun(NOW - HOUR), it.begun(NOW)) == (False, True)
    assert (it.over(NOW), it.over(NOW + HOUR)) == (False, True)
    assert message(2).begun(NOW)
    assert not message(2).over(NOW)
