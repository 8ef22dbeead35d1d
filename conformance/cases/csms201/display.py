"""Block O, display messages. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from datetime import datetime
from typing import Any

from conformance.cases.csms201.states import Session, attached, charging, disconnected, told
from conformance.vocabulary import (
    ABSENT,
    PRESENT,
    Matcher,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    answer,
    ask,
    check,
    command,
    csms201,
    given,
    satisfying,
)

FIRST, SECOND = 1, 2
TEXT, ANOTHER_TEXT = "Welcome to the bench", "Mind the second message"
PRIORITY, FORMAT, STATE = "NormalCycle", "UTF8", "Charging"
START, END = "2098-01-01T00:00:00Z", "2099-01-01T00:00:00Z"


def _same_moment(moment: str) -> Matcher:
    def same(told: Any) -> bool:
        try:
            return datetime.fromisoformat(str(told)) == datetime.fromisoformat(moment)
        except (TypeError, ValueError):  # no instant, or one without a time zone
            return False

    return satisfying(moment, same)


def _sets(csms: Subject, *, number: int = FIRST, content: str = TEXT, **fields: Any) -> Script:
    """The CSMS is told to set a message, and does; returns its request, unanswered."""
    having, rule = fields.pop("having"), fields.pop("rule")
    yield command(csms, "set_display_message", id=number, content=content, priority=PRIORITY, format=FORMAT, **fields)
    wanted = {"message.id": PRESENT, **having}
    request: Received = yield from told(csms, "SetDisplayMessage", having=wanted, rule=rule)
    return request


def _set(csms: Subject, **fields: Any) -> Script:
    """A message is configured; returns it as the CSMS sent it."""
    yield from attached(csms)
    request: Received = yield from _sets(csms, having={}, rule="", **fields)
    yield answer(request, status="Accepted")
    return request.payload["message"]


def _lists(csms: Subject, having: Payload, rule: str, **fields: Any) -> Script:
    """The CSMS is told to ask for messages, and does; returns its request, unanswered."""
    yield command(csms, "get_display_messages", **fields)
    wanted = {"requestId": PRESENT, **having}
    request: Received = yield from told(csms, "GetDisplayMessages", having=wanted, rule=rule)
    return request


def _is_told(request: Received, *messages: Payload, rule: str) -> Script:
    """The messages that were asked for are told, which the CSMS takes."""
    yield answer(request, status="Accepted")
    report = {"requestId": request.get("requestId"), "messageInfo": list(messages)}
    reply: Reply = yield ask("NotifyDisplayMessages", report, rule=rule)
    yield check(set(reply.payload) <= {"customData"}, "an empty NotifyDisplayMessages response", reply.payload, rule)


def _tries(csms: Subject, status: str, having: Payload, rule: str, **fields: Any) -> Script:
    """A message is set; the station's answer, whatever it is, disturbs nobody."""
    yield from given(attached(csms))
    request = yield from _sets(csms, having=having, rule=rule, **fields)
    yield answer(request, status=status)
    yield ask("Heartbeat", having={"currentTime": PRESENT}, rule="G02.FR.03")


@csms201(
    "TC_O_01_CSMS",
    "Show a display message",
    verifies="O01.FR.04",
    catches="ties_messages_to_a_transaction sets_messages_of_another_priority sets_messages_of_another_format "
    "sets_messages_for_another_state",
)
def show(csms: Subject) -> Script:
    having = {
        "message.priority": PRIORITY,
        "message.message.format": FORMAT,
        "message.state": STATE,
        "message.transactionId": ABSENT,
    }
    yield from _tries(csms, "Accepted", having, "O01.FR.04 O01.FR.12", state=STATE)


@csms201(
    "TC_O_13_CSMS",
    "Message appears at start time",
    verifies="O01.FR.05",
    catches="sends_messages_without_a_start",
)
def starts_later(csms: Subject) -> Script:
    yield from _tries(csms, "Accepted", {"message.startDateTime": _same_moment(START)}, "O01.FR.05", start=START)


@csms201(
    "TC_O_14_CSMS",
    "Message removed at end time",
    verifies="O01.FR.05",
    catches="sends_messages_without_an_end",
)
def ends_later(csms: Subject) -> Script:
    yield from _tries(csms, "Accepted", {"message.endDateTime": _same_moment(END)}, "O01.FR.05", end=END)


