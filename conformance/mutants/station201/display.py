"""Faulty 2.0.1 stations: display messages."""

from __future__ import annotations

from typing import Any

from conformance.mutants import accept_reply, change, drop, mishear, mutant, unbidden
from conformance.vocabulary import PRESENT, other_than

SET, GET, CLEAR, NOTIFY = "SetDisplayMessage", "GetDisplayMessages", "ClearDisplayMessage", "NotifyDisplayMessages"
PAST, FUTURE = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
SHOWN = "O01.FR.12 O01.FR.13 O01.FR.15 O02.FR.14 O02.FR.15 O02.FR.17"
UNKNOWN, TAKEN, REFUSED = {"status": "Unknown"}, {"status": "Accepted"}, {"status": "Rejected"}


def _has(field: str) -> dict[str, Any]:
    return {field: PRESENT}


mutant("knows_of_no_messages", accept_reply(GET, UNKNOWN), breaks="O03.FR.01")
mutant("forgets_messages", accept_reply(GET, UNKNOWN, _has("id")), breaks="O04.FR.01")
mutant("cannot_find_by_priority", accept_reply(GET, UNKNOWN, _has("priority")), breaks="O04.FR.01")
mutant("cannot_find_by_state", accept_reply(GET, UNKNOWN, _has("state")), breaks="O04.FR.01")
mutant("always_has_messages", accept_reply(GET, TAKEN, {"requestId": other_than(1)}), breaks="O03.FR.06")
mutant("finds_any_message", accept_reply(GET, TAKEN, _has("id")), breaks="O04.FR.02 O04.FR.07")
mutant("overlooks_the_state_asked_for", mishear(GET, "state", None), breaks="O04.FR.02")
mutant("overlooks_the_priority_asked_for", mishear(GET, "priority", None), breaks="O04.FR.02")
mutant("lists_nothing", drop(NOTIFY), breaks="O03.FR.02 O04.FR.03")
mutant("lists_another_message", change(NOTIFY, "messageInfo.0.id", 99), breaks="O03.FR.02 O04.FR.03")
mutant("promises_more_messages", change(NOTIFY, "tbc", True), breaks="O03.FR.04 O04.FR.05")
mutant("tells_of_another_request", change(NOTIFY, "requestId", 4711), breaks="O03.FR.05 O04.FR.06")
mutant("forgets_when_messages_begin", change(NOTIFY, "messageInfo.0.startDateTime", None), breaks="O04.FR.03")
mutant("forgets_when_messages_end", change(NOTIFY, "messageInfo.0.endDateTime", None), breaks="O04.FR.03")
mutant("forgets_the_state_of_messages", change(NOTIFY, "messageInfo.0.state", None), breaks="O04.FR.03")

mutant("refuses_messages", accept_reply(SET, REFUSED), breaks=SHOWN)
mutant("refuses_messages_of_transactions", accept_reply(SET, REFUSED, _has("message.transactionId")), breaks=SHOWN)
mutant("takes_no_languages", accept_reply(SET, REFUSED, _has("message.message.language")), breaks="O01.FR.08")
mutant("takes_any_message", accept_reply(SET, TAKEN), breaks="O01.FR.01 O01.FR.02 O01.FR.03 O02.FR.01")
mutant(
    "forgets_messages_in_a_reboot",
    unbidden(CLEAR, {"id": 1}, after="BootNotification"),
    breaks="O01.FR.10",
)
AGAIN = {"message.message.content": "Mind the second message"}
mutant("replaces_no_messages", accept_reply(SET, REFUSED, AGAIN), breaks="O06.FR.01")
mutant("keeps_the_replaced_message", mishear(SET, "message.id", 99, AGAIN), breaks="O06.FR.01")
mutant("cannot_clear_messages", accept_reply(CLEAR, UNKNOWN), breaks="O05.FR.01")
mutant(
    "only_says_that_it_clears_messages",
    mishear(CLEAR, "id", 99),
    accept_reply(CLEAR, TAKEN),
    breaks="O05.FR.01",
)
mutant("clears_what_is_not_there", accept_reply(CLEAR, TAKEN), breaks="O05.FR.02")

START, END, STATE = "message.startDateTime", "message.endDateTime", "message.state"
FRONT, ALWAYS = "InFront", "AlwaysFront"

mutant(
    "shows_messages_far_too_late",
    mishear(SET, START, FUTURE),
    change(NOTIFY, "messageInfo.0.startDateTime", None),
    breaks=SHOWN,
)
mutant("shows_messages_at_once", mishear(SET, START, PAST, _has(START)), breaks="O01.FR.06 O02.FR.06")
mutant("never_shows_what_begins_later", mishear(SET, START, FUTURE, _has(START)), breaks=SHOWN)
mutant("keeps_what_has_ended", mishear(SET, END, FUTURE, _has(END)), breaks="O01.FR.07 O02.FR.07")
mutant("outlives_its_transaction", mishear(SET, "message.transactionId", None), breaks="O02.FR.02")
mutant("shows_messages_in_any_state", mishear(SET, STATE, None), breaks=SHOWN)
mutant(
    "shows_messages_in_another_state",
    mishear(SET, STATE, lambda state: "Charging" if state == "Faulted" else "Faulted"),
    breaks=SHOWN,
)
mutant(
    "keeps_one_message_in_front",
    unbidden(CLEAR, {"id": 1}, after=SET, where={"message.id": 2}),
    breaks="O01.FR.14 O02.FR.16",
)
mutant(
    "shows_one_message_in_front",
    mishear(SET, "message.priority", "NormalCycle", {"message.id": 2}),
    change(NOTIFY, "messageInfo.0.priority", FRONT),
    breaks="O01.FR.14 O02.FR.16",
)
mutant(
    "keeps_two_always_in_front",
    mishear(SET, "message.priority", FRONT, {"message.priority": ALWAYS}),
    change(NOTIFY, "messageInfo.0.priority", ALWAYS),
    breaks="O01.FR.16 O02.FR.18",
)
mutant(
    "takes_one_message_always_in_front",
    accept_reply(SET, REFUSED, {"message.id": 2}),
    breaks="O01.FR.16 O02.FR.18",
)
