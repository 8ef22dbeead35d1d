"""What makes an order to a station one that a CSMS may send, and what the CSMS notes when it was accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csms_reference.dialects.registry import Payload, afterwards
from csms_reference.outcome import Outcome
from csms_reference.services import orders

if TYPE_CHECKING:
    from csms_reference.csms import Csms


def profile_to_start(profile: Payload) -> Payload:
    """A charging profile that may come with a remote start. Raises ValueError: F01.FR.09, F01.FR.11 and 1.6 §5.16.2
    want it for the transaction, and without an id of one. (Stations can be sent any other by a raw call.)"""
    if profile.get("chargingProfilePurpose") != "TxProfile":
        raise ValueError("charging_profile: its purpose has to be TxProfile (F01.FR.09)")
    if "transactionId" in profile:
        raise ValueError("charging_profile: a transaction that is to begin has no id yet (F01.FR.11)")
    return profile


@afterwards("remote_start")
async def start_accepted(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """F01.FR.25: note what was asked, so that the transaction that comes of it is known by its remoteStartId."""
    if end.status != "Accepted" or end.asked is None:
        return
    number, evse, token = end.asked.get("remoteStartId"), fields.get("evse"), fields["id_token"]
    await csms.store.write(
        lambda database: orders.remote_start(
            database, station, remote_start_id=number, evse=evse, id_token=token, asked_ms=asked_ms, kept=csms.kept
        )
    )


@afterwards("change_availability")
async def availability_changed(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """G03.FR.02, G04.FR.03: note what is to be, and whether it is so or comes when transactions are over."""
    if end.status not in ("Accepted", "Scheduled"):
        return
    evse, connector, operative = fields.get("evse") or 0, fields.get("connector") or 0, fields["operative"]
    await csms.store.write(
        lambda database: orders.availability(
            database, station, evse, connector, operative=operative, answer=end.status, asked_ms=asked_ms
        )
    )
