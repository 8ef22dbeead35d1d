"""OCPP 1.6: firmware updates, plain (§5.19, §4.5) and signed (security whitepaper L01)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from csms_reference.dialects.firmware201 import AT_ONCE, COMMAND, dated, note, request
from csms_reference.dialects.registry import Ask, Asker, Payload, answers, commands
from csms_reference.outcome import Outcome
from protocol.versions import V16

if TYPE_CHECKING:
    from csms_reference.csms import Csms


@commands(COMMAND, V16)
async def update_firmware(
    ask: Ask,
    *,
    location: str,
    retrieve: str | None = None,
    install: str | None = None,
    signature: str | None = None,
    signing_certificate: str | None = None,
    retries: int | None = None,
    retry_interval: int | None = None,
    request_id: int | None = None,
) -> Outcome:
    """SignedUpdateFirmware with a signature or its certificate, UpdateFirmware without, which knows no ``install``."""
    if signature is not None or signing_certificate is not None:
        number = ask.next_number() if request_id is None else request_id
        payload = request(
            number, location, retrieve, install, signature, signing_certificate, retries, retry_interval
        )  # fmt: skip
        return await ask("SignedUpdateFirmware", payload)
    if install is not None:
        raise ValueError("install: UpdateFirmware of 1.6 installs as soon as it can")
    plain: Payload = {"location": location, "retrieveDate": dated("retrieve", retrieve) or AT_ONCE}
    if retries is not None:
        plain["retries"] = retries
    if retry_interval is not None:
        plain["retryInterval"] = retry_interval
    return await ask("UpdateFirmware", plain)


@answers("FirmwareStatusNotification", V16)
async def firmware_status_notification(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """§4.5."""
    await note(csms, station, "FirmwareStatusNotification", ask, now)
    return {}


@answers("SignedFirmwareStatusNotification", V16)
async def signed_firmware_status_notification(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """Whitepaper L01.FR.01, .10."""
    await note(csms, station, "SignedFirmwareStatusNotification", ask, now)
    return {}
