"""Smart charging in OCPP 1.6: profiles set and cleared, and what they come to (§3.13, §5.5, §5.7, §5.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.errors import Code
from protocol.stamps import stamp
from simulator.dialects.dialect import Payload, handles
from simulator.dialects.ocpp16 import HANDLERS, place_of
from simulator.dialects.profiles16 import purpose_of, read
from simulator.dialects.profiles201 import UnreadableProfileError, written_period
from simulator.line import CallRefused
from simulator.smart.charging import SmartCharging
from simulator.smart.profile import Installed, Unit

if TYPE_CHECKING:
    from simulator.station import Station


def charging(station: Station) -> SmartCharging:
    """A station's smart charging. Raises CallRefused where it has none, or it is switched off."""
    function = station.function(SmartCharging)
    if not function.available:
        raise CallRefused(Code.NOT_SUPPORTED, "this station does no smart charging")
    return function


@handles(HANDLERS, "SetChargingProfile")
def set_charging_profile(station: Station, ask: Payload) -> Payload:
    """§5.16, §7.11."""
    function = station.function(SmartCharging)
    if not function.available:
        return {"status": "NotSupported"}
    place = place_of(station, ask["connectorId"])
    return {"status": "Rejected" if place is None else _set(function, ask["csChargingProfiles"], *place)}


def _set(function: SmartCharging, ask: Payload, evse: int, connector: int = 0, *, remote: bool = False) -> str:
    try:
        profile = read(ask)
    except UnreadableProfileError:
        return "Rejected"
    if function.accepts(profile, evse, remote=remote) is not None:
        return "Rejected"
    function.install(profile, evse, remote=remote, connector=connector)
    return "Accepted"


def remote_profile(station: Station, ask: Payload, evse: int) -> bool:
    """§5.11, §5.16.2: the profile that comes with an order to start at an EVSE is kept for its transaction, or ignored
    by a station without smart charging. False where the order has to be refused for it."""
    function = station.function(SmartCharging)
    return not function.available or _set(function, ask, evse, remote=True) == "Accepted"


@handles(HANDLERS, "ClearChargingProfile")
def clear_charging_profile(station: Station, ask: Payload) -> Payload:
    """§5.5, §6.13: by id, which stands for itself, or all that match whatever else is named."""
    function = charging(station)
    number = ask.get("id")
    named = number is None and "connectorId" in ask
    place = place_of(station, ask["connectorId"]) if named else None
    if named and place is None:
        return {"status": "Unknown"}

    purpose, level = ask.get("chargingProfilePurpose"), ask.get("stackLevel")

    def chosen(each: Installed) -> bool:
        profile = each.profile
        if number is not None:
            return profile.id in (number,)
        alike = purpose is None or profile.purpose is purpose_of(purpose)
        here = place is None or (each.evse == place[0] and each.connector in (0, place[1]))
        return alike and here and level in (None, profile.stack_level)

    return {"status": "Accepted" if function.clear(chosen) else "Unknown"}


@handles(HANDLERS, "GetCompositeSchedule")
def get_composite_schedule(station: Station, ask: Payload) -> Payload:
    """§5.7, §6.22: from now on, for the duration; startSchedule is left out (§7.13)."""
    function = charging(station)
    place, units = place_of(station, ask["connectorId"]), function.abilities.units
    unit = ask.get("chargingRateUnit", units[0])
    if place is None or unit not in units or ask["duration"] <= 0:
        return {"status": "Rejected"}
    start, duration_s, periods = function.composite(place[0], ask["duration"], Unit(unit), place[1])
    schedule = {
        "duration": duration_s,
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [written_period(period) for period in periods],
    }
    return {
        "status": "Accepted",
        "connectorId": ask["connectorId"],
        "scheduleStart": stamp(start),
        "chargingSchedule": schedule,
    }
