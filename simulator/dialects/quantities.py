"""What a meter reading says of each measurand (MeasurandEnumType; the names are the same in every version)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulator.flash import Sample
from simulator.meter import Reading


@dataclass(frozen=True, slots=True)
class Value:
    """One sampled value. ``phase``: L1..L3 (current) or L1-N..L3-N (voltage), None for a total."""

    measurand: str
    value: float
    unit: str
    phase: str | None = None


def _phases(reading: Reading, suffix: str = "") -> list[str]:
    count = len(reading.phase_current_a)
    return [f"L{number}{suffix}" for number in range(1, count + 1)] if count > 1 else []


def _current(reading: Reading) -> list[tuple[float, str | None]]:
    phases = _phases(reading)
    if not phases:
        return [(reading.current_a, None)]
    return list(zip(reading.phase_current_a, phases, strict=True))


def _voltage(reading: Reading) -> list[tuple[float, str | None]]:
    phases = _phases(reading, "-N")
    return [(reading.voltage_v, phase) for phase in phases] if phases else [(reading.voltage_v, None)]


def _optional(value: float | None) -> list[tuple[float, str | None]]:
    return [] if value is None else [(value, None)]


_QUANTITIES: dict[str, tuple[str, Callable[[Reading], list[tuple[float, str | None]]]]] = {
    "Energy.Active.Import.Register": ("Wh", lambda reading: [(reading.energy_wh, None)]),
    "Power.Active.Import": ("W", lambda reading: [(reading.power_w, None)]),
    "Power.Offered": ("W", lambda reading: _optional(reading.offered_w)),
    "Current.Import": ("A", _current),
    "Current.Offered": ("A", lambda reading: _optional(reading.offered_a)),
    "Voltage": ("V", _voltage),
    "Frequency": ("Hz", lambda reading: _optional(reading.frequency_hz or None)),
    "SoC": ("Percent", lambda reading: _optional(reading.soc_percent)),
}


def values(sample: Sample) -> list[Value]:
    """The values of a sample, rounded to what meters show; measurands that cannot be known are left out."""
    found: list[Value] = []
    for measurand in sample.measurands:
        unit, read = _QUANTITIES[measurand]
        found += [Value(measurand, round(value, 3), unit, phase) for value, phase in read(sample.reading)]
    return found
