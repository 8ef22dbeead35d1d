"""What a meter reading says of each measurand (MeasurandEnumType; the names are the same in every version)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from simulator.physics.metering import line_to_line_v
from simulator.reading import Reading, Registers

if TYPE_CHECKING:
    from simulator.flash import Sample


class Value(NamedTuple):
    """One sampled value.

    ``phase``: L1..L3 (current, power, register), L1-N..L3-N or L1-L2..L3-L1 (voltage), None for a total. ``unit``:
    empty for what has none. ``location``: where it was measured, None for where the meter is.
    """

    measurand: str
    value: float
    unit: str
    phase: str | None = None
    location: str | None = None


Found = list[tuple[float, str | None]]
Read = Callable[[Reading], Found]

UNITS_16 = frozenset(
    ("Wh", "kWh", "varh", "kvarh", "W", "kW", "VA", "kVA", "var", "kvar", "A", "V", "Celsius", "Percent")
)
"""Units that 1.6 has a name for (§7.45)."""

ONLY_16 = frozenset(("RPM", "Temperature"))
"""Measurands that 2.x no longer has (1.6 §7.31)."""

ONLY_2X = frozenset(
    (
        "Energy.Active.Net",
        "Energy.Reactive.Net",
        "Energy.Apparent.Net",
        "Energy.Apparent.Import",
        "Energy.Apparent.Export",
    )
)
"""Measurands that 1.6 does not have yet (2.0.1 part 2, MeasurandEnumType)."""


@cache
def _names(count: int, suffix: str = "") -> tuple[str, ...]:
    return tuple(f"L{number}{suffix}" for number in range(1, count + 1)) if count > 1 else ()


def _total(value: float | None) -> Found:
    return [] if value is None else [(value, None)]


def _current(sign: int) -> Read:
    def read(reading: Reading) -> Found:
        currents = reading.phase_current_a
        if sign < 0 or reading.power_w < 0:
            currents = tuple(max(0.0, sign * current_a) for current_a in currents)
        names = _names(len(currents))
        return list(zip(currents, names, strict=True)) if names else [(sum(currents), None)]

    return read


def _voltage(reading: Reading) -> Found:
    volts = reading.phase_voltage_v
    if len(volts) == 1:
        return [(reading.voltage_v, None)]
    found: Found = list(zip(volts, _names(len(volts), "-N"), strict=True))
    if reading.details is not None and reading.details.between_phases and len(volts) == 3:
        a, b, c = volts
        found += [
            (line_to_line_v(a, b), "L1-L2"),
            (line_to_line_v(b, c), "L2-L3"),
            (line_to_line_v(c, a), "L3-L1"),
        ]
    return found


def _power(sign: int) -> Read:
    def read(reading: Reading) -> Found:
        found: Found = [(max(0.0, sign * reading.power_w), None)]
        if _has_phases(reading):
            powers = [max(0.0, sign * power_w) for power_w in reading.phase_power_w]
            found += zip(powers, _names(len(powers)), strict=False)
        return found

    return read


def _has_phases(reading: Reading) -> bool:
    return reading.details is not None and reading.details.phases_wh is not None


def _import_register(reading: Reading) -> Found:
    found: Found = [(reading.energy_wh, None)]
    if reading.details is not None and reading.details.phases_wh is not None:
        phases_wh = reading.details.phases_wh
        found += zip(phases_wh, _names(len(phases_wh)), strict=False)
    return found


def _span(what: Callable[[Registers], float]) -> Read:
    """How far a register has come in the interval that the reading closes; nothing where it closes none."""

    def read(reading: Reading) -> Found:
        since = reading.details and reading.details.since
        return [(what(reading.registers) - what(since), None)] if since else []

    return read


def _other(what: str) -> Read:
    return lambda reading: _total(None if reading.details is None else getattr(reading.details, what))


_QUANTITIES: dict[str, tuple[str, Read]] = {
    "Current.Export": ("A", _current(-1)),
    "Current.Import": ("A", _current(1)),
    "Current.Offered": ("A", lambda reading: _total(reading.offered_a)),
    "Energy.Active.Export.Interval": ("Wh", _span(lambda registers: registers.export_wh)),
    "Energy.Active.Export.Register": ("Wh", lambda reading: [(reading.export_wh, None)]),
    "Energy.Active.Import.Interval": ("Wh", _span(lambda registers: registers.import_wh)),
    "Energy.Active.Import.Register": ("Wh", _import_register),
    "Energy.Active.Net": ("Wh", lambda reading: [(reading.energy_wh - reading.export_wh, None)]),
    "Energy.Apparent.Export": ("VAh", lambda reading: [(reading.export_wh, None)]),
    "Energy.Apparent.Import": ("VAh", lambda reading: [(reading.registers.import_vah, None)]),
    "Energy.Apparent.Net": ("VAh", lambda reading: [(reading.registers.import_vah - reading.export_wh, None)]),
    "Energy.Reactive.Export.Interval": ("varh", _span(lambda _registers: 0.0)),
    "Energy.Reactive.Export.Register": ("varh", lambda _reading: [(0.0, None)]),
    "Energy.Reactive.Import.Interval": ("varh", _span(lambda registers: registers.import_varh)),
    "Energy.Reactive.Import.Register": ("varh", lambda reading: [(reading.registers.import_varh, None)]),
    "Energy.Reactive.Net": ("varh", lambda reading: [(reading.registers.import_varh, None)]),
    "Frequency": ("Hz", lambda reading: _total(reading.frequency_hz or None)),
    "Power.Active.Export": ("W", _power(-1)),
    "Power.Active.Import": ("W", _power(1)),
    "Power.Factor": ("", lambda reading: [(reading.power_factor, None)] if reading.frequency_hz else []),
    "Power.Offered": ("W", lambda reading: _total(reading.offered_w)),
    "Power.Reactive.Export": ("var", lambda reading: [(max(0.0, -reading.reactive_var), None)]),
    "Power.Reactive.Import": ("var", lambda reading: [(max(0.0, reading.reactive_var), None)]),
    "RPM": ("", _other("fan_rpm")),
    "SoC": ("Percent", lambda reading: _total(reading.soc_percent)),
    "Temperature": ("Celsius", _other("temperature_c")),
    "Voltage": ("V", _voltage),
}
"""An EV's charger lags, so reactive energy only comes in."""

