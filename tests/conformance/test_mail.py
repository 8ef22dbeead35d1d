"""In which order a case may look at what came."""

from conformance import vocabulary as say
from conformance.mail import Mail, breaks


def call(action, number=1, **payload):
    return say.Received(action, payload, f"m{number}", 0.0, number)


def test_what_passed_is_wanted_until_the_next_stimulus_in_any_order():
    mail, first, second = Mail(), call("StatusNotification"), call("Heartbeat", 2)
    for each in (first, second):
        mail.passed(each)
    assert mail.wanted(say.expect("Heartbeat", 5))[1] is second
    assert mail.wanted(say.expect("Heartbeat", 5)) is None  # taken
    assert mail.wanted(say.expect("StatusNotification", 5, ordered=True)) is None
    mail.stimulated()
    assert mail.wanted(say.expect("StatusNotification", 5)) is None
    assert "answered as usual" in first.too_late


def test_what_comes_nearest_is_the_last_of_that_action():
    mail, step = Mail(), say.expect("StatusNotification", 5, where={"connectorStatus": "Occupied"})
    calls = [call("StatusNotification", 1), call("StatusNotification", 2), call("Heartbeat", 3)]
    for each in calls:
        mail.passed(each)
    assert mail.nearest(step) is calls[1]
    assert mail.nearest(say.expect("LogStatusNotification", 5)) is None


def test_a_link_that_is_lost_takes_along_what_was_not_answered():
    mail, waiting, taken = Mail(), call("Heartbeat"), call("BootNotification")
    mail.came(waiting)
    mail.taken.append(taken)
    mail.link_lost()
    assert not mail.inbox
    assert (taken.answered, taken.too_late) == (True, "the link was lost before it was answered")
    assert mail.seen("", {}) == [waiting]


def test_arrivals_before_the_one_that_is_wanted_are_forgotten():
    mail = Mail()
    for ending in ("tls", "refused", ""):
        mail.arrived(say.Arrival(ending=ending))
    assert mail.arrival({"ending": "refused"}).ending == "refused"
    assert mail.arrival({"ending": "tls"}) is None
    assert mail.arrival({"ending": ""}) is None  # looked at already


def test_what_of_the_past_counts():
    mail = Mail()
    for ending in ("", "tls"):
        mail.arrived(say.Arrival(ending=ending))
    mail.manners_changed()
    mail.came(call("Heartbeat"))
    mail.begin_anew()
    assert mail.seen("Heartbeat", {}) == []
    assert mail.arrival({}).ending == ""
    mail.arrived(say.Arrival())
    mail.link_cut()
    assert mail.arrival({}) is None


def test_a_reply_is_taken_once():
    mail = Mail()
    mail.overheard(say.Heard("error", "m1"))
    mail.overheard(say.Heard("result", "m2"))
    assert mail.reply({"id": "m2"}).kind == "result"
    assert mail.reply({"id": "m2"}) is None
    assert mail.reply({}).kind == "error"


def test_what_breaks_a_silence():
    assert breaks(say.silence(5), call("Heartbeat"))
    assert not breaks(say.silence(5, "TransactionEvent"), call("Heartbeat"))
    ended = say.silence(5, "TransactionEvent", where={"eventType": "Ended"})
    assert breaks(ended, call("TransactionEvent", eventType="Ended"))
    assert not breaks(ended, call("TransactionEvent", eventType="Updated"))
