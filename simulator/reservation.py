"""Places kept free for drivers who have asked for them (2.0.1 part 2 block H; 1.6 §5.1, §5.13).

A reservation is of one EVSE, or of any that has a connector of a type, or of any at all. For those of the latter two
kinds a station needs no particular EVSE but enough of them: an EVSE is set aside once without it one of these
reservations could no longer be kept (H01.FR.07, H01.FR.09, H01.FR.20, H01.FR.24).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import simpy

from protocol.session import Dropped, TimedOut
from simulator import facts
from simulator.clock import Timer
from simulator.function import Function, function
from simulator.tokens import ACCEPTED, Token
from simulator.troubles import CLOSED, FAULTED

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station

EXPIRED, REMOVED, IN_VAIN = "Expired", "Removed", "NoTransaction"
"""What a CSMS is told of a reservation's end (ReservationUpdateStatusEnumType; the last one is of 2.1)."""

CANCELLED, USED, REPLACED = "Cancelled", "Used", "Replaced"
"""How else it ends: the CSMS knows of these."""

LEAST_WAIT_S = 1.0
"""A station's own clock may run slower than time, or stand still: it looks again after this at the earliest."""

ROUNDING = timedelta(milliseconds=1)
"""How far a date of the clock and the clock may be apart and mean the same."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """One reservation. ``evse`` 0: any; ``connector_type``: an OCPP ConnectorEnumType, empty for any."""

    id: int
    token: Token
    expires: datetime
    group: str | None = None
    evse: int = 0
    connector_type: str = ""

    def is_for(self, token: Token, group: str | None) -> bool:
        """H03.FR.01–.06: whether it is this driver's: by token, or by the group that both have."""
        same = self.group is not None and group is not None and self.group.lower() == group.lower()
        return same or self.token.same(token)


@dataclass(frozen=True, slots=True)
class Ending:
    """A reservation that is over without having been used, of which the CSMS has not learned yet."""

    id: int
    status: str


