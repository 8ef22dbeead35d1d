"""The contactor of an EVSE, and how a welded one is found out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simulator import facts
from simulator.clock import Timer
from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.shown import flag, written
from simulator.hardware.site import Site
from simulator.physics.contactor import Contactor, ContactorKind, Finding
from simulator.physics.trace import NEVER, Trace

WELDED, OPEN = "contactor welded", "contactor does not close"


@component("PowerContactor")
@dataclass(frozen=True, slots=True)
class PowerContactor:
    """``close_s`` and ``open_s``: from the order to the contacts, with the relays between. ``looks_s``: how long after
    that the voltage behind the contacts is measured (IEC 61851-1 leaves the means to the maker). ``rated_a``: what it
    carries and breaks (AC-1). Count: its operations, from when something first needed to know of it."""

    name: ClassVar[str] = "PowerContactor"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset()
    times: ClassVar[tuple[str, ...]] = ("close_s", "open_s")

    close_s: float = 0.1
    open_s: float = 0.03
    looks_s: float = 0.2
    rated_a: float = 40.0

    def variables(self) -> tuple[Variable, ...]:
        count = Variable(
            self.name, "Count", "0", DataType.INTEGER, Mutability.READ_ONLY, persistent=False, monitored=True, live=True
        )
        return (*(flag(self.name, name) for name in ("Active", "Tripped", "Problem")), count)

    @property
    def kind(self) -> ContactorKind:
        """The contactor's data sheet."""
        return ContactorKind(rated_a=self.rated_a, close_s=0.0, open_s=0.0)  # the order's way is the station's

    def part(self, site: Site) -> ContactorPart:
        return ContactorPart(site, self)


class ContactorPart:
    """One EVSE's contactor. Faults: ``welded``: what is closed stays closed; ``stuck_open``: it does not close."""

    __slots__ = ("_timer", "contactor", "kind", "site", "stuck_open", "welded")

    def __init__(self, site: Site, kind: PowerContactor) -> None:
        self.site = site
        self.kind = kind
        evse = site.evse
        closed = evse is not None and evse.contactor_closed
        self.contactor = Contactor(kind.kind, coil=closed, closed=closed)
        self.welded = False
        self.stuck_open = False
        self._timer: Timer | None = None

    def value(self, variable: str) -> str | None:
        found = self.finding
        match variable:
            case "Active":
                return written(self.contactor.closed)
            case "Tripped":
                return written(found is Finding.WELDED)
            case "Count":
                return str(self.contactor.operations)
            case "Problem":
                return written(found in (Finding.WELDED, Finding.DOES_NOT_CLOSE))
        return None

    def trace(self, variable: str) -> Trace | None:
        del variable
        return None

    def write(self, variable: str, value: str) -> bool:
        del variable, value
        return True

    def command(self, close: bool, current_a: float = 0.0) -> bool:
        """Energize the coil or let it go; whether the contacts are as wanted then. ``current_a``: what they break."""
        self._set()
        contactor = self.contactor
        if contactor.command(close, self.site.now) < NEVER:
            contactor.settle(self.site.now, current_a)
        self.site.changed("Active")
        if close:
            self.site.changed("Count")
        self._look_later()
        return contactor.closed is close

    def disturbed(self) -> None:
        """See whether the contacts follow the coil again, or no longer."""
        self._set()
        contactor = self.contactor
        if contactor.freed(self.site.now) < NEVER and contactor.settle(self.site.now):
            evse = self.site.evse
            assert evse is not None
            evse.circuit.contacts_moved(contactor.closed)
        self._look_later()

    def _set(self) -> None:
        self.contactor.welded, self.contactor.stuck_open = self.welded, self.stuck_open
        if self.welded and not self.contactor.closed:
            self.contactor.closed = True
            evse = self.site.evse
            assert evse is not None
            evse.circuit.contacts_moved(True)

    @property
    def finding(self) -> Finding:
        """What the voltage behind the contacts tells now."""
        evse = self.site.evse
        assert evse is not None
        supply_v = evse.circuit.supply_v
        return self.contactor.finding(supply_v, self.contactor.behind_v(supply_v))

    def _look_later(self) -> None:
        if self._timer is None:
            self._timer = self.site.after(self.kind.looks_s, self._look)

    def _look(self) -> None:
        self._timer = None
        found = self.finding
        for finding, trouble in ((Finding.WELDED, WELDED), (Finding.DOES_NOT_CLOSE, OPEN)):
            if found is finding:
                self.site.tell(facts.ContactorFailed(self.site.place.evse, str(found)))
                self.site.trouble(trouble)
            elif found is not Finding.UNKNOWN and not (finding is Finding.DOES_NOT_CLOSE and self.stuck_open):
                self.site.recovered(trouble)
