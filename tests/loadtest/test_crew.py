"""The seats of a crew; a crew at work is in test_locustfile.py, in processes that belong to gevent."""

from typing import Any

import pytest
from gevent.pool import Group
from locust.env import Environment

from loadtest.crew import Allotted, Seat, StationUser, _nothing
from loadtest.identities import Identity


class Counting:
    def __init__(self) -> None:
        self.asked: list[int] = []

    def more(self, stations: int) -> None:
        self.asked.append(stations)


class Station(StationUser):
    crew: Any = Counting()


@pytest.fixture
def crew() -> Counting:
    Station.crew = Counting()
    return Station.crew


def test_a_user_takes_a_seat_and_leaves_it(crew: Counting):
    group, user = Group(), Station(Environment())
    seat = user.start(group)
    assert isinstance(seat, Seat)
    assert (list(group), seat.args, crew.asked) == ([seat], (user,), [1])
    assert user.stop(force=True)
    assert seat.dead
    assert crew.asked == [1, -1]


def test_who_has_left_does_not_leave_again(crew: Counting):
    group, user = Group(), Station(Environment())
    user.start(group)
    user.stop()
    user.stop()
    assert crew.asked == [1, -1]


def test_a_seat_never_runs(crew: Counting):
    with pytest.raises(AssertionError, match="never started"):
        _nothing(Station(Environment()))


def test_identities_are_those_that_were_given():
    allotted = Allotted()
    allotted.take([["CP-1", "secret", None, None]])
    allotted.take([["CP-2", None, "1.6", "dc-150kw"]])
    assert allotted.limit == 2
    assert [allotted.of(n) for n in (0, 1)] == [Identity("CP-1", "secret"), Identity("CP-2", None, "1.6", "dc-150kw")]
