"""What a CSMS orders of a station's monitoring (2.0.1 part 2 N03–N06), and which monitors follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from simulator.devicemodel.controllers import BASES
from simulator.event import Origin
from simulator.monitoring.memory import LEAST_SEVERE, MOST_SEVERE, Memory
from simulator.monitoring.monitor import PERIODICS, THRESHOLDS, Monitor, MonitorType, monitorable, shared, supports
from simulator.variables import Variable

if TYPE_CHECKING:
    from simulator.station import Station

ACCEPTED, REJECTED = "Accepted", "Rejected"

SHORTEST_S = 1.0
"""The shortest interval of a periodic monitor: below, a station would do nothing else, or come to no end at all."""

ALL, HARD_WIRED_ONLY = "All", "HardWiredOnly"


@dataclass(frozen=True, slots=True)
class Wish:
    """One monitor that the CSMS wants (SetMonitoringDataType). ``id``: of the one to replace."""

    type: MonitorType
    value: float
    severity: int
    transaction: bool = False
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish: SetMonitoringStatusEnumType, the monitor's id, and a reason code where it is refused."""

    status: str
    id: int | None = None
    reason: str | None = None


def enabled(station: Station) -> bool:
    """Whether monitoring is there and switched on (MonitoringCtrlr.Available, Enabled)."""
    variables = station.variables
    return all(
        key not in variables.model or variables.flag(key)
        for key in ("MonitoringCtrlr.Available", "MonitoringCtrlr.Enabled")
    )


def monitors(station: Station) -> tuple[Monitor, ...]:
    """Every monitor there is, by id: the manufacturer's that the base leaves, and the CSMS's own."""
    memory, model = station.flash.monitoring, station.variables.model
    own = {monitor.id: monitor for monitor in memory.custom if monitor.key in model}
    for preset in station.profile.monitors:
        if preset.id not in own and _left(preset, memory):
            own[preset.id] = preset
    return tuple(own[number] for number in sorted(own))


def _left(preset: Monitor, memory: Memory) -> bool:
    if preset.origin is Origin.HARD_WIRED_MONITOR:
        return True
    return memory.base != HARD_WIRED_ONLY and preset.id not in memory.cleared


def set_monitor(station: Station, variable: Variable, wish: Wish) -> Outcome:
    """N04: set or replace one monitor on a variable."""
    if (why := _objection(station, variable, wish)) is not None:
        return why
    present = monitors(station)
    old = next((monitor for monitor in present if monitor.id == wish.id), None)
    if wish.id is not None and (refusal := _irreplaceable(old, variable)) is not None:
        return refusal  # N04.FR.13, .16, .18
    same = (variable.key, wish.type, wish.severity)
    if any((other.key, other.type, other.severity) == same and other is not old for other in present):
        return Outcome("Duplicate")  # N04.FR.10
    memory = station.flash.monitoring
    number = _new_id(station, present) if wish.id is None else wish.id
    new = shared(Monitor(number, variable.key, wish.type, wish.value, wish.severity, wish.transaction))  # N04.FR.15
    custom = (*(monitor for monitor in memory.custom if monitor.id != number), new)
    exceeded = memory.exceeded
    if old is None or old.type is not new.type:
        exceeded -= {number}
    _keep(station, replace(memory, custom=custom, exceeded=exceeded, last_monitor=max(memory.last_monitor, number)))
    return Outcome(ACCEPTED, number)


def _objection(station: Station, variable: Variable, wish: Wish) -> Outcome | None:
    if not monitorable(variable) or not supports(variable, wish.type):
        return Outcome("UnsupportedMonitorType")  # N04.FR.05
    if not enabled(station):
        return Outcome(REJECTED, reason="NotEnabled")
    if not MOST_SEVERE <= wish.severity <= LEAST_SEVERE:
        return Outcome(REJECTED, reason="ValueOutOfRange")
    if wish.type in THRESHOLDS:
        low = variable.low is not None and wish.value < variable.low
        high = variable.high is not None and wish.value > variable.high
        return Outcome(REJECTED, reason="ValueOutOfRange") if low or high else None  # N04.FR.06
    if wish.value < 0:
        return Outcome(REJECTED, reason="ValuePositiveOnly")  # N04.FR.14
    if wish.type in PERIODICS and wish.value < SHORTEST_S:
        return Outcome(REJECTED, reason="ValueTooLow" if wish.value else "ValueZeroNotAllowed")
    return None


def _irreplaceable(old: Monitor | None, variable: Variable) -> Outcome | None:
    if old is None:
        return Outcome(REJECTED, reason="NotFound")
    if old.key != variable.key:
        return Outcome(REJECTED, reason="InvalidValue")
    return Outcome(REJECTED, reason="ReadOnly") if old.origin is Origin.HARD_WIRED_MONITOR else None


def _new_id(station: Station, present: Sequence[Monitor]) -> int:
    taken = [monitor.id for monitor in (*present, *station.profile.monitors)]
    return max(station.flash.monitoring.last_monitor, *taken, 0) + 1


def clear_monitor(station: Station, number: int) -> str:
    """N06: remove one monitor (ClearMonitoringStatusEnumType)."""
    old = next((monitor for monitor in monitors(station) if monitor.id == number), None)
    if old is None:
        return "NotFound"
    if old.origin is Origin.HARD_WIRED_MONITOR:
        return REJECTED  # N06.FR.03
    memory = station.flash.monitoring
    cleared = memory.cleared
    if any(preset.id == number for preset in station.profile.monitors):
        cleared |= {number}  # what it overruled comes back with a SetMonitoringBase only
    custom = tuple(monitor for monitor in memory.custom if monitor.id != number)
    _keep(station, replace(memory, custom=custom, cleared=cleared))
    return ACCEPTED


def set_base(station: Station, base: str) -> str:
    """N03: the manufacturer's monitors, and of the CSMS's those that the base leaves."""
    if base not in BASES or not enabled(station):
        return "NotSupported" if base not in BASES else REJECTED
    memory = station.flash.monitoring
    custom = memory.custom if base == ALL else ()
    _keep(station, replace(memory, base=base, custom=custom, cleared=frozenset()))
    return ACCEPTED


def set_level(station: Station, severity: int) -> str:
    """N05: events of a higher severity number are told no longer."""
    if not MOST_SEVERE <= severity <= LEAST_SEVERE:
        return REJECTED  # N05.FR.02
    station.flash.monitoring = replace(station.flash.monitoring, level=severity)
    if station.monitors is not None:
        station.monitors.look()
    return ACCEPTED


def _keep(station: Station, memory: Memory) -> None:
    station.flash.monitoring = memory
    station.watch_variables()
