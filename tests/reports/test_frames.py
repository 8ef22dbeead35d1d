"""Frames are read leniently and replies find their calls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.frames import FrameKind, Message, understand


def frames(*texts: tuple[str, str, str]):  # type: ignore[no-untyped-def]
    messages = [Message(line, float(line), station, way, text) for line, (station, way, text) in enumerate(texts, 1)]
    return list(understand(messages))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage",
        "[]",
        "{}",
        "null",
        '[2,"m"]',
        '[true,"m","Heartbeat",{}]',
        '[2,5,"Heartbeat",{}]',
        '[2,"m",7,{}]',
        '[9,"m",{}]',
        "[" * 100_000,
        '[3,"m",NaN]',
        "\ud800",
    ],
)
def test_garbage_is_unreadable_and_never_raises(text: str) -> None:
    (frame,) = frames(("CP-1", "up", text))
    assert frame.kind is FrameKind.UNREADABLE
    assert frame.payload is None


@given(st.text())
def test_any_text_is_a_frame(text: str) -> None:
    assert len(frames(("CP-1", "up", text))) == 1


def test_a_reply_carries_the_action_of_its_call_in_each_direction() -> None:
    call_up, call_down, down, up = frames(
        ("CP-1", "up", '[2,"m","Heartbeat",{}]'),
        ("CP-1", "down", '[2,"m","Reset",{"type":"Soft"}]'),
        ("CP-1", "down", '[3,"m",{"currentTime":"x"}]'),
        ("CP-1", "up", '[4,"m","NotSupported","no",{"a":1}]'),
    )
    assert (call_up.kind, call_down.payload) == (FrameKind.CALL, {"type": "Soft"})
    assert (down.action, down.answers) == ("Heartbeat", 1)
    assert (up.kind, up.action, up.answers) == (FrameKind.CALLERROR, "Reset", 2)
    assert up.payload == {"errorCode": "NotSupported", "errorDescription": "no", "errorDetails": {"a": 1}}


def test_the_same_id_at_another_station_is_another_call() -> None:
    *_, reply = frames(("CP-1", "up", '[2,"m","Heartbeat",{}]'), ("CP-2", "down", '[3,"m",{}]'))
    assert (reply.action, reply.answers) == (None, None)


def test_a_repeated_reply_still_names_its_call() -> None:
    *_, again = frames(
        ("CP-1", "up", '[2,"m","Heartbeat",{}]'),
        ("CP-1", "down", '[3,"m",{}]'),
        ("CP-1", "down", '[3,"m",{}]'),
    )
    assert (again.action, again.answers) == ("Heartbeat", 1)


def test_a_callresulterror_travels_the_way_of_the_call() -> None:
    *_, error = frames(
        ("CP-1", "up", '[2,"m","Heartbeat",{}]'),
        ("CP-1", "down", '[3,"m",{}]'),
        ("CP-1", "up", '[5,"m","FormatViolation","",{}]'),
    )
    assert (error.kind, error.action, error.answers) == (FrameKind.CALLRESULTERROR, "Heartbeat", 1)
    assert error.is_error


def test_a_send_names_its_action_and_expects_no_reply() -> None:
    (send,) = frames(("CP-1", "up", '[6,"m","NotifyPeriodicEventStream",{"id":1}]'))
    assert (send.kind, send.action) == (FrameKind.SEND, "NotifyPeriodicEventStream")
