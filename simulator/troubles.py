"""What can be wrong with a station, and what its firmware makes of it: one table for every version of OCPP.

A trouble is raised by a part (never by a script): the part senses, protects itself and its driver, and says the
trouble's name. What follows is the firmware's: the end of a transaction, the status, the messages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple

from simulator.hardware.place import Place


class Effect(IntEnum):
    """What a trouble does to charging where it is; the worst of several counts."""

    TOLD = 0
    """Nothing but the message."""
    HELD_BACK = 1
    """The EV gets nothing; a running transaction stays and goes on afterwards."""
    CLOSED = 2
    """Somebody wants nobody to charge: Unavailable; a running transaction ends."""
    FAULTED = 3
    """The place cannot be used; a running transaction ends."""


TOLD, HELD_BACK, CLOSED, FAULTED = Effect


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of trouble.

    ``error_code``: ChargePointErrorCode (1.6 §7.6). ``component`` and ``variable``: what NotifyEvent names (2.0.1 part
    2 N07; appendices, standardized components), with the value ``true`` while it lasts. ``reason``: ReasonEnumType of
    the transaction that it ends. ``severity``: 0 (danger) to 9 (debug), as monitors have it (MonitorSeverity). The
    name goes into 1.6's ``vendorErrorCode`` and 2.0.1's ``techCode``.
    """

    name: str
    error_code: str
    effect: Effect
    component: str
    variable: str = "Problem"
    reason: str = "Other"
    severity: int = 3


class Raised(NamedTuple):
    """A trouble where it is. ``source``: the title of the part that says so."""

    name: str
    place: Place
    source: str = ""

    @property
    def trouble(self) -> Trouble:
        """What it is."""
        return TROUBLES[self.name]


Troubles = Mapping[Raised, str]
"""What is wrong with a station now, with what is known of it; replaced when it changes."""

NO_TROUBLES: Troubles = MappingProxyType({})


def without(troubles: Troubles, over: Raised) -> Troubles:
    """The same without one."""
    left = {raised: info for raised, info in troubles.items() if raised != over}
    return MappingProxyType(left) if left else NO_TROUBLES


def at(troubles: Troubles, evse: int, connector: int) -> Iterator[Raised]:
    """Those that concern a connector: its own, its EVSE's and the station's."""
    for raised in troubles:
        if raised.place in ((0, 0), (evse, 0), (evse, connector)):
            yield raised


def worst(raised: Iterator[Raised]) -> Raised | None:
    """The one that does most to charging, of those the most severe, of those the first; None of none."""
    return min(raised, key=lambda one: (-one.trouble.effect, one.trouble.severity), default=None)


TROUBLES: dict[str, Trouble] = {}
"""Every trouble by its name; components of other makers may enter theirs with ``known``."""


def known(*troubles: Trouble) -> None:
    """Enter troubles. Raises ValueError for a second one of a name."""
    for trouble in troubles:
        if trouble.name in TROUBLES:
            raise ValueError(f"two troubles {trouble.name}")
        TROUBLES[trouble.name] = trouble


def find(name: str) -> Trouble:
    """The trouble of that name. Raises KeyError with what there is."""
    try:
        return TROUBLES[name]
    except KeyError:
        raise KeyError(f"no trouble is called {name!r}; there are {', '.join(sorted(TROUBLES))}") from None


