"""The OCPP versions as data: which actions exist, who may send them, how each spells its error codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from protocol.errors import Code


class Side(StrEnum):
    """The two ends of a connection."""

    STATION = "station"
    CSMS = "csms"

    @property
    def other(self) -> Side:
        """The end on the far side."""
        return Side.CSMS if self is Side.STATION else Side.STATION


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """Everything the Session has to know of one OCPP version.

    ``calls`` and ``sends``: the actions each side may send as CALL and, from 2.1 on, as SEND.
    ``schemas``: the subpackage of the ``ocpp`` distribution that holds the official schemas.
    """

    name: str
    subprotocol: str
    schemas: str
    calls: dict[Side, frozenset[str]]
    sends: dict[Side, frozenset[str]] = field(default_factory=lambda: dict.fromkeys(Side, frozenset()))
    spelling: dict[Code, str] = field(default_factory=dict)
    has_rpc_framework_error: bool = True
    has_callresulterror: bool = False
    kinds: range = range(2, 5)
    """The message type numbers that exist in this version."""

    def __reduce__(self) -> tuple[Callable[[str], Version], tuple[str]]:
        return by_name, (self.name,)  # a copy or a pickle in another process is the version itself

    def spell(self, code: Code) -> str:
        """The code as this version writes it on the wire."""
        return self.spelling.get(code, code.value)

    def read_code(self, text: str) -> Code | None:
        """The code behind a peer's spelling (either spelling is understood); None if no version has it."""
        return _CODES.get(text)

    @property
    def actions(self) -> frozenset[str]:
        """Every action of this version, whoever sends it."""
        return _actions(self)

    def __repr__(self) -> str:
        return f"V{self.name}"


@cache
def _actions(version: Version) -> frozenset[str]:
    return frozenset().union(*version.calls.values(), *version.sends.values())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STATION_16 = _words(
    """Authorize BootNotification DataTransfer DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat
    LogStatusNotification MeterValues SecurityEventNotification SignCertificate SignedFirmwareStatusNotification
    StartTransaction StatusNotification StopTransaction"""
)
_CSMS_16 = _words(
    """CancelReservation CertificateSigned ChangeAvailability ChangeConfiguration ClearCache ClearChargingProfile
    DataTransfer DeleteCertificate ExtendedTriggerMessage GetCompositeSchedule GetConfiguration GetDiagnostics
    GetInstalledCertificateIds GetLocalListVersion GetLog InstallCertificate RemoteStartTransaction
    RemoteStopTransaction ReserveNow Reset SendLocalList SetChargingProfile SignedUpdateFirmware TriggerMessage
    UnlockConnector UpdateFirmware"""
)
_STATION_201 = _words(
    """Authorize BootNotification ClearedChargingLimit DataTransfer FirmwareStatusNotification Get15118EVCertificate
    GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit NotifyCustomerInformation
    NotifyDisplayMessages NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent NotifyMonitoringReport
    NotifyReport PublishFirmwareStatusNotification ReportChargingProfiles ReservationStatusUpdate
    SecurityEventNotification SignCertificate StatusNotification TransactionEvent"""
)
_CSMS_201 = _words(
    """CancelReservation CertificateSigned ChangeAvailability ClearCache ClearChargingProfile ClearDisplayMessage
    ClearVariableMonitoring CostUpdated CustomerInformation DataTransfer DeleteCertificate GetBaseReport
    GetChargingProfiles GetCompositeSchedule GetDisplayMessages GetInstalledCertificateIds GetLocalListVersion GetLog
    GetMonitoringReport GetReport GetTransactionStatus GetVariables InstallCertificate PublishFirmware
    RequestStartTransaction RequestStopTransaction ReserveNow Reset SendLocalList SetChargingProfile
    SetDisplayMessage SetMonitoringBase SetMonitoringLevel SetNetworkProfile SetVariableMonitoring SetVariables
    TriggerMessage UnlockConnector UnpublishFirmware UpdateFirmware"""
)
_STATION_21 = _STATION_201 | _words(
    """BatterySwap ClosePeriodicEventStream GetCertificateChainStatus NotifyDERAlarm NotifyDERStartStop
    NotifyPriorityCharging NotifySettlement OpenPeriodicEventStream PullDynamicScheduleUpdate ReportDERControl
    VatNumberValidation"""
)
_CSMS_21 = _CSMS_201 | _words(
    """AFRRSignal AdjustPeriodicEventStream ChangeTransactionTariff ClearDERControl ClearTariffs GetDERControl
    GetPeriodicEventStream GetTariffs NotifyAllowedEnergyTransfer NotifyWebPaymentStarted RequestBatterySwap
    SetDERControl SetDefaultTariff UpdateDynamicSchedule UsePriorityCharging"""
)

V16 = Version(
    "1.6",
    "ocpp1.6",
    "v16",
    calls={Side.STATION: _STATION_16, Side.CSMS: _CSMS_16},
    # 1.6-J §4.2.3 spells these two so, and its errata (§5.1, §5.2) say that this will not be fixed.
    spelling={
        Code.FORMAT_VIOLATION: "FormationViolation",
        Code.OCCURRENCE_CONSTRAINT_VIOLATION: "OccurenceConstraintViolation",
        # codes that 1.6 does not have, with the nearest that it has
        Code.RPC_FRAMEWORK_ERROR: "GenericError",
        Code.MESSAGE_TYPE_NOT_SUPPORTED: "NotSupported",
    },
    has_rpc_framework_error=False,
)
V201 = Version("2.0.1", "ocpp2.0.1", "v201", calls={Side.STATION: _STATION_201, Side.CSMS: _CSMS_201})
V21 = Version(
    "2.1",
    "ocpp2.1",
    "v21",
    calls={Side.STATION: _STATION_21, Side.CSMS: _CSMS_21},
    sends={Side.STATION: frozenset({"NotifyPeriodicEventStream"}), Side.CSMS: frozenset()},
    has_callresulterror=True,
    kinds=range(2, 7),
)

VERSIONS: tuple[Version, ...] = (V21, V201, V16)
"""Every version spoken here, newest first."""

_CODES: dict[str, Code] = {
    **{code.value: code for code in Code},
    "FormationViolation": Code.FORMAT_VIOLATION,
    "OccurenceConstraintViolation": Code.OCCURRENCE_CONSTRAINT_VIOLATION,
}


def by_subprotocol(subprotocol: str) -> Version | None:
    """The version of a WebSocket subprotocol name; None if it is none of ours (names are case-sensitive)."""
    return next((version for version in VERSIONS if version.subprotocol == subprotocol), None)


def by_name(name: str) -> Version:
    """The version called "1.6", "2.0.1" or "2.1". Raises KeyError."""
    return {version.name: version for version in VERSIONS}[name]


def newest_common(offers: Iterable[str], spoken: Iterable[Version] = VERSIONS) -> Version | None:
    """The newest version that is both offered (as subprotocol) and spoken."""
    offered, ours = set(offers), set(spoken)
    return next((version for version in VERSIONS if version in ours and version.subprotocol in offered), None)
