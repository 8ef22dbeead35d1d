"""Clock-aligned meter values: taken at multiples of an interval since midnight (2.0.1 part 2 §J.2.2, 1.6 §3.16.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.backlog import queues
from simulator.clock import Timer
from simulator.sampling import switched_on

if TYPE_CHECKING:
    from simulator.station import Station

DAY_S = 86_400


class Alignment:
    """One station's two clock-aligned beats: what is sent at once, and what is kept for the end of a transaction."""

    __slots__ = ("_ended", "_now", "_station")

    def __init__(self, station: Station) -> None:
        self._station = station
        self._now: Timer | None = None
        self._ended: Timer | None = None

    def disarm(self) -> None:
        """Forget both beats."""
        for timer in (self._now, self._ended):
            if timer is not None:
                timer.cancel()
        self._now = self._ended = None

    def arm(self) -> None:
        """Have the clock call at the next beats."""
        self.disarm()
        station = self._station
        if station.powered and switched_on(station, "AlignedDataCtrlr"):
            self._now = self._next("AlignedDataCtrlr.Interval", self._send)
            self._ended = self._next(station.dialect.ended_alignment, self._collect)

    def _next(self, key: str, callback: Callable[[], None]) -> Timer | None:
        station = self._station
        interval_s = station.variables.number(key)
        if not interval_s:
            return None
        now = station.now
        since_s = (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
        due_s = (int(since_s / interval_s + 1e-6) + 1) * interval_s
        return station.clock.after(min(due_s, DAY_S) - since_s, callback)

    def _send(self) -> None:
        station = self._station
        idle_only = station.variables.flag("AlignedDataCtrlr.SendDuringIdle")
        busy = any(evse.tx is not None for evse in station.evses)
        if not (idle_only and busy):  # J01.FR.19, J01.FR.20
            for evse in station.evses:
                if evse.tx is not None:
                    if not station.variables.flag(f"AlignedDataCtrlr({evse.id}).SendDuringIdle"):
                        evse.report("MeterValueClock", "Sample.Clock")
                elif station.online or queues(station):
                    station.send_readings(evse, "Sample.Clock")
        self._now = self._next("AlignedDataCtrlr.Interval", self._send)

    def _collect(self) -> None:
        for evse in self._station.evses:
            evse.recording.collect("Sample.Clock", "AlignedDataCtrlr.TxEndedMeasurands")
        self._ended = self._next(self._station.dialect.ended_alignment, self._collect)
