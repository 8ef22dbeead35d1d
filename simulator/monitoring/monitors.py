"""A station's monitors at work. A station without any has no such object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator import facts
from simulator.monitoring.monitor import THRESHOLDS, Monitor
from simulator.monitoring.watch import Beat, Watch, watch_of

if TYPE_CHECKING:
    from simulator.station import Station

_SAYS_NOTHING = (facts.EventNoted, facts.MessageGivenUp, facts.FrameIgnored, facts.CallFailed)
"""Facts that no variable changes by."""


class Monitors:
    """The watches of one station. It hears of jumps and disturbances from the rig, and of all else by the facts."""

    __slots__ = ("_looks", "_station", "_watches")

    def __init__(self, station: Station) -> None:
        self._station = station
        self._watches: dict[int, Watch] = {}
        self._looks = False
        station.rig.listener = self

    def follow(self, wanted: Iterable[Monitor]) -> None:
        """Watch for exactly these monitors. Those that stay as they are go on undisturbed."""
        monitors = {monitor.id: monitor for monitor in wanted}
        for number, watch in tuple(self._watches.items()):
            if monitors.get(number) != watch.monitor:
                del self._watches[number]
                watch.end()
        self._forget(frozenset(number for number, monitor in monitors.items() if monitor.type in THRESHOLDS))
        for number, monitor in monitors.items():
            if number not in self._watches:
                self._watches[number] = watch = watch_of(self._station, monitor)
                if watch.relevant:
                    watch.begin()

    def _forget(self, kept: frozenset[int]) -> None:
        memory = self._station.flash.monitoring
        if not memory.exceeded <= kept:
            self._station.flash.monitoring = replace(memory, exceeded=memory.exceeded & kept)

    def end(self) -> None:
        """The power goes: what is not in flash is lost."""
        for watch in self._watches.values():
            watch.end()
        self._watches = {}
        self._station.rig.listener = None

    # -- what there is to look at -----------------------------------------------------------------------------------

    def changed(self, key: str) -> None:
        """One variable has jumped."""
        self._look([watch for watch in self._watches.values() if watch.monitor.key == key])

    def disturbed(self, evse: int | None) -> None:
        """Parts of an EVSE (None: of any) follow other traces: numbers may jump, and reach levels at other times."""
        del evse  # parts of one place carry over to others, and a station has few monitors
        self._soon()

    def told(self, fact: facts.Fact) -> None:
        """Something happened: variables that nobody announces may be others."""
        match fact:
            case facts.VariableChanged(variable="MonitoringCtrlr.Enabled"):
                self._station.watch_variables()
            case facts.VariableChanged():
                self.changed(fact.variable)
            case facts.TransactionStarted() | facts.TransactionEnded():
                self._transaction()
            case facts.ClockSet():
                for watch in self._watches.values():
                    if isinstance(watch, Beat):
                        watch.clock_set()
        if not isinstance(fact, _SAYS_NOTHING):
            self._soon()

    def look(self) -> None:
        """Compare everything now."""
        self._look(tuple(self._watches.values()))

    def _look(self, watches: Iterable[Watch]) -> None:
        for watch in watches:
            if watch.begun:
                watch.look()

    def _soon(self) -> None:
        """Look once this instant's events are over: a number is compared when all that it follows from has changed."""
        if not self._looks:
            self._looks = True
            self._station.clock.after(0.0, self._now)

    def _now(self) -> None:
        self._looks = False
        self.look()

    def _transaction(self) -> None:
        """A transaction began or ended: monitors that belong to transactions begin or end with it."""
        for watch in self._watches.values():
            if watch.relevant and not watch.begun:
                watch.begin()
            elif watch.begun and not watch.relevant:
                watch.end()
                watch.forget()
