"""Faulty 2.0.1 stations: metering."""

from __future__ import annotations

from typing import Any

from conformance.mutants import change, drop, mutant, say


def _main_meter(second: int, context: str) -> dict[str, Any]:
    """MeterValues of the whole station, so many seconds past a minute."""
    sampled = {"value": 1.0, "context": context}
    return {"evseId": 0, "meterValue": [{"timestamp": f"2026-01-01T00:00:0{second}Z", "sampledValue": [sampled]}]}


mutant("aligned_values_as_samples", change("MeterValues", "meterValue.0.sampledValue.0.context", "Sample.Periodic"))
mutant("no_aligned_values_in_transaction", drop("TransactionEvent", {"triggerReason": "MeterValueClock"}))
mutant("main_meter_without_clock", say("MeterValues", _main_meter(0, "Sample.Periodic"), after="TransactionEvent"))
mutant(
    "main_meter_out_of_step",
    say("MeterValues", _main_meter(0, "Sample.Clock"), after="TransactionEvent"),
    say("MeterValues", _main_meter(7, "Sample.Clock"), after="TransactionEvent"),
)
mutant("samples_irregularly", change("TransactionEvent", "meterValue.0.timestamp", "2026-01-01T00:00:00Z"))
mutant("samples_without_measurand", change("TransactionEvent", "meterValue.0.sampledValue", lambda values: values[:1]))
mutant("ends_without_meter", change("TransactionEvent", "meterValue", None, {"eventType": "Ended"}))
