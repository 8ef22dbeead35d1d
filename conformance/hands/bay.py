"""What a driver and a technician do to a simulated station."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from conformance.hands import Skills
from conformance.rigs import Unable
from conformance.rigs.files import Files
from conformance.vocabulary import V16
from simulator import faults
from simulator.clock import Clock
from simulator.ev import EV
from simulator.hardware.detector import Detector
from simulator.hardware.environment import FAIR
from simulator.hardware.place import Place
from simulator.points import BAY_SENSOR
from simulator.screen.screen import DISPLAY, shown
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
    files: Files | None = None

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
    """Mains come on, after a battery was empty."""
    if not any(bay.station.environment.grid):
        bay.station.power_off()
        bay.station.surround(grid=FAIR.grid)
    bay.station.power_on()


@skill("power_off")
def power_off(bay: Bay) -> None:
    """Mains go; a battery carries the electronics for a while."""
    if bay.station.has("ELVSupply"):
        bay.station.surround(grid=(0.0, 0.0, 0.0))
    else:
        bay.station.power_off()


@skill("plug")
def plug(bay: Bay, evse: int, connector: int) -> None:
    """An EV that needs energy is plugged in."""
    car = EV.of(bay.ev, bay.arrival_soc)
    bay.station.plug(car, evse, connector)
    bay.cars[evse] = car


@skill("unplug")
def unplug(bay: Bay, evse: int) -> None:
    """The cable is pulled at the EV."""
    bay.station.unplug(evse)


@skill("plug_idle")
def plug_idle(bay: Bay, evse: int, connector: int) -> None:
    """An EV is plugged in whose driver does not want it to charge yet."""
    car = EV.of(bay.ev, bay.arrival_soc)
    car.paused = True
    bay.station.plug(car, evse, connector)
    bay.cars[evse] = car


@skill("unplug_at_ev")
def unplug_at_ev(bay: Bay, evse: int) -> None:
    """The cable is pulled at the EV; a lock may hold its other end."""
    bay.station.unplug(evse)


@skill("replug_at_ev")
def replug_at_ev(bay: Bay, evse: int) -> None:
    """The same cable goes into the same EV again, which wants energy."""
    car = _car(bay, evse)
    car.paused = False
    bay.station.plug(car, evse, bay.station.evse(evse).connector)


@skill("take_cable")
def take_cable(bay: Bay, evse: int) -> None:
    """A plug that the station lets go of came out with the EV's end; one that it holds stays."""
    if bay.station.evse(evse).plugged is not None:
        raise Unable(f"the station holds the plug at EVSE {evse}")


@skill("suspend")
def suspend(bay: Bay, evse: int) -> None:
    """The EV stops taking energy."""
    _car(bay, evse).paused = True
    bay.station.evse(evse).circuit.ev_changed()


@skill("resume")
def resume(bay: Bay, evse: int) -> None:
    """The EV takes energy again."""
    _car(bay, evse).paused = False
    bay.station.evse(evse).circuit.ev_changed()


@skill("stop_at_car")
def stop_at_car(bay: Bay, evse: int) -> None:
    """Charging is ended at the car, which tells the station."""
    bay.station.stop_at_car(evse)


@skill("drive_in")
def drive_in(bay: Bay, evse: int) -> None:
    """A car stands in the bay."""
    _cover(bay, evse, 1.0)


@skill("drive_out")
def drive_out(bay: Bay, evse: int) -> None:
    """The bay is empty."""
    _cover(bay, evse, 0.0)


def _car(bay: Bay, evse: int) -> EV:
    if evse not in bay.cars:
        raise Unable(f"no EV has been at EVSE {evse}")
    return bay.cars[evse]


def _cover(bay: Bay, evse: int, share: float) -> None:
    if not bay.station.has(BAY_SENSOR):
        raise Unable("the station does not see who stands in its bays")
    sensor = cast(Detector, bay.station.rig.part(BAY_SENSOR, Place(evse)))
    sensor.disturbance = share
    sensor.disturbed()


@skill("present")
def present(bay: Bay, token: str, type: str, evse: int) -> None:
    """A card is held to the reader."""
    bay.station.present(Token(token) if bay.version == V16 else Token(token, type), evse)


@skill("shows")
def shows(bay: Bay) -> list[str]:
    """What stands on the display, page by page."""
    if not bay.station.has(DISPLAY):
        raise Unable("the station has no display")
    return list(shown(bay.station).texts)


@skill("stop_all")
def stop_all(bay: Bay, token: str, type: str) -> None:
    """A master pass is held to the station's reader."""
    bay.station.present(Token(token, type))


@skill("stop_one")
def stop_one(bay: Bay, token: str, type: str, evse: int) -> None:
    """A master pass is held to the reader of the EVSE whose transaction is to stop."""
    bay.station.present(Token(token, type), evse)


@skill("fault")
def fault(bay: Bay, name: str, evse: int, connector: int) -> None:
    """Break something."""
    faults.inject(bay.station, name, evse=evse, connector=connector)


@skill("mend")
def mend(bay: Bay, name: str, evse: int, connector: int) -> None:
    """Mend what a fault broke."""
    faults.clear(bay.station, name, evse=evse, connector=connector)


@skill("refuse_reservations")
def refuse_reservations(bay: Bay) -> None:
    """Reservations are switched off on the spot."""
    bay.station.variables.set("ReservationCtrlr.Enabled", "false")
