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


def test_an_error_may_have_nothing_wrong_but_its_id():
    long = "i" * 37
    assert reading.overlong(f'[4,"{long}","FormatViolation","",{{}}]') == reading.Frame(
        4, long, {}, code="FormatViolation"
    )
    others = (
        f'[3,"{long}",{{}}]',
        '[4,"i","FormatViolation","",{}]',
        f'[4,"{long}"]',
        "[4,5]",
        "{}",
        "5",
        "x",
        b"\xff",
    )
    assert all(reading.overlong(text) is None for text in others)
