"""Charging, counting and warming of whole fleets: the closed forms of the single components over numpy arrays.

Each entry of an array is one station. Between two events of its own a station's offer stays as it is; ``advance`` takes
every station to its next event at once, however far away each one's is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.course import NEARLY, Course, course
from simulator.curve import Curve
from simulator.electrical import Kind, Supply, volts_in_all
from simulator.evmodel import EvModel

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Charge:
    """What one kind of car does at one kind of outlet, were there no other limit; made once for many stations.

    ``volts``: W per A of conductor current over the state of charge. ``min_a``: an offer below it is not taken;
    ``least_v``: below this voltage of the battery the outlet gives nothing.
    """

    course: Course
    volts: Curve
    supply: Supply
    min_a: float
    least_v: float

    @classmethod
    def of(cls, model: EvModel, supply: Supply, target_soc: float = 1.0) -> Charge:
        """The charge of a car that warms neither battery nor cabin meanwhile."""
        offer = supply.offer()
        request = model.request(supply.kind, 0.0)
        alternating = supply.kind is Kind.AC
        volts = Curve.level(volts_in_all(offer, request)) if alternating else model.voltage_v
        way = course(model, target_soc, offer)
        return cls(way, volts, supply, request.min_a, 0.0 if alternating else supply.min_voltage_v)


class _Lines(NamedTuple):
    """Columns of a kind of charge: corners of power and voltage over the state of charge, padded at the end."""

    soc: Floats
    power_w: Floats
    volts: Floats


class _Legs(NamedTuple):
    """For each station its stretches of straight power: begin, length, power at the begin, slope, and begin in time."""

    soc: Floats
    length: Floats
    power_w: Floats
    slope: Floats
    since_s: Floats
    end_s: Floats


class Stretches(NamedTuple):
    """What flows at each outlet during one leg: for how long, the power at its begin, and how it grows: P·e^(g·t)."""

    seconds: Floats
    power_w: Floats
    growth_per_s: Floats


class Fleet:
    """The batteries and meters of many cars, each at its own outlet under its own offer.

    ``kinds``: for each station, which of ``charges`` is its. ``counted``: Wh that its meter counts for each Wh at the
    outlet (a converter's losses, the meter's own error). ``flowing`` tells where energy flows now.
    """

    def __init__(
        self, charges: Sequence[Charge], kinds: ArrayLike, soc: ArrayLike, *, counted: ArrayLike = 1.0
    ) -> None:
        self._kinds = np.asarray(kinds, dtype=np.intp)
        self.soc: Floats = np.array(soc, dtype=np.float64)
        self.register_wh: Floats = np.zeros_like(self.soc)
        self._counted = np.broadcast_to(np.asarray(counted, dtype=np.float64), self.soc.shape)
        self._own = _Lines(*(rows[:, self._kinds] for rows in _lines(charges)))
        self._gain = np.array([charge.course.gain for charge in charges])[self._kinds]
        self._stop = np.array([charge.course.stop_soc for charge in charges])[self._kinds]
        self._min_a = np.array([charge.min_a for charge in charges])[self._kinds]
        self._max_a = np.array([charge.supply.max_a for charge in charges])[self._kinds]
        self._max_w = np.array([charge.supply.max_w for charge in charges])[self._kinds]
        self._least_v = np.array([charge.least_v for charge in charges])[self._kinds]
        self.offer()

    def offer(self, limit_a: ArrayLike = np.inf, limit_w: ArrayLike = np.inf) -> None:
        """From now on each station offers so much (A per conductor, W over all); never more than it can."""
        self._limit_a = _within(limit_a, self._max_a)
        self._limit_w = _within(limit_w, self._max_w)
        soc, power_w = _lowest(self._own, self._limit_a, self._limit_w)
        self._legs = _legs(soc, power_w, self._stop, self._gain)
        self._at_s = np.nan_to_num(self._time_of(self.soc), posinf=0.0)  # where nothing flows it does not matter
        self.flowing = self._flowing()

    def _flowing(self) -> Flags:
        volts = self._volts()
        with np.errstate(divide="ignore", invalid="ignore"):
            offered_a = np.where(volts > 0, np.minimum(self._limit_a, self._limit_w / volts), 0.0)
        fits = (volts >= self._least_v) & (self.soc < self._stop - NEARLY)
        return fits & (offered_a > 0) & (offered_a >= self._min_a - 1e-9)

    @property
    def power_w(self) -> Floats:
        """The power at each outlet now."""
        leg, legs = self._leg_at(self._at_s), self._legs
        power_w = _pick(legs.power_w, leg) + _pick(legs.slope, leg) * (self.soc - _pick(legs.soc, leg))
        return np.where(self.flowing, power_w, 0.0)

    def advance(self, seconds: ArrayLike) -> Floats:
        """Let time pass, for each station as long as it says; the Wh that flowed at each outlet."""
        before, flowing = self.soc, self.flowing
        self._at_s = np.where(flowing, self._at_s + np.asarray(seconds, dtype=np.float64), self._at_s)
        self.soc = np.where(flowing, self._soc_at(self._at_s, flowing), before)
        energy_wh: Floats = (self.soc - before) / (self._gain * 3600)
        self.register_wh = self.register_wh + energy_wh * self._counted
        self.flowing = flowing & (self.soc < self._stop - NEARLY)
        return energy_wh

    def stretches(self, seconds: ArrayLike) -> Iterator[Stretches]:
        """What will flow at the outlets in the next ``seconds``, leg by leg, for whoever sums up losses; ``advance``
        comes after. A station that does not pass a leg has 0 s of it; what is left at the end flows no more."""
        left_s = np.broadcast_to(np.asarray(seconds, dtype=np.float64), self.soc.shape).copy()
        legs, flowing, at_s = self._legs, self.flowing, self._at_s
        for leg in range(len(legs.soc)):
            begin_s, end_s = legs.since_s[leg], legs.end_s[leg]
            part_s = np.where(flowing, np.clip(np.minimum(end_s - at_s, left_s), 0.0, None), 0.0)
            if not part_s.any():
                continue
            growth_per_s = legs.slope[leg] * self._gain
            power_w = legs.power_w[leg] * np.exp(growth_per_s * np.where(part_s > 0, at_s - begin_s, 0.0))
            yield Stretches(part_s, np.where(part_s > 0, power_w, 0.0), np.where(part_s > 0, growth_per_s, 0.0))
            at_s, left_s = at_s + part_s, left_s - part_s
        nothing = np.zeros_like(left_s)
        yield Stretches(left_s, nothing, nothing)

    def shown_wh(self, resolution_wh: float = 1.0) -> Floats:
        """The registers as meters show them: cut down to whole steps."""
        shown: Floats = np.floor(np.round(self.register_wh / resolution_wh, 6)) * resolution_wh
        return shown

    def _volts(self) -> Floats:
        soc, volts = self._own.soc, self._own.volts
        right = np.clip((soc <= self.soc).sum(axis=0), 1, len(soc) - 1)
        s0, s1, v0, v1 = (_pick(rows, at) for rows in (soc, volts) for at in (right - 1, right))
        share = np.divide(self.soc - s0, s1 - s0, out=np.zeros_like(s0), where=s1 > s0)
        found: Floats = v0 + (v1 - v0) * np.clip(share, 0.0, 1.0)
        return found

    def _leg_at(self, at_s: Floats) -> NDArray[np.intp]:
        found: NDArray[np.intp] = np.clip((self._legs.since_s <= at_s).sum(axis=0) - 1, 0, None)
        return found

    def _soc_at(self, at_s: Floats, flowing: Flags) -> Floats:
        legs, leg = self._legs, self._leg_at(at_s)
        elapsed_s = np.where(flowing, np.minimum(at_s, _pick(legs.end_s, leg)) - _pick(legs.since_s, leg), 0.0)
        growth = _pick(legs.slope, leg) * self._gain * elapsed_s
        risen = self._gain * _pick(legs.power_w, leg) * elapsed_s * _expm1_over(growth)
        found: Floats = np.minimum(_pick(legs.soc, leg) + risen, self._stop)
        return found

    def _time_of(self, soc: Floats) -> Floats:
        legs = self._legs
        leg = np.clip((legs.soc <= soc).sum(axis=0) - 1, 0, None)
        power_w, past = _pick(legs.power_w, leg), np.minimum(soc - _pick(legs.soc, leg), _pick(legs.length, leg))
        found: Floats = _pick(legs.since_s, leg) + _seconds(past, power_w, _pick(legs.slope, leg), self._gain)
        return found


class Bodies:
    """The temperatures of many first-order bodies (``simulator.physics.thermal.Body``), one or more at each station."""

    def __init__(self, resistance_k_w: ArrayLike, tau_s: ArrayLike, value_c: ArrayLike) -> None:
        self.value_c: Floats = np.array(value_c, dtype=np.float64)
        self._k_w = np.asarray(resistance_k_w, dtype=np.float64)
        self._tau_s = np.asarray(tau_s, dtype=np.float64)

    def advance(
        self, seconds: ArrayLike, loss_w: ArrayLike, *, ambient_c: ArrayLike = 20.0, growth_per_s: ArrayLike = 0.0
    ) -> None:
        """Let time pass with a loss that is ``loss_w`` at first and grows with ``growth_per_s``."""
        passed_s, growth = np.asarray(seconds, dtype=np.float64), np.asarray(growth_per_s, dtype=np.float64)
        base_c, decay = np.asarray(ambient_c, dtype=np.float64), np.exp(-passed_s / self._tau_s)
        rate = growth + 1 / self._tau_s
        drive = np.asarray(loss_w, dtype=np.float64) * self._k_w / self._tau_s
        both = rate * passed_s  # as in ``thermal.Driven``: two ways to the same number, of which one doesn't overflow
        late = (np.exp(np.minimum(growth * passed_s, _HUGE)) - decay) / np.where(both > 1, rate, 1.0)
        driven = np.where(both > 1, late, decay * passed_s * _expm1_over(np.minimum(both, 1.0)))
        self.value_c = base_c + (self.value_c - base_c) * decay + drive * driven


_HUGE = 600.0
"""e to this still is a number."""

_ENDLESS = 1e12
"""A limit that is none."""


def _within(limit: ArrayLike, most: Floats) -> Floats:
    found: Floats = np.clip(np.asarray(limit, dtype=np.float64), 0.0, np.minimum(most, _ENDLESS))
    return found


def _lines(charges: Sequence[Charge]) -> _Lines:
    """Power and voltage of each kind on common corners, as columns of equal length."""
    columns = []
    for charge in charges:
        curves = (charge.course.power_w, charge.volts)
        corners = sorted({0.0, 1.0} | {x for curve in curves for x, _ in curve.points if 0 < x < 1})
        columns.append([(x, *(curve.at(x) for curve in curves)) for x in corners])
    longest = max(map(len, columns))
    padded = np.array([column + [column[-1]] * (longest - len(column)) for column in columns])
    return _Lines(*(padded[:, :, which].T.copy() for which in range(3)))


def _lowest(own: _Lines, limit_a: Floats, limit_w: Floats) -> tuple[Floats, Floats]:
    """Power under two limits, with a corner wherever two of the three lines cross; some corners fall together."""
    soc = own.soc
    lines = (own.power_w, np.broadcast_to(limit_w, soc.shape), own.volts * limit_a)
    shares = [np.zeros_like(soc[1:])]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        apart = lines[one] - lines[other]
        begin, end = apart[:-1], apart[1:]
        crosses = begin * end < 0
        shares.append(np.where(crosses, np.divide(begin, begin - end, out=np.zeros_like(begin), where=crosses), 0.0))
    share = np.sort(np.stack(shares, axis=1), axis=1)
    least = _least([rows[:-1, None] + (rows[1:] - rows[:-1])[:, None] * share for rows in lines])
    at = soc[:-1, None] + (soc[1:] - soc[:-1])[:, None] * share
    end = _least([rows[-1] for rows in lines])
    stations = soc.shape[1]
    return np.vstack([at.reshape(-1, stations), soc[-1:]]), np.vstack([least.reshape(-1, stations), end[None]])


def _least(lines: Sequence[Floats]) -> Floats:
    one, other, third = lines
    found: Floats = np.minimum(np.minimum(one, other), third)
    return found


def _legs(soc: Floats, power_w: Floats, stop: Floats, gain: Floats) -> _Legs:
    whole = soc[1:] - soc[:-1]
    slope = np.divide(power_w[1:] - power_w[:-1], whole, out=np.zeros_like(whole), where=whole > 0)
    length = np.clip(np.minimum(soc[1:], stop) - soc[:-1], 0.0, None)
    seconds = _seconds(length, power_w[:-1], slope, gain)
    end_s = np.cumsum(seconds, axis=0)
    since_s = np.vstack([np.zeros_like(stop), end_s[:-1]])
    used = np.any(length > 0, axis=1) | (np.arange(len(length)) == 0)
    return _Legs(*(rows[used] for rows in (soc[:-1], length, power_w[:-1], slope, since_s, end_s)))


def _seconds(length: Floats, power_w: Floats, slope: Floats, gain: Floats) -> Floats:
    """How long a straight stretch takes: for ever where nothing flows, nothing where it has no length."""
    with np.errstate(divide="ignore", invalid="ignore"):
        grows = slope * length / power_w
        seconds = length / (gain * power_w) * np.where(grows == 0, 1.0, np.log1p(grows) / grows)
    found: Floats = np.where(length > 0, np.where(power_w > 0, seconds, np.inf), 0.0)
    return found


def _pick(rows: Floats, at: NDArray[np.intp]) -> Floats:
    """One entry of each column."""
    found: Floats = np.take_along_axis(rows, at[None], axis=0)[0]
    return found


def _expm1_over(x: Floats) -> Floats:
    """(e^x - 1)/x, which is 1 at 0."""
    found: Floats = np.divide(np.expm1(x), x, out=np.ones_like(x), where=x != 0)
    return found
