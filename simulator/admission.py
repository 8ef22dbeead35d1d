"""Who may charge: cards at the reader, orders from afar, and what cache, list and CSMS say of a token (block C, F)."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any

import simpy

from protocol.session import Answered
from simulator import facts
from simulator.evse import Authorization
from simulator.hardware.reader import reads
from simulator.reservation import Reservations, admitted, reserved, used
from simulator.tariff import greet
from simulator.tokens import ACCEPTED, Token, TokenInfo

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.flash import Transaction
    from simulator.station import Station


Judgement = tuple[TokenInfo, str]
"""What is known of a token, and who says so: csms, cache, list, offline, remote or button."""

NOBODY = "NoAuthorization"
"""The type of a start button's token (C02.FR.01)."""


_KEEPERS = {"cache": "AuthCacheCtrlr", "list": "LocalAuthListCtrlr"}
"""Whose word on a token it is, by who says so."""


class Admission:
    """Lets drivers in and out at the EVSEs of one station."""

    __slots__ = ("_station",)

    def __init__(self, station: Station) -> None:
        self._station = station

    # -- cards ------------------------------------------------------------------------------------------------------

    def present(self, token: Token, evse: int | None) -> None:
        """Somebody holds a card to the reader (of one EVSE, or the station's only one), which has to make it out."""
        if reads(self._station, token, evse):
            self._station.errand(self._presented(token, evse))

    def _presented(self, token: Token, number: int | None) -> Generator[simpy.Event, Any, None]:
        station = self._station
        evse = self._reader_means(token, number)
        if evse is None:
            station.tell(facts.TokenRefused(token.id, "NoFreeEvse"))
            return
        current = evse.authorization
        if current is not None:
            yield from self._presented_again(evse, current, token)
            return
        reservation = used(station, evse, token) if self.takes_new(evse) else None  # H03.FR.09
        info, by = yield from self._judge(token)
        if not info.accepted(station.now):
            station.tell(facts.TokenRefused(token.id, info.status))
        elif self._is_master(info):
            self._master_stops(token)
        elif not info.fits(evse.id):
            station.tell(facts.TokenRefused(token.id, "OtherEvse"))  # C01.FR.21
        elif not admitted(station, evse, token, info.group):
            station.tell(facts.TokenRefused(token.id, "Reserved"))  # H03.FR.01–.06
        elif self.takes_new(evse):
            station.tell(facts.TokenAccepted(evse.id, token.id, by))
            greet(evse, info, by)
            if reservation is None:
                reservation = used(station, evse, token, info.group)
            evse.authorize(Authorization(token, info.group, reservation_id=reservation))
        else:
            station.tell(facts.TokenRefused(token.id, "NoFreeEvse"))

    def _presented_again(self, evse: Evse, current: Authorization, token: Token) -> Generator[simpy.Event, Any, None]:
        """C01.FR.03, C09: the same token, or one of the same group, ends what it began."""
        station = self._station
        if current.token.same(token):
            evse.stop("StopAuthorized", "Local", token)
            return
        known, _ = self._known(token)
        if known is not None and known.accepted(station.now) and self._same_group(current, known):
            info = known  # C09.FR.07: no Authorize for that
        else:
            info, _ = yield from self._judge(token)
        if not info.accepted(station.now):
            station.tell(facts.TokenRefused(token.id, info.status))
        elif self._is_master(info):
            self._master_stops(token)
        elif evse.authorization is current and self._same_group(current, info):
            evse.stop("StopAuthorized", "Local", token)
        else:
            station.tell(facts.TokenRefused(token.id, "OtherDriver"))

    @staticmethod
    def _same_group(current: Authorization, info: TokenInfo) -> bool:
        return current.group is not None and info.group == current.group

    def _is_master(self, info: TokenInfo) -> bool:
        """C16: tokens of the master pass group only stop."""
        master = self._station.variables.text("AuthCtrlr.MasterPassGroupId")
        return bool(master) and info.group == master

    def _master_stops(self, token: Token) -> None:
        """C16.FR.02, C16.FR.03: without a display every running transaction ends, and none begins."""
        running = [evse for evse in self._station.evses if evse.tx is not None and evse.authorization is not None]
        for evse in running:
            evse.stop("StopAuthorized", "MasterPass", token)
        if not running:
            self._station.tell(facts.TokenRefused(token.id, "MasterPassCannotStart"))

    def _reader_means(self, token: Token, number: int | None) -> Evse | None:
        """Which EVSE a card at the reader is for: its own, one with a cable waiting, a free one."""
        station = self._station
        if number is not None:
            return station.evse(number)
        running = [evse for evse in station.evses if evse.authorization is not None]
        own = [evse for evse in running if evse.authorization and evse.authorization.token.same(token)]
        free = [evse for evse in station.evses if self.takes_new(evse)]
        free.sort(key=lambda evse: (not admitted(station, evse, token), not reserved(station, evse)))
        waiting = [evse for evse in free if evse.plugged and admitted(station, evse, token)]
        return next(iter(own + waiting + free + running), None)

    def takes_new(self, evse: Evse) -> bool:
        """Whether a new driver may begin at an EVSE now."""
        return self._station.may_begin and evse.takes_driver and not self._station.leaving(evse)

    # -- judgement --------------------------------------------------------------------------------------------------

    def _judge(self, token: Token, *, remote: bool = False) -> Generator[simpy.Event, Any, Judgement]:
        """May this token charge? Returns what is known of it and who says so (C01, C10–C15)."""
        station = self._station
        if token.type == NOBODY:
            return TokenInfo(ACCEPTED), "button"  # C02: nobody is asked, the first event says that it was one
        known, by = self._known(token)
        if station.online and station.variables.flag("AuthCtrlr.DisableRemoteAuthorization"):
            return (TokenInfo("Unknown"), "list") if known is None else (known, by)  # §2.3.8
        if station.online:
            accepted = known is not None and known.accepted(station.now)
            early = accepted and (remote or station.variables.flag("AuthCtrlr.LocalPreAuthorize"))
            if known is not None and (early or (not accepted and self._is_final(by))):
                return known, by
            reply = yield station.line.call(*station.dialect.authorize(station, token))
            if isinstance(reply, Answered):
                info = station.dialect.read_authorize(reply.payload)
                self.learn(token, info)
                return info, "csms"
            known, by = self._known(token)
        if station.variables.flag("AuthCtrlr.LocalAuthorizeOffline") and known is not None:
            return known, by
        if known is None and station.variables.flag("AuthCtrlr.OfflineTxForUnknownIdEnabled"):
            return TokenInfo(ACCEPTED), "offline"
        return TokenInfo("Offline"), "offline"

    def _is_final(self, by: str) -> bool:
        """Whether a refusal of cache or list stands without asking the CSMS (DisablePostAuthorize, §2.4.6, §2.5.7)."""
        return self._station.variables.flag(f"{_KEEPERS[by]}.DisablePostAuthorize")

    def _known(self, token: Token) -> tuple[TokenInfo | None, str]:
        """What list and cache say; the list wins (C13.FR.01)."""
        station = self._station
        if station.variables.flag("LocalAuthListCtrlr.Enabled"):
            listed = station.flash.local_list.lookup(token)
            if listed is not None:
                return listed, "list"
        if station.variables.flag("AuthCacheCtrlr.Enabled"):
            lifetime_s = station.variables.number("AuthCacheCtrlr.LifeTime")
            return station.flash.cache.lookup(token, station.now, lifetime_s), "cache"
        return None, ""

    def learn(self, token: Token, info: TokenInfo) -> None:
        """C10.FR.01, C10.FR.04, C10.FR.05: what the CSMS says of a token goes to the cache (C03.FR.02: not of one that
        it made up itself; nor of a button's)."""
        if token.type not in ("Central", NOBODY) and self._station.variables.flag("AuthCacheCtrlr.Enabled"):
            self._station.flash.cache.remember(token, info, self._station.now)

    def judged(self, tx: Transaction, token: Token, info: TokenInfo) -> None:
        """The CSMS answered a transaction message with an opinion on its token (C15, E05)."""
        self.learn(token, info)
        evse = self._station.evse(tx.evse)
        if evse.tx is not tx or evse.authorization is None or not evse.authorization.token.same(token):
            return
        if info.accepted(self._station.now):
            evse.authorization.group = info.group or evse.authorization.group
        else:
            evse.deauthorize(info.status)

    # -- orders from afar -------------------------------------------------------------------------------------------

    def remote_start(
        self, token: Token, evse: int | None, remote_start_id: int | None, group: str | None = None
    ) -> Evse | None:
        """F01, F02: begin for a driver who is elsewhere. The EVSE, or None if it cannot be (B02.FR.05 among others)."""
        station = self._station
        if group is None and station.used(Reservations) is not None:
            known, _ = self._known(token)
            group = None if known is None else known.group  # H03.FR.07
        candidates = station.evses if evse is None else (station.evse(evse),)
        able = [place for place in candidates if self.takes_new(place) and admitted(station, place, token, group)]
        able.sort(key=lambda place: not reserved(station, place))
        chosen = next((place for place in able if place.plugged), next(iter(able), None))
        if chosen is None or not station.online:
            return None
        authorization = Authorization(token, group, remote_start_id=remote_start_id)
        station.later(partial(self._begin_remote, chosen, authorization))
        return chosen

    def _begin_remote(self, evse: Evse, authorization: Authorization) -> None:
        if self.takes_new(evse):
            authorization.reservation_id = used(self._station, evse, authorization.token, authorization.group)
        asks = self._station.variables.flag("AuthCtrlr.AuthorizeRemoteStart")
        if asks and authorization.token.type != "Central":  # C03.FR.01, C05.FR.01
            self._station.errand(self._authorize_remote(evse, authorization))
        else:
            self._start_remote(evse, authorization, None, "remote")

    def _authorize_remote(self, evse: Evse, authorization: Authorization) -> Generator[simpy.Event, Any, None]:
        info, by = yield from self._judge(authorization.token, remote=True)
        authorization.group = info.group or authorization.group
        if info.accepted(self._station.now) and info.fits(evse.id):
            self._start_remote(evse, authorization, info, by)
        else:
            self._station.tell(facts.TokenRefused(authorization.token.id, info.status))

    def _start_remote(self, evse: Evse, authorization: Authorization, info: TokenInfo | None, by: str) -> None:
        if self.takes_new(evse):
            self._station.tell(facts.TokenAccepted(evse.id, authorization.token.id, by))
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
