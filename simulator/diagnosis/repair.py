"""What a technician does about a finding: resets, cleans, replaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from simulator.faults import FAULTS
from simulator.hardware.component import Part
from simulator.hardware.contactor import ContactorPart
from simulator.hardware.place import STATION, Place
from simulator.hardware.plates import Contacts
from simulator.hardware.upkeep import Upkeep
from simulator.maintenance import log
from simulator.physics.contactor import Contactor

if TYPE_CHECKING:
    from simulator.station import Station

AROUND: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "RCD": frozenset({"leakage_ac_a", "leakage_dc_a", "pulsating", "inside"}),
        "OverCurrentProtection": frozenset({"extra_a", "overdraw"}),
        "GroundIsolationProtection": frozenset({"insulation_ohm"}),
    }
)
"""What is told of a part and yet lies behind it: a new RCD mends no leak."""


def reset(station: Station, title: str, evse: int = 1, connector: int = 1) -> Place:
    """Close or make ready what has tripped. Raises ValueError where there is no such part, or nothing to reset."""
    part, place = _part(station, title, evse, connector)
    ready = getattr(part, "reset", None)
    if ready is None:
        raise ValueError(f"{title} has nothing to reset")
    ready()
    log(station, f"{title} reset", place)
    return place


def replace(station: Station, title: str, evse: int = 1, connector: int = 1) -> Place:
    """Put a new part in: nothing that can break in it is broken, and what wears is unused. Raises ValueError where
    there is no such part."""
    part, place = _part(station, title, evse, connector)
    fresh = station.rig.components[title, place].part(part.site)  # type: ignore[attr-defined]
    for name in _breakable(title):
        setattr(part, name, getattr(fresh, name))
    if isinstance(part, ContactorPart):
        coil, circuit = part.contactor.coil, station.evse(place.evse).circuit
        part.contactor = Contactor(part.kind.kind, coil=coil, closed=coil)
        if circuit.contactor_closed is not coil:
            circuit.contacts_moved(coil)
    if isinstance(part, Contacts):
        part.count = 0
    log(station, f"{title} replaced", place)
    station.rig.disturbed()
    if (ready := getattr(part, "reset", None)) is not None:
        ready()
    _look(station)
    return place


def clean(station: Station, title: str = "AirCoolingSystem", evse: int = 1, connector: int = 1) -> Place:
    """Put a new filter in. Raises ValueError where the station keeps no account of it."""
    upkeep = station.rig.near("Maintenance", STATION)
    if not isinstance(upkeep, Upkeep):
        raise ValueError(  # noqa: TRY004  # it is the station's fault, not the type's
            f"{station.identity} has no Maintenance, which knows how dirty its filter is"
        )
    _, place = _part(station, title, evse, connector)
    log(station, "filter replaced", place)
    upkeep.clean()
    return place


REPAIRS: Mapping[str, Callable[[Station, str, int, int], Place]] = MappingProxyType(
    {"reset": reset, "replace": replace, "clean": clean}
)
"""What can be done to a part."""


def _part(station: Station, title: str, evse: int, connector: int) -> tuple[Part, Place]:
    part = station.rig.near(title, Place(evse, connector))
    if part is None:
        raise ValueError(f"{station.identity} has no {title} at EVSE {evse}")
    site = part.site  # type: ignore[attr-defined]
    return part, site.place


def _breakable(title: str) -> Iterator[str]:
    """The fields of a part that a fault may set."""
    for fault in FAULTS.values():
        for name in fault.ways.get(title, {}):
            if name not in AROUND.get(title, ()):
                yield name


def _look(station: Station) -> None:
    upkeep = station.kept("Maintenance", 0)
    if isinstance(upkeep, Upkeep):
        upkeep.look()
