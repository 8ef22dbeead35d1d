"""The proximity contact of a socket: which current the driver's cable carries."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.shown import flag, number, written
from simulator.hardware.site import Site
from simulator.physics.proximity import Cable, Proximity, coded_ohm
from simulator.physics.trace import Trace

TROUBLE = "proximity error"


@component("ProximityPilot")
@dataclass(frozen=True, slots=True)
class ProximityPilot:
    """IEC 61851-1:2017, annex B. ``cable_a``: the cable of a driver who says nothing of it."""

    name: ClassVar[str] = "ProximityPilot"
    scope: ClassVar[Scope] = Scope.CONNECTOR
    senses: ClassVar[frozenset[str]] = frozenset()

    cable_a: float = 63.0

    def variables(self) -> tuple[Variable, ...]:
        return (flag(self.name, "Problem"), number(self.name, "Impedance", "Ohm"), number(self.name, "ACCurrent", "A"))

    def part(self, site: Site) -> ProximityPart:
        return ProximityPart(site, self)


class ProximityPart:
    """One socket's contact. Faults: ``shorted`` to earth, ``broken`` wire, ``error``: by which share the resistance is
    off; ``resistor_ohm``: another resistor in the plug than its cable should have."""

    __slots__ = ("broken", "error", "kind", "problem", "resistor_ohm", "shorted", "site")

    def __init__(self, site: Site, kind: ProximityPilot) -> None:
        self.site = site
        self.kind = kind
        self.shorted = False
        self.broken = False
        self.error = 0.0
        self.resistor_ohm: float | None = None
        self.problem = False

    def value(self, variable: str) -> str | None:
        match variable:
            case "Problem":
                return written(self.problem)
            case "Impedance":
                ohm = self.contact.ohm
                return "" if math.isinf(ohm) else f"{ohm:.0f}"
            case "ACCurrent":
                return f"{self.cable.rated_a:g}"
        return None

    def trace(self, variable: str) -> Trace | None:
        del variable
        return None

    def write(self, variable: str, value: str) -> bool:
        del variable, value
        return True

    @property
    def plugged(self) -> bool:
        """Whether there is a plug."""
        evse = self.site.evse
        return evse is not None and evse.plugged == self.site.place.connector

    @property
    def contact(self) -> Proximity:
        """The contact as it is now."""
        evse = self.site.evse
        hookup = None if evse is None or not self.plugged else evse.circuit.hookup
        if hookup is None:
            return Proximity(math.inf, self.shorted, self.broken, self.error)
        return self.seen(coded_ohm(min(hookup.cable_a, self.kind.cable_a)))

    def seen(self, resistor_ohm: float) -> Proximity:
        """The contact with a plug that should have this resistor; infinite: without one."""
        there = self.resistor_ohm is None or math.isinf(resistor_ohm)
        ohm = resistor_ohm if there or self.resistor_ohm is None else self.resistor_ohm
        return Proximity(ohm, self.shorted, self.broken, self.error)

    @property
    def cable(self) -> Cable:
        """What the station makes of it."""
        evse = self.site.evse
        assert evse is not None
        return self.contact.cable(evse.outlet.supply.phases)

    def disturbed(self) -> None:
        """Offer what the cable seems to carry; none where its resistor makes no sense (annex B: no charging)."""
        evse = self.site.evse
        assert evse is not None
        if not self.plugged:
            self._turn("")
            return
        cable = self.cable
        if cable.wrong is None:
            evse.circuit.restrict("cable", cable.rated_a)
        self._turn("" if cable.wrong is None else str(cable.wrong))

    def _turn(self, wrong: str) -> None:
        if bool(wrong) is not self.problem:
            self.problem = bool(wrong)
            self.site.changed("Problem")
        if wrong:
            self.site.trouble(TROUBLE, wrong)
        else:
            self.site.recovered(TROUBLE)
