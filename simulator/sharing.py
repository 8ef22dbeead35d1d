"""Divides a station's grid connection among the EVSEs that want it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from simulator.circuit import SHARE, UNLIMITED_W
from simulator.electrical import MIN_PILOT_A, shared_w
from simulator.smart.profile import Unit
from simulator.smart.rate import Feed, Rate

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station

Bound = tuple[Rate, Feed, Callable[[], None]]
"""What charging profiles allow a grid connection, what it is like, and whom to tell when it was divided."""

_SAME_A = 1e-9


class Sharing:
    """One station's load management: equal shares, what one EVSE does not want goes to the others."""

    __slots__ = ("_again", "_bound", "_dividing", "_station")

    def __init__(self, station: Station) -> None:
        self._station = station
        self._bound: Bound | None = None
        self._dividing = False
        self._again = False

    def bound(self, bound: Bound | None) -> None:
        """Divide no more than this from now on (K04.FR.05); None: whatever the connection carries."""
        lifted = self._bound is not None and bound is None
        self._bound = bound
        if lifted:
            for evse in self._station.evses:
                evse.circuit.restrict(SHARE)
                evse.circuit.limit(UNLIMITED_W)
        self.divide()

    def divide(self) -> None:
        """Set every EVSE's limit anew. A new limit may change what EVSEs want: then it is divided again."""
        station = self._station
        ample = station.profile.grid_max_w >= sum(evse.profile.max_grid_w for evse in station.evses)
        if not station.powered or (ample and self._bound is None):
            return
        if self._dividing:
            self._again = True
            return
        self._dividing = True
        try:
            self._again = True
            while self._again:
                self._again = False
                self._divide()
        finally:
            self._dividing = False
        if self._bound is not None:
            self._bound[2]()

    def _divide(self) -> None:
        total_w = self._station.profile.grid_max_w
        if self._bound is not None:
            cap, grid, _ = self._bound
            if self._station.evses[0].outlet.supply.phases:
                self._divide_a(cap)
            else:
                total_w = min(total_w, grid.value(cap, Unit.W))
        self._divide_w(total_w)

    def _divide_w(self, total_w: float) -> None:
        evses = self._station.evses
        efficiencies = [evse.outlet.supply.efficiency for evse in evses]
        wanted = [evse.wanted_w() / efficiency for evse, efficiency in zip(evses, efficiencies, strict=True)]
        shares = shared_w(total_w, wanted)
        for evse, share_w, efficiency, want in zip(evses, shares, efficiencies, wanted, strict=True):
            if evse.contactor_closed:
                evse.limit(share_w * efficiency if share_w < want else UNLIMITED_W)

    def _divide_a(self, cap: Rate) -> None:
        """A limit in W is one in A, too, where there are phases (K01.FR.50). Nobody's offer goes beyond what is left
        over by the others."""
        evses = self._station.evses
        wanted = [evse.circuit.wanted_a() for evse in evses]
        shares = served_a(cap.a, wanted, MIN_PILOT_A)
        sated = [
            evse.contactor_closed and share >= want - _SAME_A
            for evse, share, want in zip(evses, shares, wanted, strict=True)
        ]
        rest = Rate(cap.a - sum(shares), phases=cap.phases)
        left_a = rest.a / max(1, sum(sated))
        for evse, share_a, enough in zip(evses, shares, sated, strict=True):
            if not evse.contactor_closed:
                self._station.later(
                    partial(self._offer_rest, evse, rest)
                )  # whoever opens a contactor has to finish first
            elif evse.circuit.restrict(SHARE, share_a + left_a * enough, phases=cap.phases):
                evse.flow_changed()

    def _offer_rest(self, evse: Evse, rest: Rate) -> None:
        """Nothing flows at an EVSE: whoever comes begins with what the others leave, until it is divided anew."""
        if self._bound is not None and not evse.contactor_closed:
            evse.circuit.restrict(SHARE, rest.a, phases=rest.phases)


def served_a(total_a: float, wanted_a: Sequence[float], least_a: float) -> tuple[float, ...]:
    """Divide a current as ``shared_w`` does power, but among as many as get what an EV needs at least: the last ones
    wait, rather than that nobody can charge."""
    waiting = [index for index, want in enumerate(wanted_a) if want > 0]
    while True:
        asked = [want if index in waiting else 0.0 for index, want in enumerate(wanted_a)]
        shares = shared_w(total_a, asked)
        if not waiting or all(shares[index] >= min(least_a, asked[index]) - _SAME_A for index in waiting):
            return shares
        waiting.pop()
