"""Block O, display messages: when they are shown. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station201.messages import (
    FIRST,
    SECOND,
    SHOWN,
    SHOWN_IN_TRANSACTION,
    Screen,
    cleared,
    hidden,
    listed,
    one_listed,
    put,
    same,
    screen,
    taken,
    text_of,
    unknown,
    visible,
)
from conformance.cases.station201.states import (
    Tx,
    all_connectors_are,
    authorized,
    booted,
    charging,
    connector_is,
    done,
    energized,
    new_session,
    plugged,
)
from conformance.vocabulary import (
    AnyOf,
    Payload,
    Script,
    Subject,
    ago,
    any_of,
    ask,
    expect,
    fault,
    field_of,
    given,
    let_pass,
    mend,
    satisfying,
    station201,
    usually,
)

LANGUAGE = "en"
FAULT = "door open"
"""What makes a station Faulted, and is over as soon as it is mended."""


@station201(
    "TC_O_13_CS",
    "Message appears at start time",
    verifies="O01.FR.06",
    catches="shows_messages_at_once never_shows_what_begins_later forgets_when_messages_begin forgets_messages "
    "lists_another_message",
)
def starts_later(station: Subject) -> Script:
    on: Screen = yield from screen(station)
    message = on.message(startDateTime=ago(-station.display_s))
    yield from put(message, rule="O01.FR.06")
    yield from hidden(station, text_of(FIRST), "O01.FR.06")
    yield from one_listed(station, 2, message)
    yield let_pass(station.display_s)
    yield from visible(station, text_of(FIRST), SHOWN[message["priority"]])


@station201(
    "TC_O_14_CS",
    "Message removed at end time",
    verifies="O01.FR.07",
    catches="keeps_what_has_ended forgets_when_messages_end shows_messages_far_too_late forgets_messages "
    "lists_another_message",
)
def ends_later(station: Subject) -> Script:
    on: Screen = yield from screen(station)
    message = on.message(endDateTime=ago(-station.display_s))
    yield from put(message, rule="O01.FR.07")
    yield from visible(station, text_of(FIRST), SHOWN[message["priority"]])
    yield from one_listed(station, 2, message)
    yield let_pass(station.display_s)
    yield from hidden(station, text_of(FIRST), "O01.FR.07")
    yield from unknown(FIRST, 3, rule="O01.FR.07")


@station201(
    "TC_O_15_CS",
    "Message follows driver language",
    verifies="O01.FR.08",
    catches="takes_no_languages",
)
def language(station: Subject) -> Script:
    on: Screen = yield from screen(station)
    tx: Tx = yield from given(new_session(station))
    yield from given(plugged(station, tx))
    yield usually("Authorize", idTokenInfo={"status": "Accepted", "language1": LANGUAGE})
    yield from authorized(station, tx)
    yield from energized(station, tx)
    content = {"format": on.formats[0], "language": LANGUAGE, "content": text_of(FIRST)}
    yield from put(on.message(message=content), rule="O01.FR.08")
    yield from visible(station, text_of(FIRST), "O01.FR.08")


@station201(
    "TC_O_20_CS",
    "Messages survive reboot",
    verifies="O01.FR.10",
    catches="forgets_messages_in_a_reboot refuses_messages",
)
def survives(station: Subject) -> Script:
    on: Screen = yield from screen(station)
    message = on.message()
    yield from put(message, rule=SHOWN[message["priority"]])
    yield from booted(station)
    found = yield from listed(station, 2, rule="O01.FR.10", id=[FIRST])
    yield from same(found, message, "O01.FR.10")


@station201(
    "TC_O_22_CS",
    "Several InFront messages",
    verifies="O01.FR.14",
    catches="keeps_one_message_in_front shows_one_message_in_front",
)
def several_in_front(station: Subject) -> Script:
    on: Screen = yield from screen(station)
    yield from given(taken("priority", "InFront", on.priorities))
    messages = [on.message(number, priority="InFront") for number in (FIRST, SECOND)]
    for message in messages:
        yield from put(message, rule="O01.FR.14")
    for message in messages:
        yield from visible(station, text_of(message["id"]), "O01.FR.14")
    for number, message in enumerate(messages, 2):
        found = yield from listed(station, number, rule="O01.FR.14", id=[message["id"]])
        yield from same(found, message, "O01.FR.14")


@station201(
    "TC_O_24_CS",
    "Second AlwaysFront replaces first",
    verifies="O01.FR.16",
    catches="keeps_two_always_in_front takes_one_message_always_in_front forgets_messages lists_another_message",
)
def second_always_in_front(station: Subject) -> Script:
    on: Screen = yield from screen(station)
    yield from given(taken("priority", "AlwaysFront", on.priorities))
    messages = [on.message(number, priority="AlwaysFront") for number in (FIRST, SECOND)]
    for message in messages:
        yield from put(message, rule="O01.FR.16")
    yield from visible(station, text_of(SECOND), "O01.FR.16")
    yield from hidden(station, text_of(FIRST), "O01.FR.16")
    yield from unknown(FIRST, 2, rule="O01.FR.16")
    yield from one_listed(station, 3, messages[1])


def _during(station: Subject) -> Script:
    """EnergyTransferStarted, and no message configured; returns the session and what the display takes."""
    tx: Tx = yield from given(charging(station))
    on: Screen = yield from given(cleared(station))
    return tx, on


@station201(
    "TC_O_06_CS",
    "Message tied to transaction",
    verifies="O02.FR.02 O02.FR.14",
    catches="refuses_messages_of_transactions shows_messages_far_too_late outlives_its_transaction",
)
def of_a_transaction(station: Subject) -> Script:
    tx, on = yield from _during(station)
    message = on.message(transactionId=tx.id)
    yield from put(message, rule=SHOWN_IN_TRANSACTION[message["priority"]])
    yield from visible(station, text_of(FIRST), SHOWN_IN_TRANSACTION[message["priority"]])
    yield from done(station, tx)
    yield from hidden(station, text_of(FIRST), "O02.FR.02")
    yield from unknown(FIRST, 2, rule="O02.FR.02")


@station201(
    "TC_O_10_CS",
    "Message for unknown transaction refused",
    verifies="O02.FR.01",
    catches="takes_any_message",
)
def of_no_transaction(station: Subject) -> Script:
    on: Screen = yield from screen(station)
    message = on.message(transactionId=f"no-such-{station.nonce}")
    yield from put(message, status="UnknownTransaction", rule="O02.FR.01")


@station201(
    "TC_O_27_CS",
    "Transaction message at start time",
    verifies="O02.FR.06",
    catches="shows_messages_at_once never_shows_what_begins_later outlives_its_transaction",
)
def of_a_transaction_from(station: Subject) -> Script:
    tx, on = yield from _during(station)
    message = on.message(transactionId=tx.id, startDateTime=ago(-station.display_s))
    yield from put(message, rule="O02.FR.06")
    yield from hidden(station, text_of(FIRST), "O02.FR.06")
    yield let_pass(station.display_s)
    yield from visible(station, text_of(FIRST), SHOWN_IN_TRANSACTION[message["priority"]])
    yield from done(station, tx)
    yield from hidden(station, text_of(FIRST), "O02.FR.02")
    yield from unknown(FIRST, 2, rule="O02.FR.02")


@station201(
    "TC_O_28_CS",
    "Transaction message removed at end time",
    verifies="O02.FR.07",
    catches="keeps_what_has_ended shows_messages_far_too_late",
)
def of_a_transaction_until(station: Subject) -> Script:
    tx, on = yield from _during(station)
    message = on.message(transactionId=tx.id, endDateTime=ago(-station.display_s))
    yield from put(message, rule="O02.FR.07")
    yield from visible(station, text_of(FIRST), SHOWN_IN_TRANSACTION[message["priority"]])
    yield let_pass(station.display_s)
    yield from hidden(station, text_of(FIRST), "O02.FR.07")
    yield from unknown(FIRST, 2, rule="O02.FR.07")


@station201(
    "TC_O_30_CS",
    "Transaction: several InFront messages",
    verifies="O02.FR.16",
    catches="keeps_one_message_in_front shows_one_message_in_front outlives_its_transaction",
)
def several_in_front_of_a_transaction(station: Subject) -> Script:
    tx, on = yield from _during(station)
    yield from given(taken("priority", "InFront", on.priorities))
    messages = [on.message(number, priority="InFront", transactionId=tx.id) for number in (FIRST, SECOND)]
    for message in messages:
        yield from put(message, rule="O02.FR.16")
    for message in messages:
        yield from visible(station, text_of(message["id"]), "O02.FR.16")
    for number, message in enumerate(messages, 2):
        found = yield from listed(station, number, rule="O02.FR.16", id=[message["id"]])
        yield from same(found, message, "O02.FR.16")
    yield from done(station, tx)
    for number, message in enumerate(messages, 4):
        yield from hidden(station, text_of(message["id"]), "O02.FR.02")
        yield from unknown(message["id"], number, rule="O02.FR.02")


@station201(
    "TC_O_32_CS",
    "Transaction: second AlwaysFront",
    verifies="O02.FR.18",
    catches="keeps_two_always_in_front takes_one_message_always_in_front outlives_its_transaction "
    "refuses_messages_of_transactions forgets_messages lists_another_message",
)
def second_always_in_front_of_a_transaction(station: Subject) -> Script:
    tx, on = yield from _during(station)
    yield from given(taken("priority", "AlwaysFront", on.priorities))
    first, second = (on.message(number, priority="AlwaysFront", transactionId=tx.id) for number in (FIRST, SECOND))
    yield from put(first, rule="O02.FR.17")
    yield from visible(station, text_of(FIRST), "O02.FR.17")
    yield from put(second, rule="O02.FR.18")
    yield from visible(station, text_of(SECOND), "O02.FR.18")
    yield from hidden(station, text_of(FIRST), "O02.FR.18")
    yield from unknown(FIRST, 2, rule="O02.FR.18")
    yield from one_listed(station, 3, second)
    yield from done(station, tx)
    yield from hidden(station, text_of(SECOND), "O02.FR.02")
    yield from unknown(SECOND, 4, rule="O02.FR.02")


def _with_state(station: Subject, state: str) -> Script:
    """A message for a state that the station is perhaps not in; returns it."""
    on: Screen = yield from screen(station)
    yield from given(taken("state", state, on.states))
    message = on.message(state=state)
    yield from put(message, rule=SHOWN[message["priority"]])
    return message


def _charges(station: Subject) -> Script:
    """From nothing to energy: authorized first, then plugged in."""
    tx: Tx = yield from new_session(station)
    yield from authorized(station, tx)
    yield from energized(station, tx)
    return tx


@station201(
    "TC_O_36_CS",
    "Message in Charging state",
    verifies="O01.FR.12",
    catches="shows_messages_in_any_state shows_messages_in_another_state forgets_the_state_of_messages "
    "forgets_messages lists_another_message",
)
def while_charging(station: Subject) -> Script:
    message = yield from _with_state(station, "Charging")
    rule = SHOWN[message["priority"]]
    yield from hidden(station, text_of(FIRST), rule)
    tx = yield from _charges(station)
    yield from visible(station, text_of(FIRST), rule)
    yield from done(station, tx)
    yield from hidden(station, text_of(FIRST), rule)
    yield from one_listed(station, 2, message)


@station201(
    "TC_O_37_CS",
    "Message in Idle state",
    verifies="O01.FR.12",
    catches="shows_messages_in_any_state shows_messages_in_another_state forgets_the_state_of_messages "
    "forgets_messages lists_another_message",
)
def while_idle(station: Subject) -> Script:
    message = yield from _with_state(station, "Idle")
    rule = SHOWN[message["priority"]]
    yield from visible(station, text_of(FIRST), rule)
    tx = yield from _charges(station)
    yield from hidden(station, text_of(FIRST), rule)
    yield from done(station, tx)
    yield from visible(station, text_of(FIRST), rule)
    yield from one_listed(station, 2, message)


@station201(
    "TC_O_38_CS",
    "Message in Unavailable state",
    verifies="O01.FR.12",
    catches="shows_messages_in_any_state shows_messages_in_another_state forgets_the_state_of_messages "
    "forgets_messages lists_another_message",
)
def while_unavailable(station: Subject) -> Script:
    message = yield from _with_state(station, "Unavailable")
    rule = SHOWN[message["priority"]]
    yield from hidden(station, text_of(FIRST), rule)
    closed = {"operationalStatus": "Inoperative"}
    yield ask("ChangeAvailability", closed, having={"status": "Accepted"}, rule="G04.FR.03")
    yield from all_connectors_are(station, "Unavailable", rule="G04.FR.05")
    yield from visible(station, text_of(FIRST), rule)
    opened = {"operationalStatus": "Operative"}
    yield ask("ChangeAvailability", opened, having={"status": "Accepted"}, rule="G04.FR.03")
    yield from all_connectors_are(station, "Available", rule="G04.FR.08")
    yield from hidden(station, text_of(FIRST), rule)
    yield from one_listed(station, 2, message)


@station201(
    "TC_O_39_CS",
    "Message in Faulted state",
    verifies="O01.FR.12",
    catches="shows_messages_in_any_state shows_messages_in_another_state forgets_the_state_of_messages "
    "forgets_messages lists_another_message",
)
def while_faulted(station: Subject) -> Script:
    message = yield from _with_state(station, "Faulted")
    rule = SHOWN[message["priority"]]
    yield from hidden(station, text_of(FIRST), rule)
    yield fault(station, FAULT)
    yield _is(station, "Faulted", "Unavailable")
    yield from visible(station, text_of(FIRST), rule)
    yield mend(station, FAULT)
    yield _is(station, "Available")
    yield from hidden(station, text_of(FIRST), rule)
    yield from one_listed(station, 2, message)


def _is(station: Subject, *statuses: str) -> AnyOf:
    """The connector under test or the whole station has come into one of these states."""
    told = [each for status in statuses for each in connector_is(station, status, rule="G01.FR.03").expectations]
    whole = satisfying(
        f"ChargingStation.AvailabilityState {' or '.join(statuses)}, trigger Delta",
        lambda events: any(_of_the_station(event) in statuses for event in events),
    )
    return any_of(*told, expect("NotifyEvent", station.message_s, where={"eventData": whole}))


def _of_the_station(event: Payload) -> str:
    named = tuple(field_of(event, path) for path in ("component.name", "variable.name", "trigger"))
    return str(field_of(event, "actualValue")) if named == ("ChargingStation", "AvailabilityState", "Delta") else ""
