"""The power-loss trigger: where the station cannot break the current any more, it has the supply broken upstream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.clock import Timer
from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.parameter import parameter
from simulator.hardware.place import Place
from simulator.hardware.shown import flag, written
from simulator.hardware.site import Site
from simulator.physics.trace import Trace

Known = tuple[str, Place]
"""A trouble's name and where it is."""

CAUSES = ("contactor welded", "flood")
"""The troubles after which live parts may be touched although everything that should be open was told to be."""


@component("PowerLossTrigger")
@dataclass(frozen=True, slots=True)
class PowerLossTrigger:
    """A shunt release in the distribution board: it takes the grid away from the station after a severe trouble
    (2.0.1 appendix 3.2.54, UpstreamProtectionTrigger). Whoever resets it must be there.

    ``after_s``: so long the trouble must last. ``causes``: the troubles that count.
    """

    after_s: float = 0.5
    causes: tuple[str, ...] = parameter(CAUSES, "the troubles that count")

    name: ClassVar[str] = "UpstreamProtectionTrigger"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"contactor", "water_mm"})

    def variables(self) -> Sequence[Variable]:
        return (flag(self.name, "Active"), flag(self.name, "Tripped"), flag(self.name, "Problem"))

    def part(self, site: Site) -> Part:
        return ShuntRelease(site, self)


class ShuntRelease:
    """One such trigger. Fault: ``broken``: it does not trip."""

    __slots__ = ("_seen_to", "_timer", "broken", "kind", "site", "tripped")

    def __init__(self, site: Site, kind: PowerLossTrigger) -> None:
        self.site = site
        self.kind = kind
        self.broken = False
        self.tripped = False
        self._seen_to: frozenset[Known] = frozenset()
        self._timer: Timer | None = None

    @property
    def wanted(self) -> bool:
        """Whether there is a trouble that only it can end, and that nobody has seen to."""
        return bool(self._causes - self._seen_to)

    @property
    def _causes(self) -> frozenset[Known]:
        """The troubles that count, with their places."""
        return frozenset((each[0], each[1]) for each in self.site.station.troubles if each[0] in self.kind.causes)

    def value(self, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(self._timer is not None)
            case "Tripped":
                return written(self.tripped)
            case "Problem":
                return written(self.broken)
        return None

    def trace(self, variable: str) -> Trace | None:
        return None

    def write(self, variable: str, value: str) -> bool:
        return True

    def disturbed(self) -> None:
        """See whether it is needed, and count how long."""
        self._seen_to &= self._causes
        if self.tripped and any(self.site.environment.grid):
            self._closed()
        wanted = self.wanted and not self.tripped and self.site.powered
        if wanted and self._timer is None:
            self._timer = self.site.after(self.kind.after_s, self._trip)
            self.site.changed("Active")
        elif not wanted and self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self.site.changed("Active")

    def reset(self) -> None:
        """Somebody closes the breaker upstream again."""
        if self.tripped:
            self._closed()
            self.site.station.surround(grid=(1.0, 1.0, 1.0))

    def _closed(self) -> None:
        """Whoever closes the breaker has seen to what is still signalled: a float takes its time to drop."""
        self.tripped = False
        self._seen_to = self._causes
        self.site.changed("Tripped")

    def _trip(self) -> None:
        self._timer = None
        self.site.changed("Active")
        if self.broken or not self.wanted:
            return
        self.tripped = True
        self.site.changed("Tripped")
        self.site.station.surround(grid=(0.0, 0.0, 0.0))
