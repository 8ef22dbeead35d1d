"""The station's configuration: one immutable model that all stations share, and what each station changed.

Names are those of the OCPP 2.0.1 device model, written ``Component.Variable`` or ``Component.Variable.instance``
(part 2 appendices, standardized components and variables). OCPP 1.6 keys are aliases onto them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from simulator.flash import Flash


class Mutability(StrEnum):
    """Who may read and write a variable (MutabilityEnumType)."""

    READ_ONLY = "ReadOnly"
    WRITE_ONLY = "WriteOnly"
    READ_WRITE = "ReadWrite"


class DataType(StrEnum):
    """How a value is written (DataEnumType)."""

    STRING = "string"
    DECIMAL = "decimal"
    INTEGER = "integer"
    DATE_TIME = "dateTime"
    BOOLEAN = "boolean"
    OPTION_LIST = "OptionList"
    SEQUENCE_LIST = "SequenceList"
    MEMBER_LIST = "MemberList"


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of the model. ``low``/``high``: range of numbers, length of strings; ``options``: allowed values."""

    component: str
    name: str
    default: str
    type: DataType = DataType.STRING
    mutability: Mutability = Mutability.READ_WRITE
    instance: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    options: tuple[str, ...] = ()
    reboot: bool = False

    @property
    def key(self) -> str:
        """``Component.Variable`` or ``Component.Variable.instance``."""
        return ".".join(filter(None, (self.component, self.name, self.instance)))

    def objection(self, value: str) -> str | None:
        """Why ``value`` does not fit, or None (B05.FR.07/.08: type, range, list)."""
        return _OBJECTIONS[self.type](self, value)


def _no_string(variable: Variable, value: str) -> str | None:
    if variable.high is not None and len(value) > variable.high:
        return f"longer than {variable.high:g} characters"
    if variable.low is not None and len(value) < variable.low:
        return f"shorter than {variable.low:g} characters"
    return None


def _no_number(variable: Variable, value: str) -> str | None:
    try:
        number = int(value) if variable.type is DataType.INTEGER else float(value)
    except ValueError:
        return f"not {'an integer' if variable.type is DataType.INTEGER else 'a decimal'}"
    if variable.low is not None and not number >= variable.low:
        return f"below {variable.low:g}"
    if variable.high is not None and not number <= variable.high:
        return f"above {variable.high:g}"
    return None


def _no_boolean(_variable: Variable, value: str) -> str | None:
    return None if value.lower() in ("true", "false") else "neither true nor false"


def _no_option(variable: Variable, value: str) -> str | None:
    return None if value in variable.options else f"not one of {', '.join(variable.options)}"


def _no_list(variable: Variable, value: str) -> str | None:
    if not variable.options or not value:
        return None
    strange = [item for item in map(str.strip, value.split(",")) if item not in variable.options]
    return f"{', '.join(strange)} not among {', '.join(variable.options)}" if strange else None


_OBJECTIONS: dict[DataType, Callable[[Variable, str], str | None]] = {
    DataType.STRING: _no_string,
    DataType.DATE_TIME: _no_string,
    DataType.DECIMAL: _no_number,
    DataType.INTEGER: _no_number,
    DataType.BOOLEAN: _no_boolean,
    DataType.OPTION_LIST: _no_option,
    DataType.SEQUENCE_LIST: _no_list,
    DataType.MEMBER_LIST: _no_list,
}

_INT, _BOOL, _LIST, _RO = DataType.INTEGER, DataType.BOOLEAN, DataType.MEMBER_LIST, Mutability.READ_ONLY

MEASURANDS = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Power.Offered",
    "Current.Import",
    "Current.Offered",
    "Voltage",
    "Frequency",
    "SoC",
)
"""What the simulated meters measure."""

TX_POINTS = ("EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer")
"""The start and stop points this firmware knows (TxStartStopPointValues without bay sensor and signed data)."""


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
    _flag("AlignedDataCtrlr", "Enabled", True),
    _measurands("AlignedDataCtrlr", "Measurands", _REGISTER),
    _number("AlignedDataCtrlr", "Interval", 0, low=0, unit="s"),
    _measurands("AlignedDataCtrlr", "TxEndedMeasurands", ""),
    _number("AlignedDataCtrlr", "TxEndedInterval", 0, low=0, unit="s"),
    _flag("AlignedDataCtrlr", "SendDuringIdle", False),
    _fixed("DeviceDataCtrlr", "ItemsPerMessage", "100", _INT, "GetVariables"),
    _fixed("DeviceDataCtrlr", "ItemsPerMessage", "100", _INT, "SetVariables"),
    _fixed("DeviceDataCtrlr", "ItemsPerMessage", "100", _INT, "GetReport"),
    _fixed("DeviceDataCtrlr", "BytesPerMessage", "65000", _INT, "GetVariables"),
    _fixed("DeviceDataCtrlr", "BytesPerMessage", "65000", _INT, "SetVariables"),
    _fixed("DeviceDataCtrlr", "BytesPerMessage", "65000", _INT, "GetReport"),
    _fixed("ClockCtrlr", "DateTime", "", DataType.DATE_TIME),
    Variable("ClockCtrlr", "TimeSource", "Heartbeat", DataType.SEQUENCE_LIST, _RO, options=("Heartbeat",)),
    _fixed("SecurityCtrlr", "SecurityProfile", "0", _INT),
    Variable("SecurityCtrlr", "BasicAuthPassword", "", DataType.STRING, Mutability.WRITE_ONLY, low=16, high=40),
    Variable("SecurityCtrlr", "OrganizationName", "Chargebench"),
    _fixed("SecurityCtrlr", "Identity", ""),
    _fixed("SecurityCtrlr", "CertificateEntries", "0", _INT),
    _fixed("ChargingStation", "Model", ""),
    _fixed("ChargingStation", "VendorName", ""),
    _fixed("ChargingStation", "FirmwareVersion", ""),
    _fixed("ChargingStation", "AvailabilityState", "Available"),
    _flag("ChargingStation", "Available", True, _RO),
    _fixed("ChargingStation", "SupplyPhases", "3", _INT),
    _flag("ChargingStation", "AllowNewSessionsPendingFirmwareUpdate", False),
)


