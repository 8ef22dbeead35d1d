"""Block E, transactions without a link, and what is asked about them. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.csms201.states import Session, attached, charging, connector_is, meter, told
from conformance.vocabulary import (
    ABSENT,
    Received,
    Script,
    Subject,
    ago,
    answer,
    ask,
    command,
    connect,
    csms201,
    disconnect,
    given,
    let_pass,
)


def _charging(csms: Subject) -> Script:
    yield from attached(csms)
    return (yield from charging(csms))


def _back(csms: Subject) -> Script:
    """A transaction runs, and the link is back after an outage; returns the session."""
    tx = yield from _charging(csms)
    yield disconnect()
    yield let_pass(csms.transaction_s)
    yield connect(csms)
    return tx


def _asks(csms: Subject, tx: Session | None, rule: str, **status: Any) -> Script:
    """The CSMS, told to, asks for the status of a transaction, or of any, and learns it."""
    fields = {"transaction_id": tx.id} if tx else {}
    yield command(csms, "get_transaction_status", **fields)
    having = {"transactionId": tx.id if tx else ABSENT}
    request: Received = yield from told(csms, "GetTransactionStatus", having=having, rule=rule)
    yield answer(request, **status)


def _queued(tx: Session, rule: str) -> Script:
    values = meter(1000, "Sample.Periodic")
    event = tx.event("MeterValuePeriodic", offline=True, meterValue=values, timestamp=ago(10))
    yield ask("TransactionEvent", event, rule=rule)


@csms201(
    "TC_E_29_CSMS",
    "Transaction status: running, messages queued",
    verifies="E14.FR.02 E14.FR.04",
    catches="asks_about_another_transaction asks_about_all_transactions chokes_on_what_was_queued",
)
def running_queued(csms: Subject) -> Script:
    tx = yield from given(_back(csms))
    yield from _asks(csms, tx, "E14.FR.02 E14.FR.04", ongoingIndicator=True, messagesInQueue=True)
    yield from _queued(tx, "E14.FR.04")


@csms201(
    "TC_E_30_CSMS",
    "Transaction status: running, nothing queued",
    verifies="E14.FR.02 E14.FR.05",
    catches="asks_about_another_transaction asks_about_all_transactions",
)
def running(csms: Subject) -> Script:
    tx = yield from given(_charging(csms))
    yield from _asks(csms, tx, "E14.FR.02 E14.FR.05", ongoingIndicator=True, messagesInQueue=False)


@csms201(
    "TC_E_31_CSMS",
    "Transaction status: ended, messages queued",
    verifies="E14.FR.03 E14.FR.04",
    catches="asks_about_another_transaction asks_about_all_transactions chokes_on_what_was_queued",
)
def ended_queued(csms: Subject) -> Script:
    tx = yield from given(_back(csms))
    stop = tx.event("StopAuthorized", offline=True, timestamp=ago(30))
    post = tx.event("ChargingStateChanged", state="EVConnected", offline=True, timestamp=ago(29))
    end = tx.event("EVCommunicationLost", kind="Ended", state="Idle", offline=True, timestamp=ago(20))
    yield from connector_is(csms, "Available")
    yield ask("TransactionEvent", end, rule="E14.FR.04")
    yield from _asks(csms, tx, "E14.FR.03 E14.FR.04", ongoingIndicator=False, messagesInQueue=True)
    yield ask("TransactionEvent", stop, rule="E14.FR.04")
    yield ask("TransactionEvent", post, rule="E14.FR.04")


@csms201(
    "TC_E_33_CSMS",
    "Transaction status without id, messages queued",
    verifies="E14.FR.06 E14.FR.07",
    catches="asks_about_another_transaction chokes_on_what_was_queued",
)
def any_queued(csms: Subject) -> Script:
    tx = yield from given(_back(csms))
    yield from _asks(csms, None, "E14.FR.06 E14.FR.07", messagesInQueue=True)
    yield from _queued(tx, "E14.FR.07")


@csms201(
    "TC_E_34_CSMS",
    "Transaction status without id, nothing queued",
    verifies="E14.FR.06 E14.FR.08",
    catches="asks_about_another_transaction asks_about_no_transaction",
)
def none_queued(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _asks(csms, None, "E14.FR.06 E14.FR.08", messagesInQueue=False)
