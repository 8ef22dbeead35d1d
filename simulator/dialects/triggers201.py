"""TriggerMessage of OCPP 2.0.1 (F06). Blocks with messages of their own enter these in the table themselves."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from simulator.dialects.dialect import Payload, handles, triggers
from simulator.dialects.ocpp201 import HANDLERS, TRIGGERS
from simulator.dialects.quantities import tells

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station


@handles(HANDLERS, "TriggerMessage")
def trigger_message(station: Station, ask: Payload) -> Payload:
    """F06.FR.05, F06.FR.08; 2.1 F06.FR.19: there are no custom triggers. An EVSE counts only where it is relevant to
    the message (F06.FR.03), which is for the trigger to say."""
    trigger = TRIGGERS.get(ask["requestedMessage"])
    if trigger is None:
        return {"status": "NotImplemented"}
    place = ask.get("evse", {})
    sent = trigger(station, place.get("id"), place.get("connectorId"))
    return {"status": "NotImplemented" if sent is None else "Accepted" if sent else "Rejected"}


def _places(station: Station, evse: int | None) -> tuple[Evse, ...]:
    """F06.FR.11: all of them where none is named; none where there is none of that number."""
    return tuple(place for place in station.evses if evse in (None, place.id))


@triggers(TRIGGERS, "BootNotification")
def _boot(station: Station, _evse: int | None, _connector: int | None) -> bool:
    if station.registration == "Accepted":
        return False  # F06.FR.17: an accepted station has nothing to boot again for
    station.later(station.life.boot_again)
    return True


@triggers(TRIGGERS, "Heartbeat")
def _heartbeat(station: Station, _evse: int | None, _connector: int | None) -> bool:
    station.later(station.life.heartbeat)
    return True


@triggers(TRIGGERS, "StatusNotification")
def _status(station: Station, evse: int | None, connector: int | None) -> bool:
    if evse is None or connector is None:
        return False  # F06.FR.12: only for a connector
    if not any(1 <= connector <= len(place.profile.connectors) for place in _places(station, evse)):
        return False
    station.later(lambda: station.statuses.send(evse, connector))
    return True


@triggers(TRIGGERS, "MeterValues")
def _meter_values(station: Station, evse: int | None, _connector: int | None) -> bool:
    """F06.FR.06; F06.FR.10: what is accepted is sent, so there has to be something to send."""
    chosen = [one for one in _places(station, evse) if tells(one.sample("Trigger", "AlignedDataCtrlr.Measurands"))]
    for place in chosen:
        station.later(partial(station.send_readings, place, "Trigger"))
    return bool(chosen)


@triggers(TRIGGERS, "TransactionEvent")
def _transaction(station: Station, evse: int | None, _connector: int | None) -> bool:
    """F06.FR.07."""
    chosen = [place for place in _places(station, evse) if place.tx is not None]
    for place in chosen:
        station.later(partial(_report, place))
    return bool(chosen)


def _report(evse: Evse) -> None:
    if evse.tx is not None:
        evse.report("Trigger", "Trigger")
