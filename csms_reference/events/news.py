"""What the CSMS tells of: one place for each kind of event, called once what it tells of is committed.

Nobody may be listening, and then nothing is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from csms_reference.events.bus import Bus
from csms_reference.events.kinds import (
    Alert,
    Booted,
    Campaign,
    CampaignStation,
    Command,
    Connected,
    ConnectorStatus,
    Disconnected,
    Message,
    MeterValues,
    Progress,
    RegistrationChanged,
    SecurityEvent,
    Transaction,
    Value,
    VariableEvent,
    Visited,
)
from csms_reference.events.secrets import without_passwords
from csms_reference.instants import show
from csms_reference.services import commands
from csms_reference.services.live import current_a, newest, power_w, register_wh, soc_percent
from csms_reference.services.metering import Reading
from csms_reference.services.registration import Make, Registration

if TYPE_CHECKING:
    from csms_reference.outcome import Outcome
    from csms_reference.services import devicemodel, status
    from csms_reference.services.alerts import Change
    from csms_reference.services.transactions import Recorded, TransactionEvent

OF_TRANSACTIONS = {
    "Started": "transaction.started",
    "Updated": "transaction.updated",
    "Ended": "transaction.ended",
}
"""The kinds by what happened to a transaction."""


def connected(bus: Bus, station: str, at_ms: int, *, version: str, peer: str) -> None:
    """A link is open."""
    if "station.connected" in bus.wanted:
        bus.publish("station.connected", station, at_ms, Connected(version, peer))


def disconnected(bus: Bus, station: str, at_ms: int, *, code: int, reason: str) -> None:
    """A link is gone, and no newer one has taken its place."""
    if "station.disconnected" in bus.wanted:
        bus.publish("station.disconnected", station, at_ms, Disconnected(code, reason))


def booted(bus: Bus, station: str, at_ms: int, make: Make, *, told: Registration, version: str) -> None:
    """A boot was noted."""
    if "station.booted" in bus.wanted:
        said = Booted(told.value, version, make.vendor, make.model, make.serial, make.firmware, make.reason)
        bus.publish("station.booted", station, at_ms, said)


def registration_changed(bus: Bus, station: str, at_ms: int, registration: str, *, new: bool) -> None:
    """An operator has decided about a station."""
    bus.publish("station.registration-changed", station, at_ms, RegistrationChanged(str(registration), new))


def connector_status(bus: Bus, station: str, at_ms: int, news: status.ConnectorStatus) -> None:
    """A connector's state was noted."""
    if "connector.status" in bus.wanted:
        since = show(news.timestamp_ms)
        said = ConnectorStatus(news.evse, news.connector, news.status, news.error_code, since)
        bus.publish("connector.status", station, at_ms, said)


def transaction(bus: Bus, what: str, record: dict[str, Any], at_ms: int, readings: Sequence[Reading]) -> None:
    """An event of a transaction was recorded for the first time; ``what``: Started, Updated or Ended."""
    kind = OF_TRANSACTIONS[what]
    if kind not in bus.wanted:
        return
    found = newest(readings)
    said = Transaction(
        transaction_id=record["transaction_id"],
        evse=record["evse"],
        connector=record["connector"],
        state=record["state"],
        charging_state=record["charging_state"],
        started=show(record["started_ms"]),
        stopped=show(record["stopped_ms"]),
        stop_reason=record["stop_reason"],
        offline=bool(record["offline"]),
        energy_wh=record["energy_wh"],
        power_w=power_w(found),
        soc_percent=soc_percent(found),
    )
    bus.publish(kind, record["station"], at_ms, said)


def recorded(bus: Bus, event: TransactionEvent, what: Recorded) -> None:
    """A message about a transaction is kept: one that came again is no news."""
    if what.new and bus.wanted:
        record = what.record
        transaction(bus, event.kind, record, event.received_ms, event.readings)
        metered(
            bus,
            event.station,
            event.received_ms,
            event.readings,
            evse=record["evse"],
            connector=record["connector"],
            transaction_id=event.transaction_id,
        )


def metered(
    bus: Bus,
    station: str,
    at_ms: int,
    readings: Sequence[Reading],
    *,
    evse: int | None,
    connector: int | None,
    transaction_id: str | None = None,
) -> None:
    """Readings were kept."""
    if not readings or "meter.values" not in bus.wanted:
        return
    found = newest(readings)
    said = MeterValues(
        evse=evse,
        connector=connector,
        transaction_id=transaction_id,
        power_w=power_w(found),
        current_a=current_a(found),
        register_wh=register_wh(found),
        soc_percent=soc_percent(found),
        values=[value_of(reading) for reading in found],
    )
    bus.publish("meter.values", station, at_ms, said)


