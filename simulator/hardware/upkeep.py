"""The upkeep that a station does by itself: tests its RCDs, looks at its filter, counts what wears."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulator import maintenance
from simulator.clock import Timer
from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.hardware.component import Scope, component
from simulator.hardware.contactor import ContactorPart
from simulator.hardware.converter import PowerStage
from simulator.hardware.cooling import Fan
from simulator.hardware.parameter import parameter
from simulator.hardware.place import Place
from simulator.hardware.plates import Contacts, MatingPart
from simulator.hardware.residual import ResidualPart
from simulator.hardware.shown import flag, written
from simulator.hardware.site import Site
from simulator.physics.trace import Trace

TROUBLE = "maintenance due"
YEAR_S = 365.0 * 86_400


@component("Maintenance")
@dataclass(frozen=True, slots=True)
class Maintenance:
    """Does what is due by itself, and says what needs a technician. Time: when it last did; Count: how often it has;
    DataText: what is due, in the device model's names.

    ``test_days``: between two tests of the RCDs and looks at the filter; makers of RCDs ask for a test every month to
    half a year. ``retry_s``: an EVSE in use is left alone for so long. ``dust``: the share of the air that a year
    takes from a filter. ``least_air``: below it the filter is due. ``worn``: the share of its life from which on a
    connector or contactor is due.
    """

    test_days: float = parameter(30.0, above=0)
    retry_s: float = parameter(3600.0, above=0)
    dust: float = parameter(0.1, at_least=0, at_most=1)
    least_air: float = parameter(0.8, at_least=0, at_most=1)
    worn: float = parameter(0.9, above=0, at_most=1)

    name: ClassVar[str] = "Maintenance"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset({"power"})

    def variables(self) -> Sequence[Variable]:
        live = {"mutability": Mutability.READ_ONLY, "persistent": False, "live": True, "monitored": True}
        return (
            Variable(self.name, "Time", "", DataType.DATE_TIME, **live),  # type: ignore[arg-type]
            Variable(self.name, "Count", "0", DataType.INTEGER, **live),  # type: ignore[arg-type]
            Variable(self.name, "DataText", "", DataType.STRING, **live),  # type: ignore[arg-type]
            flag(self.name, "Problem"),
        )

    def part(self, site: Site) -> Upkeep:
        return Upkeep(site, self)


class Upkeep:
    """One station's. ``cleaned_s``: when its filter was last new; anyone may set it."""

    __slots__ = ("_timer", "_waiting", "cleaned_s", "count", "due", "due_s", "kind", "site", "stamp")

    def __init__(self, site: Site, kind: Maintenance) -> None:
        self.site = site
        self.kind = kind
        self.cleaned_s = site.now
        self.count = 0
        self.stamp = ""
        self.due: tuple[str, ...] = ()
        share = site.chance.uniform("maintenance", 0.0, 1.0, number=0)  # not all stations of a street at once
        self.due_s = site.now + share * kind.test_days * 86_400
        self._waiting: tuple[Place, ...] | None = None
        self._timer: Timer | None = None

    def value(self, variable: str) -> str | None:
        match variable:
            case "Time":
                return self.stamp
            case "Count":
                return str(self.count)
            case "DataText":
                return ", ".join(self.due)
            case "Problem":
                return written(bool(self.due))
        return None

    def trace(self, variable: str) -> Trace | None:
        return None

    def write(self, variable: str, value: str) -> bool:
        return True

    def disturbed(self) -> None:
        """Have what is due done when it is, as long as there is power."""
        if self.site.powered:
            self._count_contactors()
        if self.site.powered is (self._timer is not None):
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        else:
            self._timer = self.site.after(max(0.0, self.due_s - self.site.now), self._do)

    def _count_contactors(self) -> None:
        """A contactor counts its operations from when it is first asked for."""
        for evse in self.site.station.evses:
            self.site.station.rig.near("PowerContactor", Place(evse.id))

    def _do(self) -> None:
        """Test the RCDs of EVSEs that nobody uses, the others later; then look at the rest."""
        self._timer = None
        places = tuple(self._rcds()) if self._waiting is None else self._waiting
        busy = tuple(place for place in places if self._in_use(place))
        self._waiting = busy or None
        self.due_s = self.site.now + (self.kind.retry_s if busy else self.kind.test_days * 86_400)
        self.disturbed()  # before anything else: what follows disturbs every part
        for place in places:
            if place not in busy:
                self._test(place)
        if not busy:
            self.count, self.stamp = self.count + 1, self.site.station.stamp()
            for variable in ("Count", "Time"):
                self.site.changed(variable)
            self._look()

    def _rcds(self) -> Iterator[Place]:
        return (place for title, place in self.site.station.rig.components if title == "RCD")

    def _in_use(self, place: Place) -> bool:
        evse = self.site.station.evse(place.evse)
        return evse.tx is not None or evse.ev is not None or evse.authorization is not None

    def _test(self, place: Place) -> None:
        part = self.site.station.rig.part("RCD", place)
        assert isinstance(part, ResidualPart)
        test = part.self_test()
        said = f"passed in {test.took_s:.3f} s" if test.passed else "failed"
        maintenance.log(self.site.station, "RCD self-test", place, said)

    def _look(self) -> None:
        """See what a technician has to come for."""
        self._soil()
        due = tuple(self._found())
        if due != self.due:
            self.due = due
            self.site.changed("DataText")
            self.site.changed("Problem")
            self.site.recovered(TROUBLE)
        if due:
            self.site.trouble(TROUBLE, ", ".join(due))

    @property
    def air(self) -> float:
        """The share of its air that the filter lets through."""
        return max(0.0, 1 - self.kind.dust * (self.site.now - self.cleaned_s) / YEAR_S)

    def _soil(self) -> None:
        """What the filter keeps back, fan and converters do not have."""
        for part in self._cooled():
            if isinstance(part, Fan):
                part.worn = 1 - self.air
            else:
                part.clogged = 1 - self.air
        self.site.station.rig.disturbed()

    def _cooled(self) -> Iterator[Fan | PowerStage]:
        rig = self.site.station.rig
        for title, place in rig.components:
            if title in ("AirCoolingSystem", "AcDcConverter"):
                part = rig.part(title, place)
                if isinstance(part, Fan | PowerStage):
                    yield part

    def clean(self) -> None:
        """Somebody puts a new filter in."""
        self.cleaned_s = self.site.now
        self._look()

    def look(self) -> None:
        """Somebody has replaced what was due: see what is left of it."""
        self._look()

    def _found(self) -> Iterator[str]:
        rig, kind = self.site.station.rig, self.kind
        if self.air < kind.least_air and any(True for _ in self._cooled()):
            yield "AirCoolingSystem"
        for (title, place), plate in rig.components.items():
            kept = rig.kept(title, place)
            if isinstance(kept, Contacts) and isinstance(plate, MatingPart):
                if kept.count >= kind.worn * plate.rated:
                    yield f"{title}({place.evse},{place.connector})"
            elif isinstance(kept, ContactorPart) and kept.contactor.wear >= kind.worn:
                yield f"{title}({place.evse})"
