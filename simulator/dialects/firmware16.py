"""Firmware updates of OCPP 1.6: UpdateFirmware (§5.19), and SignedUpdateFirmware (security whitepaper L01)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.stamps import parse
from simulator.dialects.dialect import Payload, handles, triggers
from simulator.dialects.firmware201 import order_of
from simulator.dialects.ocpp16 import HANDLERS, TRIGGERS
from simulator.firmware.memory import Bank, Order, Status
from simulator.firmware.update import Firmware

if TYPE_CHECKING:
    from simulator.station import Station


@handles(HANDLERS, "UpdateFirmware")
def update_firmware(station: Station, ask: Payload) -> Payload:
    """§5.19. The answer says nothing: what cannot be done is reported as a download that failed."""
    attempts = ask.get("retries")
    order = Order(
        request_id=None,
        location=ask["location"],
        retrieve_at=parse(ask["retrieveDate"]),
        retries=None if attempts is None else max(0, attempts - 1),  # §6.55: how many times it must try
        retry_interval_s=ask.get("retryInterval"),
    )
    status, _ = station.function(Firmware).order(order)
    if status == "Rejected":
        station.say("FirmwareStatusNotification", status=Status.DOWNLOAD_FAILED.value)
    return {}


@handles(HANDLERS, "SignedUpdateFirmware")
def signed_update_firmware(station: Station, ask: Payload) -> Payload:
    """Whitepaper L01.FR.21, .22, .24, .27."""
    status, _ = station.function(Firmware).order(order_of(ask))
    return {"status": status}


@triggers(TRIGGERS, "FirmwareStatusNotification")
def trigger_firmware(station: Station, _evse: int | None, _connector: int | None) -> bool:
    """§4.5: Idle while no firmware is downloaded or installed."""
    last = _last(station, signed=False)
    station.say("FirmwareStatusNotification", status="Idle" if last is None else last[0])
    return True


def trigger_signed_firmware(station: Station, _evse: int | None, _connector: int | None) -> bool:
    """ExtendedTriggerMessage (whitepaper L01.FR.25, .26)."""
    last = _last(station, signed=True)
    if last is None:
        station.say("SignedFirmwareStatusNotification", status="Idle")
    else:
        station.say("SignedFirmwareStatusNotification", status=last[0], requestId=last[1])
    return True


def _last(station: Station, *, signed: bool) -> tuple[str, int | None] | None:
    if Bank not in station.flash.memories:
        return None
    firmware = station.function(Firmware)
    if (last := firmware.last) is None or (last[1] is not None) is not signed:
        return None
    if signed:
        return last
    told = station.dialect.firmware_status(*last)
    return None if firmware.bank.order is None or told is None else (told[1]["status"], None)
