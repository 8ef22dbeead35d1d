"""Station profiles: what a kind of charging station is made of, read from YAML files that a user can copy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any

import yaml

from protocol.x509 import load_chain
from simulator import document
from simulator.builtin import FOLDER, profile_names
from simulator.document import Key, ProfileError, Reader, Spot, boolean, items, number, one_of, text
from simulator.electrical import Kind, Supply
from simulator.hardware import outfit
from simulator.hardware.component import Component
from simulator.hardware.outfit import Bay, Choices, Fitting, Outlet
from simulator.keys.memory import Root, Use
from simulator.monitoring import presets
from simulator.monitoring.monitor import Monitor
from simulator.physics.metering import ACTIVE, Metrology
from simulator.variables import MODEL

__all__ = [
    "ConnectorProfile", "EvseProfile", "MeterProfile", "Profile", "ProfileError", "load_profile",
]  # fmt: skip

UPLINK_BYTES_S = 1_000_000.0
METER_TYPE, METER_SERIAL = "Chargebench M1", "{station}-M{evse}"
AC, DC = frozenset({Kind.AC}), frozenset({Kind.DC})

CONNECTOR_TYPES: Mapping[str, frozenset[Kind]] = {
    "cType1": AC, "cType2": AC, "sType2": AC, "sType3": AC, "sBS1361": AC, "sCEE-7-7": AC,
    "s309-1P-16A": AC, "s309-1P-32A": AC, "s309-3P-16A": AC, "s309-3P-32A": AC,
    "Other1PhMax16A": AC, "Other1PhOver16A": AC, "Other3Ph": AC,
    "cCCS1": DC, "cCCS2": DC, "cG105": DC, "cChaoJi": DC, "OppCharge": DC, "Pan": DC,
    "cTesla": AC | DC, "cGBT": AC | DC, "wInductive": AC | DC, "wResonant": AC | DC,
    "Undetermined": AC | DC, "Unknown": AC | DC,
}  # fmt: skip
"""ConnectorEnumType (OCPP 2.0.1 part 2, 3.22; cGBT, cChaoJi and OppCharge: appendix), with what each can carry."""


@dataclass(frozen=True, slots=True)
class ConnectorProfile:
    """A socket or an attached cable. ``type``: OCPP ConnectorEnumType. ``lock``: the station can hold the plug."""

    type: str
    supply: Supply
    lock: bool

    @property
    def attached(self) -> bool:
        """Whether the cable belongs to the station; otherwise the EV's driver brings one."""
        return self.type.startswith("c")


@dataclass(frozen=True, slots=True)
class EvseProfile:
    """What serves one EV at a time through one of its connectors."""

    connectors: tuple[ConnectorProfile, ...]

    def supply(self, connector: int = 1) -> Supply:
        """What connector 1..n can deliver at most."""
        return self.connectors[connector - 1].supply

    @property
    def max_w(self) -> float:
        """The greatest power at the outlet."""
        return max(connector.supply.offer().power_w for connector in self.connectors)

    @property
    def max_grid_w(self) -> float:
        """The greatest power that this EVSE takes from the grid."""
        supplies = (connector.supply for connector in self.connectors)
        return max(supply.offer().power_w / supply.efficiency for supply in supplies)


@dataclass(frozen=True, slots=True)
class MeterProfile:
    """The meter of each EVSE. ``location``: OCPP LocationEnumType, Outlet (EV's side) or Inlet (grid's side).

    ``accuracy``: its class, None for one that is never wrong. ``per_phase``: it has registers of each phase too.
    """

    type: str = METER_TYPE
    serial: str = METER_SERIAL
    resolution_wh: float = 1.0
    location: str = "Outlet"
    accuracy: str | None = None
    per_phase: bool = False
    between_phases: bool = False

    @property
    def metrology(self) -> Metrology:
        """What its measurements are like."""
        return _metrology(self.resolution_wh, self.accuracy, self.per_phase, self.between_phases)

    def serial_number(self, station: str, evse: int) -> str:
        """The meter's serial number; its last 25 characters, as 1.6 has no room for more."""
        return self.serial.format(station=station, evse=evse)[-25:]


@cache
def _metrology(resolution_wh: float, accuracy: str | None, per_phase: bool, between_phases: bool) -> Metrology:
    return Metrology(resolution_wh, accuracy, per_phase=per_phase, between_phases=between_phases)


