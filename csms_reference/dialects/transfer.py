"""DataTransfer from stations, in every version (2.0.1 P02; 1.6 §4.3): kept, and answered as was agreed with vendors."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection as Database

from csms_reference.dialects.payloads import text
from csms_reference.dialects.registry import Asker, Payload, answers
from csms_reference.instants import to_ms
from csms_reference.services import status, vendors
from csms_reference.services.vendors import Returned
from protocol.versions import V16, V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms


async def _received(csms: Csms, station: Asker, ask: Payload, data: Any, now: datetime) -> Returned:
    def write(database: Database) -> Returned:
        said, now_ms = text(ask), to_ms(now)
        status.notice(
            database, station.identity, "DataTransfer", said, timestamp_ms=None, received_ms=now_ms, kept=csms.kept
        )
        return vendors.received(database, ask["vendorId"], ask.get("messageId"), data)

    return await csms.store.write(write)


@answers("DataTransfer", V201)
async def data_transfer_201(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """P02.FR.06, .07, .08."""
    returned = await _received(csms, station, ask, ask.get("data"), now)
    answer: Payload = {"status": returned.status}
    return answer if returned.data is None else answer | {"data": returned.data}


@answers("DataTransfer", V16)
async def data_transfer_16(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """§4.3: data are text."""
    returned = await _received(csms, station, ask, ask.get("data"), now)
    answer: Payload = {"status": returned.status}
    if returned.data is None:
        return answer
    return answer | {"data": returned.data if isinstance(returned.data, str) else json.dumps(returned.data)}
