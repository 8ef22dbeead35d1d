"""What a dialect has to know: one object per OCPP version, shared by all stations, without state of its own."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from protocol.errors import Code
from protocol.stamps import parse
from protocol.versions import Version
from simulator.flash import Sample, Transaction, TxEvent
from simulator.line import CallRefused
from simulator.smart.acceptance import Rules
from simulator.tokens import Token, TokenInfo
from simulator.variables import Variables

if TYPE_CHECKING:
    from simulator.event import Noted
    from simulator.evse import Evse
    from simulator.monitoring.monitor import Monitor
    from simulator.smart.profile import Installed, Period, Unit
    from simulator.smart.talk import Needs
    from simulator.station import Station
    from simulator.troubles import Raised

Payload = dict[str, Any]
Message = tuple[str, Payload]
"""An action and its payload."""

Handler = Callable[["Station", Payload], Payload]
"""Acts on a CALL of the CSMS and returns the payload of the answer; raises CallRefused."""


@dataclass(frozen=True, slots=True)
class BootOutcome:
    """What the CSMS answered to a BootNotification."""

    status: str
    interval_s: int
    time: datetime | None


class Dialect(ABC):
    """One version's way to say what a station does, and to understand what a CSMS wants.

    ``handlers``: what this version's station answers. ``reports_station``: whether the station as a whole has a status
    of its own. ``tells_events``: whether there is NotifyEvent. ``needs_start``: whether a transaction can only be told
    of if its start was. ``ended_sampling`` and ``ended_alignment``: the variables with the intervals of the samples
    that are collected for a transaction's end. ``mute_when_rejected``: whether a station that the CSMS has rejected
    answers nothing; otherwise it answers with a SecurityError. ``foreign``: measurands that only other versions have.
    ``profile_rules``: which charging profiles it takes. ``negotiates``: whether EVs can tell what they need.
    ``reserves_until_start``: whether a reservation is used by the start of a transaction only. ``asks_for_parents``:
    whether Authorize alone tells of which group a driver is; who cannot have reserved an EVSE is not asked about.
    """

    version: ClassVar[Version]
    handlers: ClassVar[Mapping[str, Handler]]
    reports_station: ClassVar[bool] = False
    tells_events: ClassVar[bool] = False
    negotiates: ClassVar[bool] = False
    needs_start: ClassVar[bool] = False
    mute_when_rejected: ClassVar[bool] = False
    ended_sampling: ClassVar[str] = "SampledDataCtrlr.TxEndedInterval"
    ended_alignment: ClassVar[str] = "AlignedDataCtrlr.TxEndedInterval"
    foreign: ClassVar[frozenset[str]] = frozenset()
    profile_rules: ClassVar[Rules] = Rules()
    reserves_until_start: ClassVar[bool] = False
    asks_for_parents: ClassVar[bool] = False

    def answer(self, station: Station, action: str, payload: Payload) -> Payload:
        """Act on a CALL. Raises CallRefused: SecurityError while rejected (B03.FR.08), NotSupported for what this
        station does not do."""
        if station.registration == "Rejected":
            raise CallRefused(Code.SECURITY_ERROR, "the CSMS has rejected this station")
        if (handler := self.handlers.get(action)) is None:
            raise CallRefused(Code.NOT_SUPPORTED, f"{action} is not supported")
        if action in TRIGGER_MESSAGES:
            station.life.instructed(payload["requestedMessage"])
        return handler(station, payload)

    def variable(self, key: str) -> str:
        """The ``Component.Variable`` behind a name that this version uses."""
        return key

    def security_kind(self, kind: str) -> str:
        """This version's name of a security event, given 2.0.1's."""
        return kind

    def sign_certificate(self, csr: str, use: str | None, number: int) -> Message:
        """SignCertificate (A02.FR.03, .13). ``use``: a CertificateSigningUseEnumType, None for a combined one;
        ``number``: which CSR it is."""
        del number
        return "SignCertificate", {"csr": csr, "certificateType": use} if use else {"csr": csr}

    def certificate_status(self, data: Mapping[str, str]) -> Message:
        """GetCertificateStatus (M06), of an OCSPRequestDataType."""
        return "GetCertificateStatus", {"ocspRequestData": dict(data)}

    def ev_certificate(self, schema: str, action: str, request: str) -> Message:
        """Get15118EVCertificate (M01, M02). ``schema``: the namespace of the EV's message; ``request``: it, base64."""
        return "Get15118EVCertificate", {
            "iso15118SchemaVersion": schema,
            "action": action,
            "exiRequest": request,
        }

    def log_status(self, status: str, request_id: int | None) -> Message | None:
        """How the upload of a log goes (N01.FR.07, .13); None where there is no word for it."""
        payload: Payload = {"status": status}
        return "LogStatusNotification", payload if request_id is None else {**payload, "requestId": request_id}

    def heartbeat(self, station: Station) -> Message:
        """Heartbeat."""
        return "Heartbeat", {}

    def read_heartbeat(self, payload: Payload) -> datetime | None:
        """The CSMS's time."""
        return read_time(payload["currentTime"])

    def read_boot(self, payload: Payload) -> BootOutcome:
        """What the answer to BootNotification says."""
        return BootOutcome(payload["status"], payload["interval"], read_time(payload["currentTime"]))

    def token(self, token: Token) -> Token:
        """A token as this version tells it from others."""
        return token

    def reports(self, event: TxEvent) -> bool:
        """Whether this version has a message for such an event."""
        return True

    @abstractmethod
    def boot(self, station: Station, reason: str) -> Message:
        """BootNotification."""

    @abstractmethod
    def connector_status(self, evse: Evse, connector: int) -> str:
        """The status of one connector, in this version's words."""

    @abstractmethod
    def station_status(self, station: Station) -> str:
        """The status of the station as a whole."""

    def told_trouble(self, station: Station, evse: int, connector: int, status: str) -> Raised | None:
        """What is told along with a status; None where it stands alone."""
        del station, evse, connector, status
        return None

    @abstractmethod
    def status(self, station: Station, evse: int, connector: int, status: str) -> Message:
        """StatusNotification; (0, 0) is the station."""

    @abstractmethod
    def authorize(self, station: Station, token: Token) -> Message:
        """Authorize."""

    @abstractmethod
    def read_authorize(self, payload: Payload) -> TokenInfo:
        """What the answer to Authorize says."""

    @abstractmethod
    def transaction_id(self, tx: Transaction) -> str:
        """The id by which the CSMS knows a transaction; empty if it does not yet."""

    @abstractmethod
    def transaction_message(self, station: Station, event: TxEvent) -> Message:
        """The message that reports one event of a transaction."""

    @abstractmethod
    def transaction_answered(self, station: Station, event: TxEvent, payload: Payload) -> None:
        """Take in the answer to ``transaction_message``."""

    @abstractmethod
    def meter_values(self, station: Station, evse: Evse, sample: Sample) -> Message:
        """MeterValues outside a transaction."""

    def monitor_traits(self, monitor: Monitor) -> Payload:
        """What a report says of a monitor in this version beside what 2.0.1 has a field for."""
        del monitor
        return {}

    def reservation_over(self, reservation: int, status: str) -> Message | None:
        """What tells of a reservation that has expired or was removed; None where nothing does."""
        del reservation, status
        return None

    @abstractmethod
    def data_transfer(self, vendor: str, message: str | None, data: Any) -> Message:
        """DataTransfer, of the station's own accord."""

    def limit_set(self, installed: Installed, critical: bool | None, *, with_schedule: bool) -> Message | None:
        """What tells of a limit that a system other than the CSMS has set; None where nothing does."""
        del installed, critical, with_schedule
        return None

    def limit_cleared(self, installed: Installed) -> Message | None:
        """What tells that such a limit is lifted; None where nothing does."""
        del installed
        return None

    def ev_needs(self, needs: Needs, evse: int, most_periods: int) -> Message:
        """What tells what an EV needs. Raises NotImplementedError where nothing does."""
        raise NotImplementedError(f"OCPP {self.version.name} knows no charging needs")

    def ev_schedule(  # noqa: PLR0917 -- as the message has them
        self, start: datetime, evse: int, number: int, unit: Unit, duration_s: int, periods: Iterable[Period]
    ) -> Message:
        """What tells which schedule an EV follows. Raises NotImplementedError where nothing does."""
        raise NotImplementedError(f"OCPP {self.version.name} knows no schedules of EVs")

    def event_message(self, station: Station, events: Sequence[Noted], part_no: int, more: bool) -> Message:
        """NotifyEvent with events of one instant, or part of them. Raises NotImplementedError where there is none."""
        raise NotImplementedError(f"OCPP {self.version.name} has no NotifyEvent")

    def firmware_status(self, status: str, request_id: int | None) -> Message | None:
        """How a firmware update goes (FirmwareStatusEnumType); None where this version has no word for that."""
        return "FirmwareStatusNotification", {"status": status, "requestId": request_id}

    @abstractmethod
    def transaction_points(self, variables: Variables[Station]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The start and the stop points of transactions."""


TRIGGER_MESSAGES = ("TriggerMessage", "ExtendedTriggerMessage")
"""How a CSMS asks for a message, also of a station that it has not accepted yet."""

DIALECTS: dict[Version, Dialect] = {}
"""Every dialect by version; a dialect's module enters itself."""


def speaks(dialect: type[Dialect]) -> type[Dialect]:
    """Enter a dialect. Raises ValueError if its version has one."""
    if dialect.version in DIALECTS:
        raise ValueError(f"two dialects of OCPP {dialect.version.name}")
    DIALECTS[dialect.version] = dialect()
    return dialect


def handles(table: dict[str, Handler], action: str) -> Callable[[Handler], Handler]:
    """Enter a handler for a CALL of the CSMS. Raises ValueError if the action has one."""

    def enter(handler: Handler) -> Handler:
        if action in table:
            raise ValueError(f"two handlers of {action}")
        table[action] = handler
        return handler

    return enter


Trigger = Callable[["Station", int | None, int | None], bool | None]
"""Has a message sent after the answer, for an EVSE and a connector or for all (None); False where it cannot, None where
such a station does not have that message."""


def triggers(table: dict[str, Trigger], message: str) -> Callable[[Trigger], Trigger]:
    """Enter what TriggerMessage does for a message. Raises ValueError if there is something."""

    def enter(trigger: Trigger) -> Trigger:
        if table.setdefault(message, trigger) is not trigger:
            raise ValueError(f"two triggers of {message}")
        return trigger

    return enter


def clear(station: Station) -> bool:
    """C11, 1.6 §5.4: forget the authorization cache; False where there is none in use (C11.FR.04)."""
    if not station.variables.flag("AuthCacheCtrlr.Enabled"):
        return False
    station.flash.cache.clear()
    return True


def as_text(data: object) -> str:
    """Data of a DataTransfer where it can only be text: text as it is, all else as JSON (1.6 §4.3)."""
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)


def size_of(payload: object) -> int:
    """The bytes of a payload on the wire."""
    return len(json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode())


def read_time(text: str) -> datetime | None:
    """A date and time of the CSMS; None where it cannot be read."""
    try:
        return parse(text)
    except ValueError:
        return None
