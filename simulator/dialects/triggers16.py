"""TriggerMessage of OCPP 1.6 (§5.17). Blocks with messages of their own enter these in the table themselves."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from simulator.dialects import keys16
from simulator.dialects.dialect import Payload, Trigger, handles, triggers
from simulator.dialects.ocpp16 import HANDLERS, TRIGGERS, number_of, place_of
from simulator.dialects.quantities import tells

if TYPE_CHECKING:
    from simulator.evse import Evse
    from simulator.station import Station

PLACED = frozenset({"MeterValues", "StatusNotification"})
"""The messages to which a connector is relevant; with others it is ignored."""


@handles(HANDLERS, "TriggerMessage")
def trigger_message(station: Station, ask: Payload) -> Payload:
    """§5.17."""
    return {"status": trigger(station, ask, TRIGGERS)}


def trigger(station: Station, ask: Payload, table: dict[str, Trigger]) -> str:
    """Have a message sent if the table has it; the status to answer with."""
    wanted = table.get(ask["requestedMessage"])
    if wanted is None:
        return "NotImplemented"
    place: tuple[int | None, int | None] | None = (None, None)
    if "connectorId" in ask and ask["requestedMessage"] in PLACED:
        place = place_of(station, ask["connectorId"])
    if place is None:
        return "Rejected"
    return "Accepted" if wanted(station, *place) else "Rejected"


@triggers(TRIGGERS, "BootNotification")
def _boot(station: Station, _evse: int | None, _connector: int | None) -> bool:
    station.later(station.life.boot_again)
    return True


@triggers(TRIGGERS, "Heartbeat")
def _heartbeat(station: Station, _evse: int | None, _connector: int | None) -> bool:
    station.later(station.life.heartbeat)
    return True


@triggers(TRIGGERS, "StatusNotification")
def _status(station: Station, evse: int | None, connector: int | None) -> bool:
    """Without a connector that of the charge point and of each connector."""
    wanted = range(keys16.count(station) + 1) if evse is None else (number_of(station, evse, connector or 0),)
    for number in wanted:
        place = place_of(station, number)
        assert place is not None
        station.later(partial(station.statuses.send, *place))
    return True


@triggers(TRIGGERS, "MeterValues")
def _meter_values(station: Station, number: int | None, _connector: int | None) -> bool:
    """What MeterValuesSampledData asks for (errata §3.46); what is accepted is sent, so there has to be something."""
    key = "SampledDataCtrlr.TxUpdatedMeasurands"
    evses = (station.evse(number),) if number else station.evses
    chosen = [evse for evse in evses if tells(evse.sample("Trigger", key))]
    for evse in chosen:
        station.later(partial(_report, evse, key))
    return bool(chosen)


def _report(evse: Evse, key: str) -> None:
    if evse.tx is not None:
        evse.report("Trigger", "Trigger")
    else:
        evse.station.send_readings(evse, "Trigger", key)
