"""The CHAdeMO controller: it talks to the EV over the CAN bus of a CHAdeMO cable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.faults import Fault, breakable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.gadget import Gadget
from simulator.hardware.parameter import parameter
from simulator.hardware.shown import enabled, flag, number, written
from simulator.hardware.site import Site

PROTOCOL_OF_2_0 = 3
"""H'102.0 of a CHAdeMO 2.0 EV: 1 is 0.9, 2 is 1.0 to 1.2, 3 is 2.0."""


@component("CHAdeMOController")
@dataclass(frozen=True, slots=True)
class ChademoController:
    """Communicates over CAN with an EV at a CHAdeMO connector (2.0.1 appendix 3.1.4, CHAdeMOCtrlr).

    ``protocol_number``: what EVs there announce (H'102.0): 1 for 0.9, 2 for 1.0 to 1.2, 3 for 2.0. ``selftest_s``: how
    long a self-test takes.
    """

    protocol_number: int = parameter(2, at_least=0, at_most=255)
    selftest_s: float = 5.0

    name: ClassVar[str] = "CHAdeMOCtrlr"
    scope: ClassVar[Scope] = Scope.CONNECTOR
    senses: ClassVar[frozenset[str]] = frozenset({"cable"})
    trouble: ClassVar[str] = "EV communication failure"
    watched: ClassVar[tuple[str, ...]] = ("Active", "VehicleStatus")

    def variables(self) -> Sequence[Variable]:
        return (
            enabled(self.name),
            flag(self.name, "Active"),
            Variable(self.name, "SelftestActive", "false", DataType.BOOLEAN, Mutability.READ_WRITE,
                     persistent=False, monitored=True, live=True),
            _learnt("CHAdeMOProtocolNumber"),
            flag(self.name, "VehicleStatus"),
            flag(self.name, "DynamicControl"),
            flag(self.name, "HighCurrentControl"),
            flag(self.name, "HighVoltageControl"),
            _learnt("AutoManufacturerCode"),
            number(self.name, "StateOfCharge", "Percent"),
            flag(self.name, "Problem"),
        )  # fmt: skip

    def part(self, site: Site) -> Part:
        return CanBus(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        evse = gadget.site.evse
        here = evse is not None and evse.plugged == gadget.site.place.connector and evse.ev is not None
        talks = here and gadget.works
        match variable:
            case "Active":
                return written(talks)
            case "VehicleStatus":  # H'102.5.3: the EV's contactor is closed
                return written(talks and evse is not None and evse.contactor_closed)
            case "CHAdeMOProtocolNumber":
                return str(self.protocol_number) if talks else "0"
            case "DynamicControl":
                return written(talks and self.protocol_number >= PROTOCOL_OF_2_0)
            case "HighCurrentControl":  # more than 200 A
                return written(talks and evse is not None and evse.ev is not None and evse.ev.model.dc_max_a > 200)
            case "HighVoltageControl":  # more than 500 V
                return written(talks and evse is not None and _highest_v(gadget) > 500)
            case "AutoManufacturerCode":
                return "0"
            case "StateOfCharge":
                return f"{evse.ev.soc_percent:.0f}" if talks and evse is not None and evse.ev is not None else ""
        return None


class CanBus(Gadget):
    """One such controller. Fault: ``broken``: the EV is not heard."""

    __slots__ = ("_tests_until_s",)

    def __init__(self, site: Site, kind: ChademoController) -> None:
        self._tests_until_s = -1.0
        super().__init__(site, kind)

    @property
    def testing(self) -> bool:
        """Whether a self-test runs."""
        return self.site.now < self._tests_until_s and self.site.powered

    def value(self, variable: str) -> str | None:
        return written(self.testing) if variable == "SelftestActive" else super().value(variable)

    def write(self, variable: str, value: str) -> bool:
        if variable != "SelftestActive":
            return super().write(variable, value)
        evse = self.site.evse
        if value.lower() != "true" or self.testing or (evse is not None and evse.ev is not None):
            return False  # it is started by true, ends by itself, and needs an empty connector
        assert isinstance(self.kind, ChademoController)
        self._tests_until_s = self.site.now + self.kind.selftest_s
        self.site.after(self.kind.selftest_s, self._tested)
        self.site.changed("SelftestActive")
        return True

    def _tested(self) -> None:
        self.site.changed("SelftestActive")
        self.disturbed()

    def disturbed(self) -> None:
        evse = self.site.evse
        if self.broken and not (evse is not None and evse.plugged == self.site.place.connector):
            self.site.recovered(self.kind.trouble)  # nobody is there to talk to
            return
        super().disturbed()


def _learnt(name: str) -> Variable:
    return Variable("CHAdeMOCtrlr", name, "0", DataType.INTEGER, Mutability.READ_ONLY, persistent=False, live=True)


def _highest_v(gadget: Gadget) -> float:
    evse = gadget.site.evse
    return 0.0 if evse is None or evse.ev is None else evse.ev.model.voltage_v.at(1.0)


breakable(
    Fault(
        "CAN bus broken",
        "no communication with an EV at a CHAdeMO cable: SuspendedEVSE",
        MappingProxyType({"CHAdeMOCtrlr": {"broken": True}}),
    ),
)
