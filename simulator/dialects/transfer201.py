"""DataTransfer of OCPP 2.0.1 (block P): data may be any JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.dialects.dialect import Payload, handles
from simulator.dialects.ocpp201 import HANDLERS
from simulator.transfer import Transfers

if TYPE_CHECKING:
    from simulator.station import Station


@handles(HANDLERS, "DataTransfer")
def data_transfer(station: Station, ask: Payload) -> Payload:
    """P01.FR.05, .06, .07."""
    returned = station.function(Transfers).received(ask["vendorId"], ask.get("messageId"), ask.get("data"))
    answer: Payload = {"status": returned.status}
    return answer if returned.data is None else answer | {"data": returned.data}
