"""What the firmware does beside charging: functions such as reservation, each made when it is first needed.

A function holds its station and what is in volatile memory. What it keeps without power is one frozen dataclass in
the station's Flash, which it replaces and never changes (``flash.memory``, ``flash.remember``): stations for which a
function has never been used pay nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, TypeVar

if TYPE_CHECKING:
    from simulator import facts
    from simulator.evse import Evse
    from simulator.station import Station


class Function:
    """One function of one station's firmware.

    ``memory`` is the type of what it keeps in Flash: a station whose Flash has one makes the function when its
    firmware starts. ``always`` makes it at every start, for functions that have something to do by themselves.
    """

    memory: ClassVar[type | None] = None

    __slots__ = ("station",)

    def __init__(self, station: Station) -> None:
        self.station = station

    @classmethod
    def always(cls, station: Station) -> bool:
        """Whether such a station has something to do for it from its start."""
        del station
        return False

    def started(self) -> None:
        """The firmware runs, and what is in Flash can be read."""

    def online(self) -> None:
        """The CSMS has accepted the station, or can be reached again."""

    def told(self, fact: facts.Fact) -> None:
        """Something happened at the station."""

    def became_idle(self, evse: Evse) -> None:
        """A transaction at an EVSE is over, or a driver has gone."""

    def forbids_reset(self) -> str | None:
        """Why the station must not restart now: a reason code such as FwUpdateInProgress (B11.FR.06, B12.FR.10)."""
        return None

    def at_work(self) -> bool:
        """Whether it is in the middle of something: a Reset that is to wait until the station is idle waits for that.
        Call ``station.restarts.look()`` when it is over."""
        return False

    def ended(self) -> None:
        """The power is gone, or the firmware restarts: cancel every timer; the object is not used again."""


FUNCTIONS: list[type[Function]] = []
"""Every function that there is; each enters itself."""

NOTHING: Mapping[type, Function] = MappingProxyType({})
"""The functions of a station that uses none, shared by all."""

F = TypeVar("F", bound=Function)
K = TypeVar("K", bound=type[Function])


def function(cls: K) -> K:
    """Enter a function. Raises ValueError for a second one with the same memory."""
    if cls.memory is not None and any(other.memory is cls.memory for other in FUNCTIONS):
        raise ValueError(f"two functions keep {cls.memory.__name__}")
    FUNCTIONS.append(cls)
    return cls


def start(station: Station, each: Callable[[type[Function]], Function]) -> None:
    """The firmware starts: make the functions that have something to do, and let them begin."""
    kept = station.flash.memories
    for cls in FUNCTIONS:
        if cls.memory in kept or cls.always(station):
            each(cls)
