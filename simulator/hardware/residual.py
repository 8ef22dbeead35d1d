"""The residual current device of an EVSE: it opens when what flows to the EV does not all come back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from simulator import facts
from simulator.clock import Timer
from simulator.devicemodel.variable import Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.recloser import closes_itself, gives_up
from simulator.hardware.shown import flag, written
from simulator.hardware.site import Site
from simulator.physics.recloser import Mode, Recloser, Reclosing
from simulator.physics.residual import RDC_DD, Residual, ResidualKind, SelfTest, type_a
from simulator.physics.trace import NEVER, Trace

TROUBLE = {"AC": "ground fault", "DC": "DC leakage"}


@component("RCD")
@dataclass(frozen=True, slots=True)
class ResidualCurrentDevice:
    """An RCD of type A with, where ``detects_dc``, an RDC-DD (IEC 61851-1:2017, 8.5), and what closes it again.

    ``rated_a``: IΔn. ``trips_at``: the share of it at which the pointer moves. ``waits_s``: before the first, second …
    attempt to close again; after the last only somebody on the spot does. ``quiet_s``: closed for so long, the attempts
    are forgotten.
    """

    name: ClassVar[str] = "RCD"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset()

    rated_a: float = 0.030
    trips_at: float = 0.75
    detects_dc: bool = True
    waits_s: tuple[float, ...] = (10.0, 60.0, 300.0)
    quiet_s: float = 1800.0

    def variables(self) -> tuple[Variable, ...]:
        return tuple(flag(self.name, name) for name in ("Tripped", "Operated", "Problem"))

    @property
    def kind(self) -> ResidualKind:
        """The device's characteristics."""
        kind = type_a(self.rated_a, self.trips_at)
        if not self.detects_dc:
            return kind
        both = {"dc": RDC_DD.dc, "test_dc_a": RDC_DD.test_dc_a, "test_within_s": RDC_DD.test_within_s}
        return replace(kind, **both, endures_dc_a=NEVER, blind_dc_a=NEVER)  # type: ignore[arg-type]

    def part(self, site: Site) -> ResidualPart:
        return ResidualPart(site, self)


class ResidualPart:
    """One EVSE's device. Faults: ``leakage_ac_a`` (r.m.s.; a half wave if ``pulsating``) and ``leakage_dc_a`` (smooth)
    behind the contactor, or in front of it if ``inside`` the station; ``sensitivity`` of its transducer (0: broken);
    ``jammed``: it never opens."""

    __slots__ = (
        "_timer",
        "automatic",
        "device",
        "inside",
        "jammed",
        "kind",
        "leakage_ac_a",
        "leakage_dc_a",
        "operated",
        "problem",
        "pulsating",
        "recloser",
        "sensitivity",
        "site",
        "tripped",
    )

    def __init__(self, site: Site, kind: ResidualCurrentDevice) -> None:
        self.site = site
        self.kind = kind
        self.device = Residual(kind.kind)
        self.recloser = Recloser(Reclosing(kind.waits_s, kind.quiet_s))
        self.leakage_ac_a = 0.0
        self.leakage_dc_a = 0.0
        self.pulsating = False
        self.inside = False
        self.sensitivity = 1.0
        self.jammed = False
        self.tripped = False
        self.operated = False
        self.problem = False
        self.automatic = closes_itself(site, "RCDRecloser")
        self._timer: Timer | None = None

    def value(self, variable: str) -> str | None:
        match variable:
            case "Tripped":
                return written(self.tripped)
            case "Operated":
                return written(self.operated)
            case "Problem":
                return written(self.problem)
        return None

    def trace(self, variable: str) -> Trace | None:
        del variable
        return None

    def write(self, variable: str, value: str) -> bool:
        del variable, value
        return True

    def disturbed(self) -> None:
        """See what leaks now, and when it will have leaked for too long."""
        if self.tripped:
            return
        device = self.device
        device.leakage_ac_a, device.leakage_dc_a = self.leakage_ac_a, self.leakage_dc_a
        device.pulsating, device.sensitivity, device.jammed = self.pulsating, self.sensitivity, self.jammed
        self._disarm()
        after_s = device.trip_after_s(self.site.now, self._leaks)
        if after_s < NEVER:
            self._timer = self.site.after(after_s, self._trip)

    @property
    def _leaks(self) -> bool:
        """Whether there is voltage where the leak is."""
        evse = self.site.evse
        assert evse is not None
        return evse.circuit.live and (self.inside or evse.contactor_closed)

    def _trip(self) -> None:
        self._timer = None
        evse = self.site.evse
        cause = self.device.cause(self.site.now)
        if cause is None or evse is None:
            return
        self.tripped, self.operated = True, False
        leakage_a = self.leakage_dc_a if cause == "DC" else self.leakage_ac_a
        self.site.tell(facts.RcdTripped(evse.id, cause, round(leakage_a * 1000, 3)))
        evse.circuit.isolate(self.kind.name, True)
        self.site.changed("Tripped")
        self.site.trouble(TROUBLE[cause], f"{leakage_a * 1000:g} mA {cause}")
        self._await(self.recloser.tripped(self.site.now))

    def _await(self, due_s: float) -> None:
        if due_s < NEVER:
            self._timer = self.site.after(max(0.0, due_s - self.site.now), self._try)
        elif self.recloser.mode is Mode.LOCKED_OUT:
            self.site.tell(facts.RecloserGaveUp(self.site.place.evse, self.kind.name, self.recloser.attempts))
            gives_up(self.site, "RCDRecloser", "recloser gave up", given_up=True)

    def _try(self) -> None:
        """The recloser has a look, and closes if all is well as far as it can see (behind the contactor it cannot)."""
        self._timer = None
        if not self.automatic:
            return
        fault_gone = not self.inside or (self.leakage_ac_a == 0 and self.leakage_dc_a == 0)
        sound = self.self_test().passed
        closes = self.recloser.may_close(fault_gone, sound)
        due_s = self.recloser.tried(closes, self.site.now)
        if closes:
            self.operated = True
            self.site.changed("Operated")
            self._close()
        else:
            self._await(due_s)

    def reset(self) -> None:
        """Somebody on the spot closes it, and presses its test button where it has failed its test."""
        if self.problem:
            self.self_test()
        self.recloser.reset(self.site.now)
        self._disarm()
        if self.tripped:
            self._close()

    def _close(self) -> None:
        evse = self.site.evse
        assert evse is not None
        self.tripped = False
        self.device.reset(self.site.now)
        self.site.tell(facts.RcdClosed(evse.id))
        evse.circuit.isolate(self.kind.name, False)
        self.site.changed("Tripped")
        gives_up(self.site, "RCDRecloser", "recloser gave up", given_up=False)
        for trouble in TROUBLE.values():
            self.site.recovered(trouble)
        self.disturbed()

    def self_test(self) -> SelfTest:
        """Send the test current through the test winding; a device that does not see it is out of order."""
        self.device.sensitivity, self.device.jammed = self.sensitivity, self.jammed
        test = self.device.self_test()
        if self.problem is test.passed:
            self.problem = not test.passed
            self.site.changed("Problem")
        if test.passed:
            self.site.recovered("RCD self-test failed")
        else:
            self.site.trouble("RCD self-test failed")
        return test

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
