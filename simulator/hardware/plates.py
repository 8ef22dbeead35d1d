"""What stands on the plates of the station and of its EVSEs and connectors, and of what its controller is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import ClassVar

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.faults import Fault, breakable
from simulator.firmware.memory import running_version
from simulator.hardware.board import Board
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.gadget import Gadget
from simulator.hardware.parameter import parameter
from simulator.hardware.shown import flag, written
from simulator.hardware.site import Site

_fixed = partial(Variable, mutability=Mutability.READ_ONLY, constant=True)


def _live(component: str, name: str, kind: DataType = DataType.STRING, unit: str = "") -> Variable:
    return Variable(
        component, name, "", kind, Mutability.READ_ONLY, unit=unit, persistent=False, monitored=True, live=True
    )


@component("ChargingStation")
@dataclass(frozen=True, slots=True)
class ChargingStation:
    """The station as a whole, beyond what every station tells of itself (2.0.1 appendix 3.2.11).

    ``ec_variant``: the state of its design. ``operating_times``: when its site is open, as an iCalendar RRULE.
    """

    ec_variant: str = "A"
    operating_times: str = "FREQ=DAILY"

    name: ClassVar[str] = "ChargingStation"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = ""
    watched: ClassVar[tuple[str, ...]] = ()

    def variables(self) -> Sequence[Variable]:
        return (
            _fixed(self.name, "ECVariant", self.ec_variant),
            _fixed(self.name, "OperatingTimes", self.operating_times),
        )

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        return None


@component("EVSE")
@dataclass(frozen=True, slots=True)
class Plate:
    """An EVSE's number plate, beyond what every EVSE tells of itself (2.0.1 appendix 3.2.30).

    ``evse_id``: pattern of its EVSE ID (ISO 15118, IEC 63119-2); {station} and {evse} stand for their identities.
    """

    evse_id: str = "DE*CHB*E{station}*{evse}"

    name: ClassVar[str] = "EVSE"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = ""
    watched: ClassVar[tuple[str, ...]] = ()

    def variables(self) -> Sequence[Variable]:
        return (_live(self.name, "EvseId"), _live(self.name, "ISO15118EvseId"))

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        if variable not in ("EvseId", "ISO15118EvseId"):
            return None
        station = gadget.site.station.identity.replace("*", "")
        return self.evse_id.replace("{station}", station).replace("{evse}", str(gadget.site.place.evse))


@component("Connector")
@dataclass(frozen=True, slots=True)
class MatingPart:
    """A connector and its wear (2.0.1 appendix 3.2.14; Count: how often something was plugged in).

    ``used``: how often it had been used when the station was commissioned. ``rated``: how often it may be (IEC
    62196-1: 10,000 operations without load); beyond, it needs to be replaced.
    """

    used: int = parameter(0, at_least=0)
    rated: int = parameter(10_000, at_least=1)

    name: ClassVar[str] = "Connector"
    scope: ClassVar[Scope] = Scope.CONNECTOR
    senses: ClassVar[frozenset[str]] = frozenset({"cable"})
    trouble: ClassVar[str] = ""
    watched: ClassVar[tuple[str, ...]] = ("Count",)

    def variables(self) -> Sequence[Variable]:
        count = Variable(
            self.name, "Count", "", DataType.INTEGER, Mutability.READ_ONLY, high=self.rated, monitored=True, live=True
        )
        return (count,)

    def part(self, site: Site) -> Part:
        return Contacts(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        if variable != "Count":
            return None
        return str(gadget.count if isinstance(gadget, Contacts) else self.used)


WORN_TIMES = 50 / 30
"""What the rated number of operations makes of a contact's resistance: after them it may become 50 K warmer than the
air (IEC 62196-1, clause 24), where a new one takes 30 K."""


class Contacts(Gadget):
    """One such connector. ``count``: how often something was plugged in; anyone may set it."""

    __slots__ = ("_plugged", "count")

    def __init__(self, site: Site, kind: MatingPart) -> None:
        self.count = kind.used
        self._plugged = False
        super().__init__(site, kind)

    @property
    def resistance_times(self) -> float:
        """By what factor its operations have worn it: the plating goes by the same amount with each."""
        assert isinstance(self.kind, MatingPart)
        return 1 + (WORN_TIMES - 1) * self.count / self.kind.rated

    def disturbed(self) -> None:
        evse = self.site.evse
        plugged = evse is not None and evse.plugged == self.site.place.connector
        if plugged and not self._plugged:
            self.count += 1
        self._plugged = plugged
        super().disturbed()


@component("Controller")
@dataclass(frozen=True, slots=True)
class Controller:
    """The computer that the firmware runs on (2.0.1 appendix 3.2.19).

    ``manufacturer``, ``model``: of the board. ``most_elements``: what a message may have of anything.
    """

    manufacturer: str = "Chargebench"
    model: str = "CB-CPU"
    most_elements: int = parameter(100, at_least=1)

    name: ClassVar[str] = "Controller"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = "internal error"
    watched: ClassVar[tuple[str, ...]] = ("Active",)

    def variables(self) -> Sequence[Variable]:
        return (
            flag(self.name, "Active"),
            _fixed(self.name, "Manufacturer", self.manufacturer),
            _fixed(self.name, "Model", self.model),
            _live(self.name, "FirmwareVersion"),
            _fixed(self.name, "MaxMsgElements", str(self.most_elements), type=DataType.INTEGER),
            _live(self.name, "Count", DataType.INTEGER),
            flag(self.name, "Problem"),
        )

    def part(self, site: Site) -> Part:
        return Board(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        station = gadget.site.station
        match variable:
            case "Active":
                return written(gadget.works)
            case "FirmwareVersion":
                return running_version(station)
            case "Count":  # starts
                return str(station.flash.boots)
        return None


@component("Firmware")
@dataclass(frozen=True, slots=True)
class Firmware:
    """The firmware that runs.

    ``version_date``: when it was made, RFC 3339.
    """

    version_date: str = "2025-01-01T00:00:00Z"

    name: ClassVar[str] = "Firmware"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset()
    trouble: ClassVar[str] = ""
    watched: ClassVar[tuple[str, ...]] = ("Active", "FirmwareVersion")

    def __post_init__(self) -> None:
        try:
            aware = datetime.fromisoformat(self.version_date).tzinfo is not None
        except ValueError:
            aware = False
        if not aware:
            raise ValueError(f"version_date is a date and time with its zone, not '{self.version_date}'")

    def variables(self) -> Sequence[Variable]:
        return (
            flag(self.name, "Active"),
            _live(self.name, "FirmwareVersion"),
            _fixed(self.name, "VersionDate", self.version_date, type=DataType.DATE_TIME),
            flag(self.name, "Problem"),
        )

    def part(self, site: Site) -> Part:
        return Gadget(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(gadget.works)
            case "FirmwareVersion":
                return running_version(gadget.site.station)
        return None


breakable(
    Fault(
        "internal error", "the controller does not work: Faulted", MappingProxyType({"Controller": {"broken": True}})
    ),
    Fault(
        "storage full",
        "messages that wait have no more room: intermediate ones are dropped",
        MappingProxyType({"Controller": {"room": 5.0}}),
    ),
)
