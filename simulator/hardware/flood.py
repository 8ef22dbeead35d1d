"""The flood sensor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.detector import Detector
from simulator.hardware.shown import enabled, flag, number
from simulator.hardware.site import Site


@component("FloodSensor")
@dataclass(frozen=True, slots=True)
class FloodSensor:
    """A float in the station's foot. Water has to be gone and somebody to have looked before the station works again.

    ``wet_mm``: the height at which the float lifts. ``most_mm``: what the station stands; Percent is 100 there.
    ``float_mm``: how much lower the water must fall before the float drops. ``on_s``: waves shorter than this do not
    count. ``off_s``: dry for so long.
    """

    wet_mm: float = 50.0
    most_mm: float = 150.0
    float_mm: float = 5.0
    on_s: float = 2.0
    off_s: float = 60.0

    name: ClassVar[str] = "FloodSensor"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"water_mm"})
    trouble: ClassVar[str] = "flood"
    latches: ClassVar[bool] = True
    broken_says: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not self.float_mm < self.wet_mm < self.most_mm:
            raise ValueError("float_mm, wet_mm and most_mm must rise in this order")

    def variables(self) -> Sequence[Variable]:
        return (
            enabled(self.name),
            flag(self.name, "Active"),
            flag(self.name, "Tripped"),
            flag(self.name, "Problem"),
            number(self.name, "Height", "m"),
            number(self.name, "Percent", "Percent"),
        )

    def part(self, site: Site) -> Part:
        return Detector(site, self)

    def senses_now(self, detector: Detector) -> bool:
        return detector.site.environment.water_mm >= self.wet_mm - (self.float_mm if detector.active else 0.0)

    def measures(self, detector: Detector, variable: str) -> str | None:
        water_mm = detector.site.environment.water_mm
        match variable:
            case "Height":
                return f"{water_mm / 1000:.3f}"
            case "Percent":
                return f"{100 * water_mm / self.most_mm:.1f}"
        return None