# fmt: off
known(  # the power path
    Trouble("ground fault", "GroundFailure", FAULTED, "RCD", "Tripped", "GroundFault", 0),
    Trouble("DC leakage", "GroundFailure", FAULTED, "RCD", "Tripped", "GroundFault", 0),
    Trouble("RCD self-test failed", "GroundFailure", FAULTED, "RCD", "Problem", "GroundFault", 1),
    Trouble("insulation fault", "GroundFailure", FAULTED, "GroundIsolationProtection", "Problem", "GroundFault", 0),
    Trouble("insulation warning", "GroundFailure", TOLD, "GroundIsolationProtection", "Active", severity=5),
    Trouble("over-current", "OverCurrentFailure", FAULTED, "OverCurrentProtection", "Active", "OvercurrentFault", 2),
    Trouble("recloser gave up", "InternalError", FAULTED, "RCDRecloser", "Problem", "GroundFault", 2),
    Trouble("over-current recloser gave up", "InternalError", FAULTED, "OverCurrentProtectionRecloser", "Problem",
            "OvercurrentFault", 2),
    Trouble("contactor welded", "PowerSwitchFailure", FAULTED, "PowerContactor", "Tripped", "Other", 0),
    Trouble("contactor does not close", "PowerSwitchFailure", FAULTED, "PowerContactor", "Problem", "Other", 1),
    Trouble("lock failure", "ConnectorLockFailure", HELD_BACK, "ConnectorPlugRetentionLock", "Problem", "Other", 4),
    Trouble("unlock failure", "ConnectorLockFailure", FAULTED, "ConnectorPlugRetentionLock", "Tripped", "Other", 4),
    Trouble("control pilot error", "EVCommunicationError", HELD_BACK, "CPPWMController", "Problem", "Other", 3),
    Trouble("proximity error", "EVCommunicationError", HELD_BACK, "Connector", "Problem", "Other", 4),
    Trouble("EV communication failure", "EVCommunicationError", HELD_BACK, "EVSE", "Problem", "Other", 4),
    Trouble("ventilation missing", "OtherError", HELD_BACK, "AreaVentilation", "Problem", "Other", 4),
    Trouble("cable check failed", "GroundFailure", FAULTED, "GroundIsolationProtection", "Problem", "GroundFault", 1),
    Trouble("pre-charge failed", "PowerSwitchFailure", FAULTED, "AcDcConverter", "Problem", "Other", 2),
    Trouble("converter failure", "InternalError", FAULTED, "AcDcConverter", "Tripped", "Other", 1),
    Trouble("cable breakaway", "OtherError", FAULTED, "CableBreakawaySensor", "Tripped", "EVDisconnected", 0),
    Trouble("meter failure", "PowerMeterFailure", FAULTED, "FiscalMetering", "Problem", "Other", 1),
    Trouble("meter implausible", "PowerMeterFailure", TOLD, "FiscalMetering", "Problem", "Other", 4),
    Trouble("control meter failure", "PowerMeterFailure", TOLD, "ControlMetering", "Problem", "Other", 4),
)
known(  # the grid
    Trouble("no grid", "UnderVoltage", HELD_BACK, "ElectricalFeed", "Problem", "PowerLoss", 2),
    Trouble("under-voltage", "UnderVoltage", HELD_BACK, "ElectricalFeed", "Problem", "PowerQuality", 4),
    Trouble("over-voltage", "OverVoltage", HELD_BACK, "ElectricalFeed", "Problem", "PowerQuality", 3),
    Trouble("phase loss", "UnderVoltage", TOLD, "ElectricalFeed", "Problem", "PowerQuality", 4),
    Trouble("on backup power", "OtherError", TOLD, "ELVSupply", "Fallback", severity=5),
)
known(  # heat and surroundings
    Trouble("derating", "HighTemperature", TOLD, "TemperatureSensor", "Active", severity=6),
    Trouble("too hot to charge", "HighTemperature", HELD_BACK, "TemperatureSensor", "Suspending", "Other", 3),
    Trouble("over-temperature", "HighTemperature", FAULTED, "TemperatureSensor", "Tripped", "Other", 2),
    Trouble("temperature sensor failure", "InternalError", TOLD, "TemperatureSensor", "Problem", severity=4),
    Trouble("too cold", "OtherError", HELD_BACK, "Heater", "Problem", "Other", 5),
    Trouble("heater failure", "OtherError", TOLD, "Heater", "Problem", severity=5),
    Trouble("fan failure", "OtherError", TOLD, "AirCoolingSystem", "Problem", severity=4),
    Trouble("cooling failure", "OtherError", TOLD, "LiquidCoolingSystem", "Problem", severity=4),
    Trouble("ventilation failure", "OtherError", TOLD, "AreaVentilation", "Problem", severity=4),
    Trouble("high humidity", "OtherError", TOLD, "HumiditySensor", "Active", severity=5),
    Trouble("emergency stop", "OtherError", FAULTED, "EmergencyStopSensor", "Tripped", "EmergencyStop", 0),
    Trouble("door open", "OtherError", FAULTED, "CaseAccessSensor", "Active", "Other", 3),
    Trouble("flood", "OtherError", FAULTED, "FloodSensor", "Tripped", "Other", 0),
    Trouble("tilt", "OtherError", FAULTED, "TiltSensor", "Active", "Other", 1),
    Trouble("shock", "OtherError", TOLD, "ShockSensor", "Active", severity=3),
    Trouble("out of service", "OtherError", CLOSED, "LocalAvailabilitySensor", "Active", "Other", 3),
    Trouble("connector protection failure", "OtherError", FAULTED, "ConnectorProtectionRelease", "Problem", "Other", 4),
    Trouble("holster failure", "OtherError", TOLD, "ConnectorHolsterRelease", "Problem", severity=5),
)
known(  # the electronics
    Trouble("reader failure", "ReaderFailure", TOLD, "TokenReader", "Problem", severity=3),
    Trouble("display failure", "OtherError", TOLD, "Display", "Problem", severity=4),
    Trouble("indicator failure", "OtherError", TOLD, "ChargingStatusIndicator", "Problem", severity=5),
    Trouble("lighting failure", "OtherError", TOLD, "BeaconLighting", "Problem", severity=6),
    Trouble("weak signal", "WeakSignal", TOLD, "DataLink", "SignalStrength", severity=5),
    Trouble("modem failure", "OtherError", TOLD, "DataLink", "Problem", severity=3),
    Trouble("clock failure", "InternalError", TOLD, "RealTimeClock", "Problem", severity=4),
    Trouble("internal error", "InternalError", FAULTED, "Controller", "Problem", "Other", 2),
    Trouble("storage full", "InternalError", TOLD, "Controller", "Problem", severity=3),
    Trouble("maintenance due", "OtherError", TOLD, "Maintenance", "Problem", severity=7),
    Trouble("self-test failed", "InternalError", FAULTED, "ChargingStation", "Problem", "Other", 2),
    Trouble("supply failure", "InternalError", FAULTED, "ELVSupply", "Problem", "Other", 2),
    Trouble("reset failure", "ResetFailure", TOLD, "ChargingStation", "Problem", severity=4),
    Trouble("local list conflict", "LocalListConflict", TOLD, "LocalAuthListCtrlr", "Problem", severity=5),
    Trouble("button failure", "OtherError", TOLD, "UIInput", "Problem", severity=5),
)
# fmt: on
