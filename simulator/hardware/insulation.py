"""The insulation monitor of a DC output, which has no pole to earth and is to keep it so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator.clock import Timer
from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.shown import flag, number, written
from simulator.hardware.site import Site
from simulator.physics.insulation import FAULT_OHM_PER_V, SOUND_OHM, WARNING_OHM_PER_V, Monitor, Reading
from simulator.physics.trace import NEVER, Trace

FAULT, WARNING = "insulation fault", "insulation warning"


@component("GroundIsolationProtection")
@dataclass(frozen=True, slots=True)
class GroundIsolation:
    """What measures a DC output's resistance to earth before, during and between charges (IEC 61851-23, annex CC).

    ``response_s``: until it alarms when the insulation falls to half of the limit (IEC 61557-8).
    ``fault_ohm_per_v`` and ``warning_ohm_per_v``: the limits per volt of the highest output.
    """

    name: ClassVar[str] = "GroundIsolationProtection"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset()

    response_s: float = 1.0
    fault_ohm_per_v: float = FAULT_OHM_PER_V
    warning_ohm_per_v: float = WARNING_OHM_PER_V

    def variables(self) -> tuple[Variable, ...]:
        return (
            flag(self.name, "Active"),
            flag(self.name, "Problem"),
            flag(self.name, "Complete", on=True),
            number(self.name, "Impedance", "Ohm"),
        )

    def part(self, site: Site) -> IsolationMonitor:
        return IsolationMonitor(site, self)


class IsolationMonitor:
    """One output's monitor. Faults: ``insulation_ohm``, what lies between the output and earth."""

    __slots__ = ("_reading", "_timer", "_true_ohm", "insulation_ohm", "kind", "problem", "site", "warns")

    def __init__(self, site: Site, kind: GroundIsolation) -> None:
        self.site = site
        self.kind = kind
        self.insulation_ohm = SOUND_OHM
        self.problem = False
        self.warns = False
        self._true_ohm = SOUND_OHM
        self._reading: Reading = Monitor(kind.response_s).reading(site.now, SOUND_OHM, SOUND_OHM)
        self._timer: Timer | None = None

    def value(self, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(self.warns or self.problem)
            case "Problem":
                return written(self.problem)
            case "Impedance":
                return f"{self.shown_ohm:.0f}"
        return None

    def trace(self, variable: str) -> Trace | None:
        return self._reading if variable == "Impedance" else None

    def write(self, variable: str, value: str) -> bool:
        del variable, value
        return True

    @property
    def shown_ohm(self) -> float:
        """What it measures now."""
        return self._reading.at(self.site.now)

    def disturbed(self) -> None:
        """Follow the insulation, and wake when a limit is crossed."""
        now = self.site.now
        if self.insulation_ohm != self._true_ohm:
            self._reading = Monitor(self.kind.response_s).reading(now, self.shown_ohm, self.insulation_ohm)
            self._true_ohm = self.insulation_ohm
        self._judge()

    def _judge(self) -> None:
        now, shown_ohm = self.site.now, self.shown_ohm
        evse = self.site.evse
        assert evse is not None
        most_v = evse.outlet.supply.voltage_v
        fault_ohm, warning_ohm = self.kind.fault_ohm_per_v * most_v, self.kind.warning_ohm_per_v * most_v
        self._turn(problem=shown_ohm <= fault_ohm, warns=shown_ohm <= warning_ohm)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_s = min(self._reading.reaches(ohm, now + 1e-6) for ohm in (fault_ohm, warning_ohm))
        if due_s < NEVER:
            self._timer = self.site.after(due_s - now + _BEYOND_S, self._judge)

    def _turn(self, *, problem: bool, warns: bool) -> None:
        changed = [("Problem", problem is not self.problem), ("Active", (warns or problem) is not self.warns)]
        self.problem, self.warns = problem, warns or problem
        for name, has_changed in changed:
            if has_changed:
                self.site.changed(name)
        info = f"{self.shown_ohm / 1000:.0f} kΩ"
        (self.site.trouble(FAULT, info) if problem else self.site.recovered(FAULT))
        (self.site.trouble(WARNING, info) if warns and not problem else self.site.recovered(WARNING))


_BEYOND_S = 1e-4
"""A limit is crossed, not met: a moment later it is plain on which side the reading is."""
