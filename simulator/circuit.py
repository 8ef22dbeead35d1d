"""The power side of one EVSE: contactor, meter and the EV, brought up to date whenever somebody looks.

Energy flows while there is voltage, the contactor is closed and the EV is ready (state C or D of its pilot).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from simulator import facts
from simulator.clock import Timer
from simulator.electrical import Draw, Kind, Offer, Supply, at_grid, at_rest
from simulator.ev import EV, Flow
from simulator.hardware.environment import FAIR
from simulator.hardware.place import Place
from simulator.hookup import BY_EV, Done, Hookup
from simulator.meter import Meter, Reading
from simulator.physics import dc
from simulator.physics.insulation import SOUND_OHM
from simulator.physics.pilot import Letter
from simulator.profile import ConnectorProfile, EvseProfile

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.hardware.contactor import ContactorPart
    from simulator.hardware.lock import LockPart
    from simulator.station import Station

STATES = {
    Flow.CHARGING: "Charging",
    Flow.SUSPENDED_EV: "SuspendedEV",
    Flow.SUSPENDED_EVSE: "SuspendedEVSE",
}

UNLIMITED_W = float("inf")

PROFILES, SHARE = "profiles", "share"
"""The names under which a circuit knows what charging profiles, and its share of the grid connection, leave."""

NOTHING_OPEN: frozenset[str] = frozenset()
"""The protective devices in front of a contactor that are open."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What one of several causes leaves of a supply: A per conductor, W in all, phases (None: as many as there are)."""

    a: float = math.inf
    w: float = math.inf
    phases: int | None = None

    def __and__(self, other: Ceiling) -> Ceiling:
        """What both leave."""
        named = [each.phases for each in (self, other) if each.phases is not None]
        return Ceiling(min(self.a, other.a), min(self.w, other.w), min(named, default=None))


OPEN = Ceiling()
"""No ceiling at all."""

NO_CEILINGS: Mapping[str, Ceiling] = MappingProxyType({})


