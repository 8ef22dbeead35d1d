"""The lock that holds a plug in its connector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.shown import flag, written
from simulator.hardware.site import Site
from simulator.physics.trace import Trace

LOCKING, UNLOCKING = "lock failure", "unlock failure"


@component("PlugRetentionLock")
@dataclass(frozen=True, slots=True)
class PlugRetentionLock:
    """``lock_s``: how long its motor takes. ``tries``: how often it tries before it gives up (2.0.1 G05)."""

    name: ClassVar[str] = "ConnectorPlugRetentionLock"
    scope: ClassVar[Scope] = Scope.CONNECTOR
    senses: ClassVar[frozenset[str]] = frozenset()
    times: ClassVar[tuple[str, ...]] = ("lock_s",)

    lock_s: float = 0.4
    tries: int = 3

    def variables(self) -> tuple[Variable, ...]:
        tries = Variable(
            self.name, "Tries", "0", DataType.INTEGER, Mutability.READ_ONLY, persistent=False, live=True, monitored=True
        )
        return (*(flag(self.name, name) for name in ("Active", "Problem", "Tripped")), tries)

    def part(self, site: Site) -> LockPart:
        return LockPart(site, self)


class LockPart:
    """One connector's lock. Faults: ``jammed``: it stays as it is."""

    __slots__ = ("_trying", "attempts", "jammed", "kind", "problem", "site")

    def __init__(self, site: Site, kind: PlugRetentionLock) -> None:
        self.site = site
        self.kind = kind
        self.jammed = False
        self.problem = ""
        self.attempts = 0
        self._trying = False

    def value(self, variable: str) -> str | None:
        evse = self.site.evse
        match variable:
            case "Active":
                here = evse is not None and evse.plugged == self.site.place.connector
                return written(here and evse is not None and evse.circuit.holds_plug)
            case "Problem":
                return written(self.problem == LOCKING)
            case "Tripped":
                return written(self.problem == UNLOCKING)
            case "Tries":
                return str(self.attempts)
        return None

    def trace(self, variable: str) -> Trace | None:
        del variable
        return None

    def write(self, variable: str, value: str) -> bool:
        del variable, value
        return True

    def moves(self, lock: bool) -> bool:
        """Try to lock or to unlock; whether that was done."""
        self.attempts = self.kind.tries if self.jammed else 1
        if not self.jammed:
            self._mended()
            return True
        self.problem = LOCKING if lock else UNLOCKING
        self.site.changed("Problem" if lock else "Tripped")
        self.site.trouble(self.problem, f"{self.attempts} tries")
        return False

    def disturbed(self) -> None:
        """A lock that is free again does what it could not do."""
        if self.jammed or not self.problem or self._trying:
            return
        evse = self.site.evse
        assert evse is not None
        was, self._trying = self.problem, True
        self._mended()
        if was == UNLOCKING and evse.plugged == self.site.place.connector and evse.authorization is None:
            evse.unlock(self.site.place.connector)
        self._trying = False

    def _mended(self) -> None:
        was, self.problem = self.problem, ""
        if was:
            self.site.changed("Problem" if was == LOCKING else "Tripped")
            self.site.recovered(was)
