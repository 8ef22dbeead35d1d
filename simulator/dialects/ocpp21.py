"""OCPP 2.1 as a station speaks it: 2.0.1 with what 2.1 adds to or changes in the messages that both have.

Fields that 2.1 only makes longer or optional need nothing here. StatusNotification is deprecated in favour of
NotifyEvent and still allowed (B01.FR.05, G01), so stations go on sending it.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from protocol.versions import V21
from simulator.dialects import ocpp201
from simulator.dialects.dialect import Handler, Message, Payload, handles, speaks
from simulator.dialects.ocpp201 import Ocpp201

if TYPE_CHECKING:
    from simulator.event import Noted
    from simulator.monitoring.monitor import Monitor
    from simulator.station import Station

HANDLERS: dict[str, Handler] = {}
"""What a 2.1 station answers otherwise than one of 2.0.1, by action."""


@speaks
class Ocpp21(Ocpp201):
    """The dialect of 2.1."""

    version = V21
    spelling = MappingProxyType({})
    handlers: ClassVar[Mapping[str, Handler]] = ChainMap(HANDLERS, ocpp201.HANDLERS)

    def sign_certificate(self, csr: str, use: str | None, number: int) -> Message:
        """A02.FR.13, with the number that comes back with the certificate."""
        action, payload = super().sign_certificate(csr, use, number)
        return action, {**payload, "requestId": number}

    def monitor_traits(self, monitor: Monitor) -> Payload:
        """N02: who made the monitor (VariableMonitoringType)."""
        return {"eventNotificationType": monitor.origin.value}

    def reservation_over(self, reservation: int, status: str) -> Message | None:
        """H03.FR.11: also of one that was used, but no transaction came of it."""
        return "ReservationStatusUpdate", {"reservationId": reservation, "reservationUpdateStatus": status}

    def event_message(self, station: Station, events: Sequence[Noted], part_no: int, more: bool) -> Message:
        """N07.FR.20, N07.FR.21: each event with its severity."""
        action, payload = super().event_message(station, events, part_no, more)
        for noted, told in zip(events, payload["eventData"], strict=True):
            told["severity"] = noted.event.severity
        return action, payload


@handles(HANDLERS, "Reset")
def reset(station: Station, ask: Payload) -> Payload:
    """B13.FR.01: transactions cannot be resumed, for there is no TxResumptionTimeout."""
    if ask["type"] == "ImmediateAndResume":
        return {"status": "Rejected", "statusInfo": {"reasonCode": "UnsupportedParam"}}
    return ocpp201.reset(station, ask)
