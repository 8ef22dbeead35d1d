"""OCPP 2.0.1: what EVs need, the schedules that the CSMS makes of it, and what EVs make of those (K15–K17)."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection as Database

from csms_reference.dialects.payloads import text
from csms_reference.dialects.registry import Asker, Payload, answers
from csms_reference.instants import read_ms, to_ms
from csms_reference.services import balancing, charging, planning, transactions
from csms_reference.services.charging import Criteria, Wanted
from protocol.versions import V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms

MOST_REFUSALS = 3
"""So often in a row the CSMS begins anew with an EV that wants more than it may have."""


@answers("NotifyEVChargingNeeds", V201)
async def notify_ev_charging_needs(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """K15.FR.02–.05, K17.FR.02–.05: Accepted where a schedule follows at once, Processing where it takes time, Rejected
    where there is nothing to make one of. K16.FR.12: whoever asks again gets one again."""
    evse, identity, now_ms = ask["evseId"], station.identity, to_ms(now)

    def decide(database: Database) -> tuple[str, str | None]:
        running = transactions.running_at(database, identity, evse)
        why = _obstacle(csms, database, identity, ask, running, now_ms)
        answer = "Rejected" if why else "Processing" if csms.settings.planning_s else "Accepted"
        said = Wanted(evse, running, ask["chargingNeeds"], ask.get("maxScheduleTuples"), answer)
        charging.wanted(database, identity, said, now_ms)
        return answer, why

    answer, why = await csms.store.write(decide)
    await csms.notice(identity, "NotifyEVChargingNeeds", text(ask), None, now)
    if why is not None:
        return {"status": answer, "statusInfo": {"reasonCode": why}}
    _send_plan(csms, identity, evse, csms.settings.planning_s)
    return {"status": answer}


def _obstacle(  # noqa: PLR0917 -- who asks what of whom
    csms: Csms, database: Database, station: str, ask: Payload, running: str | None, now_ms: int
) -> str | None:
    """Why there is no schedule for an EV, as a reason code; None where there is one."""
    if running is None:
        return "TxNotFound"  # K15, prerequisites: a TxProfile is for a transaction
    needs = planning.read(ask["chargingNeeds"], read_ms(ask["chargingNeeds"].get("departureTime")))
    if needs is None:
        return "MissingParam"  # K15.FR.06
    site_w = balancing.available_w(database, station, ask["evseId"], needs, now_ms, csms.settings.site_limit_w)
    return None if planning.plan(needs, now_ms, site_w) else "ValueTooHigh"


def _send_plan(csms: Csms, station: str, evse: int, after_s: float = 0.0) -> None:
    """K15.FR.07, .08: after the answer in hand has left, well within 60 s."""
    csms.busy.begin()
    csms.spawn(_planned(csms, station, evse, after_s))


async def _planned(csms: Csms, station: str, evse: int, after_s: float) -> None:
    try:
        if after_s:
            await csms.pause(after_s)
        now_ms, limit_w = csms.now_ms(), csms.settings.site_limit_w
        profile = await csms.store.read(
            lambda database: balancing.planned_profile(database, station, evse, now_ms, limit_w)
        )
        if profile is None:
            return
        asked = asyncio.ensure_future(csms.command(station, "set_charging_profile", profile=profile, evse=evse))
        await asyncio.sleep(0)  # it is on its way now: a simulation's clock may go on
    finally:
        csms.busy.end()
    await asked


@answers("NotifyEVChargingSchedule", V201)
async def notify_ev_charging_schedule(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """K15.FR.11–.13, K16.FR.06–.08, K17.FR.11–.13: what an EV is going to do is compared with what it may; where that
    is too much, it is negotiated anew."""
    evse, identity, now_ms = ask["evseId"], station.identity, to_ms(now)

    def judge(database: Database) -> tuple[bool, int]:
        told = charging.needs_at(database, identity, evse)
        fits = _fits(database, identity, ask, told)
        refusals = 0 if fits or told is None else told.refusals + 1
        if told is not None:
            values = {"ev_schedule": json.dumps(ask["chargingSchedule"]), "ev_told_ms": now_ms, "refusals": refusals}
            answer = "Accepted" if fits else "Rejected"
            charging.change_needs(database, identity, evse, ev_answer=answer, **values)
        return fits, refusals

    fits, refusals = await csms.store.write(judge)
    await csms.notice(identity, "NotifyEVChargingSchedule", text(ask), read_ms(ask["timeBase"]), now)
    if not fits and 0 < refusals <= MOST_REFUSALS:
        _send_plan(csms, identity, evse)
    return {"status": "Accepted" if fits else "Rejected"}


def _fits(database: Database, station: str, ask: Payload, told: Any) -> bool:
    """Whether the EV keeps to the schedule of ours that it names, or where it names none, to any."""
    rows = charging.known(database, station, Criteria(evse=ask["evseId"], purpose="TxProfile"))
    sent = told is not None and told.plan is not None and told.plan_status in (None, "Accepted")
    if not rows and not sent:
        return True
    # the EV may be quicker than the news that the station has taken the profile
    leading = charging.read_profile(told.plan if sent else max(rows, key=lambda row: row.stack_level).payload)
    theirs, base_s = ask["chargingSchedule"], (read_ms(ask["timeBase"]) or 0) / 1000
    needs = None if told is None else planning.read(json.loads(told.needs), None)
    phases = 3 if needs is None else needs.phases
    ours = [each for each in leading["chargingSchedule"] if each["id"] == theirs["id"]] or leading["chargingSchedule"]
    return any(planning.within(theirs, base_s, each, _start_s(each, base_s), phases) for each in ours)


def _start_s(schedule: Payload, base_s: float) -> float:
    begins_ms = read_ms(schedule.get("startSchedule"))
    return base_s if begins_ms is None else begins_ms / 1000
