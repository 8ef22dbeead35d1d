"""The variables of the firmware's controllers, which every station has (part 2 §2, referenced components)."""

from __future__ import annotations

from dataclasses import replace

from simulator.devicemodel.authorization import AUTHORIZATION, TRANSACTIONS
from simulator.devicemodel.display import DISPLAY
from simulator.devicemodel.firmware import FIRMWARE
from simulator.devicemodel.model import Model
from simulator.devicemodel.network import CONFIGURATIONS, NETWORK
from simulator.devicemodel.publishing import LOCAL_CONTROLLER
from simulator.devicemodel.reservation import RESERVATION
from simulator.devicemodel.security import SECURITY
from simulator.devicemodel.smart import SMART_CHARGING
from simulator.devicemodel.tariff import TARIFF
from simulator.devicemodel.variable import DataType, Mutability, Variable, written

_INT, _BOOL, _LIST, _RO = DataType.INTEGER, DataType.BOOLEAN, DataType.MEMBER_LIST, Mutability.READ_ONLY

MEASURANDS = (
    "Current.Export",
    "Current.Import",
    "Current.Offered",
    "Energy.Active.Export.Interval",
    "Energy.Active.Export.Register",
    "Energy.Active.Import.Interval",
    "Energy.Active.Import.Register",
    "Energy.Active.Net",
    "Energy.Apparent.Export",
    "Energy.Apparent.Import",
    "Energy.Apparent.Net",
    "Energy.Reactive.Export.Interval",
    "Energy.Reactive.Export.Register",
    "Energy.Reactive.Import.Interval",
    "Energy.Reactive.Import.Register",
    "Energy.Reactive.Net",
    "Frequency",
    "Power.Active.Export",
    "Power.Active.Import",
    "Power.Factor",
    "Power.Offered",
    "Power.Reactive.Export",
    "Power.Reactive.Import",
    "RPM",
    "SoC",
    "Temperature",
    "Voltage",
)
"""What the simulated stations measure; a version takes those of them that it has a name for."""

KEY_WITH_SIGNED = ("Never", "OncePerTransaction", "EveryMeterValue")
"""When a meter's public key goes along with what it has signed (2.0.1 part 2 §2.7.17)."""

BASES = ("All", "FactoryDefault", "HardWiredOnly")
"""Which monitors a station can be told to have (MonitoringBaseEnumType)."""


ACTIONS = ("GetReport", "GetVariables", "SetVariables")
MONITORING_ACTIONS = ("SetVariableMonitoring", "ClearVariableMonitoring")
"""What has a limit in items and bytes per message."""

OFFSET_FORM = r"(?:[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?"
"""A local time's offset, such as ``+01:00`` (part 2 §2.1.27), or none."""


def _number(
    component: str,
    name: str,
    default: int,
    *,
    low: int = 0,
    high: int | None = None,
    instance: str = "",
    unit: str = "",
) -> Variable:
    return Variable(component, name, str(default), _INT, low=low, high=high, instance=instance, unit=unit)


def _flag(component: str, name: str, default: bool) -> Variable:
    return Variable(component, name, written(default), _BOOL)


def _measurands(component: str, name: str, default: str) -> Variable:
    return Variable(component, name, default, _LIST, options=MEASURANDS, high=1000)


def _fixed(component: str, name: str, value: object, kind: DataType, instance: str = "") -> Variable:
    return Variable(component, name, written(value), kind, _RO, instance, constant=True)


def _available(component: str, here: bool = True, instance: str = "") -> Variable:
    return _fixed(component, "Available", here, _BOOL, instance)


def _live(component: str, name: str, kind: DataType = DataType.STRING, *, kept: bool = False) -> Variable:
    return Variable(component, name, "0" if kind is _INT else "", kind, _RO, persistent=kept, live=True)


_REGISTER = "Energy.Active.Import.Register"

COMMUNICATION: tuple[Variable, ...] = (
    _number("OCPPCommCtrlr", "HeartbeatInterval", 300, low=1, unit="s"),
    _number("OCPPCommCtrlr", "RetryBackOffWaitMinimum", 30, unit="s"),
    _number("OCPPCommCtrlr", "RetryBackOffRandomRange", 10, unit="s"),
    _number("OCPPCommCtrlr", "RetryBackOffRepeatTimes", 5),
    _number("OCPPCommCtrlr", "WebSocketPingInterval", 0, unit="s"),
    _number("OCPPCommCtrlr", "OfflineThreshold", 300, unit="s"),
    replace(_fixed("OCPPCommCtrlr", "MessageTimeout", 30, _INT, "Default"), unit="s"),
    _number("OCPPCommCtrlr", "MessageAttempts", 3, low=1, instance="TransactionEvent"),
    _number("OCPPCommCtrlr", "MessageAttemptInterval", 60, instance="TransactionEvent", unit="s"),
    *NETWORK,
    _number("OCPPCommCtrlr", "ResetRetries", 1),
    Variable("OCPPCommCtrlr", "PublicKeyWithSignedMeterValue", "Never", DataType.OPTION_LIST, options=KEY_WITH_SIGNED),
    _flag("OCPPCommCtrlr", "UnlockOnEVSideDisconnect", True),
    _flag("OCPPCommCtrlr", "QueueAllMessages", False),
    _number("OCPPCommCtrlr", "MinimumStatusDuration", 0, unit="s"),
)

