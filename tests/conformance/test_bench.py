"""The bench, stepped by hand: no sockets, no clock, time is a number."""

import json

import pytest

from conformance import vocabulary as say
from conformance.bench import Bench
from conformance.findings import Record
from reports.verdict import Verdict


class Table:
    """A bench with a station's words put into its ears."""

    def __init__(self, script, role=say.STATION, version=say.V201):
        self.subject = say.Subject(role, version)
        numbers = iter(range(1, 1000))
        self.record = Record()
        self.bench = Bench(
            self.subject,
            script(self.subject),
            ids=lambda: f"b{next(numbers)}",
            stamp=lambda now: f"T+{now:g}",
            record=self.record,
        )
        self.now = 0.0
        self.calls = 0

    def start(self, linked=True):
        if linked:
            self.bench.opened("ocpp2.0.1", 0.0)
        self.bench.start(0.0)
        return self

    def says(self, action, payload=None, at=None):
        self.now = self.now if at is None else at
        self.calls += 1
        self.bench.receive(json.dumps([2, f"s{self.calls}", action, payload or {}]), self.now)
        return self

    def replies(self, payload, at=None, error=None):
        self.now = self.now if at is None else at
        asked = json.loads(self.sent()[-1])[1]
        frame = [4, asked, error, "", {}] if error else [3, asked, payload]
        self.bench.receive(json.dumps(frame), self.now)
        return self

    def passes(self, at):
        self.now = at
        self.bench.wake(at)
        return self

    def sent(self):
        return list(self.bench.outbox)

    @property
    def verdicts(self):
        return [finding.verdict for finding in self.against]

    @property
    def against(self):
        return [finding for finding in self.bench.findings if not finding.verdict.held]


def test_expects_and_answers_as_the_case_says():
    def script(station):
        boot = yield say.expect("BootNotification", 60)
        yield say.answer(boot, status="Rejected", interval=30)
        yield say.silence(28)
        yield say.expect("BootNotification", 5)

    table = Table(script).start().says("BootNotification")
    assert json.loads(table.sent()[0]) == [3, "s1", {"currentTime": "T+0", "interval": 30, "status": "Rejected"}]
    table.passes(28).says("BootNotification", at=30)
    assert table.bench.finished
    assert table.verdicts == []
    assert json.loads(table.sent()[1])[2]["status"] == "Accepted"  # what the case did not answer is answered as usual


def test_noise_in_a_silence_is_a_failure():
    def script(station):
        yield say.silence(10, rule="B03.FR.02")

    table = Table(script).start().says("Heartbeat", at=3)
    (finding,) = table.against
    assert (finding.verdict, finding.rule, finding.frames) == (Verdict.FAIL, "B03.FR.02", (1,))
    assert "Heartbeat" in finding.actual


def test_silence_of_some_lets_others_through():
    def script(station):
        yield say.silence(10, "TransactionEvent", where={"eventType": "Ended"})

    table = Table(script).start().says("Heartbeat").says("TransactionEvent", {"eventType": "Updated"}).passes(10)
    assert table.bench.finished
    assert table.verdicts == []


def test_what_does_not_come_fails_with_what_came_instead():
    def script(station):
        yield say.expect("StatusNotification", 5, where={"connectorStatus": "Occupied"}, rule="G01")

    table = Table(script).start().says("StatusNotification", {"connectorStatus": "Faulted"}).passes(5)
    (finding,) = table.against
    assert finding.verdict is Verdict.FAIL
    assert "Occupied" in finding.expected
    assert "Faulted" in finding.actual
    assert finding.frames == (1,)


def test_messages_since_the_last_stimulus_count_in_any_order():
    def script(station):
        yield say.plug(station)
        yield say.expect("TransactionEvent", 5)
        yield say.expect("StatusNotification", 5)

    table = Table(script).start()
    table.bench.done(None, 0.0)
    table.says("StatusNotification", at=1).says("TransactionEvent", at=2)
    assert table.bench.finished
    assert table.verdicts == []


def test_messages_before_the_stimulus_do_not_count():
    def script(station):
        yield say.let_pass(5)
        yield say.plug(station)
        yield say.expect("StatusNotification", 5)

    table = Table(script).start().says("StatusNotification", at=1).passes(5)
    table.bench.done(None, 5.0)
    table.passes(10)
    assert table.verdicts == [Verdict.FAIL]


@pytest.mark.parametrize("preparing", [False, True])
def test_a_broken_precondition_is_inconclusive(preparing):
    def part(station):
        yield say.ask("ClearCache", having={"status": "Accepted"})

    def script(station):
        yield from say.given(part(station)) if preparing else part(station)
        yield say.expect("Heartbeat", 5)

    table = Table(script).start().replies({"status": "Rejected"})
    assert table.verdicts == [Verdict.INCONCLUSIVE if preparing else Verdict.FAIL]
    assert table.bench.finished is preparing


def test_a_crashed_case_is_an_error():
    def script(station):
        yield say.let_pass(1)
        raise KeyError("oops")

    table = Table(script).start().passes(1)
    assert table.verdicts == [Verdict.ERROR]
    assert "oops" in table.against[0].actual


