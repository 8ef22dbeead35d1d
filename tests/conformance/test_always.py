"""What must hold in every case: each rule passes a sound record and catches its own violation."""

import pytest

from conformance import always
from conformance.findings import Record
from conformance.vocabulary import CSMS, STATION, V16, V201, Subject

STATUS = '{"timestamp":"2026-03-02T08:00:00Z","connectorStatus":"Available","evseId":1,"connectorId":1}'


def event(seq, kind="Updated", tx="t"):
    return (
        f'{{"eventType":"{kind}","timestamp":"2026-03-02T08:00:00Z","triggerReason":"Trigger","seqNo":{seq},'
        f'"transactionInfo":{{"transactionId":"{tx}"}}}}'
    )


def call(number, action, payload):
    return ("up", f'[2,"{number}","{action}",{payload}]'), ("down", f'[3,"{number}",{{}}]')


SOUND = [
    *call(1, "StatusNotification", STATUS),
    *call(2, "TransactionEvent", event(0, "Started")),
    *call(3, "TransactionEvent", event(1)),
    ("down", '[2,"b1","ClearCache",{}]'),
    ("up", '[3,"b1",{"status":"Accepted"}]'),
]


def findings(lines, role=STATION, version=V201):
    record = Record()
    for t, (direction, text) in enumerate(lines):
        if direction == "link":
            record.link(t, text)
        else:
            record.frame(t, direction, text)
    return always.judge(record, Subject(role, version))


def test_a_sound_record_has_no_findings():
    assert findings(SOUND) == []


@pytest.mark.parametrize(
    ("lines", "actual"),
    [
        ([("up", "garbage")], "not JSON"),
        ([("up", b"\x01")], "binary"),
        ([("up", '[2,"1","NoSuchAction",{}]')], "NoSuchAction"),
        ([("up", '[2,"1","ClearCache",{}]')], "ClearCache"),
        ([("up", '[2,"1","StatusNotification",{}]')], "payload"),
        ([("down", '[2,"b1","ClearCache",{}]'), ("up", '[3,"b1",{"status":"Maybe"}]')], "status"),
        ([("up", '[3,"nobody",{}]')], "nobody made"),
        ([*SOUND, ("up", '[3,"b1",{"status":"Accepted"}]')], "second reply"),
        ([("up", '[2,"1","Heartbeat",{}]'), ("up", '[2,"2","Heartbeat",{}]')], "was not answered"),
        ([*call(1, "Heartbeat", "{}"), *call(1, "Heartbeat", "{}")], "again"),
        ([*call(1, "TransactionEvent", event(0)), *call(2, "TransactionEvent", event(2))], "0 is followed by 2"),
        (
            [*call(1, "TransactionEvent", event(0, "Started")), *call(2, "TransactionEvent", event(0))],
            "0 twice, of different messages",
        ),
        (
            [
                *call(1, "TransactionEvent", event(0, "Started")),
                *call(2, "TransactionEvent", event(1, "Ended")),
                *call(3, "TransactionEvent", event(2)),
            ],
            "an event",
        ),
        (
            [*call(1, "TransactionEvent", event(0, "Started")), *call(2, "TransactionEvent", event(1, "Started"))],
            "another for t",
        ),
    ],
)
def test_each_violation_is_found(lines, actual):
    assert any(actual in finding.actual for finding in findings(lines)), findings(lines)


def test_an_unanswered_call_on_a_lost_link_frees_the_next():
    lines = [("up", '[2,"1","Heartbeat",{}]'), ("link", "lost"), ("link", "opened"), ("up", '[2,"2","Heartbeat",{}]')]
    assert findings(lines) == []


def test_the_bench_itself_is_not_judged():
    assert findings([("down", "garbage"), ("down", '[2,"b1","NoSuchAction",{}]')]) == []


def test_a_csms_is_judged_on_what_goes_down():
    assert findings([("down", '[2,"1","Heartbeat",{}]')], CSMS)
    assert findings([("down", '[2,"1","ClearCache",{}]')], CSMS, V16) == []


def test_a_rule_has_one_name():
    with pytest.raises(ValueError, match="frames"):
        always.always("frames")(lambda trace: iter(()))


def test_an_event_that_is_sent_again_may_say_that_it_was_offline():
    again = event(1, "Ended").replace('"seqNo"', '"offline":true,"seqNo"')
    lines = [*SOUND, *call(4, "TransactionEvent", event(2, "Ended")), ("link", "lost")]
    assert findings([*lines, *call(5, "TransactionEvent", again.replace(":1,", ":2,"))]) == []


BROKEN = ("down", '[2,"b1","ClearCache"]')
ERROR_ON_IT = ("up", '[4,"b1","RpcFrameworkError","",{}]')


def test_an_error_on_what_the_bench_broke_may_carry_its_id_once():
    assert findings([BROKEN, ERROR_ON_IT]) == []
    assert len(findings([BROKEN, ERROR_ON_IT, ERROR_ON_IT])) == 1
    assert findings([BROKEN, ("up", '[3,"b1",{"status":"Accepted"}]')]) != []


def test_two_calls_of_the_bench_under_one_id_may_both_be_answered():
    call, reply = ("down", '[2,"b1","ClearCache",{}]'), ("up", '[3,"b1",{"status":"Accepted"}]')
    assert findings([call, call, reply, reply]) == []


def test_a_broken_reply_of_the_bench_frees_the_next_call():
    lines = [("up", '[2,"1","Heartbeat",{}]'), ("down", '[3,"1"]'), ("up", '[2,"2","Heartbeat",{}]')]
    assert findings(lines) == []


def test_an_error_may_repeat_an_id_of_the_bench_that_is_too_long():
    call = ("down", f'[2,"{"i" * 40}","ClearCache",{{}}]')
    error = ("up", f'[4,"{"i" * 40}","RpcFrameworkError","",{{}}]')
    assert findings([call, error]) == []
    assert findings([error]) != []
    assert findings([call, ("up", f'[3,"{"i" * 40}",{{}}]')]) != []
