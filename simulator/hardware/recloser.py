"""The motors that close an RCD or a circuit-breaker again, as the device model shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, cast

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.rig import key_of
from simulator.hardware.shown import enabled, flag, is_enabled, written
from simulator.hardware.site import Site
from simulator.physics.recloser import Mode, Recloser
from simulator.physics.trace import Trace


class Reclosed(Protocol):
    """A protective device with a motor. ``automatic``: it is closed again without an order."""

    recloser: Recloser
    automatic: bool

    def reset(self) -> None:
        """Close it."""


def closes_itself(site: Site, motor: str) -> bool:
    """Whether the motor of a part's device is switched on, as the CSMS has set it."""
    return site.station.flash.changed.get(key_of(motor, site.place, "Enabled"), "true").lower() == "true"


def gives_up(site: Site, motor: str, trouble: str, *, given_up: bool) -> None:
    """The motor of a part's device tries no more, or is ready again: told where the station shows such a motor."""
    station = site.station
    if not station.has(motor):
        return
    if given_up:
        station.troubled(trouble, site.place, "", motor)
    else:
        station.recovered(trouble, site.place, motor)


class _Motor:
    """What both kinds have in common: the device is that of the same EVSE."""

    name: ClassVar[str]
    device: ClassVar[str]
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset()

    def variables(self) -> tuple[Variable, ...]:
        tries = Variable(
            self.name, "Tries", "0", DataType.INTEGER, Mutability.READ_ONLY, persistent=False, live=True, monitored=True
        )
        active = flag(self.name, "Active", writable=True)
        return (enabled(self.name), active, flag(self.name, "Complete"), flag(self.name, "Problem"), tries)

    def part(self, site: Site) -> MotorPart:
        return MotorPart(site, self.device)


@component("RCDRecloser")
@dataclass(frozen=True, slots=True)
class RcdRecloser(_Motor):
    """The motor of the RCD (2.0.1 appendix 3.2.46); when it acts stands with the RCD (``waits_s``). Setting Active
    closes the RCD at once; without Enabled that is the only way."""

    name: ClassVar[str] = "RCDRecloser"
    device: ClassVar[str] = "RCD"


@component("OverCurrentProtectionRecloser")
@dataclass(frozen=True, slots=True)
class BreakerRecloser(_Motor):
    """The motor of the circuit-breaker (2.0.1 appendix 3.2.43); when it acts stands with OverCurrentProtection
    (``waits_s``). Setting Active closes the breaker at once; without Enabled that is the only way."""

    name: ClassVar[str] = "OverCurrentProtectionRecloser"
    device: ClassVar[str] = "OverCurrentProtection"


class MotorPart:
    """One motor; its state is that of the device's recloser."""

    __slots__ = ("device", "site")

    def __init__(self, site: Site, device: str) -> None:
        self.site = site
        self.device = device

    @property
    def _closes(self) -> Reclosed | None:
        """The device as it is, without keeping it."""
        found = (self.device, self.site.place) in self.site.station.rig.components
        return cast("Reclosed", self.site.station.rig.look(self.device, self.site.place)) if found else None

    def value(self, variable: str) -> str | None:
        closes = self._closes
        mode = Mode.CLOSED if closes is None else closes.recloser.mode
        match variable:
            case "Enabled":
                return written(is_enabled(self.site))
            case "Active":
                return written(mode is Mode.WAITING)
            case "Complete":
                return written(mode is Mode.CLOSED)
            case "Problem":
                return written(mode is Mode.LOCKED_OUT)
            case "Tries":
                return str(0 if closes is None else closes.recloser.attempts)
        return None

    def trace(self, variable: str) -> Trace | None:
        del variable
        return None

    def write(self, variable: str, value: str) -> bool:
        """Follow Enabled; close the device where Active is set."""
        on = value.lower() == "true"
        if variable == "Active" and not on:
            return False  # it cannot be stopped half-way
        part = cast("Reclosed | None", self.site.part(self.device))
        if part is None:
            return True
        if variable == "Enabled":
            part.automatic = on
        elif variable == "Active":
            part.reset()
        return True

    def disturbed(self) -> None:
        """Nothing moves it but its device."""
