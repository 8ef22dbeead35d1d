"""Firmware updates of OCPP 2.0.1 (L01, L02): UpdateFirmware, and what TriggerMessage asks of the last status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.stamps import parse
from simulator.dialects.dialect import Payload, handles, triggers
from simulator.dialects.ocpp201 import HANDLERS, TRIGGERS
from simulator.firmware.memory import Bank, Order
from simulator.firmware.update import Firmware

if TYPE_CHECKING:
    from simulator.station import Station


def order_of(ask: Payload) -> Order:
    """What an UpdateFirmwareRequest of 2.0.1 (1.6: SignedUpdateFirmware.req) asks for."""
    firmware = ask["firmware"]
    install = firmware.get("installDateTime")
    return Order(
        request_id=ask["requestId"],
        location=firmware["location"],
        retrieve_at=parse(firmware["retrieveDateTime"]),
        install_at=parse(install) if install else None,
        retries=ask.get("retries"),
        retry_interval_s=ask.get("retryInterval"),
        certificate=firmware.get("signingCertificate", ""),
        signature=firmware.get("signature", ""),
    )


@handles(HANDLERS, "UpdateFirmware")
def update_firmware(station: Station, ask: Payload) -> Payload:
    """L01.FR.21, .22, .24, .27; L02.FR.15, .18."""
    status, reason = station.function(Firmware).order(order_of(ask))
    return {"status": status, "statusInfo": {"reasonCode": reason}} if reason else {"status": status}


@triggers(TRIGGERS, "FirmwareStatusNotification")
def trigger_firmware(station: Station, _evse: int | None, _connector: int | None) -> bool:
    """L01.FR.20, .25, .26; L02.FR.14, .16, .17; F06.FR.16."""
    last = station.function(Firmware).last if Bank in station.flash.memories else None
    if last is None:
        station.say("FirmwareStatusNotification", status="Idle")
    else:
        station.say("FirmwareStatusNotification", status=last[0], requestId=last[1])
    return True
