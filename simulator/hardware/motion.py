"""Sensors of what vehicles do to a station: tilt and blows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.detector import Detector
from simulator.hardware.shown import enabled, flag, number
from simulator.hardware.site import Site

GRAVITY_M_PER_S2 = 9.80665
"""Standard acceleration of free fall (3rd CGPM, 1901)."""


@component("TiltSensor")
@dataclass(frozen=True, slots=True)
class TiltSensor:
    """Tells that the station no longer stands upright.

    ``most_deg``: how far it may lean. ``back_deg``: how much less before it counts as upright again.
    ``on_s``: it leans for so long. ``off_s``: it stands for so long.
    """

    most_deg: float = 15.0
    back_deg: float = 2.0
    on_s: float = 1.0
    off_s: float = 5.0

    name: ClassVar[str] = "TiltSensor"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"tilt_deg"})
    trouble: ClassVar[str] = "tilt"
    latches: ClassVar[bool] = False
    broken_says: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not self.back_deg < self.most_deg:
            raise ValueError("back_deg must be below most_deg")

    def variables(self) -> Sequence[Variable]:
        return (
            enabled(self.name),
            flag(self.name, "Active"),
            flag(self.name, "Problem"),
            number(self.name, "Angle", "Deg"),
        )

    def part(self, site: Site) -> Part:
        return Detector(site, self)

    def senses_now(self, detector: Detector) -> bool:
        return abs(detector.site.environment.tilt_deg) >= self.most_deg - (self.back_deg if detector.active else 0.0)

    def measures(self, detector: Detector, variable: str) -> str | None:
        return f"{detector.site.environment.tilt_deg:.1f}" if variable == "Angle" else None


@component("ShockSensor")
@dataclass(frozen=True, slots=True)
class ShockSensor:
    """An accelerometer on the frame; the force of the hardest blow stays until somebody resets it.

    ``most_g``: the blow from which on it tells. ``mass_kg``: what the blow has to move; Force is mass by acceleration.
    ``off_s``: how long a blow is shown.
    """

    most_g: float = 3.0
    mass_kg: float = 60.0
    off_s: float = 5.0

    name: ClassVar[str] = "ShockSensor"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"shock_g"})
    trouble: ClassVar[str] = "shock"
    latches: ClassVar[bool] = False
    broken_says: ClassVar[bool] = False

    @property
    def on_s(self) -> float:
        """A blow is over before anybody could wait for it."""
        return 0.0

    def variables(self) -> Sequence[Variable]:
        return (
            enabled(self.name),
            flag(self.name, "Active"),
            flag(self.name, "Problem"),
            number(self.name, "Force", "N"),
        )

    def part(self, site: Site) -> Part:
        return Detector(site, self)

    def senses_now(self, detector: Detector) -> bool:
        blow_g = detector.site.environment.shock_g
        if detector.site.powered:
            detector.disturbance = max(detector.disturbance, blow_g)
        return blow_g >= self.most_g

    def measures(self, detector: Detector, variable: str) -> str | None:
        worst_g = max(detector.disturbance, detector.site.environment.shock_g)
        return f"{worst_g * GRAVITY_M_PER_S2 * self.mass_kg:.0f}" if variable == "Force" else None
