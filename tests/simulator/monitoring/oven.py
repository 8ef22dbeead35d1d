"""A made-up component whose temperature follows closed forms, and a station that has it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from simulator.hardware.component import Part, Scope
from simulator.hardware.outfit import Fitting
from simulator.hardware.place import Place
from simulator.hardware.site import Site
from simulator.monitoring.monitor import Monitor
from simulator.physics.trace import Steady, Trace
from simulator.profile import Profile
from simulator.station import Station
from simulator.variables import DataType, Mutability, Variable
from tests.simulator.csms import profile

TEMPERATURE, GLOWING, DIAL = "Oven(1).Temperature", "Oven(1).Glowing", "Oven(1).Dial"


@dataclass(frozen=True)
class Oven:
    name: ClassVar[str] = "Oven"
    scope: ClassVar[Scope] = Scope.EVSE

    def variables(self) -> Sequence[Variable]:
        live = {"mutability": Mutability.READ_ONLY, "persistent": False, "live": True, "monitored": True}
        return (
            Variable("Oven", "Temperature", "20.0", DataType.DECIMAL, unit="Celsius", low=-40, high=300, **live),
            Variable("Oven", "Glowing", "false", DataType.BOOLEAN, **live),
            Variable("Oven", "Dial", "off", DataType.STRING),
            Variable("Oven", "Maker", "Tests", DataType.STRING, Mutability.READ_ONLY, constant=True),
        )

    def part(self, site: Site) -> Part:
        return Fire(site)


class Fire:
    """``burn`` lets the temperature follow another form from now on."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.form: Trace = Steady(20.0)
        self.glowing = False

    def burn(self, form: Trace) -> None:
        self.form = form
        self.site.station.rig.disturbed(self.site.place.evse)

    def glow(self, glowing: bool) -> None:
        self.glowing = glowing
        self.site.changed("Glowing")

    def value(self, variable: str) -> str | None:
        if variable == "Temperature":
            return f"{self.form.at(self.site.now):.1f}"
        return {"Glowing": "true" if self.glowing else "false"}.get(variable)

    def trace(self, variable: str) -> Trace | None:
        return self.form if variable == "Temperature" else None

    def write(self, variable: str, value: str) -> bool:
        del variable
        return value != "explode"

    def disturbed(self) -> None:
        pass


OVEN = Oven()


def kitchen(*monitors: Monitor, name: str = "ac-22kw") -> Profile:
    """A station with an oven at EVSE 1; ``monitors``: the manufacturer's."""
    plain = profile(name)
    return replace(plain, fittings=(Fitting("Oven", Place(1), OVEN, "Oven"),), monitors=monitors)


def fire(station: Station) -> Fire:
    part = station.rig.part("Oven", Place(1))
    assert isinstance(part, Fire)
    return part
