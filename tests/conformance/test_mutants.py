"""What makes a peer faulty."""

import json

import pytest

import conformance.mutants.csms16
import conformance.mutants.csms201
import conformance.mutants.robust
import conformance.mutants.station16
import conformance.mutants.station201  # noqa: F401  (each can be imported alone)
from conformance import registry
from conformance.mutants import guises, hearing, impulses, twists
from conformance.mutants.registry import Mutant, mutant
from conformance.mutants.spoiler import Spoiler
from conformance.vocabulary import STATION, V201, Subject

BEAT = '[2,"s1","Heartbeat",{}]'


def spoiler(*parts, outbursts=()):
    return Spoiler(Mutant("m", parts, outbursts), Subject(STATION, V201), lambda: "now")


def test_a_sound_peer_is_left_alone():
    assert spoiler().theirs(BEAT) == [(0.0, BEAT)]
    assert spoiler().theirs("garbage") == [(0.0, "garbage")]


def test_dropping_appeases_the_sender():
    spoil = spoiler(twists.drop("Heartbeat"))
    assert spoil.theirs(BEAT) == []
    assert json.loads(spoil.back[0]) == [3, "s1", {"currentTime": "now"}]


def test_changing_a_call_and_a_reply():
    spoil = spoiler(twists.change("Heartbeat", "x.y", 1), twists.change_reply("Reset", "status", None))
    assert json.loads(spoil.theirs(BEAT)[0][1])[3] == {"x": {"y": 1}}
    assert spoil.ours('[2,"b1","Reset",{}]') == (True, [])
    assert json.loads(spoil.theirs('[3,"b1",{"status":"Accepted"}]')[0][1]) == [3, "b1", {}]


def test_twists_act_one_after_another():
    once_more = twists.change("NotifyEvent", "seqNo", lambda number: number + 1)
    renamed = twists.recast("Heartbeat", "NotifyEvent", lambda _: {"seqNo": 1})
    ((by_s, text),) = spoiler(once_more, renamed, once_more, twists.delay("NotifyEvent", 2), once_more).theirs(BEAT)
    assert (by_s, json.loads(text)[2:]) == (2, ["NotifyEvent", {"seqNo": 3}])


def test_what_a_twist_holds_back_no_other_brings_again():
    assert spoiler(twists.drop("Heartbeat"), twists.delay("Heartbeat", 1)).theirs(BEAT) == []


def test_failing_replies_to_some_requests_only():
    spoil = spoiler(twists.fail_reply("Reset", {"type": "Immediate"}))
    spoil.ours('[2,"b1","Reset",{"type":"OnIdle"}]')
    spoil.ours('[2,"b2","Reset",{"type":"Immediate"}]')
    assert spoil.theirs('[3,"b1",{}]') == [(0.0, '[3,"b1",{}]')]
    assert json.loads(spoil.theirs('[3,"b2",{}]')[0][1])[:3] == [4, "b2", "InternalError"]


def test_silence_lateness_and_relapse():
    spoil = spoiler(twists.silent("Reset"), twists.delay("Heartbeat", 9))
    spoil.ours('[2,"b1","Reset",{}]')
    assert spoil.theirs('[3,"b1",{}]') == []
    assert spoil.theirs(BEAT) == [(9, BEAT.replace(" ", ""))]
    later = spoiler(twists.once("Heartbeat", {}, twists.drop("Heartbeat")))
    assert later.theirs(BEAT)
    assert later.theirs(BEAT) == []


def test_outbursts_are_answered_to_nobody():
    say = impulses.say("Heartbeat", {}, after="BootNotification", where={"status": "Rejected"}, by_s=3)
    spoil = spoiler(outbursts=(say.say,))
    spoil.theirs('[2,"s1","BootNotification",{}]')
    goes_on, ((by_s, text),) = spoil.ours('[3,"s1",{"status":"Rejected"}]')
    assert (goes_on, by_s, json.loads(text)[2]) == (True, 3, "Heartbeat")
    assert spoil.ours(f'[3,"{json.loads(text)[1]}",{{}}]') == (False, [])


@pytest.mark.parametrize(
    ("path", "value", "after"),
    [
        ("a.0.b", 2, {"a": [{"b": 2}]}),
        ("a.0.b", None, {"a": [{}]}),
        ("a", len, {"a": 1}),
        ("a.5.b", 2, {"a": [{"b": 1}]}),
    ],
)
def test_putting(path, value, after):
    payload = {"a": [{"b": 1}]}
    twists.put(payload, path, value)
    assert payload == after


def test_a_mutant_has_one_name():
    registry.mutants()
    with pytest.raises(ValueError, match="no_heartbeat"):
        mutant("no_heartbeat", breaks="G02.FR.01")


def test_a_mutant_says_what_it_breaks():
    with pytest.raises(ValueError, match="breaks no requirement"):
        mutant("harmless", breaks=" ")