class Circuit:
    """What flows, and whether it can. Knows no drivers and no transactions."""

    __slots__ = (
        "_alarm",
        "_ceilings",
        "_evse",
        "_followed",
        "_following",
        "_isolated",
        "_offered",
        "_settled_s",
        "cap_wh",
        "contactor_closed",
        "ev",
        "held_back",
        "hookup",
        "limit_w",
        "meter",
        "plugged",
        "profile",
    )

    def __init__(self, evse: Evse, profile: EvseProfile, meter: Meter, now_s: float) -> None:
        self._evse = evse
        self._alarm: Timer | None = None
        self._following: Timer | None = None
        self._followed: Offer | None = None  # what the EV still goes by until it has reacted to another offer
        self._settled_s = now_s
        self._offered: tuple[Supply, float, Mapping[str, Ceiling], Offer] | None = (
            None  # the last one and what it follows from
        )
        self._ceilings: Mapping[str, Ceiling] = NO_CEILINGS
        self._isolated: frozenset[str] = NOTHING_OPEN
        self.profile = profile
        self.meter = meter
        self.hookup: Hookup | None = None
        self.ev: EV | None = None
        self.plugged: int | None = None
        self.contactor_closed = False
        self.held_back = False
        self.limit_w = UNLIMITED_W
        self.cap_wh: float | None = None

    @property
    def station(self) -> Station:
        """The station it is in."""
        return self._evse.station

    @property
    def evse_id(self) -> int:
        """The EVSE it is of."""
        return self._evse.id

    def tell(self, fact: facts.Fact) -> None:
        """Let the record know."""
        self._evse.station.tell(fact)

    @property
    def outlet(self) -> ConnectorProfile:
        """The connector in use, or the first one, as the profile describes it."""
        return self.profile.connectors[(self.plugged or 1) - 1]

    @property
    def supply(self) -> Supply:
        """What the connector in use can deliver now: by its profile, on the grid as it is."""
        environment, supply = self._evse.station.environment, self.outlet.supply
        return supply if environment is FAIR else supply.under(environment.grid, environment.grid_hz)

    def offer(self) -> Offer:
        """What the EV is allowed now."""
        supply, limit_w = self.supply, 0.0 if self.held_back else self.limit_w
        ceilings, last = self._ceilings, self._offered
        if last is None or last[0] is not supply or last[1] != limit_w or last[2] is not ceilings:
            left = self.ceiling() if ceilings else OPEN
            offer = supply.offer(left.a, min(limit_w, left.w), left.phases)
            self._offered = last = supply, limit_w, ceilings, offer
        return last[3]

    def ceiling(self, *without: str) -> Ceiling:
        """What all causes together leave, or all but some."""
        left = OPEN
        for cause, ceiling in self._ceilings.items():
            if cause not in without:
                left &= ceiling
        return left

    @property
    def heeded(self) -> Offer:
        """The offer that the EV goes by: the last one until it has had its time to follow."""
        return self._followed or self.offer()

    @property
    def offered_a(self) -> float:
        """The current per conductor that the pilot allows now: a limit in W is spread over the phases in use."""
        offer = self.offer()
        if offer.supply.kind is Kind.DC:
            return offer.limit_a
        volts = offer.supply.voltage_v * offer.phases if self.ev is None else self.ev.volts(offer)
        return min(offer.limit_a, offer.limit_w / volts) if volts > 0 else offer.limit_a

    @property
    def allowed_a(self) -> float:
        """What may flow per conductor now: a lower offer counts once the EV has had its time to follow."""
        followed = self._followed
        return max(self.offered_a, 0.0 if followed is None else followed.limit_a)

    @property
    def flowing(self) -> bool:
        """Whether energy can flow: there is voltage, the contactor is closed, and the EV is ready."""
        if not self.contactor_closed or self.ev is None or self._isolated:
            return False
        hookup, environment = self.hookup, self._evse.station.environment
        return hookup is not None and hookup.ready and (environment is FAIR or any(environment.grid))

    @property
    def live(self) -> bool:
        """Whether there is any voltage in front of the contactor."""
        environment = self._evse.station.environment
        return not self._isolated and (environment is FAIR or any(environment.grid))

    def isolate(self, cause: str, isolated: bool) -> None:
        """A protective device in front of the contactor opens, or closes again: without voltage nothing flows."""
        self.settle()
        was, self._isolated = self.live, self._isolated | {cause} if isolated else self._isolated - {cause}
        if self.live is not was:
            self._caught_up()
            self.arm()
            self.station.observe(self._evse)  # the device says itself what that means for the transaction
            self.station.felt("current", self.evse_id)

    def draw(self) -> Draw:
        """What flows at the outlet now."""
        ev = self.ev
        if ev is None:
            return at_rest(self.supply)
        return ev.draw(self.heeded if self.flowing else self.supply.offer(limit_w=0.0))

    @property
    def current_a(self) -> float:
        """The current in the fullest conductor now."""
        return max(self.draw().current_a) if self.flowing else 0.0

    def state(self) -> str:
        """The charging state (ChargingStateEnumType)."""
        if self.ev is None:
            return "Idle"
        if self.held_back or self._evse.halted:
            return "SuspendedEVSE"
        if not self.flowing:
            by_ev = self.hookup is not None and self.hookup.stage in BY_EV
            return "SuspendedEV" if by_ev else "EVConnected"
        offer = self.offer()
        return "SuspendedEV" if self.ev.is_full(offer) else STATES[self.ev.flow(offer)]

    @property
    def phases_used(self) -> int:
        """Phases on which current flows; 0 for DC and where none flows."""
        if not self.contactor_closed or self.outlet.supply.kind is not Kind.AC:
            return 0
        return sum(current_a > 0 for current_a in self.draw().current_a)

    def reading(self) -> Reading:
        """What the meter shows now."""
        self.settle()
        ev, flowing = self.ev, self.flowing
        offer = self.offer() if flowing else self.supply.offer(limit_w=0.0)
        supply = offer.supply
        draw = at_rest(supply) if ev is None else ev.draw((self._followed or offer) if flowing else offer)
        draw = draw if self._at_outlet else at_grid(supply, draw)
        if ev is None:
            return self.meter.reading(draw)
        soc = ev.soc_percent if supply.kind is Kind.DC else None  # an AC station is not told
        return self.meter.reading(draw, soc_percent=soc, offer=offer)

    def register_wh(self) -> float:
        """What the import register shows now: a small part of a reading, at a small part of its price."""
        self.settle()
        return self.meter.energy_wh

    def wanted_w(self) -> float:
        """The power that the EV would take if this EVSE alone were limited."""
        if self.ev is None or self.held_back or not self.flowing:
            return 0.0
        own = self._ceilings.get(PROFILES, OPEN)
        return self.ev.power_w(self.supply.offer(own.a, own.w, own.phases))

    def wanted_a(self) -> float:
        """The current in the fullest conductor that the EV would take if the grid connection were not limited."""
        if self.ev is None or self.held_back or not self.flowing:
            return 0.0
        left = self.ceiling(SHARE)
        return max(self.ev.draw(self.supply.offer(left.a, left.w, left.phases)).current_a)

    def settle(self) -> None:
        """Bring EV and meter up to now."""
        now = self._evse.station.clock.now
        elapsed_s, self._settled_s = now - self._settled_s, now
        if elapsed_s > 0 and self.contactor_closed and self.flowing:
            assert self.ev is not None
            self._count(self.ev, self.heeded, elapsed_s)

    def _count(self, ev: EV, offer: Offer, seconds: float) -> None:
        draw = ev.draw(offer)
        energy_wh = ev.advance(seconds, offer)
        if not self._at_outlet:
            energy_wh, draw = energy_wh / offer.supply.efficiency, at_grid(offer.supply, draw)
        self.meter.count(energy_wh, draw, seconds)

    # -- cable, lock, contactor -------------------------------------------------------------------------------------

    def join(self, ev: EV, connector: int, cable_a: float = math.inf) -> None:
        """A cable now joins an EV to a connector. ``cable_a``: what it carries."""
        self.settle()
        self.ev, self.plugged = ev, connector
        if self.hookup is None:
            self.hookup = Hookup(self, cable_a)
        if cable_a < math.inf:
            self.restrict("cable", cable_a)
        self.hookup.connect()
        self.station.felt("cable", self.evse_id)
        self.arm()

    def leave(self) -> None:
        """The EV is gone; the plug may still be in the connector."""
        self.drop(Letter.A)
        self._disarm()
        self.ev = None
        if self.station.troubles:
            for trouble in _WITH_THIS_EV:
                if trouble != "ventilation missing" or not self.station.has("AreaVentilation"):
                    self.station.recovered(trouble, Place(self.evse_id))

    def part(self) -> None:
        """The plug is gone too."""
        self.restrict("cable", math.inf)
        self.plugged = self.hookup = None
        self.station.felt("cable", self.evse_id)

    def begin(self) -> None:
        """Set out to let energy flow; nothing happens if that is under way."""
        if self.hookup is not None:
            self.hookup.begin()

    def finish(self, done: Done) -> None:
        """Let the EV stop, open without load, then say so."""
        if self.hookup is None:
            done()
        else:
            self.hookup.finish(done)

    def drop(self, letter: Letter = Letter.B) -> None:
        """Open at once."""
        if self.hookup is not None:
            self.hookup.drop(letter)
        else:
            self.open()

    def lock(self) -> bool:
        """Lock the plug; False where it does not get locked (G05.FR.01: then nothing is charged)."""
        hookup = self.hookup
        assert hookup is not None and self.plugged is not None  # noqa: PT018
        part = self.station.kept("ConnectorPlugRetentionLock", self.evse_id, self.plugged)
        if part is not None and not cast("LockPart", part).moves(True):
            return False
        hookup.locked = True
        self.tell(facts.CableLocked(self.evse_id, self.plugged))
        self._evse.plug_locked()
        return True

    def unlock(self) -> bool:
        """Release the plug; False where it does not come free."""
        hookup = self.hookup
        if hookup is None or not hookup.locked:
            return True
        part = self.station.kept("ConnectorPlugRetentionLock", self.evse_id, self.plugged or 1)
        if part is not None and not cast("LockPart", part).moves(False):
            return False
        hookup.locked = False
        return True

    @property
    def cable_a(self) -> float | None:
        """What a cable that is not attached carries, as its proximity resistor says; None where none is plugged."""
        limit_a = self._ceilings.get("cable", OPEN).a
        return limit_a if self.ev is not None and limit_a < math.inf else None

    @property
    def holds_plug(self) -> bool:
        """Whether the lock is in the plug."""
        return self.hookup is not None and self.hookup.locked

    @property
    def secured(self) -> bool:
        """Whether a plug is in that is locked as far as it can be."""
        return self.hookup is not None and (self.hookup.locked or not self.outlet.lock)

    def unanswered(self) -> None:
        """The EV is offered energy and does not want any: it sleeps (1.6 §4.9, transition B4)."""
        self._evse.flow_changed()

    def ventilated(self) -> None:
        """An EV asks for ventilation (state D): it gets nothing where there is none (IEC 61851-1, annex A)."""
        if not self.station.has("AreaVentilation"):
            self.station.troubled("ventilation missing", Place(self.evse_id), "state D")

    def checks(self) -> tuple[dc.Stage, ...]:
        """What a DC station does before it closes its contactors: cable check and pre-charge."""
        assert self.ev is not None
        model = self.ev.model
        output = dc.Output(self.outlet.supply.voltage_v)
        check = dc.cable_check(output, model.dc_max_v or model.voltage_v.at(1.0), self.insulation_ohm)
        return (check, dc.precharge(output, self.ev.battery_v)) if check.passed else (check,)

    @property
    def insulation_ohm(self) -> float:
        """What lies between a DC output and earth."""
        monitor = self.station.kept("GroundIsolationProtection", self.evse_id)
        return SOUND_OHM if monitor is None else getattr(monitor, "insulation_ohm", SOUND_OHM)

    def check_failed(self, stage: dc.Stage) -> None:
        """A DC output did not pass what comes before the contactors."""
        trouble = "cable check failed" if stage.outcome is dc.Outcome.INSULATION else "pre-charge failed"
        self.station.troubled(trouble, Place(self.evse_id), stage.name)

    def close(self) -> bool:
        """Close the contactor; False where it does not close."""
        self.settle()
        part = self.station.kept("PowerContactor", self.evse_id)
        if part is not None and not cast("ContactorPart", part).command(True):
            return False
        if not self.contactor_closed:
            self.contacts_moved(True)
        return True

    def energized(self) -> None:
        """The contactor is closed, and the EV takes what it is offered."""
        station = self.station
        station.share_power()
        self.arm()
        self._evse.flow_changed()
        station.felt("current", self.evse_id)

    def open(self) -> None:
        """Open the contactor, if it is closed; one that did not close is no longer told to."""
        self._disarm()
        self._caught_up()
        part = cast("ContactorPart | None", self.station.kept("PowerContactor", self.evse_id))
        if not self.contactor_closed:
            if part is not None and part.contactor.coil:
                part.command(False)
            return
        self.settle()
        if part is None or part.command(False, self.current_a):
            self.contacts_moved(False)

    def contacts_moved(self, closed: bool) -> None:
        """The contacts are closed, or open, from now on: as ordered, or because they weld or come free."""
        self.settle()
        self.contactor_closed = closed
        if closed:
            self.tell(facts.ContactorClosed(self.evse_id))
            return
        station = self.station
        self.tell(facts.ContactorOpened(self.evse_id, self.meter.energy_wh))
        station.observe(self._evse)
        station.share_power()
        station.felt("contactor", self.evse_id)

    @property
    def supply_v(self) -> float:
        """The voltage in front of the contactor: of the best phase, or of the converter's output."""
        if not self.live:
            return 0.0
        supply = self.supply
        return supply.voltage_v if supply.kind is Kind.DC else max(supply.phase_voltage_v)

    # -- limits -----------------------------------------------------------------------------------------------------

    def hold_back(self, hold: bool) -> None:
        """Offer nothing although the contactor is closed, or offer again. Nothing flows any more at once: a station
        that counts towards a cap lowers its offer before it is reached."""
        self.settle()
        flows_anew = self.held_back is not hold and self.flowing
        self.held_back, self.cap_wh = hold, None
        self._caught_up()
        self.arm()
        if flows_anew:
            self.station.felt("limit", self.evse_id)

    def cap(self, energy_wh: float) -> None:
        """Let no more than this flow from now on; then the EVSE is told."""
        self.settle()
        self.cap_wh = self.meter.import_wh + energy_wh
        self.arm()

    def limit(self, limit_w: float) -> bool:
        """Another limit for the EV from now on; False if it is the same."""
        if limit_w == self.limit_w:
            return False
        before = self._before()
        self.limit_w = limit_w
        self._offers_anew(before)
        return True

    def restrict(
        self, cause: str, limit_a: float = math.inf, limit_w: float = math.inf, phases: int | None = None
    ) -> bool:
        """Offer no more than so much, for one of several causes; nothing but infinity lifts that. False if nothing
        changes. ``phases``: use no more than these."""
        ceiling = Ceiling(limit_a, limit_w, phases)
        if self._ceilings.get(cause, OPEN) == ceiling:
            return False
        before = self._before()
        ceilings = {**self._ceilings, cause: ceiling}
        ceilings = {cause: ceiling for cause, ceiling in ceilings.items() if ceiling != OPEN}
        self._ceilings = MappingProxyType(ceilings) if ceilings else NO_CEILINGS
        self._offers_anew(before)
        return True

    def _before(self) -> Offer | None:
        """What the EV goes by until now, where it matters."""
        self.settle()
        return self.heeded if self.flowing else None

    def _offers_anew(self, before: Offer | None) -> None:
        """Another duty cycle: an EV that has to change its current does so after its reaction time."""
        flows_anew = False
        if self.hookup is not None and self.hookup.pulsed:
            self.hookup.tell()
        if before is not None and self.ev is not None and self.ev.power_w(self.offer()) != self.ev.power_w(before):
            flows_anew = before.supply.kind is Kind.DC  # which is the station's to set
            if not flows_anew:
                self._followed = before
                if self._following is None:
                    self._following = self.station.clock.after(self.ev.model.ac_reaction_s, self._follow)
        self.arm()
        if self.hookup is not None:
            self.hookup.offered_anew()
        if flows_anew:
            self.station.felt("limit", self.evse_id)

    def _follow(self) -> None:
        self.settle()
        self._caught_up()
        self.arm()
        station = self.station
        station.observe(self._evse)
        station.felt("limit", self.evse_id)

    def _caught_up(self) -> None:
        if self._following is not None:
            self._following.cancel()
            self._following = None
        self._followed = None

    def surrounded(self) -> None:
        """The grid is otherwise: what flows has changed with it, at once."""
        self._caught_up()
        self.arm()

    def arm(self) -> None:
        """Have the clock call when what flows will jump, the cap is reached, or the EV's clock has it do something."""
        self._disarm()
        ev, hookup = self.ev, self.hookup
        if ev is None or hookup is None:
            return
        now = self._evse.station.clock.now
        sleeps_s = math.inf if ev.asleep else hookup.unoffered_s + ev.model.sleeps_after_s
        left_s = min(ev.keep_time(now), sleeps_s) - now
        if self.flowing and (self._followed is not None or not self.held_back):
            offer = self.heeded
            full_s = ev.seconds_until_full(offer) or math.inf
            left_s = min(left_s, full_s, ev.seconds_until_turn(offer), self._seconds_until_cap(ev, offer))
        if 0 < left_s < math.inf:
            self._alarm = self._evse.station.clock.after(left_s, self._alarmed)

    def _seconds_until_cap(self, ev: EV, offer: Offer) -> float:
        if self.cap_wh is None:
            return float("inf")
        left_wh = (self.cap_wh - self.meter.import_wh) * (1.0 if self._at_outlet else self.outlet.supply.efficiency)
        if left_wh <= _NOTHING_WH:
            return float("inf")
        return ev.seconds_until_energy(left_wh, offer)

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _alarmed(self) -> None:
        self._alarm = None
        self.ev_changed()

    def ev_changed(self) -> None:
        """The EV may want otherwise than before: by its clock, its battery, or somebody who has set its fields."""
        self.settle()
        ev, hookup = self.ev, self.hookup
        if ev is None or hookup is None:
            return
        now = self._evse.station.clock.now
        ev.keep_time(now)
        ev.doze(now - hookup.unoffered_s)
        if self.flowing and self.cap_wh is not None and self.meter.import_wh >= self.cap_wh - _NOTHING_WH:
            self._evse.cap_reached()
        elif self.flowing and not self.held_back and self._stops_now(ev):
            self._evse.ev_full()
        else:
            self._evse.flow_changed()
        hookup.heed()
        self.arm()
        self.station.felt("current", self.evse_id)

    def _stops_now(self, ev: EV) -> bool:
        return self._evse.state != "SuspendedEV" and ev.is_full(self.heeded)

    @property
    def _at_outlet(self) -> bool:
        return self._evse.station.profile.meter.location == "Outlet"


_WITH_THIS_EV = ("ventilation missing", "cable check failed", "pre-charge failed")
"""What is wrong as long as an EV is there: the next one is looked at anew."""

_NOTHING_WH = 1e-3
"""Less than any meter shows: what rounding of the clock may leave over."""
