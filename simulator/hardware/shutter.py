"""What keeps fingers off the contacts of a connector that is not in use: a shutter, or the lock of a holster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.clock import Timer
from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.parameter import parameter
from simulator.hardware.shown import enabled, flag, is_enabled, written
from simulator.hardware.site import Site
from simulator.physics.trace import Trace

TROUBLE = "connector protection failure"


@component("ConnectorProtectionRelease")
@dataclass(frozen=True, slots=True)
class ConnectorProtectionRelease:
    """Open for a driver who may charge and for a plug, shut otherwise (2.0.1 appendix 3.2.18). Switched off, it stays
    open."""

    move_s: float = parameter(0.6, "how long its motor takes", above=0)
    tries: int = parameter(3, "how often it tries before it gives up", at_least=1)

    name: ClassVar[str] = "ConnectorProtectionRelease"
    scope: ClassVar[Scope] = Scope.CONNECTOR
    senses: ClassVar[frozenset[str]] = frozenset({"cable", "pilot"})

    def variables(self) -> Sequence[Variable]:
        return (enabled(self.name), flag(self.name, "Active"), flag(self.name, "Problem"), flag(self.name, "Tripped"))

    def part(self, site: Site) -> Shutter:
        return Shutter(site, self)


class Shutter:
    """One connector's shutter. Faults: ``jammed`` (it stays as it is), ``blown`` (the fuse of its motor)."""

    __slots__ = ("_timer", "blown", "enabled", "failed", "jammed", "kind", "open", "site")

    def __init__(self, site: Site, kind: ConnectorProtectionRelease) -> None:
        self.site = site
        self.kind = kind
        self.enabled = is_enabled(site)
        self.jammed = False
        self.blown = False
        self.failed = False
        self.open = not self.enabled
        self._timer: Timer | None = None

    def value(self, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(self.open)
            case "Problem":
                return written(self.failed)
            case "Tripped":
                return written(self.blown)
        return None

    def trace(self, variable: str) -> Trace | None:
        return None

    def write(self, variable: str, value: str) -> bool:
        if variable == "Enabled":
            self.enabled = value.lower() == "true"
            self.disturbed()
        return True

    def disturbed(self) -> None:
        """Open for who may come in, and shut behind who has left."""
        wanted = self._wanted()
        if wanted is self.open or not self.site.powered:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if wanted is self.open:
                self._fail(failed=False)
            return
        if self._timer is None and not (self.failed and self._stays):
            tries = self.kind.tries if self._stays else 1
            self._timer = self.site.after(tries * self.kind.move_s, self._moved)

    @property
    def moves(self) -> bool:
        """Whether its motor gets it to its other end."""
        return not self._stays

    @property
    def _stays(self) -> bool:
        return self.jammed or self.blown

    def _wanted(self) -> bool:
        evse, place = self.site.evse, self.site.place
        if not self.enabled or evse is None:
            return True
        if evse.plugged is not None:
            return evse.plugged == place.connector
        return evse.authorization is not None

    def _moved(self) -> None:
        self._timer = None
        if self._stays:
            self._fail(failed=True)
            return
        self.open = not self.open
        self.site.changed("Active")
        self.disturbed()

    def _fail(self, *, failed: bool) -> None:
        if failed is not self.failed:
            self.failed = failed
            self.site.changed("Problem")
            (self.site.trouble if failed else self.site.recovered)(TROUBLE)
