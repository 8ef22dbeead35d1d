"""The input by which a building closes a station, such as the contact of a fire alarm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.detector import Detector
from simulator.hardware.shown import enabled, flag
from simulator.hardware.site import Site


@component("OutOfService")
@dataclass(frozen=True, slots=True)
class ClosingContact:
    """While the contact is open nobody may charge (2.0.1 appendix 3.2.39, LocalAvailabilitySensor).

    ``on_s``, ``off_s``: how long the contact must rest in its new position.
    """

    on_s: float = 0.2
    off_s: float = 5.0

    name: ClassVar[str] = "LocalAvailabilitySensor"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"fire_alarm"})
    trouble: ClassVar[str] = "out of service"
    latches: ClassVar[bool] = False
    broken_says: ClassVar[bool] = True

    def variables(self) -> Sequence[Variable]:
        return (enabled(self.name), flag(self.name, "Active"), flag(self.name, "Problem"))

    def part(self, site: Site) -> Part:
        return Detector(site, self)

    def senses_now(self, detector: Detector) -> bool:
        return detector.site.environment.fire_alarm

    def measures(self, detector: Detector, variable: str) -> str | None:
        return None
