"""The function of the firmware that keeps charging profiles and has EVSEs and grid connection follow them (block K)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from simulator import facts
from simulator.circuit import PROFILES, SHARE
from simulator.clock import Timer
from simulator.flash import Phase
from simulator.function import Function, function
from simulator.smart.acceptance import Abilities, Refusal, Request, Rules, refusal, replaced
from simulator.smart.composite import Site, Step, Visit, whole_seconds
from simulator.smart.negotiation import Negotiation
from simulator.smart.profile import ChargingProfile, Installed, Period, Profiles, Purpose, Unit
from simulator.smart.rate import UNLIMITED, Feed, Rate

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station

FOLLOWS = facts.TransactionStarted | facts.ContactorClosed | facts.ContactorOpened | facts.ClockSet
"""After these, limits may be others, or count from another instant."""


@function
class SmartCharging(Function):
    """One station's charging profiles: K01–K13, 1.6 §3.13."""

    memory = Profiles

    __slots__ = ("_pending", "_rates", "_timer", "_unsaid", "pledged")

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._timer: Timer | None = None
        self._pending = False
        self._rates: dict[int, float] = {}
        self._unsaid: tuple[tuple[str, dict[str, object]], ...] = ()
        self.pledged: dict[int, Installed] = {}

    # -- what is there ----------------------------------------------------------------------------------------------

    @property
    def installed(self) -> tuple[Installed, ...]:
        """Every profile that is installed."""
        return self.station.flash.memory(Profiles).installed

    @property
    def available(self) -> bool:
        """Whether this station does smart charging (K01.FR.29, K05.FR.04)."""
        flag = self.station.variables.flag
        return flag("SmartChargingCtrlr.Available") and flag("SmartChargingCtrlr.Enabled")

    @property
    def abilities(self) -> Abilities:
        """What the station can hold and do."""
        variables, entries = self.station.variables, "SmartChargingCtrlr.Entries.ChargingProfiles"
        return Abilities(
            stack_level=variables.number("SmartChargingCtrlr.ProfileStackLevel"),
            units=variables.items("SmartChargingCtrlr.RateUnit"),
            periods=variables.number("SmartChargingCtrlr.PeriodsPerSchedule"),
            entries=int(variables.model[entries].high or 0),
            switches_3to1=variables.flag("SmartChargingCtrlr.Phases3to1"),
        )

    def site(self, connectors: Mapping[int, int] | None = None) -> Site:
        """All that limits follow from, as it is now. ``connectors``: others than those in use, by EVSE."""
        station, now = self.station, self.station.now
        profiles = (*self.installed, *self.pledged.values()) if self.available else ()
        used = {evse.id: evse.connector for evse in station.evses} | dict(connectors or {})
        return Site(
            profiles,
            Feed.grid(station.profile),
            tuple(Feed.of(evse.profile.supply(used[evse.id])) for evse in station.evses),
            tuple(self._visit(evse, used[evse.id], now) for evse in station.evses),
            tuple(_local(evse, used[evse.id]) for evse in station.evses),
        )

    def _visit(self, evse: Evse, connector: int, now: datetime) -> Visit:
        since_s = 0.0 if evse.ready_s is None else self.station.clock.now - evse.ready_s
        began = now - timedelta(seconds=round(since_s, 3))
        return Visit(evse.id, began, None if evse.tx is None else evse.tx.id, connector)

    def composite(
        self, evse: int, duration_s: int, unit: Unit, connector: int = 0
    ) -> tuple[datetime, int, tuple[Period, ...]]:
        """K08.FR.02: what an EVSE, or the grid connection (0), is allowed from now on: since when, for how many
        seconds and what. A schedule with more periods than the station can tell of ends early. ``connector``: of that
        one, whichever is in use (0: the one in use)."""
        site, most = self.site({evse: connector} if connector else None), self.abilities.periods
        start = self.station.now.replace(microsecond=0)
        steps = site.composite(evse, unit, start, start + timedelta(seconds=duration_s), most + 1)
        if len(steps) > most:
            duration_s = int((steps[most].at - start).total_seconds())
            steps = steps[:most]
        return start, duration_s, whole_seconds(steps, duration_s)

    def limit_now(self, evse: int, unit: Unit) -> Step:
        """What an EVSE, or the grid connection (0), is allowed at this instant."""
        return self.site().step(evse, unit, self.station.now)

    # -- what a CSMS asks for ---------------------------------------------------------------------------------------

    def accepts(
        self, profile: ChargingProfile, evse: int, *, remote: bool = False, negotiates: bool = False
    ) -> Refusal | None:
        """Why a profile cannot be installed at an EVSE or at the grid connection (0); None if it can.

        ``remote``: it comes with an order to start there; ``negotiates``: the EV is to choose among its schedules.
        """
        request = self._request(profile, evse, remote=remote, negotiates=negotiates)
        feeds = [Feed.of(each.outlet.supply) for each in self.station.evses]
        return refusal(request, self.installed, feeds, self.abilities, self._rules)

    def install(self, profile: ChargingProfile, evse: int, *, remote: bool = False, connector: int = 0) -> None:
        """Take a profile that was accepted, in the place of those that it replaces (K01.FR.05, .07).

        One that came with an order to start waits for the transaction, if there is none yet. ``connector``: the only
        one that it is for, where an EVSE has several (1.6).
        """
        connector = connector if profile.purpose is Purpose.TX_DEFAULT else 0  # a transaction has but one
        request = replace(self._request(profile, evse, remote=remote), connector=connector)
        gone = set(replaced(request, self.installed, self._rules))
        running = self._running(evse) if profile.purpose is Purpose.TX else None
        new = Installed(evse, profile, self.station.now, transaction=running, connector=connector)
        if profile.purpose is Purpose.TX and running is None:
            self.pledged[evse] = new
        else:
            self._keep([*(each for each in self.installed if each not in gone), new])
        self.look()

    def clear(self, chosen: Callable[[Installed], bool]) -> bool:
        """K10: forget those that are chosen, but for what external systems have set; False if there are none."""
        gone = {each for each in self.installed if each.profile.purpose is not Purpose.EXTERNAL and chosen(each)}
        if gone:
            self._keep(each for each in self.installed if each not in gone)
            self.look()
        return bool(gone)

    def choose(self, installed: Installed, number: int) -> None:
        """K15.FR.09: an EV follows another of a profile's schedules."""
        if installed.chosen != number:
            self._keep(replace(each, chosen=number) if each is installed else each for each in self.installed)
            self.look()

    def _request(
        self, profile: ChargingProfile, evse: int, *, remote: bool = False, negotiates: bool = False
    ) -> Request:
        tx = self.station.evse(evse).tx if 1 <= evse <= len(self.station.evses) else None
        running = None if tx is None else self.station.dialect.transaction_id(tx)
        return Request(profile, evse, self.station.now, running, remote, negotiates)

    @property
    def _rules(self) -> Rules:
        return self.station.dialect.profile_rules

    def _running(self, evse: int) -> str | None:
        tx = self.station.evse(evse).tx
        return None if tx is None else tx.id

    def _keep(self, installed: Iterable[Installed]) -> None:
        self.station.flash.remember(Profiles(tuple(installed)))

    # -- what others limit ------------------------------------------------------------------------------------------

    def external(
        self, limit: ChargingProfile, evse: int = 0, source: str = "EMS", critical: bool | None = None
    ) -> bool:
        """K11, K12: a system other than the CSMS limits an EVSE or the grid connection (0), in place of what it has
        set there before. ``source``: EMS, SO or Other; ``critical``: whether it is for the grid's sake. False where
        the station does not listen to it. Raises ValueError for the operator as a source (K11.FR.05)."""
        if source == "CSO":
            raise ValueError("the operator's limits are no external ones")
        variables = self.station.variables
        if not self.available or not variables.flag("SmartChargingCtrlr.ExternalControlSignalsEnabled"):
            return False
        old = self._external(evse, source)
        number = old.profile.id if old else min([0, *(each.profile.id for each in self.installed)]) - 1
        profile = replace(limit, id=number, purpose=Purpose.EXTERNAL, transaction=None)
        new = Installed(evse, profile, self.station.now, source)
        before = self.limit_now(evse, Unit.W).limit
        self._keep([*(each for each in self.installed if each is not old), new])
        after = self.limit_now(evse, Unit.W).limit
        if old is None or self._significant(before, after):
            with_schedule = variables.flag("SmartChargingCtrlr.NotifyChargingLimitWithSchedules")
            self._say(self.station.dialect.limit_set(new, critical, with_schedule=with_schedule))
        self.look()
        return True

    def release(self, evse: int = 0, source: str = "EMS") -> bool:
        """K13: a system's limit is lifted; False if there is none."""
        old = self._external(evse, source)
        if old is None:
            return False
        self._keep(each for each in self.installed if each is not old)
        self._say(self.station.dialect.limit_cleared(old))
        self.look()
        return True

    def _external(self, evse: int, source: str) -> Installed | None:
        for each in self.installed:
            if each.profile.purpose is Purpose.EXTERNAL and (each.evse, each.source) == (evse, source):
                return each
        return None

    def _say(self, message: tuple[str, dict[str, object]] | None) -> None:
        """Tell the CSMS, when it can be told."""
        if message is not None:
            self._unsaid += (message,)
            if self.station.online:
                self.online()

    def online(self) -> None:
        """What external systems have done meanwhile is told."""
        unsaid, self._unsaid = self._unsaid, ()
        for action, payload in unsaid:
            self.station.say(action, **payload)

    def _significant(self, before: float, after: float) -> bool:
        """SC.03: whether a change is one to tell of."""
        least = self.station.variables.decimal("SmartChargingCtrlr.LimitChangeSignificance")
        return abs(after - before) * 100 > least * before

    # -- what happens -----------------------------------------------------------------------------------------------

    def started(self) -> None:
        """K02.FR.05: a transaction that has not outlived the power takes its profiles along."""
        running = {tx.id for tx in self.station.flash.running}
        left = [
            each for each in self.installed if each.profile.purpose is not Purpose.TX or each.transaction in running
        ]
        if len(left) < len(self.installed):
            self._keep(left)
        self.look()

    def told(self, fact: facts.Fact) -> None:
        """Transactions begin and end, energy begins to flow, the clock is set, smart charging is switched off."""
        if isinstance(fact, facts.TransactionStarted) and fact.evse in self.pledged:
            pledged = replace(self.pledged.pop(fact.evse), transaction=fact.transaction)
            self._keep([*(each for each in self.installed if each.profile.id != pledged.profile.id), pledged])
        elif isinstance(fact, facts.TransactionEnded):
            self._transaction_over(fact.transaction)
        elif isinstance(fact, facts.TokenRefused) and self.pledged:
            self._nobody_begins()
        switched = isinstance(fact, facts.VariableChanged) and fact.variable == "SmartChargingCtrlr.Enabled"
        if isinstance(fact, FOLLOWS) or switched:
            self.look()

    def _transaction_over(self, transaction: str) -> None:
        """K02.FR.05."""
        left = tuple(each for each in self.installed if each.transaction != transaction)
        if len(left) < len(self.installed):
            self._keep(left)
        self.look()

    def _nobody_begins(self) -> None:
        """Whoever was to be started from afar may not charge: his profile is not the next driver's."""
        for number in [number for number in self.pledged if self.station.evse(number).authorization is None]:
            del self.pledged[number]
        self.look()

    def became_idle(self, evse: Evse) -> None:
        """Whoever was to begin a transaction has not."""
        if evse.tx is None and self.pledged.pop(evse.id, None) is not None:
            self.look()

    def ended(self) -> None:
        """The power is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.station.sharing.bound(None)
        for evse in self.station.evses:
            evse.circuit.restrict(PROFILES)

    # -- what follows -----------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Find the limits anew when what happens just now is over."""
        if not self._pending:
            self._pending = True
            self.station.later(self._follow)

    def _follow(self) -> None:
        self._pending = False
        self.compare()
        site, now = self.site(), self.station.now
        for evse in self.station.evses:
            rate = site.profiled(evse.id, now)
            evse.circuit.restrict(PROFILES, rate.a, rate.w, rate.phases or None)
        cap = site.cap(now)
        self.station.sharing.bound(None if cap == UNLIMITED else (cap, site.grid, self.compare))
        for evse in self.station.evses:
            evse.flow_changed()
        self.compare()
        self._arm(site.change(now), now)
        if (negotiation := self.station.used(Negotiation)) is not None:
            negotiation.profiles_changed(self)

    def _arm(self, change: datetime | None, now: datetime) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if change is not None:
            self._timer = self.station.clock.after((change - now) / timedelta(seconds=1), self.look)

    def compare(self) -> None:
        """K11.FR.04, K13.FR.03, SC.02: tell of another rate in a transaction, unless its state says it all."""
        for evse in self.station.evses:
            before, rate = self._rates.get(evse.id), _rate(evse)
            if rate is None:
                self._rates.pop(evse.id, None)
            elif before is None:
                self._rates[evse.id] = rate
            elif self._significant(before, rate):
                self._rates[evse.id] = rate
                evse.recording.emit(Phase.UPDATED, "ChargingRateChanged")


def _rate(evse: Evse) -> float | None:
    """What an EV in a transaction is offered while it charges: A over all phases, or W."""
    if evse.tx is None or evse.state != "Charging":
        return None
    offer = evse.offer()
    return evse.circuit.offered_a * offer.phases if offer.phases else offer.limit_w


def _local(evse: Evse, connector: int) -> Rate:
    """What the hardware of an EVSE allows as it is."""
    feed, left = Feed.of(evse.profile.supply(connector)), evse.circuit.ceiling(PROFILES, SHARE)
    return feed.local & Rate(left.a, left.w, feed.phases)
