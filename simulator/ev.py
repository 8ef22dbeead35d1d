"""The EV at the cable: its battery, its on-board charger and the charging curve, integrated exactly between events.

Where the power P at the inlet is a straight line over the state of charge s, ds/dt = c·P(s) has the solution
P(t) = P0·exp(b·c·t), b being the line's slope. Nothing is ever stepped through time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from simulator.curve import Curve, lowest
from simulator.electrical import Draw, Kind, Offer, Request, flowing, flowing_w, volts_in_all
from simulator.evmodel import EvModel, ev_model_names, load_ev_model

__all__ = ["EV", "NEARLY", "Course", "EvModel", "Flow", "course", "ev_model_names", "load_ev_model"]

NEARLY = 1e-9
"""States of charge closer than this are the same, so that rounding of the clock cannot keep an EV from its end."""


class Flow(StrEnum):
    """Whether energy flows, and if not, on whose account."""

    CHARGING = "charging"
    SUSPENDED_EV = "suspended by the EV"
    SUSPENDED_EVSE = "suspended by the EVSE"


@dataclass(frozen=True, slots=True)
class Course:
    """How a charge goes on under one offer: power over state of charge, up to where the EV stops.

    ``gain``: rise of the state of charge per Ws at the inlet.
    """

    power_w: Curve
    stop_soc: float
    gain: float

    def legs(self, soc: float, end_soc: float) -> Iterator[tuple[float, float, float, float]]:
        """From ``soc`` to ``end_soc`` in stretches of straight power: (soc, its power, soc at the end, its power)."""
        power_w = self.power_w.at(soc)
        for corner, corner_w in (*self.power_w.points, (end_soc, self.power_w.at(end_soc))):
            if corner > soc:
                end, end_w = (corner, corner_w) if corner <= end_soc else (end_soc, self.power_w.at(end_soc))
                yield soc, power_w, end, end_w
                soc, power_w = end, end_w
            if soc >= end_soc:
                return

    def leg_s(self, soc: float, power_w: float, end: float, end_w: float) -> float:
        """Seconds that one stretch takes."""
        return (end - soc) / (self.gain * power_w) * _log1p_over((end_w - power_w) / power_w)

    def seconds(self, soc: float, end_soc: float) -> float:
        """Seconds from ``soc`` to ``end_soc``, which must not lie beyond ``stop_soc``."""
        return math.fsum(self.leg_s(*leg) for leg in self.legs(soc, end_soc))

    def after(self, soc: float, seconds: float) -> tuple[float, float]:
        """State of charge after ``seconds`` and the Ws that went through the inlet."""
        energy_ws, left_s = 0.0, seconds
        for leg in self.legs(soc, self.stop_soc):
            soc, power_w, end, end_w = leg
            needed_s = self.leg_s(*leg)
            if needed_s > left_s:
                growth = (end_w - power_w) / (end - soc) * self.gain * left_s
                part_ws = power_w * left_s * _expm1_over(growth)
                energy_ws, soc = energy_ws + part_ws, soc + part_ws * self.gain
                break
            energy_ws, soc, left_s = energy_ws + (end - soc) / self.gain, end, left_s - needed_s
        if 0 < self.stop_soc - soc <= NEARLY:
            energy_ws, soc = energy_ws + (self.stop_soc - soc) / self.gain, self.stop_soc
        return soc, energy_ws


@dataclass(slots=True)
class EV:
    """One car: its state of charge (0..1) and the one at which it is to stop; its driver may pause it."""

    model: EvModel
    soc: float = 0.2
    target_soc: float = 1.0
    paused: bool = False
    _offer: Offer | None = field(default=None, init=False, repr=False, compare=False)
    _target: float = field(default=-1.0, init=False, repr=False, compare=False)
    _course: Course | None = field(default=None, init=False, repr=False, compare=False)
    _drawn: tuple[tuple[float, float, bool], Offer, Draw] | None = field(
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

    def draw(self, offer: Offer) -> Draw:
        """What flows at the inlet now; kept until something that it follows from is another."""
        causes, last = (self.soc, self.target_soc, self.paused), self._drawn
        if last is None or last[1] is not offer or last[0] != causes:
            self._drawn = last = causes, offer, self._draw(offer)
        return last[2]

    def _draw(self, offer: Offer) -> Draw:
        request = self.model.request(offer.supply.kind, self.soc)
        if self.paused or self.is_full(offer):
            request = Request(0.0, 0.0, request.phases, request.min_a, request.voltage_v)
        return flowing(offer, request)

    def power_w(self, offer: Offer) -> float:
        """The power at the inlet now."""
        return self.draw(offer).power_w

    def flow(self, offer: Offer) -> Flow:
        """Whether energy flows now, and if not, on whose account."""
        if self.paused or self.is_full(offer):
            return Flow.SUSPENDED_EV
        request = self.model.request(offer.supply.kind, self.soc)
        return Flow.CHARGING if flowing_w(offer, request) > 0 else Flow.SUSPENDED_EVSE

    def is_full(self, offer: Offer) -> bool:
        """Whether the EV takes nothing more from this supply: target reached, tapered off, or it does not fit."""
        return self.soc >= self.course(offer).stop_soc - NEARLY

    def advance(self, seconds: float, offer: Offer) -> float:
        """Let ``seconds`` pass under ``offer``; return the Wh drawn at the inlet. ValueError if time runs backwards."""
        if not seconds >= 0:
            raise ValueError(f"time cannot pass by {seconds} s")
        if self.flow(offer) is not Flow.CHARGING:
            return 0.0
        self.soc, energy_ws = self.course(offer).after(self.soc, seconds)
        return energy_ws / 3600

    def seconds_until(self, soc: float, offer: Offer) -> float:
        """Seconds of ``offer`` until ``soc`` is reached: 0 if it is already, infinity if it never will be."""
        if soc <= self.soc + NEARLY:
            return 0.0
        course = self.course(offer)
        if self.flow(offer) is not Flow.CHARGING or soc > course.stop_soc + NEARLY:
            return math.inf
        return course.seconds(self.soc, min(soc, course.stop_soc))

    def seconds_until_full(self, offer: Offer) -> float:
        """Seconds of ``offer`` until the EV stops by itself: 0 if it has, infinity if it never will."""
        return 0.0 if self.is_full(offer) else self.seconds_until(self.course(offer).stop_soc, offer)

    def course(self, offer: Offer) -> Course:
        """How the charge goes on under ``offer``; kept until another one is asked for."""
        same = self._offer is offer or self._offer == offer  # to look at every field of both is what costs here
        if self._course is None or not same or self._target != self.target_soc:
            self._course = course(self.model, self.target_soc, offer)
            self._target = self.target_soc
        self._offer = offer
        return self._course


@lru_cache(256)
def course(model: EvModel, target_soc: float, offer: Offer) -> Course:
    """The course of a charge to ``target_soc`` under one offer, for a car of one kind."""
    kind = offer.supply.kind
    if kind is Kind.AC:
        volts = Curve.level(volts_in_all(offer, model.request(kind, 0.0)))
        own_w = _least(volts, model.ac_max_a, model.ac_max_w, model.curve_w.scaled(1 / model.ac_efficiency))
        tapered_w, fits_until = volts.scaled(model.ac_stop_a), 1.0 if volts.at(0) > 0 else 0.0
    else:
        volts = model.voltage_v
        own_w = _least(volts, model.dc_max_a, model.dc_max_w, model.curve_w)
        tapered_w = volts.scaled(model.dc_stop_a)
        fits_until = Curve.level(offer.supply.voltage_v).last_at_least(volts, 0.0, 1.0) or 0.0
    tapers_at = own_w.last_at_least(tapered_w, 0.0, 1.0) or 0.0
    gain = model.efficiency(kind) / (3600 * model.battery_capacity_wh)
    power_w = _least(volts, offer.limit_a, offer.limit_w, own_w)
    return Course(power_w, min(target_soc, tapers_at, fits_until), gain)


def _least(volts: Curve, limit_a: float, limit_w: float, curve_w: Curve) -> Curve:
    """``curve_w`` under a limit in A and one in W, either of which may be infinite."""
    limits = [Curve.level(limit_w)] if limit_w < math.inf else []
    limits += [volts.scaled(limit_a)] if limit_a < math.inf else []
    return lowest((curve_w, *limits))


def _log1p_over(x: float) -> float:
    """ln(1+x)/x, which is 1 at 0."""
    return math.log1p(x) / x if x else 1.0


def _expm1_over(x: float) -> float:
    """(exp(x)-1)/x, which is 1 at 0."""
    return math.expm1(x) / x if x else 1.0
