"""How commands become CALLs where 1.6 and 2.0.1 say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from csms_reference.dialects.registry import Ask, Payload, commands
from csms_reference.outcome import Outcome
from protocol.versions import V16, V201

if TYPE_CHECKING:
    pass


def wire(value: Any) -> str:
    """A value as OCPP writes it: everything is text, and truth is lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@commands("get_local_list_version", V16, V201)
async def get_local_list_version(ask: Ask) -> Outcome:
    """1.6 §5.10; D02."""
    return await ask("GetLocalListVersion", {})


@commands("data_transfer", V16, V201)
async def data_transfer(ask: Ask, *, vendor_id: str, message_id: str | None = None, data: Any = None) -> Outcome:
    """1.6 §5.6; P01."""
    payload: Payload = {"vendorId": vendor_id}
    if message_id is not None:
        payload["messageId"] = message_id
    if data is not None:
        payload["data"] = data
    return await ask("DataTransfer", payload)
