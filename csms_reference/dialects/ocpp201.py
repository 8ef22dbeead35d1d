"""OCPP 2.0.1 (and what 2.1 kept of it): what charging stations send, and what they are answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection as Database

from csms_reference.dialects.drivers201 import driver_info
from csms_reference.dialects.payloads import readings, text
from csms_reference.dialects.registry import Asker, Payload, answers
from csms_reference.dialects.spelling import LONGEST_201, group_within
from csms_reference.dialects.tariff201 import Priced, personal, priced, tell
from csms_reference.events import news
from csms_reference.instants import read_ms, show, to_ms
from csms_reference.pki import validity
from csms_reference.services import (
    authorization,
    endings,
    metering,
    orders,
    registration,
    reservation,
    sessions,
    status,
    transactions,
)
from csms_reference.services.authorization import Standing, Verdict
from csms_reference.services.metering import ENERGY, Reading
from csms_reference.services.status import ConnectorStatus
from csms_reference.services.transactions import Recorded, TransactionEvent
from protocol.stamps import stamp
from protocol.versions import V21, V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms


def token_info(verdict: Verdict) -> Payload:
    """IdTokenInfoType; C09.FR.09, C09.FR.12: with the group where there is one."""
    info: Payload = {"status": verdict.standing.value}
    if verdict.expires_ms is not None:
        info["cacheExpiryDateTime"] = show(verdict.expires_ms)
    if verdict.group_id is not None:
        group = group_within(verdict.group_id, LONGEST_201)
        info["groupIdToken"] = {"idToken": group, "type": "Central"}  # C09.FR.13
    if verdict.evses:
        info["evseId"] = list(verdict.evses)  # C01.FR.20
    terms = verdict.terms
    return info | driver_info(terms.languages, terms.message, terms.message_language, terms.priority)


def _reading(sampled: dict[str, Any], at_ms: int | None) -> Reading:
    measurand = sampled.get("measurand", ENERGY)
    measure = sampled.get("unitOfMeasure", {})
    unit = measure.get("unit", "Wh" if measurand.startswith("Energy.Active") else None)
    value, unit, raw = metering.number(sampled["value"], unit, measure.get("multiplier", 0))
    return Reading(
        timestamp_ms=at_ms,
        value=value,
        measurand=measurand,
        context=sampled.get("context", "Sample.Periodic"),
        unit=unit,
        phase=sampled.get("phase"),
        location=sampled.get("location", "Outlet"),
        text=raw,
    )


@answers("BootNotification", V201)
async def boot(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """B01.FR.02: every boot is answered with how far the station is let in."""
    said = ask["chargingStation"]
    make = registration.Make(
        vendor=said["vendorName"],
        model=said["model"],
        serial=said.get("serialNumber"),
        firmware=said.get("firmwareVersion"),
        reason=ask["reason"],
    )
    told, interval_s = await csms.boot(station, make, now)
    return {"status": told.value, "currentTime": stamp(now), "interval": interval_s}


@answers("Heartbeat", V201)
def heartbeat(_csms: Csms, _station: Asker, _ask: Payload, now: datetime) -> Payload:
    """G02.FR.06: the answer carries the time; the database is not asked."""
    return {"currentTime": stamp(now)}


@answers("StatusNotification", V201)
async def status_notification(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """G01: note the connector's state."""
    state = ConnectorStatus(ask["evseId"], ask["connectorId"], ask["connectorStatus"], read_ms(ask["timestamp"]))
    await csms.store.write(lambda database: status.changed(database, station.identity, state, to_ms(now), csms.kept))
    news.connector_status(csms.bus, station.identity, to_ms(now), state)
    return {}


