"""Smart charging in OCPP 2.0.1 and 2.1: profiles set, cleared and reported, and what they come to (K01, K08–K10)."""

from __future__ import annotations

from collections.abc import Generator
from itertools import groupby
from typing import TYPE_CHECKING, Any

import simpy

from protocol.errors import Code
from protocol.session import Answered
from protocol.stamps import stamp
from simulator.dialects.dialect import Payload, handles
from simulator.dialects.ocpp201 import HANDLERS
from simulator.dialects.profiles201 import UnreadableProfileError, read, written, written_period
from simulator.line import CallRefused
from simulator.smart.charging import SmartCharging
from simulator.smart.negotiation import Negotiation
from simulator.smart.profile import Installed, Purpose, Unit

if TYPE_CHECKING:
    from simulator.station import Station

PER_MESSAGE = 5
"""Profiles in one ReportChargingProfiles."""


def charging(station: Station) -> SmartCharging:
    """A station's smart charging. Raises CallRefused where it has none, or it is switched off (K01.FR.29)."""
    function = station.function(SmartCharging)
    if not function.available:
        raise CallRefused(Code.NOT_SUPPORTED, "this station does no smart charging")
    return function


def _refused(why: str, status: str = "Rejected") -> Payload:
    return {"status": status, "statusInfo": {"reasonCode": why}}


@handles(HANDLERS, "SetChargingProfile")
def set_charging_profile(station: Station, ask: Payload) -> Payload:
    """K01."""
    function, negotiation, evse = charging(station), station.used(Negotiation), ask["evseId"]
    try:
        profile = read(ask["chargingProfile"])
    except UnreadableProfileError as error:
        return _refused(error.why.value)
    if why := function.accepts(profile, evse, negotiates=negotiation is not None and negotiation.choosing(evse)):
        return _refused(why.value)
    if profile.purpose is Purpose.TX and (negotiation or Negotiation(station)).awaited(station.evse(evse)):
        return _refused("InvalidMessageSeq")  # K15.FR.17
    function.install(profile, evse)
    if negotiation is not None:
        negotiation.set_anew(evse)
    return {"status": "Accepted"}


def remote_profile(station: Station, ask: Payload, evse: int) -> Payload | None:
    """K05: the profile that comes with an order to start at an EVSE is kept for its transaction. None where all is
    well, and where the station does no smart charging and ignores it (K05.FR.04); else the refusal (K05.FR.05)."""
    function = station.function(SmartCharging)
    if not function.available:
        return None
    try:
        profile = read(ask)
    except UnreadableProfileError as error:
        return _refused(error.why.value)
    if why := function.accepts(profile, evse, remote=True):
        return _refused(why.value)
    function.install(profile, evse, remote=True)
    return None


@handles(HANDLERS, "ClearChargingProfile")
def clear_charging_profile(station: Station, ask: Payload) -> Payload:
    """K10: by id, or all that match; external limits are not the CSMS's to clear (K10.FR.08, .09)."""
    number, criteria = ask.get("chargingProfileId"), ask.get("chargingProfileCriteria", {})
    evse = criteria.get("evseId")

    def chosen(each: Installed) -> bool:
        if number is not None:
            return each.profile.id in (number,)
        return evse in (None, each.evse) and _matches(each, criteria)

    return {"status": "Accepted" if charging(station).clear(chosen) else "Unknown"}


def _matches(installed: Installed, criteria: Payload) -> bool:
    """Whether a profile is of the stack level, purpose, source and ids that are named."""
    profile = installed.profile
    return all(
        (
            criteria.get("stackLevel", profile.stack_level) == profile.stack_level,
            criteria.get("chargingProfilePurpose", profile.purpose) == profile.purpose.value,
            installed.source in criteria.get("chargingLimitSource", (installed.source,)),
            profile.id in criteria.get("chargingProfileId", (profile.id,)),
        )
    )


@handles(HANDLERS, "GetChargingProfiles")
def get_charging_profiles(station: Station, ask: Payload) -> Payload:
    """K09.FR.03–.06: those that match all that is named; a profile of EVSE 0 is not one of the others."""
    evse = ask.get("evseId")
    wanted = [
        each
        for each in charging(station).installed
        if evse in (None, each.evse) and _matches(each, ask["chargingProfile"])
    ]
    if not wanted:
        return {"status": "NoProfiles"}
    station.later(lambda: station.errand(_report(station, ask["requestId"], wanted)))
    return {"status": "Accepted"}


def _report(station: Station, request_id: int, wanted: list[Installed]) -> Generator[simpy.Event, Any, None]:
    """K09.FR.01, .02: each message of one source and EVSE; it ends where one gets no answer."""
    parts = list(_parts(wanted))
    for number, (source, evse, part) in enumerate(parts):
        payload: Payload = {
            "requestId": request_id,
            "chargingLimitSource": source,
            "evseId": evse,
            "chargingProfile": [written(each.profile) for each in part],
        }
        if number < len(parts) - 1:
            payload["tbc"] = True
        reply = yield station.line.call("ReportChargingProfiles", payload)
        if not isinstance(reply, Answered):
            return


def _parts(wanted: list[Installed]) -> Generator[tuple[str, int, list[Installed]], None, None]:
    def place(each: Installed) -> tuple[str, int]:
        return each.source, each.evse

    for (source, evse), group in groupby(sorted(wanted, key=place), place):
        alike = list(group)
        for begin in range(0, len(alike), PER_MESSAGE):
            yield source, evse, alike[begin : begin + PER_MESSAGE]


@handles(HANDLERS, "GetCompositeSchedule")
def get_composite_schedule(station: Station, ask: Payload) -> Payload:
    """K08.FR.02, .03, .05, .07; in the station's first unit where none is named."""
    function = charging(station)
    evse, units = ask["evseId"], function.abilities.units
    unit = ask.get("chargingRateUnit", units[0])
    if not 0 <= evse <= len(station.evses):
        return _refused("UnknownEvse")
    if unit not in units:
        return _refused("UnsupportedRateUnit")
    if ask["duration"] <= 0:
        return _refused("ValuePositiveOnly")
    start, duration_s, periods = function.composite(evse, ask["duration"], Unit(unit))
    schedule = {
        "evseId": evse,
        "duration": duration_s,
        "scheduleStart": stamp(start),
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [written_period(period) for period in periods],
    }
    return {"status": "Accepted", "schedule": schedule}
