"""Block K, smart charging: which profiles the CSMS asks for, and limits of others. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.csms201.charging import ANSWERED, DEFAULT, MAX, PROFILE, profile
from conformance.cases.csms201.states import attached, charging, told
from conformance.vocabulary import (
    ABSENT,
    Payload,
    Received,
    Script,
    Subject,
    answer,
    ask,
    check,
    command,
    csms201,
    given,
)

SMART = "P_SMART_CHARGING or P_ISO15118"
"""What a system that is asked for things outside the profiles has to claim."""
EXTERNAL = "ChargingStationExternalConstraints"
FIELDS = ("chargingProfileId", "chargingProfilePurpose", "stackLevel", "chargingLimitSource")


def report(csms: Subject, request: Received, evse: int, purpose: str, **more: Any) -> Payload:
    """A ReportChargingProfiles of one profile, on a CSMS's request."""
    source = "EMS" if purpose == EXTERNAL else "CSO"
    told = profile(csms, purpose, 10, id=PROFILE)
    return {
        "requestId": request.get("requestId", 0),
        "chargingLimitSource": source,
        "evseId": evse,
        "chargingProfile": [told],
        **more,
    }


def _asks(csms: Subject, fields: dict[str, Any], *, evse: int | None, **criteria: Any) -> Script:
    """The CSMS, told to, asks for the profiles that fit these criteria and no others; returns the request answered."""
    place = {} if evse is None else {"evse": evse}
    yield command(csms, "get_charging_profiles", **place, **fields)
    having = {f"chargingProfile.{field}": criteria.get(field, ABSENT) for field in FIELDS}
    having["evseId"] = ABSENT if evse is None else evse
    request: Received = yield from told(csms, "GetChargingProfiles", having=having)
    named = set(request.get("chargingProfile", {})) - {"customData"}
    either = named == {"chargingProfileId"} or (bool(named) and "chargingProfileId" not in named)
    yield check(either, "either ids or other criteria", sorted(named), "K09.FR.03")
    yield answer(request, status="Accepted")
    return request


def _told(csms: Subject, request: Received, evse: int, purpose: str, **more: Any) -> Script:
    yield ask("ReportChargingProfiles", report(csms, request, evse, purpose, **more), rule=ANSWERED)


@csms201(
    "TC_K_29_CSMS",
    "Get profiles, evseId 0",
    verifies="K09.FR.03",
    catches="asks_for_profiles_without_criteria chokes_on_profile_reports",
)
def of_the_station(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(charging(csms))
    request = yield from _asks(csms, {"purpose": MAX}, evse=0, chargingProfilePurpose=MAX)
    yield from _told(csms, request, 0, MAX)


@csms201(
    "TC_K_30_CSMS",
    "Get profiles, one EVSE",
    verifies="K09.FR.03",
    catches="asks_for_profiles_without_criteria asks_for_an_id_beside_other_criteria",
)
def of_one_evse(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _asks(csms, {"purpose": DEFAULT}, evse=csms.evse, chargingProfilePurpose=DEFAULT)
    yield from _told(csms, request, csms.evse, DEFAULT)


@csms201(
    "TC_K_31_CSMS",
    "Get profiles, no EVSE given",
    verifies="K09.FR.03",
    catches="asks_for_profiles_without_criteria chokes_on_profile_reports",
)
def of_all(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _asks(csms, {"purpose": DEFAULT}, evse=None, chargingProfilePurpose=DEFAULT)
    for evse in range(1, len(csms.evses) + 1):
        yield from _told(csms, request, evse, DEFAULT, tbc=evse < len(csms.evses))


@csms201(
    "TC_K_32_CSMS",
    "Get profiles by id",
    verifies="K09.FR.03",
    catches="asks_for_profiles_without_criteria asks_for_a_purpose_beside_an_id",
)
def by_id(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _asks(csms, {"profile_ids": [PROFILE]}, evse=None, chargingProfileId=[PROFILE])
    yield from _told(csms, request, csms.evse, DEFAULT)


@csms201(
    "TC_K_33_CSMS",
    "Get profiles by EVSE + stack level",
    verifies="K09.FR.03",
    catches="asks_for_profiles_without_criteria asks_for_an_id_beside_other_criteria",
)
def by_stack_level(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _asks(csms, {"stack_level": 0}, evse=csms.evse, stackLevel=0)
    yield from _told(csms, request, csms.evse, DEFAULT)


@csms201(
    "TC_K_34_CSMS",
    "Get profiles by EVSE + limit source",
    verifies="K09.FR.03",
    catches="asks_for_profiles_without_criteria asks_for_an_id_beside_other_criteria",
)
def by_source(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _asks(csms, {"sources": ["CSO"]}, evse=csms.evse, chargingLimitSource=["CSO"])
    yield from _told(csms, request, csms.evse, DEFAULT)


@csms201(
    "TC_K_35_CSMS",
    "Get profiles by EVSE + purpose",
    verifies="K09.FR.03",
    catches="asks_for_profiles_without_criteria asks_for_an_id_beside_other_criteria",
)
def by_purpose(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _asks(csms, {"purpose": DEFAULT}, evse=csms.evse, chargingProfilePurpose=DEFAULT)
    yield from _told(csms, request, csms.evse, DEFAULT)


@csms201(
    "TC_K_36_CSMS",
    "Get profiles by EVSE + purpose + stack level",
    verifies="K09.FR.03",
    catches="asks_for_profiles_without_criteria asks_for_an_id_beside_other_criteria",
)
def by_purpose_and_stack_level(csms: Subject) -> Script:
    yield from given(attached(csms))
    fields = {"purpose": DEFAULT, "stack_level": 0}
    request = yield from _asks(csms, fields, evse=csms.evse, chargingProfilePurpose=DEFAULT, stackLevel=0)
    yield from _told(csms, request, csms.evse, DEFAULT)


@csms201(
    "TC_K_52_CSMS",
    "External constraint shows up in profile report",
    verifies="OCPP-J.4.2.2",
    needs=SMART,
    catches="chokes_on_profile_reports",
)
def constraint_reported(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield command(csms, "get_charging_profiles", evse=0, purpose=EXTERNAL)
    request: Received = yield from given(told(csms, "GetChargingProfiles"))
    yield answer(request, status="Accepted")
    yield from _told(csms, request, 0, EXTERNAL)


@csms201(
    "TC_K_48_CSMS",
    "External limit reported, no transaction",
    verifies="OCPP-J.4.2.2",
    needs=SMART,
    catches="chokes_on_limits_of_others",
)
def limit_reported(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield ask("NotifyChargingLimit", {"chargingLimit": {"chargingLimitSource": "EMS"}}, rule=ANSWERED)


@csms201(
    "TC_K_50_CSMS",
    "External limit released, no transaction",
    verifies="OCPP-J.4.2.2",
    needs=SMART,
    catches="chokes_on_lifted_limits",
)
def limit_released(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield ask("ClearedChargingLimit", {"chargingLimitSource": "EMS"}, rule=ANSWERED)


@csms201(
    "TC_K_51_CSMS",
    "External limit released, transaction running",
    verifies="OCPP-J.4.2.2",
    needs=SMART,
    catches="chokes_on_lifted_limits chokes_on_other_rates",
)
def limit_released_while_charging(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    yield ask("ClearedChargingLimit", {"chargingLimitSource": "EMS"}, rule=ANSWERED)
    yield ask("TransactionEvent", tx.event("ChargingRateChanged", state="Charging"), rule=ANSWERED)
