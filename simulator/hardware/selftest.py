"""The self-test: every part of the station that can test itself does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from simulator.clock import Timer
from simulator.devicemodel.variable import DataType, Mutability, Variable
from simulator.hardware.component import Part, Scope, component
from simulator.hardware.shown import flag, written
from simulator.hardware.site import Site
from simulator.physics.trace import Trace


class Verdict(Protocol):
    """What a test came to."""

    @property
    def passed(self) -> bool:
        """Whether the part does what it is there for."""


@runtime_checkable
class Testable(Protocol):
    """A part that can test itself."""

    def self_test(self) -> Verdict:
        """See whether it does what it is there for; the test is over when this returns."""


@component("SelfTester")
@dataclass(frozen=True, slots=True)
class SelfTester:
    """Tests RCD, contactor and whatever else can test itself, when somebody sets Active; refused while a driver is
    there. DataText: what failed, in the device model's names.

    ``takes_s``: how long the whole test takes.
    """

    takes_s: float = 10.0

    name: ClassVar[str] = "SelfTester"
    scope: ClassVar[Scope] = Scope.STATION
    senses: ClassVar[frozenset[str]] = frozenset()

    def variables(self) -> Sequence[Variable]:
        return (
            Variable(self.name, "Active", "false", DataType.BOOLEAN, persistent=False, monitored=True, live=True),
            Variable(self.name, "DataText", "", DataType.STRING, Mutability.READ_ONLY, persistent=False, live=True),
            Variable(self.name, "Time", "", DataType.DATE_TIME, Mutability.READ_ONLY, persistent=False, live=True),
            Variable(self.name, "Count", "0", DataType.INTEGER, Mutability.READ_ONLY, persistent=False, live=True),
            flag(self.name, "Problem"),
        )

    def part(self, site: Site) -> Part:
        return Test(site, self)


class Test:
    """The self-test of one station. ``failed``: what did not do what it should, at the last time."""

    __slots__ = ("_timer", "count", "failed", "kind", "site", "stamp")
    __test__ = False

    def __init__(self, site: Site, kind: SelfTester) -> None:
        self.site = site
        self.kind = kind
        self.failed: tuple[str, ...] = ()
        self.stamp = ""
        self.count = 0
        self._timer: Timer | None = None

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._timer is not None

    def start(self) -> bool:
        """Begin; False while it runs, without power, or while a driver is there."""
        station = self.site.station
        busy = any(evse.tx is not None or evse.ev is not None for evse in station.evses)
        if self.running or busy or not self.site.powered:
            return False
        self._timer = self.site.after(self.kind.takes_s, self._over)
        self.site.changed("Active")
        return True

    def _over(self) -> None:
        self._timer = None
        rig, station = self.site.station.rig, self.site.station
        failed = []
        for fitting in station.profile.fittings:
            part = rig.part(fitting.title, fitting.place)
            if isinstance(part, Testable) and not part.self_test().passed:
                failed.append(_named(fitting.title, fitting.place))
        self.failed, self.stamp, self.count = tuple(failed), station.stamp(), self.count + 1
        for variable in ("Active", "DataText", "Problem"):
            self.site.changed(variable)
        if failed:
            self.site.trouble("self-test failed", self.value("DataText") or "")
        else:
            self.site.recovered("self-test failed")

    def value(self, variable: str) -> str | None:
        match variable:
            case "Active":
                return written(self.running)
            case "DataText":
                return ", ".join(self.failed)
            case "Time":
                return self.stamp
            case "Count":
                return str(self.count)
            case "Problem":
                return written(bool(self.failed))
        return None

    def trace(self, variable: str) -> Trace | None:
        return None

    def write(self, variable: str, value: str) -> bool:
        return self.start() if variable == "Active" and value.lower() == "true" else False

    def disturbed(self) -> None:
        """Without power no test goes on."""
        if self._timer is not None and not self.site.powered:
            self._timer.cancel()
            self._timer = None


def _named(title: str, place: tuple[int, int]) -> str:
    evse, connector = place
    where = f"({evse},{connector})" if connector else f"({evse})" if evse else ""
    return f"{title}{where}"
