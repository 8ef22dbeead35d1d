"""What happened inside a station, in the past tense. Facts go to the record and to whoever waits for them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened. ``kind`` in the record is that of the class."""

    @property
    def kind(self) -> str:
        """Which part of the station it belongs to: hardware, firmware or link."""
        return "firmware"

    @property
    def name(self) -> str:
        """The fact's name in the record."""
        return type(self).__name__

    def fields(self) -> dict[str, Any]:
        """Its fields, as the record keeps them (None is left out)."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name)) is not None}


class _Hardware(Fact):
    __slots__ = ()

    @property
    def kind(self) -> str:
        return "hardware"


class _Link(Fact):
    __slots__ = ()

    @property
    def kind(self) -> str:
        return "link"


# -- hardware


@dataclass(frozen=True, slots=True)
class PoweredOn(_Hardware):
    """Mains came back, or the station was switched on. ``reason``: PowerUp, RemoteReset, …"""

    reason: str


@dataclass(frozen=True, slots=True)
class PoweredOff(_Hardware):
    """Mains went, or the station was rebooted."""


@dataclass(frozen=True, slots=True)
class Plugged(_Hardware):
    """A cable was plugged in at both ends."""

    evse: int
    connector: int


@dataclass(frozen=True, slots=True)
class Unplugged(_Hardware):
    """The cable was pulled."""

    evse: int
    connector: int


@dataclass(frozen=True, slots=True)
class TokenPresented(_Hardware):
    """Somebody held a card to the reader."""

    token: str


@dataclass(frozen=True, slots=True)
class ContactorClosed(_Hardware):
    """The connector is joined to the mains."""

    evse: int


@dataclass(frozen=True, slots=True)
class ContactorOpened(_Hardware):
    """The connector is off the mains. ``energy_wh``: the import register."""

    evse: int
    energy_wh: float


@dataclass(frozen=True, slots=True)
class CableLocked(_Hardware):
    """The connector holds the plug."""

    evse: int
    connector: int


@dataclass(frozen=True, slots=True)
class PilotChanged(_Hardware):
    """The control pilot shows another state (IEC 61851-1: A1 to F). ``duty_percent``: 100 without pulses."""

    evse: int
    connector: int
    state: str
    duty_percent: float


@dataclass(frozen=True, slots=True)
class RcdTripped(_Hardware):
    """A residual current device has opened. ``cause``: AC or DC; ``leakage_ma``: what flowed to earth then."""

    evse: int
    cause: str
    leakage_ma: float


@dataclass(frozen=True, slots=True)
class RcdClosed(_Hardware):
    """A residual current device is closed again."""

    evse: int


@dataclass(frozen=True, slots=True)
class RecloserGaveUp(_Hardware):
    """A recloser leaves it to a technician. ``device``: what stays open."""

    evse: int
    device: str
    attempts: int


@dataclass(frozen=True, slots=True)
class OverCurrentTripped(_Hardware):
    """A circuit-breaker has opened, or the supervision of the EV's current has acted. ``by``: which of them."""

    evse: int
    by: str
    current_a: float


@dataclass(frozen=True, slots=True)
class ContactorFailed(_Hardware):
    """The voltage behind a contactor is not what its coil says. ``finding``: welded, or does not close."""

    evse: int
    finding: str


@dataclass(frozen=True, slots=True)
class CableUnlocked(_Hardware):
    """The socket released the plug."""

    evse: int
    connector: int


@dataclass(frozen=True, slots=True)
class EvFinished(_Hardware):
    """The EV stopped drawing by itself."""

    evse: int
    soc_percent: float


@dataclass(frozen=True, slots=True)
class ConnectorFaulted(_Hardware):
    """A connector cannot be used. ``error``: the 1.6 ChargePointErrorCode."""

    evse: int
    connector: int
    error: str


@dataclass(frozen=True, slots=True)
class TroubleRaised(_Hardware):
    """A part says what is wrong. ``trouble``: one of ``simulator.troubles``; place 0 stands for the whole."""

    trouble: str
    evse: int
    connector: int
    info: str | None = None


@dataclass(frozen=True, slots=True)
class TroubleOver(_Hardware):
    """A part says that what was wrong is no more."""

    trouble: str
    evse: int
    connector: int


@dataclass(frozen=True, slots=True)
class FaultCleared(_Hardware):
    """A connector can be used again."""

    evse: int
    connector: int


# -- link


@dataclass(frozen=True, slots=True)
class Connected(_Link):
    """The WebSocket is open."""

    subprotocol: str


@dataclass(frozen=True, slots=True)
class Disconnected(_Link):
    """The WebSocket is gone, or could not be opened."""

    ending: str
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class WaitedToReconnect(_Link):
    """A back-off began. ``attempt`` counts from 1 since the last success."""

    attempt: int
    wait_s: float


@dataclass(frozen=True, slots=True)
class ResetFailed(Fact):
    """The station could not restart. ``attempt``: from 1."""

    attempt: int


@dataclass(frozen=True, slots=True)
class NetworkProfileTried(_Link):
    """The station turned to another network connection profile."""

    slot: int
    url: str


@dataclass(frozen=True, slots=True)
class NetworkProfileActivated(_Link):
    """A connection stands over another network connection profile than the last one."""

    slot: int
    security_profile: int


@dataclass(frozen=True, slots=True)
class FrameIgnored(_Link):
    """Something arrived that changed nothing."""

    why: str
    detail: str


@dataclass(frozen=True, slots=True)
class CallFailed(_Link):
    """A CALL of the station got no usable answer. ``how``: Refused, TimedOut, Misanswered or Dropped."""

    action: str
    how: str
    detail: str


