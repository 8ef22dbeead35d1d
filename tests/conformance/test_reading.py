"""The judge's own frame reader."""

import pytest

from conformance import reading


def test_reads_each_kind():
    assert reading.read('[2,"i","Heartbeat",{}]') == reading.Frame(2, "i", {}, action="Heartbeat")
    assert reading.read('[3,"i",{"a":1}]') == reading.Frame(3, "i", {"a": 1})
    assert reading.read('[4,"i","SecurityError","no",{}]').code == "SecurityError"


@pytest.mark.parametrize(
    "text",
    [
        b"\x00",
        "",
        "{}",
        "[]",
        "[true]",
        "[[]]",
        "[{}]",
        '[7,"i",{}]',
        '[2,"i",{}]',
        '[2,5,"Heartbeat",{}]',
        '[2,"","Heartbeat",{}]',
        f'[2,"{"i" * 37}","Heartbeat",{{}}]',
        '[2,"i",3,{}]',
        '[4,"i","Code",null,{}]',
        '[3,"i",{"a":1,"a":2}]',
        '[3,"i",{"a":NaN}]',
        "[" * 5000,
    ],
)
def test_refuses_what_is_no_frame(text):
    with pytest.raises(reading.Unreadable):
        reading.read(text)


def test_writes_what_it_reads():
    assert reading.read(reading.write(2, "i", "A", {"ü": [1]})) == reading.Frame(2, "i", {"ü": [1]}, action="A")
