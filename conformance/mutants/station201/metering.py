"""Faulty 2.0.1 stations: metering."""

from __future__ import annotations

import copy
from typing import Any

from conformance.mutants import change, drop, mutant, say
from conformance.vocabulary import PRESENT


def _main_meter(second: int, context: str) -> dict[str, Any]:
    """MeterValues of the whole station, so many seconds past a minute."""
    sampled = {"value": 1.0, "context": context}
    return {"evseId": 0, "meterValue": [{"timestamp": f"2026-01-01T00:00:0{second}Z", "sampledValue": [sampled]}]}


LONG_AGO = "2020-01-01T00:00:00Z"
CLOCK, PERIODIC = "Sample.Clock", "Sample.Periodic"
CONTEXT = "meterValue.0.sampledValue.0.context"
ENDED, STARTED, METERED = {"eventType": "Ended"}, {"eventType": "Started"}, {"meterValue": PRESENT}
BY_CLOCK, BY_PERIOD = {"triggerReason": "MeterValueClock"}, {"triggerReason": "MeterValuePeriodic"}


def _by_the_clock(second: int) -> dict[str, Any]:
    """MeterValues of the first EVSE, so many seconds past a minute."""
    return _main_meter(second, CLOCK) | {"evseId": 1}


def _unsigned(meters: list[Any]) -> list[Any]:
    """The same meter values without their signatures."""
    return [{**meter, "sampledValue": [_plain(value) for value in meter["sampledValue"]]} for meter in meters]


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in value.items() if key != "signedMeterValue"}


def _with_key(meters: list[Any]) -> list[Any]:
    """The same, each signature with some public key."""
    made = copy.deepcopy(meters)
    for value in (value for meter in made for value in meter["sampledValue"] if "signedMeterValue" in value):
        value["signedMeterValue"]["publicKey"] = "bm8ga2V5"
    return made


def _all_of(context: str) -> Any:
    """The same meter values, all of one context."""

    def spoil(meters: list[Any]) -> list[Any]:
        return [
            {**meter, "sampledValue": [{**value, "context": context} for value in meter["sampledValue"]]}
            for meter in meters
        ]

    return spoil


mutant("aligned_values_as_samples", change("MeterValues", "meterValue", _all_of(PERIODIC)), breaks="J01.FR.08")
mutant(
    "no_aligned_values_in_transaction",
    drop("TransactionEvent", BY_CLOCK),
    breaks="J01.FR.22",
)
mutant(
    "aligned_without_measurand",
    change("MeterValues", "meterValue.0.sampledValue", lambda values: values[:1]),
    change("TransactionEvent", "meterValue.0.sampledValue", lambda values: values[:1], BY_CLOCK),
    breaks="J01.FR.14 J01.FR.22",
)
mutant(
    "aligned_out_of_step",
    change("MeterValues", "meterValue.0.timestamp", "2026-01-01T00:00:00Z"),
    breaks="J01.FR.14",
)
mutant("no_aligned_values_at_all", drop("MeterValues"), breaks="J01.FR.14")
mutant(
    "main_meter_without_clock",
    say("MeterValues", _main_meter(0, PERIODIC), after="TransactionEvent"),
    breaks="J01.FR.08",
)
mutant(
    "main_meter_out_of_step",
    say("MeterValues", _main_meter(0, CLOCK), after="TransactionEvent"),
    say("MeterValues", _main_meter(7, CLOCK), after="TransactionEvent"),
    breaks="J01.FR.14",
)
mutant(
    "meters_by_the_clock_while_charging",
    say("MeterValues", _by_the_clock(0), after="TransactionEvent"),
    breaks="J01.FR.20",
)
mutant(
    "samples_irregularly",
    change("TransactionEvent", "meterValue.0.timestamp", "2026-01-01T00:00:00Z", METERED),
    breaks="J02.FR.11",
)
mutant(
    "samples_without_measurand",
    change("TransactionEvent", "meterValue.0.sampledValue", lambda values: values[:1], METERED),
    breaks="J02.FR.11 E01.FR.09 E01.FR.16 E06.FR.11",
)
mutant(
    "gathers_its_samples",
    change("TransactionEvent", "meterValue", lambda meters: [*meters, {**meters[0], "timestamp": LONG_AGO}], BY_PERIOD),
    breaks="J02.FR.10",
)
mutant("samples_by_the_clock", change("TransactionEvent", CONTEXT, CLOCK, BY_PERIOD), breaks="J02.FR.04")

mutant("ends_without_meter", change("TransactionEvent", "meterValue", None, ENDED), breaks="E06.FR.11")
mutant(
    "ends_with_samples_alone",
    change("TransactionEvent", "meterValue", _all_of(PERIODIC), ENDED),
    breaks="J01.FR.08",
)
mutant(
    "aligns_nothing_to_the_clock",
    change("TransactionEvent", "meterValue", lambda meters: meters[::2], ENDED),
    breaks="E06.FR.11",
)
mutant(
    "ends_with_the_last_sample",
    change("TransactionEvent", "meterValue", _all_of(PERIODIC), ENDED),
    breaks="E06.FR.11",
)
mutant(
    "ends_without_samples",
    change("TransactionEvent", "meterValue", lambda meters: meters[-1:], ENDED),
    breaks="E06.FR.11",
)
mutant("signs_nothing", change("TransactionEvent", "meterValue", _unsigned), breaks="J01.FR.21 J02.FR.21")
mutant("signs_with_an_unwanted_key", change("TransactionEvent", "meterValue", _with_key), breaks="J01.FR.21")
mutant("starts_without_meter", change("TransactionEvent", "meterValue", None, STARTED), breaks="E01.FR.09")
mutant("starts_with_periodic_values", change("TransactionEvent", CONTEXT, PERIODIC, METERED), breaks="J02.FR.04")
mutant(
    "knows_the_evse_without_meter",
    change("TransactionEvent", "meterValue", None, {"evse": PRESENT}),
    breaks="E01.FR.16",
)
