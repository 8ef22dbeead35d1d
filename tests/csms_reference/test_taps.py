"""Links that are not read: each until its last reason is gone."""

from csms_reference.taps import Taps, Why


class Noting:
    """A link that notes what it is told."""

    def __init__(self):
        self.told = []

    def pause_reading(self):
        self.told.append("pause")

    def resume_reading(self):
        self.told.append("resume")


def test_a_link_is_read_again_when_the_last_reason_is_gone():
    taps, link = Taps(), Noting()
    assert taps.turn_off(link, Why.CROWD)
    assert not taps.turn_off(link, Why.HELD)
    assert not taps.turn_off(link, Why.CROWD)
    taps.turn_on(link, Why.CROWD)
    taps.turn_on(link, Why.EARLY)
    assert (link.told, len(taps)) == (["pause"], 1)
    taps.turn_on(link, Why.HELD)
    assert (link.told, len(taps)) == (["pause", "resume"], 0)
    taps.turn_on(link, Why.HELD)
    assert link.told == ["pause", "resume"]


def test_the_crowd_is_over_for_all():
    taps, links = Taps(), [Noting() for _ in range(3)]
    assert not taps.crowded
    taps.turn_off(links[0], Why.CROWD)
    for why in (Why.CROWD, Why.HELD):
        taps.turn_off(links[1], why)
    taps.turn_off(links[2], Why.EARLY)
    assert taps.crowded
    assert [taps.is_off(links[2], why) for why in Why] == [False, False, True]
    taps.relieve()
    assert [link.told for link in links] == [["pause", "resume"], ["pause"], ["pause"]]
    assert not taps.crowded
    taps.turn_off(links[2], Why.CROWD)
    taps.turn_on(links[2], Why.CROWD)
    assert not taps.crowded


def test_a_closed_link_is_told_nothing_more():
    taps, link = Taps(), Noting()
    taps.turn_off(link, Why.CROWD)
    taps.forget(link)
    taps.relieve()
    assert (link.told, len(taps)) == (["pause"], 0)


def test_links_that_cannot_pause_are_left_alone():
    taps, link = Taps(), object()
    assert not taps.turn_off(link, Why.CROWD)
    taps.turn_on(link, Why.CROWD)
    taps.forget(link)
    assert not taps
