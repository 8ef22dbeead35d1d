"""OCPP 1.6: what charge points send, and what they are answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection as Database

from csms_reference.dialects.payloads import readings, text
from csms_reference.dialects.registry import Asker, Payload, answers
from csms_reference.dialects.spelling import LONGEST_16, group_within, status_16
from csms_reference.events import news
from csms_reference.instants import read_ms, show, to_ms
from csms_reference.services import (
    authorization,
    endings,
    metering,
    numbering,
    orders,
    registration,
    reservation,
    sessions,
    status,
    tariff,
    transactions,
)
from csms_reference.services.authorization import Standing, Verdict
from csms_reference.services.metering import ENERGY, Reading
from csms_reference.services.status import ConnectorStatus
from csms_reference.services.transactions import TransactionEvent
from protocol.stamps import stamp
from protocol.versions import V16

if TYPE_CHECKING:
    from csms_reference.csms import Csms

REMOTE_START_WITHIN_MS = 900_000
"""A transaction this long after a remote start for its token is another one: no ConnectionTimeOut is so long."""


def place(connector_id: int) -> tuple[int, int]:
    """1.6 knows connectors only: number n is EVSE n with one connector, 0 the charge point itself."""
    return (connector_id, 1) if connector_id else (0, 0)


def tag_info(verdict: Verdict) -> Payload:
    """IdTagInfo (1.6 §7.27)."""
    info: Payload = {"status": status_16(verdict.standing.value)}
    if verdict.expires_ms is not None:
        info["expiryDate"] = show(verdict.expires_ms)
    if verdict.group_id is not None:
        info["parentIdTag"] = group_within(verdict.group_id, LONGEST_16)
    return info


def _reading(sampled: dict[str, Any], at_ms: int | None) -> Reading:
    measurand = sampled.get("measurand", ENERGY)
    unit = sampled.get("unit", "Wh" if measurand.startswith("Energy.Active") else None)
    if sampled.get("format") == "SignedData":
        value, raw = None, sampled["value"]
    else:
        value, unit, raw = metering.number(sampled["value"], unit)
    context = sampled.get("context", "Sample.Periodic")
    return Reading(at_ms, value, measurand, context, unit, sampled.get("phase"), sampled.get("location", "Outlet"), raw)


@answers("BootNotification", V16)
async def boot(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """§4.2: every boot is answered with how far the charge point is let in."""
    make = registration.Make(
        vendor=ask["chargePointVendor"],
        model=ask["chargePointModel"],
        serial=ask.get("chargePointSerialNumber"),
        firmware=ask.get("firmwareVersion"),
    )
    told, interval_s = await csms.boot(station, make, now)
    return {"status": told.value, "currentTime": stamp(now), "interval": interval_s}


@answers("Heartbeat", V16)
def heartbeat(_csms: Csms, _station: Asker, _ask: Payload, now: datetime) -> Payload:
    """§4.6: the answer carries the time; the database is not asked."""
    return {"currentTime": stamp(now)}


@answers("StatusNotification", V16)
async def status_notification(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """§4.9: note the connector's state."""
    evse, connector = place(ask["connectorId"])
    error = ask["errorCode"]
    details = [ask.get("info"), ask.get("vendorId"), ask.get("vendorErrorCode")]
    state = ConnectorStatus(
        evse,
        connector,
        ask["status"],
        read_ms(ask.get("timestamp")) if "timestamp" in ask else to_ms(now),
        error_code=None if error == "NoError" else error,
        info=" / ".join(detail for detail in details if detail)[:255] or None,
    )
    await csms.store.write(lambda database: status.changed(database, station.identity, state, to_ms(now), csms.kept))
    news.connector_status(csms.bus, station.identity, to_ms(now), state)
    return {}


