"""Restarts that the CSMS orders, of the station or of one EVSE (2.0.1 part 2 B11, B12; 1.6 §5.14)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

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

RETRY_S = 10.0
"""How long after an attempt to restart that failed the next one comes."""

EVSE_RESET_S = 2.0
"""How long one EVSE takes to restart."""


_NOTHING: frozenset[int] = frozenset()  # one for all stations: each costs 216 bytes


class Ordered(NamedTuple):
    """What became of an order to restart (ResetStatusEnumType), with a reason code where it was rejected."""

    status: str
    reason: str = ""


class Restart:
    """What one station still has to restart. EVSE 0 is the station.

    What waits for transactions to end is forgotten when the power goes: the station has restarted by then. ``stuck``
    is a fault that anyone may set: how many attempts to restart the station fail.
    """

    __slots__ = ("_boot_reason", "_station", "_timer", "_tried", "_waiting", "stuck")

    def __init__(self, station: Station) -> None:
        self._station = station
        self._waiting = _NOTHING
        self._timer: Timer | None = None
        self._boot_reason = ""
        self._tried = 0
        self.stuck = 0

    def forget(self) -> None:
        """The power is gone: there is nothing left to restart."""
        self._waiting = _NOTHING
        self._tried = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def awaits(self, evse: Evse) -> bool:
        """Whether an EVSE is to restart, alone or with the station: no new driver may begin there."""
        return evse.id in self._waiting or 0 in self._waiting

    def order(self, *, immediate: bool, evse: int = 0) -> Ordered:
        """Accepted; Scheduled where a driver, a transaction or other work has to end first (B11.FR.07, B12.FR.01);
        Rejected where the station or this EVSE cannot restart (B11.FR.06, .09, B12.FR.09, .10)."""
        station = self._station
        if evse and not station.variables.flag(f"EVSE({evse}).AllowReset"):
            return Ordered("Rejected", "UnsupportedParam")
        if (why := self.forbidden()) is not None:
            return Ordered("Rejected", why)
        if not immediate and not self._idle(evse):
            self._waiting |= {evse}
            station.tell(facts.ResetScheduled(evse))
            for place in self._covered(evse):
                station.report_status(place)
            return Ordered("Scheduled")
        self.soon(evse, "ImmediateReset")
        return Ordered(ACCEPTED)

    def forbidden(self) -> str | None:
        """The reason code of what must not be interrupted by a restart; None where there is nothing."""
        reasons = (function.forbids_reset() for function in self._station.functions)
        return next((why for why in reasons if why is not None), None)

    def _idle(self, evse: int) -> bool:
        """Whether nothing is going on that a restart would disturb (B11, remark of errata 2025-06)."""
        if any(place.tx is not None or place.authorization is not None for place in self._covered(evse)):
            return False
        return bool(evse) or not any(function.at_work() for function in self._station.functions)

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
        self.look()

    def look(self) -> None:
        """Something that a restart of the station waits for may be over."""
        if 0 in self._waiting and self._idle(0):
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
        if self.stuck:
            self._failed()
        else:
            self._station.restart(self._boot_reason)

    def _failed(self) -> None:
        """ResetRetries: once more, so often; then the station goes on as it is."""
        station = self._station
        self.stuck -= 1
        self._tried += 1
        station.tell(facts.ResetFailed(self._tried))
        if self._tried <= station.variables.number("OCPPCommCtrlr.ResetRetries"):
            self._timer = station.clock.after(RETRY_S, self._restart)
            return
        self._tried = 0
        self._waiting -= {0}
        for evse in station.evses:
            evse.welcome()
            station.report_status(evse)

    def _covered(self, evse: int) -> list[Evse]:
        return [place for place in self._station.evses if evse in (0, place.id)]
