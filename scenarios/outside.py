"""Who else has a say in what a station gives: systems at the site that limit it, and EVs that want a schedule."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.smart.charging import SmartCharging
from simulator.smart.negotiation import Negotiation
from simulator.smart.profile import ChargingProfile, Kind, Period, Purpose, Schedule, Unit
from simulator.smart.talk import Talk
from simulator.station import Station

TALKS: Mapping[str, Talk] = {
    "schedules": Talk(),
    "without returning one": Talk(returns=False),
    "and oversteps": Talk(oversteps=True),
}
"""How an EV negotiates, by its name in scenarios."""


def limit(  # noqa: PLR0917 -- as a step has them
    station: Station,
    amps: float | None = None,
    watts: float | None = None,
    evse: int = 0,
    source: str = "EMS",
    critical: bool | None = None,
) -> bool:
    """A system at the site limits an EVSE or the grid connection (0) from now on; False where it is not heeded."""
    amount, unit = (amps, Unit.A) if watts is None else (watts, Unit.W)
    assert amount is not None  # the schema wants one of them
    schedule = Schedule(unit, (Period(0, amount),), starts=station.now.replace(microsecond=0))
    profile = ChargingProfile(0, 0, Purpose.EXTERNAL, Kind.ABSOLUTE, (schedule,))
    return station.function(SmartCharging).external(profile, evse, source, critical)


def lift(station: Station, evse: int = 0, source: str = "EMS") -> bool:
    """It lifts its limit; False if there is none."""
    return station.function(SmartCharging).release(evse, source)


def renegotiate(
    station: Station, now_s: float, evse: int = 1, target: float | None = None, departs: float | None = None
) -> None:
    """The EV at an EVSE changes its mind and wants another schedule. Raises ValueError where none negotiates."""
    ev = station.evse(evse).ev
    if ev is not None and target is not None:
        ev.target_soc = target / 100
    if ev is not None and departs is not None:
        ev.departs_s = now_s + departs
    station.function(Negotiation).want(evse)
