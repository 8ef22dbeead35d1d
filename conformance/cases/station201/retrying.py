"""Block E, transaction messages that do not get through. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from operator import lt

from conformance.cases.station201.states import (
    Tx,
    authorized,
    configured,
    new_session,
    plugged,
    ready,
    variable,
)
from conformance.vocabulary import (
    Expect,
    Received,
    Script,
    Subject,
    check,
    expect,
    given,
    ignore,
    refuse,
    satisfying,
    silence,
    station201,
)

ATTEMPTS = 3
SIGNED = "SignedDataReceived"


@dataclass(frozen=True, slots=True)
class Patience:
    """How a station tries again: how often in all, the pause that grows with each attempt, and its wait for an answer
    (seconds).
    """

    attempts: int
    pause_s: float
    timeout_s: float


def _connected(station: Subject, *, least: int = 2) -> Script:
    """A driver is authorized and plugged in, at a station that tries so often; returns the session and its patience."""
    yield from ready(station)
    each = "TransactionEvent"
    yield from configured(station, "OCPPCommCtrlr", "MessageAttempts", ATTEMPTS, instance=each, optional=True)
    pause = station.retry_s
    yield from configured(station, "OCPPCommCtrlr", "MessageAttemptInterval", pause, instance=each, optional=True)
    attempts = yield from _number(station, "MessageAttempts", each)
    yield check(attempts >= least, f"OCPPCommCtrlr.MessageAttempts {least} or more", attempts)
    pause_s = yield from _number(station, "MessageAttemptInterval", each)
    timeout_s = yield from _number(station, "MessageTimeout", "Default")
    tx = yield from new_session(station)
    yield from authorized(station, tx)
    yield from plugged(station, tx)
    if tx.charging:  # nothing more would come by itself
        yield from configured(station, "SampledDataCtrlr", "TxUpdatedInterval", station.sample_s)
    return tx, Patience(attempts, pause_s, timeout_s)


def _number(station: Subject, name: str, instance: str) -> Script:
    value = yield from variable(station, "OCPPCommCtrlr", name, instance=instance)
    told = str(value).isdecimal()
    yield check(told, f"OCPPCommCtrlr.{name} of {instance}", value)
    return int(value) if told else 0


def _first(station: Subject, tx: Tx) -> Script:
    """The next event that tells of more than a signature or of a power path that waits for the EV."""
    event: Received = yield _after(station, tx.seq_no)
    while event.get("transactionInfo.chargingState") == "SuspendedEVSE" or event.get("triggerReason") == SIGNED:
        event = yield _after(station, int(event.get("seqNo", 0)))
    return event


def _after(station: Subject, seq_no: int) -> Expect:
    where = {"seqNo": satisfying(f"above {seq_no}", partial(lt, seq_no))}
    return expect("TransactionEvent", station.message_s + station.sample_s, where=where, rule="E13.FR.01")


def _again(station: Subject, last: Received, at_least_s: float, at_most_s: float) -> Script:
    """The same event is sent once more, so long after it was sent last."""
    within_s = at_most_s + 2 * station.tolerance_s
    event: Received = yield expect("TransactionEvent", within_s, where=_same(last), rule="E13.FR.01 E13.FR.02")
    passed_s = event.t - last.t
    fits = at_least_s - station.tolerance_s <= passed_s <= at_most_s + station.tolerance_s
    wanted = f"{at_least_s:g} s" if at_least_s == at_most_s else f"{at_least_s:g} to {at_most_s:g} s"
    yield check(fits, f"the same event again after {wanted}", f"after {passed_s:.0f} s", "E13.FR.01 E13.FR.03")
    return event


def _same(event: Received) -> dict[str, object]:
    names = ("seqNo", "transactionInfo.transactionId", "eventType", "timestamp")
    return {name: event.get(name) for name in names}


def _no_more(station: Subject, event: Received, for_s: float, rule: str) -> Script:
    yield silence(for_s + station.tolerance_s, "TransactionEvent", where=_same(event), rule=rule)


@station201(
    "TC_E_41_CS",
    "Transaction message retry gives up after max attempts (no answer)",
    verifies="E13.FR.01 E13.FR.02 E13.FR.03 E13.FR.04",
    catches="never_tries_again tries_again_at_once tries_for_ever",
)
def unanswered(station: Subject) -> Script:
    tx, patience = yield from given(_connected(station))
    event: Received = yield from _first(station, tx)
    for attempt in range(1, patience.attempts):
        yield ignore(event)
        wait_s = patience.pause_s * attempt + patience.timeout_s
        event = yield from _again(station, event, wait_s, wait_s)
    yield ignore(event)
    yield from _no_more(station, event, patience.pause_s * patience.attempts + patience.timeout_s, "E13.FR.04")


@station201(
    "TC_E_42_CS",
    "Transaction message retry succeeds before max",
    verifies="E13.FR.01 E13.FR.02 E13.FR.03",
    catches="never_tries_again tries_again_at_once",
)
def answered_at_last(station: Subject) -> Script:
    tx, patience = yield from given(_connected(station, least=3))
    event: Received = yield from _first(station, tx)
    yield ignore(event)
    wait_s = patience.pause_s + patience.timeout_s
    event = yield from _again(station, event, wait_s, wait_s)
    yield from _no_more(station, event, 2 * patience.pause_s + patience.timeout_s, "E13.FR.02")


@station201(
    "TC_E_50_CS",
    "Retry gives up after max attempts (CALLERROR)",
    verifies="E13.FR.01 E13.FR.02 E13.FR.03 E13.FR.04",
    catches="never_tries_again tries_again_at_once tries_for_ever",
)
def refused(station: Subject) -> Script:
    tx, patience = yield from given(_connected(station))
    event: Received = yield from _first(station, tx)
    for attempt in range(1, patience.attempts):
        yield refuse(event, "InternalError")
        wait_s = patience.pause_s * attempt
        event = yield from _again(station, event, wait_s, wait_s)
    yield refuse(event, "InternalError")
    yield from _no_more(station, event, patience.pause_s * patience.attempts + patience.timeout_s, "E13.FR.04")


@station201(
    "TC_E_51_CS",
    "Retry succeeds before max (CALLERROR)",
    verifies="E13.FR.01 E13.FR.02 E13.FR.03",
    catches="never_tries_again tries_again_at_once",
)
def accepted_at_last(station: Subject) -> Script:
    tx, patience = yield from given(_connected(station, least=3))
    event: Received = yield from _first(station, tx)
    yield refuse(event, "InternalError")
    at_most_s = patience.pause_s + patience.timeout_s  # part 6 adds the time-out here, though nothing timed out
    event = yield from _again(station, event, patience.pause_s, at_most_s)
    yield from _no_more(station, event, 2 * patience.pause_s + patience.timeout_s, "E13.FR.02")
