"""The configuration keys of OCPP 1.6 (§9; security whitepaper §7; OCA, Signed Meter Values, §3.3) as aliases onto the
variable store.

Keys of what this firmware does not do are not there: lamps (which have variables of their own in 2.0.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from protocol.security import octets
from simulator import addressing
from simulator.devicemodel.firmware import TRANSFER_PROTOCOLS
from simulator.devicemodel.security import MOST_CERTIFICATES
from simulator.devicemodel.smart import MOST_PROFILES
from simulator.dialects.quantities import ONLY_2X
from simulator.ocmf import printed_key
from simulator.tokens import LocalList
from simulator.variables import MEASURANDS, Mutability

if TYPE_CHECKING:
    from simulator.station import Station

HEXADECIMAL = 32
"""The fewest digits of an AuthorizationKey in hexadecimal."""

ALIASES: dict[str, str] = {
    "AdditionalRootCertificateCheck": "SecurityCtrlr.AdditionalRootCertificateCheck",
    "AlignedDataSignReadings": "AlignedDataCtrlr.SignReadings",
    "AlignedDataSignUpdatedReadings": "AlignedDataCtrlr.SignUpdatedReadings",
    "AllowOfflineTxForUnknownId": "AuthCtrlr.OfflineTxForUnknownIdEnabled",
    "AnonymousIdTag": "AuthCtrlr.AnonymousIdTag",
    "AuthorizationCacheEnabled": "AuthCacheCtrlr.Enabled",
    "AuthorizationKey": "SecurityCtrlr.BasicAuthPassword",
    "AuthorizeRemoteTxRequests": "AuthCtrlr.AuthorizeRemoteStart",
    "CertSigningRepeatTimes": "SecurityCtrlr.CertSigningRepeatTimes",
    "CertSigningWaitMinimum": "SecurityCtrlr.CertSigningWaitMinimum",
    "CertificateSignedMaxChainSize": "SecurityCtrlr.MaxCertificateChainSize",
    "ChargeProfileMaxStackLevel": "SmartChargingCtrlr.ProfileStackLevel",
    "ChargingScheduleMaxPeriods": "SmartChargingCtrlr.PeriodsPerSchedule",
    "ClockAlignedDataInterval": "AlignedDataCtrlr.Interval",
    "ConnectionTimeOut": "TxCtrlr.EVConnectionTimeOut",
    "ConnectorSwitch3to1PhaseSupported": "SmartChargingCtrlr.Phases3to1",
    "CpoName": "SecurityCtrlr.OrganizationName",
    "HeartbeatInterval": "OCPPCommCtrlr.HeartbeatInterval",
    "LocalAuthListEnabled": "LocalAuthListCtrlr.Enabled",
    "LocalAuthorizeOffline": "AuthCtrlr.LocalAuthorizeOffline",
    "LocalPreAuthorize": "AuthCtrlr.LocalPreAuthorize",
    "MaxEnergyOnInvalidId": "TxCtrlr.MaxEnergyOnInvalidId",
    "MinimumStatusDuration": "OCPPCommCtrlr.MinimumStatusDuration",
    "MeterValueSampleInterval": "SampledDataCtrlr.TxUpdatedInterval",
    "MeterValuesAlignedData": "AlignedDataCtrlr.Measurands",
    "MeterValuesSampledData": "SampledDataCtrlr.TxUpdatedMeasurands",
    "NextTimeOffsetTransitionDateTime": "ClockCtrlr.NextTimeOffsetTransitionDateTime",
    "PublicKeyWithSignedMeterValue": "OCPPCommCtrlr.PublicKeyWithSignedMeterValue",
    "ReserveConnectorZeroSupported": "ReservationCtrlr.NonEvseSpecific",
    "ResetRetries": "OCPPCommCtrlr.ResetRetries",
    "SampledDataSignReadings": "SampledDataCtrlr.SignReadings",
    "SampledDataSignUpdatedReadings": "SampledDataCtrlr.SignUpdatedReadings",
    "SecurityProfile": "SecurityCtrlr.SecurityProfile",
    "SendLocalListMaxLength": "LocalAuthListCtrlr.ItemsPerMessage",
    "StopTransactionOnEVSideDisconnect": "TxCtrlr.StopTxOnEVSideDisconnect",
    "StopTransactionOnInvalidId": "TxCtrlr.StopTxOnInvalidId",
    "StopTxnAlignedData": "AlignedDataCtrlr.TxEndedMeasurands",
    "StopTxnSampledData": "SampledDataCtrlr.TxEndedMeasurands",
    "SupportedFileTransferProtocols": "OCPPCommCtrlr.FileTransferProtocols",
    "TimeOffset": "ClockCtrlr.TimeOffset",
    "TimeOffsetNextTransition": "ClockCtrlr.TimeOffset.NextTransition",
    "TransactionMessageAttempts": "OCPPCommCtrlr.MessageAttempts.TransactionEvent",
    "TransactionMessageRetryInterval": "OCPPCommCtrlr.MessageAttemptInterval.TransactionEvent",
    "UnlockConnectorOnEVSideDisconnect": "OCPPCommCtrlr.UnlockOnEVSideDisconnect",
    "WebSocketPingInterval": "OCPPCommCtrlr.WebSocketPingInterval",
}
"""The 1.6 keys that are a variable of the 2.0.1 model under another name."""

SECURITY, LEVELS = "SecurityProfile", ("1", "2", "3")
"""The key that makes the connection more secure (whitepaper A05), and what it can be set to."""

MAX_KEYS = 100
PROFILES = {
    "Core": "",
    "FirmwareManagement": "",
    "LocalAuthListManagement": "",
    "Reservation": "ReservationCtrlr.Available",
    "SmartCharging": "SmartChargingCtrlr.Available",
    "RemoteTrigger": "",
}
"""The feature profiles (§3.3), and the variable that says whether a station has one; empty where each has it."""

MOST_MEASURANDS = str(len(set(MEASURANDS) - ONLY_2X))


def _profiles(station: Station) -> str:
    has = station.variables.flag
    return ",".join(name for name, variable in PROFILES.items() if not variable or has(variable))


def _rotation(station: Station) -> str:
    """§9.1.7: connector 0 and each connector; without three phases there is nothing to rotate."""
    phases = [connector.supply.phases for evse in station.profile.evses for connector in evse.connectors]
    named = ["RST" if number == 3 else "NotApplicable" for number in (max(phases), *phases)]
    return ",".join(f"{number}.{rotation}" for number, rotation in enumerate(named))


def _rate_units(station: Station) -> str:
    """§9.4.2: by other names than in a schedule."""
    units = station.variables.items("SmartChargingCtrlr.RateUnit")
    return ",".join({"A": "Current", "W": "Power"}[unit] for unit in units)


FIXED: dict[str, Callable[[Station], str]] = {
    "CertificateStoreMaxLength": lambda _station: str(MOST_CERTIFICATES),
    "ChargingScheduleAllowedChargingRateUnit": _rate_units,
    "ConnectorPhaseRotation": _rotation,
    "ConnectorPhaseRotationMaxLength": lambda station: str(count(station) + 1),
    "GetConfigurationMaxKeys": lambda _station: str(MAX_KEYS),
    "LocalAuthListMaxLength": lambda _station: str(LocalList.size),
    "MaxChargingProfilesInstalled": lambda _station: str(MOST_PROFILES),
    "MeterValuesAlignedDataMaxLength": lambda _station: MOST_MEASURANDS,
    "MeterValuesSampledDataMaxLength": lambda _station: MOST_MEASURANDS,
    "NumberOfConnectors": lambda station: str(count(station)),
    "StopTxnAlignedDataMaxLength": lambda _station: MOST_MEASURANDS,
    "StopTxnSampledDataMaxLength": lambda _station: MOST_MEASURANDS,
    "SupportedFeatureProfiles": _profiles,
    "SupportedFileTransferProtocolsMaxLength": lambda _station: str(len(TRANSFER_PROTOCOLS)),
    "SupportedFeatureProfilesMaxLength": lambda _station: str(len(PROFILES)),
}
"""The 1.6 keys that can only be read, and how their value is known."""


def count(station: Station) -> int:
    """How many connectors the station has in all."""
    return sum(len(evse.connectors) for evse in station.profile.evses)


def names() -> tuple[str, ...]:
    """Every key, in alphabetical order."""
    return _NAMES


_NAMES = tuple(sorted((*ALIASES, *FIXED)))
_SPELLING = {name.lower(): name for name in _NAMES}


def find(key: str) -> str | None:
    """The key in its right spelling (keys are compared without case, §7.28 CiString); None if there is none."""
    if (meter := _METER_KEY.fullmatch(key)) is not None:
        return f"MeterPublicKey{meter[1]}"
    return _SPELLING.get(key.lower())


_METER_KEY = re.compile("MeterPublicKey([1-9][0-9]{0,2})", re.IGNORECASE)


def meter_keys(station: Station) -> tuple[str, ...]:
    """A key for each connector: what its meter signs with (OCA, Signed Meter Values, §3.3.1)."""
    return tuple(f"MeterPublicKey{number}" for number in range(1, count(station) + 1))


def _known(station: Station, key: str) -> bool:
    return _METER_KEY.fullmatch(key) is None or key in meter_keys(station)


def _meter_key(station: Station, key: str) -> str | None:
    """The public key of a connector's meter; None for any other key of 1.6."""
    if key not in meter_keys(station):
        return None
    evses = [number for number, evse in enumerate(station.profile.evses, 1) for _ in evse.connectors]
    return printed_key(station.chance, evses[int(key.removeprefix("MeterPublicKey")) - 1])


