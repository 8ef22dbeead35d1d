"""What the firmware makes of a trouble: transaction, status, messages. The parts have protected people by then."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import TYPE_CHECKING

from simulator import facts, maintenance
from simulator.event import Event
from simulator.hardware.place import Place
from simulator.hardware.rig import key_of
from simulator.troubles import FAULTED, HELD_BACK, Raised, find, without

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station


def begin(station: Station, raised: Raised, info: str) -> None:
    """A trouble is there from now on. Raises KeyError for none of ``simulator.troubles``."""
    trouble = find(raised.name)
    if raised in station.troubles:
        return
    usable = _usable(station)
    waiting = {evse.id for evse in _concerned(station, raised.place) if evse.effect() is HELD_BACK}
    station.troubles = MappingProxyType({**station.troubles, raised: info})
    station.tell(facts.TroubleRaised(raised.name, *raised.place, info or None))
    _tell_usable(station, usable, trouble.error_code)
    if not station.runs_firmware:
        return
    note(station, raised, info)
    station.security.troubled(raised.name, info)
    for evse in _concerned(station, raised.place):
        in_use = evse.tx is not None or evse.authorization is not None
        does_more = trouble.effect > HELD_BACK or (trouble.effect is HELD_BACK and evse.id not in waiting)
        if does_more and in_use and raised.place.connector in (0, evse.connector):
            evse.trip(trouble)
        else:
            station.statuses.report(evse)


def end(station: Station, raised: Raised) -> None:
    """A trouble is over."""
    if raised not in station.troubles:
        return
    usable = _usable(station)
    info, station.troubles = station.troubles[raised], without(station.troubles, raised)
    station.tell(facts.TroubleOver(raised.name, *raised.place))
    _tell_usable(station, usable, "")
    if not station.runs_firmware:
        return
    note(station, raised, info, cleared=True)
    held_back = raised.trouble.effect >= HELD_BACK
    for evse in _concerned(station, raised.place):
        if held_back:
            evse.mended()
        station.statuses.report(evse)


def catch_up(station: Station) -> None:
    """The firmware starts: say what is wrong, and what is over that was wrong before it stopped."""
    for raised in sorted(station.flash.troubled - station.troubles.keys()):
        note(station, raised, "", cleared=True)
    for raised, info in station.troubles.items():
        note(station, raised, info)


def note(station: Station, raised: Raised, info: str, *, cleared: bool = False) -> None:
    """Log it, and let the CSMS know by NotifyEvent, where there is one (2.0.1 part 2 N07, hard-wired notifications)."""
    maintenance.log(station, f"{maintenance.OVER}{raised.name}" if cleared else raised.name, raised.place, info)
    flash = station.flash
    flash.troubled = flash.troubled - {raised} if cleared else flash.troubled | {raised}
    if not station.dialect.tells_events:
        return
    trouble, place = raised.trouble, raised.place
    name, _, instance = (raised.source or trouble.component).partition("[")
    tx = station.evse(place.evse).tx if place.evse else None
    station.events.note(
        Event(
            name,
            trouble.variable,
            _value(station, raised, cleared),
            place,
            trouble.severity,
            cleared,
            instance.rstrip("]"),
            transaction=None if tx is None else tx.id,
            tech_code=trouble.name,
            tech_info=info or None,
        )
    )


def _value(station: Station, raised: Raised, cleared: bool) -> str:
    """The variable's actual value where it is a number or a text; a flag is what the trouble is: there or over."""
    shown = station.rig.value(key_of(raised.source, raised.place, raised.trouble.variable)) if raised.source else None
    if shown is not None and shown not in ("", "true", "false"):
        return shown
    return "false" if cleared else "true"


def _concerned(station: Station, place: Place) -> Iterator[Evse]:
    return (evse for evse in station.evses if place.evse in (0, evse.id))


def _usable(station: Station) -> frozenset[Place]:
    """The connectors that nothing is wrong with that would keep drivers away."""
    places = (Place(evse.id, n) for evse in station.evses for n in range(1, len(evse.profile.connectors) + 1))
    return frozenset(place for place in places if station.worst_at(*place) is not FAULTED)


def _tell_usable(station: Station, before: frozenset[Place], error: str) -> None:
    now = _usable(station)
    for place in sorted(before - now):
        station.tell(facts.ConnectorFaulted(*place, error))
    for place in sorted(now - before):
        station.tell(facts.FaultCleared(*place))
