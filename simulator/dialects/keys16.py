"""The configuration keys of OCPP 1.6 (§9) as aliases onto the variable store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.variables import Mutability

if TYPE_CHECKING:
    from simulator.station import Station

ALIASES: dict[str, str] = {
    "AllowOfflineTxForUnknownId": "AuthCtrlr.OfflineTxForUnknownIdEnabled",
    "AuthorizationCacheEnabled": "AuthCacheCtrlr.Enabled",
    "AuthorizationKey": "SecurityCtrlr.BasicAuthPassword",
    "AuthorizeRemoteTxRequests": "AuthCtrlr.AuthorizeRemoteStart",
    "ClockAlignedDataInterval": "AlignedDataCtrlr.Interval",
    "ConnectionTimeOut": "TxCtrlr.EVConnectionTimeOut",
    "CpoName": "SecurityCtrlr.OrganizationName",
    "HeartbeatInterval": "OCPPCommCtrlr.HeartbeatInterval",
    "LocalAuthListEnabled": "LocalAuthListCtrlr.Enabled",
    "LocalAuthorizeOffline": "AuthCtrlr.LocalAuthorizeOffline",
    "LocalPreAuthorize": "AuthCtrlr.LocalPreAuthorize",
    "MaxEnergyOnInvalidId": "TxCtrlr.MaxEnergyOnInvalidId",
    "MeterValueSampleInterval": "SampledDataCtrlr.TxUpdatedInterval",
    "MeterValuesAlignedData": "AlignedDataCtrlr.Measurands",
    "MeterValuesSampledData": "SampledDataCtrlr.TxUpdatedMeasurands",
    "ResetRetries": "OCPPCommCtrlr.ResetRetries",
    "SecurityProfile": "SecurityCtrlr.SecurityProfile",
    "SendLocalListMaxLength": "LocalAuthListCtrlr.ItemsPerMessage",
    "StopTransactionOnEVSideDisconnect": "TxCtrlr.StopTxOnEVSideDisconnect",
    "StopTransactionOnInvalidId": "TxCtrlr.StopTxOnInvalidId",
    "StopTxnAlignedData": "AlignedDataCtrlr.TxEndedMeasurands",
    "StopTxnSampledData": "SampledDataCtrlr.TxEndedMeasurands",
    "TransactionMessageAttempts": "OCPPCommCtrlr.MessageAttempts.TransactionEvent",
    "TransactionMessageRetryInterval": "OCPPCommCtrlr.MessageAttemptInterval.TransactionEvent",
    "UnlockConnectorOnEVSideDisconnect": "OCPPCommCtrlr.UnlockOnEVSideDisconnect",
    "WebSocketPingInterval": "OCPPCommCtrlr.WebSocketPingInterval",
}
"""The 1.6 keys that are a variable of the 2.0.1 model under another name."""

MAX_KEYS = 100

FIXED: dict[str, Callable[[Station], str]] = {
    "ConnectorPhaseRotation": lambda station: ",".join(f"{number}.RST" for number in range(count(station) + 1)),
    "GetConfigurationMaxKeys": lambda _station: str(MAX_KEYS),
    "LocalAuthListMaxLength": lambda station: station.variables.text("LocalAuthListCtrlr.ItemsPerMessage"),
    "NumberOfConnectors": lambda station: str(count(station)),
    "SupportedFeatureProfiles": lambda _station: "Core,LocalAuthListManagement,RemoteTrigger",
}
"""The 1.6 keys that can only be read, and how their value is known."""


def count(station: Station) -> int:
    """How many connectors the station has in all."""
    return sum(len(evse.connectors) for evse in station.profile.evses)


def names() -> tuple[str, ...]:
    """Every key, in alphabetical order."""
    return tuple(sorted((*ALIASES, *FIXED)))


def find(key: str) -> str | None:
    """The key in its right spelling (keys are compared without case, §7.28 CiString); None if there is none."""
    return _SPELLING.get(key.lower())


_SPELLING = {name.lower(): name for name in (*ALIASES, *FIXED)}


def readable(key: str) -> bool:
    """Whether a CSMS may read the key."""
    return key != "AuthorizationKey"


def value(station: Station, key: str) -> str:
    """What the key is set to."""
    return FIXED[key](station) if key in FIXED else station.variables.shown(ALIASES[key]) or ""


def read_only(station: Station, key: str) -> bool:
    """Whether a CSMS may not change the key."""
    return key in FIXED or station.variables.model[ALIASES[key]].mutability is Mutability.READ_ONLY


def change(station: Station, key: str, text: str) -> str:
    """Set a key; returns Accepted, Rejected, RebootRequired or NotSupported (§5.3)."""
    found = find(key)
    if found is None:
        return "NotSupported"
    if read_only(station, found):
        return "Rejected"
    return station.configuration.write(ALIASES[found], text.strip()).value
