"""The display that tells drivers what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.faults import Fault, breakable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.gadget import Gadget
from simulator.hardware.occupancy import Mood, mood_of
from simulator.hardware.parameter import parameter
from simulator.hardware.shown import enabled, flag, written
from simulator.hardware.site import Site

LINES = {
    Mood.AVAILABLE: "available",
    Mood.OCCUPIED: "in use",
    Mood.CHARGING: "charging",
    Mood.RESERVED: "reserved",
    Mood.UNAVAILABLE: "closed",
    Mood.FAULTED: "out of order",
}


@component("Display")
@dataclass(frozen=True, slots=True)
class Display:
    """Text for drivers (2.0.1 appendix 3.2.23): the welcome line, then what each EVSE is doing.

    ``welcome``: its first line. ``rows``, ``columns``: what fits on it; the rest is cut off.
    """

    welcome: str = "Hold your card to the reader"
    rows: int = parameter(4, at_least=1, at_most=100)
    columns: int = parameter(40, at_least=8, at_most=200)

    name: ClassVar[str] = "Display"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = "display failure"
    watched: ClassVar[tuple[str, ...]] = ("Active", "DataText")

    def variables(self) -> Sequence[Variable]:
        text = Variable(
            self.name, "DataText", "", DataType.STRING, Mutability.READ_ONLY, high=1000, persistent=False, live=True
        )
        return (enabled(self.name), flag(self.name, "Active"), text, flag(self.name, "Problem"))

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(gadget.works)
            case "DataText":
                return self._text(gadget) if gadget.works else ""
        return None

    def _text(self, gadget: Gadget) -> str:
        lines = [self.welcome, *(f"{evse.id}: {LINES.get(mood_of(evse), '')}" for evse in gadget.site.station.evses)]
        return "\n".join(line[: self.columns] for line in lines[: self.rows])


breakable(
    Fault("display failure", "the display is dark", MappingProxyType({"Display": {"broken": True}})),
)
