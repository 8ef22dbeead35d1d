"""CostUpdated of OCPP 2.0.1 (I02): what charging has cost so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.errors import Code
from simulator.dialects.dialect import Payload, handles
from simulator.dialects.ocpp201 import HANDLERS
from simulator.line import CallRefused
from simulator.tariff import Prices, shows

if TYPE_CHECKING:
    from simulator.station import Station


@handles(HANDLERS, "CostUpdated")
def cost_updated(station: Station, ask: Payload) -> Payload:
    """I02.FR.02, .03: always answered where costs are shown; that of another transaction is nobody's to see."""
    if not shows(station, "Cost"):
        raise CallRefused(Code.NOT_SUPPORTED, "no costs on this station's display")
    running = any(tx.id == ask["transactionId"] for tx in station.flash.running)
    if running:
        station.function(Prices).priced(ask["transactionId"], ask["totalCost"])
    return {}
