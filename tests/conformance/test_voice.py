"""What the bench says by itself, and what a case makes it say."""

import json

import pytest

from conformance import vocabulary as say
from conformance.findings import Record
from conformance.voice import Voice


@pytest.fixture
def record():
    return Record()


@pytest.fixture
def voice(record):
    made = Voice(say.Subject(say.STATION, say.V201), record, lambda: "b1", lambda now: f"T+{now:g}")
    made.linked = True
    return made


def call(action, **payload):
    return say.Received(action, payload, "s1", 0.0, 1)


def said(voice):
    return json.loads(voice.outbox.pop())


def test_nothing_is_said_or_recorded_without_a_link(voice, record):
    voice.linked = False
    voice.say("hello", 0.0)
    assert (list(voice.outbox), record.lines) == ([], [])


def test_an_instant_is_said_as_the_time_of_day(voice, record):
    voice.ask(say.ask("Reset", {"type": "Immediate", "list": [{"at": say.NOW}]}), 7.0)
    assert said(voice) == [2, "b1", "Reset", {"type": "Immediate", "list": [{"at": "T+7"}]}]
    assert (voice.asked, voice.request[1], record.lines[0].direction) == ("b1", "T+7", "down")


def test_the_case_says_more_than_the_usual_answer_or_less(voice):
    voice.answer(call("BootNotification"), {"status": "Rejected", "interval": None}, 0.0)
    assert said(voice) == [3, "s1", {"currentTime": "T+0", "status": "Rejected"}]


def test_what_is_usual_can_change_and_what_nobody_knows_is_not_supported(voice):
    voice.usually("Heartbeat", {"currentTime": "never"})
    voice.usual(call("Heartbeat"), 0.0)
    assert said(voice) == [3, "s1", {"currentTime": "never"}]
    strange = call("Fly")
    voice.usual(strange, 0.0)
    assert said(voice)[:3] == [4, "s1", "NotSupported"]
    assert strange.answered


def test_nothing_is_answered_twice(voice):
    heartbeat = call("Heartbeat")
    voice.usual(heartbeat, 0.0)
    with pytest.raises(ValueError, match="answered already"):
        voice.answer(heartbeat, {}, 0.0)
