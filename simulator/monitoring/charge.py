"""How the numbers of an EVSE go on while it charges, for the monitors that watch them.

Power, current and voltage follow the EV's state of charge in closed form as long as the offer is the same
(``simulator.ev.Course``); the meter shows them in proportion.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from simulator.electrical import at_grid
from simulator.ev import Course as Charge
from simulator.ev import Flow
from simulator.physics.trace import Course, Trace

if TYPE_CHECKING:
    from simulator.electrical import Draw
    from simulator.station import Station
    from simulator.variables import Variable


def _conductor(number: int) -> Callable[[Draw], float]:
    return lambda draw: draw.current_a[number] if number < len(draw.current_a) else 0.0


DRAWN: Mapping[str, Callable[[Draw], float]] = {
    "Power": lambda draw: draw.power_w,
    "DCCurrent": _conductor(0),
    "DCVoltage": lambda draw: draw.voltage_v,
    **{f"ACCurrent.L{phase}": _conductor(phase - 1) for phase in (1, 2, 3)},
}
"""What of an EVSE changes while nothing is done to it, as it follows from what flows."""


def charge_trace(station: Station, variable: Variable) -> Trace | None:
    """How a number of an EVSE goes on; None where it stays as it is until something happens."""
    if variable.component != "EVSE" or (read := DRAWN.get(variable.local)) is None:
        return None
    circuit = station.evse(variable.place.evse).circuit
    if circuit.ev is None or not circuit.flowing:
        return None
    circuit.settle()
    ev, offer, supply = copy.copy(circuit.ev), circuit.offer(), circuit.supply
    at_outlet = station.profile.meter.location == "Outlet"

    def metered() -> float:
        draw = ev.draw(offer)
        return read(draw if at_outlet else at_grid(supply, draw))

    shown, drawn = float(station.variables.text(variable.key)), metered()
    if ev.flow(offer) is not Flow.CHARGING or drawn <= 0:
        return None
    share, begin_s, soc, course = shown / drawn, station.clock.now, ev.soc, ev.course(offer)

    def value(instant_s: float) -> float:
        ev.soc = course.after(soc, instant_s - begin_s)[0]
        return share * metered()

    return Course(value, tuple(_corners(course, soc, begin_s)))


def _corners(course: Charge, soc: float, begin_s: float) -> Iterator[float]:
    for leg in course.legs(soc, course.stop_soc):
        begin_s += course.leg_s(*leg)
        yield begin_s
