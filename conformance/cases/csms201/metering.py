"""Block J, meter values. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.cases.csms201.states import (
    REGISTER,
    Session,
    attached,
    authorized,
    charging,
    connector_is,
    energized,
    meter,
    post_session,
    session,
    status_of,
    stopped,
)
from conformance.vocabulary import (
    Payload,
    Script,
    Subject,
    ago,
    ask,
    csms201,
    given,
    let_pass,
)

STOPPED = {"stoppedReason": "EVDisconnected"}


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
            values = meter(1000 + number, "Sample.Clock")
            yield ask("MeterValues", {"evseId": evse, "meterValue": values}, rule="J01.FR.18")


@csms201(
    "TC_J_02_CSMS",
    "Aligned meter values in transaction",
    verifies="J01.FR.18 J02.FR.19",
    catches="chokes_on_values_while_charging chokes_on_meter_values",
)
def aligned_charging(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from _metered(csms, tx, "MeterValueClock", "Sample.Clock", besides=True)


@csms201(
    "TC_J_09_CSMS",
    "Sampled values in Updated events",
    verifies="J02.FR.19",
    catches="chokes_on_values_while_charging",
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
            values = meter(1000 + number, context)
            yield ask("MeterValues", {"evseId": evse, "meterValue": values}, rule="J01.FR.18")
        event = tx.event(trigger, meterValue=meter(1000 + 100 * number, context))
        yield ask("TransactionEvent", event, rule="J02.FR.19")


@csms201(
    "TC_J_10_CSMS",
    "Sampled values in Ended event",
    verifies="J02.FR.19",
    catches="chokes_on_final_values",
)
def sampled_end(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield from given(stopped(csms, tx))
    yield from given(post_session(csms, tx))
    values = [*meter(1000, "Sample.Periodic"), *meter(1500, "Transaction.End")]
    yield from given(connector_is(csms, "Available"))
    end = tx.event("EVCommunicationLost", kind="Ended", state="Idle", info=STOPPED, meterValue=values)
    yield ask("TransactionEvent", end, rule="J02.FR.19")
    yield ask("StatusNotification", status_of(csms.evse, csms.connector, "Available"))


def _ends_with(csms: Subject, values: Callable[[Subject], list[Payload]]) -> Script:
    """A transaction of its agreed duration; its last event has what was measured meanwhile."""
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield let_pass(csms.transaction_s)
    yield from given(stopped(csms, tx))
    yield from given(post_session(csms, tx))
    yield from given(connector_is(csms, "Available"))
    end = tx.event("EVCommunicationLost", kind="Ended", state="Idle", info=STOPPED, meterValue=values(csms))
    yield ask("TransactionEvent", end, rule="J02.FR.19")


def _course(csms: Subject, context: str, **more: Any) -> list[Payload]:
    """A value for each interval of the transaction, and the last one."""
    count = max(2, int(csms.transaction_s // csms.sample_s))
    course = []
    for number in range(count + 1):
        last = number == count
        what = {"value": 1000 + 100 * number, "context": "Transaction.End" if last else context, **more}
        at = ago(csms.transaction_s - number * csms.sample_s)
        course.append({"timestamp": at, "sampledValue": [{"measurand": REGISTER, **what}]})
    return course


SIGNED = {
    "signedMeterData": "T0NNRnx7IkZWIjoiMS4wIn0=",
    "signingMethod": "ECDSA-secp256r1-SHA256",
    "encodingMethod": "OCMF",
    "publicKey": "",
}
"""As a meter's signature looks; a CSMS need not prove it to take it in."""


@csms201(
    "TC_J_03_CSMS",
    "Aligned values in Ended event",
    verifies="J01.FR.18 J02.FR.19",
    catches="chokes_on_final_values",
)
def aligned_end(csms: Subject) -> Script:
    yield from _ends_with(csms, lambda csms: _course(csms, "Sample.Clock"))


@csms201(
    "TC_J_04_CSMS",
    "Aligned values signed",
    verifies="J01.FR.21 J02.FR.19",
    catches="chokes_on_final_values",
)
def aligned_signed(csms: Subject) -> Script:
    yield from _ends_with(csms, lambda csms: _course(csms, "Sample.Clock", signedMeterValue=SIGNED))


@csms201(
    "TC_J_11_CSMS",
    "Sampled values signed",
    verifies="J02.FR.19 J02.FR.21",
    catches="chokes_on_final_values",
)
def sampled_signed(csms: Subject) -> Script:
    yield from _ends_with(csms, lambda csms: _course(csms, "Sample.Periodic", signedMeterValue=SIGNED))


@csms201(
    "TC_J_07_CSMS",
    "Sampled values in Started event, EVSE known",
    verifies="J02.FR.19",
    catches="chokes_on_first_values",
)
def sampled_start(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _plugged_metered(csms, session(csms))


def _plugged_metered(csms: Subject, tx: Session) -> Script:
    """EVConnectedPreSession, told with the values of the transaction's begin."""
    yield from given(connector_is(csms, "Occupied"))
    values = meter(1000, "Transaction.Begin")
    event = tx.event("CablePluggedIn", state="EVConnected", meterValue=values, **tx.place)
    yield ask("TransactionEvent", event, rule="J02.FR.19")
    tx.plugged = True


@csms201(
    "TC_J_08_CSMS",
    "Sampled values with Transaction.Begin, EVSE unknown at start",
    verifies="J02.FR.19",
    catches="chokes_on_first_values",
)
def sampled_once_known(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = session(csms)
    yield from given(authorized(csms, tx))
    yield from _plugged_metered(csms, tx)
    yield from energized(csms, tx)
