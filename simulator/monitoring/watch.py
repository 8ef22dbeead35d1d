"""What the firmware does for one monitor: it compares, and has the clock call when a number will have got there.

Numbers follow closed forms between events (``simulator.physics.trace``), so that each crossing is one timer; whenever
the form changes the watch is told to look again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from simulator.alignment import DAY_S
from simulator.clock import Timer
from simulator.event import Event, Trigger
from simulator.monitoring.charge import charge_trace, energy_trace
from simulator.monitoring.monitor import NUMERIC, PERIODICS, THRESHOLDS, Monitor, MonitorType
from simulator.physics.trace import NEVER
from simulator.variables import Mutability

if TYPE_CHECKING:
    from simulator.station import Station

STEPS = (0.001, 0.01, 0.1, 1.0)
"""Steps in which numbers are written. A variable's value is what is written, so that it passes a level where the
rounding turns: at 60.05, when 60.1 is the first that is above 60."""

NEARLY = 1e-6
"""Closer than this to where the rounding turns, it may go either way."""

PASSED = 1e-9
"""A level that is so close, relatively, is passed: the clock may be a rounding error ahead of it or behind."""

SCAN_S = 1.0
"""How soon after an event of a Delta monitor its number is compared again, however fast it runs."""


class Watch:
    """One monitor of one station at work, from ``begin`` to ``end``."""

    __slots__ = ("_timer", "begun", "monitor", "station")

    def __init__(self, station: Station, monitor: Monitor) -> None:
        self.station = station
        self.monitor = monitor
        self.begun = False
        self._timer: Timer | None = None

    @property
    def relevant(self) -> bool:
        """Whether it watches now: always, or while a transaction runs where its variable is (SetMonitoringDataType)."""
        return not self.monitor.transaction or bool(self._transactions())

    def begin(self) -> None:
        """Start to watch."""
        self.begun = True
        self.look()

    def look(self) -> None:
        """Compare, tell, and set the timer for the next time."""
        raise NotImplementedError

    def end(self) -> None:
        """Watch no longer; nothing is told."""
        self.begun = False
        self._again(NEVER)

    def forget(self) -> None:
        """What was told belongs to a transaction that is over."""

    def _again(self, instant_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if instant_s == NEVER else self.station.clock.at(instant_s, self._due)

    def _due(self) -> None:
        self._timer = None
        self.look()

    def _next_crossing(self, levels: Iterable[float]) -> float:
        """The next instant at which the variable reaches one of some levels: the nearest of them, up or down."""
        station, key = self.station, self.monitor.key
        variable = station.variables.model[key]
        trace = station.rig.trace(key) or charge_trace(station, variable) or energy_trace(station, variable)
        if trace is None:
            return NEVER
        now = station.clock.now
        value, above, below = trace.at(now), math.inf, -math.inf
        there = PASSED * max(1.0, abs(value))
        for level in levels:
            if value + there < level < above:
                above = level
            elif below < level < value - there:
                below = level
        return min((trace.reaches(level, now) for level in (above, below) if math.isfinite(level)), default=NEVER)

    def _text(self) -> str:
        return self.station.variables.text(self.monitor.key)

    def _number(self) -> float | None:
        try:
            return float(self._text())
        except ValueError:
            return None  # a measured value that is not there now

    def _tell(self, trigger: Trigger, *, cleared: bool = False) -> None:
        """N07.FR.06, N07.FR.10: the value of what may only be written stays secret."""
        station, monitor = self.station, self.monitor
        variable = station.variables.model[monitor.key]
        running = self._transactions()
        station.events.note(
            Event(
                component=variable.component,
                variable=variable.name,
                value="" if variable.mutability is Mutability.WRITE_ONLY else self._text(),
                place=variable.place,
                severity=monitor.severity,
                cleared=cleared,
                instance=variable.component_instance,
                variable_instance=variable.instance,
                trigger=trigger,
                origin=monitor.origin,
                monitor=monitor.id,
                transaction=running[0] if variable.place.evse and running else None,
            )
        )

    def _transactions(self) -> tuple[str, ...]:
        """The transactions that run where its variable is; the whole station's variables concern all."""
        evse = self.station.variables.model[self.monitor.key].place.evse
        return tuple(place.tx.id for place in self.station.evses if place.tx is not None and evse in (0, place.id))


