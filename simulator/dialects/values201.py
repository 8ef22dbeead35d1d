"""Samples as 2.0.1 sends them (part 2 J, MeterValueType)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulator.dialects.dialect import Payload
from simulator.dialects.quantities import Value, telling, values
from simulator.ocmf import signed

if TYPE_CHECKING:
    from simulator.flash import Sample
    from simulator.station import Station


def meter_values(station: Station, samples: Iterable[Sample], reason: str | None = None) -> list[Payload]:
    """The MeterValueType of every sample that says anything. ``reason``: why the transaction ended, if it did."""
    return [_meter_value(station, sample, reason) for sample in telling(samples)]


def _meter_value(station: Station, sample: Sample, reason: str | None) -> Payload:
    found = values(sample, register_phases=_with_phases(station, sample))
    return {"timestamp": sample.stamp, "sampledValue": [_sampled(station, sample, value, reason) for value in found]}


def _with_phases(station: Station, sample: Sample) -> bool:
    """Part 2 §2.7.18, asked only where the meter has registers of each phase."""
    if sample.reading.details is None:
        return True
    return not station.variables.flag("SampledDataCtrlr.RegisterValuesWithoutPhases")


def _sampled(station: Station, sample: Sample, value: Value, reason: str | None) -> Payload:
    item: Payload = {"value": value.value, "context": sample.context, "measurand": value.measurand}
    if value.phase is not None:
        item["phase"] = value.phase
    item["location"] = value.location or station.profile.meter.location
    if signature := signed(station, sample, value, reason):
        item["signedMeterValue"] = signature
    if value.unit:
        item["unitOfMeasure"] = {"unit": value.unit}
    return item
