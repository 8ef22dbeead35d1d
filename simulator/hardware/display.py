"""The display that tells drivers what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from types import MappingProxyType
from typing import ClassVar

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.faults import Fault, breakable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.gadget import Gadget
from simulator.hardware.parameter import parameter
from simulator.hardware.shown import enabled, flag, written
from simulator.hardware.site import Site
from simulator.screen.view import DARK, View, view


@component("Display")
@dataclass(frozen=True, slots=True)
class Display:
    """Text for drivers (2.0.1 appendix 3.2.23): the welcome line, then what each EVSE is doing; what drivers are told
    of tariff and cost, and messages of the operator, take turns with it or stand before it.

    ``welcome``: its first line. ``rows``, ``columns``: what fits on it; longer lines of messages go on in the next
    row, the rest is cut off. ``cycle_s``: how long each of several texts is shown.
    """

    welcome: str = "Hold your card to the reader"
    rows: int = parameter(4, at_least=1, at_most=100)
    columns: int = parameter(40, at_least=8, at_most=200)
    cycle_s: float = parameter(10.0, above=0)

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

    def view(self, gadget: Gadget) -> View:
        """What can be seen on it, before rows and columns cut it; nothing while it does not work."""
        return view(gadget.site.station, self.welcome, self.cycle_s) if gadget.works else DARK

    def _text(self, gadget: Gadget) -> str:
        page = self.view(gadget).page
        if page is None:
            return ""
        lines = page.text.split("\n")
        if page.message is not None or page.evse is not None:
            lines = [row for line in lines for row in wrap(line, self.columns)]
        return "\n".join(line[: self.columns] for line in lines[: self.rows])


breakable(
    Fault("display failure", "the display is dark", MappingProxyType({"Display": {"broken": True}})),
)
