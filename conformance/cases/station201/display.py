"""Block O, display messages: setting, listing and clearing them. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.station201.messages import (
    FIRST,
    FORMATS,
    PRIORITIES,
    SECOND,
    SHOWN,
    STATES,
    Screen,
    hidden,
    lacking,
    listed,
    one_listed,
    put,
    same,
    screen,
    several,
    text_of,
    unknown,
    visible,
)
from conformance.vocabulary import (
    Script,
    Subject,
    ask,
    given,
    station201,
)


@station201(
    "TC_O_01_CS",
    "Show a display message",
    verifies="O01.FR.12",
    catches="refuses_messages forgets_messages tells_of_another_request shows_messages_far_too_late",
)
def show(station: Subject) -> Script:
    on: Screen = yield from screen(station)
    message = on.message()
    yield from put(message, rule=SHOWN[message["priority"]])
    yield from visible(station, text_of(FIRST), SHOWN[message["priority"]])
    yield from one_listed(station, 2, message)


def _set(station: Subject, **fields: Any) -> Script:
    """SetDisplayMessage, the memory state: a message is configured; returns it, and what the display takes."""
    on: Screen = yield from screen(station)
    message = on.message(**fields)
    yield from given(put(message, rule=""))
    return on, message


@station201(
    "TC_O_02_CS",
    "List all display messages",
    verifies="O03.FR.01 O03.FR.02 O03.FR.03 O03.FR.04 O03.FR.05",
    catches="knows_of_no_messages lists_nothing lists_another_message promises_more_messages tells_of_another_request",
)
def list_all(station: Subject) -> Script:
    _, message = yield from _set(station)
    found = yield from listed(station, 2, rule="O03.FR.01")
    yield from same(found, message, "O03.FR.02")


@station201(
    "TC_O_03_CS",
    "List display messages, none",
    verifies="O03.FR.06",
    catches="always_has_messages",
)
def list_none(station: Subject) -> Script:
    yield from screen(station)
    yield ask("GetDisplayMessages", {"requestId": 2}, having={"status": "Unknown"}, rule="O03.FR.06")


@station201(
    "TC_O_07_CS",
    "Get message by id",
    verifies="O04.FR.01 O04.FR.03 O04.FR.04 O04.FR.05 O04.FR.06",
    catches="forgets_messages lists_nothing promises_more_messages tells_of_another_request",
)
def get_by_id(station: Subject) -> Script:
    _, message = yield from _set(station)
    yield from one_listed(station, 2, message)


@station201(
    "TC_O_08_CS",
    "Get messages by priority",
    verifies="O04.FR.01 O04.FR.03 O04.FR.04 O04.FR.05 O04.FR.06",
    catches="cannot_find_by_priority lists_nothing promises_more_messages tells_of_another_request",
)
def get_by_priority(station: Subject) -> Script:
    _, message = yield from _set(station)
    found = yield from listed(station, 2, priority=message["priority"])
    yield from same(found, message, "O04.FR.03")


@station201(
    "TC_O_09_CS",
    "Get messages by state",
    verifies="O04.FR.01 O04.FR.03 O04.FR.04 O04.FR.05 O04.FR.06",
    catches="cannot_find_by_state lists_nothing promises_more_messages tells_of_another_request",
)
def get_by_state(station: Subject) -> Script:
    on: Screen = yield from screen(station)
    message = on.message(state=on.states[0])
    yield from given(put(message, rule=""))
    found = yield from listed(station, 2, state=on.states[0])
    yield from same(found, message, "O04.FR.03")


@station201(
    "TC_O_11_CS",
    "Get messages, nothing matches",
    verifies="O04.FR.02",
    catches="finds_any_message",
)
def get_another(station: Subject) -> Script:
    yield from _set(station)
    yield from unknown(SECOND, 2, rule="O04.FR.02")


@station201(
    "TC_O_33_CS",
    "Get message, none configured",
    verifies="O04.FR.07",
    catches="finds_any_message",
)
def get_where_none_is(station: Subject) -> Script:
    yield from screen(station)
    yield from unknown(FIRST, 2, rule="O04.FR.07")


@station201(
    "TC_O_34_CS",
    "Get message: id known, state differs",
    verifies="O04.FR.02",
    catches="overlooks_the_state_asked_for",
)
def get_in_another_state(station: Subject) -> Script:
    on: Screen = yield from screen(station)
    yield from given(several("state", on.states))
    yield from given(put(on.message(state=on.states[0]), rule=""))
    yield from unknown(FIRST, 2, state=on.states[1], rule="O04.FR.02")


@station201(
    "TC_O_35_CS",
    "Get message: id known, priority differs",
    verifies="O04.FR.02",
    catches="overlooks_the_priority_asked_for",
)
def get_with_another_priority(station: Subject) -> Script:
    on: Screen = yield from screen(station)
    yield from given(several("priority", on.priorities))
    yield from given(put(on.message(), rule=""))
    yield from unknown(FIRST, 2, priority=on.priorities[1], rule="O04.FR.02")


@station201(
    "TC_O_04_CS",
    "Clear display message",
    verifies="O05.FR.01",
    catches="cannot_clear_messages only_says_that_it_clears_messages",
)
def clear(station: Subject) -> Script:
    yield from _set(station)
    yield ask("ClearDisplayMessage", {"id": FIRST}, having={"status": "Accepted"}, rule="O05.FR.01")
    yield from unknown(FIRST, 2, rule="O05.FR.01 O04.FR.07")


@station201(
    "TC_O_05_CS",
    "Clear unknown display message",
    verifies="O05.FR.02",
    catches="clears_what_is_not_there",
)
def clear_unknown(station: Subject) -> Script:
    yield from screen(station)
    yield ask("ClearDisplayMessage", {"id": FIRST}, having={"status": "Unknown"}, rule="O05.FR.02")


@station201(
    "TC_O_12_CS",
    "Replace message with same id",
    verifies="O06.FR.01",
    catches="replaces_no_messages keeps_the_replaced_message",
)
def replace(station: Subject) -> Script:
    on, _ = yield from _set(station)
    yield from put(on.message(text=text_of(SECOND)), rule="O06.FR.01")
    yield from visible(station, text_of(SECOND), "O06.FR.01")
    yield from hidden(station, text_of(FIRST), "O06.FR.01")


@station201(
    "TC_O_17_CS",
    "Unsupported priority",
    verifies="O01.FR.01 O02.FR.03",
    catches="takes_any_message",
)
def unsupported_priority(station: Subject) -> Script:
    on: Screen = yield from screen(station)
    priority = yield from given(lacking("priority", PRIORITIES, on.priorities))
    yield from put(on.message(priority=priority), status="NotSupportedPriority", rule="O01.FR.01")


@station201(
    "TC_O_18_CS",
    "Unsupported state",
    verifies="O01.FR.02 O02.FR.04",
    catches="takes_any_message",
)
def unsupported_state(station: Subject) -> Script:
    on: Screen = yield from screen(station)
    state = yield from given(lacking("state", STATES, on.states))
    yield from put(on.message(state=state), status="NotSupportedState", rule="O01.FR.02")


@station201(
    "TC_O_19_CS",
    "Unsupported format",
    verifies="O01.FR.03 O02.FR.05",
    catches="takes_any_message",
)
def unsupported_format(station: Subject) -> Script:
    on: Screen = yield from screen(station)
    kind = yield from given(lacking("format", FORMATS, on.formats))
    content = {"format": kind, "content": "https://example.com/message" if kind == "URI" else text_of(FIRST)}
    yield from put(on.message(message=content), status="NotSupportedMessageFormat", rule="O01.FR.03")
