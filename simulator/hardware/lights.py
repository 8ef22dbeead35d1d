"""Lamps: the beacon that is seen from the road, and the indicator at each EVSE."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from re import fullmatch
from types import MappingProxyType
from typing import ClassVar

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.faults import Fault, breakable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.gadget import Gadget
from simulator.hardware.occupancy import Mood, best_mood, mood_of
from simulator.hardware.shown import enabled, flag, written
from simulator.hardware.site import Site

OFF = "000000"


def _color(name: str) -> Variable:
    return Variable(
        name, "Color", OFF, DataType.STRING, Mutability.READ_ONLY, persistent=False, monitored=True, live=True
    )


def _check(colors: Sequence[str]) -> None:
    for color in colors:
        if not fullmatch(r"[0-9A-Fa-f]{6}", color):
            raise ValueError(f"a colour is RRGGBB in hexadecimal digits, not '{color}'")


@component("ChargingStatusIndicator")
@dataclass(frozen=True, slots=True)
class ChargingStatusIndicator:
    """The lamp that tells a driver what the EVSE is doing (2.0.1 appendix 3.2.12; Color: RRGGBB).

    ``available``, ``occupied``, ``charging``, ``reserved``, ``unavailable``, ``faulted``: its colour then.
    """

    available: str = "00FF00"
    occupied: str = "00FFFF"
    charging: str = "0000FF"
    reserved: str = "FFFF00"
    unavailable: str = "FFFFFF"
    faulted: str = "FF0000"

    name: ClassVar[str] = "ChargingStatusIndicator"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = "indicator failure"
    watched: ClassVar[tuple[str, ...]] = ("Active", "Color")

    def __post_init__(self) -> None:
        _check([getattr(self, mood) for mood in Mood if mood is not Mood.DARK])

    def variables(self) -> Sequence[Variable]:
        return (enabled(self.name), flag(self.name, "Active"), _color(self.name), flag(self.name, "Problem"))

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        evse = gadget.site.evse
        mood = mood_of(evse) if evse is not None and gadget.works else Mood.DARK
        match variable:
            case "Active":
                return written(mood is not Mood.DARK)
            case "Color":
                return OFF if mood is Mood.DARK else str(getattr(self, mood))
        return None


@component("BeaconLighting")
@dataclass(frozen=True, slots=True)
class BeaconLighting:
    """The light on top that is seen from afar: whether there is a free place (2.0.1 appendix 3.2.8).

    ``below_lux``: it is only lit when it is darker than this. ``available``, ``occupied``, ``faulted``: its colour
    where a place is free, where none is, and where none works.
    """

    below_lux: float = 100_000.0
    available: str = "00FF00"
    occupied: str = "0000FF"
    faulted: str = "FF0000"

    name: ClassVar[str] = "BeaconLighting"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"light_lux"})
    trouble: ClassVar[str] = "lighting failure"
    watched: ClassVar[tuple[str, ...]] = ("Active", "Color")

    def __post_init__(self) -> None:
        _check((self.available, self.occupied, self.faulted))

    def variables(self) -> Sequence[Variable]:
        return (enabled(self.name), flag(self.name, "Active"), _color(self.name), flag(self.name, "Problem"))

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        lit = gadget.works and gadget.site.environment.light_lux < self.below_lux
        match variable:
            case "Active":
                return written(lit)
            case "Color":
                return self._color(best_mood(gadget.site.station)) if lit else OFF
        return None

    def _color(self, mood: Mood) -> str:
        if mood is Mood.AVAILABLE:
            return self.available
        return self.faulted if mood in (Mood.FAULTED, Mood.UNAVAILABLE) else self.occupied


breakable(
    Fault(
        "indicator failure",
        "the lamp of an EVSE is dark",
        MappingProxyType({"ChargingStatusIndicator": {"broken": True}}),
    ),
    Fault("lighting failure", "the beacon is dark", MappingProxyType({"BeaconLighting": {"broken": True}})),
)
