"""Firmware functions that a profile gives a station: their controllers say in the device model what they can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from simulator.devicemodel.variable import DataType, Mutability, Variable, written
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.gadget import Gadget
from simulator.hardware.parameter import parameter
from simulator.hardware.site import Site

_fixed = partial(Variable, mutability=Mutability.READ_ONLY, constant=True)
_flag = partial(_fixed, type=DataType.BOOLEAN)


@component("ReservationManager")
@dataclass(frozen=True, slots=True)
class Reservations:
    """Reservations (2.0.1 appendix 3.1.12, ReservationCtrlr). ``any_evse``: also of no EVSE in particular."""

    any_evse: bool = True

    name: ClassVar[str] = "ReservationCtrlr"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = ""
    watched: ClassVar[tuple[str, ...]] = ()

    def variables(self) -> Sequence[Variable]:
        return (_flag(self.name, "NonEvseSpecific", default=written(self.any_evse)),)

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        return None


@component("PricingManager")
@component("SessionCoster")
@dataclass(frozen=True, slots=True)
class Tariffs:
    """Tariffs and costs (2.0.1 appendix 3.1.16, TariffCostCtrlr), as a kind of station comes with them.

    ``currency``: ISO 4217. ``tariff_text``, ``cost_text``: what a driver is shown where there is no other.
    """

    currency: str = "EUR"
    tariff_text: str = "See the operator's price list"
    cost_text: str = "You will get a bill"

    name: ClassVar[str] = "TariffCostCtrlr"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = ""
    watched: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if len(self.currency) != 3 or not self.currency.isalpha() or not self.currency.isupper():
            raise ValueError(f"a currency is three capital letters, not '{self.currency}'")

    def variables(self) -> Sequence[Variable]:
        return (
            Variable(self.name, "Currency", self.currency, high=3, form="[A-Z]{3}"),
            Variable(self.name, "TariffFallbackMessage", self.tariff_text, high=255),
            Variable(self.name, "TotalCostFallbackMessage", self.cost_text, high=255),
        )

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        return None


@component("SmartCharging")
@component("ProfileExecutor")
@dataclass(frozen=True, slots=True)
class SmartCharging:
    """Charging profiles (2.0.1 appendix 3.1.15, SmartChargingCtrlr): how many and how long ones the hardware holds.

    ``stack_level``, ``periods``: ProfileStackLevel and PeriodsPerSchedule. ``phases_3to1``: there are contactors to go
    on with one phase.
    """

    stack_level: int = parameter(9, at_least=0)
    periods: int = parameter(100, at_least=1)
    phases_3to1: bool = True

    name: ClassVar[str] = "SmartChargingCtrlr"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = ""
    watched: ClassVar[tuple[str, ...]] = ()

    def variables(self) -> Sequence[Variable]:
        count = partial(_fixed, self.name, type=DataType.INTEGER)
        return (
            count("ProfileStackLevel", str(self.stack_level)),
            count("PeriodsPerSchedule", str(self.periods)),
            _flag(self.name, "Phases3to1", default=written(self.phases_3to1)),
        )

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        return None
