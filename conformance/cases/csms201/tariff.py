"""Block I, tariff and cost. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms201.states import (
    ACCEPTED,
    Session,
    attached,
    authorize,
    connector_is,
    energized,
    meter,
    plugged,
    post_session,
    session,
    stopped,
)
from conformance.vocabulary import (
    PRESENT,
    Payload,
    Received,
    Reply,
    Script,
    Subject,
    answer,
    ask,
    check,
    csms201,
    expect,
    given,
    let_pass,
    provision,
)

PRICE, CURRENCY = 0.4, "EUR"
BEGIN_WH, END_WH = 1000, 6000


def priced(csms: Subject) -> Script:
    """The CSMS charges by energy, and the station is there."""
    yield provision(csms, "tariff", energy=PRICE, currency=CURRENCY)
    yield from attached(csms)


def _welcomed(csms: Subject, tx: Session) -> Script:
    """The token is accepted, alone and in the transaction."""
    token = csms.tokens.valid
    yield ask("Authorize", authorize(token), having=ACCEPTED, rule="C01.FR.07")
    yield ask("TransactionEvent", tx.event("Authorized", idToken=token.payload), having=ACCEPTED, rule="E02.FR.02")


def _cost_told(csms: Subject, tx: Session, event: Payload) -> Script:
    """I02.FR.01: the cost comes with the answer to an event, or in a message of its own after it."""
    reply: Reply = yield ask("TransactionEvent", event)
    if "totalCost" in reply.payload:
        cost = reply.get("totalCost")
        yield check(cost >= 0, "a totalCost of 0 or more", cost, "I02.FR.01")
        return
    having = {"transactionId": tx.id}
    update: Received = yield expect("CostUpdated", csms.message_s, having=having, rule="I02.FR.01")
    yield answer(update)


@csms201(
    "TC_I_01_CSMS",
    "Running cost shown through CostUpdated",
    verifies="I02.FR.01",
    catches="tells_no_running_cost",
)
def running_cost(csms: Subject) -> Script:
    yield from given(priced(csms))
    tx = session(csms)
    yield from _welcomed(csms, tx)
    yield from plugged(csms, tx)
    yield from energized(csms, tx)
    for number in (1, 2):
        yield let_pass(csms.sample_s)
        value = meter(BEGIN_WH + 100 * number, "Sample.Periodic")
        yield from _cost_told(csms, tx, tx.event("MeterValuePeriodic", state="Charging", meterValue=value))


@csms201(
    "TC_I_02_CSMS",
    "Final cost shown at end",
    verifies="I03.FR.02",
    catches="tells_no_total_cost",
)
def final_cost(csms: Subject) -> Script:
    yield from given(priced(csms))
    tx = session(csms)
    yield from given(_begun_metered(csms, tx))
    yield from given(_welcomed(csms, tx))
    yield from given(energized(csms, tx))
    yield from given(stopped(csms, tx))
    yield from given(post_session(csms, tx))
    yield from given(connector_is(csms, "Available"))
    info, value = {"stoppedReason": "EVDisconnected"}, meter(END_WH, "Transaction.End")
    end = tx.event("EVCommunicationLost", kind="Ended", state="Idle", info=info, meterValue=value)
    yield ask("TransactionEvent", end, having={"totalCost": PRESENT}, rule="I03.FR.02")


def _begun_metered(csms: Subject, tx: Session) -> Script:
    """EVConnectedPreSession, with the register's value at the begin."""
    yield from connector_is(csms, "Occupied")
    value = meter(BEGIN_WH, "Transaction.Begin")
    yield ask("TransactionEvent", tx.event("CablePluggedIn", state="EVConnected", meterValue=value, **tx.place))
    tx.plugged = True