# -- firmware


@dataclass(frozen=True, slots=True)
class Registered(Fact):
    """The CSMS answered the BootNotification. ``status``: Accepted, Pending or Rejected."""

    status: str
    interval_s: int


@dataclass(frozen=True, slots=True)
class TokenAccepted(Fact):
    """A token may charge. ``by``: csms, cache, list, offline, remote or button."""

    evse: int
    token: str
    by: str


@dataclass(frozen=True, slots=True)
class TokenRefused(Fact):
    """A token may not charge. ``status``: the idTokenInfo status, or Offline."""

    token: str
    status: str


@dataclass(frozen=True, slots=True)
class Deauthorized(Fact):
    """A running authorization was withdrawn."""

    evse: int
    token: str
    status: str


@dataclass(frozen=True, slots=True)
class ConnectionTimedOut(Fact):
    """Nobody plugged in after a token was accepted."""

    evse: int


@dataclass(frozen=True, slots=True)
class TransactionStarted(Fact):
    """A transaction began."""

    evse: int
    transaction: str
    energy_wh: float


@dataclass(frozen=True, slots=True)
class TransactionEnded(Fact):
    """A transaction is over. ``energy_wh``: charged in it."""

    evse: int
    transaction: str
    reason: str
    energy_wh: float


@dataclass(frozen=True, slots=True)
class MessageGivenUp(Fact):
    """A transaction message was dropped after its last attempt."""

    transaction: str
    event: str
    attempts: int


@dataclass(frozen=True, slots=True)
class StatusChanged(Fact):
    """What a connector reports changed, in the terms of the station's OCPP version."""

    evse: int
    connector: int
    status: str


@dataclass(frozen=True, slots=True)
class ChargingStateChanged(Fact):
    """What happens between station and EV: EVConnected, Charging, SuspendedEV, SuspendedEVSE, Idle."""

    evse: int
    state: str


@dataclass(frozen=True, slots=True)
class SecurityEventRaised(Fact):
    """Something happened that the CSMS has to know for security's sake. ``type``: a name of part 2 appendix 1."""

    type: str


@dataclass(frozen=True, slots=True)
class EventNoted(Fact):
    """Something about a variable that the CSMS is to learn. ``event``: the id by which others refer to it."""

    event: int
    component: str
    variable: str
    value: str
    cleared: bool


@dataclass(frozen=True, slots=True)
class ChargingNeedsTold(Fact):
    """An EV has told what it needs over ISO 15118 (K15). ``answer``: the CSMS's, or no answer."""

    evse: int
    answer: str


@dataclass(frozen=True, slots=True)
class ScheduleChosen(Fact):
    """An EV follows a schedule. ``within``: it keeps to it, as the station finds; ``answer``: what the CSMS finds."""

    evse: int
    schedule: int
    within: bool
    answer: str


@dataclass(frozen=True, slots=True)
class VariableChanged(Fact):
    """A configuration value changed. Values of write-only variables are not shown."""

    variable: str
    value: str


@dataclass(frozen=True, slots=True)
class AvailabilityChanged(Fact):
    """The operator (in)activated a connector."""

    evse: int
    connector: int
    operative: bool


@dataclass(frozen=True, slots=True)
class ResetScheduled(Fact):
    """The station will restart once it is idle."""

    evse: int


@dataclass(frozen=True, slots=True)
class ReservationMade(Fact):
    """Somebody has a place kept free. EVSE 0: any."""

    reservation: int
    evse: int


@dataclass(frozen=True, slots=True)
class ReservationOver(Fact):
    """A reservation stands no more: Used, Cancelled, Replaced, Expired or Removed."""

    reservation: int
    why: str


@dataclass(frozen=True, slots=True)
class MessageSet(Fact):
    """The operator has put a message on the display."""

    message: int
    priority: str


@dataclass(frozen=True, slots=True)
class MessageRemoved(Fact):
    """A message of the operator is gone: cleared, replaced, over, or with its transaction (``transaction ended``)."""

    message: int
    why: str


@dataclass(frozen=True, slots=True)
class CostTold(Fact):
    """A driver is shown what charging costs, so far or in all, in the station's currency."""

    transaction: str
    cost: str
    final: bool


@dataclass(frozen=True, slots=True)
class DataTransferred(Fact):
    """The CSMS has replied to a DataTransfer of the station. ``status``: its word, or how the CALL ended."""

    vendor: str
    message: str
    status: str


@dataclass(frozen=True, slots=True)
class FirmwareStatusChanged(Fact):
    """An update of the firmware has come further. ``request``: the CSMS's number for it, where it gave one."""

    status: str
    request: int | None


@dataclass(frozen=True, slots=True)
class FirmwareChanged(Fact):
    """Another firmware is in force: the new one, found to be good, or again the one before."""

    version: str


@dataclass(frozen=True, slots=True)
class LogStatusChanged(Fact):
    """The upload of a log has come further. ``request``: the CSMS's number for it, where it gave one."""

    status: str
    request: int | None


@dataclass(frozen=True, slots=True)
class PublicationStatusChanged(Fact):
    """A local controller has come further with a firmware that it is to publish, or publishes it no more."""

    status: str
    request: int | None


@dataclass(frozen=True, slots=True)
class TransferFailed(Fact):
    """A file could not be carried, or is of no use."""

    why: str


@dataclass(frozen=True, slots=True)
class ClockSet(Fact):
    """The station's clock was set by the CSMS, by ``by_s`` seconds."""

    by_s: float
