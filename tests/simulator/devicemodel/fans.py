"""A component for tests: two fans at each EVSE, with every kind of attribute."""

from dataclasses import dataclass, replace
from typing import ClassVar

from simulator.hardware.component import Scope
from simulator.hardware.outfit import Fitting
from simulator.profile import Profile
from simulator.variables import Attribute, AttributeType, DataType, Mutability, Place, Variable
from tests.simulator.csms import profile

TARGET, MIN_SET, MAX_SET = AttributeType.TARGET, AttributeType.MIN_SET, AttributeType.MAX_SET
BOUNDS = (Attribute(TARGET), Attribute(MIN_SET, "200"), Attribute(MAX_SET, "500"))
LEFT, RIGHT = "CoolingSystem[left](2)", "CoolingSystem[right](2)"


@dataclass(frozen=True)
class Fan:
    """A fan that runs as fast as it is told (part 1 §4.3), and refuses to be looked at every 13 seconds."""

    name: ClassVar[str] = "CoolingSystem"
    scope: ClassVar[Scope] = Scope.EVSE
    instance: str = "left"

    def variables(self):
        told = {"mutability": Mutability.READ_ONLY, "live": True, "persistent": False, "monitored": True}
        yield Variable(
            self.name, "FanSpeed", "0", DataType.DECIMAL, unit="RPM", low=0, high=1000, attributes=BOUNDS, **told
        )
        yield Variable(self.name, "Problem", "false", DataType.BOOLEAN, **told)
        yield Variable(self.name, "Model", "F1", mutability=Mutability.READ_ONLY, constant=True)
        yield Variable(self.name, "Interval", "60", DataType.INTEGER, unit="s", low=1)

    def part(self, site):
        return Blades()


class Blades:
    def __init__(self):
        self.speed = 250.0

    def value(self, variable):
        return f"{self.speed:g}" if variable == "FanSpeed" else None

    def trace(self, variable):
        return None

    def write(self, variable, value):
        if variable == "FanSpeed/Target":
            self.speed = float(value)
        return value != "13"

    def disturbed(self):
        pass


def with_fans() -> Profile:
    fans = [Fan(), Fan("right")]
    fittings = tuple(
        Fitting(f"CoolingSystem[{fan.instance}]", Place(evse), fan, "Fan") for fan in fans for evse in (1, 2)
    )
    return replace(profile("ac-22kw-duo"), name="fans", fittings=fittings)
