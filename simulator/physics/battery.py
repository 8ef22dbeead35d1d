"""A battery that is charged with constant current, then with constant voltage (CC/CV), in straight lines.

Behind its internal resistance R lies the open-circuit voltage U0(s). Constant current I lasts while U0 + I·R is below
the highest voltage U; then I = (U - U0)/R. Where U0 is straight over the state of charge s, so is the power in both
phases; the current of the second one dies away exponentially with the time constant R·Q/U0', Q being the capacity.
"""

from __future__ import annotations

from simulator.curve import Curve, lowest


def cc_cv(open_v: Curve, max_a: float, max_v: float, ohm: float) -> tuple[Curve, Curve]:
    """Greatest power and terminal voltage over the state of charge (0..1), exactly as far as ``open_v`` is exact.

    Raises ValueError where the battery could not be charged to its end.
    """
    if min(max_a, max_v, ohm) <= 0:
        raise ValueError("current, voltage and resistance of a battery must be above 0")
    if open_v.at(1.0) > max_v:
        raise ValueError("a full battery's open-circuit voltage must not be above its highest one")
    voltage_v = lowest((open_v.raised(max_a * ohm), Curve.level(max_v)))
    powers = ((soc, volts * min(max_a, (max_v - open_v.at(soc)) / ohm)) for soc, volts in voltage_v.points)
    return Curve(tuple(powers)), voltage_v


def fade_s(slope_v: float, capacity_wh: float, max_v: float, ohm: float) -> float:
    """The time constant with which the current dies away at constant voltage, where U0 rises by ``slope_v`` over the
    whole of the battery's charge: its Coulombs at ``max_v`` times R over ``slope_v``."""
    return capacity_wh * 3600 / max_v * ohm / slope_v
