"""ExtendedTriggerMessage of OCPP 1.6 with the security whitepaper (§5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.dialects import ocpp16, triggers16
from simulator.dialects.dialect import Payload, Trigger, handles, triggers
from simulator.dialects.firmware16 import trigger_signed_firmware
from simulator.dialects.logs16 import trigger_log
from simulator.dialects.ocpp16 import HANDLERS
from simulator.keys.memory import Own
from simulator.keys.signing import Signing

if TYPE_CHECKING:
    from simulator.station import Station

TRIGGERS: dict[str, Trigger] = {}
"""What ExtendedTriggerMessage can ask for, and TriggerMessage cannot or means otherwise."""

SHARED = ("BootNotification", "Heartbeat", "MeterValues", "StatusNotification")
"""What both can ask for (MessageTriggerEnumType)."""


@handles(HANDLERS, "ExtendedTriggerMessage")
def extended_trigger_message(station: Station, ask: Payload) -> Payload:
    """§5.5, §6.16."""
    shared = {name: ocpp16.TRIGGERS[name] for name in SHARED}
    return {"status": triggers16.trigger(station, ask, shared | TRIGGERS)}


triggers(TRIGGERS, "FirmwareStatusNotification")(trigger_signed_firmware)


triggers(TRIGGERS, "LogStatusNotification")(trigger_log)


@triggers(TRIGGERS, "SignChargePointCertificate")
def _trigger_sign(station: Station, _evse: int | None, _connector: int | None) -> bool:
    station.later(lambda: station.function(Signing).ask(Own.STATION))
    return True
