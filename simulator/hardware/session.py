"""The EV at a connector as the device model shows it: the connection, the charging session, the vehicle, its lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.electrical import Kind
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.gadget import Gadget
from simulator.hardware.shown import flag, number, written
from simulator.hardware.site import Site
from simulator.physics.trace import Ramp, Trace

if TYPE_CHECKING:
    from simulator.ev import EV
    from simulator.evse import Evse

PROTOCOLS = {"cG105": "", "cCCS1": "urn:din:70121:2012:MsgDef,2,0", "cCCS2": "urn:din:70121:2012:MsgDef,2,0"}
"""What a DC connector's EV and EVSE agree on (ConnectedEV.ProtocolAgreed: uri, major, minor); CHAdeMO has no such."""


def text(component: str, name: str, kind: DataType = DataType.STRING) -> Variable:
    """A text that its part knows."""
    return Variable(component, name, "", kind, Mutability.READ_ONLY, persistent=False, monitored=True, live=True)


class Timed(Gadget):
    """A Gadget that knows since when something has been so. Fault: ``broken``."""

    __slots__ = ("_on", "since_s")

    def __init__(self, site: Site, kind: EVConnection | EVChargingSession) -> None:
        self._on = False
        self.since_s = site.now
        super().__init__(site, kind)
        self._on = self._is_on

    @property
    def _is_on(self) -> bool:
        return self.kind.shows(self, "Active") == "true"

    @property
    def elapsed_s(self) -> float:
        """For how long it has been so; 0 if it is not."""
        return self.site.now - self.since_s if self._on and self._is_on else 0.0

    def trace(self, variable: str) -> Trace | None:
        if variable != "ConnectedTime" or not (self._on and self._is_on):
            return None
        return Ramp(self.since_s, 0.0, 1.0)

    def disturbed(self) -> None:
        if self._on is not self._is_on:
            self._on, self.since_s = self._is_on, self.site.now
        super().disturbed()


@component("EVConnection")
@dataclass(frozen=True, slots=True)
class EVConnection:
    """The cable between an EV and the EVSE: whether it is there, and for how long."""

    name: ClassVar[str] = "EVConnection"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset({"cable"})
    trouble: ClassVar[str] = ""
    watched: ClassVar[tuple[str, ...]] = ("Active",)

    def variables(self) -> Sequence[Variable]:
        return (flag(self.name, "Active"), number(self.name, "ConnectedTime", "s"))

    def part(self, site: Site) -> Part:
        return Timed(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(_ev(gadget) is not None)
            case "ConnectedTime":
                return f"{gadget.elapsed_s:.0f}" if isinstance(gadget, Timed) else "0"
        return None


@component("EVChargingSession")
@dataclass(frozen=True, slots=True)
class EVChargingSession:
    """The transaction that runs at the EVSE (variables of 2.0.1 appendix 2: Suspending, by the station; Suspension, by
    the EV; Complete: the EV has reached what it wants)."""

    name: ClassVar[str] = "EVChargingSession"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset({"cable"})
    trouble: ClassVar[str] = ""
    watched: ClassVar[tuple[str, ...]] = ("Active", "State", "Complete", "Suspending", "Suspension")

    def variables(self) -> Sequence[Variable]:
        return (
            flag(self.name, "Active"),
            text(self.name, "State"),
            flag(self.name, "Complete"),
            flag(self.name, "Suspending"),
            flag(self.name, "Suspension"),
            number(self.name, "ConnectedTime", "s"),
            number(self.name, "Energy", "Wh"),
        )

    def part(self, site: Site) -> Part:
        return Timed(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        evse = gadget.site.evse
        if evse is None or (variable not in _SESSION and variable != "ConnectedTime"):
            return None
        if variable == "ConnectedTime":
            return f"{gadget.elapsed_s:.0f}" if isinstance(gadget, Timed) else "0"
        return _SESSION[variable](evse)


_SESSION: Mapping[str, Callable[[Evse], str]] = {
    "Active": lambda evse: written(evse.tx is not None),
    "State": lambda evse: evse.state,
    "Complete": lambda evse: written(evse.ev is not None and evse.ev.is_full(evse.offer())),
    "Suspending": lambda evse: written(evse.state == "SuspendedEVSE"),
    "Suspension": lambda evse: written(evse.state == "SuspendedEV"),
    "Energy": lambda evse: f"{_energy_wh(evse):.0f}",
}


def _energy_wh(evse: Evse) -> float:
    return 0.0 if evse.tx is None else evse.circuit.register_wh() - evse.tx.start_wh


@component("ConnectedEV")
@dataclass(frozen=True, slots=True)
class ConnectedEV:
    """What a DC station learns of the EV over its digital communication (2.0.1 appendix 3.2.13); nothing over a pilot
    that only has a duty cycle."""

    name: ClassVar[str] = "ConnectedEV"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset({"cable"})
    trouble: ClassVar[str] = ""
    watched: ClassVar[tuple[str, ...]] = ("Available", "ProtocolAgreed", "ChargingCompleteFull")

    def variables(self) -> Sequence[Variable]:
        return (
            flag(self.name, "Available"),
            text(self.name, "VehicleId"),
            text(self.name, "ProtocolAgreed"),
            number(self.name, "StateOfCharge", "Percent"),
            number(self.name, "EnergyCapacity", "Wh"),
            number(self.name, "RemainingTimeFull", "s"),
            flag(self.name, "ChargingCompleteFull"),
        )

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        evse, ev = gadget.site.evse, _ev(gadget)
        talks = evse is not None and evse.outlet.supply.kind is Kind.DC and evse.contactor_closed
        match variable:
            case "Available":
                return written(talks and ev is not None)
            case "VehicleId":
                return str(getattr(ev, "evcc_id", "")) if talks else ""
            case "ProtocolAgreed":
                return PROTOCOLS.get(evse.outlet.type, "") if talks and evse is not None else ""
            case "ChargingCompleteFull":
                return written(talks and ev is not None and evse is not None and ev.is_full(evse.offer()))
        return _learnt(evse, ev, variable) if talks and evse is not None and ev is not None else ""


def _learnt(evse: Evse, ev: EV, variable: str) -> str | None:
    evse.circuit.settle()
    match variable:
        case "StateOfCharge":
            return f"{ev.soc_percent:.1f}"
        case "EnergyCapacity":
            return f"{ev.model.battery_capacity_wh:.0f}"
        case "RemainingTimeFull":
            left_s = ev.seconds_until_full(evse.offer())
            return f"{left_s:.0f}" if left_s < float("inf") else ""
    return None


def _ev(gadget: Gadget) -> EV | None:
    return None if gadget.site.evse is None else gadget.site.evse.ev


@component("EVRetentionLock")
@dataclass(frozen=True, slots=True)
class EVRetentionLock:
    """The lock in the EV's inlet that holds the plug while energy may flow (2.0.1 appendix 3.2.29); what a station
    knows of it is that it has to hold."""

    name: ClassVar[str] = "EVRetentionLock"
    scope: ClassVar[Scope] = Scope.CONNECTOR
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = ""
    watched: ClassVar[tuple[str, ...]] = ("Active",)

    def variables(self) -> Sequence[Variable]:
        return (flag(self.name, "Active"), flag(self.name, "Problem"))

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        if variable != "Active":
            return None
        evse = gadget.site.evse
        here = evse is not None and evse.plugged == gadget.site.place.connector and evse.contactor_closed
        return written(here and not gadget.broken)
