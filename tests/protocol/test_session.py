"""One end of a connection: what it answers to each fault, and that every CALL ends exactly once."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from protocol.errors import Code, InvalidPayload, UnknownAction, UnknownCall
from protocol.events import (
    Answered,
    Called,
    Dropped,
    Event,
    Ignored,
    Misanswered,
    Notified,
    Refused,
    TimedOut,
    TurnedAway,
    Why,
)
from protocol.frames import LENGTHS, FrameKind, Limits
from protocol.schemas import NONE, Validation
from protocol.session import Session
from protocol.versions import V16, V21, V201, VERSIONS, Side, Version
from tests.protocol.pair import Pair, session
from tests.protocol.payloads import BOOT, BOOT_ANSWER, HEARTBEAT_ANSWER, STAMP, STREAM

VERSION = pytest.mark.parametrize("version", VERSIONS, ids=repr)
NEWER = pytest.mark.parametrize("version", [V201, V21], ids=repr)
RPC = "RpcFrameworkError"
BROKEN_16 = "FormationViolation"
HEARTBEAT = '[2,"m","Heartbeat",{}]'


def sent(end: Session) -> list[Any]:
    """What the session wants to send, parsed; the outbox is empty afterwards."""
    texts = list(end.outbox)
    end.outbox.clear()
    return [json.loads(text) for text in texts]


def error_of(end: Session) -> tuple[str, str] | None:
    """The id and code of the one CALLERROR in the outbox; None if there is nothing."""
    replies = sent(end)
    if not replies:
        return None
    (reply,) = replies
    assert reply[0] == 4
    assert isinstance(reply[4], dict)
    assert len(reply[3]) <= 255
    return reply[1], reply[2]


def serves_a_heartbeat(end: Session) -> None:
    (event,) = end.receive('[2,"after","Heartbeat",{}]', 1e9)
    assert event == Called("after", "Heartbeat", {})
    end.answer("after", HEARTBEAT_ANSWER)
    assert sent(end)[-1] == [3, "after", HEARTBEAT_ANSWER]


# RPC-01 to RPC-04, RPC-13, RPC-14: frames that are none

# name: (text, answer in 2.x, answer in 1.6); an answer is (message id, code) or None for silence
FRAMES: dict[str, tuple[str, tuple[str, str] | None, tuple[str, str] | None]] = {
    "RPC-01 not JSON": ("hello", ("-1", RPC), None),
    "RPC-01 empty": ("", ("-1", RPC), None),
    "RPC-01 truncated": ('[2,"m","Heartbeat",{', ("m", RPC), ("m", BROKEN_16)),
    "RPC-01 byte order mark": ("\ufeff" + HEARTBEAT, ("-1", RPC), None),
    "RPC-01 trailing junk": (HEARTBEAT + "]", ("m", RPC), ("m", BROKEN_16)),
    "RPC-02 object": ("{}", ("-1", RPC), None),
    "RPC-02 string": ('"x"', ("-1", RPC), None),
    "RPC-02 empty array": ("[]", ("-1", RPC), None),
    "RPC-02 type alone": ("[2]", ("-1", RPC), None),
    "RPC-02 three elements": ('[2,"m","Heartbeat"]', ("m", RPC), ("m", BROKEN_16)),
    "RPC-02 six elements": ('[2,"m","Heartbeat",{},{},{}]', ("m", RPC), ("m", BROKEN_16)),
    "RPC-03 type 0": ('[0,"m","Heartbeat",{}]', ("m", "MessageTypeNotSupported"), None),
    "RPC-03 type 1": ('[1,"m","Heartbeat",{}]', ("m", "MessageTypeNotSupported"), None),
    "RPC-03 type 7": ('[7,"m","Heartbeat",{}]', ("m", "MessageTypeNotSupported"), None),
    "RPC-03 type -1": ('[-1,"m","Heartbeat",{}]', ("m", "MessageTypeNotSupported"), None),
    "RPC-03 type 7 without id": ("[7]", ("-1", "MessageTypeNotSupported"), None),
    "RPC-03 type as string": ('["2","m","Heartbeat",{}]', ("m", RPC), None),
    "RPC-03 type 2.0": ('[2.0,"m","Heartbeat",{}]', ("m", RPC), None),
    "RPC-03 type true": ('[true,"m","Heartbeat",{}]', ("m", RPC), None),
    "RPC-03 type 2^64": ('[18446744073709551616,"m","Heartbeat",{}]', ("m", RPC), None),
    "RPC-04 empty id": ('[2,"","Heartbeat",{}]', ("-1", RPC), None),
    "RPC-04 id of 37": ('[2,"' + "x" * 37 + '","Heartbeat",{}]', ("-1", RPC), None),
    "RPC-04 id of a megabyte": ('[2,"' + "x" * 1_000_000 + '","Heartbeat",{}]', ("-1", RPC), None),
    "RPC-04 number": ('[2,7,"Heartbeat",{}]', ("-1", RPC), None),
    "RPC-04 null": ('[2,null,"Heartbeat",{}]', ("-1", RPC), None),
    "RPC-04 NUL": ('[2,"m\\u0000","Heartbeat",{}]', ("-1", RPC), None),
    "RPC-04 lone surrogate": ('[2,"\\ud800","Heartbeat",{}]', ("-1", RPC), None),
    "RPC-08 action a number": ('[2,"m",7,{}]', ("m", RPC), ("m", BROKEN_16)),
    "RPC-13 key twice": ('[2,"m","Heartbeat",{"a":1,"a":2}]', ("m", "FormatViolation"), ("m", BROKEN_16)),
    "RPC-14 depth 100": ('[2,"m","Heartbeat",' + "[" * 100 + "]" * 100 + "]", ("m", RPC), ("m", BROKEN_16)),
    "RPC-14 depth 100000": ('[2,"m","Heartbeat",' + '{"a":' * 100_000, ("m", RPC), ("m", BROKEN_16)),
    "RPC-15 NaN": ('[2,"m","Heartbeat",{"a":NaN}]', ("m", RPC), ("m", BROKEN_16)),
    "too long": ('[2,"m","Heartbeat",{"a":"' + "x" * 1_048_576 + '"}]', ("m", RPC), ("m", BROKEN_16)),
}


@VERSION
@pytest.mark.parametrize("name", FRAMES)
def test_a_malformed_frame_is_refused_and_ends_nothing(version: Version, name: str) -> None:
    text, newer, older = FRAMES[name]
    end = session(version)
    (event,) = end.receive(text, 0.0)
    assert isinstance(event, Ignored)
    assert event.why in (Why.MALFORMED, Why.UNKNOWN_TYPE)
    assert error_of(end) == (older if version is V16 else newer)
    serves_a_heartbeat(end)


# RPC-08 to RPC-12, RPC-15, RPC-16: payloads


def boot_with(version: Version, **fields: Any) -> str:
    return json.dumps([2, "m", "BootNotification", {**BOOT[version], **fields}])


def status_with(version: Version, number: str) -> str:
    """A StatusNotification whose connector is this literal."""
    head = '"errorCode":"NoError","status":"Available"'
    if version is not V16:
        head = f'"timestamp":"{STAMP}","connectorStatus":"Available","evseId":1'
    return f'[2,"m","StatusNotification",{{{head},"connectorId":{number}}}]'


def serial(version: Version, value: Any) -> str:
    if version is V16:
        return boot_with(version, chargePointSerialNumber=value)
    return boot_with(version, chargingStation={**BOOT[version]["chargingStation"], "serialNumber": value})


@VERSION
@pytest.mark.parametrize(
    "action", ["Nonsense", "heartbeat", "", "x" * 1000, "__class__", "constructor", "BootNotificationRequest"]
)
def test_rpc_08_an_unknown_action_is_not_implemented(version: Version, action: str) -> None:
    end = session(version)
    (event,) = end.receive(json.dumps([2, "m", action, {}]), 0.0)
    assert isinstance(event, TurnedAway)
    assert error_of(end) == ("m", "NotImplemented")
    serves_a_heartbeat(end)


@VERSION
def test_rpc_08_a_known_action_that_is_not_served_here_is_not_supported(version: Version) -> None:
    end = session(version)
    end.receive('[2,"m","ClearCache",{}]', 0.0)  # which a CSMS sends
    assert error_of(end) == ("m", "NotSupported")
    modest = session(version, speaks=frozenset({"BootNotification"}))
    modest.receive(HEARTBEAT, 0.0)
    assert error_of(modest) == ("m", "NotSupported")


@VERSION
@pytest.mark.parametrize("side", Side)
def test_rpc_09_an_empty_payload_of_every_action_is_called_or_refused(version: Version, side: Side) -> None:
    end = session(version, side)
    missing = "ProtocolError" if version is V16 else "OccurrenceConstraintViolation"
    refused = 0
    for action in sorted(version.calls[side.other]):
        (event,) = end.receive(json.dumps([2, action, action, {}]), 0.0)
        if isinstance(event, Called):
            end.refuse(action, Code.INTERNAL_ERROR)
            end.outbox.clear()
        else:
            assert error_of(end) == (action[:36], missing)
            refused += 1
    assert refused > 9


@VERSION
@pytest.mark.parametrize("wrong", [7, True, None, [], {}, 1.5])
def test_rpc_10_a_wrong_type(version: Version, wrong: Any) -> None:
    end = session(version)
    (event,) = end.receive(serial(version, wrong), 0.0)
    assert isinstance(event, TurnedAway)
    assert event.violation.field.lower().endswith("serialnumber")
    assert error_of(end) == ("m", "TypeConstraintViolation")


@VERSION
@pytest.mark.parametrize("length", [26, 256, 1_000_000])
def test_rpc_11_a_string_that_is_too_long(version: Version, length: int) -> None:
    end = session(version)
    assert isinstance(end.receive(serial(version, "x" * 25), 0.0)[0], Called)
    end.receive(serial(version, "x" * length).replace('"m"', '"n"'), 0.0)
    (reply,) = sent(end)
    assert reply[1:3] == ["n", "PropertyConstraintViolation"]
    assert len(json.dumps(reply)) < 700


@NEWER
def test_rpc_11_an_enumeration_is_closed(version: Version) -> None:
    end = session(version)
    end.receive(boot_with(version, reason="powerup"), 0.0)
    assert error_of(end) == ("m", "PropertyConstraintViolation")


@VERSION
@pytest.mark.parametrize("name", ["surprise", "k" * 100_000])
def test_rpc_12_an_extra_field(version: Version, name: str) -> None:
    end = session(version)
    end.receive(boot_with(version, **{name: 1}), 0.0)
    (reply,) = sent(end)
    assert reply[1:3] == ["m", "FormationViolation" if version is V16 else "FormatViolation"]
    assert reply[4]["field"].startswith(name[:7])
    assert len(json.dumps(reply)) < 700


@VERSION
@pytest.mark.parametrize(
    "number",
    ["1" * 400, "9" * 10_000, "1e999", "2147483648", "9007199254740993", "9223372036854775808", "18446744073709551616",
     "-2147483649", "1.0", "1e0", "true"],
)  # fmt: skip
def test_rpc_15_a_number_that_is_no_ocpp_integer(version: Version, number: str) -> None:
    end = session(version)
    assert not any(isinstance(event, Called) for event in end.receive(status_with(version, number), 0.0))
    message_id, code = error_of(end) or ("", "")
    assert message_id == "m"
    assert code in ("TypeConstraintViolation", "PropertyConstraintViolation")
    serves_a_heartbeat(end)


@VERSION
def test_rpc_15_minus_zero_is_zero(version: Version) -> None:
    (event,) = session(version).receive(status_with(version, "-0"), 0.0)
    assert isinstance(event, Called)
    assert event.payload["connectorId"] == 0


@VERSION
@pytest.mark.parametrize("text", ['"\\ud800"', '"a\\u0000b"'])
def test_rpc_16_a_string_that_cannot_be_kept(version: Version, text: str) -> None:
    end = session(version)
    end.receive(serial(version, "?").replace('"?"', text), 0.0)
    assert error_of(end) == ("m", "PropertyConstraintViolation")


@VERSION
@pytest.mark.parametrize("text", ["\u202eabc", "😀", "e" + "\u0301" * 20, "İß"])
def test_rpc_16_odd_unicode_arrives_unchanged(version: Version, text: str) -> None:
    (event,) = session(version).receive(serial(version, text), 0.0)
    assert isinstance(event, Called)
    assert text in json.dumps(event.payload, ensure_ascii=False)


@VERSION
def test_a_null_payload_is_empty(version: Version) -> None:
    assert session(version).receive('[2,"m","Heartbeat",null]', 0.0) == [Called("m", "Heartbeat", {})]


@VERSION
def test_a_binary_message_is_evidence_alone(version: Version) -> None:
    end = session(version)
    assert end.receive(HEARTBEAT.encode(), 0.0) == [Ignored(Why.BINARY, "22 bytes")]
    assert not end.outbox
    serves_a_heartbeat(end)


# RPC-05 to RPC-07: the same id, and several CALLs


@VERSION
def test_rpc_05_a_retry_gets_the_same_answer_and_has_no_second_effect(version: Version) -> None:
    end = session(version)
    assert isinstance(end.receive(HEARTBEAT, 0.0)[0], Called)
    (again,) = end.receive(HEARTBEAT, 1.0)
    assert isinstance(again, Ignored)
    assert again.why is Why.REPEATED_CALL
    assert not end.outbox
    end.answer("m", HEARTBEAT_ANSWER)
    first = sent(end)
    (late,) = end.receive(HEARTBEAT, 60.0)
    assert isinstance(late, Ignored)
    assert late.why is Why.RETRIED_CALL
    assert sent(end) == first == [[3, "m", HEARTBEAT_ANSWER]]


@VERSION
def test_a_refused_call_may_be_tried_again_under_its_id(version: Version) -> None:
    end = session(version)
    end.receive(HEARTBEAT, 0.0)
    end.refuse("m", Code.INTERNAL_ERROR, "the store is away")
    assert error_of(end) == ("m", "InternalError")
    assert end.receive(HEARTBEAT, 60.0) == [Called("m", "Heartbeat", {})]


@VERSION
def test_a_forgotten_call_is_not_answered_and_may_be_tried_again_under_its_id(version: Version) -> None:
    end = session(version)
    end.receive(HEARTBEAT, 0.0)
    end.forget("m")
    assert not end.outbox
    assert end.calls_in_hand == 0
    with pytest.raises(UnknownCall):
        end.forget("m")
    assert end.receive(HEARTBEAT, 60.0) == [Called("m", "Heartbeat", {})]


@VERSION
@pytest.mark.parametrize("state", ["in hand", "answered", "refused"])
def test_rpc_06_another_call_under_a_used_id_is_refused(version: Version, state: str) -> None:
    end = session(version)
    end.receive(HEARTBEAT, 0.0)
    if state == "answered":
        end.answer("m", HEARTBEAT_ANSWER)
    elif state == "refused":
        end.refuse("m", Code.INTERNAL_ERROR)
    end.outbox.clear()
    (event,) = end.receive(boot_with(version), 1.0)
    assert isinstance(event, TurnedAway)
    assert error_of(end) == ("m", "GenericError" if version is V16 else RPC)
    assert end.calls_in_hand == (1 if state == "in hand" else 0)


@VERSION
def test_rpc_07_calls_that_did_not_wait_are_served_in_order_up_to_the_limit(version: Version) -> None:
    end = session(version, limits=Limits(open_calls=3))
    events = [end.receive(f'[2,"m{n}","Heartbeat",{{}}]', 0.0)[0] for n in range(5)]
    assert [type(event) for event in events] == [Called, Called, Called, TurnedAway, TurnedAway]
    assert [reply[:3] for reply in sent(end)] == [[4, "m3", "GenericError"], [4, "m4", "GenericError"]]
    end.answer("m1", HEARTBEAT_ANSWER)
    assert isinstance(end.receive('[2,"m5","Heartbeat",{}]', 0.0)[0], Called)
    assert end.calls_in_hand == 3


# our own CALLs


@VERSION
def test_one_call_is_outstanding_and_the_others_queue(version: Version) -> None:
    pair = Pair(version)
    ids = [pair.station.call("Heartbeat", {}, 0.0) for _ in range(3)]
    pair.flush()
    assert len(pair.wire[Side.CSMS]) == 1
    for message_id in ids:
        (event,) = pair.deliver(Side.CSMS)
        assert event == Called(message_id, "Heartbeat", {})
        assert not pair.wire[Side.CSMS]
        pair.csms.answer(message_id, HEARTBEAT_ANSWER)
        pair.flush()
        assert pair.deliver(Side.STATION) == [Answered(message_id, "Heartbeat", HEARTBEAT_ANSWER)]
    assert not pair.station.waiting
    assert pair.station.deadline is None


@VERSION
def test_calls_may_cross(version: Version) -> None:
    pair = Pair(version)
    up = pair.station.call("Heartbeat", {}, 0.0)
    down = pair.csms.call("ClearCache", {}, 0.0)
    pair.settle()
    pair.csms.answer(up, HEARTBEAT_ANSWER)
    pair.station.answer(down, {"status": "Accepted"})
    pair.settle()
    assert pair.seen[Side.STATION][-1] == Answered(up, "Heartbeat", HEARTBEAT_ANSWER)
    assert pair.seen[Side.CSMS][-1] == Answered(down, "ClearCache", {"status": "Accepted"})


def test_a_time_out_is_a_deadline() -> None:
    end = session(V201, Side.STATION, call_timeout_s=30.0)
    first = end.call("Heartbeat", {}, 100.0)
    second = end.call("Heartbeat", {}, 101.0, timeout_s=5.0)
    assert end.deadline == 130.0
    assert end.wake(129.9) == []
    assert end.wake(130.0) == [TimedOut(first, "Heartbeat")]
    assert end.deadline == 135.0  # the queued one leaves now, and its time begins now
    assert [frame[1] for frame in sent(end)] == [first, second]
    assert end.wake(135.0) == [TimedOut(second, "Heartbeat")]
    assert not end.waiting
    assert end.wake(1e9) == []


def test_late_repeated_unknown_and_foreign_replies_change_nothing() -> None:
    end = session(V201, Side.STATION)

    def reply(message_id: str) -> Event:
        (event,) = end.receive(json.dumps([3, message_id, HEARTBEAT_ANSWER]), 40.0)
        return event

    assert reply("nobody-1") == Ignored(Why.UNKNOWN_REPLY, "nobody-1")
    first = end.call("Heartbeat", {}, 0.0)
    second = end.call("Heartbeat", {}, 0.0)
    assert reply(second) == Ignored(Why.UNKNOWN_REPLY, second)  # it has not left yet
    end.wake(30.0)
    assert reply(first) == Ignored(Why.LATE_REPLY, first)
    assert reply("csms-1") == Ignored(Why.UNKNOWN_REPLY, "csms-1")
    assert reply(second) == Answered(second, "Heartbeat", HEARTBEAT_ANSWER)
    assert reply(second) == Ignored(Why.REPEATED_REPLY, second)
    (event,) = end.receive(json.dumps([4, "-1", "RpcFrameworkError", "", {}]), 41.0)
    assert event == Ignored(Why.UNKNOWN_REPLY, "-1")


@VERSION
def test_a_callerror_refuses_our_call(version: Version) -> None:
    pair = Pair(version)
    message_id = pair.station.call("Heartbeat", {}, 0.0)
    pair.settle()
    pair.csms.refuse(message_id, Code.FORMAT_VIOLATION, "no", {"a": 1})
    pair.settle()
    spelt = "FormationViolation" if version is V16 else "FormatViolation"
    assert pair.seen[Side.STATION] == [Refused(message_id, "Heartbeat", spelt, "no", {"a": 1})]


@VERSION
@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ('[3,"%s",{}]', None),
        ('[3,"%s",null]', None),
        ('[3,"%s",{"currentTime":7}]', Code.TYPE_CONSTRAINT_VIOLATION),
        ('[3,"%s",{"currentTime":"soon"}]', Code.PROPERTY_CONSTRAINT_VIOLATION),
        ('[3,"%s",{"currentTime":"a","currentTime":"b"}]', Code.FORMAT_VIOLATION),
        ('[3,"%s",{}', Code.RPC_FRAMEWORK_ERROR),
        ('[3,"%s",{},{}]', Code.RPC_FRAMEWORK_ERROR),
        ('[4,"%s"]', Code.RPC_FRAMEWORK_ERROR),
        ('[4,"%s","InternalError","",null]', Code.RPC_FRAMEWORK_ERROR),
    ],
)
def test_a_broken_reply_ends_our_call(version: Version, reply: str, code: Code | None) -> None:
    end = session(version, Side.STATION)
    message_id = end.call("Heartbeat", {}, 0.0)
    later = end.call("Heartbeat", {}, 0.0)
    end.outbox.clear()
    (event,) = end.receive(reply % message_id, 1.0)
    assert isinstance(event, Misanswered)
    missing = Code.PROTOCOL_ERROR if version is V16 else Code.OCCURRENCE_CONSTRAINT_VIOLATION
    assert (event.message_id, event.violation.code) == (message_id, code or missing)
    answers = [frame for frame in sent(end) if frame[:2] != [2, later]]
    if version is V21 and reply.startswith("[3"):
        assert [frame[:3] for frame in answers] == [[5, message_id, version.spell(code or missing)]]
    else:  # 2.1 answers a broken CALLRESULT, never a broken CALLERROR; the older versions know no way
        assert answers == []
    assert end.waiting


@VERSION
def test_a_broken_reply_to_nothing_is_evidence_alone(version: Version) -> None:
    end = session(version)
    for text in ('[3,"x"]', '[4,"x"]', '[3,"x",{', '[3,""]', '[4,"x","E","",[]]'):
        (event,) = end.receive(text, 0.0)
        assert isinstance(event, Ignored)
    assert not end.outbox


def test_a_lost_link_drops_every_call_of_ours_and_forgets_the_peers() -> None:
    end = session(V201)
    end.receive(HEARTBEAT, 0.0)
    first, second = end.call("ClearCache", {}, 0.0), end.call("ClearCache", {}, 0.0)
    assert end.lost() == [Dropped(first, "ClearCache", sent=True), Dropped(second, "ClearCache", sent=False)]
    assert (end.deadline, end.waiting, end.calls_in_hand, list(end.outbox)) == (None, False, 0, [])
    assert end.lost() == []
    with pytest.raises(UnknownCall):
        end.answer("m", HEARTBEAT_ANSWER)


# our own illegal moves raise, and change nothing


@VERSION
def test_our_own_invalid_payload_raises(version: Version) -> None:
    end = session(version)
    end.receive(HEARTBEAT, 0.0)
    with pytest.raises(InvalidPayload, match="Heartbeat response, currentTime"):
        end.answer("m", {})
    with pytest.raises(InvalidPayload, match="Reset request"):
        end.call("Reset", {"type": "Gently"}, 0.0)
    with pytest.raises(UnknownAction, match="Heartbeat is not sent by a csms"):
        end.call("Heartbeat", {}, 0.0)
    with pytest.raises(UnknownAction):
        end.call("Nonsense", {}, 0.0)
    assert not end.outbox
    assert not end.waiting
    end.answer("m", HEARTBEAT_ANSWER)  # the CALL was still open
    with pytest.raises(UnknownCall):
        end.answer("m", HEARTBEAT_ANSWER)
    with pytest.raises(UnknownCall):
        end.refuse("m", Code.INTERNAL_ERROR)


@pytest.mark.parametrize("value", ["\ud800", object(), b"x", 2**70])
def test_our_own_value_that_json_lacks_raises(value: Any) -> None:
    end = session(V201)
    end.receive('[2,"m","DataTransfer",{"vendorId":"x"}]', 0.0)
    with pytest.raises(InvalidPayload):
        end.call("DataTransfer", {"vendorId": "x", "data": value}, 0.0)
    with pytest.raises(InvalidPayload):
        end.answer("m", {"status": "Accepted", "data": value})
    with pytest.raises(InvalidPayload):
        end.refuse("m", Code.INTERNAL_ERROR, details={"a": value})
    assert not end.outbox
    assert end.calls_in_hand == 1


def test_a_bench_may_send_what_is_wrong_on_purpose() -> None:
    end = session(V201)
    message_id = end.call("Nonsense", {"a": 1}, 0.0, validate=False)
    assert sent(end) == [[2, message_id, "Nonsense", {"a": 1}]]
    assert end.receive(json.dumps([3, message_id, {"b": 2}]), 1.0) == [Answered(message_id, "Nonsense", {"b": 2})]
    end.receive(HEARTBEAT, 0.0)
    end.answer("m", {"wrong": 1}, validate=False)
    assert sent(end) == [[3, "m", {"wrong": 1}]]


# 2.1: SEND and CALLRESULTERROR


def test_a_send_waits_for_nothing_and_is_not_answered() -> None:
    pair = Pair(V21)
    pair.station.call("Heartbeat", {}, 0.0)
    message_id = pair.station.send("NotifyPeriodicEventStream", STREAM)
    pair.settle()
    assert pair.seen[Side.CSMS][-1] == Notified(message_id, "NotifyPeriodicEventStream", STREAM)
    assert not pair.wire[Side.STATION]
    with pytest.raises(UnknownAction):
        pair.csms.send("NotifyPeriodicEventStream", STREAM)
    with pytest.raises(InvalidPayload):
        pair.station.send("NotifyPeriodicEventStream", {})


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(
    "text",
    [
        '[6,"m","NotifyPeriodicEventStream",{}]',
        '[6,"m","Heartbeat",{}]',
        '[6,"m","Nonsense",{}]',
        '[6,"m","NotifyPeriodicEventStream"]',
        '[6,"m","NotifyPeriodicEventStream",{',
        '[5,"m"]',
        '[5,"m","InternalError","",{}]',
    ],
)
def test_2_1_never_answers_a_send_or_a_callresulterror(side: Side, text: str) -> None:
    end = session(V21, side)
    (event,) = end.receive(text, 0.0)
    assert isinstance(event, TurnedAway | Ignored)
    assert not end.outbox


def test_a_refusal_of_our_answer_is_told() -> None:
    (event,) = session(V21).receive('[5,"m","FormatViolation","no",{}]', 0.0)
    assert event == Ignored(Why.RESULT_REFUSED, "m FormatViolation: no")


@pytest.mark.parametrize("version", [V16, V201], ids=repr)
@pytest.mark.parametrize(
    "text", ['[5,"m","InternalError","",{}]', '[6,"m","NotifyPeriodicEventStream",{}]', '[6,"m"]', '[5,"m",']
)
def test_the_older_versions_do_not_know_send_and_callresulterror(version: Version, text: str) -> None:
    end = session(version)
    (event,) = end.receive(text, 0.0)
    assert isinstance(event, Ignored)
    assert event.why is Why.UNKNOWN_TYPE
    assert error_of(end) == (None if version is V16 else ("m", "MessageTypeNotSupported"))
    with pytest.raises(UnknownAction):
        session(version, Side.STATION).send("NotifyPeriodicEventStream", STREAM)


def test_a_session_holds_no_dict() -> None:
    assert not hasattr(session(V21), "__dict__")


# properties

VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 8)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["m", "Heartbeat"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
FRAME = st.tuples(
    st.sampled_from([2, 3, 4, 5, 6]) | VALUE,
    st.sampled_from(["m", "station-1", "csms-1", ""]) | VALUE,
    st.sampled_from(["Heartbeat", "BootNotification", "ClearCache", "InternalError"]) | VALUE,
    VALUE,
).map(list)
LONGER = st.builds(lambda frame, more: frame[: len(frame) - 1] + more, FRAME, st.lists(VALUE, max_size=3))
DATA = st.one_of(
    (VALUE | FRAME | LONGER).map(json.dumps),
    (FRAME | LONGER).map(lambda frame: json.dumps(frame)[:-2]),
    st.text(),
    st.binary(),
)


@given(st.sampled_from(VERSIONS), st.sampled_from(list(Side)), st.lists(DATA, max_size=6))
def test_nothing_that_arrives_raises_or_spoils_the_session(
    version: Version, side: Side, data: list[str | bytes]
) -> None:
    end = session(version, side)
    end.call("Heartbeat" if side is Side.STATION else "ClearCache", {}, 0.0)
    for item in data:
        for event in end.receive(item, 1.0):
            assert isinstance(event, Event)
    for text in end.outbox:
        text.encode()
        frame = json.loads(text)
        assert len(frame) == LENGTHS[FrameKind(frame[0])]
        assert 0 < len(frame[1]) <= 36
        assert frame[0] in version.kinds
        if frame[0] in (FrameKind.CALLERROR, FrameKind.CALLRESULTERROR):
            assert version.read_code(frame[2]) is not None
    end.outbox.clear()
    action, answer = ("Heartbeat", HEARTBEAT_ANSWER) if side is Side.CSMS else ("ClearCache", {"status": "Accepted"})
    (event,) = end.receive(f'[2,"after-all","{action}",{{}}]', 2.0)
    assert event == Called("after-all", action, {})
    end.answer("after-all", answer)
    assert sent(end) == [[3, "after-all", answer]]


class Wires(RuleBasedStateMachine):
    """Two ends, a wire that loses, repeats and reorders: every CALL ends exactly once."""

    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair(V21, call_timeout_s=10.0)
        self.made: dict[Side, list[str]] = {side: [] for side in Side}
        self.called: Counter[str] = Counter()
        self.open: list[tuple[Side, str]] = []

    @rule(side=st.sampled_from(list(Side)))
    def call(self, side: Side) -> None:
        action = "Heartbeat" if side is Side.STATION else "ClearCache"
        self.made[side].append(self.pair.ends[side].call(action, {}, self.pair.now))
        self.pair.flush()

    @rule(side=st.sampled_from(list(Side)), which=st.integers(0, 3))
    def deliver(self, side: Side, which: int) -> None:
        wire = self.pair.wire[side]
        if wire:
            for event in self.pair.deliver(side, which % len(wire)):
                if isinstance(event, Called):
                    self.called[event.message_id] += 1
                    self.open.append((side, event.message_id))

    @rule(side=st.sampled_from(list(Side)), which=st.integers(0, 3))
    def lose(self, side: Side, which: int) -> None:
        if wire := self.pair.wire[side]:
            del wire[which % len(wire)]

    @rule(side=st.sampled_from(list(Side)), which=st.integers(0, 3))
    def repeat(self, side: Side, which: int) -> None:
        if wire := self.pair.wire[side]:
            wire.append(wire[which % len(wire)])

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, 3), how=st.sampled_from(["answer", "misanswer", "refuse"]))
    def reply(self, which: int, how: str) -> None:
        side, message_id = self.open.pop(which % len(self.open))
        end = self.pair.ends[side]
        if how == "refuse":
            end.refuse(message_id, Code.INTERNAL_ERROR)
        else:
            good = HEARTBEAT_ANSWER if side is Side.CSMS else {"status": "Accepted"}
            end.answer(message_id, good if how == "answer" else {}, validate=False)
        self.pair.flush()

    @rule(seconds=st.sampled_from([0.0, 3.0, 10.0]))
    def wait(self, seconds: float) -> None:
        self.pair.now += seconds
        for side, end in self.pair.ends.items():
            self.pair.note(side, end.wake(self.pair.now))

    @rule()
    def lose_the_link(self) -> None:
        for wire in self.pair.wire.values():
            wire.clear()
        for side, end in self.pair.ends.items():
            self.pair.note(side, end.lost())
        self.open.clear()

    @invariant()
    def at_most_one_call_is_outstanding_and_none_ends_twice(self) -> None:
        for side, ids in self.made.items():
            ended = self.ended(side)
            assert all(count == 1 for count in ended.values())
            pending = [message_id for message_id in ids if message_id not in ended]
            assert self.pair.ends[side].waiting == bool(pending)
            assert (self.pair.ends[side].deadline is None) != bool(pending)

    def ended(self, side: Side) -> Counter[str]:
        ends = (Answered, Refused, Misanswered, TimedOut, Dropped)
        return Counter(event.message_id for event in self.pair.seen[side] if isinstance(event, ends))

    def teardown(self) -> None:
        for _ in range(1 + max(map(len, self.made.values()))):
            self.wait(10.0)
        for side, ids in self.made.items():
            assert self.ended(side) == Counter(ids)


TestWires = Wires.TestCase


@VERSION
def test_a_boot_from_end_to_end(version: Version) -> None:
    pair = Pair(version)
    message_id = pair.station.call("BootNotification", BOOT[version], 0.0)
    pair.settle()
    assert pair.seen[Side.CSMS] == [Called(message_id, "BootNotification", BOOT[version])]
    pair.csms.answer(message_id, BOOT_ANSWER)
    pair.settle()
    assert pair.seen[Side.STATION] == [Answered(message_id, "BootNotification", BOOT_ANSWER)]


@pytest.mark.parametrize(("every", "refused"), [(0, []), (1, [0, 1, 2, 3, 4, 5, 6]), (3, [0, 3, 6])])
def test_payloads_of_ones_own_are_checked_one_in_so_many(every: int, refused: list[int]) -> None:
    """One sample for all sessions that share the Validation."""
    validation = Validation(every)
    ends = [session(V201, Side.STATION, validation=validation) for _ in range(7)]
    found = []
    for number, end in enumerate(ends):
        try:
            end.call("Heartbeat", {"wrong": True}, 0.0)
        except InvalidPayload:
            found.append(number)
    assert found == refused


def test_what_is_received_is_checked_although_nothing_of_ones_own_is() -> None:
    end = session(V201, Side.STATION, validation=NONE)
    message_id = end.call("Heartbeat", {"wrong": True}, 0.0)
    assert sent(end)[0][3] == {"wrong": True}
    (event,) = end.receive(f'[3,"{message_id}",{{}}]', 1.0)
    assert isinstance(event, Misanswered)
    (event,) = end.receive('[2,"a","Reset",{"type":"Sideways"}]', 1.0)
    assert isinstance(event, TurnedAway)
    assert error_of(end) == ("a", "PropertyConstraintViolation")
    end.receive('[2,"b","Reset",{"type":"Immediate"}]', 1.0)
    end.answer("b", {"wrong": True})
    assert sent(end) == [[3, "b", {"wrong": True}]]


def test_what_does_not_exist_is_refused_even_unchecked() -> None:
    with pytest.raises(UnknownAction):
        session(V201, Side.STATION, validation=NONE).call("NoSuch", {}, 0.0)
    with pytest.raises(ValueError, match="-1"):
        Validation(-1)


def test_the_outbox_is_first_come_first_served() -> None:
    end = session(V201)
    for _ in range(2):
        end.receive('[2,"x","NoSuch",{}]', 0.0)
    end.receive('[2,"y","NoSuch",{}]', 0.0)
    assert [json.loads(end.outbox.popleft())[1] for _ in range(len(end.outbox))] == ["x", "x", "y"]
    with pytest.raises(IndexError):
        end.outbox.popleft()
