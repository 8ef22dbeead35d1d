"""Presence follows the newest connection, whatever the order of the news."""

from hypothesis import given
from hypothesis import strategies as st

from csms_reference.workers.presence import Place, Presence


def test_the_newest_counts_and_the_older_is_named():
    presence = Presence()
    assert presence.came("CP", Place(1, 1)) is None
    assert presence.came("CP", Place(1, 2)) is None  # the same worker replaced it itself
    assert presence.came("CP", Place(2, 1)) == Place(1, 2)
    assert not presence.left("CP", Place(1, 2))
    assert (presence.where("CP"), len(presence)) == (Place(2, 1), 1)
    assert presence.left("CP", Place(2, 1))
    assert (presence.where("CP"), len(presence)) == (None, 0)
    presence.left("CP", Place(2, 1))


def test_a_worker_takes_its_own_along_and_nobody_elses():
    presence = Presence()
    for number in range(10):
        presence.came(f"CP-{number}", Place(number % 2, number))
    presence.came("CP-1", Place(0, 99))
    assert presence.gone(1) == {f"CP-{number}": Place(1, number) for number in (3, 5, 7, 9)}
    assert presence.gone(1) == {}
    assert {station for station in map("CP-{}".format, range(10)) if presence.where(station)} == {
        *map("CP-{}".format, range(0, 10, 2)), "CP-1",
    }  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=40))
def test_it_holds_what_came_last_and_has_not_left(moves):
    presence, open_, newest = Presence(), [], None
    for serial, (worker, comes) in enumerate(moves):
        if comes or not open_:
            newest = Place(worker, serial)
            open_.append(newest)
            presence.came("CP", newest)
        else:
            ended = open_.pop(worker % len(open_))
            presence.left("CP", ended)
            newest = None if ended == newest else newest
        assert presence.where("CP") == newest