@answers("Authorize", V201)
async def authorize(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """C01: say whether the token may charge. C07: and whether its certificate is good. I01: and by which tariff."""
    token = ask["idToken"]
    contract = await validity.of_contract(csms, ask, now)

    def read(database: Database) -> Payload:
        verdict = authorization.judge(
            database,
            token["idToken"],
            token["type"],
            now_ms=to_ms(now),
            policy=csms.token_policy,
            station=station.identity,
        )
        said = {}
        if contract is not None:
            status, verdict = validity.joined(contract, verdict)
            said = {"certificateStatus": status.value}
        return said | {
            "idTokenInfo": token_info(verdict) | personal(database, station.identity, token["idToken"], verdict)
        }

    return await csms.store.read(read)


@answers("TransactionEvent", V201)
async def transaction_event(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """E01, E02, E06, TC_E_53: always answered; stored once, in whatever order the events come.

    E01.FR.11, E05.FR.01: a token in the message is judged anew, because the station may know outdated things.
    """
    event = _event(station, ask, to_ms(now))
    token = ask.get("idToken")

    def write(database: Database) -> tuple[Priced, Recorded]:
        answer: Payload = {}
        verdict = None
        if token is not None:
            verdict = authorization.judge(
                database,
                token["idToken"],
                token["type"],
                now_ms=to_ms(now),
                policy=csms.token_policy,
                starting=None if event.kind == "Ended" else event.transaction_id,
                station=event.station,
            )
            answer["idTokenInfo"] = token_info(verdict)
            if event.id_token is not None:
                answer["idTokenInfo"] |= personal(database, event.station, event.id_token, verdict)
        told = event if verdict is None or verdict.holder is None else replace(event, holder=verdict.holder)
        recorded = transactions.record(database, told)
        if token is None and event.kind == "Updated" and (info := _second_thoughts(csms, database, recorded, now)):
            answer["idTokenInfo"] = info
        if event.kind == "Ended":
            endings.over(database, event.station, event.transaction_id, event.received_ms)
        if event.reservation_id is not None:
            reservation.used(database, event.station, event.reservation_id, event.transaction_id, event.received_ms)
        if event.remote_start_id is not None:
            orders.began_as_ordered(database, event.station, event.remote_start_id, event.transaction_id)
        if event.remote_start_id is not None or (verdict is not None and verdict.session is not None):
            answer |= _limits(event, sessions.began(database, event, verdict))
        found = priced(csms, database, event, recorded, verdict)
        return found._replace(answer=answer | found.answer), recorded

    found, recorded = await csms.store.write(write, rows=1 + len(event.readings))
    news.recorded(csms.bus, event, recorded)
    if found.update is not None:
        tell(csms, station.identity, found.update)
    if event.kind != "Updated":
        csms.balance.due()
    return found.answer


def _limits(event: TransactionEvent, session: Any) -> Payload:
    """2.1 E16.FR.02, C24.FR.02: how much the session may take that has just begun; we see to it ourselves, too."""
    if session is None or event.version != V21.name:
        return {}
    most = {"maxEnergy": session.most_wh, "maxCost": None if session.most_cost is None else float(session.most_cost)}
    told = {name: value for name, value in most.items() if value is not None}
    return {"transactionLimit": told} if told else {}


def _second_thoughts(csms: Csms, database: Database, recorded: Recorded, now: datetime) -> Payload | None:
    """E05.FR.01: what to say of a running transaction whose token is no longer good; None where it is."""
    record = recorded.record
    if record["id_token"] is None or record["state"] != "Active":
        return None
    verdict = authorization.judge(
        database,
        record["id_token"],
        record["token_type"],
        now_ms=to_ms(now),
        policy=csms.token_policy,
        station=record["station"],
    )
    return None if verdict.standing is Standing.ACCEPTED else token_info(verdict)


def _event(station: Asker, ask: Payload, now_ms: int) -> TransactionEvent:
    info, evse, token = ask["transactionInfo"], ask.get("evse", {}), ask.get("idToken", {})
    stopping = ask["triggerReason"] == "StopAuthorized" or (ask["eventType"] == "Ended" and ask["seqNo"] > 0)
    return TransactionEvent(
        station=station.identity,
        version=station.version.name,
        transaction_id=info["transactionId"],
        seq_no=ask["seqNo"],
        kind=ask["eventType"],
        trigger=ask["triggerReason"],
        timestamp_ms=read_ms(ask["timestamp"]),
        received_ms=now_ms,
        payload=text(ask),
        offline=ask.get("offline", False),
        evse=evse.get("id"),
        connector=evse.get("connectorId"),
        id_token=None if stopping else token.get("idToken"),
        token_type=None if stopping else token.get("type"),
        stop_token=token.get("idToken") if stopping else None,
        remote_start_id=info.get("remoteStartId"),
        reservation_id=ask.get("reservationId"),
        charging_state=info.get("chargingState"),
        stop_reason=info.get("stoppedReason", "Local" if ask["eventType"] == "Ended" else None),
        readings=readings(ask.get("meterValue", ()), _reading),
    )


@answers("MeterValues", V201)
async def meter_values(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """J01.FR.18: readings outside of transactions are kept, once, and always answered."""

    found = readings(ask["meterValue"], _reading)

    def write(database: Database) -> bool:
        new = metering.first_time(database, station.identity, "MeterValues" + text(ask), to_ms(now))
        if new:
            where: Any = {"transaction_id": None, "evse": ask["evseId"], "connector": None}
            metering.keep(database, station.identity, found, **where, received_ms=to_ms(now))
        return new

    if await csms.store.write(write, rows=len(found)):
        news.metered(csms.bus, station.identity, to_ms(now), found, evse=ask["evseId"], connector=None)
    return {}
