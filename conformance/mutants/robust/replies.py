"""Systems that are not robust against replies, floods and clocks."""

from __future__ import annotations

import json

from conformance.mutants import Later, Passing, dies_of, fail_reply, mutant, retorts, say
from conformance.mutants.robust.frames import SURVIVES, parts
from conformance.reading import CALL

ONCE_ANSWERED = "OCPP-J.4.2.3 OCPP-J1.6:4.2.3"
TRIGGER = {"requestedMessage": "Heartbeat"}


def _reply(text: str) -> bool:
    return text.startswith("[3, ") and len(parts(text)) == 3


def _complaint(text: str) -> str:
    return json.dumps([4, parts(text)[1], "GenericError", "who asked?", {}])


def _harmless(text: str) -> bool:
    found = parts(text)
    return text.startswith('[2, "') and len(found) == 4 and found[0] == CALL


mutant("answers_replies", retorts(_reply, _complaint), breaks=ONCE_ANSWERED)
mutant("chokes_on_replies", dies_of(lambda text: text == '[4,"nobody"]'), breaks=SURVIVES)
mutant("takes_any_reply_station", say("Heartbeat", {}, after=""), breaks="OCPP-J.4.1.4 OCPP-J1.6:4.1.4")
mutant("takes_any_reply_csms", say("TriggerMessage", TRIGGER, after=""), breaks="OCPP-J.4.1.4 OCPP-J1.6:4.1.4")
mutant(
    "impatient_station",
    say("Heartbeat", {}, after="TriggerMessage", by_s=6.0),
    breaks="OCPP-J.4.1.1 OCPP-J1.6:4.1.1",
)
mutant(
    "impatient_csms",
    say("TriggerMessage", TRIGGER, after="Heartbeat", by_s=6.0),
    breaks="OCPP-J.4.1.1 OCPP-J1.6:4.1.1",
)
mutant(
    "chokes_on_broken_replies",
    dies_of(lambda text: len(parts(text)) == 3 and parts(text)[0] == 3 and parts(text)[2] is None),
    breaks=SURVIVES,
)
mutant("chokes_on_errors", dies_of(lambda text: "NoSuchCode" in text), breaks=SURVIVES)
mutant("drowns", dies_of(lambda text: '-50"' in text), breaks=SURVIVES)


def _first(passing: Passing) -> Later | None:
    first = passing.frame.message_id.startswith("cb-") and passing.frame.message_id.endswith("-0")
    return [] if first and not passing.is_call else None


mutant("loses_the_first", _first, breaks="OCPP-J.4.2.2 OCPP-J1.6:4.2.2")
mutant(
    "answers_twice",
    retorts(_harmless, lambda text: json.dumps([4, parts(text)[1], "InternalError", "", {}])),
    breaks="OCPP-J.4.1.4 OCPP-J1.6:4.1.4",
)
mutant("chokes_on_the_time", dies_of(lambda text: "2038-01-19" in text), breaks=SURVIVES)


mutant(
    "floods_on_the_time",
    *(say("Heartbeat", {}, after="Heartbeat", by_s=each / 2) for each in range(1, 11)),
    breaks="IEC62443-4-2:CR3.5",
)
mutant("prefers_the_dead", dies_of(lambda text: text.startswith('[2, "cb-')), breaks="IEC62443-4-2:CR3.8")
mutant(
    "refuses_what_it_never_saw",
    fail_reply("StopTransaction", {}),
    fail_reply("TransactionEvent", {"eventType": "Ended"}),
    breaks=SURVIVES,
)
