"""The current at an outlet as far as it warms something: how much flows, and how it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simulator.electrical import Kind
from simulator.physics.thermal import converter_w, joule_w
from simulator.physics.trace import INSTANT_S, NEVER

if TYPE_CHECKING:
    from simulator.electrical import Supply
    from simulator.evse import Evse


class Stream(NamedTuple):
    """What flows through one outlet. ``current_a``: per conductor. ``power_w``: at the outlet. ``growth_per_s``: power
    goes on as P·exp(growth·t), for ``until_s`` from now."""

    current_a: tuple[float, ...] = ()
    power_w: float = 0.0
    growth_per_s: float = 0.0
    until_s: float = NEVER

    @property
    def most_a(self) -> float:
        """The greatest of the conductors' currents."""
        return max(self.current_a, default=0.0)


STILL = Stream()
"""Nothing flows."""


def stream(evse: Evse) -> Stream:
    """What flows at an EVSE now."""
    circuit, ev = evse.circuit, evse.ev
    if ev is None or not circuit.flowing:
        return STILL
    circuit.settle()
    draw = circuit.draw()
    if draw.power_w <= 0:
        return STILL
    course = ev.course(evse.offer())
    for leg in course.legs(ev.soc, course.stop_soc):
        soc, power_w, end, end_w = leg
        if power_w <= 0:
            break
        if (lasts_s := course.leg_s(*leg)) > INSTANT_S:  # otherwise it is over, but for rounding
            return Stream(draw.current_a, draw.power_w, (end_w - power_w) / (end - soc) * course.gain, lasts_s)
    return Stream(draw.current_a, draw.power_w)


class Loss(NamedTuple):
    """Heat that goes on as W·exp(growth·t), for ``until_s`` from now."""

    loss_w: float = 0.0
    growth_per_s: float = 0.0
    until_s: float = NEVER


NO_LOSS = Loss()
"""Nothing warms it."""


def path_loss(flow: Stream, supply: Supply, path_ohm: float) -> Loss:
    """What an outlet's current leaves in the housing: R·I² of each conductor for AC, the converter's loss for DC."""
    if supply.kind is Kind.DC:
        return Loss(converter_w(flow.power_w, supply.efficiency), flow.growth_per_s, flow.until_s)
    loss_w = sum(joule_w(current_a, path_ohm) for current_a in flow.current_a)
    return Loss(loss_w, 2 * flow.growth_per_s, flow.until_s)


def together(losses: list[Loss]) -> Loss:
    """Several losses as one that begins like their sum."""
    loss_w = sum(each.loss_w for each in losses)
    if loss_w <= 0:
        return NO_LOSS
    growth_per_s = sum(each.loss_w * each.growth_per_s for each in losses) / loss_w
    return Loss(loss_w, growth_per_s, min(each.until_s for each in losses))


def most_w(supply: Supply, path_ohm: float) -> float:
    """The loss of an outlet at its full power."""
    power_w = supply.offer().power_w
    return path_loss(Stream((supply.max_a,) * supply.phases, power_w), supply, path_ohm).loss_w
