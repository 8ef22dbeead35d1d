"""Block I, tariff and cost. Station under test, OCPP 2.0.1.

What the display shows is for a person to see; judged is what goes over the wire.
"""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station201.states import (
    Tx,
    authorized,
    bay_left,
    charging,
    configured,
    disconnected,
    energized,
    new_session,
    plugged,
    post_session,
    ready,
    stopped_locally,
)
from conformance.vocabulary import (
    Payload,
    Received,
    Script,
    Subject,
    answer,
    ask,
    check,
    expect,
    given,
    station201,
    usually,
)

TARIFF, COST = "0.40 per kWh", 2.5
TIMES = 2
"""How often the cost so far is told."""


def _message(text: str) -> Payload:
    return {"format": "UTF8", "language": "en", "content": text}


def _metered_start(station: Subject) -> Script:
    """The driver learns the tariff with the answer about the token, and charges."""
    yield from given(ready(station))
    yield from given(configured(station, "SampledDataCtrlr", "TxUpdatedInterval", station.sample_s))
    tx: Tx = yield from given(new_session(station))
    yield from given(plugged(station, tx))
    yield usually("Authorize", idTokenInfo={"status": "Accepted", "personalMessage": _message(TARIFF)})
    yield from authorized(station, tx)
    yield from energized(station, tx)
    return tx


def _sample(station: Subject) -> Script:
    """The next periodic event of the transaction, unanswered."""
    event: Received = yield expect(
        "TransactionEvent",
        station.sample_s + station.message_s,
        where={"triggerReason": "MeterValuePeriodic"},
        having={"eventType": "Updated"},
        rule="J02.FR.11",
    )
    return event


@station201(
    "TC_I_01_CS",
    "Running cost shown through CostUpdated",
    verifies="I02.FR.02 C01.FR.02 E02.FR.01",
    catches="takes_no_costs authorizes_another_token",
)
def cost_updated(station: Subject) -> Script:
    tx: Tx = yield from _metered_start(station)
    for number in range(1, TIMES + 1):
        event = yield from _sample(station)
        yield answer(event, updatedPersonalMessage=_message(TARIFF))
        yield ask("CostUpdated", {"totalCost": number * COST, "transactionId": tx.id}, rule="I02.FR.02")


@station201(
    "TC_I_07_CS",
    "Running cost shown through TransactionEvent response",
    verifies="I02.FR.02 I02.FR.04 C01.FR.02 E02.FR.01 J02.FR.11",
    catches="authorizes_another_token falls_silent_after_a_cost",
)
def cost_in_response(station: Subject) -> Script:
    yield from _metered_start(station)
    for number in range(1, TIMES + 1):
        event = yield from _sample(station)
        yield answer(event, totalCost=number * COST, updatedPersonalMessage=_message(TARIFF))


@station201(
    "TC_I_02_CS",
    "Final cost shown at end",
    verifies="I03.FR.01 I03.FR.03",
    catches="never_ends_transactions stays_occupied",
)
def final_cost(station: Subject) -> Script:
    tx: Tx = yield from given(charging(station))
    yield usually("TransactionEvent", totalCost=COST)
    yield from stopped_locally(station, tx, ends="I03.FR.01")
    yield from post_session(station, tx)
    yield from disconnected(station, tx, ends=None)
    yield from bay_left(station, tx)
    yield check(tx.ended, "an event Ended of the transaction", "none", "I03.FR.01")
