"""PublishFirmware and UnpublishFirmware of OCPP 2.0.1 (L03, L04), which only stations with a local controller know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from protocol.errors import Code
from simulator.dialects.dialect import Payload, handles, triggers
from simulator.dialects.logs201 import spoken
from simulator.dialects.ocpp201 import HANDLERS, TRIGGERS
from simulator.line import CallRefused
from simulator.publishing.controller import Publisher, controls
from simulator.publishing.memory import Library, Order, Status

if TYPE_CHECKING:
    from simulator.station import Station

MD5 = re.compile(r"[0-9A-Fa-f]{32}")


@handles(HANDLERS, "PublishFirmware")
def publish_firmware(station: Station, ask: Payload) -> Payload:
    """L03.FR.05. NotSupported without a local controller."""
    publisher = _publisher(station, "PublishFirmware")
    if not spoken(station, ask["location"]):
        return _rejected("InvalidURL")
    if not MD5.fullmatch(ask["checksum"]):
        return _rejected("InvalidValue")
    if any(order.request_id == ask["requestId"] for order in publisher.stock.orders):
        return _rejected("DuplicateRequestId")
    order = Order(
        ask["requestId"], ask["location"], ask["checksum"].lower(), ask.get("retries"), ask.get("retryInterval")
    )  # fmt: skip
    publisher.order(order)
    return {"status": "Accepted"}


def _rejected(reason: str) -> Payload:
    return {"status": "Rejected", "statusInfo": {"reasonCode": reason}}


@handles(HANDLERS, "UnpublishFirmware")
def unpublish_firmware(station: Station, ask: Payload) -> Payload:
    """L04.FR.01–.04."""
    return {"status": _publisher(station, "UnpublishFirmware").withdraw(ask["checksum"])}


def _publisher(station: Station, action: str) -> Publisher:
    if not controls(station):
        raise CallRefused(Code.NOT_SUPPORTED, f"{action}: this station has no local controller")
    return station.function(Publisher)


@triggers(TRIGGERS, "PublishFirmwareStatusNotification")
def trigger_publication(station: Station, _evse: int | None, _connector: int | None) -> bool | None:
    """L03.FR.10, .11; without a local controller there is no such message (F06.FR.08)."""
    if not controls(station):
        return None
    last = station.function(Publisher).last if Library in station.flash.memories else None
    if last is None:
        station.say("PublishFirmwareStatusNotification", status=Status.IDLE.value)
    else:
        station.say("PublishFirmwareStatusNotification", status=last.status.value, requestId=last.request_id)
    return True