_ELSEWHERE = {"SoC": "EV", "RPM": "Body", "Temperature": "Body"}
"""Measurands that no meter measures, and where they are measured (LocationEnumType)."""

_UNMETERED = _ELSEWHERE.keys() | {"Current.Offered", "Power.Offered"}
_ALWAYS = frozenset(("Energy.Active.Import.Register", "Power.Active.Import", "Current.Import", "Voltage"))

EVERY = tuple(_QUANTITIES)
"""Every measurand of any version."""


def values(sample: Sample, *, register_phases: bool = True) -> list[Value]:
    """The values of a sample, rounded to what meters show; measurands that cannot be known are left out.

    ``register_phases``: give a register of each phase too, where the meter has them (2.0.1 part 2 J §2.3).
    """
    reading, found = sample.reading, []
    dead = reading.details is not None and reading.details.dead
    for measurand in sample.measurands:
        if dead and measurand not in _UNMETERED:
            continue
        unit, read = _QUANTITIES[measurand]
        location = _ELSEWHERE.get(measurand)
        for value, phase in read(reading):
            if phase is None or register_phases or not measurand.endswith(".Register"):
                found.append(Value(measurand, round(value, 3), unit, phase, location))
    return found


def tells(sample: Sample) -> bool:
    """Whether a sample has any value at all."""
    if not sample.reading.dead and not _ALWAYS.isdisjoint(sample.measurands):
        return True
    return bool(values(sample))


def telling(samples: Iterable[Sample]) -> list[Sample]:
    """Those that have any value: no version knows a meter value without one (MeterValueType, sampledValue 1..*)."""
    return [sample for sample in samples if tells(sample)]
