"""Block K, smart charging: profiles cleared. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from typing import Any

from conformance.cases.csms201.charging import ANSWERED, DEFAULT, MAX, PROFILE
from conformance.cases.csms201.profiles import report
from conformance.cases.csms201.states import attached, told
from conformance.vocabulary import ABSENT, Received, Script, Subject, answer, ask, check, command, csms201, given


@csms201(
    "TC_K_05_CSMS",
    "Clear profile by id",
    verifies="K10.FR.02",
    catches="clears_by_id_and_criteria clears_without_saying_what",
)
def clear_by_id(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(_told_of_a_profile(csms))
    yield command(csms, "clear_charging_profile", profile_id=PROFILE)
    having = {"chargingProfileId": PROFILE, "chargingProfileCriteria": ABSENT}
    request = yield from _clears(csms, having)
    yield answer(request, status="Accepted")


def _clears(csms: Subject, having: dict[str, Any]) -> Script:
    """The CSMS clears by an id, or by criteria."""
    request: Received = yield from told(csms, "ClearChargingProfile", having=having)
    by_id, criteria = "chargingProfileId" in request.payload, request.get("chargingProfileCriteria", {})
    either = by_id != bool(criteria)
    yield check(either, "either an id or criteria", sorted(request.payload), "K10.FR.02")
    return request


def _told_of_a_profile(csms: Subject) -> Script:
    """The CSMS has asked which profiles there are, and was told of one."""
    yield command(csms, "get_charging_profiles", purpose=MAX)
    request: Received = yield from told(csms, "GetChargingProfiles")
    yield answer(request, status="Accepted")
    yield ask("ReportChargingProfiles", report(csms, request, 0, MAX))


@csms201(
    "TC_K_06_CSMS",
    "Clear profile by stack level/purpose",
    verifies="K10.FR.02",
    catches="clears_by_id_and_criteria clears_without_saying_what",
)
def clear_by_criteria(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _clears_default(csms)
    yield answer(request, status="Accepted")


@csms201(
    "TC_K_08_CSMS",
    "Clear profile when none installed",
    verifies="K10.FR.02",
    catches="clears_by_id_and_criteria gives_up_after_unknown_profiles",
)
def clear_none(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from _clears_default(csms)
    yield answer(request, status="Unknown")
    yield ask("Heartbeat", rule=ANSWERED)


def _clears_default(csms: Subject) -> Script:
    yield command(csms, "clear_charging_profile", purpose=DEFAULT, evse=csms.evse, stack_level=0)
    having = {
        "chargingProfileCriteria.chargingProfilePurpose": DEFAULT,
        "chargingProfileCriteria.stackLevel": 0,
        "chargingProfileCriteria.evseId": csms.evse,
        "chargingProfileId": ABSENT,
    }
    request: Received = yield from _clears(csms, having)
    return request
