"""What a charge point tells late: power failures, and transactions without a link. Central system, OCPP 1.6."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms16.states import (
    accepted,
    attached,
    charging,
    is_now,
    start_of,
    started,
    status_of,
    stopped,
)
from conformance.vocabulary import (
    PRESENT,
    Reply,
    Script,
    Subject,
    ago,
    ask,
    check,
    connect,
    csms16,
    disconnect,
    given,
    let_pass,
)

LATE = "1.6:3.7 1.6:4.8"
"""A start that was kept for later is like any other."""


def _without_link(csms: Subject) -> Script:
    """The link is down for as long as a transaction takes, and comes back."""
    yield disconnect()
    yield let_pass(csms.transaction_s)
    yield connect(csms)


@csms16(
    "TC_032_1_CSMS",
    "Power failure, transactions stopped before going down",
    verifies="1.6:4.2 1.6:4.9 1.6:4.10",
    catches="boots_pending_after_a_start_16 chokes_on_a_stop_16 chokes_on_finishing_16",
)
def power_failure(csms: Subject) -> Script:
    yield from given(attached(csms))
    transaction = yield from given(charging(csms))
    yield from given(_without_link(csms))
    yield from accepted(csms)
    for connector in range(sum(csms.evses) + 1):
        status = "Finishing" if connector == csms.evse else "Available"
        yield ask("StatusNotification", status_of(connector, status), rule="1.6:4.9")
    yield from stopped(transaction, "PowerLoss", at=ago(csms.transaction_s))


@csms16(
    "TC_037_1_CSMS",
    "Offline start, valid id",
    verifies="1.6:3.7 1.6:4.8 1.6:4.9",
    catches="refuses_to_start_16 chokes_on_old_starts_16 chokes_on_charging_16",
)
def start_told_late(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(_without_link(csms))
    yield from started(csms, at=ago(csms.transaction_s / 2), rule=LATE)
    yield from is_now(csms, "Charging")


@csms16(
    "TC_037_3_CSMS",
    "Offline start, invalid id, StopTransactionOnInvalidId on",
    verifies="1.6:3.7 1.6:4.8 1.6:4.9 1.6:4.10",
    catches=(
        "starts_for_anybody_16 numbers_no_refused_start_16 chokes_on_a_stop_16 chokes_on_old_starts_16 "
        "chokes_on_finishing_16"
    ),
)
def invalid_start_told_late(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(_without_link(csms))
    request = start_of(csms, csms.tokens.invalid, at=ago(csms.transaction_s / 2))
    having = {"idTagInfo.status": "Invalid", "transactionId": PRESENT}
    reply: Reply = yield ask("StartTransaction", request, having=having, rule=LATE)
    yield from is_now(csms, "Charging")
    yield from stopped(reply.get("transactionId"), "DeAuthorized")
    yield from is_now(csms, "Finishing")


@csms16(
    "TC_039_CSMS",
    "Whole transaction offline",
    verifies="1.6:3.7 1.6:4.8 1.6:4.10",
    catches="refuses_to_start_16 chokes_on_a_stop_16 same_id_for_all_16 chokes_on_old_starts_16",
)
def transaction_told_late(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(_without_link(csms))
    first = yield from started(csms, at=ago(csms.transaction_s), rule=LATE)
    yield from stopped(first, "Local", at=ago(csms.transaction_s / 2))
    second = yield from started(csms, at=ago(csms.transaction_s / 4), rule=LATE)
    yield from stopped(second, "Local")
    yield check(first != second, "another transactionId for another transaction", second, "1.6:4.8")
