"""The ISO 15118 controllers of a station, by what their variables say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.devicemodel.variable import component_key
from simulator.hardware.place import STATION, Place

if TYPE_CHECKING:
    from simulator.station import Station

NAME = "ISO15118Ctrlr"


@dataclass(frozen=True, slots=True)
class Controller:
    """One SECC. ``key``: its component in the device model; ``secc``, ``country``, ``organisation``: what goes into its
    certificate."""

    key: str
    evse: int
    secc: str
    country: str
    organisation: str
    renews: bool


def controllers(station: Station) -> Iterator[Controller]:
    """Those that a station has: of the station, or of each EVSE."""
    for place in (STATION, *(Place(evse.id) for evse in station.evses)):
        key = component_key(NAME, place=place)
        if station.variables.model.has_component(NAME, place=place):
            text = station.variables.text
            yield Controller(
                key,
                place.evse,
                text(f"{key}.SeccId"),
                text(f"{key}.CountryName"),
                text(f"{key}.OrganizationName"),
                station.variables.flag(f"{key}.V2GCertificateInstallationEnabled"),
            )


def controller_of(station: Station, evse: int | None) -> Controller | None:
    """The one of an EVSE, or of the station; None without an EVSE where each has its own, and where there is none."""
    found = list(controllers(station))
    if evse is None:
        return found[0] if len({each.secc for each in found}) == 1 else None
    return next((each for each in found if each.evse in (0, evse)), None)
