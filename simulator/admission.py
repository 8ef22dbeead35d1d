"""Who may charge: cards at the reader, orders from afar, and what cache, list and CSMS say of a token (block C, F)."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any

import simpy

from simulator import facts
from simulator.authorization import Authorization
from simulator.function import Function
from simulator.hardware.reader import reads
from simulator.judgement import judge, known, learn
from simulator.reservation import Reservations, admitted, preference, promising, used
from simulator.tariff import greet
from simulator.tokens import ACCEPTED, NOBODY, Token, TokenInfo

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.flash import Transaction
    from simulator.station import Station


ANYBODY = Token("", NOBODY)
"""Who charges where nobody has to identify himself (C02.FR.01; part 2 §2.3.1)."""

GUESSING_S = 5.0
"""How long a station takes no key code after a wrong one; twice as long after each further one (C04.FR.06)."""

LONGEST_S = 3600.0


class KeyPad(Function):
    """Has those wait who guess key codes."""

    __slots__ = ("_open_s", "_wrong")

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._wrong = 0
        self._open_s = 0.0

    @property
    def locked(self) -> bool:
        """Whether it takes no key code now."""
        return self.station.clock.now < self._open_s

    def tried(self, *, right: bool) -> None:
        """A key code was right or wrong."""
        self._wrong = 0 if right else self._wrong + 1
        if not right:
            self._open_s = self.station.clock.now + min(GUESSING_S * 2 ** (self._wrong - 1), LONGEST_S)


class Admission:
    """Lets drivers in and out at the EVSEs of one station."""

    __slots__ = ("_station",)

    def __init__(self, station: Station) -> None:
        self._station = station

    # -- cards ------------------------------------------------------------------------------------------------------

    def present(self, token: Token, evse: int | None) -> None:
        """Somebody holds a card to the reader (of one EVSE, or the station's only one), which has to make it out."""
        station = self._station
        if token.type == "KeyCode" and station.function(KeyPad).locked:
            self._refuse(token, "TooManyAttempts")  # C04.FR.06
        elif reads(station, token, evse):
            station.errand(self._presented(station.dialect.token(token), evse))

    def plugged(self, evse: Evse) -> None:
        """A cable is in: where nobody has to identify himself, that is enough (part 2 §2.3.1)."""
        anybody = not self._station.variables.flag("AuthCtrlr.Enabled")
        if anybody and self.takes_new(evse) and admitted(self._station, evse, ANYBODY):
            self._station.tell(facts.TokenAccepted(evse.id, ANYBODY.id, "nobody"))
            evse.authorize(Authorization(ANYBODY))

    def _refuse(self, token: Token, why: str) -> None:
        self._station.tell(facts.TokenRefused(token.shown, why))

    def _judge(self, token: Token, *, remote: bool = False) -> Generator[simpy.Event, Any, tuple[TokenInfo, str]]:
        info, by = yield from judge(self._station, token, remote=remote)
        if token.type == "KeyCode" and by == "csms":
            self._station.function(KeyPad).tried(right=info.status == ACCEPTED)
        return info, by

    def _presented(self, token: Token, number: int | None) -> Generator[simpy.Event, Any, None]:
        station = self._station
        evse = self._reader_means(token, number)
        if evse is None:
            self._refuse(token, "NoFreeEvse")
            return
        if evse.owner is not None and evse.owner.same(token):
            station.tell(facts.TokenAccepted(evse.id, token.shown, "owner"))
            evse.give_back()  # E05.FR.11, E09.FR.03
            return
        current = evse.authorization
        if current is not None:
            yield from self._presented_again(evse, current, token, number)
            return
        at_once = self.takes_new(evse) and not station.restarts.awaits(evse)  # which would happen in between
        if at_once and station.dialect.asks_for_parents and not promising(station, evse, token):
            self._refuse(token, "Reserved")  # 1.6 §5.13: whatever the CSMS says of it
            return
        reservation = used(station, evse, token) if at_once else None  # H03.FR.09
        info, by = yield from self._judge(token)
        back = evse.takes_back(token, info.group) and not station.leaving(evse)
        if not info.accepted(station.now):
            self._refuse(token, info.status)
        elif self._is_master(info):
            self._master_stops(token, number)
        elif not info.fits(evse.id):
            self._refuse(token, "OtherEvse")  # C01.FR.21
        elif not back and not admitted(station, evse, token, info.group):
            self._refuse(token, "Reserved")  # H03.FR.01–.06
        elif back or self.takes_new(evse):
            station.tell(facts.TokenAccepted(evse.id, token.shown, by))
            greet(evse, info, by)
            if reservation is None:
                reservation = used(station, evse, token, info.group)
            evse.authorize(Authorization(token.bare, info.group, reservation_id=reservation))
        else:
            self._refuse(token, "NoFreeEvse")

    def _presented_again(
        self, evse: Evse, current: Authorization, token: Token, number: int | None
    ) -> Generator[simpy.Event, Any, None]:
        """C01.FR.03, C09: the same token, or one of the same group, ends what it began."""
        station = self._station
        open_to_all = current.token.type == NOBODY and not station.variables.flag("AuthCtrlr.Enabled")
        if current.token.same(token) or open_to_all:
            evse.stop("StopAuthorized", "Local", token)
            return
        found, _ = known(station, token)
        if found is not None and found.accepted(station.now) and self._same_group(current, found):
            info = found  # C09.FR.07: no Authorize for that
        else:
            info, _ = yield from self._judge(token)
        if not info.accepted(station.now):
            self._refuse(token, info.status)
        elif self._is_master(info):
            self._master_stops(token, number)
        elif evse.authorization is current and self._same_group(current, info):
            evse.stop("StopAuthorized", "Local", token)
        else:
            self._refuse(token, "OtherDriver")

    @staticmethod
    def _same_group(current: Authorization, info: TokenInfo) -> bool:
        return current.group is not None and info.group == current.group

    def _is_master(self, info: TokenInfo) -> bool:
        """C16: tokens of the master pass group only stop."""
        master = self._station.variables.text("AuthCtrlr.MasterPassGroupId")
        return bool(master) and info.group == master

    def _master_stops(self, token: Token, chosen: int | None) -> None:
        """C16.FR.01: at a station with a display the transaction that was chosen ends; C16.FR.02: without one every
        transaction does; C16.FR.03: and none begins."""
        running = [evse for evse in self._station.evses if evse.tx is not None and evse.authorization is not None]
        if chosen is not None and self._station.has("Display"):
            running = [evse for evse in running if evse.id == chosen]
        for evse in running:
            evse.stop("StopAuthorized", "MasterPass", token)
        if not running:
            self._refuse(token, "MasterPassCannotStart")

    def _reader_means(self, token: Token, number: int | None) -> Evse | None:
        """Which EVSE a card at the reader is for: its own, one with a cable waiting, a free one."""
        station = self._station
        if number is not None:
            return station.evse(number)
        running = [evse for evse in station.evses if evse.authorization is not None]
        own = [evse for evse in running if evse.authorization and evse.authorization.token.same(token)]
        own += [evse for evse in station.evses if evse.takes_back(token) or (evse.owner and evse.owner.same(token))]
        free = [evse for evse in station.evses if self.takes_new(evse)]
        free.sort(key=partial(preference, station, token, None))
        return next(iter(own + free + running), None)

    def takes_new(self, evse: Evse) -> bool:
        """Whether a new driver may begin at an EVSE now."""
        return self._station.may_begin and evse.takes_driver and not self._station.leaving(evse)

    # -- judgement --------------------------------------------------------------------------------------------------

    def judged(self, tx: Transaction, token: Token, info: TokenInfo) -> None:
        """The CSMS answered a transaction message with an opinion on its token (C15, E05)."""
        learn(self._station, token, info)
        evse = self._station.evse(tx.evse)
        if evse.tx is not tx or evse.authorization is None or not evse.authorization.token.same(token):
            return
        if info.status == ACCEPTED:
            evse.authorization.group = tx.group = info.group or evse.authorization.group
        else:
            evse.deauthorize(info.status)

    # -- orders from afar -------------------------------------------------------------------------------------------

    def chosen(self, token: Token, evse: int | None, group: str | None = None) -> Evse | None:
        """F01.FR.20–.24: where to begin for a driver who is elsewhere; None if nowhere (B02.FR.05)."""
        station = self._station
        if not station.online:
            return None
        group = self._group(token, group)
        candidates = station.evses if evse is None else (station.evse(evse),)
        able = [place for place in candidates if self.takes_new(place) and self._welcome(place, token, group)]
        return min(able, key=partial(preference, station, token, group), default=None)

    def _welcome(self, evse: Evse, token: Token, group: str | None) -> bool:
        """Whether an EVSE is not reserved for others, as far as is known yet."""
        unknown = group is None and self._station.dialect.asks_for_parents
        return admitted(self._station, evse, token, group) or (unknown and promising(self._station, evse, token))

    def remote_start(self, evse: Evse, token: Token, remote_start_id: int | None, group: str | None = None) -> None:
        """F01, F02: begin at the EVSE that was chosen, once the answer has left."""
        authorization = Authorization(token, self._group(token, group), remote_start_id=remote_start_id)
        self._station.later(partial(self._begin_remote, evse, authorization))

    def _group(self, token: Token, named: str | None) -> str | None:
        """H03.FR.07: the group that a reservation may be for, as cache and list know it."""
        if named is not None or self._station.used(Reservations) is None:
            return named
        found, _ = known(self._station, token)
        return None if found is None else found.group

    def _begin_remote(self, evse: Evse, authorization: Authorization) -> None:
        if self.takes_new(evse):
            authorization.reservation_id = used(self._station, evse, authorization.token, authorization.group)
        asks = self._station.variables.flag("AuthCtrlr.AuthorizeRemoteStart")
        doubtful = not admitted(self._station, evse, authorization.token, authorization.group)
        asks = asks or (doubtful and self._station.dialect.asks_for_parents)
        if asks and authorization.token.type != "Central":  # C03.FR.01, C05.FR.01
            self._station.errand(self._authorize_remote(evse, authorization))
        else:
            self._start_remote(evse, authorization, None, "remote")

    def _authorize_remote(self, evse: Evse, authorization: Authorization) -> Generator[simpy.Event, Any, None]:
        info, by = yield from self._judge(authorization.token, remote=True)
        authorization.group = info.group or authorization.group
        if not (info.accepted(self._station.now) and info.fits(evse.id)):
            self._refuse(authorization.token, info.status)
        elif self._keeps_from(evse, authorization):
            self._refuse(authorization.token, "Reserved")
        else:
            self._start_remote(evse, authorization, info, by)

    def _keeps_from(self, evse: Evse, authorization: Authorization) -> bool:
        """1.6 §5.13: whether an EVSE turns out to be reserved for others, now that the parent is known; if for the
        driver, the reservation is used."""
        if not self._station.dialect.asks_for_parents:
            return False
        token, group = authorization.token, authorization.group
        if authorization.reservation_id is None:
            authorization.reservation_id = used(self._station, evse, token, group)
        return not admitted(self._station, evse, token, group)

    def _start_remote(self, evse: Evse, authorization: Authorization, info: TokenInfo | None, by: str) -> None:
        if self.takes_new(evse):
            self._station.tell(facts.TokenAccepted(evse.id, authorization.token.shown, by))
            greet(evse, info, by)
            evse.authorize(authorization, "RemoteStart")

    def remote_stop(self, transaction: str) -> bool:
        """F03: end a transaction, by the id that the CSMS knows. False if it is not running."""
        station = self._station
        for evse in station.evses:
            if evse.tx is not None and station.dialect.transaction_id(evse.tx) == transaction:
                station.later(partial(self._remote_stop, evse, transaction))
                return True
        return False

    def _remote_stop(self, evse: Evse, transaction: str) -> None:
        if evse.tx is not None and self._station.dialect.transaction_id(evse.tx) == transaction:
            evse.stop("RemoteStop", "Remote")
