"""The energy meter of one EVSE: a register that only rises, and what it shows when it is read."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.electrical import Draw, Offer


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter shows at one moment.

    ``current_a`` is the sum over conductors, so that P = U·I holds; ``phase_current_a`` and ``phase_power_w`` have one
    entry per conductor (L1..L3; one for DC). ``soc_percent`` and the offers are None where nobody told the meter.
    """

    energy_wh: float
    export_wh: float
    power_w: float
    current_a: float
    voltage_v: float
    frequency_hz: float
    phase_current_a: tuple[float, ...]
    phase_power_w: tuple[float, ...]
    soc_percent: float | None = None
    offered_a: float | None = None
    offered_w: float | None = None


@dataclass(slots=True)
class Meter:
    """Two registers in Wh, import and export; a used meter does not start at 0.

    The registers are kept exactly; only what is shown is cut down to whole steps of ``resolution_wh``.
    """

    import_wh: float = 0.0
    export_wh: float = 0.0
    resolution_wh: float = 1.0

    def __post_init__(self) -> None:
        _amount(self.import_wh)
        _amount(self.export_wh)
        if not 0 < self.resolution_wh < math.inf:
            raise ValueError(f"a meter's resolution must be above 0 Wh, not {self.resolution_wh}")

    def count(self, energy_wh: float) -> None:
        """Add energy that flowed to the EV. ValueError if it is negative: that is an export."""
        self.import_wh += _amount(energy_wh)

    def count_export(self, energy_wh: float) -> None:
        """Add energy that flowed from the EV. ValueError if it is negative."""
        self.export_wh += _amount(energy_wh)

    @property
    def energy_wh(self) -> float:
        """The import register as shown."""
        return self._shown(self.import_wh)

    def reading(self, draw: Draw, *, soc_percent: float | None = None, offer: Offer | None = None) -> Reading:
        """Everything the meter shows while ``draw`` flows."""
        return Reading(
            energy_wh=self.energy_wh,
            export_wh=self._shown(self.export_wh),
            power_w=draw.power_w,
            current_a=sum(draw.current_a),
            voltage_v=draw.voltage_v,
            frequency_hz=draw.frequency_hz,
            phase_current_a=draw.current_a,
            phase_power_w=draw.phase_power_w,
            soc_percent=soc_percent,
            offered_a=None if offer is None else offer.limit_a,
            offered_w=None if offer is None else offer.power_w,
        )

    def _shown(self, register_wh: float) -> float:
        # Rounding first: 0.3 / 0.1 is a little less than 3, and a register must not lose a step to that.
        steps = math.floor(round(register_wh / self.resolution_wh, 6))
        return round(steps * self.resolution_wh, 6)


def _amount(energy_wh: float) -> float:
    if not 0 <= energy_wh < math.inf:
        raise ValueError(f"a register takes energy of 0 Wh or more, not {energy_wh}")
    return energy_wh