METERING: tuple[Variable, ...] = (
    _available("SampledDataCtrlr"),
    _flag("SampledDataCtrlr", "Enabled", True),
    _measurands("SampledDataCtrlr", "TxStartedMeasurands", _REGISTER),
    _measurands("SampledDataCtrlr", "TxUpdatedMeasurands", f"{_REGISTER},Power.Active.Import"),
    _number("SampledDataCtrlr", "TxUpdatedInterval", 300, unit="s"),
    _measurands("SampledDataCtrlr", "TxEndedMeasurands", _REGISTER),
    _number("SampledDataCtrlr", "TxEndedInterval", 0, unit="s"),
    _flag("SampledDataCtrlr", "SignReadings", False),
    _flag("SampledDataCtrlr", "SignStartedReadings", True),
    _flag("SampledDataCtrlr", "SignUpdatedReadings", True),
    _flag("SampledDataCtrlr", "RegisterValuesWithoutPhases", False),
    _available("AlignedDataCtrlr"),
    _flag("AlignedDataCtrlr", "Enabled", True),
    _measurands("AlignedDataCtrlr", "Measurands", _REGISTER),
    _number("AlignedDataCtrlr", "Interval", 0, unit="s"),
    _measurands("AlignedDataCtrlr", "TxEndedMeasurands", ""),
    _number("AlignedDataCtrlr", "TxEndedInterval", 0, unit="s"),
    _flag("AlignedDataCtrlr", "SendDuringIdle", False),
    _flag("AlignedDataCtrlr", "SignReadings", False),
    _flag("AlignedDataCtrlr", "SignUpdatedReadings", True),
)

DEVICE: tuple[Variable, ...] = (
    *(_fixed("DeviceDataCtrlr", "ItemsPerMessage", 100, _INT, action) for action in ACTIONS),
    *(_fixed("DeviceDataCtrlr", "BytesPerMessage", 65_000, _INT, action) for action in ACTIONS),
    replace(_fixed("DeviceDataCtrlr", "ConfigurationValueSize", 1000, _INT), high=1000),
    replace(_fixed("DeviceDataCtrlr", "ReportingValueSize", 2500, _INT), high=2500),
    _live("ClockCtrlr", "DateTime", DataType.DATE_TIME),
    Variable("ClockCtrlr", "TimeSource", "Heartbeat", DataType.SEQUENCE_LIST, low=1, options=("Heartbeat",)),
    _number("ClockCtrlr", "TimeAdjustmentReportingThreshold", 20, unit="s"),
    Variable("ClockCtrlr", "TimeOffset", "", form=OFFSET_FORM, live=True),
    Variable("ClockCtrlr", "TimeOffset", "", instance="NextTransition", form=OFFSET_FORM),
    Variable("ClockCtrlr", "NextTimeOffsetTransitionDateTime", "", DataType.DATE_TIME),
)

MONITORING: tuple[Variable, ...] = (
    _available("MonitoringCtrlr"),
    _flag("MonitoringCtrlr", "Enabled", True),
    *(_fixed("MonitoringCtrlr", "ItemsPerMessage", 100, _INT, action) for action in MONITORING_ACTIONS),
    *(_fixed("MonitoringCtrlr", "BytesPerMessage", 65_000, _INT, action) for action in MONITORING_ACTIONS),
    _number("MonitoringCtrlr", "OfflineQueuingSeverity", 5, high=9),
    replace(_live("MonitoringCtrlr", "ActiveMonitoringBase", DataType.OPTION_LIST, kept=True), options=BASES),
    replace(_live("MonitoringCtrlr", "ActiveMonitoringLevel", _INT, kept=True), low=0, high=9),
)

STANDARD = (
    *COMMUNICATION, *AUTHORIZATION, *TRANSACTIONS, *METERING, *DEVICE, *SECURITY, *MONITORING, *RESERVATION, *DISPLAY,
    *TARIFF, *SMART_CHARGING, *FIRMWARE, *LOCAL_CONTROLLER, *CONFIGURATIONS,
)  # fmt: skip

MODEL = Model(STANDARD)
"""What every station has, whatever its hardware."""