CRITERIA = ("Active", "Available", "Enabled", "Problem")
"""ComponentCriterionEnumType of 2.0.1; each is the name of the variable that decides."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of charging station, shared by all stations of that kind.

    ``grid_max_w``: what the whole station may take from the grid; its EVSEs share it where it is less than their sum.
    ``uplink_bytes_s``: how fast files come and go. ``updates_while_charging``: how far an update of its firmware goes
    while somebody charges; ``cancels_updates``: whether a new one may take the place of one in hand;
    ``unsigned_updates``: whether one that nobody has signed is taken. ``summary_reports``: whether it makes the base
    report SummaryInventory, ``report_criteria``: which ComponentCriteria its custom reports can go by.
    ``variables``: what differs from the firmware's defaults, by "Component.Variable" or "Component.Variable.instance".
    ``fittings``: its hardware, each component at each place where it is. ``monitors``: what its manufacturer watches.
    ``roots``: the certificates of CAs that it leaves the factory with.
    """

    name: str
    vendor: str
    model: str
    firmware_version: str
    kind: Kind
    evses: tuple[EvseProfile, ...]
    grid_max_w: float
    serial: str = "{station}"
    uplink_bytes_s: float = UPLINK_BYTES_S
    updates_while_charging: str = "download"
    cancels_updates: bool = True
    unsigned_updates: bool = True
    summary_reports: bool = True
    report_criteria: tuple[str, ...] = CRITERIA
    meter: MeterProfile = MeterProfile()
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    fittings: tuple[Fitting, ...] = field(default=(), hash=False)
    monitors: tuple[Monitor, ...] = ()
    roots: tuple[Root, ...] = ()

    @property
    def components(self) -> tuple[Component, ...]:
        """What it is made of: one component of each title; those of single places stand in ``fittings``."""
        return tuple({fitting.title: fitting.component for fitting in reversed(self.fittings)}.values())[::-1]

    def evse(self, evse: int) -> EvseProfile:
        """EVSE 1..n."""
        return self.evses[evse - 1]

    def serial_number(self, station: str) -> str:
        """The station's serial number; its last 25 characters, as BootNotification has no room for more."""
        return self.serial.format(station=station)[-25:]


def load_profile(name_or_path: str | Path) -> Profile:
    """A built-in profile by name, or a user's by path. Raises ProfileError: file, line, column, what would be right."""
    if str(name_or_path) in profile_names():
        return _built_in(str(name_or_path))
    path = Path(name_or_path)
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        return _profile(document.load(path), path.stem)
    hint = document.suggest(str(name_or_path), profile_names())
    raise ProfileError(
        str(name_or_path), f"no built-in profile has this name; {hint}; or give the path of a .yaml file"
    )


@cache
def _built_in(name: str) -> Profile:
    return _profile(document.load(FOLDER / f"{name}.yaml"), name)


def _pattern(*places: str) -> Reader[str]:
    words, parse = text(50), Formatter().parse
    says = f"text of 1 to 50 characters in which {' and '.join(f'{{{place}}}' for place in places)} may stand"

    def read(spot: Spot) -> str:
        value = words.read(spot)
        # Nothing but the bare places: a format such as {station:>99999999999} would take all memory.
        bare = set(places)
        try:
            plain = all(
                place is None or (place in bare and not spec and not how) for _, place, spec, how in parse(value)
            )
        except ValueError:
            plain = False
        if not plain:
            raise spot.fault(f"must be {says}, not '{value}'")
        return value

    return Reader(says, read)


def _on_the_wire(spot: Spot) -> str:
    """A value as OCPP writes it: true, 60, and lists joined by commas."""
    if isinstance(spot.node, yaml.SequenceNode) and spot.node.value:
        return ",".join(_on_the_wire(spot.at(node)) for node in spot.node.value)
    value = spot.scalar()
    if value is None:
        raise spot.fault(f"must be text, a number, true, false or a list of these, not {spot.looks()}")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _table(keys: tuple[Key, ...], what: str, says: str) -> Reader[dict[str, Any]]:
    return Reader(says, lambda spot: document.fields(spot, keys, what))


def _settings(spot: Spot) -> tuple[tuple[Spot, str, Spot], ...]:
    """What stands under ``variables``; which ones there are follows from the rest of the profile."""
    return tuple(spot.pairs("variables"))


def _variables(settings: tuple[tuple[Spot, str, Spot], ...], fittings: tuple[Fitting, ...]) -> Mapping[str, str]:
    shown = {variable.key: variable for fitting in fittings for variable in outfit.fitted_variables(fitting)}
    known = {**MODEL, **shown} if settings else {}
    values: dict[str, str] = {}
    for key, name, value in settings:
        if name not in known:
            raise key.fault(f"the firmware has no variable '{name}'; {document.suggest(name, known)}")
        values[name] = _on_the_wire(value)
        if objection := known[name].objection(values[name]):
            raise value.fault(f"{name} cannot be '{values[name]}': {objection}")
    return MappingProxyType(values)


