"""What a station has told the CSMS of its connectors, and what it still has to tell (2.0.1 part 2 G01; 1.6 §4.9)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from protocol.session import Answered
from simulator import facts
from simulator.backlog import Backlog, queues
from simulator.clock import Timer
from simulator.reservation import Reservations

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.line import Reply
    from simulator.station import Station

Place = tuple[int, int]
"""EVSE and connector; (0, 0) is the station as a whole."""

Board = Mapping[Place, str]
"""The status of each place, with what is wrong there behind a slash where that is told along with it. Never changed but
replaced: stations whose boards look alike share one."""

_BLANK: Board = MappingProxyType({})
_NOTHING: Mapping[Place, Timer] = MappingProxyType({})
_BOARDS: dict[frozenset[tuple[Place, str]], Board] = {}


def _with(board: Board, place: Place, status: str) -> Board:
    return _shared({**board, place: status})


def _without(board: Board, place: Place) -> Board:
    return _shared({other: status for other, status in board.items() if other != place})


def _shared(board: dict[Place, str]) -> Board:
    return _BOARDS.setdefault(frozenset(board.items()), MappingProxyType(board))


class Statuses:
    """One station's statuses: as shown to the record, and as reported to the CSMS."""

    __slots__ = ("_reported", "_shown", "_station", "_waiting")

    def __init__(self, station: Station) -> None:
        self._station = station
        self._reported = _BLANK
        self._shown = _BLANK
        self._waiting: Mapping[Place, Timer] = _NOTHING

    def forget(self) -> None:
        """Report everything anew at the next occasion (B04.FR.01)."""
        self._reported = _BLANK

    def lose(self) -> None:
        """The power is gone."""
        self._reported = self._shown = _BLANK
        for timer in self._waiting.values():
            timer.cancel()
        self._waiting = _NOTHING

    def shown(self, evse: int, connector: int) -> str | None:
        """What a place was last seen to be; None since the firmware started."""
        return self._shown.get((evse, connector))

    def report_all(self) -> None:
        """Report every connector whose status is not what was last reported."""
        for evse in self._station.evses:
            self.report(evse)

    def report(self, evse: Evse) -> None:
        """Report each connector of an EVSE whose status is not what was last reported."""
        station = self._station
        if (reservations := station.used(Reservations)) is not None:
            reservations.look()
        for connector in range(1, len(evse.profile.connectors) + 1):
            self._note((evse.id, connector), station.dialect.connector_status(evse, connector))
        if station.dialect.reports_station:
            self._note((0, 0), station.dialect.station_status(station))

    def send(self, evse: int, connector: int) -> None:
        """Send a StatusNotification whatever was reported before (TriggerMessage)."""
        station = self._station
        if evse:
            status = station.dialect.connector_status(station.evse(evse), connector)
        else:
            status = station.dialect.station_status(station)
        self._send((evse, connector), status)

    def _note(self, place: Place, status: str) -> None:
        station = self._station
        if self._shown.get(place) != status:
            self._shown = _with(self._shown, place, status)
            station.tell(facts.StatusChanged(*place, status))
        self._hold(place, None)
        if self._reported.get(place) == self._with_trouble(place, status):
            return
        wait_s = station.variables.number("OCPPCommCtrlr.MinimumStatusDuration")
        if wait_s and place in self._reported:
            self._hold(place, station.clock.after(wait_s, partial(self._lasted, place, status)))
        else:
            self._tell(place, status)

    def _hold(self, place: Place, timer: Timer | None) -> None:
        """Wait with a status until it has lasted (1.6 §9.1.20, MinimumStatusDuration), or no longer."""
        if (waiting := self._waiting.get(place)) is not None:
            waiting.cancel()
        if timer is not None:
            self._waiting = {**self._waiting, place: timer}
        elif waiting is not None:
            self._waiting = {other: timer for other, timer in self._waiting.items() if other != place} or _NOTHING

    def _lasted(self, place: Place, status: str) -> None:
        self._hold(place, None)
        self._tell(place, status)

    def _tell(self, place: Place, status: str) -> None:
        station = self._station
        if station.online and station.life.welcome:
            self._send(place, status)
        elif queues(station):
            self._reported = _with(self._reported, place, self._with_trouble(place, status))
            station.function(Backlog).add(*station.dialect.status(station, *place, status))

    def _with_trouble(self, place: Place, status: str) -> str:
        """The status with what is told along with it: a change of either is news."""
        station = self._station
        trouble = station.dialect.told_trouble(station, *place, status) if station.troubles else None
        return status if trouble is None else f"{status}/{trouble.name}/{trouble.place}"

    def _send(self, place: Place, status: str) -> None:
        station = self._station
        said = self._with_trouble(place, status)
        self._reported = _with(self._reported, place, said)

        def answered(reply: Reply) -> None:
            if not isinstance(reply, Answered) and self._reported.get(place) == said:
                # the CSMS may not know it: tell it again when the link is back
                self._reported = _without(self._reported, place)

        station.line.ask(*station.dialect.status(station, *place, status), answered)
