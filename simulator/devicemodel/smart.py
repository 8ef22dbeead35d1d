"""The variables of smart charging (2.0.1 part 2 §2.9)."""

from __future__ import annotations

from simulator.devicemodel.variable import DataType, Mutability, Variable

COMPONENT = "SmartChargingCtrlr"
MOST_PROFILES = 50
UNITS = ("A", "W")


def _fixed(name: str, value: str, kind: DataType = DataType.BOOLEAN) -> Variable:
    options = UNITS if kind is DataType.MEMBER_LIST else ()
    return Variable(COMPONENT, name, value, kind, Mutability.READ_ONLY, constant=True, options=options)


SMART_CHARGING: tuple[Variable, ...] = (
    _fixed("Available", "true"),
    Variable(COMPONENT, "Enabled", "true", DataType.BOOLEAN),
    _fixed("ACPhaseSwitchingSupported", "false"),
    _fixed("ProfileStackLevel", "9", DataType.INTEGER),
    _fixed("RateUnit", "A,W", DataType.MEMBER_LIST),
    _fixed("PeriodsPerSchedule", "100", DataType.INTEGER),
    Variable(COMPONENT, "ExternalControlSignalsEnabled", "true", DataType.BOOLEAN),
    Variable(COMPONENT, "NotifyChargingLimitWithSchedules", "false", DataType.BOOLEAN),
    _fixed("Phases3to1", "false"),
    Variable(
        COMPONENT, "Entries", "0", DataType.INTEGER, Mutability.READ_ONLY, "ChargingProfiles", low=0,
        high=MOST_PROFILES, live=True,
    ),
    Variable(COMPONENT, "LimitChangeSignificance", "1.0", DataType.DECIMAL, unit="Percent", low=0.0, high=100.0),
)  # fmt: skip
"""A station with Phases3to1 can also go on with one phase; none can choose which."""
