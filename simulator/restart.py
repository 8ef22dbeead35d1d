"""Restarts that the CSMS orders, of the station or of one EVSE (2.0.1 part 2 B11, B12; 1.6 §5.14)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from simulator import facts
from simulator.clock import Timer
from simulator.tokens import ACCEPTED

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station

GRACE_S = 0.5
"""How long a restart waits for the last answer to leave."""

SHUTDOWN_S = 5.0
"""How long a reset waits for transaction messages to be answered before the station restarts."""

EVSE_RESET_S = 2.0
"""How long one EVSE takes to restart."""


_NOTHING: frozenset[int] = frozenset()  # one for all stations: each costs 216 bytes


class Restart:
    """What one station still has to restart. EVSE 0 is the station."""

    __slots__ = ("_boot_reason", "_station", "_timer", "_waiting")

    def __init__(self, station: Station) -> None:
        self._station = station
        self._waiting = _NOTHING
        self._timer: Timer | None = None
        self._boot_reason = ""

    def forget(self) -> None:
        """The power is gone: there is nothing left to restart."""
        self._waiting = _NOTHING
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def awaits(self, evse: Evse) -> bool:
        """Whether an EVSE is to restart, alone or with the station: no new driver may begin there."""
        return evse.id in self._waiting or 0 in self._waiting

    def order(self, *, immediate: bool, evse: int = 0) -> str:
        """Accepted, or Scheduled where a transaction has to end first."""
        station = self._station
        if not immediate and any(place.tx is not None for place in self._covered(evse)):
            self._waiting |= {evse}
            station.tell(facts.ResetScheduled(evse))
            return "Scheduled"
        self.soon(evse, "ImmediateReset")
        return ACCEPTED

    def soon(self, evse: int, reason: str) -> None:
        """End every transaction with this reason, then restart, after the answer in hand has left."""
        self._station.later(partial(self._now, evse, reason))

    def _now(self, evse: int, reason: str) -> None:
        for place in self._covered(evse):
            if place.authorization is not None or place.tx is not None:
                place.end("ResetCommand", reason)
        self._waiting |= {evse}
        if evse:
            self._restart_evse(self._station.evse(evse))
        else:
            self._retire("RemoteReset")

    def became_idle(self, evse: Evse) -> None:
        """Do what was put off until this EVSE's transaction was over."""
        if evse.tx is not None:
            return
        if evse.id in self._waiting and not evse.resetting:
            self._restart_evse(evse)
        if 0 in self._waiting and all(place.tx is None for place in self._station.evses):
            self._retire("ScheduledReset")

    def _restart_evse(self, evse: Evse) -> None:
        if evse.resetting:
            return
        evse.reset()
        self._station.clock.after(EVSE_RESET_S, partial(self._evse_restarted, evse, self._station.flash.boots))

    def _evse_restarted(self, evse: Evse, boots: int) -> None:
        if self._station.runs(boots):
            self._waiting -= {evse.id}
            evse.reset_done()

    def _retire(self, boot_reason: str) -> None:
        """Restart once the journal is empty, or after SHUTDOWN_S (B12.FR.05)."""
        if self._timer is not None:
            return
        self._boot_reason = boot_reason
        waits = len(self._station.journal) and self._station.online
        self._timer = self._station.clock.after(SHUTDOWN_S if waits else GRACE_S, self._restart)

    def journal_sent(self) -> None:
        """The journal has nothing more to send for now: a restart that waited for it need not wait longer."""
        if self._timer is not None and not len(self._station.journal):
            self._timer.cancel()
            self._timer = self._station.clock.after(GRACE_S, self._restart)

    def _restart(self) -> None:
        self._timer = None
        self._station.restart(self._boot_reason)

    def _covered(self, evse: int) -> list[Evse]:
        return [place for place in self._station.evses if evse in (0, place.id)]