def test_answering_twice_is_the_cases_error():
    def script(station):
        call = yield say.expect("Heartbeat", 5)
        yield say.answer(call)
        yield say.answer(call)

    assert Table(script).start().says("Heartbeat").verdicts == [Verdict.ERROR]


def test_hands_that_are_missing_make_it_inconclusive():
    def script(station):
        yield say.power_on(station)

    table = Table(script).start()
    table.bench.unable("the rig has no power_on", 0.0)
    assert table.verdicts == [Verdict.INCONCLUSIVE]
    assert table.against[0].reason == "the rig has no power_on"


def test_errors_that_must_or_may_come():
    def script(station):
        yield say.ask("GetBaseReport", error=say.one_of("SecurityError"))
        yield say.ask("Reset", or_error=say.one_of("InternalError"))
        yield say.ask("Reset")

    table = Table(script).start()
    table.replies({}, error="SecurityError").replies({}, error="InternalError")
    assert table.verdicts == []
    table.replies({}, error="InternalError")
    assert table.verdicts == [Verdict.FAIL]


def test_a_result_where_an_error_belongs_fails():
    def script(station):
        yield say.ask("GetBaseReport", error=say.one_of("SecurityError"))

    assert Table(script).start().replies({"status": "Accepted"}).verdicts == [Verdict.FAIL]


def test_no_reply_and_no_link_fail():
    def script(station):
        yield say.ask("ClearCache", within_s=7)

    assert Table(script).start().passes(7).verdicts == [Verdict.FAIL]
    assert "not connected" in Table(script).start(linked=False).passes(7).against[0].actual
    table = Table(script).start()
    table.bench.lost("closed", 1006, 1.0)
    assert "lost" in table.against[0].actual


def test_a_question_waits_for_the_link():
    def script(station):
        yield say.ask("ClearCache")

    table = Table(script).start(linked=False)
    assert table.sent() == []
    table.bench.opened("ocpp2.0.1", 2.0)
    assert len(table.sent()) == 1


def test_instants_become_times_when_they_are_sent():
    def script(csms):
        yield say.let_pass(5)
        yield say.ask("MeterValues", {"at": [say.NOW, {"then": say.ago(2)}]})

    table = Table(script, say.CSMS).start().passes(5)
    assert json.loads(table.sent()[0])[3] == {"at": ["T+5", {"then": "T+3"}]}


def test_the_usual_answers_can_be_changed_and_unknown_actions_are_refused():
    def script(station):
        yield say.usually("Heartbeat", currentTime="never")
        yield say.let_pass(5)

    table = Table(script).start().says("Heartbeat").says("Unheard")
    assert json.loads(table.sent()[0])[2] == {"currentTime": "never"}
    assert json.loads(table.sent()[1])[:3] == [4, "s2", "NotSupported"]


def test_a_message_that_is_ignored_is_never_answered():
    def script(station):
        yield say.ignore((yield say.expect("Heartbeat", 5)))
        yield say.let_pass(5)

    table = Table(script).start().says("Heartbeat")
    assert table.sent() == []


def test_a_station_that_came_before_its_link_was_cut_has_not_come_back():
    def script(station):
        yield say.disconnect()
        yield say.dials_in(60, where={"ending": ""})
        yield say.let_pass(5)

    table = Table(script)
    table.bench.opened("ocpp2.0.1", 0.0, say.Arrival())
    table.bench.start(0.0)
    table.passes(30.0)
    table.bench.opened("ocpp2.0.1", 50.0, say.Arrival())
    assert table.bench.deadline == 55.0


def test_any_of_several_and_optional_ones():
    def script(station):
        either = yield say.any_of(say.expect("NotifyEvent", 5), say.expect("StatusNotification", 5))
        nothing = yield say.expect("Heartbeat", 5, optional=True)
        yield say.check(either.action == "StatusNotification" and nothing is None, "both", (either, nothing))

    table = Table(script).start().says("StatusNotification").passes(5)
    assert table.bench.finished
    assert table.verdicts == []


def test_dialling_that_fails_fails_unless_it_must():
    def script(csms):
        yield say.connect(csms, password="wrong", having={"ending": "refused", "code": 401})
        yield say.connect(csms)

    table = Table(script, say.CSMS).start(linked=False)
    table.bench.lost("refused", 401, 0.0)
    assert table.verdicts == []
    table.bench.lost("refused", 401, 0.0)
    assert table.verdicts[0] is Verdict.FAIL


def test_garbage_is_recorded_and_answered_by_nobody():
    def script(station):
        yield say.let_pass(5)

    table = Table(script).start()
    table.bench.receive("garbage", 1.0)
    assert table.sent() == []
    assert [line.text for line in table.record.lines if line.direction == "up"] == ["garbage"]


def test_hands_that_take_long_do_not_keep_the_station_waiting():
    def script(station):
        yield say.plug(station)
        yield say.expect("StatusNotification", 5)

    table = Table(script).start().says("StatusNotification", at=1)
    assert table.sent() == []  # the case may want to answer it itself
    table.passes(11)
    assert len(table.sent()) == 1
    table.bench.done(None, 12.0)
    assert table.bench.finished
    assert table.verdicts == []


