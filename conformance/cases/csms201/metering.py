"""Block J, meter values. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.csms201.states import (
    attached,
    charging,
    disconnected,
    meter,
    post_session,
    status_of,
    stopped,
)
from conformance.vocabulary import (
    Script,
    Subject,
    ask,
    csms201,
    given,
    let_pass,
)


@csms201(
    "TC_J_01_CSMS",
    "Aligned meter values when idle",
    verifies="J01.FR.18",
    catches="chokes_on_meter_values",
)
def aligned_idle(csms: Subject) -> Script:
    yield from given(attached(csms))
    for number in range(3):
        yield let_pass(csms.sample_s)
        for evse in range(len(csms.evses) + 1):
            yield ask("MeterValues", {"evseId": evse, "meterValue": meter(1000 + number, "Sample.Clock")})


@csms201(
    "TC_J_02_CSMS",
    "Aligned meter values in transaction",
    verifies="J01.FR.18",
    catches="chokes_on_an_update chokes_on_meter_values",
)
def aligned_charging(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from _metered(csms, tx, "MeterValueClock", "Sample.Clock", besides=True)


@csms201(
    "TC_J_09_CSMS",
    "Sampled values in Updated events",
    verifies="J02.FR.19",
    catches="chokes_on_an_update",
)
def sampled_updates(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from _metered(csms, tx, "MeterValuePeriodic", "Sample.Periodic")


def _metered(csms: Subject, tx: Any, trigger: str, context: str, *, besides: bool = False) -> Script:
    """Three samples of the transaction; with ``besides`` also of the main meter and of the idle EVSEs."""
    idle = [evse for evse in range(len(csms.evses) + 1) if evse != csms.evse] if besides else []
    for number in range(3):
        yield let_pass(csms.sample_s)
        for evse in idle:
            yield ask("MeterValues", {"evseId": evse, "meterValue": meter(1000 + number, context)})
        yield ask("TransactionEvent", tx.event(trigger, meterValue=meter(1000 + 100 * number, context)))


@csms201(
    "TC_J_10_CSMS",
    "Sampled values in Ended event",
    verifies="J02.FR.19",
    catches="chokes_on_an_end",
)
def sampled_end(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from given(stopped(csms, tx))
    yield from given(post_session(csms, tx))
    values = [*meter(1000, "Sample.Periodic"), *meter(1500, "Transaction.End")]
    yield from disconnected(csms, tx, meterValue=values)
    yield ask("StatusNotification", status_of(csms.evse, csms.connector, "Available"))
