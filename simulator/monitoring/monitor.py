"""One monitor on one variable, and which monitors a variable can have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from simulator.event import Origin
from simulator.variables import DataType, Mutability, Variable


class MonitorType(StrEnum):
    """When a monitor triggers (MonitorEnumType)."""

    UPPER_THRESHOLD = "UpperThreshold"
    LOWER_THRESHOLD = "LowerThreshold"
    DELTA = "Delta"
    PERIODIC = "Periodic"
    PERIODIC_CLOCK_ALIGNED = "PeriodicClockAligned"


THRESHOLDS = frozenset({MonitorType.UPPER_THRESHOLD, MonitorType.LOWER_THRESHOLD})
PERIODICS = frozenset({MonitorType.PERIODIC, MonitorType.PERIODIC_CLOCK_ALIGNED})
NUMERIC = frozenset({DataType.DECIMAL, DataType.INTEGER})


@dataclass(frozen=True, slots=True)
class Monitor:
    """A monitor (VariableMonitoringType). ``key``: the variable's in the device model.

    ``value``: a threshold or a difference in the variable's unit, or an interval in seconds. ``transaction``: it only
    watches while a transaction runs where the variable is.
    """

    id: int
    key: str
    type: MonitorType
    value: float
    severity: int
    transaction: bool = False
    origin: Origin = Origin.CUSTOM_MONITOR


def monitorable(variable: Variable) -> bool:
    """Whether a variable can have monitors at all: a measured one, or a setting, whose changes the firmware sees."""
    return variable.monitored or variable.mutability is not Mutability.READ_ONLY


def supports(variable: Variable, kind: MonitorType) -> bool:
    """Whether a variable can have monitors of a type (part 1 §4.4: which type goes with which data type)."""
    if kind in THRESHOLDS:
        return variable.type in NUMERIC and variable.mutability is not Mutability.WRITE_ONLY
    return kind is MonitorType.DELTA or variable.type is not DataType.DATE_TIME


_SHARED: dict[Monitor, Monitor] = {}


def shared(monitor: Monitor) -> Monitor:
    """The one object for all equal monitors: fleets are given the same ones, station by station."""
    return _SHARED.setdefault(monitor, monitor)
