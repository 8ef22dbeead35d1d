"""Divides a station's grid connection among the EVSEs that want it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.circuit import UNLIMITED_W
from simulator.electrical import shared_w

if TYPE_CHECKING:
    from simulator.station import Station


class Sharing:
    """One station's load management: equal shares, what one EVSE does not want goes to the others."""

    __slots__ = ("_again", "_dividing", "_station")

    def __init__(self, station: Station) -> None:
        self._station = station
        self._dividing = False
        self._again = False

    def divide(self) -> None:
        """Set every EVSE's limit anew. A new limit may change what EVSEs want: then it is divided again."""
        station = self._station
        if not station.powered or station.profile.grid_max_w >= sum(evse.profile.max_grid_w for evse in station.evses):
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

    def _divide(self) -> None:
        evses = self._station.evses
        efficiencies = [evse.outlet.supply.efficiency for evse in evses]
        wanted = [evse.wanted_w() / efficiency for evse, efficiency in zip(evses, efficiencies, strict=True)]
        shares = shared_w(self._station.profile.grid_max_w, wanted)
        for evse, share_w, efficiency, want in zip(evses, shares, efficiencies, wanted, strict=True):
            if evse.contactor_closed:
                evse.limit(share_w * efficiency if share_w < want else UNLIMITED_W)
