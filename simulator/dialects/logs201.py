"""Logs in OCPP 2.0.1 (N01): GetLog, and what TriggerMessage asks of an upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.stamps import parse
from simulator.courier.destination import Destination
from simulator.courier.parcel import Undelivered
from simulator.dialects.dialect import Payload, handles, triggers
from simulator.dialects.ocpp201 import HANDLERS, TRIGGERS
from simulator.logs.memory import Desk, Kind, Order, Status, Window
from simulator.logs.upload import Logs

if TYPE_CHECKING:
    from simulator.station import Station


def order_of(ask: Payload) -> Order:
    """What a GetLogRequest of 2.0.1 (1.6: GetLog.req) asks for. Raises ValueError for a log that there is not."""
    log = ask["log"]
    return Order(
        kind=Kind(ask["logType"]),
        request_id=ask["requestId"],
        location=log["remoteLocation"],
        window=window(log.get("oldestTimestamp"), log.get("latestTimestamp")),
        retries=ask.get("retries"),
        retry_interval_s=ask.get("retryInterval"),
    )


def window(oldest: str | None, latest: str | None) -> Window:
    """From when to when, as it stands in a message."""
    return Window(parse(oldest) if oldest else None, parse(latest) if latest else None)


def spoken(station: Station, location: str) -> bool:
    """Whether the station has the protocol that an address asks for (FileTransferProtocols)."""
    try:
        scheme = Destination.of(location, {}).scheme
    except Undelivered:
        return False
    return scheme.upper() in station.variables.items("OCPPCommCtrlr.FileTransferProtocols")


@handles(HANDLERS, "GetLog")
def get_log(station: Station, ask: Payload) -> Payload:
    """N01.FR.01, .05, .12. A log of a kind that this station does not write (2.1 has more) is not available."""
    if not spoken(station, ask["log"]["remoteLocation"]):
        return {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidURL"}}
    if ask["logType"] not in tuple(Kind):
        return {"status": "Rejected", "statusInfo": {"reasonCode": "UnsupportedParam"}}
    status, name = station.function(Logs).order(order_of(ask))
    return {"status": status, "filename": name} if name else {"status": status}


@triggers(TRIGGERS, "LogStatusNotification")
def trigger_log(station: Station, _evse: int | None, _connector: int | None) -> bool:
    """F06.FR.14, .15; N01.FR.13."""
    order = station.function(Logs).uploading if Desk in station.flash.memories else None
    if order is None:
        station.say("LogStatusNotification", status=Status.IDLE.value)
    else:
        station.say("LogStatusNotification", status=Status.UPLOADING.value, requestId=order.request_id)
    return True
