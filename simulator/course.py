"""How a charge goes on under one offer: power, energy and time over the state of charge, in closed form.

Where the power P that charges is a straight line over the state of charge s, ds/dt = c·P(s) has the solution
P(t) = P0·exp(b·c·t), b being the line's slope. Nothing is ever stepped through time.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from simulator.curve import Curve, lowest
from simulator.electrical import Kind, Offer, volts_in_all
from simulator.evmodel import EvModel
from simulator.physics.converter import Stretch

NEARLY = 1e-9
"""States of charge closer than this are the same, so that rounding of the clock cannot keep an EV from its end."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a charge goes on under one offer: power at the inlet over state of charge, up to where the EV stops.

    ``gain``: rise of the state of charge per Ws that charges. ``beside_w``: what of the power heats battery or cabin
    instead of charging; where the offer is less than that, nothing charges.
    """

    power_w: Curve
    stop_soc: float
    gain: float
    beside_w: float = 0.0

    def besides_w(self, soc: float) -> float:
        """What goes elsewhere at ``soc``: all of it where there is not enough."""
        return max(0.0, min(self.beside_w, self.power_w.at(soc))) if self.beside_w else 0.0

    def legs(self, soc: float, end_soc: float) -> Iterator[tuple[float, float, float, float]]:
        """From ``soc`` to ``end_soc`` in stretches of straight charging power: (soc, its power, soc at the end, its
        power)."""
        beside_w = self.beside_w
        power_w = self.power_w.at(soc) - beside_w
        for corner, corner_w in (*self.power_w.points, (end_soc, self.power_w.at(end_soc))):
            if corner > soc:
                end, end_w = (corner, corner_w) if corner <= end_soc else (end_soc, self.power_w.at(end_soc))
                yield soc, power_w, end, end_w - beside_w
                soc, power_w = end, end_w - beside_w
            if soc >= end_soc:
                return

    def leg_s(self, soc: float, power_w: float, end: float, end_w: float) -> float:
        """Seconds that one stretch takes; infinity where nothing charges."""
        if power_w <= 0:
            return math.inf
        return (end - soc) / (self.gain * power_w) * _log1p_over((end_w - power_w) / power_w)

    def seconds(self, soc: float, end_soc: float) -> float:
        """Seconds from ``soc`` to ``end_soc``, which must not lie beyond ``stop_soc``."""
        return math.fsum(self.leg_s(*leg) for leg in self.legs(soc, end_soc))

    def after(self, soc: float, seconds: float) -> tuple[float, float]:
        """State of charge after ``seconds`` and the Ws that charged."""
        energy_ws, left_s = 0.0, seconds
        for leg in self.legs(soc, self.stop_soc):
            soc, _, end, _ = leg
            needed_s = self.leg_s(*leg)
            if needed_s > left_s:
                part_ws = self._part_ws(leg, left_s)
                energy_ws, soc = energy_ws + part_ws, soc + part_ws * self.gain
                break
            energy_ws, soc, left_s = energy_ws + (end - soc) / self.gain, end, left_s - needed_s
        if 0 < self.stop_soc - soc <= NEARLY:
            energy_ws, soc = energy_ws + (self.stop_soc - soc) / self.gain, self.stop_soc
        return soc, energy_ws

    def stretches(self, soc: float, seconds: float) -> Iterator[Stretch]:
        """What flows at the inlet in ``seconds``, in stretches for whoever has to sum up losses."""
        beside_w, left_s = self.besides_w(soc), seconds
        for leg in self.legs(soc, self.stop_soc):
            start, power_w, end, end_w = leg
            needed_s = self.leg_s(*leg)
            if needed_s <= left_s:
                yield Stretch.of(needed_s, (end - start) / self.gain, power_w, end_w, beside_w)
                left_s -= needed_s
                continue
            part_ws = self._part_ws(leg, left_s)
            reached_w = power_w + (end_w - power_w) * (part_ws * self.gain / (end - start))
            yield Stretch.of(left_s, part_ws, max(0.0, power_w), max(0.0, reached_w), beside_w)
            return
        if left_s > 0:
            yield Stretch.of(left_s, 0.0, 0.0, 0.0, beside_w)

    def _part_ws(self, leg: tuple[float, float, float, float], seconds: float) -> float:
        """The Ws that charge in the first ``seconds`` of a stretch."""
        soc, power_w, end, end_w = leg
        if power_w <= 0:
            return 0.0
        return power_w * seconds * _expm1_over((end_w - power_w) / (end - soc) * self.gain * seconds)


@lru_cache(256)
def course(model: EvModel, target_soc: float, offer: Offer, beside_w: float = 0.0) -> Course:
    """The course of a charge to ``target_soc`` under one offer, for a car of one kind that takes ``beside_w`` too."""
    kind = offer.supply.kind
    if kind is Kind.AC:
        volts = Curve.level(volts_in_all(offer, model.request(kind, 0.0)))
        max_a, max_w, battery_w = model.ac_max_a, model.ac_max_w, model.curve_w.scaled(1 / model.ac_efficiency)
        tapered_w, fits_until = volts.scaled(model.ac_stop_a), 1.0 if volts.at(0) > 0 else 0.0
    else:
        volts = model.voltage_v
        max_a, max_w, battery_w = model.dc_max_a, model.dc_max_w, model.curve_w
        tapered_w = volts.scaled(model.dc_stop_a)
        fits_until = Curve.level(offer.supply.voltage_v).last_at_least(volts, 0.0, 1.0) or 0.0
    own_w = _least(volts, max_a, max_w, battery_w)
    tapers_at = own_w.last_at_least(tapered_w, 0.0, 1.0) or 0.0
    gain = model.efficiency(kind) / (3600 * model.battery_capacity_wh)
    if beside_w:
        own_w = _least(volts, max_a, max_w, battery_w.raised(beside_w))
    power_w = _least(volts, offer.limit_a, offer.limit_w, own_w)
    return Course(power_w, min(target_soc, tapers_at, fits_until), gain, beside_w)


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
