"""The variables of the firmware's controllers, which every station has (part 2 §2, referenced components)."""

from __future__ import annotations

from simulator.devicemodel.model import Model
from simulator.devicemodel.variable import DataType, Mutability, Variable

_INT, _BOOL, _LIST, _RO = DataType.INTEGER, DataType.BOOLEAN, DataType.MEMBER_LIST, Mutability.READ_ONLY

MEASURANDS = (
    "Current.Export",
    "Current.Import",
    "Current.Offered",
    "Energy.Active.Export.Interval",
    "Energy.Active.Export.Register",
    "Energy.Active.Import.Interval",
    "Energy.Active.Import.Register",
    "Energy.Reactive.Export.Interval",
    "Energy.Reactive.Export.Register",
    "Energy.Reactive.Import.Interval",
    "Energy.Reactive.Import.Register",
    "Frequency",
    "Power.Active.Export",
    "Power.Active.Import",
    "Power.Factor",
    "Power.Offered",
    "Power.Reactive.Export",
    "Power.Reactive.Import",
    "SoC",
    "Voltage",
)
"""What the simulated meters measure, of what every version has a name for."""

KEY_WITH_SIGNED = ("Never", "OncePerTransaction", "EveryMeterValue")
"""When a meter's public key goes along with what it has signed (2.0.1 part 2 §2.7.17)."""

TX_POINTS = ("EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer")
"""The start and stop points this firmware knows (TxStartStopPointValues without bay sensor and signed data)."""

BASES = ("All", "FactoryDefault", "HardWiredOnly")
"""Which monitors a station can be told to have (MonitoringBaseEnumType)."""


def _number(component: str, name: str, default: int, *, low: int = 0, instance: str = "", unit: str = "") -> Variable:
    return Variable(component, name, str(default), _INT, low=low, instance=instance, unit=unit)


def _flag(component: str, name: str, default: bool, mutability: Mutability = Mutability.READ_WRITE) -> Variable:
    return Variable(component, name, "true" if default else "false", _BOOL, mutability)


def _measurands(component: str, name: str, default: str) -> Variable:
    return Variable(component, name, default, _LIST, options=MEASURANDS)


def _fixed(component: str, name: str, value: str, kind: DataType = DataType.STRING, instance: str = "") -> Variable:
    return Variable(component, name, value, kind, _RO, instance=instance)


_REGISTER = "Energy.Active.Import.Register"

