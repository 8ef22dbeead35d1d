"""What the dialects make of payloads in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import orjson

from csms_reference.dialects.registry import Payload
from csms_reference.instants import read_ms
from csms_reference.services.metering import Reading


def text(ask: Payload) -> str:
    """A message as it is kept: the same content gives the same text."""
    return orjson.dumps(ask, option=orjson.OPT_SORT_KEYS).decode()


def readings(meter_values: Iterable[Payload], reading: Callable[[Payload, int | None], Reading]) -> tuple[Reading, ...]:
    """The sampled values of a list of MeterValue (1.6 §7.33, 2.x MeterValueType), each understood by ``reading``."""
    return tuple(
        reading(sampled, at_ms)
        for at_once in meter_values
        for at_ms in (read_ms(at_once["timestamp"]),)
        for sampled in at_once["sampledValue"]
    )
