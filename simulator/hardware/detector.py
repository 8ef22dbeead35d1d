"""Sensors that say yes or no: a contact, a float, a button; debounced, and latched where somebody has to come."""

from __future__ import annotations

from typing import ClassVar, Protocol

from simulator.clock import Timer
from simulator.hardware.component import Component
from simulator.hardware.shown import is_enabled, written
from simulator.hardware.site import Site
from simulator.physics.trace import Trace


class Detecting(Component, Protocol):
    """A component whose part is a Detector."""

    trouble: ClassVar[str]
    """The trouble that it raises while it is active or tripped; empty for none."""
    latches: ClassVar[bool]
    """Whether it stays tripped until somebody resets it on the spot."""
    broken_says: ClassVar[bool]
    """What a broken wire looks like: true for the closed loop of a safety contact, false for one that closes."""

    @property
    def on_s(self) -> float:
        """How long it must be so before the sensor says so."""

    @property
    def off_s(self) -> float:
        """How long it must no longer be so."""

    def senses_now(self, detector: Detector) -> bool:
        """What the sensing element does, if it works."""

    def measures(self, detector: Detector, variable: str) -> str | None:
        """The value of a variable beyond Active, Tripped and Problem; None for others."""


class Detector:
    """One such sensor in one station.

    Faults: ``stuck`` (its contact no longer moves; None: it does), ``broken`` (its wire; its end resistor tells).
    ``disturbance`` is what it has suffered until somebody resets it, as its component means it: 0 for nothing.
    """

    __slots__ = ("_timer", "active", "broken", "disturbance", "enabled", "kind", "site", "stuck", "tripped")

    def __init__(self, site: Site, kind: Detecting) -> None:
        self.site = site
        self.kind = kind
        self.enabled = is_enabled(site)
        self.stuck: bool | None = None
        self.broken = False
        self.disturbance = 0.0
        self.active = False
        self.tripped = False
        self._timer: Timer | None = None

    @property
    def sensed(self) -> bool:
        """What its electronics see at this instant, before debouncing."""
        if self.broken:
            return self.kind.broken_says
        return self.kind.senses_now(self) if self.stuck is None else self.stuck

    def value(self, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(self.active)
            case "Tripped":
                return written(self.tripped)
            case "Problem":
                return written(self.broken)
        return self.kind.measures(self, variable)

    def trace(self, variable: str) -> Trace | None:
        return None

    def write(self, variable: str, value: str) -> bool:
        if variable == "Enabled":
            self.enabled = value.lower() == "true"
            self.disturbed()
        return True

    def disturbed(self) -> None:
        """See whether it is so, and count how long."""
        sensed = self.sensed  # what latches by itself does so without power too
        if not self.site.powered:
            self._disarm()
            return
        if not self.enabled:
            self._disarm()
            self._turn(False)
            return
        if sensed == self.active:
            self._disarm()
            self._judge()
        elif self._timer is None:
            wait_s = self.kind.off_s if self.active else self.kind.on_s
            if wait_s > 0:
                self._timer = self.site.after(wait_s, self._settled)
            else:
                self._turn(not self.active)

    def reset(self) -> bool:
        """Somebody on the spot makes it ready again (a key, a new shear pin); False while the cause is still there."""
        self.disturbance = 0.0
        if self.sensed:
            return False
        if self.tripped:
            self.tripped = False
            self.site.changed("Tripped")
        self.disturbed()
        return True

    def _settled(self) -> None:
        self._timer = None
        if self.site.powered and self.enabled and self.sensed != self.active:
            self._turn(not self.active)

    def _turn(self, active: bool) -> None:
        if active != self.active:
            self.active = active
            self.site.changed("Active")
            if active and self.kind.latches and not self.tripped:
                self.tripped = True
                self.site.changed("Tripped")
        self._judge()

    def _judge(self) -> None:
        if not self.kind.trouble:
            return
        if self.enabled and (self.active or self.tripped):
            self.site.trouble(self.kind.trouble)
        else:
            self.site.recovered(self.kind.trouble)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
