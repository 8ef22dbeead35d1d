"""The emergency stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.detector import Detector
from simulator.hardware.shown import enabled, flag
from simulator.hardware.site import Site


@component("EmergencyStopSensor")
@dataclass(frozen=True, slots=True)
class EmergencyStopSensor:
    """A button that stays down once pressed, powered or not, until it is released by hand (ISO 13850: it latches, and
    its release starts nothing). Its loop is closed at rest, so that a broken wire stops the station too.

    ``on_s``: from the contact to the firmware. ``off_s``: after its release.
    """

    on_s: float = 0.02
    off_s: float = 0.5

    name: ClassVar[str] = "EmergencyStopSensor"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"stop_pressed"})
    trouble: ClassVar[str] = "emergency stop"
    latches: ClassVar[bool] = True
    broken_says: ClassVar[bool] = True

    def variables(self) -> Sequence[Variable]:
        return (
            enabled(self.name),
            flag(self.name, "Active"),
            flag(self.name, "Tripped"),
            flag(self.name, "Problem"),
        )

    def part(self, site: Site) -> Part:
        return Detector(site, self)

    def senses_now(self, detector: Detector) -> bool:
        if detector.site.environment.stop_pressed:
            detector.disturbance = 1.0  # the button is down
        return detector.disturbance > 0

    def measures(self, detector: Detector, variable: str) -> str | None:
        return None
