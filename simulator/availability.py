"""Which EVSEs and connectors the operator keeps open (2.0.1 part 2 G03, G04; 1.6 §5.2)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from simulator import facts
from simulator.tokens import ACCEPTED

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station

Place = tuple[int, int]
"""EVSE and connector; 0 stands for all of them."""


class Availability:
    """Opens and closes the places of one station. What was set lies in flash (G03.FR.08, G04.FR.09)."""

    __slots__ = ("_station",)

    def __init__(self, station: Station) -> None:
        self._station = station

    def is_off(self, evse: int, connector: int) -> bool:
        """Whether a connector is closed, by itself or with its EVSE or station."""
        flash = self._station.flash
        if not flash.inoperative and not flash.closing:
            return False
        places = {(0, 0), (evse, 0), (evse, connector)}
        if places & flash.inoperative:
            return True
        return bool(places & flash.closing) and not self._in_use(self._station.evse(evse), connector)

    def closing(self, evse: Evse) -> bool:
        """Whether an EVSE is to be closed once its transaction is over: no new driver may begin there."""
        return bool({(0, 0), (evse.id, 0), (evse.id, evse.connector)} & self._station.flash.closing)

    def change(self, operative: bool, evse: int = 0, connector: int = 0, *, with_parts: bool = False) -> str:
        """Open or close a connector, an EVSE (connector 0) or all (0, 0). Accepted or Scheduled.

        Opening a whole gives its parts back the state that was set for them (G03.FR.07, G04.FR.08), unless
        ``with_parts`` opens them too (1.6 §5.2).
        """
        station, place = self._station, (evse, connector)
        if operative:
            station.later(partial(self._open, place, with_parts=with_parts))
            return ACCEPTED
        if place in station.flash.inoperative:
            return ACCEPTED  # G03.FR.03, G04.FR.04
        station.flash.closing |= {place}
        scheduled = any(self._in_use(one, connector) for one in self._covered(place))
        station.later(self.settle)
        return "Scheduled" if scheduled else ACCEPTED

    def settle(self) -> None:
        """Close what was to be closed and is idle now."""
        station = self._station
        if not station.flash.closing:
            return
        for place in sorted(station.flash.closing):
            if not any(self._in_use(evse, place[1]) for evse in self._covered(place)):
                self._close(place)
        station.statuses.report_all()

    def _close(self, place: Place) -> None:
        station = self._station
        station.flash.closing -= {place}
        station.flash.inoperative |= {place}
        for evse in self._covered(place):
            if evse.authorization is not None and place[1] in (0, evse.connector):
                evse.end("AbnormalCondition", "Other")
        station.tell(facts.AvailabilityChanged(*place, operative=False))

    def _open(self, place: Place, *, with_parts: bool) -> None:
        station = self._station
        flash = station.flash
        parts = {one for one in flash.inoperative | flash.closing if with_parts and place in ((0, 0), (one[0], 0))}
        flash.inoperative -= parts | {place}
        flash.closing -= parts | {place}
        station.tell(facts.AvailabilityChanged(*place, operative=True))
        for evse in self._covered(place):
            if evse.plugged is not None and not evse.finished:
                evse.welcome()
        station.statuses.report_all()

    def _covered(self, place: Place) -> list[Evse]:
        return [evse for evse in self._station.evses if place[0] in (0, evse.id)]

    @staticmethod
    def _in_use(evse: Evse, connector: int) -> bool:
        return evse.tx is not None and connector in (0, evse.connector)
