"""Meter values. Charge point under test, OCPP 1.6."""

# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from conformance.cases.station16.states import (
    TRANSACTION,
    authorized,
    configured,
    plugged,
    ready,
    started,
    value_of,
)
from conformance.vocabulary import Received, Script, Subject, check, expect, given, optionally, station16

TIMES = 3
DEFAULT_MEASURAND = "Energy.Active.Import.Register"
NO_CONTEXT = "Sample.Periodic"
"""What a value is that says nothing of its context (1.6 §7.43)."""


def _sampling(station: Subject, sample_s: int, aligned_s: int) -> Script:
    """A transaction with these intervals; 0: none of that kind."""
    yield from ready(station)
    yield from configured(station, "MeterValueSampleInterval", sample_s)
    yield from configured(station, "ClockAlignedDataInterval", aligned_s, optional=not aligned_s)
    yield from plugged(station)
    yield from authorized(station, preparing=False)
    yield from started(station)


def _stamps(calls: list[Received]) -> list[datetime]:
    return [datetime.fromisoformat(call.get("meterValue.0.timestamp")) for call in calls]


def _regular(times: list[datetime], every_s: int, rule: str) -> Script:
    gaps_s = [(after - before).total_seconds() for before, after in pairwise(times)]
    regular = all(abs(gap_s - every_s) <= 1 for gap_s in gaps_s)
    yield check(regular, f"{every_s} s between the timestamps", f"{gaps_s} s", rule)


@station16(
    "TC_070_CS",
    "Sampled meter values",
    verifies="1.6:4.7 1.6:3.16",
    catches="samples_late_16 samples_of_no_transaction_16",
)
def sampled(station: Subject) -> Script:
    yield from given(_sampling(station, station.sample_s, 0))
    rule = "1.6:4.7 1.6:3.16"
    having = {
        "connectorId": station.evse,
        "transactionId": TRANSACTION,
    }
    where = {"meterValue.0.sampledValue.0.context": optionally(NO_CONTEXT)}
    within_s = station.sample_s + station.message_s
    calls = []
    for _ in range(TIMES):
        calls.append((yield expect("MeterValues", within_s, where=where, having=having, rule=rule)))
    yield from _regular(_stamps(calls), station.sample_s, rule)


@station16(
    "TC_071_CS",
    "Clock-aligned meter values",
    verifies="1.6:4.7 1.6:3.16 1.6:9.1.5",
    catches="samples_between_16 aligned_without_context_16 leaves_measurands_out_16",
)
def aligned(station: Subject) -> Script:
    every_s = station.sample_s
    yield from given(_sampling(station, 0, every_s))
    measurands = set((yield from value_of("MeterValuesAlignedData")).split(",")) - {""}
    rule = "1.6:4.7 1.6:3.16 1.6:9.1.5"
    having = {"connectorId": station.evse, "meterValue.0.sampledValue.0.context": "Sample.Clock"}
    calls = []
    for _ in range(TIMES):
        where = {"connectorId": station.evse}
        within_s = every_s + station.message_s
        calls.append((yield expect("MeterValues", within_s, where=where, having=having, rule=rule)))
    times = _stamps(calls)
    yield from _regular(times, every_s, rule)
    early = [each.isoformat() for each in times if (each.hour * 3600 + each.minute * 60 + each.second) % every_s]
    yield check(not early, f"timestamps at whole multiples of {every_s} s", early, rule)
    values = calls[-1].get("meterValue.0.sampledValue", [])
    missing = measurands - {each.get("measurand", DEFAULT_MEASURAND) for each in values}
    yield check(not missing, "every measurand of MeterValuesAlignedData", f"without {sorted(missing)}", "1.6:9.1.15")
