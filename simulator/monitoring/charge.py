"""How the numbers of an EVSE go on while it charges, for the monitors that watch them.

Power, current and voltage follow the EV's state of charge in closed form as long as the offer is the same
(``simulator.course.Course``); the meter shows powers and currents in proportion.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from simulator.electrical import at_grid
from simulator.ev import Flow
from simulator.physics.trace import NEVER, Trace

if TYPE_CHECKING:
    from simulator.course import Course
    from simulator.electrical import Draw, Offer
    from simulator.ev import EV
    from simulator.station import Station
    from simulator.variables import Variable


NEARLY = 1e-7
"""States of charge closer than this are the same: a battery of 100 kWh takes 0.01 Wh from one to the other."""

SOON_S = 1e-3
"""What is nearer than an EV's state of charge can tell is reached so soon."""


def _conductor(number: int) -> Callable[[Draw], float]:
    return lambda draw: draw.current_a[number] if number < len(draw.current_a) else 0.0


DRAWN: Mapping[str, Callable[[Draw], float]] = {
    "Power": lambda draw: draw.power_w,
    "DCCurrent": _conductor(0),
    "DCVoltage": lambda draw: draw.voltage_v,
    **{f"ACCurrent.L{phase}": _conductor(phase - 1) for phase in (1, 2, 3)},
}
"""What of an EVSE changes while nothing is done to it, as it follows from what flows."""


class Charging:
    """A number of an EVSE over time (``simulator.physics.trace.Trace``), as a function of the state of charge.

    Between the corners of the charge's course it only rises or only falls.
    """

    __slots__ = ("_begin_s", "_corners", "_course", "_number")

    def __init__(self, number: Callable[[float], float], course: Course, soc: float, begin_s: float) -> None:
        self._number = number
        self._course = course
        self._begin_s = begin_s
        socs = [soc, *(leg[2] for leg in course.legs(soc, course.stop_soc))]
        self._corners = [(at, number(at)) for at in socs]

    def at(self, instant_s: float) -> float:
        """Where it will be, or after the end of the charge, where that leaves it."""
        return self._number(self._soc(instant_s))

    def reaches(self, level: float, after_s: float) -> float:
        """When it will be at a level, or just beyond it."""
        start = self._soc(after_s)
        ahead = [corner for corner in self._corners if corner[0] > start]
        for (soc, value), (end, end_value) in pairwise([(start, self._number(start)), *ahead]):
            if value != level and (end_value == level or (value < level) is not (end_value < level)):
                return self._instant(self._crossing(level, soc, end))
        return NEVER

    def _soc(self, instant_s: float) -> float:
        return self._course.after(self._corners[0][0], instant_s - self._begin_s)[0]

    def _instant(self, soc: float) -> float:
        return self._begin_s + self._course.seconds(self._corners[0][0], soc)

    def _crossing(self, level: float, low: float, high: float) -> float:
        """Where it is at a level, or just beyond, by the Illinois rule: nearly straight lines take a few steps."""
        under, over = self._number(low) - level, self._number(high) - level
        while high - low > NEARLY:
            step = (high - low) * under / (under - over)
            middle = low + min(max(step, NEARLY / 2), high - low - NEARLY / 2)
            found = self._number(middle) - level
            if (found < 0) is (under < 0) and found != 0:
                low, under, over = middle, found, over / 2
            else:
                high, over, under = middle, found, under / 2
        return high


COUNTED = frozenset(
    {("FiscalMetering", "EnergyImport"), ("FiscalMetering", "EnergyImportRegister"), ("EVChargingSession", "Energy")}
)
"""What only rises while an EV is charged: the import register, and how far it has come in the transaction."""


@dataclass(frozen=True, slots=True)
class Counting:
    """A register over time. ``ev``: as it is at ``begin_s``; ``share``: what the register counts of its energy."""

    ev: EV
    offer: Offer
    begin_s: float
    begin_wh: float
    share: float

    def at(self, instant_s: float) -> float:
        """What it will have counted."""
        return self.begin_wh + self.share * copy.copy(self.ev).advance(max(0.0, instant_s - self.begin_s), self.offer)

    def reaches(self, level: float, after_s: float) -> float:
        """When it will have counted so much."""
        if level <= self.at(after_s):
            return NEVER
        instant_s = self.begin_s + self.ev.seconds_until_energy((level - self.begin_wh) / self.share, self.offer)
        return max(instant_s, after_s + SOON_S)


def energy_trace(station: Station, variable: Variable) -> Trace | None:
    """How a register goes on; None while it stands still.

    A register is shown without its broken last step, all else is rounded: half a step less is where it is written.
    """
    if (variable.component, variable.local) not in COUNTED:
        return None
    evse = station.evse(variable.place.evse)
    circuit, tx, meter = evse.circuit, evse.tx, evse.meter
    if circuit.ev is None or not circuit.flowing or (tx is None and variable.local != "EnergyImportRegister"):
        return None
    reading, offer = circuit.reading(), circuit.heeded
    if reading.dead or meter.ills.stuck or reading.factor <= 0 or circuit.ev.flow(offer) is not Flow.CHARGING:
        return None
    loss = 1.0 if station.profile.meter.location == "Outlet" else offer.supply.efficiency
    begin_wh = meter.import_wh + meter.ills.jump_wh - meter.resolution_wh / 2
    if tx is not None and variable.local != "EnergyImportRegister":
        begin_wh -= tx.start_wh
    return Counting(copy.copy(circuit.ev), offer, station.clock.now, begin_wh, reading.factor / loss)


def charge_trace(station: Station, variable: Variable) -> Trace | None:
    """How a number of an EVSE goes on; None where it stays as it is until something happens."""
    if variable.component != "EVSE" or (read := DRAWN.get(variable.local)) is None:
        return None
    circuit = station.evse(variable.place.evse).circuit
    if circuit.ev is None or not circuit.flowing:
        return None
    circuit.settle()
    ev, offer, supply = copy.copy(circuit.ev), circuit.heeded, circuit.supply
    at_outlet = station.profile.meter.location == "Outlet"

    def metered(soc: float) -> float:
        ev.soc = soc
        draw = ev.draw(offer)
        return read(draw if at_outlet else at_grid(supply, draw))

    reading = circuit.reading()
    if ev.flow(offer) is not Flow.CHARGING or reading.dead:
        return None
    share = 1.0 if variable.name == "DCVoltage" else reading.factor
    return Charging(lambda soc: share * metered(soc), ev.course(offer), ev.soc, station.clock.now)
