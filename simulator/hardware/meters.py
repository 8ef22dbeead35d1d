"""The meters as the device model shows them: the one that bills, and the one that controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.faults import Fault, breakable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.gadget import Gadget
from simulator.hardware.parameter import parameter
from simulator.hardware.shown import flag, number
from simulator.hardware.site import Site

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.meter import Reading


def _phased(component: str, name: str, unit: str, phase: int) -> Variable:
    return Variable(
        component, name, "", DataType.DECIMAL, Mutability.READ_ONLY, instance=f"L{phase}", unit=unit,
        persistent=False, monitored=True, live=True,
    )  # fmt: skip


@component("FiscalMetering")
@dataclass(frozen=True, slots=True)
class FiscalMetering:
    """The meter whose registers are billed (2.0.1 appendix 3.2.32): one at each EVSE, of the profile's ``meter``.

    ``manufacturer``: what stands on its plate.
    """

    manufacturer: str = "Chargebench"

    name: ClassVar[str] = "FiscalMetering"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = "meter failure"
    watched: ClassVar[tuple[str, ...]] = ()

    def variables(self) -> Sequence[Variable]:
        plate = {"type": DataType.STRING, "mutability": Mutability.READ_ONLY}
        return (
            number(self.name, "EnergyImport", "Wh"),
            number(self.name, "EnergyImportRegister", "Wh"),
            number(self.name, "EnergyExport", "Wh"),
            number(self.name, "EnergyExportRegister", "Wh"),
            Variable(self.name, "Manufacturer", self.manufacturer, constant=True, **plate),  # type: ignore[arg-type]
            Variable(self.name, "Model", "", live=True, **plate),  # type: ignore[arg-type]
            Variable(self.name, "SerialNumber", "", live=True, **plate),  # type: ignore[arg-type]
            flag(self.name, "Problem"),
        )

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        evse = gadget.site.evse
        if evse is None:
            return None
        station = evse.station
        match variable:
            case "EnergyImport":
                return f"{0.0 if evse.tx is None else evse.circuit.register_wh() - evse.tx.start_wh:.1f}"
            case "EnergyImportRegister":
                return f"{evse.circuit.register_wh():.1f}"
            case "EnergyExport":
                return "0.0"  # no EV feeds back yet
            case "EnergyExportRegister":
                return f"{evse.reading().export_wh:.1f}"
            case "Model":
                return station.profile.meter.type
            case "SerialNumber":
                return station.profile.meter.serial_number(station.identity, evse.id)
        return None


@component("ControlMetering")
@dataclass(frozen=True, slots=True)
class ControlMetering:
    """The meter by which the station controls itself (2.0.1 appendix 3.2.20): one at each EVSE.

    ``current``: what comes out there. ``phases``: how many of it there are, for AC.
    """

    current: Literal["AC", "DC"] = "AC"
    phases: int = parameter(3, at_least=1, at_most=3)

    name: ClassVar[str] = "ControlMetering"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = "control meter failure"
    watched: ClassVar[tuple[str, ...]] = ("Power",)

    def variables(self) -> Sequence[Variable]:
        return (
            number(self.name, "Power", "W"),
            *(self._alternating() if self.current == "AC" else self._direct()),
            flag(self.name, "Problem"),
        )

    def _alternating(self) -> Sequence[Variable]:
        phases = range(1, self.phases + 1)
        return (
            *(_phased(self.name, "ACCurrent", "A", phase) for phase in phases),
            *(_phased(self.name, "ACVoltage", "V", phase) for phase in phases),
            number(self.name, "Frequency", "Hz"),
        )

    def _direct(self) -> Sequence[Variable]:
        return (number(self.name, "DCCurrent", "A"), number(self.name, "DCVoltage", "V"))

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        evse = gadget.site.evse
        if evse is None:
            return None
        if gadget.broken:
            return "0.0"
        return _measured(evse, evse.reading(), variable)


def _measured(evse: Evse, reading: Reading, variable: str) -> str | None:
    name, _, phase = variable.partition(".L")
    nth = int(phase) - 1 if phase else 0
    match name:
        case "Power":
            return f"{reading.power_w:.1f}"
        case "ACCurrent" | "DCCurrent":
            currents = reading.phase_current_a
            return f"{currents[nth] if nth < len(currents) else 0.0:.2f}"
        case "ACVoltage":
            volts = evse.outlet.supply.voltage_v * evse.station.environment.grid[nth]
            return f"{volts:.1f}"
        case "DCVoltage":
            return f"{reading.voltage_v:.1f}"
        case "Frequency":
            return f"{reading.frequency_hz:.2f}"
    return None


breakable(
    Fault(
        "control meter failure",
        "the control meter shows nothing",
        MappingProxyType({"ControlMetering": {"broken": True}}),
    ),
)