class Threshold(Watch):
    """Tells when a number is beyond a limit, and when it is within it again (N07.FR.02, .16, .17).

    Whether it was told to be beyond lies in flash: after a restart the return is told, too (N07.FR.14). While nothing
    could be told the comparison waits (N07, remark), so that the CSMS learns how things stand.
    """

    __slots__ = ()

    def look(self) -> None:
        """N07.FR.11 follows: another limit is compared with what was told under the old one."""
        number = self._number()
        if number is not None and self.station.events.reaches(self.monitor.severity):
            self._compare(number)
        self._again(self._next_crossing(edges(self.monitor.value, self._upper)))

    @property
    def _upper(self) -> bool:
        return self.monitor.type is MonitorType.UPPER_THRESHOLD

    def forget(self) -> None:
        """The next transaction's number is compared afresh."""
        memory = self.station.flash.monitoring
        if self.monitor.id in memory.exceeded:
            self.station.flash.monitoring = replace(memory, exceeded=memory.exceeded - {self.monitor.id})

    def _compare(self, number: float) -> None:
        limit, flash = self.monitor.value, self.station.flash
        beyond = number > limit if self._upper else number < limit
        told = self.monitor.id in flash.monitoring.exceeded
        if beyond is told:
            return
        exceeded = flash.monitoring.exceeded
        exceeded = exceeded | {self.monitor.id} if beyond else exceeded - {self.monitor.id}
        flash.monitoring = replace(flash.monitoring, exceeded=exceeded)
        self._tell(Trigger.ALERTING, cleared=not beyond)


class Delta(Watch):
    """Tells when a variable has changed since it was last told, or first seen (N07.FR.18, .19; part 1 §4.4: first seen
    anew after a restart). Numbers have to change by more than the monitor's value."""

    __slots__ = ("_reference",)

    def __init__(self, station: Station, monitor: Monitor) -> None:
        super().__init__(station, monitor)
        self._reference: str | None = None

    def begin(self) -> None:
        """N07.FR.18: since the time that the monitor was set."""
        self._reference = self._text()
        super().begin()

    def look(self) -> None:
        told = self._changed() and self.station.events.reaches(self.monitor.severity)
        if told:
            self._reference = self._text()
            self._tell(Trigger.DELTA)
        if self.station.variables.model[self.monitor.key].type in NUMERIC:
            due_s = self._next_crossing(self._levels())
            self._again(max(due_s, self.station.clock.now + SCAN_S) if told else due_s)

    def _changed(self) -> bool:
        before, after = self._reference, self._text()
        if before is None or self.station.variables.model[self.monitor.key].type not in NUMERIC:
            return before != after
        try:
            return round(abs(float(after) - float(before)), 9) > self.monitor.value  # 40.2 - 30.2 is 10
        except ValueError:
            return before != after  # a measured value that came or went

    def _levels(self) -> Iterable[float]:
        try:
            middle = float(self._reference or "")
        except ValueError:
            return ()
        return chain(edges(middle + self.monitor.value, True), edges(middle - self.monitor.value, False))


class Beat(Watch):
    """Tells a variable's value every so many seconds: from when it was set (N08.FR.06), or at multiples of the interval
    since midnight by the station's clock (N08.FR.07)."""

    __slots__ = ()

    def begin(self) -> None:
        """The first one is an interval, or what is left of it, from now."""
        self.begun = True
        self._wind_up()

    def look(self) -> None:
        """A change of the value makes no beat."""

    def clock_set(self) -> None:
        """The station's clock shows another time."""
        if self.begun:
            self._wind_up()

    def _due(self) -> None:
        if self.station.events.reaches(self.monitor.severity):
            self._tell(Trigger.PERIODIC)
        self._wind_up()

    def _wind_up(self) -> None:
        self._again(self.station.clock.now + self._wait_s())

    def _wait_s(self) -> float:
        interval_s = self.monitor.value
        if self.monitor.type is MonitorType.PERIODIC:
            return interval_s
        now = self.station.now
        since_s = (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
        due_s = (int(since_s / interval_s + 1e-6) + 1) * interval_s
        return min(due_s, DAY_S) - since_s


def edges(level: float, above: bool) -> Iterator[float]:
    """Where a number has to get to for its written form to pass a level, upwards or downwards, in steps of any size."""
    yield level
    near = max(NEARLY, 3 * PASSED * abs(level))  # further than what counts as passed, or a turn would be missed
    for step in STEPS:
        last = math.floor(level / step + NEARLY) if above else math.ceil(level / step - NEARLY)
        turn = (last + (0.5 if above else -0.5)) * step
        yield turn - near
        yield turn + near


def watch_of(station: Station, monitor: Monitor) -> Watch:
    """The watch that a monitor's type asks for."""
    if monitor.type in THRESHOLDS:
        return Threshold(station, monitor)
    return Beat(station, monitor) if monitor.type in PERIODICS else Delta(station, monitor)