def test_a_mutant_comes_in_one_guise():
    with pytest.raises(ValueError, match="two guises"):
        mutant("two_faced", guises.arrives(user="A"), guises.lets_in(cipher="NULL"), breaks="A00.FR.001")


def test_recasting_keeps_the_message_id():
    spoil = spoiler(twists.recast("Heartbeat", "NotifyEvent", lambda payload: {"was": payload}))
    assert json.loads(spoil.theirs(BEAT)[0][1]) == [2, "s1", "NotifyEvent", {"was": {}}]


def test_mishearing_changes_what_the_bench_asks():
    misheard = hearing.mishear("Reset", "type", "OnIdle", {"type": "Immediate"})
    spoil = Spoiler(Mutant("m", mishears=(misheard,)), Subject(STATION, V201), lambda: "now")
    assert json.loads(spoil.misheard('[2,"b1","Reset",{"type":"Immediate"}]'))[3] == {"type": "OnIdle"}
    assert json.loads(spoil.misheard('[2,"b2","Reset",{"type":"Else"}]'))[3] == {"type": "Else"}
    assert spoil.misheard('[3,"s1",{}]') == '[3,"s1",{}]'


def test_answering_some_requests_otherwise():
    spoil = spoiler(twists.accept_reply("Reset", {"status": "Accepted"}, {"type": "Immediate"}))
    spoil.ours('[2,"b1","Reset",{"type":"OnIdle"}]')
    spoil.ours('[2,"b2","Reset",{"type":"Immediate"}]')
    assert spoil.theirs('[3,"b1",{"status":"Rejected"}]') == [(0.0, '[3,"b1",{"status":"Rejected"}]')]
    assert json.loads(spoil.theirs('[3,"b2",{"status":"Rejected"}]')[0][1]) == [3, "b2", {"status": "Accepted"}]


def test_mishearing_changes_what_the_bench_answers():
    misheard = hearing.mishear_reply("Authorize", "idTokenInfo.status", "Accepted")
    spoil = Spoiler(Mutant("m", mishears=(misheard,)), Subject(STATION, V201), lambda: "now")
    spoil.theirs('[2,"s1","Authorize",{}]')
    spoil.theirs(BEAT.replace("s1", "s2"))
    heard = spoil.misheard('[3,"s1",{"idTokenInfo":{"status":"Invalid"}}]')
    assert json.loads(heard)[2] == {"idTokenInfo": {"status": "Accepted"}}
    assert json.loads(spoil.misheard('[3,"s2",{}]'))[2] == {}
    assert spoil.misheard('[4,"s1","GenericError","",{}]') == '[4,"s1","GenericError","",{}]'


def test_a_whim_is_asked_for_by_nobody_and_told_to_nobody():
    whim = impulses.unbidden("ClearCache", {}, after="BootNotification", where={"status": "Accepted"})
    spoil = Spoiler(Mutant("m", whims=(whim,)), Subject(STATION, V201), lambda: "now")
    spoil.theirs('[2,"s1","BootNotification",{}]')
    assert spoil.whims('[3,"s1",{"status":"Pending"}]') == []
    [asked] = spoil.whims('[3,"s1",{"status":"Accepted"}]')
    assert json.loads(asked) == [2, "mutant-1", "ClearCache", {}]
    assert spoil.theirs('[3,"mutant-1",{"status":"Accepted"}]') == []


def test_bare_texts_may_be_mistaken_answered_or_fatal():
    parts = (
        hearing.takes_for(lambda text: text == "hart", lambda text: BEAT),
        hearing.retorts(lambda text: text == "who", lambda text: "me"),
        hearing.dies_of(lambda text: text == "bane"),
    )
    spoil = Spoiler(Mutant("m", ears=parts), Subject(STATION, V201), lambda: "now")
    assert spoil.hear("hart") == (BEAT, [])
    assert spoil.hear("who") == ("who", [(0.0, "me")])
    assert spoil.ours("no frame") == (True, [])
    assert spoil.misheard("no frame") == "no frame"
    assert spoil.whims("no frame") == []
    assert spoil.theirs(BEAT) == [(0.0, BEAT)]
    spoil.hear("bane")
    assert spoil.theirs(BEAT) == []
    assert spoil.ours(BEAT) == (False, [])


def test_errors_may_get_other_codes():
    spoil = spoiler(twists.recode("InternalError", "NotImplemented"))
    assert json.loads(spoil.theirs('[4,"b1","NotImplemented","no",{}]')[0][1]) == [4, "b1", "InternalError", "no", {}]
    other = '[4,"b1","FormatViolation","",{}]'
    assert spoil.theirs(other) == [(0.0, other)]
    assert json.loads(spoiler(twists.recode("X")).theirs(other)[0][1])[2] == "X"