@csms201(
    "TC_O_17_CSMS",
    "Unsupported priority",
    verifies="O01.FR.01",
    catches="sets_messages_of_another_priority deaf_after_a_refusal",
)
def unsupported_priority(csms: Subject) -> Script:
    yield from _tries(csms, "NotSupportedPriority", {"message.priority": PRIORITY}, "O01.FR.12")


@csms201(
    "TC_O_18_CSMS",
    "Unsupported state",
    verifies="O01.FR.02",
    catches="sets_messages_for_another_state deaf_after_a_refusal",
)
def unsupported_state(csms: Subject) -> Script:
    yield from _tries(csms, "NotSupportedState", {"message.state": STATE}, "O01.FR.12", state=STATE)


@csms201(
    "TC_O_19_CSMS",
    "Unsupported format",
    verifies="O01.FR.03",
    catches="sets_messages_without_ids deaf_after_a_refusal",
)
def unsupported_format(csms: Subject) -> Script:
    yield from _tries(csms, "NotSupportedMessageFormat", {}, "O01.FR.12")


@csms201(
    "TC_O_25_CSMS",
    "Message with specific state",
    verifies="O01.FR.12",
    catches="sets_messages_for_another_state sets_messages_for_any_state",
)
def with_a_state(csms: Subject) -> Script:
    yield from _tries(csms, "Accepted", {"message.state": STATE}, "O01.FR.12", state=STATE)


@csms201(
    "TC_O_26_CSMS",
    "Message rejected",
    verifies="O01.FR.11",
    catches="sets_messages_of_another_priority deaf_after_a_refusal",
)
def rejected(csms: Subject) -> Script:
    yield from _tries(csms, "Rejected", {"message.priority": PRIORITY}, "O01.FR.12")


@csms201(
    "TC_O_12_CSMS",
    "Replace message with same id",
    verifies="O06.FR.01",
    catches="replaces_messages_under_another_id",
)
def replace(csms: Subject) -> Script:
    message = yield from given(_set(csms))
    having = {"message.id": message["id"], "message.priority": PRIORITY}
    request = yield from _sets(csms, number=message["id"], content=ANOTHER_TEXT, having=having, rule="O06.FR.01")
    yield answer(request, status="Accepted")


def _of_a_transaction(csms: Subject, status: str, having: Payload, **fields: Any) -> Script:
    """A message is set for the transaction that runs; returns the session."""
    yield from given(attached(csms))
    tx: Session = yield from given(charging(csms))
    wanted = {"message.transactionId": tx.id, "message.priority": PRIORITY, **having}
    request = yield from _sets(csms, having=wanted, rule="O02.FR.01 O02.FR.14", transaction_id=tx.id, **fields)
    yield answer(request, status=status)
    return tx


@csms201(
    "TC_O_06_CSMS",
    "Message tied to transaction",
    verifies="O02.FR.01",
    catches="sets_messages_for_another_transaction",
)
def of_a_transaction(csms: Subject) -> Script:
    tx = yield from _of_a_transaction(csms, "Accepted", {})
    yield from disconnected(csms, tx)


@csms201(
    "TC_O_10_CSMS",
    "Message for unknown transaction refused",
    verifies="O02.FR.01",
    catches="sets_messages_for_no_transaction deaf_after_a_refusal",
)
def of_an_unknown_transaction(csms: Subject) -> Script:
    yield from _of_a_transaction(csms, "UnknownTransaction", {})
    yield ask("Heartbeat", having={"currentTime": PRESENT}, rule="G02.FR.03")


@csms201(
    "TC_O_27_CSMS",
    "Transaction message at start time",
    verifies="O02.FR.06",
    catches="sends_messages_without_a_start sets_messages_for_another_transaction invents_a_state_of_messages",
)
def of_a_transaction_from(csms: Subject) -> Script:
    having = {
        "message.startDateTime": _same_moment(START),
        "message.endDateTime": ABSENT,
        "message.state": ABSENT,
    }
    yield from _of_a_transaction(csms, "Accepted", having, start=START)


@csms201(
    "TC_O_28_CSMS",
    "Transaction message removed at end time",
    verifies="O02.FR.07",
    catches="sends_messages_without_an_end sets_messages_for_another_transaction invents_a_state_of_messages",
)
def of_a_transaction_until(csms: Subject) -> Script:
    having = {
        "message.endDateTime": _same_moment(END),
        "message.startDateTime": ABSENT,
        "message.state": ABSENT,
    }
    yield from _of_a_transaction(csms, "Accepted", having, end=END)


