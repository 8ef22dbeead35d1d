"""The links to the CSMS: a modem with its signal, and a wire. Without one of them that works nothing leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.faults import Fault, breakable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.gadget import Gadget
from simulator.hardware.parameter import parameter
from simulator.hardware.rig import STATION, sensed
from simulator.hardware.shown import enabled, flag, number, written
from simulator.hardware.site import Site
from simulator.network import kept
from simulator.stream import PERFECT, Quality

if TYPE_CHECKING:
    from simulator.station import Station

LINK = "link"
"""What a link ``senses``: the station dials."""

UNLINKED_S = 3.0
"""How long a dialler without any link waits for a name server before it gives up."""


class Hindrance(NamedTuple):
    """Why a link carries nothing, and after how long whoever dials knows."""

    after_s: float
    why: str


@component("RadioLink")
@dataclass(frozen=True, slots=True)
class RadioLink:
    """A modem (2.0.1 appendix 3.2.22, DataLink). Its signal varies from site to site, and decides whether there is a
    link at all.

    ``signal_dbm``: what it receives, on average over the sites. ``spread_db``: a site is at most this much better
    or worse. ``weak_dbm``: below it the CSMS is told (1.6: WeakSignal). ``lost_dbm``: below it there is no link.
    ``hysteresis_db``: so much better it must become again. ``attach_s``: how long it tries to get a data connection
    (3GPP TS 24.008 T3380: 30 s). ``latency_s``: what it adds in each direction. ``jitter_s``: what comes on top by
    chance, on average. ``edge_loss``: the share of segments lost at ``lost_dbm``, from none at ``weak_dbm``.
    ``apn``, ``iccid``, ``imsi``: of its SIM; where empty, ICCID and IMSI are made up, each station's its own.
    ``mcc_mnc``: the network that those are of.
    """

    signal_dbm: float = parameter(-75.0, at_least=-140, at_most=0)
    spread_db: float = parameter(10.0, at_least=0, at_most=60)
    weak_dbm: float = parameter(-100.0, at_least=-140, at_most=0)
    lost_dbm: float = parameter(-113.0, at_least=-140, at_most=0)
    hysteresis_db: float = parameter(3.0, at_least=0, at_most=30)
    attach_s: float = 30.0
    latency_s: float = 0.0
    jitter_s: float = 0.0
    edge_loss: float = parameter(0.3, at_least=0, at_most=1)
    apn: str = "iot.example"
    iccid: str = ""
    imsi: str = ""
    mcc_mnc: str = "26299"
    instance: str = "Radio"

    name: ClassVar[str] = "DataLink"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({LINK})
    trouble: ClassVar[str] = "modem failure"
    watched: ClassVar[tuple[str, ...]] = ("Active", "SignalStrength")

    def __post_init__(self) -> None:
        if not self.lost_dbm < self.weak_dbm:
            raise ValueError("lost_dbm must be below weak_dbm")
        if not (self.mcc_mnc.isdigit() and len(self.mcc_mnc) in (5, 6)):
            raise ValueError("mcc_mnc is five or six digits")

    def variables(self) -> Sequence[Variable]:
        return (
            enabled(self.name),
            flag(self.name, "Active"),
            number(self.name, "SignalStrength", "dBm"),
            _text(self.name, "ICCID"),
            _text(self.name, "IMSI"),
            Variable(self.name, "APN", self.apn, DataType.STRING, Mutability.READ_ONLY, constant=True),
            flag(self.name, "Problem"),
        )

    def part(self, site: Site) -> Part:
        return Modem(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        assert isinstance(gadget, Modem)
        match variable:
            case "Active":
                return written(gadget.carries and gadget.site.station.line.open)
            case "SignalStrength":
                return f"{gadget.signal_dbm:.0f}" if gadget.works else ""
            case "ICCID":
                return self.iccid or _iccid(gadget.site)
            case "IMSI":
                return self.imsi or self.mcc_mnc + _digits(gadget.site, "IMSI", 15 - len(self.mcc_mnc))
        return None


class Modem(Gadget):
    """One such modem. Faults: ``broken``, ``signal_dbm`` (somebody parks a lorry before the antenna), ``wrong_apn``."""

    __slots__ = ("_gone", "_weak", "signal_dbm", "wrong_apn")

    def __init__(self, site: Site, kind: RadioLink) -> None:
        self.signal_dbm = kind.signal_dbm + site.chance.uniform("signal", -kind.spread_db, kind.spread_db, number=0)
        self.wrong_apn = False
        self._weak = self._gone = False
        super().__init__(site, kind)

    @property
    def carries(self) -> bool:
        """Whether messages get through."""
        assert isinstance(self.kind, RadioLink)
        return self.works and not self.wrong_apn and not self._below(self.kind.lost_dbm, self._gone)

    @property
    def hindrance(self) -> Hindrance:
        """Why it carries nothing."""
        assert isinstance(self.kind, RadioLink)
        if not self.works:
            return Hindrance(UNLINKED_S, "no modem")
        if self._below(self.kind.lost_dbm, self._gone):
            return Hindrance(self.kind.attach_s, "no network in reach")
        return Hindrance(self.kind.attach_s, f"no data connection by the APN {self.kind.apn}")

    @property
    def quality(self) -> Quality:
        """What it does to what passes."""
        kind = self.kind
        assert isinstance(kind, RadioLink)
        weak = (kind.weak_dbm - self.signal_dbm) / (kind.weak_dbm - kind.lost_dbm)
        return Quality(kind.latency_s, kind.jitter_s, kind.edge_loss * min(1.0, max(0.0, weak)))

    def _below(self, level_dbm: float, so_far: bool) -> bool:
        assert isinstance(self.kind, RadioLink)
        return self.signal_dbm < level_dbm + (self.kind.hysteresis_db if so_far else 0.0)

    def disturbed(self) -> None:
        assert isinstance(self.kind, RadioLink)
        self._weak = self._below(self.kind.weak_dbm, self._weak)
        self._gone = self._below(self.kind.lost_dbm, self._gone)
        if self._weak and self.works:
            self.site.trouble("weak signal", f"{self.signal_dbm:.0f} dBm")
        else:
            self.site.recovered("weak signal")
        super().disturbed()
        follow(self.site.station)


@component("WiredLink")
@dataclass(frozen=True, slots=True)
class WiredLink:
    """A wire to the operator's network: Ethernet or DSL (2.0.1 appendix 3.2.22, DataLink).

    ``mode``: what it is. ``network``: the first three numbers of its IPv4 address; the fourth is the station's own.
    ``latency_s``: what it adds in each direction. ``jitter_s``: what comes on top by chance, on average.
    """

    mode: str = "Ethernet"
    network: str = "192.168.10"
    latency_s: float = 0.0
    jitter_s: float = 0.0
    instance: str = "Wired"

    name: ClassVar[str] = "DataLink"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({LINK})
    trouble: ClassVar[str] = "modem failure"
    watched: ClassVar[tuple[str, ...]] = ("Active",)

    def __post_init__(self) -> None:
        numbers = self.network.split(".")
        if len(numbers) != 3 or not all(each.isdigit() and int(each) < 256 for each in numbers):
            raise ValueError(f"network is three numbers below 256, joined by dots, not '{self.network}'")

    def variables(self) -> Sequence[Variable]:
        return (
            enabled(self.name),
            flag(self.name, "Active"),
            Variable(self.name, "Mode", self.mode, DataType.STRING, Mutability.READ_ONLY, constant=True),
            _text(self.name, "NetworkAddress"),
            flag(self.name, "Problem"),
        )

    def part(self, site: Site) -> Part:
        return Wire(site, self)

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        assert isinstance(gadget, Wire)
        match variable:
            case "Active":
                return written(gadget.carries and gadget.site.station.line.open)
            case "NetworkAddress":
                return f"{self.network}.{gadget.site.chance.whole('address', 2, 254, number=0)}"
        return None


class Wire(Gadget):
    """One such wire. Faults: ``broken`` (its port), ``pulled`` (nobody is at the other end)."""

    __slots__ = ("pulled",)

    def __init__(self, site: Site, kind: WiredLink) -> None:
        self.pulled = False
        super().__init__(site, kind)

    @property
    def carries(self) -> bool:
        """Whether messages get through."""
        return self.works and not self.pulled

    @property
    def hindrance(self) -> Hindrance:
        """Why it carries nothing."""
        return Hindrance(UNLINKED_S, "no carrier" if self.works else "no network interface")

    @property
    def quality(self) -> Quality:
        """What it does to what passes."""
        assert isinstance(self.kind, WiredLink)
        return Quality(self.kind.latency_s, self.kind.jitter_s)

    def disturbed(self) -> None:
        super().disturbed()
        follow(self.site.station)


def hindrance(station: Station) -> Hindrance | None:
    """Why no link of a station carries anything; None if one does, or it has none of its own. The network is as slow as
    the link that does: a wire before a modem."""
    if LINK not in sensed(station.profile.fittings):
        return None
    parts = _parts(station)
    carrier = next((part for part in parts if part.carries), None)
    if carrier is None:
        return max((part.hindrance for part in parts), default=None)
    if carrier.quality != PERFECT or kept(station) is not None:
        station.network.carried(carrier.quality)
    return None


def _parts(station: Station) -> list[Modem | Wire]:
    fittings = [each for each in station.profile.fittings if isinstance(each.component, RadioLink | WiredLink)]
    looked = (station.rig.look(each.title, STATION) for each in fittings)
    parts = [part for part in looked if isinstance(part, Modem | Wire)]
    return sorted(parts, key=lambda part: isinstance(part, Modem))


def follow(station: Station) -> None:
    """A link is otherwise: if none carries anything, the connection is lost, and neither side is told."""
    if station.line.open and hindrance(station) is not None:
        station.network.vanish()


def _text(component: str, name: str) -> Variable:
    return Variable(component, name, "", DataType.STRING, Mutability.READ_ONLY, live=True)


def _digits(site: Site, purpose: str, count: int) -> str:
    return f"{site.chance.whole(purpose, 0, 10**count - 1, number=0):0{count}d}"


def _iccid(site: Site) -> str:
    """A made-up ICCID: 89 for telecommunications, the country, then digits and the check digit (ITU-T E.118)."""
    digits = "8949" + _digits(site, "ICCID", 14)
    return digits + luhn(digits)


def luhn(digits: str) -> str:
    """The check digit of a row of digits (ISO/IEC 7812-1, annex B)."""
    doubled = (int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(digits)))
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


breakable(
    Fault(
        "modem loss",
        "the connection is lost without a word, and comes back with the modem",
        MappingProxyType({"DataLink[Radio]": {"broken": True}}),
    ),
    Fault(
        "wrong APN",
        "the modem has no network: the connection is lost, and none is made",
        MappingProxyType({"DataLink[Radio]": {"wrong_apn": True}}),
    ),
    Fault(
        "weak signal", "1.6: WeakSignal; 2.0.1: an event", MappingProxyType({"DataLink[Radio]": {"signal_dbm": -105.0}})
    ),
    Fault(
        "signal lost",
        "as a modem loss, until the signal is better by the hysteresis",
        MappingProxyType({"DataLink[Radio]": {"signal_dbm": -120.0}}),
    ),
    Fault(
        "wire pulled",
        "the connection is lost without a word, unless a modem stands in",
        MappingProxyType({"DataLink[Wired]": {"pulled": True}}),
    ),
)
