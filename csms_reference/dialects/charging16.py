"""OCPP 1.6: charging profiles as the CSMS sends, clears and asks for them (§3.13)."""

from __future__ import annotations

from csms_reference.dialects.charging import checked, completed
from csms_reference.dialects.registry import Ask, Payload, commands
from csms_reference.outcome import Outcome
from protocol.versions import V16

PURPOSES = {"ChargingStationMaxProfile": "ChargePointMaxProfile", "TxDefaultProfile": "", "TxProfile": ""}
"""What 1.6 has, and what it calls it where that is another name."""


def spelt(profile: Payload) -> Payload:
    """A profile of 2.0.1 in the words of 1.6 (§7.8). Raises ValueError for what 1.6 cannot say."""
    purpose = profile["chargingProfilePurpose"]
    if purpose not in PURPOSES:
        raise ValueError(f"profile: OCPP 1.6 knows no {purpose}")
    (first, *others) = profile["chargingSchedule"]
    if others:
        raise ValueError("profile: OCPP 1.6 takes one schedule")
    schedule = {name: value for name, value in first.items() if name not in ("id", "salesTariff")}
    if any("phaseToUse" in period for period in schedule["chargingSchedulePeriod"]):
        raise ValueError("profile: OCPP 1.6 knows no phaseToUse")
    made = {name: value for name, value in profile.items() if name != "id"}
    made |= {"chargingProfilePurpose": PURPOSES[purpose] or purpose, "chargingSchedule": schedule}
    if "transactionId" in profile:
        made["transactionId"] = int(profile["transactionId"])
    return {"chargingProfileId": profile["id"], **made}


def spelt_to_start(profile: Payload, ask: Ask) -> Payload:
    """A profile that comes with a remote start (§5.16.2), in the words of 1.6 or of 2.0.1, in those of 1.6."""
    if "chargingProfileId" in profile:
        return profile
    schedule = profile.get("chargingSchedule")
    schedules = [schedule] if isinstance(schedule, dict) else schedule
    if not schedules:
        raise ValueError("charging_profile: chargingSchedule has a schedule")
    return spelt({"id": ask.next_number(), **profile, "chargingSchedule": schedules})


@commands("set_charging_profile", V16)
async def set_charging_profile(ask: Ask, *, profile: Payload, evse: int = 0) -> Outcome:
    """§5.16. ``profile`` in the words of 2.0.1; it takes the place of one of its purpose and level."""
    made = await completed(ask, checked(profile, evse), evse, replaces=True)
    return await ask("SetChargingProfile", {"connectorId": evse, "csChargingProfiles": spelt(made)})


@commands("clear_charging_profile", V16)
async def clear_charging_profile(
    ask: Ask,
    *,
    profile_id: int | None = None,
    evse: int | None = None,
    purpose: str | None = None,
    stack_level: int | None = None,
) -> Outcome:
    """§5.5. Without any field: all."""
    if profile_id is not None:
        return await ask("ClearChargingProfile", {"id": profile_id})
    payload: Payload = {}
    if evse is not None:
        payload["connectorId"] = evse
    if purpose is not None:
        payload["chargingProfilePurpose"] = PURPOSES.get(purpose) or purpose
    if stack_level is not None:
        payload["stackLevel"] = stack_level
    return await ask("ClearChargingProfile", payload)


@commands("get_composite_schedule", V16)
async def get_composite_schedule(ask: Ask, *, evse: int, duration: int, unit: str | None = None) -> Outcome:
    """§5.7. EVSE 0: the grid connection."""
    payload: Payload = {"connectorId": evse, "duration": duration}
    if unit is not None:
        payload["chargingRateUnit"] = unit
    return await ask("GetCompositeSchedule", payload)
