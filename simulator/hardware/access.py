"""The door contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.detector import Detector
from simulator.hardware.shown import enabled, flag
from simulator.hardware.site import Site


@component("AccessSensor")
@dataclass(frozen=True, slots=True)
class AccessSensor:
    """Tells that the housing is open, behind which there are live parts (2.0.1 appendix 3.2.10, CaseAccessSensor).

    ``on_s``: the door stands open so long before it counts. ``off_s``: it is shut so long before it counts.
    """

    on_s: float = 0.1
    off_s: float = 1.0

    name: ClassVar[str] = "CaseAccessSensor"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"door_open"})
    trouble: ClassVar[str] = "door open"
    latches: ClassVar[bool] = False
    broken_says: ClassVar[bool] = True

    def variables(self) -> Sequence[Variable]:
        return (enabled(self.name), flag(self.name, "Active"), flag(self.name, "Problem"))

    def part(self, site: Site) -> Part:
        return Detector(site, self)

    def senses_now(self, detector: Detector) -> bool:
        return detector.site.environment.door_open

    def measures(self, detector: Detector, variable: str) -> str | None:
        return None