@answers("Authorize", V16)
async def authorize(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """§4.1: say whether the token may charge."""
    verdict = await csms.store.read(
        lambda database: authorization.judge(
            database, ask["idTag"], None, now_ms=to_ms(now), policy=csms.token_policy, station=station.identity
        )
    )
    return {"idTagInfo": tag_info(verdict)}


@answers("StartTransaction", V16)
async def start(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """§4.8: always answered, whatever it says; the same start, sent again, gets the same transaction id."""

    def write(database: Database) -> tuple[Payload, TransactionEvent, transactions.Recorded]:
        at_ms = read_ms(ask["timestamp"])
        digest = numbering.content_digest(
            station.identity,
            ask["connectorId"],
            ask["timestamp"] if at_ms is None else at_ms,
            ask["meterStart"],
            authorization.key(ask["idTag"]),
        )
        number = numbering.transaction_number(database, digest, csms.transaction_secret)
        evse, connector = place(ask["connectorId"])
        other = transactions.active_at(database, station.identity, evse, connector)
        event = TransactionEvent(
            station=station.identity,
            version=V16.name,
            transaction_id=str(number),
            seq_no=0,
            kind="Started",
            timestamp_ms=at_ms,
            received_ms=to_ms(now),
            payload=text(ask),
            evse=evse,
            connector=connector,
            id_token=ask["idTag"],
            reservation_id=ask.get("reservationId"),
            digest=digest,
            flags=frozenset({transactions.OVERLAP} if other not in {None, str(number)} else ()),
            readings=(Reading(at_ms, float(ask["meterStart"]), context="Transaction.Begin", unit="Wh"),),
        )
        verdict = authorization.judge(
            database,
            ask["idTag"],
            None,
            now_ms=to_ms(now),
            policy=csms.token_policy,
            starting=str(number),
            station=station.identity,
        )
        if verdict.evses and evse not in verdict.evses:
            verdict = replace(verdict, standing=Standing.NOT_HERE)
        if verdict.holder is not None:
            event = replace(event, holder=verdict.holder)
        recorded = transactions.record(database, event)
        if recorded.new:
            _settle(database, event)
            sessions.began(database, event, verdict)
            if verdict.standing is Standing.ACCEPTED:
                _charge(database, event, recorded.record, verdict)
        return {"transactionId": number, "idTagInfo": tag_info(verdict)}, event, recorded

    answer, event, recorded = await csms.store.write(write)
    news.recorded(csms.bus, event, recorded)
    csms.balance.due()
    return answer


def _charge(database: Database, event: TransactionEvent, record: transactions.Record, verdict: Verdict) -> None:
    """Which tariff holds from the start; 1.6 tells drivers nothing of it."""
    found = tariff.applicable(database, event.station, event.id_token, verdict.group_id) if verdict.priced else None
    if found is not None:
        tariff.charge(database, event, record, found)


def _settle(database: Database, event: TransactionEvent) -> None:
    """§4.8: a transaction that begins ends its reservation, and is what a remote start was for."""
    if event.reservation_id is not None:
        reservation.used(database, event.station, event.reservation_id, event.transaction_id, event.received_ms)
    if event.evse is not None and event.id_token is not None:
        since_ms = event.received_ms - REMOTE_START_WITHIN_MS
        orders.began(
            database,
            event.station,
            evse=event.evse,
            id_token=event.id_token,
            transaction_id=event.transaction_id,
            since_ms=since_ms,
        )


@answers("StopTransaction", V16)
async def stop(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """§4.10: always answered. A station ends its own transactions only; anything else is kept as an orphan."""

    def write(database: Database) -> tuple[Payload, TransactionEvent | None, transactions.Recorded | None]:
        at_ms = read_ms(ask["timestamp"])
        event = recorded = None
        number = str(ask["transactionId"])
        started = transactions.find(database, station.identity, number)
        if started is None or started["version"] != V16.name:
            stranger = numbering.owner(database, number)
            numbering.keep_orphan(
                database,
                station=station.identity,
                transaction_id=number,
                why="unknown transaction" if stranger is None else "transaction of another",
                payload=text(ask),
                timestamp_ms=at_ms,
                received_ms=to_ms(now),
                kept=csms.kept,
            )
        else:
            event = _ended(station.identity, ask, at_ms, to_ms(now))
            recorded = transactions.record(database, event)
            tariff.follow(database, event, recorded.record)
            endings.over(database, station.identity, number, to_ms(now))
        if "idTag" not in ask:
            return {}, event, recorded
        verdict = authorization.judge(database, ask["idTag"], None, now_ms=to_ms(now), policy=csms.token_policy)
        return {"idTagInfo": tag_info(verdict)}, event, recorded

    told = sum(len(each["sampledValue"]) for each in ask.get("transactionData", ()))
    answer, event, recorded = await csms.store.write(write, rows=2 + told)
    if event is not None and recorded is not None:
        news.recorded(csms.bus, event, recorded)
    csms.balance.due()
    return answer


def _ended(identity: str, ask: Payload, at_ms: int | None, now_ms: int) -> TransactionEvent:
    final = Reading(at_ms, float(ask["meterStop"]), context="Transaction.End", unit="Wh")
    return TransactionEvent(
        station=identity,
        version=V16.name,
        transaction_id=str(ask["transactionId"]),
        seq_no=1,
        kind="Ended",
        timestamp_ms=at_ms,
        received_ms=now_ms,
        payload=text(ask),
        stop_token=ask.get("idTag"),
        stop_reason=ask.get("reason", "Local"),
        readings=(*readings(ask.get("transactionData", ()), _reading), final),
    )


@answers("MeterValues", V16)
async def meter_values(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """§4.7: keep the readings, once; a running transaction's energy follows them."""
    evse, connector = place(ask["connectorId"])
    number = str(ask["transactionId"]) if "transactionId" in ask else None
    found = readings(ask["meterValue"], _reading)

    def write(database: Database) -> tuple[bool, transactions.Record | None]:
        if not metering.first_time(database, station.identity, "MeterValues" + text(ask), to_ms(now)):
            return False, None
        where: Any = {"evse": evse, "connector": connector, "received_ms": to_ms(now)}
        metering.keep(database, station.identity, found, transaction_id=number, **where)
        if number is None:
            return True, None
        return True, transactions.metered(database, station.identity, number, found, **where)

    new, record = await csms.store.write(write, rows=len(found))
    if new:
        news.metered(
            csms.bus, station.identity, to_ms(now), found, evse=evse, connector=connector, transaction_id=number
        )  # fmt: skip
    if record is not None:
        news.transaction(csms.bus, "Updated", record, to_ms(now), found)
    return {}