@dataclass(frozen=True, slots=True)
class Reserved:
    """What lies in flash: reservations, the oldest first, and what the CSMS has still to be told."""

    standing: tuple[Reservation, ...] = ()
    untold: tuple[Ending, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a wish: a ReserveNowStatusEnumType, and where it is refused why (2.0.1 appendix 5)."""

    status: str
    reason: str | None = None


@function
class Reservations(Function):
    """The reservations of one station. ``_held``: the EVSEs that are set aside now."""

    memory = Reserved

    __slots__ = ("_expiry", "_held", "_telling")

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._held: frozenset[int] = frozenset()
        self._expiry: Timer | None = None
        self._telling = False

    @property
    def standing(self) -> tuple[Reservation, ...]:
        """Those that are neither used nor over."""
        return self.station.flash.memory(Reserved).standing

    # -- what the CSMS wants ----------------------------------------------------------------------------------------

    def reserve(self, wish: Reservation) -> Answer:
        """H01: make a reservation, in the place of one with the same id (H01.FR.02), if it can be kept."""
        if (refusal := self._refusal(wish)) is not None:
            return Answer("Rejected", refusal)
        others = [one for one in self._open() if one.id != wish.id]
        verdicts = {self._verdict(evse, wish, others) for evse in self._targets(wish)}
        if ACCEPTED not in verdicts:
            return Answer(next(one for one in ("Occupied", "Unavailable", "Faulted") if one in verdicts))
        if any(one.id == wish.id for one in self.standing):
            self._drop(wish.id, REPLACED)
        memory = self.station.flash.memory(Reserved)
        untold = tuple(ending for ending in memory.untold if ending.id != wish.id)
        self.station.flash.remember(Reserved((*memory.standing, wish), untold))
        self.station.tell(facts.ReservationMade(wish.id, wish.evse))
        self._wait()
        self.station.later(self.look)
        return Answer(ACCEPTED)

    def _refusal(self, wish: Reservation) -> str | None:
        station = self.station
        if not station.variables.flag("ReservationCtrlr.Enabled"):
            return "NotEnabled"  # H01.FR.01
        if wish.evse < 0 or wish.evse > len(station.evses):
            return "UnknownEvse"
        if not wish.evse and not station.variables.flag("ReservationCtrlr.NonEvseSpecific"):
            return "UnsupportedRequest"  # H01.FR.19
        if not any(self._connectors(evse, wish) for evse in self._targets(wish)):
            return "UnknownConnectorType"
        return "InvalidValue" if wish.expires <= station.now else None

    def _verdict(self, evse: Evse, wish: Reservation, others: Sequence[Reservation]) -> str:
        """What a wish that could be kept at this EVSE would be answered (H01.FR.11–.14)."""
        if not (connectors := self._connectors(evse, wish)):
            return "Unavailable"  # one of the others has such a connector
        if (broken := self._broken(evse, connectors)) is not None:
            return broken
        if not self._is_free(evse) or any(one.evse == evse.id for one in others):
            return "Occupied"
        taken = [*others, replace(wish, evse=evse.id)]
        fewer = len(self._spread(taken)) < len(self._spread(others))
        return "Occupied" if fewer else ACCEPTED

    def cancel(self, number: int) -> bool:
        """H02: give a reservation up; False where there is none with that id."""
        if all(one.id != number for one in self.standing):
            return False
        self._drop(number, CANCELLED)
        self.station.later(self.look)
        return True

    # -- who may use what -------------------------------------------------------------------------------------------

    def holds(self, evse: Evse) -> bool:
        """Whether an EVSE is Reserved: set aside, and the driver for whom it is has not come."""
        return evse.id in self._held and evse.authorization is None

    def claim(self, evse: Evse, token: Token, group: str | None) -> Reservation | None:
        """The reservation with which a driver would charge at an EVSE: rather one of just this EVSE."""
        own = [one for one in self._open() if one.is_for(token, group) and self._fits(one, evse)]
        return min(own, key=lambda one: (not one.evse, not one.connector_type), default=None)

    def admits(self, evse: Evse, token: Token, group: str | None) -> bool:
        """H03.FR.01–.06: whether a driver may charge at an EVSE without taking it from one who has reserved it."""
        waiting, own = self._open(), self.claim(evse, token, group)
        if any(one.evse == evse.id for one in waiting) and (own is None or own.evse != evse.id):
            return False
        left = [one for one in waiting if one is not own]
        served = 1 if own is not None and not own.evse else 0
        return served + len(self._spread(left, without=evse.id)) >= len(self._spread(waiting))

    def could_admit(self, evse: Evse, token: Token) -> bool:
        """Whether a driver may charge at an EVSE, if he turns out to be of a group that it is reserved for."""
        groups = (None, *(one.group for one in self._open()))
        return any(self.admits(evse, token, group) for group in groups)

    def use(self, evse: Evse, token: Token, group: str | None) -> int | None:
        """H03.FR.09: a driver with a reservation is there: it is used. Its id, or None where there is none.

        In 1.6 it ends with the start of the transaction only (§5.13).
        """
        own = self.claim(evse, token, group)
        if own is None or not self.admits(evse, token, group):
            return None
        if not self.station.dialect.reserves_until_start:
            self._drop(own.id, USED)
            self.look()
            self.station.report_status(evse)
        return own.id

    # -- what happens -----------------------------------------------------------------------------------------------

    def started(self) -> None:
        """What expired in the dark is over; EVs that are there may have come to reserved EVSEs."""
        self._held = frozenset(evse.id for evse in self.station.evses)
        self._expire()

    def online(self) -> None:
        """What the CSMS has not learned yet is told."""
        self._tell()

    def told(self, fact: facts.Fact) -> None:
        """A transaction uses a reservation up (1.6 §5.13), or none comes of it (2.1 H03.FR.11); another time of day may
        end some."""
        if isinstance(fact, facts.TransactionStarted | facts.ConnectionTimedOut):
            evse = self.station.evse(fact.evse)
            number = None if evse.authorization is None else evse.authorization.reservation_id
            if number is not None and isinstance(fact, facts.ConnectionTimedOut):
                if evse.tx is None:
                    self._let_know(number, IN_VAIN)
            elif number is not None and self.station.dialect.reserves_until_start:
                self._drop(number, USED)
        elif isinstance(fact, facts.ClockSet):
            self.station.later(self._expire)

    def at_work(self) -> bool:
        """B11, remark of errata 2025-06: a station whose EVSE is reserved is not idle."""
        return bool(self.standing)

    def ended(self) -> None:
        """The power is gone."""
        self._stop_waiting()

    def look(self) -> None:
        """Something is otherwise at an EVSE: remove what cannot be kept any more, set aside what is needed now."""
        if self.standing or self._held:
            self._remove_broken()
            self._set_aside()

    # -- inside -----------------------------------------------------------------------------------------------------

    def _open(self) -> list[Reservation]:
        """Those whose drivers have not come yet."""
        here = {evse.authorization.reservation_id for evse in self.station.evses if evse.authorization is not None}
        return [one for one in self.standing if one.id not in here]

    def _targets(self, wish: Reservation) -> Sequence[Evse]:
        return (self.station.evse(wish.evse),) if wish.evse else self.station.evses

    @staticmethod
    def _connectors(evse: Evse, wish: Reservation) -> list[int]:
        numbered = enumerate(evse.profile.connectors, 1)
        return [number for number, one in numbered if wish.connector_type in ("", one.type)]

    def _fits(self, wish: Reservation, evse: Evse) -> bool:
        return wish.evse in (0, evse.id) and bool(self._connectors(evse, wish))

    def _broken(self, evse: Evse, connectors: Iterable[int]) -> str | None:
        """Why none of these connectors can be used: Faulted or Unavailable; None where one can."""
        station = self.station
        effects = {number: evse.effect(number) for number in connectors}
        if all(effect is FAULTED for effect in effects.values()):
            return "Faulted"
        closed = all(effect >= CLOSED or station.is_off(evse.id, number) for number, effect in effects.items())
        return "Unavailable" if closed else None

    def _is_free(self, evse: Evse) -> bool:
        """Whether nobody charges, or is about to: a cable at an EVSE that is set aside changes nothing (G03.FR.09)."""
        driver = evse.authorization is not None or (evse.tx is not None and evse.tx.token is not None)
        return not driver and (evse.plugged is None or evse.id in self._held)

    def _spread(self, wishes: Sequence[Reservation], *, without: int = 0) -> dict[int, Reservation]:
        """Those of no EVSE in particular, each at an EVSE that could serve it; as many as can be, the older first."""
        bound = {one.evse for one in wishes}
        free = [e for e in self.station.evses if e.id not in bound and e.id != without and self._is_free(e)]
        places: dict[int, Reservation] = {}

        def settle(wish: Reservation, tried: set[int]) -> bool:
            for evse in free:
                if evse.id not in tried and self._serves(evse, wish):
                    tried.add(evse.id)
                    if evse.id not in places or settle(places[evse.id], tried):
                        places[evse.id] = wish
                        return True
            return False

        for wish in wishes:
            if not wish.evse:
                settle(wish, set())
        return places

    def _serves(self, evse: Evse, wish: Reservation) -> bool:
        return self._fits(wish, evse) and self._broken(evse, self._connectors(evse, wish)) is None

    def _remove_broken(self) -> None:
        """H01.FR.16, H01.FR.17: what stands at EVSEs that became Faulted or Unavailable."""
        waiting = self._open()
        kept = self._spread(waiting).values()
        for one in waiting:
            broken = [self._broken(e, found) for e in self._targets(one) if (found := self._connectors(e, one))]
            if any(broken) and (one.evse or one not in kept):
                self._end(one, REMOVED)

    def _set_aside(self) -> None:
        """Which EVSEs are Reserved now; again until nothing changes, as those with a cable may have become Occupied."""
        while True:
            before, waiting = self._held, self._open()
            kept = len(self._spread(waiting))
            needed = {e.id for e in self.station.evses if len(self._spread(waiting, without=e.id)) < kept}
            self._held = frozenset(needed | {one.evse for one in waiting if one.evse})
            if self._held == before:
                return
            for number in sorted(self._held ^ before):
                self.station.report_status(self.station.evse(number))

    def _drop(self, number: int, why: str) -> None:
        memory = self.station.flash.memory(Reserved)
        left = tuple(one for one in memory.standing if one.id != number)
        self.station.flash.remember(replace(memory, standing=left))
        self.station.tell(facts.ReservationOver(number, why))
        self._wait()
        if not left:
            self.station.later(self.station.restarts.look)

    def _end(self, one: Reservation, why: str) -> None:
        """H01.FR.16, H04.FR.01: it is over, and the CSMS is to learn that where its version has words for it."""
        self._drop(one.id, why)
        self._let_know(one.id, why)

    def _let_know(self, number: int, why: str) -> None:
        if self.station.dialect.reservation_over(number, why) is not None:
            memory = self.station.flash.memory(Reserved)
            self.station.flash.remember(replace(memory, untold=(*memory.untold, Ending(number, why))))
            self.station.later(self._tell)

    # -- time -------------------------------------------------------------------------------------------------------

    def _wait(self) -> None:
        self._stop_waiting()
        if self.standing:
            left_s = min((one.expires - self.station.now).total_seconds() for one in self.standing)
            self._expiry = self.station.clock.after(max(left_s, LEAST_WAIT_S), self._expire)

    def _stop_waiting(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    def _expire(self) -> None:
        """H04: what is out of date is over."""
        for one in self.standing:
            if one.expires - self.station.now <= ROUNDING:
                self._end(one, EXPIRED)
        self._wait()
        self.look()

    def _tell(self) -> None:
        if not self._telling and self.station.online and self.station.flash.memory(Reserved).untold:
            self._telling = True
            self.station.errand(self._told())

    def _told(self) -> Generator[simpy.Event, Any, None]:
        """One after the other; what gets no answer is told again once the station is back online."""
        flash = self.station.flash
        while self.station.online and (untold := flash.memory(Reserved).untold):
            first = untold[0]
            message = self.station.dialect.reservation_over(first.id, first.status)
            if message is not None:
                reply = yield self.station.line.call(*message)
                if isinstance(reply, Dropped | TimedOut):
                    break
            memory = flash.memory(Reserved)
            flash.remember(replace(memory, untold=tuple(one for one in memory.untold if one is not first)))
        self._telling = False


def reserved(station: Station, evse: Evse) -> bool:
    """Whether an EVSE is set aside for a driver who has not come yet."""
    kept = station.used(Reservations)
    return kept is not None and kept.holds(evse)


def expected(station: Station, evse: Evse) -> bool:
    """Whether the driver who has reserved an EVSE is still to come, or is there: a restart waits for that."""
    here = evse.authorization is not None and evse.authorization.reservation_id is not None
    return here or reserved(station, evse)


def admitted(station: Station, evse: Evse, token: Token, group: str | None = None) -> bool:
    """Whether a driver may charge at an EVSE, as far as reservations go."""
    kept = station.used(Reservations)
    return kept is None or kept.admits(evse, token, group)


def promising(station: Station, evse: Evse, token: Token) -> bool:
    """Whether a driver of whose group nothing is known may turn out to be admitted."""
    kept = station.used(Reservations)
    return kept is None or kept.could_admit(evse, token)


def used(station: Station, evse: Evse, token: Token, group: str | None = None) -> int | None:
    """A driver is at an EVSE: the id of the reservation that is used with that, None without one."""
    kept = station.used(Reservations)
    return None if kept is None else kept.use(evse, token, group)


def preference(station: Station, token: Token, group: str | None, evse: Evse) -> tuple[bool, bool, bool]:
    """What makes one free EVSE worse for a driver than another: it is kept for others; the driver's own reservation is
    of another one; there is no cable in it. Sorts as it is."""
    kept = station.used(Reservations)
    unplugged = evse.plugged is None
    if kept is None:
        return False, False, unplugged
    return not kept.admits(evse, token, group), kept.claim(evse, token, group) is None, unplugged