def test_patience_begins_with_the_message_that_waits():
    """Whoever needs a minute to make a CSMS send something still leaves the answer to the case."""

    def script(station):
        yield say.plug(station)
        call = yield say.expect("BootNotification", 5)
        yield say.answer(call, status="Pending")

    table = Table(script).start().passes(60).says("BootNotification", at=61)
    assert table.sent() == []
    table.bench.done(None, 62.0)
    assert '"Pending"' in table.sent()[0]


def test_hands_that_never_finish_are_given_up():
    def script(station):
        yield say.plug(station)

    table = Table(script).start().passes(10)
    assert not table.bench.finished
    assert table.passes(610).verdicts == [Verdict.INCONCLUSIVE]


def test_instants_in_what_hands_are_given_are_times_of_day():
    def script(subject):
        yield say.Operate("command.reset", {"at": say.Instant(60), "kind": "Immediate"})

    order = Table(script).start().bench.orders[0]
    assert order.args == {"at": "T+60", "kind": "Immediate"}


def test_a_reply_shows_what_was_asked_and_when():
    seen = []

    def script(subject):
        seen.append((yield say.ask("Reset", {"type": "Immediate", "at": say.NOW})))

    table = Table(script).start()
    table.bench.receive('[3,"b1",{"status":"Accepted"}]', 3.0)
    assert seen[0].request == {"type": "Immediate", "at": "T+0"}
    assert seen[0].asked == "T+0"


def test_a_case_may_ask_whether_it_is_connected():
    def script(station):
        before = yield say.linked()
        yield say.let_pass(5)
        after = yield say.linked()
        yield say.check(
            (before, after) == (True, False), "a link that was lost meanwhile", (before, after), "X01.FR.01"
        )

    table = Table(script).start()
    table.bench.lost("closed", 1000, 1.0)
    table.passes(5)
    assert table.verdicts == []


def test_who_hangs_up_in_place_of_a_reply_breaks_the_rule_about_it():
    def script(station):
        yield say.ask("Reset", {"type": "OnIdle"}, rule="B11.FR.01")

    table = Table(script).start()
    table.bench.lost("closed", 1000, 1.0)
    assert [finding.rule for finding in table.against] == ["B11.FR.01"]


def test_a_text_is_sent_as_it_is_and_a_reply_to_it_is_heard():
    def script(csms):
        yield say.say("garbage")
        heard = yield say.hears(5, where={"id": "-1"}, having={"code": "RpcFrameworkError"}, rule="R")
        yield say.check(heard.kind == "error", "an error", heard.kind)
        yield say.hears(5, where={"kind": "unreadable"})
        yield say.hears(5, rule="R")

    table = Table(script).start()
    assert table.sent() == ["garbage"]
    table.bench.receive("[[]]", 0.5)
    table.bench.receive('[4,"-1","GenericError","",{}]', 1.0)
    assert [finding.rule for finding in table.against] == ["R"]
    table.passes(6.0)
    assert table.against[-1].actual == "it did not come"
    assert table.bench.finished


def test_an_optional_reply_that_does_not_come_is_none():
    def script(csms):
        yield say.check((yield say.hears(5, optional=True)) is None, "nothing", "something")

    table = Table(script).start().passes(5.0)
    assert table.bench.finished
    assert table.against == []


def test_a_second_link_that_is_refused_leaves_the_first():
    def script(csms):
        second = yield say.connect(csms, beside=True, having={"ending": say.one_of("", "refused")})
        yield say.check(second.ending == "refused", "refused", second.ending)
        yield say.ask("Heartbeat")

    table = Table(script, say.CSMS).start()
    table.bench.turned("refused", 409, 1.0)
    assert "Heartbeat" in table.sent()[-1]
    assert table.against == []


def test_an_answer_that_comes_too_late_is_nobodys_failure():
    def script(station):
        yield say.let_pass(5)
        boot = yield say.expect("BootNotification", 60)
        yield say.answer(boot, status="Rejected")

    table = Table(script).start().says("BootNotification").passes(5)
    (finding,) = table.against
    assert (finding.verdict, finding.reason) == (
        Verdict.INCONCLUSIVE,
        "BootNotification: it came before the case was ready for it, and was answered as usual",
    )
    assert len(table.sent()) == 1


@pytest.mark.parametrize("word", [say.answer, lambda call: say.refuse(call, "InternalError")])
def test_what_was_lost_with_its_link_cannot_be_answered(word):
    def script(station):
        boot = yield say.expect("BootNotification", 60)
        table.bench.lost("closed", 1006, table.now)
        yield word(boot)

    table = Table(script)
    table.start().says("BootNotification")
    assert "the link was lost" in table.against[0].reason


def test_a_case_that_answers_twice_is_an_error():
    def script(station):
        boot = yield say.expect("BootNotification", 60)
        yield say.answer(boot)
        yield say.answer(boot)

    assert Table(script).start().says("BootNotification").verdicts == [Verdict.ERROR]
