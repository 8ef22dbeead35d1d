"""What meters show now: of many readings the newest of each kind, and the figures that people ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from csms_reference.services.metering import ENERGY

PHASES = frozenset({"L1", "L2", "L3", "L1-N", "L2-N", "L3-N"})
"""Those of which each is a part of the whole."""


class Measured(Protocol):
    """A reading, or its row."""

    @property
    def timestamp_ms(self) -> int | None:
        """When it was measured."""

    @property
    def measurand(self) -> str:
        """What was measured."""

    @property
    def phase(self) -> str | None:
        """Where it was: None over all phases."""

    @property
    def location(self) -> str | None:
        """Where it was."""

    @property
    def value(self) -> float | None:
        """In the base unit; None where what came is no finite number."""


M = TypeVar("M", bound=Measured)


def newest(readings: Iterable[M]) -> list[M]:
    """The newest reading of each measurand, phase and location, in the order in which those came first.

    Of two of the same time the later one counts; one without a time is older than all others.
    """
    found: dict[tuple[str, str | None, str | None], M] = {}
    for reading in readings:
        of = (reading.measurand, reading.phase, reading.location)
        if of not in found or (reading.timestamp_ms or 0) >= (found[of].timestamp_ms or 0):
            found[of] = reading
    return list(found.values())


def power_w(readings: Sequence[Measured]) -> float | None:
    """The active power that the EV takes: that over all phases, or the sum of the phases'."""
    return _figure(readings, "Power.Active.Import", sum)


def current_a(readings: Sequence[Measured]) -> float | None:
    """The current that the EV takes: that over all phases, or the highest of the phases'."""
    return _figure(readings, "Current.Import", max)


def register_wh(readings: Sequence[Measured]) -> float | None:
    """What the meter shows of imported energy: over all phases, or the sum of the phases'."""
    return _figure(readings, ENERGY, sum)


def soc_percent(readings: Sequence[Measured]) -> float | None:
    """The EV's state of charge."""
    found = [reading.value for reading in readings if reading.measurand == "SoC" and reading.value is not None]
    return found[-1] if found else None


def _figure(readings: Sequence[Measured], measurand: str, joined: Callable[[Iterable[float]], float]) -> float | None:
    """A measurand at the outlet over all phases; where only those of phases are known, theirs joined."""
    here = [
        (reading.phase, reading.value)
        for reading in readings
        if reading.measurand == measurand and reading.location in {None, "Outlet"} and reading.value is not None
    ]
    whole = [value for phase, value in here if phase is None]
    if whole:
        return whole[-1]
    phases = [value for phase, value in here if phase in PHASES]
    return joined(phases) if phases else None
