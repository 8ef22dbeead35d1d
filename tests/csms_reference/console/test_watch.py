"""Frames of the stations that somebody looks at."""

import pytest

from csms_reference.console.watch import FRAMES_KEPT, STATIONS_MOST, Ring, Watch, pretty, sequence
from csms_reference.events.event import Event, Filter


def ring_of(*frames):
    ring = Ring(Filter(frozenset()), 0, 0)
    for kind, text in frames:
        ring.put(Event(f"message.{kind}", "CP-1", 0, {"text": text}))
    return ring


def test_a_reply_is_told_with_the_action_it_answers_whoever_asked():
    frames = sequence(
        ring_of(
            ("received", '[2,"1","Heartbeat",{}]'),
            ("sent", '[2,"1","Reset",{"type":"OnIdle"}]'),
            ("received", '[4,"1","InternalError","",{}]'),
            ("sent", '[3,"1",{"currentTime":"now"}]'),
        )
    )
    told = [(each.action, each.kind, each.sent) for each in frames]
    assert told[2:] == [("Reset", "error", False), ("Heartbeat", "reply", True)]
    assert pretty(frames[3]) == '{\n  "currentTime": "now"\n}'


@pytest.mark.parametrize("text", ["not json", "[]", "{}", "[2]", "7", "[2,1]", "[" * 5000])
def test_what_is_no_message_is_shown_as_it_came(text):
    (frame,) = sequence(ring_of(("received", text)))
    assert (frame.kind, pretty(frame)) == ("garbage", text)


def test_the_oldest_frames_and_the_stations_looked_at_longest_ago_give_way(bench):
    assert len(ring_of(*[("sent", "x")] * (FRAMES_KEPT + 1)).events) == FRAMES_KEPT
    it = bench()
    watch = Watch(it.front)
    for number in range(STATIONS_MOST + 1):
        watch.of(f"CP-{number}")
    assert len(it.csms.bus.watched) == STATIONS_MOST
    assert "CP-0" not in it.csms.bus.watched
