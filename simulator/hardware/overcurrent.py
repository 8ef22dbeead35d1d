"""What protects the conductors of an EVSE: a circuit-breaker, and electronics that watch what the EV may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from simulator import facts
from simulator.clock import Timer
from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.recloser import closes_itself, gives_up
from simulator.hardware.shown import flag, number, written
from simulator.hardware.site import Site
from simulator.physics.breaker import Breaker, BreakerKind, Characteristic, Supervision, Supervisor
from simulator.physics.recloser import Mode, Recloser, Reclosing
from simulator.physics.trace import NEVER, Trace

TROUBLE, GAVE_UP, MOTOR = "over-current", "over-current recloser gave up", "OverCurrentProtectionRecloser"
RATED_A = (6, 10, 13, 16, 20, 25, 32, 40, 50, 63, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000)
"""Usual ratings of breakers (IEC 60898-1, 5.3.2, and above them IEC 60947-2)."""


@component("OverCurrentProtection")
@dataclass(frozen=True, slots=True)
class OverCurrentProtection:
    """A breaker (IEC 60898-1) with a motor that closes it again, and supervision of the EV's current.

    ``rated_a``: In, 0: the first usual rating from 1.25 times what the connector delivers. ``characteristic``: of the
    coil. ``timeout_s``: how long the EV may take more than it is offered. ``waits_s``: before the attempts to close
    again; after the last only somebody on the spot does.
    """

    name: ClassVar[str] = "OverCurrentProtection"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset()

    rated_a: float = 0.0
    characteristic: Literal["B", "C", "D"] = "C"
    timeout_s: float = 7.0
    waits_s: tuple[float, ...] = (60.0, 300.0)

    def variables(self) -> tuple[Variable, ...]:
        return (flag(self.name, "Active"), flag(self.name, "Operated"), number(self.name, "ACCurrent", "A"))

    def breaker(self, most_a: float) -> BreakerKind:
        """The breaker for a connector that delivers ``most_a``."""
        usual_a = next((rating for rating in RATED_A if rating >= 1.25 * most_a), 1.25 * most_a)
        return BreakerKind(self.rated_a or usual_a, Characteristic(self.characteristic))

    def part(self, site: Site) -> OverCurrentPart:
        return OverCurrentPart(site, self)


class OverCurrentPart:
    """One EVSE's protection. Faults: ``extra_a``, what flows besides the EV's current from conductor to conductor (a
    damaged cable; thousands of A: a short circuit); ``overdraw``, by which share the EV takes more than it is offered;
    ``jammed``: the breaker does not open."""

    __slots__ = (
        "_timer",
        "automatic",
        "breaker",
        "extra_a",
        "jammed",
        "kind",
        "operated",
        "overdraw",
        "recloser",
        "site",
        "supervisor",
        "tripped",
    )

    def __init__(self, site: Site, kind: OverCurrentProtection) -> None:
        evse = site.evse
        assert evse is not None
        self.site = site
        self.kind = kind
        self.breaker = Breaker(kind.breaker(max(outlet.supply.max_a for outlet in evse.profile.connectors)))
        self.supervisor = Supervisor(Supervision(timeout_s=kind.timeout_s))
        self.recloser = Recloser(Reclosing(kind.waits_s))
        self.extra_a = 0.0
        self.overdraw = 0.0
        self.jammed = False
        self.tripped = ""
        self.operated = False
        self.automatic = closes_itself(site, MOTOR)
        self._timer: Timer | None = None

    def value(self, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(bool(self.tripped))
            case "Operated":
                return written(self.operated)
            case "ACCurrent":
                return f"{self.current_a:.2f}"
        return None

    def trace(self, variable: str) -> Trace | None:
        del variable
        return None

    def write(self, variable: str, value: str) -> bool:
        del variable, value
        return True

    @property
    def current_a(self) -> float:
        """What flows in the fullest conductor."""
        evse = self.site.evse
        assert evse is not None
        circuit = evse.circuit
        beside_a = self.extra_a if circuit.contactor_closed and circuit.live else 0.0
        if self.overdraw and circuit.current_a > 0:
            return circuit.offered_a * (1 + self.overdraw) + beside_a
        return circuit.current_a + beside_a

    def disturbed(self) -> None:
        """See what flows, and how long that may go on."""
        evse, now = self.site.evse, self.site.now
        assert evse is not None
        breaker, supervisor = self.breaker, self.supervisor
        breaker.ambient_c, breaker.jammed = self.site.environment.ambient_c, self.jammed
        if self.tripped:
            breaker.trip_after_s(now)  # it cools in the air that there is
            return
        breaker.current_a = supervisor.current_a = self.current_a
        supervisor.allowed_a = evse.circuit.allowed_a
        breaker_s = breaker.trip_after_s(now)
        supervisor_s = supervisor.trip_after_s(now) if self.site.powered else NEVER
        self._disarm()
        if breaker_s <= supervisor_s < NEVER or breaker_s < NEVER:
            self._timer = self.site.after(min(breaker_s, supervisor_s), self._due)
        elif supervisor_s < NEVER:
            self._timer = self.site.after(supervisor_s, self._due)

    def _due(self) -> None:
        self._timer = None
        evse, now, current_a = self.site.evse, self.site.now, self.current_a
        assert evse is not None
        if self.breaker.trip_after_s(now) <= _INSTANT_S:
            self.tripped = "breaker"
        elif self.supervisor.trip_after_s(now) <= _INSTANT_S:
            self.tripped = "supervision"
        else:
            self.disturbed()
            return
        self.operated = False
        self.site.tell(facts.OverCurrentTripped(evse.id, self.tripped, round(current_a, 2)))
        if self.tripped == "breaker":
            evse.circuit.isolate(self.kind.name, True)
        self.breaker.current_a = 0.0
        self.breaker.trip_after_s(now)  # it cools from here on
        self.site.changed("Active")
        self.site.trouble(TROUBLE, f"{current_a:.1f} A, {self.tripped}")
        self._await(self.recloser.tripped(now))

    def _await(self, due_s: float) -> None:
        if due_s < NEVER:
            self._timer = self.site.after(max(0.0, due_s - self.site.now), self._try)
        elif self.recloser.mode is Mode.LOCKED_OUT:
            self.site.tell(facts.RecloserGaveUp(self.site.place.evse, self.kind.name, self.recloser.attempts))
            gives_up(self.site, MOTOR, GAVE_UP, given_up=True)

    def _try(self) -> None:
        """The motor closes the breaker, if the bimetal is straight again."""
        self._timer = None
        if not self.automatic:
            return
        closes = self.breaker.closes(self.site.now)
        due_s = self.recloser.tried(closes, self.site.now)
        if closes:
            self.operated = True
            self.site.changed("Operated")
            self._close()
        else:
            self._await(due_s)

    def reset(self) -> None:
        """Somebody on the spot closes it, unless its bimetal is still bent."""
        if self.tripped and self.breaker.closes(self.site.now):
            self.recloser.reset(self.site.now)
            self._disarm()
            self._close()

    def _close(self) -> None:
        evse = self.site.evse
        assert evse is not None
        self.tripped = ""
        self.supervisor.since_s = None
        evse.circuit.isolate(self.kind.name, False)
        self.site.changed("Active")
        gives_up(self.site, MOTOR, GAVE_UP, given_up=False)
        self.site.recovered(TROUBLE)
        self.disturbed()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


_INSTANT_S = 1e-6
"""What rounding of the instant may leave over."""