def value_of(reading: Any) -> Value:
    """A reading, or its row, as events tell it."""
    at = show(reading.timestamp_ms)
    return Value(reading.measurand, reading.value, reading.unit, reading.phase, reading.location, at)


def command_queued(bus: Bus, row: Any) -> None:
    """A command was taken."""
    if "command.queued" in bus.wanted:
        bus.publish("command.queued", row.station, row.asked_ms, Command(row.id, row.command, row.state))


def command_sent(bus: Bus, station: str, at_ms: int, number: int, command: str) -> None:
    """A command's first message has left."""
    if "command.sent" in bus.wanted:
        bus.publish("command.sent", station, at_ms, Command(number, command, commands.State.SENT.value))


def command_ended(bus: Bus, row: Any, at_ms: int, end: Outcome) -> None:
    """A command is over."""
    if "command.ended" in bus.wanted:
        said = Command(row.id, row.command, commands.state_of(end).value, end.status, end.error)
        bus.publish("command.ended", row.station, at_ms, said)


def campaign_changed(bus: Bus, row: Any, at_ms: int) -> None:
    """A campaign is in another state."""
    if "campaign.changed" in bus.wanted:
        bus.publish(
            "campaign.changed", None, at_ms, Campaign(row.id, row.name, row.state, row.phase, row.wave, row.why)
        )


def campaign_station(bus: Bus, station: str, at_ms: int, *, campaign: int, state: str, why: str | None) -> None:
    """A station in a campaign is in another state."""
    if "campaign.station" in bus.wanted:
        bus.publish("campaign.station", station, at_ms, CampaignStation(campaign, str(state), why))


def security_event(
    bus: Bus, station: str, at_ms: int, kind: str, *, info: str | None, from_station: bool, happened_ms: int | None
) -> None:
    """A security event was noted. ``happened_ms``: by the clock of who noticed it."""
    if "security.event" in bus.wanted:
        said = SecurityEvent(kind, info, from_station, show(happened_ms))
        bus.publish("security.event", station, at_ms, said)


OF_ROUNDS = {"sync_local_list": "local-list.synchronised", "clear_cache": "authorization-cache.cleared"}
"""The kinds by the work of a round."""


def visited(bus: Bus, work: str, station: str, at_ms: int, *, state: str, status: str, version: int | None) -> None:
    """A visit of a round is over."""
    if OF_ROUNDS[work] in bus.wanted:
        bus.publish(OF_ROUNDS[work], station, at_ms, Visited(state, status, version))


def firmware_status(bus: Bus, station: str, at_ms: int, status: str, request_id: int | None) -> None:
    """A station told how an update goes."""
    if "firmware.status" in bus.wanted:
        bus.publish("firmware.status", station, at_ms, Progress(status, request_id))


def log_status(bus: Bus, station: str, at_ms: int, status: str, request_id: int | None) -> None:
    """A station told how an upload of a log goes."""
    if "log.status" in bus.wanted:
        bus.publish("log.status", station, at_ms, Progress(status, request_id))


def variable_events(bus: Bus, station: str, at_ms: int, events: Iterable[devicemodel.Event]) -> None:
    """Events of variables were kept."""
    if "variable.event" not in bus.wanted:
        return
    for event in events:
        named = event.named
        said = VariableEvent(
            event_id=event.event_id,
            component=named.component,
            component_instance=named.component_instance,
            evse=named.evse,
            connector=named.connector,
            variable=named.variable,
            variable_instance=named.variable_instance,
            trigger=event.trigger,
            notification_type=event.notification_type,
            value=event.value,
            cleared=event.cleared,
            cause=event.cause,
            monitor=event.monitor,
            transaction_id=event.transaction_id,
            tech_code=event.tech_code,
            tech_info=event.tech_info,
            happened=show(event.timestamp_ms),
        )
        bus.publish("variable.event", station, at_ms, said)


def alerts_changed(bus: Bus, changes: Iterable[Change], at_ms: int) -> None:
    """Alerts were raised, changed, acknowledged or cleared."""
    for what, row in changes:
        if (kind := f"alert.{what}") in bus.wanted:
            place = {"evse": row.evse, "connector": row.connector, "transaction_id": row.transaction_id}
            said = Alert(
                id=row.id,
                alert=row.kind,
                reason=row.reason,
                severity=row.severity,
                state=row.state,
                **place,
                count=row.times,
                since=show(row.since_ms),
            )
            bus.publish(kind, row.station, at_ms, said)


def message(bus: Bus, kind: str, station: str, at_ms: int, text: str | bytes) -> None:
    """A frame came from a station whose messages are watched (``message.received``), or went there."""
    shown = text if isinstance(text, str) else text.decode("utf-8", "backslashreplace")
    bus.publish(kind, station, at_ms, Message(without_passwords(shown)))
