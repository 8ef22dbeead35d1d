"""A charging station: power, firmware and the EVSEs it controls. It speaks no OCPP; its dialect does.

People, cars and faults act on it through ``power_on``, ``power_off``, ``plug``, ``unplug``, ``present`` and
``fault``; the dialect turns the CSMS's commands into ``remote_start``, ``remote_stop``, ``reset``,
``change_availability`` and the rest, each of which returns the status to answer with.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

import simpy
from simpy.events import Initialize

from protocol.link import Dialer, Target
from protocol.session import Answered, Dropped
from protocol.versions import Version
from simulator import facts
from simulator.chance import Chance
from simulator.clock import Clock, Timer
from simulator.dialects import dialect_of
from simulator.dialects.dialect import Dialect
from simulator.electrical import shared_w
from simulator.ev import EV
from simulator.evse import Authorization, Evse
from simulator.flash import Flash, Transaction
from simulator.journal import Journal
from simulator.line import Line, connect
from simulator.meter import Meter, Reading
from simulator.profile import Profile
from simulator.tokens import ACCEPTED, Token, TokenInfo
from simulator.variables import MODEL, Model, Variables

Tap = Callable[[str, str, str], None]
"""Told of every frame: station, "up" or "down", text."""

OnFact = Callable[[str, facts.Fact], None]
"""Told of every fact: station, fact."""

OnSample = Callable[[str, int, Reading, float | None], None]
"""Told of every observation: station, EVSE, reading, limit in A."""

BOOT_S = (3.0, 8.0)
"""How long the firmware takes to start."""

GRACE_S = 0.5
"""How long a restart waits for the last answer to leave."""

SHUTDOWN_S = 5.0
"""How long a reset waits for transaction messages to be answered before the station restarts."""

OWN_RETRY_S = 60
"""The wait before the next BootNotification where the CSMS named none (B02.FR.07, B03.FR.05) or did not answer."""

CLOCK_TOLERANCE_S = 1.0
"""Differences to the CSMS's clock below this are network delay, not drift."""


@cache
def model_of(profile: Profile) -> Model:
    """The variables of every station of a profile, with the profile's factory settings."""
    named = {key.replace("[", ".").replace("]", ""): value for key, value in profile.variables.items()}
    named.setdefault("ChargingStation.Model", profile.model)
    named.setdefault("ChargingStation.VendorName", profile.vendor)
    named.setdefault("ChargingStation.FirmwareVersion", profile.firmware_version)
    return MODEL.with_defaults(named)


class _PowerGone(Exception):
    """The firmware that ran these steps is no more."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Variables in the form that the firmware asks for at every step."""

    start_points: frozenset[str]
    stop_points: frozenset[str]