STANDARD: tuple[Variable, ...] = (
    _number("OCPPCommCtrlr", "HeartbeatInterval", 300, low=1, unit="s"),
    _number("OCPPCommCtrlr", "RetryBackOffWaitMinimum", 30, low=0, unit="s"),
    _number("OCPPCommCtrlr", "RetryBackOffRandomRange", 10, low=0, unit="s"),
    _number("OCPPCommCtrlr", "RetryBackOffRepeatTimes", 5, low=0),
    _number("OCPPCommCtrlr", "WebSocketPingInterval", 0, low=0, unit="s"),
    _number("OCPPCommCtrlr", "OfflineThreshold", 300, low=0, unit="s"),
    Variable("OCPPCommCtrlr", "MessageTimeout", "30", _INT, _RO, instance="Default", unit="s", low=1),
    _number("OCPPCommCtrlr", "MessageAttempts", 3, low=1, instance="TransactionEvent"),
    _number("OCPPCommCtrlr", "MessageAttemptInterval", 60, low=0, instance="TransactionEvent", unit="s"),
    _number("OCPPCommCtrlr", "NetworkProfileConnectionAttempts", 3, low=1),
    Variable("OCPPCommCtrlr", "NetworkConfigurationPriority", "1", DataType.SEQUENCE_LIST, options=("1",), reboot=True),
    Variable("OCPPCommCtrlr", "FileTransferProtocols", "HTTP", _LIST, _RO, options=("HTTP",)),
    _number("OCPPCommCtrlr", "ResetRetries", 1),
    Variable("OCPPCommCtrlr", "PublicKeyWithSignedMeterValue", "Never", DataType.OPTION_LIST, options=KEY_WITH_SIGNED),
    _flag("OCPPCommCtrlr", "UnlockOnEVSideDisconnect", True),
    _flag("AuthCtrlr", "Enabled", True, _RO),
    _flag("AuthCtrlr", "AuthorizeRemoteStart", False),
    _flag("AuthCtrlr", "LocalAuthorizeOffline", True),
    _flag("AuthCtrlr", "LocalPreAuthorize", False),
    _flag("AuthCtrlr", "OfflineTxForUnknownIdEnabled", False),
    Variable("AuthCtrlr", "MasterPassGroupId", "", high=36),
    _flag("AuthCacheCtrlr", "Available", True, _RO),
    _flag("AuthCacheCtrlr", "Enabled", True),
    _number("AuthCacheCtrlr", "LifeTime", 0, low=0, unit="s"),
    _flag("LocalAuthListCtrlr", "Available", True, _RO),
    _flag("LocalAuthListCtrlr", "Enabled", True),
    _fixed("LocalAuthListCtrlr", "Entries", "0", _INT),
    _fixed("LocalAuthListCtrlr", "ItemsPerMessage", "1000", _INT),
    _fixed("LocalAuthListCtrlr", "BytesPerMessage", "500000", _INT),
    Variable("TxCtrlr", "TxStartPoint", "PowerPathClosed", _LIST, options=TX_POINTS),
    Variable("TxCtrlr", "TxStopPoint", "PowerPathClosed", _LIST, options=TX_POINTS),
    _number("TxCtrlr", "EVConnectionTimeOut", 120, low=1, unit="s"),
    _flag("TxCtrlr", "StopTxOnEVSideDisconnect", True),
    _flag("TxCtrlr", "StopTxOnInvalidId", True),
    _flag("TxCtrlr", "TxBeforeAcceptedEnabled", False),
    _number("TxCtrlr", "MaxEnergyOnInvalidId", 0, low=0, unit="Wh"),
    _flag("SampledDataCtrlr", "Enabled", True),
    _measurands("SampledDataCtrlr", "TxStartedMeasurands", _REGISTER),
    _measurands("SampledDataCtrlr", "TxUpdatedMeasurands", f"{_REGISTER},Power.Active.Import"),
    _number("SampledDataCtrlr", "TxUpdatedInterval", 300, low=0, unit="s"),
    _measurands("SampledDataCtrlr", "TxEndedMeasurands", _REGISTER),
    _number("SampledDataCtrlr", "TxEndedInterval", 0, low=0, unit="s"),
    _flag("SampledDataCtrlr", "SignReadings", False),
    _flag("SampledDataCtrlr", "RegisterValuesWithoutPhases", False),
    _flag("AlignedDataCtrlr", "Enabled", True),
    _measurands("AlignedDataCtrlr", "Measurands", _REGISTER),
    _number("AlignedDataCtrlr", "Interval", 0, low=0, unit="s"),
    _measurands("AlignedDataCtrlr", "TxEndedMeasurands", ""),
    _number("AlignedDataCtrlr", "TxEndedInterval", 0, low=0, unit="s"),
    _flag("AlignedDataCtrlr", "SendDuringIdle", False),
    _flag("AlignedDataCtrlr", "SignReadings", False),
    _fixed("DeviceDataCtrlr", "ItemsPerMessage", "100", _INT, "GetVariables"),
    _fixed("DeviceDataCtrlr", "ItemsPerMessage", "100", _INT, "SetVariables"),
    _fixed("DeviceDataCtrlr", "ItemsPerMessage", "100", _INT, "GetReport"),
    _fixed("DeviceDataCtrlr", "BytesPerMessage", "65000", _INT, "GetVariables"),
    _fixed("DeviceDataCtrlr", "BytesPerMessage", "65000", _INT, "SetVariables"),
    _fixed("DeviceDataCtrlr", "BytesPerMessage", "65000", _INT, "GetReport"),
    _flag("MonitoringCtrlr", "Available", True, _RO),
    _flag("MonitoringCtrlr", "Enabled", True),
    _fixed("MonitoringCtrlr", "ItemsPerMessage", "100", _INT, "SetVariableMonitoring"),
    _fixed("MonitoringCtrlr", "ItemsPerMessage", "100", _INT, "ClearVariableMonitoring"),
    _fixed("MonitoringCtrlr", "BytesPerMessage", "65000", _INT, "SetVariableMonitoring"),
    _fixed("MonitoringCtrlr", "BytesPerMessage", "65000", _INT, "ClearVariableMonitoring"),
    Variable("MonitoringCtrlr", "OfflineQueuingSeverity", "5", _INT, low=0, high=9),
    Variable("MonitoringCtrlr", "ActiveMonitoringBase", "All", DataType.OPTION_LIST, _RO, options=BASES, live=True),
    Variable("MonitoringCtrlr", "ActiveMonitoringLevel", "9", _INT, _RO, low=0, high=9, live=True),
    _fixed("ClockCtrlr", "DateTime", "", DataType.DATE_TIME),
    Variable("ClockCtrlr", "TimeSource", "Heartbeat", DataType.SEQUENCE_LIST, _RO, options=("Heartbeat",)),
    _fixed("SecurityCtrlr", "SecurityProfile", "0", _INT),
    Variable("SecurityCtrlr", "BasicAuthPassword", "", DataType.STRING, Mutability.WRITE_ONLY, low=16, high=40),
    Variable("SecurityCtrlr", "OrganizationName", "Chargebench"),
    _fixed("SecurityCtrlr", "Identity", ""),
    _fixed("SecurityCtrlr", "CertificateEntries", "0", _INT),
    _flag("ChargingStation", "AllowNewSessionsPendingFirmwareUpdate", False),
)

MODEL = Model(STANDARD)
"""What every station has, whatever its hardware."""
