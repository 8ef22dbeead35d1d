"""OCPP 2.0.1: asking stations for their transactions (E14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csms_reference.dialects.registry import Ask, Payload, afterwards, commands
from csms_reference.outcome import Outcome
from csms_reference.services import transactions
from protocol.versions import V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms


@commands("get_transaction_status", V201)
async def get_transaction_status(ask: Ask, *, transaction_id: str | None = None) -> Outcome:
    """E14. Without ``transaction_id`` it asks whether any message on transactions still waits."""
    return await ask("GetTransactionStatus", {} if transaction_id is None else {"transactionId": transaction_id})


@afterwards("get_transaction_status")
async def transaction_status_told(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """E14.FR.01: a transaction that neither runs nor has messages left is lost, if its end has not come."""
    del asked_ms
    wanted, answer = fields.get("transaction_id"), end.answer or {}
    if wanted is not None and answer.get("ongoingIndicator") is False and not answer["messagesInQueue"]:
        await csms.store.write(lambda database: transactions.lost(database, station, wanted))
