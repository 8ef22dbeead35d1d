"""The ventilation of the area in which an EV with gassing batteries is charged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator.clock import Timer
from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.parameter import parameter
from simulator.hardware.shown import enabled, flag, is_enabled, number, written
from simulator.hardware.site import Site
from simulator.physics.pilot import Letter
from simulator.physics.trace import Settling, Trace

FAILED, MISSING = "ventilation failure", "ventilation missing"


@component("AreaVentilation")
@dataclass(frozen=True, slots=True)
class AreaVentilation:
    """A fan of the room that runs while an EV asks for it by state D of its pilot. Such an EV gets nothing before the
    fan's air is proven (IEC 61851-1:2017, annex A: state D is served where the area is ventilated)."""

    full_rpm: float = parameter(1400.0, "its speed", above=0)
    proven_s: float = parameter(3.0, "from its start until its air is proven, or it counts as failed", above=0)
    run_on_s: float = parameter(120.0, "how long it runs after the EV has stopped", at_least=0)

    name: ClassVar[str] = "AreaVentilation"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset({"pilot"})

    def variables(self) -> Sequence[Variable]:
        return (
            enabled(self.name),
            flag(self.name, "Active"),
            flag(self.name, "Problem"),
            number(self.name, "FanSpeed", "RPM"),
        )

    def part(self, site: Site) -> Ventilation:
        return Ventilation(site, self)


class Ventilation:
    """The ventilation of one EVSE's area. Fault: ``stalled`` (its fan does not turn).

    ``ventilates``: its air is proven. ``missing``: an EV waits for it.
    """

    __slots__ = (
        "_ends", "_proves", "_speed", "enabled", "failed", "kind", "missing", "runs", "site", "stalled", "ventilates",
    )  # fmt: skip

    def __init__(self, site: Site, kind: AreaVentilation) -> None:
        self.site = site
        self.kind = kind
        self.enabled = is_enabled(site)
        self.stalled = False
        self.runs = False
        self.ventilates = False
        self.failed = False
        self.missing = False
        self._speed = Settling(site.now, 0.0, 0.0, kind.proven_s / 3)
        self._proves: Timer | None = None
        self._ends: Timer | None = None

    @property
    def most_rpm(self) -> float:
        """Its speed when driven."""
        return 0.0 if self.stalled else self.kind.full_rpm

    def value(self, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(self.runs)
            case "Problem":
                return written(self.failed or self.missing)
            case "FanSpeed":
                return f"{self._speed.at(self.site.now):.0f}"
        return None

    def trace(self, variable: str) -> Trace | None:
        return self._speed if variable == "FanSpeed" else None

    def write(self, variable: str, value: str) -> bool:
        if variable == "Enabled":
            self.enabled = value.lower() == "true"
            self.disturbed()
        return True

    def disturbed(self) -> None:
        """Follow the pilot."""
        wanted = self._wanted()
        if not (self.site.powered and self.enabled):
            self._run(on=False)
        elif wanted:
            self._stay()
            self._run(on=True)
        elif self.runs and self._ends is None:
            self._ends = self.site.after(self.kind.run_on_s, self._end)
        self._turn()
        self._miss(missing=wanted and not self.ventilates)

    def _wanted(self) -> bool:
        """Whether an EV asks for it, or has been sent away to wait for it."""
        evse = self.site.evse
        hookup = None if evse is None else evse.circuit.hookup
        if hookup is None or evse is None or evse.ev is None:
            return False
        return hookup.letter is Letter.D or self.missing

    def _run(self, *, on: bool) -> None:
        if on is self.runs:
            return
        self.runs = on
        self.site.changed("Active")
        if self._proves is not None:
            self._proves.cancel()
            self._proves = None
        if not on:
            self._stay()
            self.ventilates = False

    def _stay(self) -> None:
        """Forget that it was to end."""
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None

    def _turn(self) -> None:
        """Let the fan's speed follow what drives it, and its proof follow that."""
        turns = self.runs and not self.stalled
        final = self.most_rpm if self.runs else 0.0
        if final != self._speed.final:
            now_s = self.site.now
            self._speed = Settling(now_s, self._speed.at(now_s), final, self._speed.tau_s)
        sound = self.ventilates if turns else self.failed
        if self.runs and not sound and self._proves is None:
            self._proves = self.site.after(self.kind.proven_s, self._prove)
        elif not self.runs and not self.stalled:
            self._fail(failed=False)

    def _prove(self) -> None:
        self._proves = None
        self.ventilates = self.runs and not self.stalled
        self._fail(failed=self.runs and self.stalled)
        self.disturbed()

    def _end(self) -> None:
        self._ends = None
        if not self._wanted():
            self._run(on=False)
        self.disturbed()

    def _fail(self, *, failed: bool) -> None:
        if failed is not self.failed:
            self.failed = failed
            self.site.changed("Problem")
            (self.site.trouble if failed else self.site.recovered)(FAILED)

    def _miss(self, *, missing: bool) -> None:
        if missing is not self.missing:
            self.missing = missing
            self.site.changed("Problem")
            (self.site.trouble if missing else self.site.recovered)(MISSING)