def _located(keys: tuple[Key, ...], what: str, says: str) -> Reader[tuple[Spot, dict[str, Any]]]:
    return Reader(says, lambda spot: (spot, document.fields(spot, keys, what)))


ELECTRICAL_KEYS = (
    Key("phases", one_of(1, 3), "connected phases (AC only)", default="3"),
    Key(
        "voltage_v", number(above=0, at_most=1500), "AC: phase to neutral; DC: highest output", default="AC 230, DC 920"
    ),
    Key("min_voltage_v", number(at_least=0, at_most=1500), "lowest output voltage (DC only)", default="150"),
    Key("max_a", number(above=0, at_most=3000), "greatest current, per phase if AC", default="needed here or there"),
    Key("max_w", number(above=0), "greatest power at the outlet", default="max_a at voltage_v"),
    Key(
        "efficiency",
        number(above=0, at_most=1),
        "power at the outlet over power from the grid (DC only)",
        default="0.95",
    ),
)
"""May stand at an EVSE, for all of its connectors, and at a connector, which then decides."""

CONNECTOR_KEYS = (
    Key("type", one_of(*CONNECTOR_TYPES), "OCPP ConnectorEnumType; c…: attached cable, s…: socket", required=True),
    Key("lock", boolean(), "the station can hold the plug", default="true for sockets and DC"),
    *ELECTRICAL_KEYS,
    Key("components", outfit.choices(), "hardware that is otherwise at this connector", default="as the EVSE"),
)
EVSE_KEYS = (
    Key("connectors", items(_located(CONNECTOR_KEYS, "a connector", "a connector"), "connectors"),
        "its sockets and cables; one is used at a time", required=True),
    *ELECTRICAL_KEYS,
    Key("components", outfit.choices(), "hardware that is otherwise at this EVSE", default="as the profile"),
)  # fmt: skip
METER_KEYS = (
    Key("type", text(25), "maker and type", default=METER_TYPE),
    Key("serial", _pattern("station", "evse"), "pattern of the serial number", default=METER_SERIAL),
    Key("resolution_wh", number(above=0, at_most=10_000), "step of the register as shown", default="1"),
    Key("location", one_of("Outlet", "Inlet"), "EV's side (Outlet) or grid's side (Inlet)", default="Outlet"),
    Key("accuracy", one_of(*ACTIVE), "class of MID (A, B, C) or IEC 62053-21 (1, 2), in quotes", default="exact"),
    Key("per_phase", boolean(), "it has a register and the power of each phase too", default="false"),
    Key("between_phases", boolean(), "it shows the voltages between phases too", default="false"),
)


def _pem(spot: Spot) -> str:
    text = str(spot.scalar())
    try:
        found = len(load_chain(text))
    except ValueError:
        found = 0
    if found != 1:
        raise spot.fault("must be one X.509 certificate in PEM")
    return text


CERTIFICATE_KEYS = (
    Key("use", one_of(*(use.value for use in Use)), "what for: OCPP InstallCertificateUseEnumType", required=True),
    Key("pem", Reader("one X.509 certificate in PEM", _pem), "that of a CA", required=True),
)
PROFILE_KEYS = (
    Key("vendor", text(20), "vendor in BootNotification", required=True),
    Key("model", text(20), "model in BootNotification", required=True),
    Key("firmware_version", text(50), "version of the firmware, in quotes", required=True),
    Key("kind", one_of("AC", "DC"), "what comes out of it", required=True),
    Key("serial", _pattern("station"), "pattern of the serial number", default="{station}"),
    Key("frequency_hz", one_of(50, 60), "of the grid", default="50"),
    Key("grid_voltage_v", number(above=0, at_most=1000), "of the grid, phase to neutral", default="230"),
    Key("grid_max_w", number(above=0), "what all EVSEs may take together", default="their sum"),
    Key("uplink_bytes_s", number(above=0), "how fast files come and go", default="1000000"),
    Key(
        "updates_while_charging",
        one_of("nothing", "download", "install"),
        "how far a firmware update goes while somebody charges",
        default="download",
    ),
    Key("cancels_updates", boolean(), "a new firmware update takes the place of one in hand", default="true"),
    Key("unsigned_updates", boolean(), "it takes firmware that nobody has signed (L02)", default="true"),
    Key("summary_reports", boolean(), "it makes the base report SummaryInventory (B07)", default="true"),
    Key(
        "report_criteria",
        items(one_of(*CRITERIA), "criteria"),
        "what components of a custom report can be chosen by (B08)",
        default="all of them",
    ),
    Key("meter", _table(METER_KEYS, "meter", "a mapping"), "the meter of each EVSE", default="as below"),
    Key("evses", items(_located(EVSE_KEYS, "an EVSE", "an EVSE"), "EVSEs"), "what serves one EV each", required=True),
    Key("components", outfit.choices(), "its hardware besides the power path", default="none"),
    Key("variables", Reader("Component.Variable: value", _settings), "what differs from the defaults", default="none"),
    Key(
        "monitors",
        items(Reader("a monitor", presets.preset), "monitors"),
        "what its manufacturer watches",
        default="none",
    ),
    Key("certificates", items(_located(CERTIFICATE_KEYS, "a certificate", "a certificate"), "certificates"),
        "roots that it leaves the factory with", default="none"),
)  # fmt: skip
TABLES: Mapping[str, tuple[Key, ...]] = {
    "profile": PROFILE_KEYS, "meter": METER_KEYS, "evses": EVSE_KEYS, "connectors": CONNECTOR_KEYS,
    "monitors": presets.KEYS, "certificates": CERTIFICATE_KEYS,
}  # fmt: skip
"""Every key that a profile may have, by the mapping in which it stands."""

