"""Block K, smart charging: the profiles that a station reports. Station under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.station201.charging import (
    DEFAULT,
    EXTERNAL,
    MAX,
    PROFILE,
    SECOND,
    Scale,
    Told,
    charging_idle,
    idle,
    installed,
    none_reported,
    only,
    profile,
    reported,
    scale,
)
from conformance.cases.station201.states import configured, ready
from conformance.vocabulary import Payload, Script, Subject, check, given, limit_from_outside, station201

OPERATOR, GRID = "CSO", "SO"
"""Where limits come from: the CSMS, and a system operator who has set none here."""


def two_profiles(station: Subject, level: int = 0) -> Script:
    """A maximum of the whole station (PROFILE) and a default of the EVSE (SECOND); returns both by id, as sent.

    ``level`` is the stack level of the second, that of the first is 0.
    """
    by: Scale = yield from scale(station)
    maximum = yield from installed(station, profile(by, MAX), 0)
    default = yield from installed(station, profile(by, DEFAULT, number=SECOND, level=level), station.evse)
    return {PROFILE: maximum, SECOND: default}


def _told_of(
    station: Subject, sent: dict[int, Payload], wanted: set[int], criteria: Payload, *, evse: int | None, rule: str
) -> Script:
    """A report of what fits holds exactly the wanted profiles."""
    told: list[Told] = yield from reported(station, criteria, evse=evse, rule=rule)
    places = {PROFILE: 0, SECOND: station.evse}
    kept = {number: each for number, each in sent.items() if number in wanted}
    yield from only(station, told, kept, places, rule)


@station201(
    "TC_K_29_CS",
    "Get profiles, evseId 0",
    verifies="K09.FR.02 K09.FR.05 K09.FR.01",
    catches="reports_every_evse_for_0 numbers_reports_by_itself promises_more_reports",
)
def of_the_station(station: Subject) -> Script:
    yield from given(idle(station))
    sent = yield from given(two_profiles(station))
    yield from _told_of(station, sent, {PROFILE}, {}, evse=0, rule="K09.FR.05")


@station201(
    "TC_K_30_CS",
    "Get profiles, one EVSE",
    verifies="K09.FR.02 K09.FR.04",
    catches="reports_every_evse_for_one promises_more_reports",
)
def of_one_evse(station: Subject) -> Script:
    yield from given(idle(station))
    sent = yield from given(two_profiles(station))
    yield from _told_of(station, sent, {SECOND}, {}, evse=station.evse, rule="K09.FR.04")


@station201(
    "TC_K_31_CS",
    "Get profiles, no EVSE given",
    verifies="K09.FR.02 K09.FR.06",
    catches="reports_the_station_alone ends_reports_too_early",
)
def of_all(station: Subject) -> Script:
    yield from given(idle(station))
    sent = yield from given(two_profiles(station))
    yield from _told_of(station, sent, {PROFILE, SECOND}, {}, evse=None, rule="K09.FR.06")


@station201(
    "TC_K_32_CS",
    "Get profiles by id",
    verifies="K09.FR.01 K09.FR.02 K09.FR.06",
    catches="reports_whatever_id numbers_reports_by_itself",
)
def by_id(station: Subject) -> Script:
    yield from given(idle(station))
    sent = yield from given(two_profiles(station))
    yield from _told_of(station, sent, {PROFILE}, {"chargingProfileId": [PROFILE]}, evse=None, rule="K09.FR.06")


@station201(
    "TC_K_33_CS",
    "Get profiles by EVSE + stack level",
    verifies="K09.FR.02 K09.FR.04",
    catches="finds_nothing_by_stack_level",
)
def by_stack_level(station: Subject) -> Script:
    yield from given(idle(station))
    sent = yield from given(two_profiles(station, level=1))
    yield from _told_of(station, sent, {SECOND}, {"stackLevel": 1}, evse=station.evse, rule="K09.FR.04")


@station201(
    "TC_K_34_CS",
    "Get profiles by EVSE + limit source",
    verifies="K09.FR.02 K09.FR.04",
    catches="reports_whoever_limits finds_nothing_by_source",
)
def by_source(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    default = yield from given(installed(station, profile(by, DEFAULT, number=SECOND, level=1), station.evse))
    wanted = {"chargingLimitSource": [OPERATOR]}
    yield from _told_of(station, {SECOND: default}, {SECOND}, wanted, evse=station.evse, rule="K09.FR.04")
    yield from none_reported(station, {"chargingLimitSource": [GRID]}, evse=station.evse, rule="K09.FR.04")


@station201(
    "TC_K_35_CS",
    "Get profiles by EVSE + purpose",
    verifies="K09.FR.02 K09.FR.04",
    catches="reports_every_evse_by_purpose finds_nothing_by_purpose",
)
def by_purpose(station: Subject) -> Script:
    yield from given(charging_idle(station))
    sent = yield from given(two_profiles(station))
    wanted = {"chargingProfilePurpose": DEFAULT}
    yield from _told_of(station, sent, {SECOND}, wanted, evse=station.evse, rule="K09.FR.04")


@station201(
    "TC_K_36_CS",
    "Get profiles by EVSE + purpose + stack level",
    verifies="K09.FR.02 K09.FR.04",
    catches="finds_nothing_by_stack_level reports_every_evse_by_purpose",
)
def by_purpose_and_stack_level(station: Subject) -> Script:
    yield from given(idle(station))
    sent = yield from given(two_profiles(station))
    wanted = {"chargingProfilePurpose": DEFAULT, "stackLevel": 0}
    yield from _told_of(station, sent, {SECOND}, wanted, evse=station.evse, rule="K09.FR.04")


@station201(
    "TC_K_52_CS",
    "External constraint shows up in profile report",
    verifies="K12.FR.05",
    needs="P_SMART_CHARGING or P_ISO15118",
    catches="calls_limits_of_others_its_own hides_limits_of_others",
)
def of_others(station: Subject) -> Script:
    yield from given(ready(station))
    listens = "ExternalControlSignalsEnabled"
    yield from given(configured(station, "SmartChargingCtrlr", listens, "true", optional=True))
    yield limit_from_outside(station, amps=10)
    told: list[Told] = yield from reported(station, {"chargingProfilePurpose": EXTERNAL}, rule="K12.FR.05")
    purposes = {str(each.profile.get("chargingProfilePurpose")) for each in told}
    yield check(purposes == {EXTERNAL}, f"profiles of {EXTERNAL} alone", ", ".join(sorted(purposes)), "K12.FR.05")
