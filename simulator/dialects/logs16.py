"""Logs in OCPP 1.6: GetDiagnostics (§5.9), and the security whitepaper's GetLog (N01)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.dialects.dialect import Payload, handles, triggers
from simulator.dialects.logs201 import order_of, spoken, window
from simulator.dialects.ocpp16 import HANDLERS, TRIGGERS
from simulator.logs.memory import Desk, Kind, Order, Status
from simulator.logs.upload import Logs

if TYPE_CHECKING:
    from simulator.station import Station


@handles(HANDLERS, "GetDiagnostics")
def get_diagnostics(station: Station, ask: Payload) -> Payload:
    """§5.9: without diagnostics of that time there is no file name. What cannot be brought to such an address is told
    as an upload that failed, for the answer has no word for it."""
    attempts = ask.get("retries")
    order = Order(
        kind=Kind.DIAGNOSTICS,
        request_id=None,
        location=folder(ask["location"]),
        window=window(ask.get("startTime"), ask.get("stopTime")),
        retries=None if attempts is None else max(0, attempts - 1),  # §6.25: how many times it must try
        retry_interval_s=ask.get("retryInterval"),
    )
    _, name = station.function(Logs).order(order)
    return {"fileName": name} if name else {}


def folder(location: str) -> str:
    """§6.25: the location is a directory, whether or not it ends like one. A query shows that it is none."""
    return location if location.endswith("/") or "?" in location else f"{location}/"


@handles(HANDLERS, "GetLog")
def get_log(station: Station, ask: Payload) -> Payload:
    """Whitepaper N01.FR.01, .11."""
    if not spoken(station, ask["log"]["remoteLocation"]):
        return {"status": "Rejected"}
    status, name = station.function(Logs).order(order_of(ask))
    return {"status": status, "filename": name} if name else {"status": status}


@triggers(TRIGGERS, "DiagnosticsStatusNotification")
def trigger_diagnostics(station: Station, _evse: int | None, _connector: int | None) -> bool:
    """§4.4: Idle while no diagnostics are uploaded."""
    order = _uploading(station)
    busy = order is not None and order.request_id is None
    station.say("DiagnosticsStatusNotification", status=(Status.UPLOADING if busy else Status.IDLE).value)
    return True


def trigger_log(station: Station, _evse: int | None, _connector: int | None) -> bool:
    """ExtendedTriggerMessage (whitepaper N01.FR.12)."""
    order = _uploading(station)
    if order is None or order.request_id is None:
        station.say("LogStatusNotification", status=Status.IDLE.value)
    else:
        station.say("LogStatusNotification", status=Status.UPLOADING.value, requestId=order.request_id)
    return True


def _uploading(station: Station) -> Order | None:
    return station.function(Logs).uploading if Desk in station.flash.memories else None
