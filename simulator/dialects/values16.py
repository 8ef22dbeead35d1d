"""Samples as 1.6 sends them (§7.32 MeterValue; OCA, Signed Meter Values in OCPP, §3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import orjson

from simulator.dialects.dialect import Payload
from simulator.dialects.quantities import UNITS_16, Value, telling, values
from simulator.ocmf import signed

if TYPE_CHECKING:
    from simulator.flash import Sample
    from simulator.station import Station


def meter_values(station: Station, samples: Iterable[Sample], reason: str | None = None) -> list[Payload]:
    """The MeterValue of every sample that says anything. ``reason``: why the transaction ended, if it did."""
    return [_meter_value(station, sample, reason) for sample in telling(samples)]


def _meter_value(station: Station, sample: Sample, reason: str | None) -> Payload:
    sampled: list[Payload] = []
    for value in values(sample):
        item = _sampled(station, sample, value)
        sampled.append(item)
        if signature := signed(station, sample, value, reason):  # beside the plain value, which any CSMS can read
            sampled.append(item | {"format": "SignedData", "value": orjson.dumps(signature).decode()})
    return {"timestamp": sample.stamp, "sampledValue": sampled}


def _sampled(station: Station, sample: Sample, value: Value) -> Payload:
    item: Payload = {"value": f"{value.value:.3f}".rstrip("0").rstrip(".")}
    item["context"] = sample.context
    item["measurand"] = value.measurand
    if value.phase is not None:
        item["phase"] = value.phase
    item["location"] = value.location or station.profile.meter.location
    if value.unit in UNITS_16:  # none for frequency (§7.45)
        item["unit"] = value.unit
    return item