DEFAULTS: Mapping[Kind, Mapping[str, Any]] = {
    Kind.AC: {"phases": 3, "voltage_v": 230.0},
    Kind.DC: {"voltage_v": 920.0, "min_voltage_v": 150.0, "efficiency": 0.95},
}


def _profile(root: Spot, name: str) -> Profile:
    values = document.fields(root, PROFILE_KEYS, "a profile")
    kind = Kind(values["kind"])
    grid = {
        "frequency_hz": float(values.get("frequency_hz", 50)),
        "grid_voltage_v": values.get("grid_voltage_v", 230.0),
    }
    bays: list[Bay] = []
    evses = tuple(_evse(evse, kind, grid, bays) for _, evse in values["evses"])
    fittings = outfit.fittings(kind, values.get("components", outfit.NONE), bays)
    plain = (
        "vendor", "model", "firmware_version", "serial", "uplink_bytes_s", "updates_while_charging", "cancels_updates",
        "unsigned_updates", "summary_reports", "report_criteria",
    )  # fmt: skip
    return Profile(
        name=name,
        kind=kind,
        evses=evses,
        grid_max_w=values.get("grid_max_w", sum(evse.max_grid_w for evse in evses)),
        meter=MeterProfile(**values.get("meter", {})),
        variables=_variables(values.get("variables", ()), fittings),
        fittings=fittings,
        monitors=presets.numbered(values.get("monitors", ())),
        roots=tuple(Root(Use(each["use"]), each["pem"]) for _, each in values.get("certificates", ())),
        **{key: values[key] for key in plain if key in values},
    )


def _evse(values: dict[str, Any], kind: Kind, grid: dict[str, float], bays: list[Bay]) -> EvseProfile:
    chosen: Choices = values.pop("components", outfit.NONE)
    shared = {key: value for key, value in values.items() if key != "connectors"}
    own = [values.pop("components", outfit.NONE) for _, values in values["connectors"]]
    connectors = tuple(_connector(spot, shared | values, kind, grid) for spot, values in values["connectors"])
    outlets = [Outlet(connector.type, connector.lock) for connector in connectors]
    bays.append(Bay(chosen, list(zip(outlets, own, strict=True))))
    return EvseProfile(connectors)


def _connector(spot: Spot, values: dict[str, Any], kind: Kind, grid: dict[str, float]) -> ConnectorProfile:
    type_ = values.pop("type")
    lock = values.pop("lock", type_.startswith("s") or kind is Kind.DC)
    foreign = values.keys() - DEFAULTS[kind].keys() - {"max_a", "max_w"}
    if foreign:
        raise spot.fault(f"'{min(foreign)}' means nothing for a connector of an {kind} station; leave it out")
    if kind not in CONNECTOR_TYPES[type_]:
        fitting = [other for other, kinds in CONNECTOR_TYPES.items() if kind in kinds]
        raise spot.fault(f"{type_} does not carry {kind}; {document.suggest(type_, fitting)}")
    if "max_a" not in values:
        raise spot.fault("max_a is missing: the greatest current in A, here or for the whole EVSE")
    electrical: dict[str, Any] = {"phases": 0, **DEFAULTS[kind], **values}
    if electrical.get("min_voltage_v", 0.0) > electrical["voltage_v"]:
        raise spot.fault("min_voltage_v is above voltage_v")
    electrical.setdefault("max_w", electrical["max_a"] * electrical["voltage_v"] * max(1, electrical["phases"]))
    return ConnectorProfile(type_, Supply(kind, **electrical | grid), lock)