class Model(Mapping[str, Variable]):
    """The variables that a kind of station has, by key. Immutable and shared."""

    __slots__ = ("_components", "_spelling", "_variables")

    def __init__(self, variables: tuple[Variable, ...]) -> None:
        self._variables = {variable.key: variable for variable in variables}
        self._components = frozenset(variable.component.lower() for variable in variables)
        self._spelling = {key.lower(): key for key in self._variables}

    def __getitem__(self, key: str) -> Variable:
        return self._variables[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)

    def has_component(self, component: str) -> bool:
        """Whether any variable belongs to that component; names are compared without case (ComponentType)."""
        return component.lower() in self._components

    def spelt(self, key: str) -> str:
        """The key in its right spelling; one that is not known stays as it is."""
        return self._spelling.get(key.lower(), key)

    def with_defaults(self, values: Mapping[str, object]) -> Model:
        """The same model with other factory settings. Raises ValueError naming the variable that is wrong."""
        changed = dict(self._variables)
        for key, value in values.items():
            if key not in changed:
                raise ValueError(f"{key} is not a variable of this station")
            text = written(value)
            if why := changed[key].objection(text):
                raise ValueError(f"{key}: {text!r} is {why}")
            old = changed[key]
            changed[key] = Variable(**{name: getattr(old, name) for name in old.__slots__} | {"default": text})
        return Model(tuple(changed.values()))


MODEL = Model(STANDARD)


def written(value: object) -> str:
    """A Python value as OCPP writes it: booleans in lower case, lists joined by commas."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(str(item) for item in value)
    return str(value)


class SetStatus(StrEnum):
    """The outcome of a write (SetVariableStatusEnumType)."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    UNKNOWN_COMPONENT = "UnknownComponent"
    UNKNOWN_VARIABLE = "UnknownVariable"
    REBOOT_REQUIRED = "RebootRequired"


Owner = TypeVar("Owner")
"""Whose variables they are: a station, for all but tests."""


class Variables(Generic[Owner]):
    """The values of one owner: the model's defaults, what the flash says was changed, and live ones.

    ``live``: the variables that are computed from the owner when they are read, and how.
    """

    __slots__ = ("_flash", "_live", "_owner", "model")

    def __init__(self, model: Model, flash: Flash, live: Mapping[str, Callable[[Owner], str]], owner: Owner) -> None:
        self.model = model
        self._flash = flash
        self._live = live
        self._owner = owner

    def text(self, key: str) -> str:
        """The value as OCPP writes it. Raises KeyError for a variable that the station does not have."""
        if (read := self._live.get(key)) is not None:
            return read(self._owner)
        changed = self._flash.changed.get(key)
        return self.model[key].default if changed is None else changed

    def set(self, key: str, value: str) -> None:
        """Set a value without a question. What is as it left the factory is not kept: most stations keep nothing."""
        if value == self.model[key].default:
            self._flash.changed.pop(key, None)
        else:
            self._flash.changed[key] = value

    def number(self, key: str) -> int:
        """The value of an integer variable."""
        return int(self.text(key))

    def flag(self, key: str) -> bool:
        """The value of a boolean variable."""
        return self.text(key).lower() == "true"

    def items(self, key: str) -> tuple[str, ...]:
        """The members of a list variable."""
        return _members(self.text(key))

    def write(self, key: str, value: str) -> SetStatus:
        """Set a value as a CSMS would, with every check that the model asks for.

        One that needs a reboot waits in ``pending``; until then ``text`` gives the value in use, ``shown`` the new one.
        """
        key = self.model.spelt(key)
        variable = self.model.get(key)
        if variable is None:
            known = self.model.has_component(key.partition(".")[0])
            return SetStatus.UNKNOWN_VARIABLE if known else SetStatus.UNKNOWN_COMPONENT
        if variable.mutability is Mutability.READ_ONLY or variable.objection(value):
            return SetStatus.REJECTED
        if variable.reboot:
            self._flash.pending = {**self._flash.pending, key: value}
            return SetStatus.REBOOT_REQUIRED
        self.set(key, value)
        return SetStatus.ACCEPTED

    def shown(self, key: str) -> str:
        """The value that a CSMS reads: what was set last, in use or not yet."""
        return self._flash.pending.get(key) or self.text(key)


@lru_cache(256)  # what to measure is asked for with every sample, and is the same for most stations
def _members(text: str) -> tuple[str, ...]:
    return tuple(item for item in map(str.strip, text.split(",")) if item)
