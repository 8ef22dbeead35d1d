"""OCPP 2.0.1: charging profiles as the CSMS sends, clears and asks for them, what stations report (K01, K08–K13)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from csms_reference.dialects.charging import checked, completed
from csms_reference.dialects.payloads import text
from csms_reference.dialects.registry import Ask, Asker, Payload, afterwards, answers, commands
from csms_reference.instants import to_ms
from csms_reference.outcome import Outcome
from csms_reference.services import charging
from csms_reference.services.charging import EXTERNAL, Criteria
from protocol.versions import V201

if TYPE_CHECKING:
    from csms_reference.csms import Csms


@commands("set_charging_profile", V201)
async def set_charging_profile(ask: Ask, *, profile: Payload, evse: int = 0) -> Outcome:
    """K01. Without an id, one is given or that of the profile it replaces; a TxProfile is for who charges there."""
    made = await completed(ask, checked(profile, evse), evse, replaces=False)
    return await ask("SetChargingProfile", {"evseId": evse, "chargingProfile": made})


@commands("clear_charging_profile", V201)
async def clear_charging_profile(
    ask: Ask,
    *,
    profile_id: int | None = None,
    evse: int | None = None,
    purpose: str | None = None,
    stack_level: int | None = None,
) -> Outcome:
    """K10. By its id, or all that fit what is given (K10.FR.02)."""
    if purpose == EXTERNAL:
        raise ValueError("purpose: the limits of others are not the CSMS's to clear (K10.FR.06)")
    if profile_id is not None:
        return await ask("ClearChargingProfile", {"chargingProfileId": profile_id})
    given = {"evseId": evse, "chargingProfilePurpose": purpose, "stackLevel": stack_level}
    criteria = {name: value for name, value in given.items() if value is not None}
    if not criteria:
        raise ValueError("either profile_id, or evse, purpose or stack_level (K10.FR.02)")
    return await ask("ClearChargingProfile", {"chargingProfileCriteria": criteria})


@commands("get_charging_profiles", V201)
async def get_charging_profiles(
    ask: Ask,
    *,
    evse: int | None = None,
    profile_ids: list[int] | None = None,
    purpose: str | None = None,
    stack_level: int | None = None,
    sources: list[str] | None = None,
    request_id: int | None = None,
) -> Outcome:
    """K09. What it tells is read at ``/stations/{station}/charging-profiles``."""
    given = {
        "chargingProfileId": profile_ids,
        "chargingProfilePurpose": purpose,
        "stackLevel": stack_level,
        "chargingLimitSource": sources,
    }
    criteria = {name: value for name, value in given.items() if value is not None}
    if not criteria:
        raise ValueError("profile_ids, or purpose, stack_level or sources (K09.FR.03)")
    number = ask.next_number() if request_id is None else request_id
    payload: Payload = {"requestId": number, "chargingProfile": criteria}
    if evse is not None:
        payload["evseId"] = evse
    ids = None if profile_ids is None else tuple(profile_ids)
    chosen = Criteria(evse, ids, purpose, stack_level, None if sources is None else tuple(sources))
    asked_ms = ask.csms.now_ms()
    ask.csms.busy.begin()  # a simulation's clock waits until the CALL is on its way
    try:  # before it is sent: the report may come as quickly as the answer
        await ask.csms.store.write(lambda database: charging.asked(database, ask.station, number, chosen, asked_ms))
    finally:
        ask.csms.busy.end()
    return await ask("GetChargingProfiles", payload)


@afterwards("get_charging_profiles")
async def none_there(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """K09: where there are none, there is no report either."""
    del fields, asked_ms
    if end.status == "NoProfiles" and end.asked is not None:
        number = end.asked["requestId"]
        await csms.store.write(lambda database: charging.told_all(database, station, number))


@commands("get_composite_schedule", V201)
async def get_composite_schedule(ask: Ask, *, evse: int, duration: int, unit: str | None = None) -> Outcome:
    """K08. EVSE 0: the grid connection. Kept at ``/stations/{station}/composite-schedules``."""
    payload: Payload = {"evseId": evse, "duration": duration}
    if unit is not None:
        payload["chargingRateUnit"] = unit
    return await ask("GetCompositeSchedule", payload)


@answers("ReportChargingProfiles", V201)
async def report_charging_profiles(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """K09.FR.01, .02: part by part; what the report is about and does not tell of is gone when it is complete."""
    await csms.store.write(
        lambda database: charging.reported(
            database,
            station.identity,
            ask["requestId"],
            ask["chargingProfile"],
            to_ms(now),
            source=ask["chargingLimitSource"],
            evse=ask["evseId"],
            more=ask.get("tbc", False),
        )
    )
    return {}


@answers("NotifyChargingLimit", V201)
async def notify_charging_limit(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """K11.FR.02, K12.FR.02, K14.FR.02: keep who limits what, and the message as it came."""
    limit = ask["chargingLimit"]
    await csms.store.write(
        lambda database: charging.limited(
            database,
            station.identity,
            ask.get("evseId", 0),
            limit["chargingLimitSource"],
            to_ms(now),
            critical=limit.get("isGridCritical"),
            schedules=ask.get("chargingSchedule"),
        )
    )
    await csms.notice(station.identity, "NotifyChargingLimit", text(ask), None, now)
    return {}


@answers("ClearedChargingLimit", V201)
async def cleared_charging_limit(csms: Csms, station: Asker, ask: Payload, now: datetime) -> Payload:
    """K13.FR.02, K14.FR.03."""
    evse, source = ask.get("evseId", 0), ask["chargingLimitSource"]
    await csms.store.write(lambda database: charging.released(database, station.identity, evse, source))
    await csms.notice(station.identity, "ClearedChargingLimit", text(ask), None, now)
    return {}
