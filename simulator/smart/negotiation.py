"""The function of the firmware that has EVs and CSMS agree on schedules over ISO 15118 (2.0.1 part 2 K15–K17)."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import simpy

from protocol.session import Answered
from simulator import facts
from simulator.clock import Timer
from simulator.electrical import Kind
from simulator.function import Function, function
from simulator.smart import talk
from simulator.smart.profile import ChargingProfile, Installed, Profiles, Purpose, Unit
from simulator.smart.talk import Needs

if TYPE_CHECKING:
    from simulator.ev import EV
    from simulator.evse import Evse
    from simulator.smart.charging import SmartCharging
    from simulator.station import Station

WITHIN_S = 60.0
"""How long an EV waits for a schedule (ISO 15118-2, ChargeParameterDiscoveryReq; K15, error handling)."""

OUTLOOK_S = 24 * 3600
"""How far a schedule reaches for an EV that does not say when it leaves."""

CONTROLLER = "ISO15118Ctrlr"


@dataclass(slots=True)
class Dialogue:
    """What goes on with one EV. ``settled``: it may charge; ``asking``: a schedule for its needs is awaited until
    ``timer``; ``known``: the profiles that it was told of last."""

    ev: EV
    settled: bool = False
    asking: bool = False
    accepted: bool = False
    overstepped: bool = False
    timer: Timer | None = None
    known: frozenset[tuple[ChargingProfile, str]] = field(default_factory=frozenset)


@function
class Negotiation(Function):
    """One station's dialogues with EVs that want a schedule."""

    __slots__ = ("_dialogues",)

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._dialogues: dict[int, Dialogue] = {}

    def settled(self, evse: Evse) -> bool:
        """Whether nothing is to be agreed upon before energy may flow. The first question begins a negotiation."""
        ev = evse.ev
        if ev is None or ev.talk is None or not self.speaks(evse):
            return True
        found = self._dialogues.get(evse.id)
        if found is None or found.ev is not ev:
            self._end(evse.id)
            found = self._dialogues[evse.id] = Dialogue(ev, known=self._profiles(evse))
            if not self._ask(evse, found):
                found.settled = True  # K15.FR.15: as the TxDefaultProfile says, if there is one
        return found.settled

    def speaks(self, evse: Evse) -> bool:
        """Whether an EVSE has a controller for that, and the version words."""
        variables, key = self.station.variables, f"{CONTROLLER}({evse.id}).Enabled"
        if not self.station.dialect.negotiates or key not in variables.model:
            return False
        return all(map(variables.flag, (key, "SmartChargingCtrlr.Available", "SmartChargingCtrlr.Enabled")))

    def awaited(self, evse: Evse) -> bool:
        """Whether the EV there has yet to tell its needs: a profile for its transaction comes too early (K15.FR.17)."""
        waits = evse.ev is not None and evse.ev.talk is not None and self.speaks(evse)
        return waits and evse.tx is not None and evse.id not in self._dialogues

    def choosing(self, number: int) -> bool:
        """Whether an EV is there that chooses among schedules (K01.FR.34)."""
        return number in self._dialogues

    def want(self, number: int) -> None:
        """K17: an EV tells new needs while it charges. Raises ValueError where none negotiates."""
        evse, found = self.station.evse(number), self._dialogues.get(number)
        if found is None or not found.settled:
            raise ValueError(f"no EV negotiates at EVSE {number} of {self.station.identity}")
        self._ask(evse, found)

    def set_anew(self, number: int) -> None:
        """K16.FR.02: the CSMS has set a profile there, be it the same again."""
        if (found := self._dialogues.get(number)) is not None:
            found.known = frozenset()

    # -- charging needs -----------------------------------------------------------------------------------------------

    def _ask(self, evse: Evse, dialogue: Dialogue) -> bool:
        """K15.FR.01, K17.FR.01; False where the CSMS cannot be asked."""
        if not self.station.online:
            return False
        dialogue.asking, dialogue.accepted = True, False
        self._stop(dialogue)
        dialogue.timer = self.station.clock.after(WITHIN_S, partial(self._give_up, evse, dialogue))
        self.station.later(lambda: self.station.errand(self._needs(evse, dialogue)))
        return True

    def _needs(self, evse: Evse, dialogue: Dialogue) -> Generator[simpy.Event, Any, None]:
        most = self.station.variables.number(f"{CONTROLLER}({evse.id}).MaxScheduleEntries")
        message = self.station.dialect.ev_needs(self._wants(evse, dialogue.ev), evse.id, most)
        reply = yield self.station.line.call(*message, timeout_s=WITHIN_S)
        status = reply.payload["status"] if isinstance(reply, Answered) else "no answer"
        self.station.tell(facts.ChargingNeedsTold(evse.id, status))
        if self._dialogues.get(evse.id) is not dialogue or not dialogue.asking:
            return
        dialogue.accepted = status == "Accepted"
        if not dialogue.accepted:
            self._give_up(evse, dialogue)  # K15, error handling: what the EVSE can do; a schedule may come later (K16)

    def _wants(self, evse: Evse, ev: EV) -> Needs:
        evse.circuit.settle()
        left_s = ev.departs_s - self.station.clock.now
        departs = self.station.now + timedelta(seconds=round(left_s)) if 0 < left_s < float("inf") else None
        return talk.needs(ev, evse.outlet.supply, departs)

    def _give_up(self, evse: Evse, dialogue: Dialogue) -> None:
        """No schedule has come: it goes on as it is."""
        dialogue.asking = False
        self._stop(dialogue)
        dialogue.known = self._profiles(evse)
        self._settle(evse, dialogue)

    def _settle(self, evse: Evse, dialogue: Dialogue) -> None:
        if not dialogue.settled:
            dialogue.settled = True
            evse.mended()

    # -- schedules ----------------------------------------------------------------------------------------------------

    def profiles_changed(self, charging: SmartCharging) -> None:
        """K16.FR.02: what was asked for has come, or a schedule is to be agreed upon anew."""
        for number, dialogue in list(self._dialogues.items()):
            evse = self.station.evse(number)
            now = self._profiles(evse)
            if now == dialogue.known or (dialogue.asking and not self._mine(evse)):
                continue
            dialogue.known, dialogue.asking = now, False
            self._stop(dialogue)
            self._agree(evse, dialogue, charging)
            self._settle(evse, dialogue)

    def _profiles(self, evse: Evse) -> frozenset[tuple[ChargingProfile, str]]:
        there = (each for each in self._installed() if each.evse in (0, evse.id))
        return frozenset((each.profile, each.source) for each in there)

    def _installed(self) -> Iterable[Installed]:
        return self.station.flash.memory(Profiles).installed

    def _mine(self, evse: Evse) -> Installed | None:
        """The profile of the transaction that leads."""
        tx = evse.tx
        found = [each for each in self._installed() if each.profile.purpose is Purpose.TX and each.evse == evse.id]
        found = [each for each in found if tx is not None and each.transaction == tx.id]
        return max(found, key=lambda each: each.profile.stack_level, default=None)

    def _agree(self, evse: Evse, dialogue: Dialogue, charging: SmartCharging) -> None:
        """K15.FR.09, .10, .19, K16.FR.03–.05: the EV chooses a schedule, and the CSMS is told what it makes of it."""
        mine, ev = self._mine(evse), dialogue.ev
        if mine is None or ev.talk is None:
            return
        wanted = self._wants(evse, ev)
        left_s = None if wanted.departs is None else (wanted.departs - self.station.now).total_seconds()
        number = talk.chosen(mine.profile.schedules, wanted, left_s, evse.outlet.supply.voltage_v)
        charging.choose(mine, number)
        schedule = mine.profile.schedules[number]
        reach_s = OUTLOOK_S if left_s is None else max(60, round(left_s))
        start, duration_s, allowed = charging.composite(evse.id, reach_s, schedule.unit)
        most = wanted.most_w if schedule.unit is Unit.W or evse.outlet.supply.kind is Kind.DC else wanted.most_a
        oversteps = ev.talk.returns and ev.talk.oversteps and not dialogue.overstepped
        dialogue.overstepped |= oversteps
        periods = talk.returned(allowed, most, oversteps=oversteps) if ev.talk.returns else allowed
        message = self.station.dialect.ev_schedule(start, evse.id, schedule.id, schedule.unit, duration_s, periods)
        self.station.errand(self._tell(evse.id, schedule.id, message, within=not oversteps))

    def _tell(
        self, evse: int, schedule: int, message: tuple[str, dict[str, Any]], *, within: bool
    ) -> Generator[simpy.Event, Any, None]:
        reply = yield self.station.line.call(*message)
        status = reply.payload["status"] if isinstance(reply, Answered) else "no answer"
        self.station.tell(facts.ScheduleChosen(evse, schedule, within, status))

    # -- what happens -------------------------------------------------------------------------------------------------

    def told(self, fact: facts.Fact) -> None:
        """The EV has gone, or what was agreed upon is over."""
        if isinstance(fact, facts.Unplugged | facts.TransactionEnded):
            self._end(fact.evse)

    def _end(self, number: int) -> None:
        if (found := self._dialogues.pop(number, None)) is not None:
            self._stop(found)

    def _stop(self, dialogue: Dialogue) -> None:
        if dialogue.timer is not None:
            dialogue.timer.cancel()
            dialogue.timer = None

    def ended(self) -> None:
        """The power is gone."""
        for number in list(self._dialogues):
            self._end(number)
