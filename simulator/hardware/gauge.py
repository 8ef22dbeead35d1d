"""Sensors that give a number of the surroundings: air, damp, light."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, Protocol

from simulator.clock import Timer
from simulator.hardware.component import Component
from simulator.hardware.shown import MAX_SET, MIN_SET, bound, is_enabled, written
from simulator.hardware.site import Site
from simulator.hardware.thermometer import Shifted
from simulator.physics.staircase import Staircase
from simulator.physics.trace import NEVER, Trace


class Gauging(Component, Protocol):
    """A component whose part is a Gauge."""

    variable: ClassVar[str]
    """Its number."""
    digits: ClassVar[int]
    """How many it shows after the point."""
    trouble: ClassVar[str]
    """What it raises beyond its limits; empty for none."""

    @property
    def within(self) -> tuple[float, float]:
        """Its limits as they leave the factory (MinSet, MaxSet); infinite where there is none."""

    @property
    def hysteresis(self) -> float:
        """How far it must come back from beyond a limit."""

    def cause(self, site: Site) -> Hashable:
        """What its number follows from; as long as it is the same, so is the number's course."""

    def course(self, site: Site, before: Trace | None) -> Trace:
        """How its number goes on from now; ``before``: how it has gone so far, None where it is at rest."""


class Gauge:
    """One such sensor. Faults: ``broken`` (no number), ``offset`` (it shows so much too much)."""

    __slots__ = ("_beyond", "_cause", "_timer", "_truth", "_within", "broken", "enabled", "kind", "offset", "site")

    def __init__(self, site: Site, kind: Gauging) -> None:
        self.site = site
        self.kind = kind
        self.enabled = is_enabled(site)
        self.broken = False
        self.offset = 0.0
        self._cause = kind.cause(site)
        self._truth = kind.course(site, None)
        self._beyond = [False, False]
        self._timer: Timer | None = None
        low, high = kind.within
        self._within = [bound(site, kind.variable, MIN_SET, low), bound(site, kind.variable, MAX_SET, high)]

    @property
    def active(self) -> bool:
        """Whether its number is beyond one of its limits."""
        return any(self._beyond)

    @property
    def truth(self) -> Trace:
        """What a sound sensor would show."""
        self._follow()
        return self._truth

    def value(self, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(self.active)
            case "Problem":
                return written(self.broken)
            case self.kind.variable:
                shown = self._shown()
                return "" if shown is None else f"{shown.at(self.site.now):.{self.kind.digits}f}"
        return None

    def trace(self, variable: str) -> Trace | None:
        self._follow()
        return self._shown() if variable == self.kind.variable else None

    def write(self, variable: str, value: str) -> bool:
        if variable == "Enabled":
            self.enabled = value.lower() == "true"
        for side, kind in enumerate((MIN_SET, MAX_SET)):
            if variable == f"{self.kind.variable}/{kind.value}":
                self._within[side] = float(value)
        self.disturbed()
        return True

    def disturbed(self) -> None:
        """Follow what it measures, and judge it."""
        self._follow()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.site.powered:
            self._judge()

    def _follow(self) -> None:
        cause = self.kind.cause(self.site)
        if cause != self._cause:
            self._truth, self._cause = self.kind.course(self.site, self._truth), cause

    def _shown(self) -> Trace | None:
        if self.broken or not self.enabled:
            return None
        return Shifted(self._truth, self.offset) if self.offset else self._truth

    def _judge(self) -> None:
        shown, was, due_s = self._shown(), self.active, NEVER
        if shown is None:
            self._beyond = [False, False]
        else:
            now_s = self.site.now
            for side, (stairs, beyond) in enumerate(self._limits()):
                step = stairs.step(shown.at(now_s), beyond if self._beyond[side] else 1 - beyond)
                self._beyond[side] = step == beyond
                due_s = min(due_s, stairs.next_s(shown, step, now_s))
        if due_s < NEVER:
            self._timer = self.site.after(due_s - self.site.now, self.disturbed)
        if self.active is not was:
            self.site.changed("Active")
        if self.kind.trouble:
            if self.active:
                self.site.trouble(self.kind.trouble)
            else:
                self.site.recovered(self.kind.trouble)

    def _limits(self) -> list[tuple[Staircase, int]]:
        """Its lower and its upper limit, each with the step that lies beyond it."""
        low, high = self._within
        back = self.kind.hysteresis
        return [(Staircase((low + back,), back), 0), (Staircase((high,), back), 1)]