def readable(station: Station, key: str) -> bool:
    """Whether a CSMS may read the key."""
    if _METER_KEY.fullmatch(key):
        return key in meter_keys(station)
    return key in FIXED or station.variables.model[ALIASES[key]].mutability is not Mutability.WRITE_ONLY


def value(station: Station, key: str) -> str:
    """What the key is set to."""
    if (signs_with := _meter_key(station, key)) is not None:
        return signs_with
    return FIXED[key](station) if key in FIXED else station.variables.shown(ALIASES[key]) or ""


def read_only(station: Station, key: str) -> bool:
    """Whether a CSMS may not change the key."""
    if _METER_KEY.fullmatch(key):
        return True
    if key == SECURITY:
        return False  # which in 2.0.1 only a network connection profile changes
    return key in FIXED or station.variables.model[ALIASES[key]].mutability is Mutability.READ_ONLY


def change(station: Station, key: str, text: str) -> str:
    """Set a key; returns Accepted, Rejected, RebootRequired or NotSupported (§5.3)."""
    found = find(key)
    if found is None or not _known(station, found):
        return "NotSupported"
    if read_only(station, found):
        return "Rejected"
    if found == SECURITY:
        return "Accepted" if text.strip() in LEVELS and addressing.upgrade(station, int(text)) else "Rejected"
    status = station.configuration.write(ALIASES[found], text.strip()).value
    if status == "Accepted" and ALIASES[found] == addressing.PASSWORD:
        station.variables.set(addressing.PASSWORD, _password(text.strip()))
    return status


def _password(key: str) -> str:
    """What goes over the wire (OCPP-J §6.2.2, whitepaper §7.2): the octets that hexadecimal stands for, or the text."""
    try:
        return octets(key) if len(key) >= HEXADECIMAL else key
    except ValueError:
        return key
