"""OCPP 2.0.1 as a station speaks it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from protocol.versions import V201
from simulator import tariff
from simulator.dialects import needs201, profiles201, values201
from simulator.dialects.contents201 import read_content
from simulator.dialects.dialect import (
    Dialect,
    Handler,
    Message,
    Payload,
    Trigger,
    handles,
    speaks,
)
from simulator.dialects.events201 import notify_event
from simulator.dialects.quantities import ONLY_16
from simulator.dialects.tokens201 import contract_data, id_token, token_info
from simulator.firmware.memory import running_version
from simulator.flash import Phase, Sample, Transaction, TxEvent
from simulator.reservation import EXPIRED, REMOVED, reserved
from simulator.tokens import Token, TokenInfo
from simulator.troubles import CLOSED, FAULTED
from simulator.variables import Variables

if TYPE_CHECKING:
    from simulator.event import Noted
    from simulator.evse import Evse
    from simulator.smart.profile import Installed, Period, Unit
    from simulator.smart.talk import Needs
    from simulator.station import Station

HANDLERS: dict[str, Handler] = {}
"""What a 2.0.1 station answers, by action."""

TRIGGERS: dict[str, Trigger] = {}
"""What TriggerMessage can ask for (F06)."""


@speaks
class Ocpp201(Dialect):
    """The dialect of 2.0.1. ``spelling``: trigger reasons that it has no word of its own for."""

    version = V201
    handlers: ClassVar[Mapping[str, Handler]] = HANDLERS
    tells_events = True
    negotiates = True
    foreign = ONLY_16
    spelling: ClassVar[Mapping[str, str]] = MappingProxyType({"TxResumed": "ChargingStateChanged"})

    def boot(self, station: Station, reason: str) -> Message:
        """B01.FR.01, B01.FR.09."""
        profile = station.profile
        unit = {
            "model": profile.model,
            "vendorName": profile.vendor,
            "firmwareVersion": running_version(station),
            "serialNumber": profile.serial_number(station.identity),
        }
        return "BootNotification", {"chargingStation": unit, "reason": reason}

    def connector_status(self, evse: Evse, connector: int) -> str:
        """ConnectorStatusEnumType; Occupied from plug to unplug (G01)."""
        if evse.faulted(connector):
            return "Faulted"
        in_use = evse.plugged == connector
        if not evse.operative(connector) and not (in_use and evse.tx is not None):
            return "Unavailable"
        if reserved(evse.station, evse):
            return "Reserved"  # G03.FR.09: also with a cable
        return "Occupied" if in_use else "Available"

    def station_status(self, station: Station) -> str:
        """The AvailabilityState of the ChargingStation component; Faulted as its connectors are (B07.FR.09)."""
        worst = station.worst_at(0, 0)
        if worst is FAULTED:
            return "Faulted"
        return "Unavailable" if worst is CLOSED or (0, 0) in station.flash.inoperative else "Available"

    def status(self, station: Station, evse: int, connector: int, status: str) -> Message:
        """G01.FR.01."""
        return "StatusNotification", {
            "timestamp": station.stamp(),
            "connectorStatus": status,
            "evseId": evse,
            "connectorId": connector,
        }

    def authorize(self, station: Station, token: Token) -> Message:
        """C01.FR.02, C07.FR.02."""
        return "Authorize", {"idToken": id_token(station, token), **contract_data(station, token)}

    def read_authorize(self, payload: Payload) -> TokenInfo:
        """C01.FR.07."""
        return token_info(payload["idTokenInfo"])

    def transaction_id(self, tx: Transaction) -> str:
        """The station's own id."""
        return tx.id

    def transaction_message(self, station: Station, event: TxEvent) -> Message:
        """TransactionEvent (E01–E07)."""
        tx = event.tx
        info: Payload = {"transactionId": tx.id, "chargingState": event.state}
        if event.phase is Phase.ENDED:
            info["timeSpentCharging"] = round(tx.charging_s)
            info["stoppedReason"] = event.reason
        if event.remote_start_id is not None:
            info["remoteStartId"] = event.remote_start_id
        payload: Payload = {
            "eventType": event.phase.value,
            "timestamp": event.stamp,
            "triggerReason": self.spelling.get(event.trigger, event.trigger),
            "seqNo": event.seq,
            "transactionInfo": info,
        }
        if event.offline:
            payload["offline"] = True
        if event.phase is Phase.STARTED or event.trigger in ("CablePluggedIn", "Trigger", "TxResumed"):
            payload["evse"] = {"id": tx.evse}
            if event.connector is not None:
                payload["evse"]["connectorId"] = event.connector  # E01.FR.16
            if event.cable_a is not None:
                payload["cableMaxCurrent"] = round(event.cable_a)
        if event.phases is not None:
            payload["numberOfPhasesUsed"] = event.phases
        if event.token is not None:
            payload["idToken"] = id_token(station, event.token)
        if event.reservation_id is not None:
            payload["reservationId"] = event.reservation_id
        if samples := values201.meter_values(station, event.samples, event.reason):
            payload["meterValue"] = samples
        return "TransactionEvent", payload

    def transaction_answered(self, station: Station, event: TxEvent, payload: Payload) -> None:
        """E05: the answer to the event that carried the token judges it; a CSMS may change its mind later."""
        if (token := event.token or event.tx.token) is not None and "idTokenInfo" in payload:
            station.admission.judged(event.tx, token, token_info(payload["idTokenInfo"]))
        said = payload.get("updatedPersonalMessage") or payload.get("idTokenInfo", {}).get("personalMessage")
        tariff.answered(
            station,
            event.tx.id,
            cost=payload.get("totalCost"),
            ended=event.phase is Phase.ENDED,
            offline=event.offline,
            message=read_content(said) if said else None,
        )

    def meter_values(self, station: Station, evse: Evse, sample: Sample) -> Message:
        """J01."""
        return "MeterValues", {"evseId": evse.id, "meterValue": values201.meter_values(station, [sample])}

    def reservation_over(self, reservation: int, status: str) -> Message | None:
        """H01.FR.16, H01.FR.17, H04.FR.01. There is no word for one that was used in vain."""
        if status not in (EXPIRED, REMOVED):
            return None
        return "ReservationStatusUpdate", {"reservationId": reservation, "reservationUpdateStatus": status}

    def data_transfer(self, vendor: str, message: str | None, data: Any) -> Message:
        """P02: data as they are."""
        fields = {"vendorId": vendor, "messageId": message, "data": data}
        return "DataTransfer", {name: value for name, value in fields.items() if value is not None}

    def event_message(self, station: Station, events: Sequence[Noted], part_no: int, more: bool) -> Message:
        """N07, N08."""
        return notify_event(station, events, part_no, more)

    def limit_set(self, installed: Installed, critical: bool | None, *, with_schedule: bool) -> Message:
        """K11, K12."""
        return profiles201.limit_set(installed, critical, with_schedule=with_schedule)

    def limit_cleared(self, installed: Installed) -> Message:
        """K13."""
        return profiles201.limit_cleared(installed)

    def ev_needs(self, needs: Needs, evse: int, most_periods: int) -> Message:
        """K15.FR.01."""
        return needs201.ev_needs(needs, evse, most_periods)

    def ev_schedule(  # noqa: PLR0917 -- as the message has them
        self, start: datetime, evse: int, number: int, unit: Unit, duration_s: int, periods: Iterable[Period]
    ) -> Message:
        """K15.FR.10."""
        return needs201.ev_schedule(start, evse, number, unit, duration_s, periods)

    def transaction_points(self, variables: Variables[Station]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """TxCtrlr.TxStartPoint and TxStopPoint."""
        return variables.items("TxCtrlr.TxStartPoint"), variables.items("TxCtrlr.TxStopPoint")


# -- what the CSMS asks for ------------------------------------------------------------------------------------------


@handles(HANDLERS, "GetTransactionStatus")
def get_transaction_status(station: Station, ask: Payload) -> Payload:
    """E14."""
    wanted = ask.get("transactionId")
    if wanted is None:
        return {"messagesInQueue": len(station.journal) > 0}
    running = any(evse.tx is not None and evse.tx.id == wanted for evse in station.evses)
    return {"ongoingIndicator": running, "messagesInQueue": station.journal.holds(wanted)}


@handles(HANDLERS, "Reset")
def reset(station: Station, ask: Payload) -> Payload:
    """B11, B12."""
    evse = ask.get("evseId", 0)
    if evse > len(station.evses) or evse < 0:
        return {"status": "Rejected", "statusInfo": {"reasonCode": "UnknownEvse"}}
    ordered = station.restarts.order(immediate=ask["type"] == "Immediate", evse=evse)
    if ordered.reason:
        return {"status": ordered.status, "statusInfo": {"reasonCode": ordered.reason}}
    return {"status": ordered.status}
