"""A station's state as a plain dict, for expectations and reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.screen.screen import DISPLAY, shown

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station


def snapshot(station: Station) -> dict[str, Any]:
    """The station's state now."""
    return {
        "powered": station.powered,
        "connected": station.line.open,
        "registration": station.registration,
        "queued": len(station.journal),
        "troubles": [
            {"name": raised.name, "evse": raised.place.evse, "connector": raised.place.connector, "info": info}
            for raised, info in station.troubles.items()
        ],
        "display": _display(station),
        "evses": {evse.id: _evse(station, evse) for evse in station.evses},
    }


def _display(station: Station) -> dict[str, Any] | None:
    """What can be seen on the display: the text that is on, all that take turns, and the operator's messages among
    them by their ids; None where there is no display."""
    if not station.has(DISPLAY):
        return None
    view = shown(station)
    return {"text": view.text, "texts": list(view.texts), "messages": list(view.messages)}


def _evse(station: Station, evse: Evse) -> dict[str, Any]:
    reading = evse.reading()
    return {
        "plugged": evse.plugged,
        "state": evse.state,
        "transaction": evse.tx.id if evse.tx else None,
        "token": evse.authorization.token.id if evse.authorization else None,
        "energy_wh": reading.energy_wh,
        "power_w": reading.power_w,
        "soc_percent": evse.ev.soc_percent if evse.ev else None,
        "status": {
            number: station.dialect.connector_status(evse, number)
            for number in range(1, len(evse.profile.connectors) + 1)
        },
    }
