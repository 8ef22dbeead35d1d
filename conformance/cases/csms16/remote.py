"""Transactions, resets and connectors from afar. Central system under test, OCPP 1.6."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms16.states import (
    attached,
    authorized,
    charging,
    ended,
    goes_on,
    is_now,
    rebooted,
    reset_asked,
    started,
    stopped,
    told,
)
from conformance.vocabulary import (
    Received,
    Script,
    Subject,
    answer,
    command,
    csms16,
    given,
    let_pass,
    optionally,
)


def _start_asked(csms: Subject) -> Script:
    """The central system, told to, asks for a start; returns its request unanswered."""
    yield command(csms, "remote_start", id_token=csms.tokens.valid.id, evse=csms.evse)
    having = {"idTag": csms.tokens.valid.id, "connectorId": optionally(csms.evse)}
    request: Received = yield from told(csms, "RemoteStartTransaction", having=having, rule="1.6:5.11")
    return request


def _stop_asked(csms: Subject, transaction: int) -> Script:
    """The central system, told to, asks for a stop; returns its request unanswered."""
    yield command(csms, "remote_stop", transaction_id=transaction)
    having = {"transactionId": transaction}
    request: Received = yield from told(csms, "RemoteStopTransaction", having=having, rule="1.6:5.12")
    return request


@csms16(
    "TC_010_CSMS",
    "Remote start, cable first",
    verifies="1.6:4.1 1.6:4.8 1.6:5.11",
    catches="starts_another_tag_from_afar_16 starts_elsewhere_from_afar_16 refuses_to_start_16 refuses_valid_tags_16",
)
def remote_cable_first(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(is_now(csms, "Preparing"))
    request = yield from _start_asked(csms)
    yield answer(request, status="Accepted")
    yield from authorized(csms)
    yield from started(csms)
    yield from is_now(csms, "Charging")


@csms16(
    "TC_011_1_CSMS",
    "Remote start before cable",
    verifies="1.6:4.1 1.6:4.8 1.6:5.11",
    catches="starts_another_tag_from_afar_16 starts_elsewhere_from_afar_16 refuses_to_start_16 refuses_valid_tags_16",
)
def remote_first(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _start_asked(csms)
    yield answer(request, status="Accepted")
    yield from authorized(csms)
    yield from is_now(csms, "Preparing")
    yield from started(csms)
    yield from is_now(csms, "Charging")


@csms16(
    "TC_011_2_CSMS",
    "Remote start, cable never plugged",
    verifies="1.6:4.1 1.6:4.9 1.6:5.11",
    catches="starts_another_tag_from_afar_16 refuses_valid_tags_16 chokes_on_preparing_16",
)
def remote_without_cable(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _start_asked(csms)
    yield answer(request, status="Accepted")
    yield from authorized(csms)
    yield from is_now(csms, "Preparing")
    yield let_pass(csms.plug_timeout_s)
    yield from is_now(csms, "Available")


@csms16(
    "TC_026_CSMS",
    "Remote start rejected",
    verifies="1.6:5.11",
    catches="starts_another_tag_from_afar_16 deaf_after_an_order_16",
)
def remote_start_rejected(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _start_asked(csms)
    yield answer(request, status="Rejected")
    yield from goes_on()


@csms16(
    "TC_012_CSMS",
    "Remote stop",
    verifies="1.6:4.10 1.6:5.12",
    catches="stops_another_transaction_16 chokes_on_a_stop_16",
)
def remote_stop(csms: Subject) -> Script:
    yield from given(attached(csms))
    transaction = yield from given(charging(csms))
    request = yield from _stop_asked(csms, transaction)
    yield answer(request, status="Accepted")
    yield from ended(csms, transaction, "Remote")


@csms16(
    "TC_028_CSMS",
    "Remote stop rejected",
    verifies="1.6:5.12",
    catches="stops_another_transaction_16 deaf_after_an_order_16",
)
def remote_stop_rejected(csms: Subject) -> Script:
    yield from given(attached(csms))
    transaction = yield from given(charging(csms))
    request = yield from _stop_asked(csms, transaction)
    yield answer(request, status="Rejected")
    yield from goes_on()


def _reset(csms: Subject, kind: str) -> Script:
    yield from given(attached(csms))
    request = yield from reset_asked(csms, kind)
    yield answer(request, status="Accepted")
    yield from rebooted(csms)


@csms16(
    "TC_013_CSMS",
    "Hard reset, idle",
    verifies="1.6:4.2 1.6:5.14",
    catches="resets_softly_16 boots_pending_again_16",
)
def hard_reset(csms: Subject) -> Script:
    yield from _reset(csms, "Hard")


@csms16(
    "TC_014_CSMS",
    "Soft reset, idle",
    verifies="1.6:4.2 1.6:5.14",
    catches="resets_hard_16 boots_pending_again_16",
)
def soft_reset(csms: Subject) -> Script:
    yield from _reset(csms, "Soft")


def _unlock_answered(csms: Subject, status: str) -> Script:
    """The central system, told to, asks for a connector to be unlocked, and hears what came of it."""
    yield command(csms, "unlock", evse=csms.evse)
    having = {"connectorId": csms.evse}
    request: Received = yield from told(csms, "UnlockConnector", having=having, rule="1.6:5.18")
    yield answer(request, status=status)


def _unlocked_idle(csms: Subject, status: str) -> Script:
    yield from given(attached(csms))
    yield from _unlock_answered(csms, status)
    yield from goes_on()


UNLOCKS = "unlocks_another_connector_16 deaf_after_an_order_16"


@csms16("TC_017_1_CSMS", "Unlock idle connector, detachable cable", verifies="1.6:5.18", catches=UNLOCKS)
def unlock(csms: Subject) -> Script:
    yield from _unlocked_idle(csms, "Unlocked")


@csms16("TC_017_2_CSMS", "Unlock idle connector, fixed cable", verifies="1.6:5.18", catches=UNLOCKS)
def unlock_fixed_cable(csms: Subject) -> Script:
    yield from _unlocked_idle(csms, "NotSupported")


@csms16("TC_030_CSMS", "Unlock fails", verifies="1.6:5.18", catches=UNLOCKS)
def unlock_fails(csms: Subject) -> Script:
    yield from _unlocked_idle(csms, "UnlockFailed")


@csms16("TC_031_CSMS", "Unlock unknown connector", verifies="1.6:5.18", catches=UNLOCKS)
def unlock_unknown_connector(csms: Subject) -> Script:
    yield from _unlocked_idle(csms, "NotSupported")


@csms16(
    "TC_018_1_CSMS",
    "Unlock with transaction, detachable cable",
    verifies="1.6:4.9 1.6:4.10 1.6:5.18",
    catches="unlocks_another_connector_16 chokes_on_a_stop_16 chokes_on_finishing_16",
)
def unlock_while_charging(csms: Subject) -> Script:
    yield from given(attached(csms))
    transaction = yield from given(charging(csms))
    yield from _unlock_answered(csms, "Unlocked")
    yield from is_now(csms, "Finishing")
    yield from stopped(transaction, "UnlockCommand")
    yield from is_now(csms, "Available")
