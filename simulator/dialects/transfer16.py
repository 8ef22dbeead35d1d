"""DataTransfer of OCPP 1.6 (§4.3, §5.6): data is text, which may be JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from simulator.dialects.dialect import Payload, as_text, handles
from simulator.dialects.ocpp16 import HANDLERS
from simulator.transfer import Transfers

if TYPE_CHECKING:
    from simulator.station import Station


@handles(HANDLERS, "DataTransfer")
def data_transfer(station: Station, ask: Payload) -> Payload:
    """§5.6. What is JSON reaches the receiver as what it says."""
    data = ask.get("data")
    returned = station.function(Transfers).received(ask["vendorId"], ask.get("messageId"), _read(data))
    answer: Payload = {"status": returned.status}
    if returned.data is None:
        return answer
    return answer | {"data": data if returned.data == _read(data) and data is not None else as_text(returned.data)}


def _read(data: str | None) -> Any:
    if data is None:
        return None
    try:
        return json.loads(data)
    except ValueError:
        return data
