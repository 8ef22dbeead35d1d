"""Temperature sensors that protect what they sit on: less current when it is hot, none when it is too hot.

Three stages, each undone by a hysteresis: the current is derated in steps; at the end of the steps charging is
suspended; if it becomes hotter all the same, the place is out of order until it has cooled down.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from simulator.clock import Timer
from simulator.devicemodel.variable import Variable
from simulator.hardware.heat import NO_LOSS, Loss
from simulator.hardware.shown import MAX_SET, bound, flag, high_bound, number, written
from simulator.hardware.site import Site
from simulator.physics.derating import Derating
from simulator.physics.staircase import Staircase
from simulator.physics.thermal import Air, Body, Driven
from simulator.physics.trace import NEVER, Settling, Trace

TITLE = "TemperatureSensor"
"""The component of 2.0.1 (appendix 3.2.51) under which all of them appear."""


SOON_S, SAME = 1e-3, 1e-9
"""What rounding may make of the same end and the same loss."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What a temperature means. Full current up to ``derate_c``, none from ``suspend_c`` on, out of order from
    ``trip_c`` on; ``hysteresis_k`` less undoes each. ``steps``: of the derating. ``blind_share``: the share of the
    current that is allowed while the sensor is broken."""

    derate_c: float
    suspend_c: float
    trip_c: float
    hysteresis_k: float
    steps: int
    blind_share: float

    def __post_init__(self) -> None:
        if not self.derate_c < self.suspend_c < self.trip_c:
            raise ValueError("derate_c, suspend_c and trip_c must rise in this order")
        _ = self.stairs

    @property
    def derating(self) -> Derating:
        """How much current is left at each step."""
        return Derating(self.derate_c, self.suspend_c, self.hysteresis_k, self.steps)

    @property
    def stairs(self) -> Staircase:
        """Its steps: those of the derating, suspension (``steps``) and beyond it out of order."""
        return _stairs(self)

    def moved(self, suspend_c: float) -> Guard:
        """The same for another temperature at which charging is suspended."""
        by_k = suspend_c - self.suspend_c
        if by_k == 0:
            return self
        return replace(self, derate_c=self.derate_c + by_k, suspend_c=suspend_c, trip_c=self.trip_c + by_k)


@lru_cache(256)
def _stairs(guard: Guard) -> Staircase:
    levels = (guard.derating.band(step).high_c for step in range(guard.steps))
    return Staircase((*levels, guard.trip_c), guard.hysteresis_k)


@dataclass(frozen=True, slots=True)
class Load:
    """What warms and cools a body: the air, a loss that stays (``steady_w``), one that goes with the current."""

    air: Air
    steady_w: float = 0.0
    loss: Loss = NO_LOSS


@dataclass(slots=True)
class Point:
    """One sensing point and the body that it sits on.

    Faults: ``broken`` (no reading), ``offset_k`` (reads so much too high), ``worse_times`` (its resistance, as a
    multiple of that of a sound one).
    """

    name: str
    body: Body
    load: Load
    truth: Trace
    since_s: float
    guard: Guard
    step: int = 0
    broken: bool = False
    offset_k: float = 0.0
    worse_times: float = 1.0

    @classmethod
    def at_rest(cls, site: Site, name: str, body: Body, load: Load, guard: Guard) -> Point:
        """A point whose body is in equilibrium with a load, guarded as a CSMS may have set it (MaxSet)."""
        begin_s, limit_c = site.now, bound(site, variable_of(name), MAX_SET, guard.suspend_c)
        final_c = body.rest_c(load.air, load.steady_w)
        return cls(
            name,
            body,
            load,
            Settling(begin_s, final_c, final_c, body.settling_s(load.air)),
            begin_s,
            guard.moved(limit_c),
        )

    def follow(self, load: Load, now_s: float) -> bool:
        """Go on under another load; False where it is on its way under this one already."""
        if self._goes_on(load, now_s - self.since_s):
            return False
        self.since_s = now_s
        value_c, body, loss = self.truth.at(now_s), self.body, load.loss
        self.load = load
        if loss.growth_per_s == 0:
            self.truth = body.warming(now_s, value_c, load.air, load.steady_w + loss.loss_w)
        else:
            base_c, tau_s = body.rest_c(load.air, load.steady_w), body.settling_s(load.air)
            drive = loss.loss_w / body.capacity_j_k
            self.truth = Driven(now_s, value_c, base_c, tau_s, drive, loss.growth_per_s)
        return True

    def _goes_on(self, load: Load, elapsed_s: float) -> bool:
        """Whether a load is what has become of the present one."""
        before, loss, old = self.load, load.loss, self.load.loss
        if load.air != before.air or load.steady_w != before.steady_w or loss.growth_per_s != old.growth_per_s:
            return False
        expected_w = old.loss_w * math.exp(old.growth_per_s * elapsed_s) if old.growth_per_s else old.loss_w
        left_s = old.until_s - elapsed_s
        same_end = loss.until_s == left_s or abs(loss.until_s - left_s) < SOON_S
        return same_end and abs(loss.loss_w - expected_w) <= SAME * expected_w

    @property
    def read(self) -> Trace:
        """What the sensor says, if it is not broken."""
        return Shifted(self.truth, self.offset_k) if self.offset_k else self.truth


@dataclass(frozen=True, slots=True)
class Shifted:
    """A trace that reads ``by`` too high."""

    truth: Trace
    by: float

    def at(self, instant_s: float) -> float:
        return self.truth.at(instant_s) + self.by

    def reaches(self, level: float, after_s: float) -> float:
        return self.truth.reaches(level - self.by, after_s)


class Thermometer:
    """The sensing points of one place. Everything that is shown without an instance is that of the hottest.

    ``share``: of its full current that each outlet here may carry now.
    """

    __slots__ = ("_judged", "_loads", "_timer", "_told", "points", "share", "site")

    def __init__(self, site: Site, points: list[Point], loads: Callable[[list[Point]], list[Load]]) -> None:
        self.site = site
        self.points = points
        self._loads = loads
        self.share = 1.0
        self._timer: Timer | None = None
        self._judged: tuple[object, ...] = ()
        self._told = 0, False

    def point(self, name: str = "") -> Point:
        """A sensing point by its name. Raises KeyError where there is none."""
        for each in self.points:
            if each.name == name:
                return each
        raise KeyError(name)

    @property
    def step(self) -> int:
        """The step of the hottest point."""
        return max(point.step for point in self.points)

    @property
    def _last(self) -> int:
        """The last step of the derating, at which nothing is left."""
        return self.points[0].guard.steps

    # faults, as fields of the part: those of its first point

    @property
    def broken(self) -> bool:
        """Whether its first point gives no reading."""
        return self.points[0].broken

    @broken.setter
    def broken(self, broken: bool) -> None:
        self.points[0].broken = broken

    @property
    def offset_k(self) -> float:
        """By how much its first point reads too high."""
        return self.points[0].offset_k

    @offset_k.setter
    def offset_k(self, offset_k: float) -> None:
        self.points[0].offset_k = offset_k

    @property
    def worse_times(self) -> float:
        """The resistance that warms its first point, as a multiple of a sound one."""
        return self.points[0].worse_times

    @worse_times.setter
    def worse_times(self, worse_times: float) -> None:
        self.points[0].worse_times = worse_times

    @property
    def cable_times(self) -> float:
        """The same of its last point: a connector's cable."""
        return self.points[-1].worse_times

    @cable_times.setter
    def cable_times(self, cable_times: float) -> None:
        self.points[-1].worse_times = cable_times

    def value(self, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(self.step > 0)
            case "Problem":
                return written(any(point.broken for point in self.points))
            case "Suspending":
                return written(self.step >= self._last)
            case "Tripped":
                return written(self.step > self._last)
        for point in self.points:
            if variable == variable_of(point.name):
                return "" if point.broken else f"{point.read.at(self.site.now):.1f}"
        return None

    def trace(self, variable: str) -> Trace | None:
        for point in self.points:
            if variable == variable_of(point.name) and not point.broken:
                return point.read
        return None

    def write(self, variable: str, value: str) -> bool:
        for point in self.points:
            if variable == f"{variable_of(point.name)}/{MAX_SET.value}":
                point.guard = point.guard.moved(float(value))
        self.disturbed()
        return True

    def disturbed(self) -> None:
        """Let each body follow what warms it now, and judge."""
        now_s = self.site.now
        loads = zip(self.points, self._loads(self.points), strict=True)
        moved = sum(point.follow(load, now_s) for point, load in loads) > 0  # each of them, not the first alone
        if moved and not self.site.place.evse:
            self.site.station.rig.disturbed()  # fan and heater may have looked already
        elif not moved and self._basis == self._judged:
            if self.share < 1.0:
                self._limit(self.share)  # the connector in use may be another one
            return
        if self.site.powered:
            self._judge(now_s)
        self._judged = self._basis
        self._arm(now_s)

    @property
    def _basis(self) -> tuple[object, ...]:
        """What its judgement rests on besides the temperatures, which it foresees."""
        return self.site.powered, *[(point.broken, point.offset_k, point.guard) for point in self.points]

    def _judge(self, now_s: float) -> None:
        before = self.step
        for point in self.points:
            point.step = 0 if point.broken else point.guard.stairs.step(point.read.at(now_s), point.step)
        told = self.step, any(point.broken for point in self.points)
        if told != self._told:
            self._told = told
            self._say(before, *told)
        if self.share < 1.0:
            self._limit(self.share)

    def _say(self, before: int, step: int, blind: bool) -> None:
        guard, last = self.points[0].guard, self._last
        for variable, level in (("Active", 1), ("Suspending", last), ("Tripped", last + 1)):
            if (before >= level) is not (step >= level):
                self.site.changed(variable)
        share = guard.derating.share_of(min(step, last))
        self._limit(min(share, guard.blind_share) if blind else share)
        self._tell("derating", step > 0)
        self._tell("too hot to charge", step >= last)
        self._tell("over-temperature", step > last)
        self._tell("temperature sensor failure", blind)

    def _limit(self, share: float) -> None:
        """Have every outlet here carry no more than this share of its full current."""
        self.share = share
        cause, place = f"{self.site.name}{tuple(self.site.place)}", self.site.place
        for evse in self.site.station.evses:
            if place.evse in {0, evse.id}:
                here = not place.connector or place.connector == evse.connector
                limit_a = share * evse.outlet.supply.max_a if here and share < 1.0 else math.inf
                evse.circuit.restrict(cause, limit_a)

    def _tell(self, trouble: str, there: bool) -> None:
        if there:
            hottest = max(self.points, key=lambda point: point.step)
            self.site.trouble(trouble, hottest.name.lower())
        else:
            self.site.recovered(trouble)

    def _arm(self, now_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_s = min(min(_next_s(point, now_s), _ends_s(point, now_s)) for point in self.points)
        if due_s < NEVER:
            self._timer = self.site.after(due_s - now_s, self._due)

    def _due(self) -> None:
        self._timer, self._judged = None, ()
        self.site.station.rig.disturbed(self.site.place.evse or None)  # monitors look too


def variable_of(name: str) -> str:
    """What the temperature of a sensing point is called."""
    return f"Temperature.{name}" if name else "Temperature"


def _ends_s(point: Point, now_s: float) -> float:
    """When its load goes on otherwise; rounding must not make that now for ever."""
    return max(point.since_s + point.load.loss.until_s, now_s + SOON_S)


def _next_s(point: Point, now_s: float) -> float:
    return NEVER if point.broken else point.guard.stairs.next_s(point.read, point.step, now_s)


def shown(guard: Guard, *names: str) -> tuple[Variable, ...]:
    """The variables of a thermometer with these sensing points (one without a name: the only one)."""
    temperature = number(TITLE, "Temperature", "Celsius", bounds=(high_bound(guard.suspend_c),))
    return (
        *(replace(temperature, instance=name) for name in names),
        flag(TITLE, "Active"),
        flag(TITLE, "Problem"),
        flag(TITLE, "Suspending"),
        flag(TITLE, "Tripped"),
    )