class Station:
    """One charging station. ``seed`` makes its chance; ``flash`` is what it remembers of an earlier life.

    ``config`` are settings made at commissioning, by ``Component.Variable`` or 1.6 key. Raises ValueError for one
    that the station does not have or that does not fit.
    """

    __slots__ = (
        "_aligned",
        "_boot_now",
        "_heartbeat_changed",
        "_leaving",
        "_life",
        "_messages",
        "_offline_since",
        "_on_fact",
        "_on_sample",
        "_reported",
        "_retire",
        "_retire_action",
        "_shown",
        "_tls",
        "_transactions",
        "accepted_once",
        "chance",
        "clock",
        "clock_offset_s",
        "dialect",
        "evses",
        "flash",
        "identity",
        "journal",
        "line",
        "powered",
        "profile",
        "registration",
        "settings",
        "tap",
        "url",
        "variables",
        "version",
    )

    def __init__(
        self,
        identity: str,
        profile: Profile,
        version: Version,
        clock: Clock,
        dialer: Dialer,
        *,
        url: str,
        seed: int | str,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        flash: Flash | None = None,
        config: Mapping[str, object] | None = None,
        on_fact: OnFact | None = None,
        on_sample: OnSample | None = None,
        tap: Tap | None = None,
    ) -> None:
        self.identity = identity
        self.profile = profile
        self.version = version
        self.clock = clock
        self.url = url
        self.chance = Chance(seed, identity)
        self.flash = flash or Flash()
        self.tap = tap
        self._tls = tls
        self._on_fact = on_fact
        self._on_sample = on_sample
        self.dialect: Dialect = dialect_of(version)
        self.line = Line(self, clock, dialer)
        self.journal = Journal(self)
        live = {"ClockCtrlr.DateTime": self.stamp, "SecurityCtrlr.Identity": lambda: identity}
        self.variables: Variables = Variables(model_of(profile), self.flash.changed, live)
        self._commission(config or {}, password)
        self.settings = self._settings()
        meter = profile.meter
        self.evses = tuple(
            Evse(self, number, evse, Meter(self._used_wh(number), resolution_wh=meter.resolution_wh))
            for number, evse in enumerate(profile.evses, 1)
        )
        self.powered = False
        self.clock_offset_s = 0.0
        self.registration: str | None = None
        self.accepted_once = False
        self._leaving: dict[int, str] = {}
        self._life: simpy.Process | None = None
        self._boot_now: simpy.Event | None = None
        self._heartbeat_changed: simpy.Event | None = None
        self._aligned: Timer | None = None
        self._retire: Timer | None = None
        self._offline_since: float | None = None
        self._reported: dict[tuple[int, int], str] = {}
        self._shown: dict[tuple[int, int], str] = {}
        self._messages = 0
        self._transactions = 0

    def _used_wh(self, number: int) -> float:
        """A meter that has been in the field for a while."""
        return float(self.chance.whole(f"register {number}", 1_000, 4_000_000))

    def _commission(self, config: Mapping[str, object], password: str | None) -> None:
        named = {self.dialect.variable(key): value for key, value in config.items()}
        for key, variable in self.variables.model.with_defaults(named).items():
            if key in named:
                self.flash.changed.setdefault(key, variable.default)
        if password is not None:
            self.flash.changed.setdefault("SecurityCtrlr.BasicAuthPassword", password)

    # -- identity, time, ids ----------------------------------------------------------------------------------------

    @property
    def target(self) -> Target:
        """Where and as whom the station dials."""
        password = self.flash.changed.get("SecurityCtrlr.BasicAuthPassword")
        return Target(self.url, self.identity, (self.version.subprotocol,), password, self._tls)

    @property
    def now(self) -> datetime:
        """The date and time that the station's own clock shows."""
        return self.clock.utc + timedelta(seconds=self.clock_offset_s)

    def stamp(self) -> str:
        """The station's date and time as OCPP writes it."""
        return self.clock.stamp(self.clock_offset_s)

    def next_message_id(self) -> str:
        """A message id, unique over all connections of this identity (2.1 part 4 §4.1.4)."""
        self._messages += 1
        return f"{self.chance.hexadecimal('message', 12)}-{self.flash.boots}-{self._messages}"

    def next_transaction_id(self) -> str:
        """A transaction id, unique over the life of the station (E01.FR.08)."""
        self._transactions += 1
        digits = self.chance.hexadecimal("transaction", 24)
        return f"{digits}-{self.flash.boots}-{self._transactions}"

    @property
    def online(self) -> bool:
        """Connected and accepted by the CSMS."""
        return self.line.open and self.registration == ACCEPTED

    def tell(self, fact: facts.Fact) -> None:
        """Let the record know."""
        if self._on_fact is not None:
            self._on_fact(self.identity, fact)

    def observe(self, evse: Evse) -> None:
        """Let the record know what a meter shows."""
        if self._on_sample is not None:
            limit_a = evse.offer().limit_a if evse.contactor_closed else None
            self._on_sample(self.identity, evse.id, evse.reading(), limit_a)

    def later(self, action: Callable[[], None]) -> None:
        """Do something after the answer in hand has left."""
        boots = self.flash.boots

        def act() -> None:
            if self.powered and self.flash.boots == boots:
                action()

        self.clock.after(0.0, act)

    def evse(self, number: int) -> Evse:
        """EVSE 1..n. Raises ValueError if there is no such EVSE."""
        if not 1 <= number <= len(self.evses):
            raise ValueError(f"{self.identity} has no EVSE {number}")
        return self.evses[number - 1]

    def snapshot(self) -> dict[str, Any]:
        """The station's state as a plain dict, for expectations and reports."""
        return {
            "powered": self.powered,
            "connected": self.line.open,
            "registration": self.registration,
            "queued": len(self.journal),
            "evses": {
                evse.id: {
                    "plugged": evse.plugged,
                    "state": evse.state,
                    "transaction": evse.tx.id if evse.tx else None,
                    "token": evse.authorization.token.id if evse.authorization else None,
                    "energy_wh": evse.reading().energy_wh,
                    "power_w": evse.reading().power_w,
                    "soc_percent": evse.ev.soc_percent if evse.ev else None,
                    "status": {
                        number: self.dialect.connector_status(evse, number)
                        for number in range(1, len(evse.profile.connectors) + 1)
                    },
                }
                for evse in self.evses
            },
        }

    # -- power ------------------------------------------------------------------------------------------------------

    def power_on(self) -> None:
        """Mains come on; the firmware starts, connects and boots. Nothing happens if it runs already."""
        if self.powered:
            return
        self.powered = True
        self.flash.boots += 1
        self._messages = self._transactions = 0
        self.tell(facts.PoweredOn(self.flash.boot_reason))
        self._life = self.clock.process(self._live(self.flash.boots))

    def power_off(self) -> None:
        """Mains go at this very instant. What is not in flash is lost; the CSMS is told nothing."""
        if self.powered:
            self._go_dark(self.line.cut, "PowerUp")

    def _go_dark(self, leave: Callable[[], None], boot_reason: str) -> None:
        for evse in self.evses:
            evse.power_down()
        self.powered = False
        self.flash.boot_reason = boot_reason
        self.registration, self.accepted_once = None, False
        self._leaving.clear()
        self._reported.clear()
        self._shown.clear()
        for timer in (self._aligned, self._retire):
            if timer is not None:
                timer.cancel()
        self._aligned = self._retire = None
        self.journal = Journal(self)
        life, self._life = self._life, None
        if life is not None and life.is_alive and not isinstance(life.target, Initialize):
            life.interrupt("power")  # one that has not begun yet finds the power gone
        leave()
        self.tell(facts.PoweredOff())

    # -- people, cars, faults ---------------------------------------------------------------------------------------

    def plug(self, ev: EV, evse: int = 1, connector: int = 1) -> None:
        """Somebody plugs an EV in. Raises ValueError where there is one already."""
        self.evse(evse).plug(ev, connector)

    def unplug(self, evse: int = 1) -> EV:
        """Somebody pulls the cable at the EV. Raises ValueError where there is none."""
        ev = self.evse(evse).ev
        self.evse(evse).unplug()
        assert ev is not None
        return ev

    def present(self, token: Token | str, evse: int | None = None) -> None:
        """Somebody holds a card to the reader (of one EVSE, or the station's only one)."""
        card = Token(token) if isinstance(token, str) else token
        if not self.powered:
            return
        self.tell(facts.TokenPresented(card.id))
        self._errand(self._presented(card, evse))

    def press_stop(self, evse: int = 1) -> None:
        """Somebody presses the stop button of an EVSE."""
        if self.powered and self.evse(evse).tx is not None:
            self.evse(evse).stop("StopAuthorized", "Local")

    def fault(self, error: str, evse: int = 1, connector: int = 1) -> None:
        """A connector becomes unusable; a running transaction ends. ``error``: a 1.6 ChargePointErrorCode."""
        place = self.evse(evse)
        place.faults[connector] = error
        self.tell(facts.ConnectorFaulted(evse, connector, error))
        if self.powered:
            if place.tx is not None and place.connector == connector:
                place.end("AbnormalCondition", _FAULT_REASONS.get(error, "Other"))
            self.report_status(place)

    def clear_fault(self, evse: int = 1, connector: int = 1) -> None:
        """The connector works again."""
        if self.evse(evse).faults.pop(connector, None) is not None:
            self.tell(facts.FaultCleared(evse, connector))
            if self.powered:
                self.report_status(self.evse(evse))

    # -- life -------------------------------------------------------------------------------------------------------

    def _errand(self, steps: Generator[simpy.Event, Any, None]) -> None:
        """Run steps beside the station's life; they end with its power."""
        self.clock.process(self._while_powered(steps, self.flash.boots))

    def _while_powered(self, steps: Generator[simpy.Event, Any, None], boots: int) -> Generator[simpy.Event, Any, None]:
        if not self._runs(boots):
            return
        try:
            yield from steps
        except _PowerGone:
            return

    def _runs(self, boots: int) -> bool:
        """Whether this is still the same life of the firmware."""
        return self.powered and self.flash.boots == boots

    def _live(self, boots: int) -> Generator[simpy.Event, Any, None]:
        if not self._runs(boots):
            return
        try:
            yield self.clock.timeout(self.chance.uniform("boot", *BOOT_S))
            for evse in self.evses:
                evse.power_up()
            yield from connect(self, at_once=True)
            while True:
                if self.accepted_once or (yield from self._register()):
                    yield from self._serve()
                self._offline_since = self.clock.now
                yield from connect(self, at_once=False)
        except simpy.Interrupt:
            return

    def _register(self) -> Generator[simpy.Event, Any, bool]:
        """Ask to be accepted until it is so (B01–B03); False when the link went before."""
        reason = self.flash.boot_reason
        while self.line.open:
            self.registration = None
            self._boot_now = self.clock.event()
            lost = self.line.lost_event
            reply = yield self.line.call(*self.dialect.boot(self, reason))
            if isinstance(reply, Dropped):
                return False
            wait_s: float = OWN_RETRY_S
            if isinstance(reply, Answered):
                outcome = self.dialect.read_boot(reply.payload)
                self.registration = outcome.status
                self._set_clock(outcome.time)
                self.tell(facts.Registered(outcome.status, outcome.interval_s))
                if outcome.status == ACCEPTED:
                    self._accepted(outcome.interval_s)
                    return True
                wait_s = outcome.interval_s or wait_s
            assert lost is not None
            yield self.clock.timeout(wait_s) | lost | self._boot_now
            if self._boot_now.triggered:
                reason = "Triggered"
        return False

    def _accepted(self, interval_s: int) -> None:
        self.flash.boot_reason = "PowerUp"
        self._offline_since = None
        if interval_s > 0:
            self.flash.changed["OCPPCommCtrlr.HeartbeatInterval"] = str(interval_s)
        first, self.accepted_once = not self.accepted_once, True
        self._reported.clear()
        self._report_all()
        for evse in self.evses if first else ():
            evse.welcome()
        self.align()
        self.journal.kick()

    def _serve(self) -> Generator[simpy.Event, Any, None]:
        """Be online: heartbeats at the interval, until the link goes."""
        self._back_online()
        lost = self.line.lost_event
        while lost is not None and not lost.triggered:
            self._heartbeat_changed = self.clock.event()
            beat = self.clock.timeout(self.variables.number("OCPPCommCtrlr.HeartbeatInterval"))
            yield beat | lost | self._heartbeat_changed
            if beat.processed and not lost.triggered:
                self.heartbeat()

    def _back_online(self) -> None:
        """B04: after a long time offline report every connector, after a short one those that changed."""
        since, self._offline_since = self._offline_since, None
        if since is None:
            return
        if self.clock.now - since > self.variables.number("OCPPCommCtrlr.OfflineThreshold"):
            self._reported.clear()
        self._report_all()
        self.journal.kick()

    def heartbeat(self) -> None:
        """Send a Heartbeat; its answer sets the clock."""

        def answered(event: simpy.Event) -> None:
            if isinstance(event.value, Answered):
                self._set_clock(self.dialect.read_heartbeat(event.value.payload))

        _then(self.line.call(*self.dialect.heartbeat(self)), answered)

    def _set_clock(self, csms_time: datetime | None) -> None:
        """B01.FR.06, G02.FR.06: follow the CSMS's clock."""
        if csms_time is None or "Heartbeat" not in self.variables.text("ClockCtrlr.TimeSource"):
            return
        error_s = (csms_time - self.now).total_seconds()
        if abs(error_s) >= CLOCK_TOLERANCE_S:
            self.clock_offset_s += error_s
            self.tell(facts.ClockSet(round(error_s, 3)))
            self.align()

    # -- status -----------------------------------------------------------------------------------------------------

    def report_status(self, evse: Evse) -> None:
        """Send a StatusNotification for each connector of an EVSE whose status is not what was last reported."""
        for connector in range(1, len(evse.profile.connectors) + 1):
            self._report(evse.id, connector, self.dialect.connector_status(evse, connector))
        if self.dialect.reports_station:
            self._report(0, 0, self.dialect.station_status(self))

    def _report_all(self) -> None:
        for evse in self.evses:
            self.report_status(evse)

    def _report(self, evse: int, connector: int, status: str) -> None:
        place = (evse, connector)
        if self._shown.get(place) != status:
            self._shown[place] = status
            self.tell(facts.StatusChanged(evse, connector, status))
        if self.online and self.accepted_once and self._reported.get(place) != status:
            self._reported[place] = status
            self.line.call(*self.dialect.status(self, evse, connector, status))

    def send_status(self, evse: int, connector: int) -> None:
        """Send a StatusNotification whatever was reported before (TriggerMessage)."""
        status = (
            self.dialect.connector_status(self.evse(evse), connector) if evse else self.dialect.station_status(self)
        )
        self._reported[evse, connector] = status
        self.line.call(*self.dialect.status(self, evse, connector, status))

    # -- authorization ----------------------------------------------------------------------------------------------

    def _presented(self, token: Token, number: int | None) -> Generator[simpy.Event, Any, None]:
        evse = self._reader_means(token, number)
        if evse is None:
            self.tell(facts.TokenRefused(token.id, "NoFreeEvse"))
            return
        current = evse.authorization
        if current is not None:
            yield from self._presented_again(evse, current, token)
            return
        info, by = yield from self._judge(token)
        if not info.accepted(self.now):
            self.tell(facts.TokenRefused(token.id, info.status))
        elif self._is_master(info):
            self._master_stops(evse, token)
        elif evse.authorization is None and self._takes_new(evse):
            self.tell(facts.TokenAccepted(evse.id, token.id, by))
            evse.authorize(Authorization(token, info.group))

    def _presented_again(self, evse: Evse, current: Authorization, token: Token) -> Generator[simpy.Event, Any, None]:
        """C01.FR.03, C09: the same token, or one of the same group, ends what it began."""
        if current.token.same(token):
            evse.stop("StopAuthorized", "Local", token)
            return
        info, _ = yield from self._judge(token)
        same_group = current.group is not None and info.group == current.group
        if evse.authorization is current and info.accepted(self.now) and (same_group or self._is_master(info)):
            evse.stop("StopAuthorized", "MasterPass" if not same_group else "Local", token)
        else:
            self.tell(facts.TokenRefused(token.id, info.status if not info.accepted(self.now) else "OtherDriver"))

    def _is_master(self, info: TokenInfo) -> bool:
        """C16: tokens of the master pass group only stop."""
        master = self.variables.text("AuthCtrlr.MasterPassGroupId")
        return bool(master) and info.group == master

    def _master_stops(self, evse: Evse, token: Token) -> None:
        if evse.tx is not None:
            evse.stop("StopAuthorized", "MasterPass", token)
        else:
            self.tell(facts.TokenRefused(token.id, "MasterPassCannotStart"))

    def _reader_means(self, token: Token, number: int | None) -> Evse | None:
        """Which EVSE a card at the reader is for: its own, one with a cable waiting, a free one."""
        if number is not None:
            return self.evse(number)
        running = [evse for evse in self.evses if evse.authorization is not None]
        own = [evse for evse in running if evse.authorization and evse.authorization.token.same(token)]
        waiting = [evse for evse in self.evses if evse.authorization is None and evse.plugged and self._takes_new(evse)]
        return next(iter(own + waiting + [evse for evse in self.evses if self._takes_new(evse)] + running), None)

    @property
    def may_begin(self) -> bool:
        """Whether drivers may charge at all: accepted since the start, or allowed to go ahead without (B02.FR.03)."""
        return self.accepted_once or self.variables.flag("TxCtrlr.TxBeforeAcceptedEnabled")

    def _takes_new(self, evse: Evse) -> bool:
        return self.may_begin and evse.authorization is None and evse.operative() and not self.leaving(evse)

    def _judge(self, token: Token, *, remote: bool = False) -> Generator[simpy.Event, Any, tuple[TokenInfo, str]]:
        """May this token charge? Returns what is known of it and who says so (C01, C10–C15)."""
        known, by = self._known(token)
        if self.online:
            early = self.variables.flag("AuthCtrlr.LocalPreAuthorize") or remote
            if early and known is not None and known.accepted(self.now):
                return known, by
            boots = self.flash.boots
            reply = yield self.line.call(*self.dialect.authorize(self, token))
            if not self._runs(boots):
                raise _PowerGone
            if isinstance(reply, Answered):
                info = self.dialect.read_authorize(reply.payload)
                self.learn(token, info)
                return info, "csms"
            known, by = self._known(token)
        if self.variables.flag("AuthCtrlr.LocalAuthorizeOffline") and known is not None:
            return known, by
        if known is None and self.variables.flag("AuthCtrlr.OfflineTxForUnknownIdEnabled"):
            return TokenInfo(ACCEPTED), "offline"
        return TokenInfo("Offline"), "offline"

    def _known(self, token: Token) -> tuple[TokenInfo | None, str]:
        """What list and cache say; the list wins (C13.FR.01)."""
        if self.variables.flag("LocalAuthListCtrlr.Enabled"):
            listed = self.flash.local_list.lookup(token)
            if listed is not None:
                return listed, "list"
        if self.variables.flag("AuthCacheCtrlr.Enabled"):
            lifetime_s = self.variables.number("AuthCacheCtrlr.LifeTime")
            return self.flash.cache.lookup(token, self.now, lifetime_s), "cache"
        return None, ""

    def learn(self, token: Token, info: TokenInfo) -> None:
        """C10.FR.01, C10.FR.04: what the CSMS says of a token goes to the cache, unless the list has it."""
        if self.variables.flag("AuthCacheCtrlr.Enabled") and self.flash.local_list.lookup(token) is None:
            self.flash.cache.remember(token, info, self.now)

    def token_judged(self, tx: Transaction, token: Token, info: TokenInfo) -> None:
        """The CSMS answered a transaction message with an opinion on its token (C15, E05)."""
        self.learn(token, info)
        evse = self.evse(tx.evse)
        if evse.tx is not tx or evse.authorization is None or not evse.authorization.token.same(token):
            return
        if info.accepted(self.now):
            evse.authorization.group = info.group
        else:
            evse.deauthorize(info.status)

    # -- commands of the CSMS ---------------------------------------------------------------------------------------

    def remote_start(self, token: Token, evse: int | None, remote_start_id: int | None) -> bool:
        """F01, F02: begin for a driver who is elsewhere. False if it cannot be (B02.FR.05 among others)."""
        candidates = self.evses if evse is None else (self.evse(evse),)
        free = [place for place in candidates if place.free and self._takes_new(place)]
        chosen = next((place for place in free if place.plugged), next(iter(free), None))
        if chosen is None or not self.online:
            return False
        authorization = Authorization(token, remote_start_id=remote_start_id)
        self.later(lambda: self._begin_remote(chosen, authorization))
        return True

    def remote_start_in(self, tx: Transaction, token: Token, remote_start_id: int) -> bool:
        """F02: a driver elsewhere is let into a transaction that began with the cable. False if somebody was first."""
        evse = self.evse(tx.evse)
        if not self.online or not self._takes_new(evse):
            return False
        authorization = Authorization(token, remote_start_id=remote_start_id)
        self.later(lambda: self._begin_remote(evse, authorization))
        return True

    def _begin_remote(self, evse: Evse, authorization: Authorization) -> None:
        if not self.variables.flag("AuthCtrlr.AuthorizeRemoteStart"):
            self._start_remote(evse, authorization, "remote")
            return
        self._errand(self._authorize_remote(evse, authorization))

    def _authorize_remote(self, evse: Evse, authorization: Authorization) -> Generator[simpy.Event, Any, None]:
        info, by = yield from self._judge(authorization.token, remote=True)
        authorization.group = info.group
        if info.accepted(self.now):
            self._start_remote(evse, authorization, by)
        else:
            self.tell(facts.TokenRefused(authorization.token.id, info.status))

    def _start_remote(self, evse: Evse, authorization: Authorization, by: str) -> None:
        if self._takes_new(evse):
            self.tell(facts.TokenAccepted(evse.id, authorization.token.id, by))
            evse.authorize(authorization, "RemoteStart")

    def remote_stop(self, transaction: str) -> bool:
        """F03: end a transaction, by the id that the CSMS knows. False if it is not running."""
        for evse in self.evses:
            if evse.tx is not None and self.dialect.transaction_id(evse.tx) == transaction:
                self.later(partial(self._remote_stop, evse, transaction))
                return True
        return False

    def _remote_stop(self, evse: Evse, transaction: str) -> None:
        if evse.tx is not None and self.dialect.transaction_id(evse.tx) == transaction:
            evse.stop("RemoteStop", "Remote")

    def change_availability(self, operative: bool, evse: int = 0, connector: int = 0) -> str:
        """G03, G04: (de)activate a connector, an EVSE (connector 0) or all (0, 0). Accepted or Scheduled.

        What is in a transaction changes when the transaction is over; the setting survives a reboot.
        """
        places = [place for place in self.evses if evse in (0, place.id)]
        busy = [place for place in places if place.tx is not None and connector in (0, place.connector)]
        if not operative and busy:
            for place in busy:
                self._leaving[place.id] = "Inoperative"
            for place in places:
                if place not in busy:
                    self.later(partial(self._activate, False, place.id, connector))
            return "Scheduled"
        self.later(lambda: self._activate(operative, evse, connector))
        return ACCEPTED

    def _activate(self, operative: bool, evse: int, connector: int) -> None:
        off = self.flash.inoperative
        if operative:
            covered = {place for place in off if evse in (0, place[0]) and connector in (0, place[1])}
            off -= covered | {(evse, connector)}
            for place in self.evses:
                if evse in (0, place.id):
                    self._leaving.pop(place.id, None)
        else:
            off.add((evse, connector))
        self.tell(facts.AvailabilityChanged(evse, connector, operative))
        self._report_all()

    def leaving(self, evse: Evse) -> bool:
        """Whether a scheduled reset or change of availability keeps new drivers out."""
        return evse.id in self._leaving or 0 in self._leaving

    def became_idle(self, evse: Evse) -> None:
        """Do what was put off until this EVSE's transaction was over."""
        if evse.tx is not None:
            return
        put_off = self._leaving.get(evse.id)
        if put_off == "Inoperative":
            del self._leaving[evse.id]
            self._activate(False, evse.id, 0)
        elif put_off == "Reset":
            del self._leaving[evse.id]
            self._restart_evse(evse)
        if 0 in self._leaving and all(place.tx is None for place in self.evses):
            self._retire_soon("ScheduledReset")

    def reset(self, *, immediate: bool, evse: int = 0) -> str:
        """B11, B12: restart the station, or one EVSE. Accepted, or Scheduled where a transaction has to end first."""
        places = self.evses if evse == 0 else (self.evse(evse),)
        if not immediate and any(place.tx is not None for place in places):
            self._leaving[evse] = "Reset"
            self.tell(facts.ResetScheduled(evse))
            return "Scheduled"
        self.later(lambda: self._reset_now(evse, "ImmediateReset"))
        return ACCEPTED

    def _reset_now(self, evse: int, reason: str) -> None:
        self._leaving[evse] = "Reset"
        for place in self.evses if evse == 0 else (self.evse(evse),):
            if place.tx is not None:
                place.end("ResetCommand", reason)
        if evse:
            del self._leaving[evse]
            self._restart_evse(self.evse(evse))
        else:
            self._retire_soon("RemoteReset")

    def soft_stop(self, reason: str) -> None:
        """1.6 Reset: end every transaction with this reason, then restart."""
        self.later(lambda: self._reset_now(0, reason))

    def _restart_evse(self, evse: Evse) -> None:
        evse.authorization = None
        evse.finished = False
        self.report_status(evse)

    def _retire_soon(self, boot_reason: str) -> None:
        """Restart once the journal is empty, or after SHUTDOWN_S."""
        if self._retire is not None:
            return
        self._retire_action = partial(self._restart, boot_reason)
        wait_s = SHUTDOWN_S if len(self.journal) and self.online else GRACE_S
        self._retire = self.clock.after(wait_s, self._retire_action)

    def _restart(self, boot_reason: str) -> None:
        self._retire = None
        self._go_dark(self.line.leave, boot_reason)
        self.power_on()

    def journal_sent(self) -> None:
        """The journal has nothing more to send for now: a restart that waited for it need not wait longer."""
        if self._retire is not None and not len(self.journal):
            self._retire.cancel()
            self._retire = self.clock.after(GRACE_S, self._retire_action)

    def unlock(self, evse: int, connector: int) -> str:
        """F05: release a plug. Unlocked, UnlockFailed, OngoingAuthorizedTransaction or UnknownConnector."""
        if not 1 <= evse <= len(self.evses) or not 1 <= connector <= len(self.evse(evse).profile.connectors):
            return "UnknownConnector"
        place = self.evse(evse)
        if place.tx is not None and place.authorization is not None:
            return "OngoingAuthorizedTransaction"
        return "Unlocked" if place.unlock(connector) else "UnlockFailed"

    def clear_cache(self) -> bool:
        """C11: False where there is no cache in use (C11.FR.04)."""
        if not self.variables.flag("AuthCacheCtrlr.Enabled"):
            return False
        self.flash.cache.clear()
        return True

    def boot_again(self) -> None:
        """TriggerMessage: send a BootNotification."""
        if self.registration == ACCEPTED:
            self.line.call(*self.dialect.boot(self, "Triggered"))
        elif self._boot_now is not None and not self._boot_now.triggered:
            self._boot_now.succeed()

    def variable_changed(self, key: str) -> None:
        """Let the firmware follow a changed setting."""
        secret = key == "SecurityCtrlr.BasicAuthPassword"
        self.tell(facts.VariableChanged(key, "*" if secret else self.variables.text(key)))
        if key.startswith("TxCtrlr."):
            self.settings = self._settings()
        elif key.startswith("AlignedDataCtrlr."):
            self.align()
        elif key == "OCPPCommCtrlr.HeartbeatInterval":
            if self._heartbeat_changed is not None and not self._heartbeat_changed.triggered:
                self._heartbeat_changed.succeed()
        elif key == "SampledDataCtrlr.TxUpdatedInterval":
            for evse in self.evses:
                evse.sampling_changed()
        elif secret:
            self.later(lambda: self.line.hang_up(1000, "new password"))

    def _settings(self) -> Settings:
        start, stop = self.dialect.transaction_points(self.variables)
        return Settings(frozenset(start), frozenset(stop))

    # -- energy -----------------------------------------------------------------------------------------------------

    def share_power(self) -> None:
        """Divide the station's grid connection among the EVSEs that want it."""
        available_w = self.profile.grid_max_w
        if available_w >= sum(evse.profile.max_grid_w for evse in self.evses):
            return
        efficiencies = [evse.outlet.supply.efficiency for evse in self.evses]
        wanted = [evse.wanted_w() / efficiency for evse, efficiency in zip(self.evses, efficiencies, strict=True)]
        shares = shared_w(available_w, wanted)
        for evse, share_w, efficiency, want in zip(self.evses, shares, efficiencies, wanted, strict=True):
            if evse.contactor_closed:
                evse.limit(share_w * efficiency if share_w < want else float("inf"))

    def align(self) -> None:
        """Have the clock call at the next clock-aligned instant (J01: multiples of the interval since midnight)."""
        if self._aligned is not None:
            self._aligned.cancel()
            self._aligned = None
        interval_s = self.variables.number("AlignedDataCtrlr.Interval")
        if not interval_s or not self.variables.flag("AlignedDataCtrlr.Enabled") or not self.powered:
            return
        now = self.now
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        since_s = (now - midnight).total_seconds()
        wait_s = (int(since_s / interval_s + 1e-6) + 1) * interval_s - since_s
        tomorrow_s = 86_400 - since_s
        self._aligned = self.clock.after(min(wait_s, tomorrow_s), self._aligned_now)

    def _aligned_now(self) -> None:
        self._aligned = None
        quiet = self.variables.flag("AlignedDataCtrlr.SendDuringIdle")
        for evse in self.evses:
            if evse.tx is not None:
                if not quiet:
                    evse.report("MeterValueClock", "Sample.Clock")
            elif self.online:
                self.send_readings(evse, "Sample.Clock")
        self.align()

    def say(self, action: str, **payload: object) -> None:
        """Send a CALL whose answer says nothing, after the answer in hand has left."""
        self.later(lambda: self._call(action, payload))

    def _call(self, action: str, payload: dict[str, object]) -> None:
        self.line.call(action, payload)

    def send_readings(self, evse: Evse, context: str, key: str = "AlignedDataCtrlr.Measurands") -> None:
        """Send a MeterValues message outside any transaction."""
        sample = evse.sample(context, key)
        if sample.measurands:
            self.line.call(*self.dialect.meter_values(self, evse, sample))


_FAULT_REASONS = {
    "GroundFailure": "GroundFault",
    "OverCurrentFailure": "OvercurrentFault",
    "OverVoltage": "PowerQuality",
    "UnderVoltage": "PowerQuality",
    "PowerSwitchFailure": "Other",
    "EVCommunicationError": "EVDisconnected",
}
"""The stop reason (ReasonEnumType) of each 1.6 ChargePointErrorCode that has one of its own."""


def _then(event: simpy.Event, callback: Callable[[simpy.Event], None]) -> None:
    """Call back when an event that is not processed yet is."""
    assert event.callbacks is not None
    event.callbacks.append(callback)
