"""Reservations in every version: what is looked at before they are asked for, and what is made of the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csms_reference.dialects.registry import Ask, Payload, afterwards, commands
from csms_reference.instants import read_ms
from csms_reference.outcome import Outcome
from csms_reference.services import reservation
from csms_reference.services.reservation import Reservation
from protocol.versions import V16, V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms

MOST_ID = 2**31 - 1
"""The largest id that every station can be expected to take."""


def checked(reservation_id: int | None, expires: str, ask: Ask) -> int:
    """The id of a reservation, a fresh one where none is given. Raises ValueError for fields that say nothing."""
    if read_ms(expires) is None:
        raise ValueError(f"expires: {expires!r} is no RFC 3339 time stamp")
    number = ask.next_number() if reservation_id is None else reservation_id
    if not 0 <= number <= MOST_ID:
        raise ValueError(f"reservation_id: {number} is not between 0 and {MOST_ID}")
    return number


@commands("cancel_reservation", V16, V201)
async def cancel_reservation(ask: Ask, *, reservation_id: int) -> Outcome:
    """1.6 §5.1; H02."""
    return await ask("CancelReservation", {"reservationId": reservation_id})


@afterwards("reserve")
async def reserved(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """Note what the station has promised; of what it refuses nothing is kept."""
    if end.status != "Accepted" or end.asked is None:
        return
    asked, expires_ms = end.asked, read_ms(fields["expires"])
    assert expires_ms is not None  # looked at before it was sent
    promise = Reservation(
        asked["id"] if "id" in asked else asked["reservationId"],
        fields["id_token"],
        expires_ms,
        evse=fields.get("evse"),
        connector_type=fields.get("connector_type"),
        group_id=fields.get("group_id"),
    )
    await csms.store.write(lambda database: reservation.made(database, station, promise, asked_ms, csms.kept))


@afterwards("cancel_reservation")
async def cancelled(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """H02.FR.02; one that the station does not know (H02.FR.01) stands no more either, whatever became of it."""
    status = reservation.CANCELLED if end.status == "Accepted" else reservation.REMOVED
    number = fields["reservation_id"]
    if end.status in ("Accepted", "Rejected"):
        await csms.store.write(lambda database: reservation.over(database, station, number, status, asked_ms))
