"""OCPP 2.0.1, block I: drivers learn their tariff with the answer about their token, and the cost as they charge."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection as Database

from csms_reference.dialects.registry import Ask, Payload, commands
from csms_reference.outcome import Outcome
from csms_reference.services import tariff
from csms_reference.services.authorization import Standing, Verdict
from csms_reference.services.tariff import Charged
from csms_reference.services.transactions import Recorded, TransactionEvent
from protocol.versions import V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms

LONGEST = 512
"""Characters of a text for drivers (MessageContentType.content)."""


def content(words: str) -> Payload:
    """MessageContentType."""
    return {"format": "UTF8", "language": "en", "content": words[:LONGEST]}


def personal(database: Database, station: str, id_token: str, verdict: Verdict) -> Payload:
    """I01.FR.01, .02: the tariff of a token, for a station that can show it; empty where there is none."""
    if verdict.standing is not Standing.ACCEPTED or not verdict.priced:
        return {}
    found = tariff.applicable(database, station, id_token, verdict.group_id)
    if found is None or not tariff.told_of(database, station):
        return {}
    return {"personalMessage": content(found.words)}


class Priced(NamedTuple):
    """What the answer to a transaction event says of prices, and what a CostUpdated is to say after it."""

    answer: Payload
    update: Payload | None = None


NOT_PRICED = Priced({})


def priced(
    csms: Csms, database: Database, event: TransactionEvent, recorded: Recorded, verdict: Verdict | None
) -> Priced:
    """I02.FR.01, I03.FR.02, .04, I06.FR.02: cost so far or in all, and new terms where there are any."""
    record = recorded.record
    if record["tariff"] is None and event.id_token is not None and verdict is not None:
        if verdict.standing is not Standing.ACCEPTED or not verdict.priced:
            return NOT_PRICED
        found = tariff.applicable(database, event.station, event.id_token, verdict.group_id)
        if found is None:
            return NOT_PRICED
        record = tariff.charge(database, event, record, found)
    every_s = csms.settings.cost_updated_s
    charged = tariff.follow(database, event, record, told_every_ms=1000 * every_s if every_s else None)
    return NOT_PRICED if charged is None else _said(event, charged, by_calls=every_s > 0)


def _said(event: TransactionEvent, charged: Charged, *, by_calls: bool) -> Priced:
    answer: Payload = {}
    if charged.news is not None:
        answer["updatedPersonalMessage"] = content(charged.news)
    cost = None if charged.cost is None else float(charged.cost)
    if cost is None or event.offline:
        return Priced(answer)
    if event.kind == "Ended" or (event.kind == "Updated" and not by_calls):
        answer["totalCost"] = cost
    update = {"transaction_id": event.transaction_id, "total_cost": cost}
    return Priced(answer, update if charged.due else None)


def tell(csms: Csms, station: str, update: Payload) -> None:
    """I02.FR.01: send a CostUpdated after the answer in hand has left."""
    csms.busy.begin()
    csms.spawn(_tell(csms, station, update))


async def _tell(csms: Csms, station: str, update: Payload) -> None:
    asked = asyncio.ensure_future(csms.command(station, "cost_updated", **update))
    try:
        await asyncio.sleep(0)  # it is on its way now: a simulation's clock may go on
    finally:
        csms.busy.end()
    await asked


@commands("cost_updated", V201)
async def cost_updated(ask: Ask, *, transaction_id: str, total_cost: float) -> Outcome:
    """I02. ``total_cost``: including VAT, in the station's currency."""
    return await ask("CostUpdated", {"transactionId": transaction_id, "totalCost": total_cost})
