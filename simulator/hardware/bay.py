"""The sensor that sees whether a bay is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.detector import Detector
from simulator.hardware.shown import enabled, flag, number
from simulator.hardware.site import Site


@component("BayOccupancySensor")
@dataclass(frozen=True, slots=True)
class BayOccupancySensor:
    """Sees an EV at the cable, whatever else stands in all bays (``bay_occupied``), and what stands in this one alone:
    the share that the part's ``disturbance`` says (0..1).

    ``on_s``: who only passes by is not seen. ``off_s``: the bay is clear for so long.
    """

    on_s: float = 5.0
    off_s: float = 10.0

    name: ClassVar[str] = "BayOccupancySensor"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset({"bay_occupied", "cable"})
    trouble: ClassVar[str] = ""
    latches: ClassVar[bool] = False
    broken_says: ClassVar[bool] = False

    def variables(self) -> Sequence[Variable]:
        return (
            enabled(self.name),
            flag(self.name, "Active"),
            flag(self.name, "Problem"),
            number(self.name, "Percent", "Percent"),
        )

    def part(self, site: Site) -> Part:
        return Sensor(site, self)

    def senses_now(self, detector: Detector) -> bool:
        return _covered(detector) >= 0.5

    def measures(self, detector: Detector, variable: str) -> str | None:
        return f"{100 * _covered(detector):.0f}" if variable == "Percent" else None


class Sensor(Detector):
    """One such sensor: transactions may begin and end with what it sees."""

    __slots__ = ()

    def _turn(self, active: bool) -> None:
        news = active != self.active
        super()._turn(active)
        if news and self.site.evse is not None:
            self.site.evse.bay_changed(active)


def _covered(detector: Detector) -> float:
    evse = detector.site.evse
    if detector.site.environment.bay_occupied or (evse is not None and evse.ev is not None):
        return 1.0
    return detector.disturbance
