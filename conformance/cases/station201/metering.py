"""Block J, meter values. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

import base64
from datetime import datetime
from itertools import pairwise
from typing import Any

from conformance.cases.station201.states import (
    BAY,
    Tx,
    authorized,
    bay_left,
    configured,
    disconnected,
    energized,
    new_session,
    plugged,
    post_session,
    ready,
    remotely_started,
    start_points,
    stopped_locally,
    variable,
)
from conformance.vocabulary import (
    PRESENT,
    Payload,
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
SHORTEST_KEY = 32
"""Bytes."""
IDLE_MARGIN_S = 5
REGISTER = "Energy.Active.Import.Register"


def _measured(values: Any) -> set[str]:
    return {value.get("measurand", REGISTER) for value in values if isinstance(value, dict)}


def _contexts(call: Received) -> set[str]:
    return {context for meter in _meters(call) for context in _contexts_of(meter)}


def _contexts_of(meter: Payload) -> set[str]:
    return {value.get("context", "Sample.Periodic") for value in _values(meter)}


def _meters(call: Received) -> list[Payload]:
    """The meter values of a call, as far as they are such and of some instant."""
    meters = call.get("meterValue", [])
    if not isinstance(meters, list):
        return []
    return [meter for meter in meters if isinstance(meter, dict) and _instant(meter) is not None]


def _instant(of: Payload) -> datetime | None:
    """The timestamp of a meter value or an event; None where it is not one."""
    try:
        instant = datetime.fromisoformat(str(of.get("timestamp")))
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _values(meter: Payload) -> list[Payload]:
    values = meter.get("sampledValue", [])
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _samples(calls: list[Received]) -> list[tuple[datetime, set[str]]]:
    """(time, measurands) of each meter value in the calls, in order."""
    meters = [meter for call in calls for meter in _meters(call)]
    return sorted(
        ((datetime.fromisoformat(meter["timestamp"]), _measured(_values(meter))) for meter in meters),
        key=lambda sample: sample[0],
    )


def _measurands(station: Subject, component: str, name: str) -> Script:
    """What is measured: two measurands, where the station lets itself be told, for one alone shows little."""
    yield from configured(station, component, name, f"{REGISTER},Power.Active.Import", optional=True)
    told = yield from variable(station, component, name)
    if not told:
        yield from configured(station, component, name, REGISTER, optional=True)
    return told or REGISTER


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


def _aligned(
    station: Subject, interval_s: float, measurands: object, tx: Tx | None = None, *, times: int = 3
) -> Script:
    """So many intervals of clock-aligned values: of the EVSE under test complete, of all that are told in step.

    During a transaction the EVSE's values come in TransactionEvents or in MeterValues (J01.FR.22), and one interval's
    may need several messages (J01.FR.15).
    """
    before: list[Received] = yield seen("MeterValues")
    yield let_pass(times * interval_s + station.message_s)
    told: list[Received] = yield seen("MeterValues")
    by_evse: dict[Any, list[Received]] = {}
    for call in told:
        if call not in before:
            by_evse.setdefault(call.get("evseId"), []).append(call)
    here, rule = by_evse.pop(station.evse, []), "J01.FR.14"
    if tx is not None:
        rule = "J01.FR.22"
        events: list[Received] = yield seen("TransactionEvent", where={"triggerReason": "MeterValueClock"})
        for event in events:
            of = event.get("transactionInfo.transactionId")
            yield check(of == tx.id, f"transactionInfo.transactionId {tx.id}", of, "J01.FR.22")
        here = here + events
    yield from _complete(here, str(measurands), rule)
    yield from _regular(station, here, interval_s, times, rule)
    for calls in by_evse.values():
        yield from _regular(station, calls, interval_s, 1, "J01.FR.14")
    for call in [*here, *(call for calls in by_evse.values() for call in calls)]:
        yield check(_contexts(call) == {"Sample.Clock"}, "context Sample.Clock", _contexts(call), "J01.FR.08")


@station201(
    "TC_J_01_CS",
    "Aligned meter values when idle",
    verifies="J01.FR.01 J01.FR.02 J01.FR.03 J01.FR.06 J01.FR.07 J01.FR.08 J01.FR.14 J01.FR.15",
    catches="aligned_values_as_samples aligned_without_measurand aligned_out_of_step no_aligned_values_at_all",
)
def aligned_idle(station: Subject) -> Script:
    interval_s = 4 * station.sample_s
    yield from given(ready(station))
    yield from given(configured(station, "AlignedDataCtrlr", "SendDuringIdle", "false", optional=True))
    yield from given(configured(station, "AlignedDataCtrlr", "Interval", interval_s))
    measurands = yield from given(_measurands(station, "AlignedDataCtrlr", "Measurands"))
    yield from _aligned(station, interval_s, measurands)
    yield from nothing_of_the_ev(station)


@station201(
    "TC_J_02_CS",
    "Aligned meter values in transaction",
    verifies="J01.FR.01 J01.FR.02 J01.FR.03 J01.FR.06 J01.FR.07 J01.FR.08 J01.FR.14 J01.FR.15",
    catches="no_aligned_values_in_transaction main_meter_without_clock main_meter_out_of_step "
    "aligned_without_measurand",
)
def aligned_charging(station: Subject) -> Script:
    interval_s = 4 * station.sample_s
    yield from given(ready(station))
    yield from given(configured(station, "AlignedDataCtrlr", "SendDuringIdle", "false", optional=True))
    yield from given(configured(station, "AlignedDataCtrlr", "Interval", interval_s))
    measurands = yield from given(_measurands(station, "AlignedDataCtrlr", "Measurands"))
    tx: Tx = yield from given(_from_ready(station))
    yield from _aligned(station, interval_s, measurands, tx)
    yield from nothing_of_the_ev(station)


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
    catches="samples_irregularly samples_without_measurand gathers_its_samples samples_by_the_clock",
)
def sampled_updates(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "SampledDataCtrlr", "TxUpdatedInterval", station.sample_s))
    measurands = yield from given(_measurands(station, "SampledDataCtrlr", "TxUpdatedMeasurands"))
    yield from given(_from_ready(station))
    yield let_pass(station.transaction_s)
    calls: list[Received] = yield seen("TransactionEvent", where={"triggerReason": "MeterValuePeriodic"})
    least = int(station.transaction_s // station.sample_s) - 1
    yield check(len(calls) >= least, f"{least} periodic events", f"{len(calls)}", "J02.FR.11")
    for call in calls:
        yield check(_contexts(call) == {"Sample.Periodic"}, "context Sample.Periodic", _contexts(call), "J02.FR.04")
        yield from _of_now(station, call)
    yield from _complete(calls, str(measurands), "J02.FR.11")
    yield from _regular(station, calls, station.sample_s, least, "J02.FR.11")
    yield from nothing_of_the_ev(station)


def _of_now(station: Subject, call: Received) -> Script:
    """Several meter values in one event are all of its interval; only at the end may they be of more (J02.FR.10)."""
    if len(meters := _meters(call)) < 2:
        return
    told = _instant(call.payload)
    ages_s = [(told - datetime.fromisoformat(meter["timestamp"])).total_seconds() for meter in meters] if told else []
    odd = [age_s for age_s in ages_s if not -1 < age_s < station.sample_s + station.tolerance_s]
    yield check(not odd, f"meter values no older than {station.sample_s:g} s", f"{odd} s", "J02.FR.10")


@station201(
    "TC_J_10_CS",
    "Sampled values in Ended event",
    verifies="J02.FR.01 J02.FR.02 J02.FR.03 J02.FR.04 J02.FR.10 E06.FR.11",
    catches="ends_without_meter ends_with_the_last_sample ends_without_samples samples_without_measurand",
)
def sampled_end(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "SampledDataCtrlr", "TxEndedInterval", station.sample_s))
    yield from given(configured(station, "AlignedDataCtrlr", "TxEndedMeasurands", "", optional=True))
    measurands = yield from given(_measurands(station, "SampledDataCtrlr", "TxEndedMeasurands"))
    tx: Tx = yield from given(_from_ready(station))
    yield from _ended_plainly(station, tx)
    ends: list[Received] = yield seen("TransactionEvent", where={"eventType": "Ended", "meterValue": PRESENT})
    yield check(len(ends) == 1, "one Ended event, with meterValue", len(ends), "E06.FR.11")
    for end in ends:
        contexts = _contexts(end)
        yield check("Transaction.End" in contexts, "a value of context Transaction.End", contexts, "E06.FR.11")
        yield from _whole(_meters(end), measurands, "E06.FR.11")
        yield from _in_step(station, _of_context(end, "Sample.Periodic"), "E06.FR.11")
    yield from nothing_of_the_ev(station)


def _ended(station: Subject, tx: Tx) -> Script:
    """The transaction ends after its agreed duration; returns its last event, if that has meter values."""
    yield from _ended_plainly(station, tx)
    ends: list[Received] = yield seen("TransactionEvent", where={"eventType": "Ended", "meterValue": PRESENT})
    yield check(len(ends) == 1, "one Ended event, with meterValue", len(ends), "E06.FR.11")
    return ends[0] if ends else None


def _of_context(call: Received, *contexts: str) -> list[Payload]:
    """Its meter values of these contexts."""
    return [meter for meter in _meters(call) if _contexts_of(meter) <= set(contexts)]


def _in_step(station: Subject, meters: list[Payload], rule: str) -> Script:
    """Meter values of a whole transaction, each one interval after the last, give or take the agreed deviation."""
    interval_s = station.sample_s
    least = max(1, int(station.transaction_s // interval_s) - 1)
    instants = sorted({datetime.fromisoformat(meter["timestamp"]) for meter in meters})
    yield check(len(instants) >= least, f"meter values of {least} instants", len(instants), rule)
    gaps_s = [(after - before).total_seconds() for before, after in pairwise(instants)]
    odd = [gap_s for gap_s in gaps_s if abs(gap_s - interval_s) > station.tolerance_s]
    yield check(not odd, f"{interval_s:g} s between meter values", f"{odd} s", rule)


def _whole(meters: list[Payload], measurands: object, rule: str) -> Script:
    """Every configured measurand at each instant, be it in several elements."""
    wanted = {name.strip() for name in str(measurands).split(",") if name.strip()}
    together: dict[str, set[str]] = {}
    for meter in meters:
        together.setdefault(meter["timestamp"], set()).update(_measured(_values(meter)))
    for instant, names in together.items():
        yield check(wanted <= names, f"every measurand of {sorted(wanted)}", f"{sorted(names)} at {instant}", rule)


def nothing_of_the_ev(station: Subject) -> Script:
    """Nothing but its state of charge is measured at the EV (errata of part 6, 6.2.58)."""
    events: list[Received] = yield seen("TransactionEvent")
    values: list[Received] = yield seen("MeterValues")
    sampled = [value for call in [*events, *values] for meter in _meters(call) for value in _values(meter)]
    odd = {str(value.get("measurand", REGISTER)) for value in sampled if value.get("location") == "EV"} - {"SoC"}
    yield check(not odd, "nothing of location EV but SoC", ", ".join(sorted(odd)))


@station201(
    "TC_J_03_CS",
    "Aligned values in Ended event",
    verifies="J01.FR.01 J01.FR.02 J01.FR.03 J01.FR.06 J01.FR.07 J01.FR.08 J01.FR.14 J01.FR.15 E06.FR.11 E06.FR.17 "
    "E07.FR.08 E07.FR.13 E08.FR.09 E09.FR.05 E10.FR.04 E12.FR.07",
    catches="ends_without_meter ends_with_samples_alone aligns_nothing_to_the_clock samples_without_measurand",
)
def aligned_end(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "SampledDataCtrlr", "TxEndedMeasurands", ""))
    end, measurands = yield from _aligned_end(station)
    if end is None:
        return
    contexts = _contexts(end) - {"Transaction.End"}  # which the last value may have
    yield check(contexts == {"Sample.Clock"}, "context Sample.Clock", sorted(contexts), "J01.FR.08")
    meters = _of_context(end, "Sample.Clock")
    yield from _whole(meters, measurands, "E06.FR.11")
    yield from _in_step(station, meters, "E06.FR.11")
    yield from nothing_of_the_ev(station)


def _aligned_end(station: Subject) -> Script:
    """A whole transaction with clock-aligned values at its end; returns that event and what is measured."""
    yield from given(configured(station, "AlignedDataCtrlr", "TxEndedInterval", station.sample_s))
    yield from given(configured(station, "AlignedDataCtrlr", "SendDuringIdle", "false", optional=True))
    measurands = yield from given(_measurands(station, "AlignedDataCtrlr", "TxEndedMeasurands"))
    wanted = yield from given(variable(station, "AlignedDataCtrlr", "TxEndedMeasurands"))
    yield from given(_must(bool(wanted), "AlignedDataCtrlr.TxEndedMeasurands with something to measure", str(wanted)))
    tx: Tx = yield from given(_from_ready(station))
    end: Received | None = yield from _ended(station, tx)
    return end, measurands


@station201(
    "TC_J_04_CS",
    "Aligned values signed",
    verifies="J01.FR.21",
    catches="signs_nothing signs_with_an_unwanted_key ends_without_meter samples_without_measurand "
    "aligns_nothing_to_the_clock",
)
def aligned_signed(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "SampledDataCtrlr", "TxEndedMeasurands", "", optional=True))
    yield from given(configured(station, "AlignedDataCtrlr", "SignReadings", "true"))
    end, measurands = yield from _aligned_end(station)
    if end is None:
        return
    meters = _of_context(end, "Sample.Clock")
    yield from _whole(meters, measurands, "E06.FR.11")
    yield from _in_step(station, meters, "E06.FR.11")
    yield from _signed(station, meters, "J01.FR.21")
    yield from nothing_of_the_ev(station)


SIGNED = (REGISTER, "Energy.Active.Export.Register")
"""What a meter signs; of other measurands a signature need not exist."""


def _signed(station: Subject, meters: list[Payload], rule: str) -> Script:
    """Every register is signed, and the public key is there as PublicKeyWithSignedMeterValue says."""
    when = yield from variable(station, "OCPPCommCtrlr", "PublicKeyWithSignedMeterValue")
    values = [value for meter in meters for value in _values(meter) if value.get("measurand", REGISTER) in SIGNED]
    seals = [value["signedMeterValue"] for value in values if value.get("signedMeterValue")]
    every = bool(values) and len(seals) == len(values)
    yield check(every, "a signedMeterValue of every register", f"{len(seals)} of {len(values)}", rule)
    keys = [seal.get("publicKey") for seal in seals]
    if when == "Never":
        yield check(not any(keys), 'publicKey ""', keys, rule)
    elif when == "EveryMeterValue":
        yield check(all(map(_is_key, keys)), "a public key in each signedMeterValue", keys, rule)
    else:
        yield check(all(key == "" or _is_key(key) for key in keys), 'a public key or ""', keys, rule)


def _is_key(key: object) -> bool:
    """Whether a text may be a public key in base64."""
    try:
        return isinstance(key, str) and len(base64.b64decode(key, validate=True)) >= SHORTEST_KEY
    except ValueError:
        return False


@station201(
    "TC_J_06_CS",
    "Idle-only aligned values suppressed in transaction",
    verifies="J01.FR.08 J01.FR.14 J01.FR.19 J01.FR.20",
    catches="aligned_values_as_samples meters_by_the_clock_while_charging no_aligned_values_at_all "
    "aligned_without_measurand",
)
def aligned_when_idle(station: Subject) -> Script:
    interval_s = 4 * station.sample_s
    yield from given(ready(station))
    yield from given(configured(station, "AlignedDataCtrlr", "SendDuringIdle", "true"))
    yield from given(configured(station, "AlignedDataCtrlr", "Interval", interval_s))
    measurands = yield from given(_measurands(station, "AlignedDataCtrlr", "Measurands"))
    yield from _aligned(station, interval_s, measurands, times=1)
    tx: Tx = yield from given(_from_ready(station))
    begun: list[Received] = yield seen("TransactionEvent", where={"eventType": "Started"})
    yield let_pass(interval_s + IDLE_MARGIN_S)
    yield from _quiet(begun[0].line if begun else 0)
    yield from _ended_plainly(station, tx)
    yield from _aligned(station, interval_s, measurands, times=1)
    yield from nothing_of_the_ev(station)


def _quiet(since: int) -> Script:
    """No clock-aligned values came since a line of the record, in messages of their own or in events."""
    values: list[Received] = [call for call in (yield seen("MeterValues")) if call.line > since]
    events: list[Received] = [call for call in (yield seen("TransactionEvent")) if call.line > since]
    values += [event for event in events if "Sample.Clock" in _contexts(event)]
    yield check(not values, "no clock-aligned values during a transaction", len(values), "J01.FR.19 J01.FR.20")


def _ended_plainly(station: Subject, tx: Tx) -> Script:
    """The driver stops, and goes on until the transaction is over, which may be when the bay is empty."""
    yield from stopped_locally(station, tx)
    yield from post_session(station, tx)
    if not tx.ended:
        yield from disconnected(station, tx, ends=tx.stops != {BAY})
        yield from bay_left(station, tx)


@station201(
    "TC_J_07_CS",
    "Sampled values in Started event, EVSE known",
    verifies="J02.FR.01 J02.FR.02 J02.FR.03 J02.FR.04 J02.FR.10 E01.FR.09 E02.FR.09 E03.FR.07 E04.FR.05 E05.FR.05",
    catches="starts_without_meter starts_with_periodic_values samples_without_measurand",
)
def sampled_start(station: Subject) -> Script:
    yield from given(ready(station))
    measurands = yield from given(_measurands(station, "SampledDataCtrlr", "TxStartedMeasurands"))
    if BAY in (yield from given(start_points(station))):  # where the EVSE need not be known yet
        yield from given(configured(station, "TxCtrlr", "TxStartPoint", "EVConnected", optional=True))
    tx: Tx = yield from given(new_session(station))
    yield from given(_must(BAY not in tx.points, f"a TxStartPoint without {BAY}", ", ".join(sorted(tx.points))))
    yield from plugged(station, tx)
    yield from authorized(station, tx)
    yield from energized(station, tx)
    starts: list[Received] = yield seen("TransactionEvent", where={"eventType": "Started"})
    yield from _begins_metered(starts[:1], measurands, "E01.FR.09 E02.FR.09")
    yield from nothing_of_the_ev(station)


@station201(
    "TC_J_08_CS",
    "Sampled values with Transaction.Begin, EVSE unknown at start",
    verifies="J02.FR.01 J02.FR.02 J02.FR.03 J02.FR.04 J02.FR.10 E01.FR.16 E01.FR.17 E03.FR.11 E04.FR.11 E05.FR.08",
    catches="knows_the_evse_without_meter starts_with_periodic_values samples_without_measurand",
)
def sampled_once_known(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "TxCtrlr", "TxStartPoint", "Authorized", optional=True))
    measurands = yield from given(_measurands(station, "SampledDataCtrlr", "TxStartedMeasurands"))
    tx: Tx = yield from given(new_session(station))
    early = bool({"Authorized", "ParkingBayOccupancy"} & tx.points)
    yield from given(_must(early, "a TxStartPoint before the cable is in", ", ".join(sorted(tx.points))))
    yield from authorized(station, tx)
    yield from energized(station, tx)
    placed: list[Received] = yield seen("TransactionEvent", where={"evse.id": station.evse})
    yield from _begins_metered(placed[:1], measurands, "E03.FR.11 E01.FR.16")
    yield from nothing_of_the_ev(station)


def _must(holds: bool, expected: str, actual: str) -> Script:
    yield check(holds, expected, actual)


def _begins_metered(events: list[Received], measurands: object, rule: str) -> Script:
    """The event has the values of the transaction's begin, of every configured measurand."""
    meters = _meters(events[0]) if events else []
    yield check(bool(meters), "meterValue in the event", f"none in {len(events)} event(s)", rule)
    first = [value.get("context") for meter in meters for value in _values(meter)][:1]
    if meters:
        yield check(first == ["Transaction.Begin"], "context Transaction.Begin", first, f"{rule} J02.FR.04")
        yield from _whole(meters, measurands, rule)


@station201(
    "TC_J_11_CS",
    "Sampled values signed",
    verifies="J02.FR.21 E06.FR.11",
    catches="signs_nothing ends_with_the_last_sample samples_without_measurand",
)
def sampled_signed(station: Subject) -> Script:
    yield from given(ready(station))
    yield from given(configured(station, "SampledDataCtrlr", "TxEndedInterval", station.sample_s))
    yield from given(configured(station, "SampledDataCtrlr", "SignReadings", "true"))
    yield from given(configured(station, "AlignedDataCtrlr", "TxEndedMeasurands", "", optional=True))
    measurands = yield from given(_measurands(station, "SampledDataCtrlr", "TxEndedMeasurands"))
    tx: Tx = yield from given(_from_ready(station))
    end: Received | None = yield from _ended(station, tx)
    if end is None:
        return
    contexts = _contexts(end)
    yield check("Transaction.End" in contexts, "a value of context Transaction.End", sorted(contexts), "E06.FR.11")
    meters = _of_context(end, "Sample.Periodic")
    yield from _in_step(station, meters, "E06.FR.11")
    yield from _whole(_meters(end), measurands, "E06.FR.11")
    yield from _signed(station, _meters(end), "J02.FR.21")
    yield from nothing_of_the_ev(station)
