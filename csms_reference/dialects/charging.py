"""Charging profiles in every version: what makes one that a CSMS may send, and what it notes of the answers."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection as Database

from csms_reference.dialects.registry import Ask, Payload, afterwards
from csms_reference.instants import read_ms
from csms_reference.outcome import Outcome
from csms_reference.services import charging, devicemodel, transactions
from csms_reference.services.charging import Criteria

if TYPE_CHECKING:
    from csms_reference.csms import Csms

PURPOSES = ("ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile")
"""What the CSMS may limit; ChargingStationExternalConstraints are for others (K01.FR.22, K02.FR.07)."""

NEWER_PURPOSES = ("PriorityCharging", "LocalGeneration")
MOST_SCHEDULES = 3
"""K15.FR.07."""


def checked(profile: Payload, evse: int) -> Payload:
    """A profile in the words of 2.0.1, its schedules in a list. Raises ValueError for what a CSMS must not send.

    K01.FR.16, .22, .31, .35, .38, .40, .41; K04.FR.03; K15.FR.07.
    """
    schedules = profile.get("chargingSchedule")
    schedules = [schedules] if isinstance(schedules, dict) else schedules
    if not isinstance(schedules, list) or not 1 <= len(schedules) <= MOST_SCHEDULES:
        raise ValueError(f"profile: chargingSchedule has 1 to {MOST_SCHEDULES} schedules")
    made: Payload = {"stackLevel": 0, "chargingProfileKind": "Absolute", **profile}
    purpose, kind = made.get("chargingProfilePurpose"), made["chargingProfileKind"]
    if purpose not in (*PURPOSES, *NEWER_PURPOSES):
        raise ValueError(f"profile: chargingProfilePurpose {purpose!r} is none of {', '.join(PURPOSES)} (K01.FR.22)")
    if purpose == "TxProfile" and evse < 1:
        raise ValueError("profile: a TxProfile is for one EVSE (K01.FR.16)")
    if purpose == "ChargingStationMaxProfile" and evse:
        raise ValueError("profile: a ChargingStationMaxProfile is for EVSE 0 (K04.FR.03)")
    if purpose == "ChargingStationMaxProfile" and kind == "Relative":
        raise ValueError("profile: a ChargingStationMaxProfile is not Relative (K01.FR.38)")
    if len(schedules) > 1 and purpose != "TxProfile":
        raise ValueError("profile: an EV chooses among several schedules only for its transaction (K01.FR.34)")
    made["chargingSchedule"] = [_schedule(each, kind, number) for number, each in enumerate(schedules, 1)]
    return made


def _schedule(given: Payload, kind: str, number: int) -> Payload:
    schedule: Payload = {"id": number, **given}
    periods = schedule.get("chargingSchedulePeriod") or []
    if not periods or periods[0].get("startPeriod") != 0:
        raise ValueError("profile: the first period of a schedule begins at 0 (K01.FR.31)")
    if any(later["startPeriod"] <= earlier["startPeriod"] for earlier, later in pairwise(periods)):
        raise ValueError("profile: periods are in the order of time (K01.FR.35)")
    if kind == "Relative" and "startSchedule" in schedule:
        raise ValueError("profile: a Relative schedule has no startSchedule (K01.FR.41)")
    if kind in ("Absolute", "Recurring") and "startSchedule" not in schedule:
        raise ValueError(f"profile: a schedule that is {kind} has a startSchedule (K01.FR.40)")
    if "startSchedule" in schedule and read_ms(schedule["startSchedule"]) is None:
        raise ValueError(f"profile: startSchedule {schedule['startSchedule']!r} is no RFC 3339 time stamp")
    return schedule


async def completed(ask: Ask, profile: Payload, evse: int, *, replaces: bool) -> Payload:
    """With what only the CSMS knows: an id, and of a TxProfile the transaction. Raises ValueError.

    K01.FR.03, .06, .20, .34, .39: no second profile of its purpose and level there; one without an id takes the place
    of the one that is there.
    """

    def read(database: Database) -> Payload:
        made = dict(profile)
        if made["chargingProfilePurpose"] == "TxProfile":
            running = transactions.running_at(database, ask.station, evse)
            if running is None and "transactionId" not in made:
                raise ValueError(f"profile: no transaction is known to run at EVSE {evse} (K01.FR.03)")
            made.setdefault("transactionId", running)
        _check_abilities(database, ask.station, made, evse)
        rival = next((row for row in _alike(database, ask.station, made, evse)), None)
        if "id" not in made:
            made["id"] = ask.next_number() if rival is None else int(rival.profile_id)
        elif rival is not None and rival.profile_id != made["id"] and not replaces:
            raise ValueError(f"profile: {rival.profile_id} of its purpose and level is there (K01.FR.06, K01.FR.39)")
        return made

    busy = ask.csms.busy
    busy.begin()  # a simulation's clock waits until the CALL is on its way
    try:
        made = await ask.csms.store.read(read)
        if made["chargingProfilePurpose"] == "TxProfile":
            plan = json.dumps(made)
            await ask.csms.store.write(
                lambda database: charging.change_needs(database, ask.station, evse, plan=plan, plan_status=None)
            )
    finally:
        busy.end()
    return made


def _alike(database: Database, station: str, made: Payload, evse: int) -> list[Any]:
    """Profiles that would be two with this one: same purpose, level and place, valid at one time."""
    chosen = Criteria(evse=evse, purpose=made["chargingProfilePurpose"], stack_level=made["stackLevel"])
    found = charging.known(database, station, chosen)
    return [row for row in found if row.transaction_id == made.get("transactionId") and _meet(made, row.payload)]


def _meet(made: Payload, payload: str) -> bool:
    theirs = charging.read_profile(payload)
    return _begins(made) < _ends(theirs) and _begins(theirs) < _ends(made)


def _begins(profile: Payload) -> float:
    found = read_ms(profile.get("validFrom"))
    return -math.inf if found is None else found


def _ends(profile: Payload) -> float:
    found = read_ms(profile.get("validTo"))
    return math.inf if found is None else found


def _check_abilities(database: Database, station: str, made: Payload, evse: int) -> None:
    """K01.FR.20, K01.FR.34."""
    schedules = made["chargingSchedule"]
    if any("phaseToUse" in period for each in schedules for period in each["chargingSchedulePeriod"]):
        switches = devicemodel.value_of(database, station, "SmartChargingCtrlr", "ACPhaseSwitchingSupported")
        if switches != "true":
            raise ValueError("profile: the station has not reported that it can choose phases (K01.FR.20)")
    if len(schedules) > 1 and charging.needs_at(database, station, evse) is None:
        raise ValueError(f"profile: no EV at EVSE {evse} has told its needs, so nobody would choose (K01.FR.34)")


@afterwards("set_charging_profile")
async def profile_set(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """K01.FR.05: note what the station has taken, as it was sent."""
    if end.asked is None:
        return
    evse, sent, is_16 = fields.get("evse", 0), end.asked, "csChargingProfiles" in end.asked
    profile = charging.neutral(sent["csChargingProfiles"]) if is_16 else sent["chargingProfile"]

    def write(database: Database) -> None:
        transaction = profile.get("transactionId")
        if transaction is not None:
            charging.change_needs(database, station, evse, plan_status=end.status[:32])
        if end.status != "Accepted":
            return
        if transaction is not None and not transactions.runs(database, station, transaction):
            return  # its end was quicker than this answer
        charging.installed(database, station, evse, profile, asked_ms, replaces=is_16)

    await csms.store.write(write)


@afterwards("clear_charging_profile")
async def profiles_cleared(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """K10.FR.01, .03, .04: what was cleared is gone, and what the station says it has not, too."""
    del asked_ms
    if end.status not in ("Accepted", "Unknown"):
        return
    number = fields.get("profile_id")
    chosen = Criteria(evse=fields.get("evse"), purpose=fields.get("purpose"), stack_level=fields.get("stack_level"))
    if number is not None:
        chosen = Criteria(ids=(number,))
    await csms.store.write(lambda database: charging.cleared(database, station, chosen))


@afterwards("get_composite_schedule")
async def composite_told(csms: Csms, station: str, fields: Payload, end: Outcome, asked_ms: int) -> None:
    """K08.FR.02: keep the last one of each EVSE."""
    answer = end.answer or {}
    schedule = answer.get("schedule") or answer.get("chargingSchedule")
    if end.status != "Accepted" or schedule is None:
        return
    start = answer.get("scheduleStart", schedule.get("scheduleStart"))
    told = {
        "start_ms": read_ms(start),
        "duration_s": schedule.get("duration"),
        "unit": schedule["chargingRateUnit"],
        "periods": schedule["chargingSchedulePeriod"],
    }
    evse = fields.get("evse", 0)
    await csms.store.write(lambda database: charging.composed(database, station, evse, now_ms=asked_ms, **told))
