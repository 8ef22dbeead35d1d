"""OCPP 1.6 as a station speaks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from protocol.versions import V16
from simulator.dialects import keys16, profiles16, values16
from simulator.dialects.dialect import (
    Dialect,
    Handler,
    Message,
    Payload,
    Trigger,
    as_text,
    handles,
    read_time,
    speaks,
)
from simulator.dialects.quantities import ONLY_2X, tells
from simulator.firmware.memory import running_version
from simulator.flash import Phase, Sample, Transaction, TxEvent
from simulator.points import LOCKED
from simulator.reservation import reserved
from simulator.tokens import NOBODY, Token, TokenInfo
from simulator.troubles import CLOSED, FAULTED, TOLD, Raised, at, worst
from simulator.variables import Variables

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station

HANDLERS: dict[str, Handler] = {}
"""What a 1.6 station answers, by action."""

TRIGGERS: dict[str, Trigger] = {}
"""What TriggerMessage can ask for."""

REASONS = {
    "ImmediateReset": "HardReset",
    "Timeout": "EVDisconnected",  # a transaction of 1.6 begins with the cable, so it is one that was pulled
    **{
        same: same
        for same in (
            "DeAuthorized",
            "EmergencyStop",
            "EVDisconnected",
            "HardReset",
            "Local",
            "Other",
            "PowerLoss",
            "Reboot",
            "Remote",
            "SoftReset",
            "UnlockCommand",
        )
    },
}
"""The stop reasons of 1.6 (§7.37); every other one is Other."""

SECURITY_KINDS = {
    "FailedToAuthenticateAtCsms": "FailedToAuthenticationAtCentralSystem",
    "CsmsFailedToAuthenticate": "CentralSystemFailedToAuthentication",
    "InvalidCsmsCertificate": "InvalidCentralSystemCertificate",
    "InvalidChargingStationCertificate": "InvalidChargePointCertificate",
}
"""The security events that the whitepaper (§8) names otherwise than 2.0.1."""


FIRMWARE_STATUSES = {
    "InstallVerificationFailed": "InstallationFailed",
    **{
        same: same
        for same in ("Downloading", "Downloaded", "DownloadFailed", "Installing", "Installed", "InstallationFailed")
    },
}
"""The words that FirmwareStatusNotification has (§7.25); the rest is not told."""

DIAGNOSTICS_STATUSES = {same: same for same in ("Idle", "Uploaded", "Uploading")}
"""The words that DiagnosticsStatusNotification has (§7.24); the rest is UploadFailed."""


@speaks
class Ocpp16(Dialect):
    """The dialect of 1.6."""

    version = V16
    handlers: ClassVar[dict[str, Handler]] = HANDLERS
    reports_station = True
    needs_start = True
    mute_when_rejected = True  # §4.2
    reserves_until_start = True
    asks_for_parents = True  # §5.13
    ended_sampling = "SampledDataCtrlr.TxUpdatedInterval"
    ended_alignment = "AlignedDataCtrlr.Interval"
    foreign = ONLY_2X
    profile_rules = profiles16.RULES

    def security_kind(self, kind: str) -> str:
        """Whitepaper §8."""
        return SECURITY_KINDS.get(kind, kind)

    def sign_certificate(self, csr: str, use: str | None, number: int) -> Message:
        """Whitepaper §5.17."""
        del use, number
        return "SignCertificate", {"csr": csr}

    def variable(self, key: str) -> str:
        """1.6 keys stand for the variables behind them."""
        return keys16.ALIASES.get(key, key)

    def boot(self, station: Station, reason: str) -> Message:
        """§4.2."""
        profile = station.profile
        return "BootNotification", {
            "chargePointVendor": profile.vendor[:20],
            "chargePointModel": profile.model[:20],
            "chargePointSerialNumber": profile.serial_number(station.identity),
            "firmwareVersion": running_version(station)[:50],
            "meterType": profile.meter.type[:25],
            "meterSerialNumber": profile.meter.serial_number(station.identity, 1),
        }

    def connector_status(self, evse: Evse, connector: int) -> str:
        """ChargePointStatus (§4.9): of the driver's whole visit, not of the cable alone."""
        here = connector == evse.connector
        if evse.faulted(connector) or _unlocked(evse, connector):
            return "Faulted"
        if here and evse.tx is not None:
            return _in_transaction(evse, connector)
        if not evse.operative(connector):
            return "Unavailable"
        if reserved(evse.station, evse):
            return "Reserved"
        if not here or (evse.plugged is None and evse.authorization is None):
            return "Available"
        left_behind = evse.ev is None and evse.authorization is None
        return "Finishing" if evse.finished or left_behind else "Preparing"

    def station_status(self, station: Station) -> str:
        """Connector 0 knows Available, Unavailable and Faulted only (§4.9)."""
        if (worst := _worst(station, 0, 0)) is not None and worst.trouble.effect is FAULTED:
            return "Faulted"
        closed = worst is not None and worst.trouble.effect is CLOSED
        return "Unavailable" if closed or (0, 0) in station.flash.inoperative else "Available"

    def told_trouble(self, station: Station, evse: int, connector: int, status: str) -> Raised | None:
        """§4.9: what does not make a connector Faulted is a warning beside its status. What only warns of the whole
        station is told of connector 0; trouble with the EV only where there is one (§7.6)."""
        worst = _worst(station, evse, connector)
        if worst is None or status == "Faulted":
            return worst
        if evse and not worst.place.evse and worst.trouble.effect is TOLD:
            return None
        return None if worst.trouble.error_code == _WARNING and status not in _WARNED else worst

    def status(self, station: Station, evse: int, connector: int, status: str) -> Message:
        """§4.9."""
        raised = self.told_trouble(station, evse, connector, status) if station.troubles else None
        payload = {
            "connectorId": number_of(station, evse, connector),
            "errorCode": "NoError" if raised is None else raised.trouble.error_code,
            "status": status,
            "timestamp": station.stamp(),
        }
        if evse and status == "SuspendedEV" and station.evse(evse).ev is None:
            payload["info"] = "EV side disconnected"
        if raised is not None:
            if info := station.troubles[raised]:
                payload["info"] = info[:50]
            payload["vendorId"] = station.profile.vendor[:255]
            payload["vendorErrorCode"] = raised.name[:50]
        return "StatusNotification", payload

    def authorize(self, station: Station, token: Token) -> Message:
        """§4.1."""
        return "Authorize", {"idTag": token.id}

    def read_authorize(self, payload: Payload) -> TokenInfo:
        """§7.13 IdTagInfo."""
        return token_info(payload["idTagInfo"])

    def transaction_id(self, tx: Transaction) -> str:
        """The number that the CSMS gave."""
        return "" if tx.csms_id is None else str(tx.csms_id)

    def token(self, token: Token) -> Token:
        """Without types; nobody's, of a start button, is what the operator has agreed on."""
        if token.type == NOBODY:
            return token
        return token if token.type == "KeyCode" else Token(token.id)

    def reports(self, event: TxEvent) -> bool:
        """1.6 knows start, stop and meter values."""
        return event.phase is not Phase.UPDATED or any(map(tells, event.samples))

    def transaction_message(self, station: Station, event: TxEvent) -> Message:
        """StartTransaction (§4.8), MeterValues (§4.7), StopTransaction (§4.10)."""
        return _MESSAGES[event.phase](station, event)

    def transaction_answered(self, station: Station, event: TxEvent, payload: Payload) -> None:
        """The answer to StartTransaction gives the id; both it and StopTransaction's judge the token."""
        if event.phase is Phase.STARTED:
            event.tx.csms_id = payload["transactionId"]
        if event.token is not None and "idTagInfo" in payload:
            station.admission.judged(event.tx, event.token, token_info(payload["idTagInfo"]))

    def meter_values(self, station: Station, evse: Evse, sample: Sample) -> Message:
        """§4.7, without a transaction."""
        number = number_of(station, evse.id, evse.connector)
        return "MeterValues", {"connectorId": number, "meterValue": values16.meter_values(station, [sample])}

    def data_transfer(self, vendor: str, message: str | None, data: Any) -> Message:
        """§4.3: data is text."""
        fields = {"vendorId": vendor, "messageId": message, "data": None if data is None else as_text(data)}
        return "DataTransfer", {name: value for name, value in fields.items() if value is not None}

    def firmware_status(self, status: str, request_id: int | None) -> Message | None:
        """§4.5; with a request's number as the security whitepaper has it (L01.FR.01, L01.FR.10)."""
        if request_id is not None:
            return "SignedFirmwareStatusNotification", {"status": status, "requestId": request_id}
        told = FIRMWARE_STATUSES.get(status)
        return None if told is None else ("FirmwareStatusNotification", {"status": told})

    def log_status(self, status: str, request_id: int | None) -> Message | None:
        """§4.4; with a request's number as the security whitepaper has it, whose answer to GetLog alone tells that a
        log before was cancelled (N01.FR.11). GetDiagnostics has no numbers: what is told after it concerns it."""
        if status == "AcceptedCanceled":
            return None
        if request_id is None:
            return "DiagnosticsStatusNotification", {"status": DIAGNOSTICS_STATUSES.get(status, "UploadFailed")}
        return super().log_status(status, request_id)

    def transaction_points(self, variables: Variables[Station]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """§3.6: from an authorized driver with a cable that is locked, until either is gone; the cable alone only if
        StopTransactionOnEVSideDisconnect says so (§9.1.23)."""
        ends = "PowerPathClosed" if variables.flag("TxCtrlr.StopTxOnEVSideDisconnect") else "Authorized"
        return (LOCKED,), (ends,)


_WARNING = "EVCommunicationError"
_WARNED = ("Preparing", "SuspendedEV", "SuspendedEVSE", "Finishing")


def _worst(station: Station, evse: int, connector: int) -> Raised | None:
    return worst(at(station.troubles, evse, connector)) if station.troubles else None


def _unlocked(evse: Evse, connector: int) -> bool:
    """§7.6, §7.7: an error for which there is no energy, until the plug gets locked."""
    return any(raised.name == "lock failure" for raised in at(evse.station.troubles, evse.id, connector))


_CHARGING = {state: state for state in ("Charging", "SuspendedEV", "SuspendedEVSE")}


def _in_transaction(evse: Evse, connector: int) -> str:
    """Nothing leads back to Preparing (§4.9, C to E): on the way back to energy nothing is offered yet."""
    if evse.ev is None:
        return "SuspendedEV"
    begun = evse.station.statuses.shown(evse.id, connector) in _CHARGING
    return _CHARGING.get(evse.state, "SuspendedEVSE" if begun else "Preparing")


def _tag(station: Station, token: Token) -> str:
    """An idTag has to be something (§4.8), also where nobody has to identify himself."""
    return station.variables.text("AuthCtrlr.AnonymousIdTag") if token.type == NOBODY else token.id


def _start(station: Station, event: TxEvent) -> Message:
    tx = event.tx
    assert tx.token is not None  # 1.6 transactions begin with an authorized driver
    payload: Payload = {
        "connectorId": number_of(station, tx.evse, tx.connector),
        "idTag": _tag(station, tx.token),
        "meterStart": round(tx.start_wh),
        "timestamp": event.stamp,
    }
    if event.reservation_id is not None:
        payload["reservationId"] = event.reservation_id  # §4.8
    return "StartTransaction", payload


def _meter_values(station: Station, event: TxEvent) -> Message:
    tx = event.tx
    payload: Payload = {"connectorId": number_of(station, tx.evse, tx.connector)}
    if tx.csms_id is not None:
        payload["transactionId"] = tx.csms_id
    payload["meterValue"] = values16.meter_values(station, event.samples)
    return "MeterValues", payload


def _stop(station: Station, event: TxEvent) -> Message:
    payload: Payload = {
        "transactionId": event.tx.csms_id,
        "meterStop": round(event.register_wh),
        "timestamp": event.stamp,
        "reason": REASONS.get(event.reason or "Local", "Other"),
    }
    if event.token is not None:
        payload["idTag"] = _tag(station, event.token)
    if samples := values16.meter_values(station, event.samples, event.reason):
        payload["transactionData"] = samples
    return "StopTransaction", payload


_MESSAGES = {Phase.STARTED: _start, Phase.UPDATED: _meter_values, Phase.ENDED: _stop}


def token_info(info: Payload) -> TokenInfo:
    """What an IdTagInfo says (§7.27)."""
    expiry = info.get("expiryDate")
    return TokenInfo(info["status"], read_time(expiry) if expiry else None, info.get("parentIdTag"))


def number_of(station: Station, evse: int, connector: int) -> int:
    """1.6 counts connectors over all EVSEs; (0, 0) is 0, the station."""
    return sum(len(profile.connectors) for profile in station.profile.evses[: max(0, evse - 1)]) + connector


def place_of(station: Station, number: int) -> tuple[int, int] | None:
    """The EVSE and connector behind a 1.6 connectorId; (0, 0) for 0, None where there is none."""
    if number <= 0:
        return (0, 0) if number == 0 else None
    for evse, profile in enumerate(station.profile.evses, 1):
        if number <= len(profile.connectors):
            return evse, number
        number -= len(profile.connectors)
    return None


# -- what the CSMS asks for ------------------------------------------------------------------------------------------


@handles(HANDLERS, "Reset")
def reset(station: Station, ask: Payload) -> Payload:
    """§5.14."""
    if station.restarts.forbidden() is not None:
        return {"status": "Rejected"}
    station.restarts.soon(0, "SoftReset" if ask["type"] == "Soft" else "HardReset")
    return {"status": "Accepted"}
