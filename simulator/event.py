"""What a station can notify of: one event of one variable (2.0.1 part 2, EventDataType)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from simulator.hardware.place import STATION, Place


class Trigger(StrEnum):
    """What made an event (EventTriggerEnumType); hard-wired notifications are alerting."""

    ALERTING = "Alerting"
    DELTA = "Delta"
    PERIODIC = "Periodic"


class Origin(StrEnum):
    """Who wants to know (EventNotificationEnumType)."""

    HARD_WIRED_NOTIFICATION = "HardWiredNotification"
    HARD_WIRED_MONITOR = "HardWiredMonitor"
    PRECONFIGURED_MONITOR = "PreconfiguredMonitor"
    CUSTOM_MONITOR = "CustomMonitor"


@dataclass(frozen=True, slots=True)
class Event:
    """Something about one variable that the CSMS is to learn (EventDataType).

    ``value``: the variable's actual value as OCPP writes it. ``severity``: 0 (danger) to 9 (debug). ``cleared``: it is
    a return to normal. ``cause``: the id of the event that this one follows from; ``monitor``: that of the monitor
    that saw it; ``transaction``: the transaction's id.
    """

    component: str
    variable: str
    value: str
    place: Place = STATION
    severity: int = 5
    cleared: bool = False
    instance: str = ""
    variable_instance: str = ""
    trigger: Trigger = Trigger.ALERTING
    origin: Origin = Origin.HARD_WIRED_NOTIFICATION
    monitor: int | None = None
    cause: int | None = None
    transaction: str | None = None
    tech_code: str | None = None
    tech_info: str | None = None

    @property
    def subject(self) -> tuple[object, ...]:
        """What it is about: the same for a trouble and its end."""
        return self.component, self.instance, self.place, self.variable, self.variable_instance, self.monitor


@dataclass(frozen=True, slots=True)
class Noted:
    """An event with the number by which others refer to it, and when it happened."""

    id: int
    stamp: str
    event: Event
