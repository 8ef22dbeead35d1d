"""What a driver and a technician do to a simulated station."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from conformance.hands import Skills
from conformance.rigs import Unable
from conformance.vocabulary import V16
from simulator import faults
from simulator.clock import Clock
from simulator.ev import EV
from simulator.station import Station
from simulator.tokens import Token

skill = Skills()


@dataclass(slots=True)
class Bay:
    """A simulated station and the cars that come to it."""

    station: Station
    clock: Clock
    version: str
    ev: str = "sedan-77kwh"
    arrival_soc: float = 0.2
    cars: dict[int, EV] = field(default_factory=dict)

    def find(self, name: str) -> Callable[..., Any] | None:
        """What does the operation of that name; a refusal of the station becomes Unable."""
        act = skill.acts.get(name)
        return None if act is None else partial(self._do, act)

    def _do(self, act: Callable[..., Any], **given: Any) -> Any:
        try:
            return act(self, **given)
        except ValueError as problem:
            raise Unable(str(problem)) from None


@skill("ready")
def ready(bay: Bay) -> bool:
    """Switch the station on; True says that it boots now."""
    bay.station.power_on()
    return True


@skill("power_on")
def power_on(bay: Bay) -> None:
    """Mains come on."""
    bay.station.power_on()


@skill("power_off")
def power_off(bay: Bay) -> None:
    """Mains go."""
    bay.station.power_off()


@skill("plug")
def plug(bay: Bay, evse: int, connector: int) -> None:
    """An EV that needs energy is plugged in."""
    car = bay.cars[evse] = EV.of(bay.ev, bay.arrival_soc)
    bay.station.plug(car, evse, connector)


@skill("unplug")
def unplug(bay: Bay, evse: int) -> None:
    """The cable is pulled at the EV."""
    bay.station.unplug(evse)


@skill("present")
def present(bay: Bay, token: str, type: str, evse: int) -> None:
    """A card is held to the reader."""
    bay.station.present(Token(token) if bay.version == V16 else Token(token, type), evse)


@skill("fault")
def fault(bay: Bay, name: str, evse: int, connector: int) -> None:
    """Break something."""
    faults.inject(bay.station, name, evse=evse, connector=connector)


@skill("mend")
def mend(bay: Bay, name: str, evse: int, connector: int) -> None:
    """Mend what a fault broke."""
    faults.clear(bay.station, name, evse=evse, connector=connector)
