"""What tells that a cable was torn off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.detector import Detector
from simulator.hardware.shown import enabled, flag
from simulator.hardware.site import Site


class Breakaway(Detector):
    """The shear point of one cable; ``disturbance`` is the force in N that has broken it."""

    __slots__ = ()
    kind: CableBreakawaySensor

    def pull(self, force_n: float) -> bool:
        """Somebody drives off with the cable; whether it gave way."""
        if force_n < self.kind.holds_n:
            return False
        self.disturbance = force_n
        self.disturbed()
        return True


@component("CableBreakawaySensor")
@dataclass(frozen=True, slots=True)
class CableBreakawaySensor:
    """A pilot wire through the cable's shear point, which breaks before the conductors do.

    ``holds_n``: the pull that it stands. ``on_s``: from the break to the firmware. ``off_s``: after the repair.
    """

    holds_n: float = 600.0
    on_s: float = 0.01
    off_s: float = 1.0

    name: ClassVar[str] = "CableBreakawaySensor"
    scope: ClassVar[Scope] = Scope.CONNECTOR
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = "cable breakaway"
    latches: ClassVar[bool] = True
    broken_says: ClassVar[bool] = True

    def variables(self) -> Sequence[Variable]:
        return (enabled(self.name), flag(self.name, "Active"), flag(self.name, "Tripped"))

    def part(self, site: Site) -> Breakaway:
        return Breakaway(site, self)

    def senses_now(self, detector: Detector) -> bool:
        return detector.disturbance > 0

    def measures(self, detector: Detector, variable: str) -> str | None:
        return None
