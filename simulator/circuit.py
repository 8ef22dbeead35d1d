"""The power side of one EVSE: cable, contactor, meter and the EV, brought up to date whenever somebody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator import facts
from simulator.clock import Timer
from simulator.electrical import Kind, Offer, Supply, at_grid, at_rest
from simulator.ev import EV, Flow
from simulator.meter import Meter, Reading
from simulator.profile import ConnectorProfile, EvseProfile

if TYPE_CHECKING:
    from simulator.evse import Evse

STATES = {
    Flow.CHARGING: "Charging",
    Flow.SUSPENDED_EV: "SuspendedEV",
    Flow.SUSPENDED_EVSE: "SuspendedEVSE",
}

UNLIMITED_W = float("inf")


class Circuit:
    """What flows, and whether it can. Knows no drivers and no transactions."""

    __slots__ = (
        "_alarm",
        "_evse",
        "_offered",
        "_settled_s",
        "cap_wh",
        "contactor_closed",
        "ev",
        "held_back",
        "limit_w",
        "meter",
        "plugged",
        "profile",
    )

    def __init__(self, evse: Evse, profile: EvseProfile, meter: Meter, now_s: float) -> None:
        self._evse = evse
        self._alarm: Timer | None = None
        self._settled_s = now_s
        self._offered: tuple[Supply, float, Offer] | None = None  # the last offer and what it follows from
        self.profile = profile
        self.meter = meter
        self.ev: EV | None = None
        self.plugged: int | None = None
        self.contactor_closed = False
        self.held_back = False
        self.limit_w = UNLIMITED_W
        self.cap_wh: float | None = None

    @property
    def outlet(self) -> ConnectorProfile:
        """The connector in use, or the first one, as the profile describes it."""
        return self.profile.connectors[(self.plugged or 1) - 1]

    def offer(self) -> Offer:
        """What the EV is allowed now."""
        supply, limit_w = self.outlet.supply, 0.0 if self.held_back else self.limit_w
        last = self._offered
        if last is None or last[0] is not supply or last[1] != limit_w:
            self._offered = last = supply, limit_w, supply.offer(limit_w=limit_w)
        return last[2]

    def state(self) -> str:
        """The charging state (ChargingStateEnumType)."""
        if self.ev is None:
            return "Idle"
        if self.held_back:
            return "SuspendedEVSE"
        if not self.contactor_closed:
            return "EVConnected"
        offer = self.offer()
        return "SuspendedEV" if self.ev.is_full(offer) else STATES[self.ev.flow(offer)]

    @property
    def phases_used(self) -> int:
        """Phases on which current flows; 0 for DC and where none flows."""
        if not self.contactor_closed or self.ev is None or self.outlet.supply.kind is not Kind.AC:
            return 0
        return sum(current_a > 0 for current_a in self.ev.draw(self.offer()).current_a)

    def reading(self) -> Reading:
        """What the meter shows now."""
        self.settle()
        supply = self.outlet.supply
        if self.ev is None:
            draw = at_rest(supply)
            return self.meter.reading(draw if self._at_outlet else at_grid(supply, draw))
        offer = self.offer() if self.contactor_closed else supply.offer(limit_w=0.0)
        draw = self.ev.draw(offer)
        soc = self.ev.soc_percent if supply.kind is Kind.DC else None  # an AC station is not told
        return self.meter.reading(draw if self._at_outlet else at_grid(supply, draw), soc_percent=soc, offer=offer)

    def register_wh(self) -> float:
        """What the import register shows now: a small part of a reading, at a small part of its price."""
        self.settle()
        return self.meter.energy_wh

    def wanted_w(self) -> float:
        """The power that the EV would take if this EVSE alone were limited."""
        if not self.contactor_closed or self.ev is None or self.held_back:
            return 0.0
        return self.ev.power_w(self.outlet.supply.offer())

    def settle(self) -> None:
        """Bring EV and meter up to now."""
        now = self._evse.station.clock.now
        elapsed_s, self._settled_s = now - self._settled_s, now
        if self.contactor_closed and self.ev is not None and elapsed_s > 0:
            self._count(self.ev, self.offer(), elapsed_s)

    def _count(self, ev: EV, offer: Offer, seconds: float) -> None:
        draw = ev.draw(offer)
        energy_wh = ev.advance(seconds, offer)
        if not self._at_outlet:
            energy_wh, draw = energy_wh / offer.supply.efficiency, at_grid(offer.supply, draw)
        self.meter.count(energy_wh, draw, seconds)

    def join(self, ev: EV, connector: int) -> None:
        """A cable now joins an EV to a connector."""
        self.settle()
        self.ev, self.plugged = ev, connector

    def part(self) -> None:
        """The cable is gone."""
        self.open()
        self.ev, self.plugged = None, None

    def close(self) -> None:
        """Close the contactor."""
        self.settle()
        self.contactor_closed = True
        self._evse.station.tell(facts.ContactorClosed(self._evse.id))
        self._evse.station.share_power()
        self.arm()

    def open(self) -> None:
        """Open the contactor, if it is closed."""
        self._disarm()
        if not self.contactor_closed:
            return
        self.settle()
        self.contactor_closed = False
        station = self._evse.station
        station.tell(facts.ContactorOpened(self._evse.id, self.meter.energy_wh))
        station.observe(self._evse)
        station.share_power()

    def hold_back(self, hold: bool) -> None:
        """Offer nothing although the contactor is closed, or offer again."""
        self.settle()
        self.held_back, self.cap_wh = hold, None
        self.arm()

    def cap(self, energy_wh: float) -> None:
        """Let no more than this flow from now on; then the EVSE is told."""
        self.settle()
        self.cap_wh = self.meter.import_wh + energy_wh
        self.arm()

    def limit(self, limit_w: float) -> bool:
        """Another limit for the EV from now on; False if it is the same."""
        if limit_w == self.limit_w:
            return False
        self.settle()
        self.limit_w = limit_w
        self.arm()
        return True

    def arm(self) -> None:
        """Have the clock call when the EV will stop by itself, or the cap is reached."""
        self._disarm()
        if self.contactor_closed and self.ev is not None and not self.held_back:
            left_s = min(self.ev.seconds_until_full(self.offer()), self._seconds_until_cap(self.ev))
            if 0 < left_s < float("inf"):
                self._alarm = self._evse.station.clock.after(left_s, self._alarmed)

    def _seconds_until_cap(self, ev: EV) -> float:
        if self.cap_wh is None:
            return float("inf")
        left_wh = (self.cap_wh - self.meter.import_wh) * (1.0 if self._at_outlet else self.outlet.supply.efficiency)
        if left_wh <= _NOTHING_WH:
            return float("inf")
        offer = self.offer()
        return ev.seconds_until(ev.soc + ev.course(offer).gain * 3600 * left_wh, offer)

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _alarmed(self) -> None:
        self._alarm = None
        self.settle()
        if self.ev is None or not self.contactor_closed:
            return
        if self.cap_wh is not None and self.meter.import_wh >= self.cap_wh - _NOTHING_WH:
            self._evse.cap_reached()
        elif self.ev.is_full(self.offer()):
            self._evse.ev_full()
        else:
            self.arm()

    @property
    def _at_outlet(self) -> bool:
        return self._evse.station.profile.meter.location == "Outlet"


_NOTHING_WH = 1e-3
"""Less than any meter shows: what rounding of the clock may leave over."""
