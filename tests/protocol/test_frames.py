"""The JSON array around a payload: what is a frame, what is strict JSON, what is salvaged from a broken one."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import frames
from protocol.errors import Code
from protocol.frames import Frame, FrameKind, Limits, Malformed, parse_json, read

RPC, FORMAT, PROPERTY = Code.RPC_FRAMEWORK_ERROR, Code.FORMAT_VIOLATION, Code.PROPERTY_CONSTRAINT_VIOLATION


def broken(text: str, limits: Limits = frames.LIMITS) -> Malformed:
    with pytest.raises(Malformed) as caught:
        read(text, limits)
    return caught.value


def test_writes_and_reads_every_kind() -> None:
    assert read(frames.call("m", "Reset", {"type": "Hard"})) == Frame(FrameKind.CALL, "m", {"type": "Hard"}, "Reset")
    assert read(frames.call("m", "N", {}, FrameKind.SEND)) == Frame(FrameKind.SEND, "m", {}, "N")
    assert read(frames.result("m", {"a": 1})) == Frame(FrameKind.CALLRESULT, "m", {"a": 1})
    for kind in (FrameKind.CALLERROR, FrameKind.CALLRESULTERROR):
        text = frames.error("m", "InternalError", "why", {"a": 1}, kind)
        assert read(text) == Frame(kind, "m", {"a": 1}, code="InternalError", description="why")


def test_frames_are_compact_and_in_utf8() -> None:
    assert frames.call("m", "DataTransfer", {"vendorId": "ä😀"}) == '[2,"m","DataTransfer",{"vendorId":"ä😀"}]'


def test_an_error_without_details_carries_an_empty_object() -> None:
    assert frames.error("m", "InternalError", "", None) == '[4,"m","InternalError","",{}]'


def test_an_errors_description_is_cut_and_always_encodable() -> None:
    text = frames.error("m", "InternalError", "\ud800" + "ä" * 300, None)
    assert json.loads(text)[3] == "?" + "ä" * 254


@pytest.mark.parametrize("text", ['[2,"m","A",null]', '[6,"m","A",null]', '[3,"m",null]'])
def test_a_null_payload_is_the_empty_one(text: str) -> None:
    assert read(text).payload == {}


@pytest.mark.parametrize(
    ("text", "code", "message_id", "kind"),
    [
        ("", RPC, "", 0),
        ("hello", RPC, "", 0),
        ("\ufeff[]", RPC, "", 0),
        ("{}", RPC, "", 0),
        ("[]", RPC, "", 0),
        ("[2]", RPC, "", 2),
        ('[2,"m"', RPC, "m", 2),
        (' [ 3 , "m" ,', RPC, "m", 3),
        ('[2,"m","A",{}]]', RPC, "m", 2),
        ('[2,"m","A",{"a":NaN}]', RPC, "m", 2),
        ('[2,"m","A",{"a":01}]', RPC, "m", 2),
        ("[2,\"m\",'A',{}]", RPC, "m", 2),
        ('[2,"m","A",{"a":"\x01"}]', RPC, "m", 2),
        ('[2,"m","A"]', RPC, "m", 2),
        ('[2,"m","A",{},{}]', RPC, "m", 2),
        ('[2,"m",7,{}]', RPC, "m", 2),
        ('[3,"m"]', RPC, "m", 3),
        ('[3,"m",{},{}]', RPC, "m", 3),
        ('[4,"m","InternalError","",null]', RPC, "m", 4),
        ('[4,"m","InternalError",null,{}]', RPC, "m", 4),
        ('[4,"m",7,"",{}]', RPC, "m", 4),
        ('[4,"m","InternalError",""]', RPC, "m", 4),
        ('[true,"m","A",{}]', RPC, "m", 0),
        ('[2.0,"m","A",{}]', RPC, "m", 0),
        ('["2","m","A",{}]', RPC, "m", 0),
        ('[18446744073709551616,"m","A",{}]', RPC, "m", 0),
        ('[7,"m","A",{}]', Code.MESSAGE_TYPE_NOT_SUPPORTED, "m", 7),
        ("[-1]", Code.MESSAGE_TYPE_NOT_SUPPORTED, "", -1),
        ('[2,"","A",{}]', RPC, "", 2),
        ('[2,7,"A",{}]', RPC, "", 2),
        ('[2,null,"A",{}]', RPC, "", 2),
        ('[2,"' + "x" * 37 + '","A",{}]', RPC, "", 2),
        ('[2,"m\\u0000","A",{}]', RPC, "", 0),
        ('[2,"\\ud800","A",{}]', RPC, "", 0),
        ('[2,"m","A",{"a":1,"a":1}]', FORMAT, "m", 2),
        ('[2,"m","A",{"a":{"b":1,"\\u0062":1}}]', FORMAT, "m", 2),
        ('[2,"m","A",{"a":"\\u0000"}]', PROPERTY, "m", 2),
        ('[2,"m","A",{"a":["\\\\\\u0000"]}]', PROPERTY, "m", 2),
        ('[2,"m","A",{"a":["\\ud800"]}]', PROPERTY, "m", 2),
        ('[2,"m","A",{"a":[1e999]}]', PROPERTY, "m", 2),
        ('[2,"m","A",{"a":-1e999}]', PROPERTY, "m", 2),
        ('[2,"m","A",{"a":' + "9" * 5000 + "}]", PROPERTY, "m", 2),
    ],
)
def test_what_is_no_frame(text: str, code: Code, message_id: str, kind: int) -> None:
    problem = broken(text)
    assert (problem.code, problem.message_id, problem.kind) == (code, message_id, kind), problem.why


def test_the_longest_message_id_is_taken() -> None:
    assert read('[2,"' + "ä" * 36 + '","A",{}]').message_id == "ä" * 36


@pytest.mark.parametrize("text", ["x" * 37, "y" * 1_000_000])
def test_the_reason_never_repeats_what_was_sent(text: str) -> None:
    assert text not in broken(f'[2,"m","A",{{"{text}" ').why
    assert len(broken(f'[2,"m","A",{{"{text}" ').why) < 160


def test_limit_of_size() -> None:
    limits = Limits(chars=40)
    text = '[2,"m","DataTransfer",{"vendorId":"%s"}]'
    assert read(text % ("x" * (40 - len(text) + 2)), limits).message_id == "m"
    problem = broken(text % ("x" * (41 - len(text) + 2)), limits)
    assert (problem.code, problem.message_id) == (RPC, "m")


@pytest.mark.parametrize("separator", [",", ", "])  # the fast road and the careful one
def test_limit_of_depth(separator: str) -> None:
    def nested(depth: int) -> str:
        return separator.join(['[2,"m"', '"A"', '{"a":' + "[" * (depth - 2) + "]" * (depth - 2) + "}]"])

    limits = Limits(depth=10)
    assert read(nested(10), limits).action == "A"
    assert "nested deeper" in broken(nested(11), limits).why


@pytest.mark.parametrize("depth", [1, 10, 48])
def test_limit_of_depth_holds_for_the_shortest_text_that_breaks_it(depth: int) -> None:
    limits = Limits(depth=depth)
    assert parse_json("[" * depth + "]" * depth, limits) is not None
    with pytest.raises(Malformed, match="nested deeper"):
        parse_json("[" * (depth + 1) + "]" * (depth + 1), limits)


def test_many_brackets_are_not_deep() -> None:
    limits = Limits(depth=4)
    assert read('[2,"m","A",{"a":[[],[],[],[]],"b":"[[[[[[[["}]', limits).payload["b"] == "[" * 8


@pytest.mark.parametrize("depth", [100, 1_000, 10_000, 100_000, 500_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_any_depth_is_survived(depth: int, opening: str, closing: str) -> None:
    limits = Limits(chars=10_000_000)
    for text in (opening * depth + "1" + closing * depth, opening * depth):
        problem = broken(f'[2,"m","A",{text}]', limits)
        assert (problem.code, problem.message_id) == (RPC, "m")


def test_no_text_costs_more_than_its_length() -> None:
    hostile = [
        "[" * 49 + '"' + '\\"' * 500_000,
        '"' + "\\" * 999_999,
        '[2,"m","' + "\\" * 999_000 + '",{}]',
        "[" * 10**6,
    ]
    began = time.perf_counter()
    for text in hostile:
        with contextlib.suppress(Malformed):
            read(text)
    assert time.perf_counter() - began < 2  # a quadratic scan of the first one alone takes an hour


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", 2.0**64),
        ("-9223372036854775808", -(2**63)),
        ("-9223372036854775809", -(2.0**63)),
        ("9007199254740993", 2**53 + 1),
        ("-0", 0),
        ("1.50", 1.5),
        ('"a\\/b"', "a/b"),
        ('"\\\\u0000"', "\\u0000"),
        ('"\\ud83d\\ude00"', "😀"),
        ('{ "a" : [ ] }', {"a": []}),
    ],
)
def test_values_come_out_as_they_were_written(text: str, value: Any) -> None:
    found = parse_json(text)
    assert found == value
    assert type(found) is type(value)


CLEAN = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | CLEAN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(CLEAN, inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_both_roads_read_the_same(value: Any, ascii_only: bool, indent: int | None) -> None:
    found = parse_json(json.dumps(value, ensure_ascii=ascii_only, indent=indent))
    assert json.dumps(found) == json.dumps(value)


@pytest.mark.parametrize(
    "text",
    [
        '[2, "m", "Heartbeat", {}]',
        '[2, "m", "StatusNotification", {"connectorId": 1, "errorCode": "NoError", "info": "a,b:c €"}]',
        '{"a": [1, -2, 1.5, true, false, null, [], {}], "b": {"c": ""}}',
        '{"a":[1,{"b":"c, d: e"}]}',
    ],
)
def test_what_most_write_takes_the_fast_road(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "_parse_carefully", lambda text, limits: pytest.fail("read twice"))
    assert json.dumps(parse_json(text)) == json.dumps(json.loads(text))


@given(JSON)
def test_a_space_after_commas_and_colons_changes_nothing(value: Any) -> None:
    for ascii_only in (True, False):
        spaced, plain = (json.dumps(value, ensure_ascii=ascii_only, separators=each) for each in (None, (",", ":")))
        assert json.dumps(parse_json(spaced)) == json.dumps(parse_json(plain)) == json.dumps(value)


@given(st.dictionaries(CLEAN, JSON, min_size=1, max_size=4), JSON, st.data())
def test_the_same_key_twice_is_refused_however_it_is_spaced(value: dict[str, Any], other: Any, data: Any) -> None:
    pairs = [*value.items(), (data.draw(st.sampled_from(list(value))), other)]
    for comma, colon in ((",", ":"), (", ", ": "), (", ", ":"), (",  ", ":  ")):
        written = [json.dumps(key) + colon + json.dumps(each, separators=(comma, colon)) for key, each in pairs]
        with pytest.raises(Malformed) as caught:
            parse_json(f'{{"a"{colon}[{{{comma.join(written)}}}]}}')
        assert caught.value.code is FORMAT


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a, b": "c: d, e", "f": ", "}', {"a, b": "c: d, e", "f": ", "}),
        ('["a,  b", "c:  d"]', ["a,  b", "c:  d"]),
        ('["\\\\", ", "]', ["\\", ", "]),
        ('{"a": 123456789012345678901234567890, "b": 1}', {"a": 1.2345678901234568e29, "b": 1}),
        ("[1, 18446744073709551615, 18446744073709551616]", [1, 2**64 - 1, 2.0**64]),
        ("[1, NaN]", RPC),
        ("[1, 1e400]", PROPERTY),
        ('["\\ud800", 1]', PROPERTY),
        ('["a\\u0000", 1]', PROPERTY),
        ('["a\x00", 1]', RPC),
        ('{"a": 1, "a": 1}', FORMAT),
        ('{"a": 1, "\\u0061": 1}', FORMAT),
        ('{"a, ": 1, "a,": 1}', {"a, ": 1, "a,": 1}),
        ("[1, 2, ]", RPC),
    ],
)
def test_what_is_odd_is_found_in_spaced_text_too(text: str, found: Any) -> None:
    if not isinstance(found, Code):
        assert repr(parse_json(text)) == repr(found)
        return
    with pytest.raises(Malformed) as caught:
        parse_json(text)
    assert caught.value.code is found


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_any_text_is_a_frame_or_malformed(text: str) -> None:
    with contextlib.suppress(Malformed):
        assert read(text).message_id


@given(st.text(alphabet='[]{}",:0123456789eE+-.\\u d8nftrulaseN', max_size=18))
def test_what_is_read_is_what_strict_json_says(text: str) -> None:
    with contextlib.suppress(Malformed):
        assert parse_json(text) == json.loads(text)
