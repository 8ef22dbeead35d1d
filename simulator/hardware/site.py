"""What a part may know of its station and do to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.hardware.place import Place

if TYPE_CHECKING:
    from simulator import facts
    from simulator.chance import Chance
    from simulator.clock import Timer
    from simulator.evse import Evse
    from simulator.hardware.component import Part
    from simulator.hardware.environment import Environment
    from simulator.station import Station

__all__ = ["Place", "Site"]


class Site:
    """One part's view of its station."""

    __slots__ = ("name", "place", "station")

    def __init__(self, station: Station, name: str, place: Place) -> None:
        self.station = station
        self.name = name
        self.place = place

    @property
    def now(self) -> float:
        """The simulation's time in seconds."""
        return self.station.clock.now

    @property
    def powered(self) -> bool:
        """Whether the station's electronics run."""
        return self.station.powered

    @property
    def environment(self) -> Environment:
        """What surrounds the station."""
        return self.station.environment

    @property
    def chance(self) -> Chance:
        """The station's chance; name the draw after the component."""
        return self.station.chance

    @property
    def evse(self) -> Evse | None:
        """The EVSE it belongs to; None for a part of the whole station."""
        return self.station.evse(self.place.evse) if self.place.evse else None

    def part(self, name: str) -> Part | None:
        """Another part: of the same connector, else of its EVSE, else of the station; None where there is none."""
        return self.station.rig.near(name, self.place)

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Do something later; the timer outlives a loss of power, as physics does."""
        return self.station.clock.after(seconds, action)

    def tell(self, fact: facts.Fact) -> None:
        """Let the record know."""
        self.station.tell(fact)

    def trouble(self, name: str, info: str = "") -> None:
        """Raise a trouble of ``simulator.troubles`` at this place; nothing happens if it is there already."""
        self.station.troubled(name, self.place, info, self.name)

    def recovered(self, name: str) -> None:
        """A trouble is over; nothing happens if it is not there."""
        self.station.recovered(name, self.place, self.name)

    def changed(self, variable: str) -> None:
        """One of its variables has jumped: monitors look."""
        self.station.rig.changed(self.name, self.place, variable)
