"""Block J, meter values. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from conformance.cases.station201.states import (
    Tx,
    configured,
    disconnected,
    energized,
    new_session,
    plugged,
    post_session,
    ready,
    remotely_started,
    stopped_locally,
    variable,
)
from conformance.vocabulary import (
    PRESENT,
    Received,
    Script,
    Subject,
    check,
    given,
    let_pass,
    seen,
    station201,
)

START_ID = 815


REGISTER = "Energy.Active.Import.Register"


def _measured(values: Any) -> set[str]:
    return {value.get("measurand", REGISTER) for value in values if isinstance(value, dict)}


def _contexts(call: Received) -> set[str]:
    meters = call.get("meterValue", [])
    return {value.get("context", "Sample.Periodic") for meter in meters for value in meter.get("sampledValue", [])}


def _samples(calls: list[Received]) -> list[tuple[datetime, set[str]]]:
    """(time, measurands) of each meter value in the calls, in order."""
    meters = [meter for call in calls for meter in call.get("meterValue", [])]
    return sorted(
        ((datetime.fromisoformat(meter["timestamp"]), _measured(meter["sampledValue"])) for meter in meters),
        key=lambda sample: sample[0],
    )


def _complete(calls: list[Received], measurands: str, rule: str) -> Script:
    """Every configured measurand is there at each instant, be it in several messages."""
    wanted = {name.strip() for name in measurands.split(",") if name.strip()}
    together: dict[datetime, set[str]] = {}
    for instant, names in _samples(calls):
        together.setdefault(instant, set()).update(names)
    for instant, names in together.items():
        yield check(wanted <= names, f"every measurand of {sorted(wanted)}", f"{sorted(names)} at {instant}", rule)


def _regular(station: Subject, calls: list[Received], interval_s: float, least: int, rule: str) -> Script:
    """Each of at least so many instants is one interval after the last, give or take the agreed deviation."""
    instants = sorted({instant for instant, _ in _samples(calls)})
    yield check(len(instants) >= least, f"meter values of {least} instants", len(instants), rule)
    gaps_s = [(after - before).total_seconds() for before, after in pairwise(instants)]
    odd = [gap_s for gap_s in gaps_s if abs(gap_s - interval_s) > station.tolerance_s]
    yield check(not odd, f"{interval_s:g} s between meter values", f"{odd} s", rule)


def _aligned(station: Subject, interval_s: float, measurands: object, tx: Tx | None = None) -> Script:
    """Three intervals of clock-aligned values: of the EVSE under test complete, of all that are told in step.

    During a transaction the EVSE's values come in TransactionEvents or in MeterValues (J01.FR.22), and one interval's
    may need several messages (J01.FR.15).
    """
    before: list[Received] = yield seen("MeterValues")
    yield let_pass(3 * interval_s + station.message_s)
    told: list[Received] = yield seen("MeterValues")
    by_evse: dict[Any, list[Received]] = {}
    for call in told:
        if call not in before:
            by_evse.setdefault(call.get("evseId"), []).append(call)
    here = by_evse.pop(station.evse, [])
    if tx is not None:
        events: list[Received] = yield seen("TransactionEvent", where={"triggerReason": "MeterValueClock"})
        for event in events:
            of = event.get("transactionInfo.transactionId")
            yield check(of == tx.id, f"transactionInfo.transactionId {tx.id}", of, "J01.FR.22")
        here = here + events
    yield from _complete(here, str(measurands or REGISTER), "J01.FR.14")
    yield from _regular(station, here, interval_s, 3, "J01.FR.14")
    for calls in by_evse.values():
        yield from _regular(station, calls, interval_s, 1, "J01.FR.14")
    for call in [*here, *(call for calls in by_evse.values() for call in calls)]:
        yield check(_contexts(call) == {"Sample.Clock"}, "context Sample.Clock", _contexts(call), "J01.FR.08")


@station201(
    "TC_J_01_CS",
    "Aligned meter values when idle",
    verifies="J01.FR.01 J01.FR.02 J01.FR.03 J01.FR.06 J01.FR.07 J01.FR.08 J01.FR.14 J01.FR.15",
    catches="aligned_values_as_samples",
)
def aligned_idle(station: Subject) -> Script:
    interval_s = 4 * station.sample_s
    yield from given(ready(station))
    yield from given(configured(station, "AlignedDataCtrlr", "SendDuringIdle", "false", optional=True))
    yield from given(configured(station, "AlignedDataCtrlr", "Interval", interval_s))
    measurands = yield from given(variable(station, "AlignedDataCtrlr", "Measurands"))
    yield from _aligned(station, interval_s, measurands)


@station201(
    "TC_J_02_CS",
    "Aligned meter values in transaction",
    verifies="J01.FR.01 J01.FR.02 J01.FR.03 J01.FR.06 J01.FR.07 J01.FR.08 J01.FR.14 J01.FR.15",
    catches="no_aligned_values_in_transaction main_meter_without_clock main_meter_out_of_step",
)
def aligned_charging(station: Subject) -> Script:
    interval_s = 4 * station.sample_s
    yield from given(ready(station))
    yield from given(configured(station, "AlignedDataCtrlr", "SendDuringIdle", "false", optional=True))
    yield from given(configured(station, "AlignedDataCtrlr", "Interval", interval_s))
    measurands = yield from given(variable(station, "AlignedDataCtrlr", "Measurands"))
    tx: Tx = yield from given(_from_ready(station))
    yield from _aligned(station, interval_s, measurands, tx)


def _from_ready(station: Subject) -> Script:
    """A session from a station that is up already, so that it could be configured before."""
    from_now = yield from new_session(station)
    yield from plugged(station, from_now)
    yield from remotely_started(station, from_now, remote_start_id=START_ID)
    yield from energized(station, from_now)
    return from_now


@station201(
    "TC_J_09_CS",
    "Sampled values in Updated events",
    verifies="J02.FR.01 J02.FR.02 J02.FR.03 J02.FR.04 J02.FR.10 J02.FR.11 J02.FR.14",
    catches="samples_irregularly samples_without_measurand",
)
def sampled_updates(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "SampledDataCtrlr", "TxUpdatedInterval", station.sample_s))
    two = f"{REGISTER},Power.Active.Import"
    yield from given(configured(station, "SampledDataCtrlr", "TxUpdatedMeasurands", two, optional=True))
    measurands = yield from given(variable(station, "SampledDataCtrlr", "TxUpdatedMeasurands"))
    yield from given(_from_ready(station))
    yield let_pass(station.transaction_s)
    calls: list[Received] = yield seen("TransactionEvent", where={"triggerReason": "MeterValuePeriodic"})
    least = int(station.transaction_s // station.sample_s) - 1
    yield check(len(calls) >= least, f"{least} periodic events", f"{len(calls)}", "J02.FR.11")
    for call in calls:
        yield check(_contexts(call) == {"Sample.Periodic"}, "context Sample.Periodic", _contexts(call), "J02.FR.10")
    yield from _complete(calls, str(measurands or REGISTER), "J02.FR.11")
    yield from _regular(station, calls, station.sample_s, least, "J02.FR.11")


@station201(
    "TC_J_10_CS",
    "Sampled values in Ended event",
    verifies="J02.FR.01 J02.FR.02 J02.FR.03 J02.FR.04 J02.FR.10 E06.FR.11",
    catches="ends_without_meter",
)
def sampled_end(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "SampledDataCtrlr", "TxEndedInterval", station.sample_s))
    yield from given(configured(station, "AlignedDataCtrlr", "TxEndedMeasurands", "", optional=True))
    measurands = yield from given(variable(station, "SampledDataCtrlr", "TxEndedMeasurands"))
    tx: Tx = yield from given(_from_ready(station))
    yield from stopped_locally(station, tx)
    yield from post_session(station, tx)
    if not tx.ended:
        yield from disconnected(station, tx)
    ends: list[Received] = yield seen("TransactionEvent", where={"eventType": "Ended", "meterValue": PRESENT})
    yield check(len(ends) == 1, "one Ended event, with meterValue", len(ends), "E06.FR.11")
    for end in ends:
        contexts = _contexts(end)
        yield check("Transaction.End" in contexts, "a value of context Transaction.End", contexts, "E06.FR.11")
        wanted = {name.strip() for name in str(measurands or REGISTER).split(",") if name.strip()}
        names = set().union(*(each for _, each in _samples([end])))
        yield check(wanted <= names, f"every measurand of {sorted(wanted)}", sorted(names), "J02.FR.10")


def here(station: Subject) -> dict[str, Any]:
    """The connector under test, as UnlockConnector names it."""
    return {"evseId": station.evse, "connectorId": station.connector}
