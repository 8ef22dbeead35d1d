"""The EV at the cable: its battery, its on-board charger, its heating and its habits, exact between events.

An EV knows no clock: whoever holds one lets time pass (``advance``) and tells it the time (``keep_time``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from pathlib import Path

from simulator.course import NEARLY, Course, course
from simulator.electrical import Draw, Kind, Offer, Request, flowing, flowing_w, volts_in_all
from simulator.evmodel import EvModel, Wake, ev_model_names, load_ev_model
from simulator.keys.vehicle import Papers
from simulator.physics.converter import Stretch
from simulator.physics.pilot import Letter
from simulator.smart.talk import Talk

__all__ = ["EV", "NEARLY", "Course", "EvModel", "Flow", "Wake", "course", "ev_model_names", "load_ev_model"]

_SAME_K = 1e-9


class Flow(StrEnum):
    """Whether energy flows, and if not, on whose account."""

    CHARGING = "charging"
    SUSPENDED_EV = "suspended by the EV"
    SUSPENDED_EVSE = "suspended by the EVSE"


@dataclass(slots=True)
class EV:
    """One car: its state of charge (0..1) and the one at which it is to stop; its driver may pause it, until
    ``resumes_s`` or until he goes on himself.

    ``battery_c``: warmed by itself while it is too cold. ``conditioning``: somebody wants battery and cabin warm, be it
    that ``departs_s`` is near. Both instants are on the simulation's axis. ``asleep``: see ``wake``.

    In digital communication (ISO 15118, autocharge) it calls itself ``evcc_id``. ``contract`` and ``provisioning``: its
    certificates there, the driver's and the maker's; ``refused``: why it got no contract when it asked last. ``talk``:
    how it negotiates a schedule there; None if it does not.
    """

    model: EvModel
    soc: float = 0.2
    target_soc: float = 1.0
    paused: bool = False
    conditioning: bool = False
    asleep: bool = False
    battery_c: float = 20.0
    departs_s: float = math.inf
    resumes_s: float = math.inf
    evcc_id: str = ""
    contract: Papers | None = None
    provisioning: Papers | None = None
    refused: str = ""
    talk: Talk | None = None
    _offer: Offer | None = field(default=None, init=False, repr=False, compare=False)
    _target: float = field(default=-1.0, init=False, repr=False, compare=False)
    _course: Course | None = field(default=None, init=False, repr=False, compare=False)
    _drawn: tuple[tuple[float | bool, ...], Offer, Draw] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if not (0 <= self.soc <= 1 and 0 <= self.target_soc <= 1):
            raise ValueError(f"a state of charge lies in 0..1, not {self.soc} or {self.target_soc}")

    @classmethod
    def of(cls, model: str | Path | EvModel, soc: float = 0.2, target_soc: float = 1.0) -> EV:
        """A car of a model given by name or path. Raises ProfileError for an unknown or unusable model."""
        return cls(model if isinstance(model, EvModel) else load_ev_model(model), soc, target_soc)

    @property
    def soc_percent(self) -> float:
        """State of charge in percent."""
        return self.soc * 100

    @property
    def battery_wh(self) -> float:
        """Energy in the battery."""
        return self.soc * self.model.battery_capacity_wh

    @property
    def battery_v(self) -> float:
        """Voltage of the battery."""
        return self.model.voltage_v.at(self.soc)

    # -- what flows -------------------------------------------------------------------------------------------------

    def draw(self, offer: Offer) -> Draw:
        """What flows at the inlet now; kept until something that it follows from is another."""
        causes = self.soc, self.target_soc, self.paused, self.asleep, self.conditioning, self.battery_c
        last = self._drawn
        if last is None or last[1] is not offer or last[0] != causes:
            self._drawn = last = causes, offer, flowing(offer, self._request(offer))
        return last[2]

    def _request(self, offer: Offer) -> Request:
        """What it would take now."""
        kind, way = offer.supply.kind, self.course(offer)
        if self.idle or self._ends(way):
            request = self.model.request(kind, self.soc)
            return Request(0.0, 0.0, request.phases, request.min_a, request.voltage_v)
        return self.model.request(kind, self.soc, way.beside_w, charging=self.soc < way.stop_soc - NEARLY)

    def volts(self, offer: Offer) -> float:
        """W that it takes at the inlet per A of a conductor's current; 0 where the two do not fit."""
        return volts_in_all(offer, self._request(offer))

    def power_w(self, offer: Offer) -> float:
        """The power at the inlet now."""
        return self.draw(offer).power_w

    def flow(self, offer: Offer) -> Flow:
        """Whether energy flows now, and if not, on whose account."""
        if self.idle or self.is_full(offer):
            return Flow.SUSPENDED_EV
        return Flow.CHARGING if flowing_w(offer, self._request(offer)) > 0 else Flow.SUSPENDED_EVSE

    @property
    def idle(self) -> bool:
        """Whether it takes nothing whatever is offered: its driver does not want it to, or it sleeps."""
        return self.paused or self.asleep

    def is_full(self, offer: Offer) -> bool:
        """Whether the EV takes nothing more from this supply: target reached, tapered off, or it does not fit."""
        return self._ends(self.course(offer))

    def _ends(self, way: Course) -> bool:
        """Whether it takes nothing more on its way."""
        return self.soc >= way.stop_soc - NEARLY and not (way.beside_w and way.stop_soc > 0)

    def _charged(self, offer: Offer) -> bool:
        """Whether the battery takes nothing more from this supply."""
        return self.soc >= self.course(offer).stop_soc - NEARLY

    def asks(self, offer: Offer) -> Letter:
        """The state that it asks for by the control pilot while there are pulses (IEC 61851-1 annex A)."""
        if self.idle or self.is_full(offer):
            return Letter.B
        return Letter.D if self.model.ac_ventilation and offer.supply.kind is Kind.AC else Letter.C

    # -- time -------------------------------------------------------------------------------------------------------

    def advance(self, seconds: float, offer: Offer) -> float:
        """Let ``seconds`` pass under ``offer``; return the Wh drawn at the inlet. ValueError if time runs backwards."""
        if not seconds >= 0:
            raise ValueError(f"time cannot pass by {seconds} s")
        if self.flow(offer) is not Flow.CHARGING:
            return 0.0
        warming_s = self.warming_s(offer)
        self.soc, energy_ws = self._after(seconds, offer, warming_s)
        if warming_s:
            warm_c = self.model.conditioning_below_c
            done = seconds >= warming_s
            self.battery_c = warm_c if done else self.battery_c + (warm_c - self.battery_c) * (seconds / warming_s)
        return energy_ws / 3600

    def _after(self, seconds: float, offer: Offer, warming_s: float) -> tuple[float, float]:
        """State of charge after ``seconds`` and the Ws drawn at the inlet, while energy flows."""
        soc, energy_ws = self.soc, 0.0
        for way, part_s in self._parts(seconds, offer, warming_s):
            beside_w = way.besides_w(soc)
            soc, charged_ws = way.after(soc, part_s)
            energy_ws += charged_ws + (beside_w * part_s if beside_w else 0.0)
        return soc, energy_ws

    def _parts(self, seconds: float, offer: Offer, warming_s: float) -> Sequence[tuple[Course, float]]:
        """The courses that time goes through, and how long: while the battery is being warmed, and after that."""
        if warming_s <= 0:
            return ((self.course(offer), seconds),) if seconds > 0 else ()
        warming = self.course(offer), min(seconds, warming_s)
        return (warming, (self._warm(offer), seconds - warming_s)) if seconds > warming_s else (warming,)

    def _warm(self, offer: Offer) -> Course:
        """The course once the battery is warm."""
        return course(self.model, self.target_soc, offer, self.model.conditioning_power_w * self.conditioning)

    def stretches(self, seconds: float, offer: Offer) -> Iterator[Stretch]:
        """What will flow at the inlet in the next ``seconds``, for whoever sums up losses; ``advance`` comes after."""
        if self.flow(offer) is not Flow.CHARGING:
            return iter((Stretch(seconds, 0.0, 0.0),))
        warming_s, soc, found = self.warming_s(offer), self.soc, []
        for way, part_s in self._parts(seconds, offer, warming_s):
            found.append(way.stretches(soc, part_s))
            soc, _ = way.after(soc, part_s)
        return chain(*found)

    def seconds_until(self, soc: float, offer: Offer) -> float:
        """Seconds of ``offer`` until ``soc`` is reached: 0 if it is already, infinity if it never will be."""
        if soc <= self.soc + NEARLY:
            return 0.0
        way = self.course(offer)
        if self.flow(offer) is not Flow.CHARGING or soc > way.stop_soc + NEARLY:
            return math.inf
        wanted, warming_s = min(soc, way.stop_soc), self.warming_s(offer)
        if warming_s:
            warm_soc, _ = way.after(self.soc, warming_s)
            if warm_soc < wanted:
                return warming_s + self._warm(offer).seconds(warm_soc, wanted)
        return way.seconds(self.soc, wanted)

    def seconds_until_full(self, offer: Offer) -> float:
        """Seconds of ``offer`` until the EV stops by itself: 0 if it has, infinity if it never will."""
        if self.is_full(offer):
            return 0.0
        if self.conditioning and self.beside_w:
            return math.inf
        charged_s = self.seconds_until(self.course(offer).stop_soc, offer)
        return max(charged_s, self.warming_s(offer))

    def seconds_until_turn(self, offer: Offer) -> float:
        """Seconds of ``offer`` until what flows jumps: the battery is charged, or warm; infinity if nothing will."""
        if self.flow(offer) is not Flow.CHARGING:
            return math.inf
        charged_s = math.inf if self._charged(offer) else self.seconds_until(self.course(offer).stop_soc, offer)
        return min(charged_s, self.warming_s(offer) or math.inf)

    def seconds_until_energy(self, energy_wh: float, offer: Offer) -> float:
        """Seconds of ``offer`` until ``energy_wh`` have been drawn at the inlet; infinity if they never will be."""
        if not self.beside_w:
            return self.seconds_until(self.soc + self.course(offer).gain * 3600 * energy_wh, offer)
        if self.flow(offer) is not Flow.CHARGING:
            return math.inf
        wanted_ws, warming_s = energy_wh * 3600, self.warming_s(offer)
        low_s, high_s = 0.0, 1.0
        while self._after(high_s, offer, warming_s)[1] < wanted_ws:
            low_s, high_s = high_s, 2 * high_s
            if high_s > _FOREVER_S:
                return math.inf
        while high_s - low_s > 1e-6:
            middle_s = (low_s + high_s) / 2
            enough = self._after(middle_s, offer, warming_s)[1] >= wanted_ws
            low_s, high_s = (low_s, middle_s) if enough else (middle_s, high_s)
        return high_s

    def course(self, offer: Offer) -> Course:
        """How the charge goes on under ``offer``; kept until another one is asked for."""
        same = self._offer is offer or self._offer == offer  # to look at every field of both is what costs here
        beside_w, last = self.beside_w, self._course
        if last is None or not same or self._target != self.target_soc or last.beside_w != beside_w:
            self._course = last = course(self.model, self.target_soc, offer, beside_w)
            self._target = self.target_soc
        self._offer = offer
        return last

    # -- warming ----------------------------------------------------------------------------------------------------

    @property
    def beside_w(self) -> float:
        """What it takes at the inlet besides charging, if there is enough."""
        model = self.model
        wanted = self.conditioning or self.battery_c < model.conditioning_below_c - _SAME_K  # is_cold: asked for often
        return model.conditioning_power_w if wanted else 0.0

    @property
    def is_cold(self) -> bool:
        """Whether its battery is colder than it should be for a charge."""
        return self.battery_c < self.model.conditioning_below_c - _SAME_K

    def warming_s(self, offer: Offer) -> float:
        """Seconds of ``offer`` until the battery is warm: 0 if it is or is not warmed, infinity without power."""
        if not (self.model.conditioning_power_w and self.is_cold):
            return 0.0
        heat_w = 0.0 if self.idle else min(self.beside_w, self.power_w(offer))
        if heat_w <= 0:
            return math.inf
        return (self.model.conditioning_below_c - self.battery_c) * self.model.heat_wh_per_k * 3600 / heat_w

    # -- habits -----------------------------------------------------------------------------------------------------

    def keep_time(self, now_s: float) -> float:
        """Do what is due by the clock: end a pause, begin to warm before departure, end that when it has come.

        Returns the next instant at which something will be due; infinity if nothing will.
        """
        begins_s = self.departs_s - self.model.conditioning_before_s if self.model.conditioning_power_w else math.inf
        if self.paused and now_s >= self.resumes_s:
            self.paused = False
        if math.isfinite(begins_s):
            self.conditioning = begins_s <= now_s < self.departs_s
        due = (self.resumes_s if self.paused else math.inf, begins_s, self.departs_s)
        return min((instant_s for instant_s in due if instant_s > now_s), default=math.inf)

    def doze(self, unoffered_s: float) -> bool:
        """Nothing has been offered for so long: it may fall asleep. Returns whether it sleeps now."""
        self.asleep = self.asleep or unoffered_s >= self.model.sleeps_after_s
        return self.asleep

    def wake(self, by: Wake) -> bool:
        """The station tries to wake it, or its driver plugs it in anew. Returns whether it is awake now."""
        order = list(Wake)
        self.asleep = self.asleep and order.index(by) < order.index(self.model.wakes_by)
        return not self.asleep


_FOREVER_S = 1e9
"""Longer than any charge."""
