"""The control pilot's controller at a connector: what it sends is the hookup's, what comes back is measured here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from simulator.clock import Timer
from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.shown import flag, number, written
from simulator.hardware.site import Site
from simulator.hookup import Hookup
from simulator.physics import duty
from simulator.physics.pilot import Letter, Pilot, Seen, broke
from simulator.physics.trace import Trace

TROUBLE = "control pilot error"


@component("CPPWMController")
@dataclass(frozen=True, slots=True)
class PilotController:
    """IEC 61851-1:2017, annex A. ``notices_s``: how long a wrong voltage lasts until it is acted upon, within the 3 s
    of sequence 12. ``wake_s``: how long an EV may leave an offer unanswered until it is tried to be woken, first by
    pulses anew, then by feigned unplugging (ISO 15118-3, table of timing); 0: that is not tried."""

    name: ClassVar[str] = "CPPWMController"
    scope: ClassVar[Scope] = Scope.CONNECTOR
    senses: ClassVar[frozenset[str]] = frozenset()
    times: ClassVar[tuple[str, ...]] = ("wake_s",)

    notices_s: float = 0.1
    wake_s: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.notices_s <= 3:
            raise ValueError("a wrong pilot has to be acted upon within 3 s")
        if not 0 <= self.wake_s < math.inf:
            raise ValueError("wake_s must be a time, or 0")

    def variables(self) -> tuple[Variable, ...]:
        return (
            flag(self.name, "Active"),
            flag(self.name, "Problem"),
            number(self.name, "DCVoltage", "V"),
            number(self.name, "Percentage", "Percent"),
            Variable(
                self.name,
                "State",
                "",
                DataType.STRING,
                Mutability.READ_ONLY,
                persistent=False,
                live=True,
                monitored=True,
            ),
        )

    def part(self, site: Site) -> PilotPart:
        return PilotPart(site, self)


class PilotPart:
    """One connector's pilot. Faults: ``short_ohm`` to earth (0: dead short), ``broken`` wire, ``diode_shorted`` in the
    EV, ``offset_v`` of the levels, ``ev_error`` of the EV's resistance (0.1: 10 % too high)."""

    __slots__ = (
        "_letter",
        "_timer",
        "broken",
        "diode_shorted",
        "ev_error",
        "kind",
        "offset_v",
        "problem",
        "short_ohm",
        "site",
    )

    def __init__(self, site: Site, kind: PilotController) -> None:
        self.site = site
        self.kind = kind
        self.short_ohm = math.inf
        self.broken = False
        self.diode_shorted = False
        self.offset_v = 0.0
        self.ev_error = 0.0
        self.problem = False
        self._letter: Letter | None = None
        self._timer: Timer | None = None

    def value(self, variable: str) -> str | None:
        pilot = self.pilot()
        match variable:
            case "Active":
                return written(pilot.wanted is not Letter.A)
            case "Problem":
                return written(self.problem)
            case "DCVoltage":
                return f"{pilot.voltages()[0]:.2f}"
            case "Percentage":
                return f"{pilot.duty_percent:.1f}"
            case "State":
                return pilot.state(self._letter).name
        return None

    def trace(self, variable: str) -> Trace | None:
        del variable
        return None

    def write(self, variable: str, value: str) -> bool:
        del variable, value
        return True

    @property
    def hookup(self) -> Hookup | None:
        """The plug in this connector, with an EV at its other end."""
        evse = self.site.evse
        here = evse is not None and evse.plugged == self.site.place.connector and evse.ev is not None
        return evse.circuit.hookup if here and evse is not None else None

    def pilot(self, duty_percent: float | None = None) -> Pilot:
        """The wire as it is now, or as it would be with another duty cycle."""
        hookup = self.hookup
        sent = duty.STEADY_PERCENT if hookup is None else hookup.duty_percent
        return Pilot(
            duty_percent=sent if duty_percent is None else duty_percent,
            live=self.site.powered,
            wanted=Letter.A if hookup is None else hookup.letter,
            short_ohm=self.short_ohm,
            broken=self.broken,
            diode_shorted=self.diode_shorted,
            offset_v=self.offset_v,
            ev_error=self.ev_error,
        )

    def disturbed(self) -> None:
        """Look at the voltage; what is wrong with it is acted upon if it stays so."""
        if not self.site.powered:
            self._disarm()
            return
        wrong = bool(self.wrong)
        if wrong is self.problem:
            self._disarm()
        elif self._timer is None:
            self._timer = self.site.after(self.kind.notices_s, self._notice)

    @property
    def wrong(self) -> str:
        """What is wrong with the pilot while an EV is there; empty if nothing is.

        What only pulses show (the diode) stays so when they have stopped for it.
        """
        hookup = self.hookup
        if hookup is None:
            return ""
        seen: Seen = self.pilot().state(self._letter)
        if broke(hookup.letter, seen.letter, True):
            return "broken wire"
        if seen.wrong is None and self.problem:
            seen = self.pilot(50.0).state(self._letter)
        return "" if seen.wrong is None else str(seen.wrong)

    def _notice(self) -> None:
        self._timer = None
        wrong = self.wrong
        if bool(wrong) is self.problem:
            return
        self.problem = bool(wrong)
        self.site.changed("Problem")
        if wrong:
            self.site.trouble(TROUBLE, wrong)
        else:
            self.site.recovered(TROUBLE)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
