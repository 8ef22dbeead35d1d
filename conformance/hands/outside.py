"""What systems at the site other than the CSMS do to a simulated station: limit it."""

from __future__ import annotations

from conformance.hands.bay import Bay, skill
from conformance.rigs import Unable
from scenarios import outside


@skill("limit_from_outside")
def limit_from_outside(bay: Bay, evse: int, amps: float) -> None:
    """An energy management system limits an EVSE or the grid connection."""
    if not outside.limit(bay.station, amps=amps, evse=evse):
        raise Unable("the station listens to nobody but its CSMS")


@skill("lift_limit")
def lift_limit(bay: Bay, evse: int) -> None:
    """The energy management system has nothing against the full power any more."""
    outside.lift(bay.station, evse)