@csms201(
    "TC_O_02_CSMS",
    "List all display messages",
    verifies="O03.FR.01 O03.FR.02",
    catches="asks_for_messages_of_one_state asks_for_messages_of_one_priority chokes_on_display_messages",
)
def list_all(csms: Subject) -> Script:
    message = yield from given(_set(csms))
    having = {"id": ABSENT, "priority": ABSENT, "state": ABSENT}
    request = yield from _lists(csms, having, "O03.FR.01")
    yield from _is_told(request, message, rule="O03.FR.02")


@csms201(
    "TC_O_03_CSMS",
    "List display messages, none",
    verifies="O03.FR.06",
    catches="asks_for_messages_without_a_number deaf_after_a_refusal",
)
def list_none(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _lists(csms, {}, "O03.FR.05")
    yield answer(request, status="Unknown")
    yield ask("Heartbeat", having={"currentTime": PRESENT}, rule="G02.FR.03")


@csms201(
    "TC_O_07_CSMS",
    "Get message by id",
    verifies="O04.FR.01 O04.FR.03",
    catches="asks_for_messages_of_another_id asks_for_messages_of_one_state chokes_on_display_messages",
)
def get_by_id(csms: Subject) -> Script:
    message = yield from given(_set(csms))
    having = {"id": [message["id"]], "priority": ABSENT, "state": ABSENT}
    request = yield from _lists(csms, having, "O04.FR.01", ids=[message["id"]])
    yield from _is_told(request, message, rule="O04.FR.03")


@csms201(
    "TC_O_08_CSMS",
    "Get messages by priority",
    verifies="O04.FR.01 O04.FR.03",
    catches="asks_for_messages_of_any_priority asks_for_messages_of_one_state chokes_on_display_messages",
)
def get_by_priority(csms: Subject) -> Script:
    message = yield from given(_set(csms))
    having = {"priority": PRIORITY, "id": ABSENT, "state": ABSENT}
    request = yield from _lists(csms, having, "O04.FR.01", priority=PRIORITY)
    yield from _is_told(request, message, rule="O04.FR.03")


@csms201(
    "TC_O_09_CSMS",
    "Get messages by state",
    verifies="O04.FR.01 O04.FR.03",
    catches="asks_for_messages_of_any_state asks_for_messages_of_one_priority chokes_on_display_messages",
)
def get_by_state(csms: Subject) -> Script:
    message = yield from given(_set(csms, state=STATE))
    having = {"state": STATE, "id": ABSENT, "priority": ABSENT}
    request = yield from _lists(csms, having, "O04.FR.01", state=STATE)
    yield from _is_told(request, message, rule="O04.FR.03")


@csms201(
    "TC_O_11_CSMS",
    "Get messages, nothing matches",
    verifies="O04.FR.02",
    catches="asks_for_the_first_message deaf_after_a_refusal",
)
def get_another(csms: Subject) -> Script:
    message = yield from given(_set(csms))
    other = message["id"] + 1
    request = yield from _lists(csms, {"id": [other]}, "O04.FR.02", ids=[other])
    yield answer(request, status="Unknown")
    yield ask("Heartbeat", having={"currentTime": PRESENT}, rule="G02.FR.03")


def _clears(csms: Subject, number: int, status: str, having: Payload, rule: str) -> Script:
    yield command(csms, "clear_display_message", id=number)
    request: Received = yield from told(csms, "ClearDisplayMessage", having=having, rule=rule)
    yield answer(request, status=status)


@csms201(
    "TC_O_04_CSMS",
    "Clear display message",
    verifies="O05.FR.01",
    catches="clears_another_message",
)
def clear(csms: Subject) -> Script:
    message = yield from given(_set(csms))
    listing = yield from given(_lists(csms, {}, ""))  # some clear only what a station has told them of
    yield from given(_is_told(listing, message, rule=""))
    yield from _clears(csms, message["id"], "Accepted", {"id": message["id"]}, "O05.FR.01")


@csms201(
    "TC_O_05_CSMS",
    "Clear unknown display message",
    verifies="O05.FR.02",
    catches="never_clears_messages deaf_after_a_refusal",
)
def clear_unknown(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _clears(csms, FIRST, "Unknown", {}, "O05.FR.02")
    yield ask("Heartbeat", having={"currentTime": PRESENT}, rule="G02.FR.03")
