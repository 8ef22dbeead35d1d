"""The meters as the device model shows them: the one that bills, and the one that controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import expm1, inf, log1p
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal

from simulator.clock import Timer
from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.faults import Fault, breakable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.gadget import Gadget
from simulator.hardware.heat import STILL, stream
from simulator.hardware.parameter import parameter
from simulator.hardware.shown import flag, number, written
from simulator.hardware.site import Site
from simulator.ocmf import printed_key

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
    """The meter whose registers are billed (2.0.1 appendix 3.2.32): one at each EVSE, of the profile's ``meter``. The
    firmware asks it and compares what it says with what has flowed by its own count.

    ``manufacturer``: what stands on its plate. ``silence_s``: not answering for so long, it counts as failed.
    ``plausible_wh``: off by so much, it is implausible.
    """

    manufacturer: str = "Chargebench"
    silence_s: float = 10.0
    plausible_wh: float = parameter(200.0, above=0)

    name: ClassVar[str] = "FiscalMetering"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = ""
    watched: ClassVar[tuple[str, ...]] = ("Problem",)

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
            Variable(self.name, "PublicKey", "", live=True, **plate),  # type: ignore[arg-type]
            flag(self.name, "Problem"),
        )

    def part(self, site: Site) -> Part:
        return FiscalMeter(site, self)

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
            case "PublicKey":
                return printed_key(station.chance, evse.id)
        return None


class FiscalMeter(Gadget):
    """What the firmware thinks of one such meter. Faults are the meter's own (``simulator.meter.Faults``): ``dead``,
    ``stuck``, ``reversed``, ``jump_wh`` and ``drift``."""

    __slots__ = (
        "_flow",
        "_off_wh",
        "_since_s",
        "_timer",
        "dead",
        "drift",
        "failed",
        "jump_wh",
        "reversed",
        "stuck",
        "wrong",
    )

    def __init__(self, site: Site, kind: FiscalMetering) -> None:
        self.dead = self.stuck = self.reversed = False
        self.jump_wh = self.drift = 0.0
        self.failed = self.wrong = False
        self._flow = STILL
        self._off_wh = 0.0
        self._since_s = site.now
        self._timer: Timer | None = None
        super().__init__(site, kind)

    def value(self, variable: str) -> str | None:
        return written(self.failed or self.wrong) if variable == "Problem" else super().value(variable)

    @property
    def _share(self) -> float:
        """By which share of what flows its register goes wrong."""
        return 1.0 if self.stuck or self.reversed else abs(self.drift)

    @property
    def off_wh(self) -> float:
        """By how much the register is off what has flowed."""
        return self._off_wh + self._share * self._flowed_wh(self.site.now - self._since_s) + abs(self.jump_wh)

    def _flowed_wh(self, seconds: float) -> float:
        growth, power_w = self._flow.growth_per_s, self._flow.power_w
        return power_w * (expm1(growth * seconds) / growth if growth else seconds) / 3600

    def _off_after_s(self, left_wh: float) -> float:
        """How long it takes to be off by so much more; infinity if it never will be."""
        growth, per_s = self._flow.growth_per_s, self._share * self._flow.power_w / 3600
        if per_s <= 0:
            return inf
        times = left_wh * growth / per_s
        return log1p(times) / growth if growth and times > -1 else left_wh / per_s if not growth else inf

    def disturbed(self) -> None:
        """Settle what it is off by, let the meter have its faults, and judge it."""
        evse = self.site.evse
        if evse is None:
            return
        self._off_wh, self._since_s = self.off_wh - abs(self.jump_wh), self.site.now
        if not self._share:
            self._off_wh = 0.0
        self._flow = stream(evse) if self._share else STILL
        evse.circuit.settle()
        self._pass_on(evse)
        assert isinstance(self.kind, FiscalMetering)
        self._judge(self.dead and self.failed, self.off_wh >= self.kind.plausible_wh * (1 - 1e-9))
        self._arm(self.kind)
        super().disturbed()

    def _pass_on(self, evse: Evse) -> None:
        """Let the meter have its faults. A register never falls: what it has jumped by stays when it is mended."""
        evse.meter.import_wh += max(0.0, evse.meter.ills.jump_wh - self.jump_wh)
        for name in ("dead", "stuck", "reversed", "jump_wh", "drift"):
            if getattr(evse.meter.ills, name) != getattr(self, name):
                setattr(evse.meter.faults, name, getattr(self, name))

    def _judge(self, failed: bool, wrong: bool) -> None:
        self.failed, self.wrong = failed, wrong
        for trouble, there in (("meter failure", failed), ("meter implausible", wrong)):
            if not self.site.powered:
                return
            if there:
                self.site.trouble(trouble)
            else:
                self.site.recovered(trouble)

    def _arm(self, kind: FiscalMetering) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.dead and not self.failed:
            self._timer = self.site.after(kind.silence_s, self._silent)
        elif not self.wrong:
            wait_s = min(self._off_after_s(kind.plausible_wh - self.off_wh), self._flow.until_s)
            if wait_s < inf:
                self._timer = self.site.after(wait_s, self.disturbed)

    def _silent(self) -> None:
        self._timer = None
        self.failed = True
        self.disturbed()


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


def _meter(name: str, observable: str, **fields: object) -> Fault:
    return Fault(name, observable, MappingProxyType({"FiscalMetering": fields}))


breakable(
    _meter("meter failure", "the meter does not answer: Faulted, PowerMeterFailure", dead=True),
    _meter("meter stuck", "its register stands still while energy flows, until it is implausible", stuck=True),
    _meter("meter reversed", "what is imported is counted as export, until it is implausible", reversed=True),
    _meter("meter jump", "its register shows 10 kWh more than it counted: implausible", jump_wh=10_000.0),
    _meter("meter drift", "it counts a tenth too much, until it is implausible", drift=0.1),
    Fault(
        "control meter failure",
        "the control meter shows nothing",
        MappingProxyType({"ControlMetering": {"broken": True}}),
    ),
)
