"""Buttons for drivers: start and stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from simulator.devicemodel.variable import Variable
from simulator.faults import Fault, breakable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.gadget import Gadget
from simulator.hardware.shown import enabled, flag, written
from simulator.hardware.site import Place, Site
from simulator.tokens import Token

if TYPE_CHECKING:
    from simulator.station import Station

UI_INPUT, START, STOP = "UIInput", "Start", "Stop"
"""The component of the buttons (2.0.1 appendix 3.2.55), and their usual instances."""

ANYBODY = Token("", "NoAuthorization")
"""Who presses a start button (C02.FR.01: an empty token of this type)."""


@component("StartButton")
@dataclass(frozen=True, slots=True)
class StartButton:
    """Starts a transaction of nobody in particular (2.0.1 part 2 C02; appendix 3.2.55, UIInput; Active: it is held
    down). Whether one may begin, the firmware decides.

    ``instance``: of the UIInput.
    """

    instance: str = "Start"

    name: ClassVar[str] = "UIInput"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = "button failure"
    watched: ClassVar[tuple[str, ...]] = ("Active",)

    def variables(self) -> Sequence[Variable]:
        return _variables(self.name)

    def part(self, site: Site) -> Part:
        return Button(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        return _shown(gadget, variable)


@component("StopButton")
@dataclass(frozen=True, slots=True)
class StopButton:
    """Ends the transaction of its EVSE (2.0.1 part 2 E07; appendix 3.2.55, UIInput; Active: it is held down).

    ``instance``: of the UIInput.
    """

    instance: str = "Stop"

    name: ClassVar[str] = "UIInput"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = "button failure"
    watched: ClassVar[tuple[str, ...]] = ("Active",)

    def variables(self) -> Sequence[Variable]:
        return _variables(self.name)

    def part(self, site: Site) -> Part:
        return Button(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        return _shown(gadget, variable)


def _shown(gadget: Gadget, variable: str) -> str | None:
    """Whether it is held down."""
    return written(isinstance(gadget, Button) and gadget.held) if variable == "Active" else None


class Button(Gadget):
    """One such button. Faults: ``broken`` (nothing happens when it is pressed), ``jammed`` (it stays down)."""

    __slots__ = ("held", "jammed")

    def __init__(self, site: Site, kind: StartButton | StopButton) -> None:
        self.held = False
        self.jammed = False
        super().__init__(site, kind)

    def press(self) -> bool:
        """A finger presses it and lets go; whether the firmware has heard of it."""
        if self.held or not self.works:
            return False
        self.held = True
        self.disturbed()
        self._act()
        if not self.jammed:
            self.held = False
            self.disturbed()
        return True

    def reset(self) -> None:
        """Somebody puts a new one in, which nobody holds down."""
        self.held = False
        self.disturbed()

    def disturbed(self) -> None:
        if self.held and not self.jammed and not self.site.powered:
            self.held = False
        super().disturbed()

    def _act(self) -> None:
        station, evse = self.site.station, self.site.place.evse
        if isinstance(self.kind, StopButton):
            station.press_stop(evse)
        elif station.evse(evse).takes_driver:
            station.present(ANYBODY, evse)


def press(station: Station, instance: str, evse: int = 1) -> bool:
    """A finger presses the button of an EVSE; whether the firmware has heard of it. A station without a stop button
    of its own has one that always works. Raises ValueError where there is no start button."""
    button = station.rig.near(f"{UI_INPUT}[{instance}]", Place(evse))
    if isinstance(button, Button):
        return button.press()
    if instance != STOP:
        raise ValueError(f"{station.identity} has no {instance.lower()} button")
    station.press_stop(evse)
    return True


def _variables(name: str) -> Sequence[Variable]:
    return (enabled(name), flag(name, "Active"), flag(name, "Problem"))


breakable(
    Fault(
        "stop button broken",
        "nothing happens when it is pressed",
        MappingProxyType({"UIInput[Stop]": {"broken": True}}),
    ),
    Fault("start button jammed", "it stays down", MappingProxyType({"UIInput[Start]": {"jammed": True}})),
)
