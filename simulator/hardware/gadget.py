"""Parts whose variables follow from the station's state: nothing of their own is kept but their faults."""

from __future__ import annotations

from typing import ClassVar, Protocol

from simulator.hardware.component import Component
from simulator.hardware.shown import is_enabled, written
from simulator.hardware.site import Site
from simulator.physics.trace import Trace


class Showing(Component, Protocol):
    """A component whose part is a Gadget."""

    trouble: ClassVar[str]
    """The trouble that it raises while it is broken; empty for none."""
    watched: ClassVar[tuple[str, ...]]
    """Variables that jump when the station's state does."""

    def shows(self, gadget: Gadget, variable: str) -> str | None:
        """The value of a variable beyond Problem; None: as the model or the flash says."""


class Gadget:
    """One such part. Fault: ``broken``."""

    __slots__ = ("_seen", "broken", "enabled", "kind", "site")

    def __init__(self, site: Site, kind: Showing) -> None:
        self.site = site
        self.kind = kind
        self.broken = False
        self.enabled = is_enabled(site)
        self._seen = tuple(map(self.value, kind.watched))

    @property
    def works(self) -> bool:
        """Whether it has power, is whole and is not switched off."""
        return self.site.powered and not self.broken and self.enabled

    def value(self, variable: str) -> str | None:
        return written(self.broken) if variable == "Problem" else self.kind.shows(self, variable)

    def trace(self, variable: str) -> Trace | None:
        return None

    def write(self, variable: str, value: str) -> bool:
        if variable == "Enabled":
            self.enabled = value.lower() == "true"
            self.disturbed()
        return True

    def disturbed(self) -> None:
        """Let whoever watches know what has jumped, and the firmware whether it is broken."""
        seen = tuple(map(self.value, self.kind.watched))
        before, self._seen = self._seen, seen
        for variable, old, new in zip(self.kind.watched, before, seen, strict=True):
            if old != new:
                self.site.changed(variable)
        if self.kind.trouble and self.site.powered:
            if self.broken:
                self.site.trouble(self.kind.trouble)
            else:
                self.site.recovered(self.kind.trouble)
