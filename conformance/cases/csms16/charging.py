"""Smart charging. Central system under test, OCPP 1.6."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from itertools import pairwise
from typing import Any

from conformance.cases.csms16.states import attached, authorized, is_now, started, told
from conformance.cases.csms16.states import charging as charges
from conformance.cases.csms201.charging import DEFAULT, DURATION_S, PROFILE, TX, limit_of, unit_of
from conformance.cases.csms201.charging import MAX as MAX_201
from conformance.cases.csms201.charging import profile as entered
from conformance.vocabulary import (
    ABSENT,
    NOW,
    Instant,
    Matcher,
    Payload,
    Received,
    Script,
    Subject,
    answer,
    check,
    command,
    csms16,
    given,
    one_of,
    optionally,
)

MAX = "ChargePointMaxProfile"
AMPS = 6.0
FROM, UNTIL = NOW, Instant(3600.0)
SCHEDULE = "chargingSchedule"
PERIOD = f"{SCHEDULE}.chargingSchedulePeriod.0"


def _asks_for(csms: Subject, purpose: str) -> dict[str, Any]:
    """What a profile of one limit has to say, §7.8 and §7.13."""
    return {
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": one_of("Absolute", "Relative"),
        "recurrencyKind": ABSENT,
        "stackLevel": 0,
        f"{SCHEDULE}.chargingRateUnit": unit_of(csms),
        f"{PERIOD}.startPeriod": 0,
        f"{PERIOD}.limit": limit_of(csms, AMPS),
        "transactionId": ABSENT,
    }


def _entered(csms: Subject, purpose: str, **more: Any) -> Payload:
    """What the operator enters: ChargingProfileType of 2.0.1, whose names every command takes."""
    return entered(csms, purpose, AMPS, validFrom=FROM, validTo=UNTIL, **more)


def _limited(csms: Subject, purpose: str, connector: int, transaction: int | Matcher = ABSENT) -> Script:
    """The central system, told to, sends a profile, and the charge point takes it; returns its id."""
    spelt = MAX_201 if purpose == MAX else purpose
    yield command(csms, "set_charging_profile", profile=_entered(csms, spelt), evse=connector)
    wanted = {**_asks_for(csms, purpose), "transactionId": transaction}
    having = {"connectorId": connector, **{f"csChargingProfiles.{path}": value for path, value in wanted.items()}}
    rule = "1.6:3.13.1 1.6:5.16.3" if purpose == TX else "1.6:3.13.1 1.6:5.16"
    request: Received = yield from told(csms, "SetChargingProfile", having=having, rule=rule)
    yield answer(request, status="Accepted")
    yield from _sound(request.get("csChargingProfiles", {}))
    return request.get("csChargingProfiles.chargingProfileId")


def _sound(profile: Payload) -> Script:
    """It says from when to when, unless it counts from the start; its periods are in order, the first at 0."""
    schedule, kind = profile.get(SCHEDULE, {}), profile.get("chargingProfileKind")
    if kind == "Relative":
        begin = schedule.get("startSchedule")
        yield check(begin is None, "no startSchedule in a Relative profile", begin, "1.6:7.9 1.6:7.13")
    else:
        yield check("startSchedule" in schedule, "an Absolute profile with a startSchedule", "none", "1.6:7.9")
        lacks = [name for name in ("validFrom", "validTo", "duration") if name not in {**profile, **schedule}]
        yield check(not lacks, "an Absolute profile that says for how long it holds", f"no {', '.join(lacks)}")
    periods = profile.get(SCHEDULE, {}).get("chargingSchedulePeriod", [])
    begins = [period.get("startPeriod") for period in periods]
    yield check(begins[:1] == [0], "the first startPeriod 0", begins, "1.6:5.16.4")
    yield check(all(one < other for one, other in pairwise(begins)), "periods in order", begins, "1.6:7.14")


@csms16(
    "TC_056_CSMS",
    "TxDefaultProfile shows in composite schedule",
    verifies="1.6:3.13.1 1.6:5.16 1.6:5.16.4 1.6:7.9",
    catches=(
        "limits_from_an_unknown_time_16 limits_something_else_16 limits_another_connector_16 "
        "limits_without_a_limit_16 starts_its_periods_late_16"
    ),
)
def default_profile(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _limited(csms, DEFAULT, csms.evse)


@csms16(
    "TC_057_CSMS",
    "TxProfile on running transaction",
    verifies="1.6:3.13.1 1.6:5.16.3 1.6:7.9",
    catches=(
        "limits_no_transaction_16 limits_another_connector_16 limits_something_else_16 limits_from_an_unknown_time_16"
    ),
)
def transaction_profile(csms: Subject) -> Script:
    yield from given(attached(csms))
    transaction = yield from given(charges(csms))
    yield from _limited(csms, TX, csms.evse, transaction)


@csms16(
    "TC_059_CSMS",
    "Remote start carries profile",
    verifies="1.6:4.8 1.6:5.11 1.6:5.16.2",
    catches="starts_without_a_profile_16 starts_with_a_default_16 starts_with_a_transaction_16 refuses_to_start_16",
)
def profile_from_the_start(csms: Subject) -> Script:
    yield from given(attached(csms))
    what = _entered(csms, TX, id=PROFILE)
    tag = csms.tokens.valid.id
    yield command(csms, "remote_start", id_token=tag, evse=csms.evse, charging_profile=what)
    wanted = {f"chargingProfile.{path}": value for path, value in _asks_for(csms, TX).items()}
    having = {"idTag": tag, "connectorId": optionally(csms.evse), **wanted}
    request: Received = yield from told(csms, "RemoteStartTransaction", having=having, rule="1.6:5.11 1.6:5.16.2")
    yield answer(request, status="Accepted")
    yield from _sound(request.get("chargingProfile", {}))
    yield from authorized(csms)
    yield from is_now(csms, "Preparing")
    yield from started(csms)
    yield from is_now(csms, "Charging")


@csms16(
    "TC_066_CSMS",
    "Composite schedule",
    verifies="1.6:5.7",
    catches="asks_for_another_schedule_16 asks_for_a_shorter_schedule_16 asks_in_another_unit_16",
)
def composite_schedule(csms: Subject) -> Script:
    yield from given(attached(csms))
    unit = unit_of(csms)
    yield command(csms, "get_composite_schedule", evse=csms.evse, duration=DURATION_S, unit=unit)
    having = {"connectorId": csms.evse, "duration": DURATION_S, "chargingRateUnit": unit}
    request: Received = yield from told(csms, "GetCompositeSchedule", having=having, rule="1.6:5.7")
    period = {"startPeriod": 0, "limit": limit_of(csms, AMPS)}
    schedule = {"duration": DURATION_S, "chargingRateUnit": unit, "chargingSchedulePeriod": [period]}
    told_of = {"connectorId": csms.evse, "scheduleStart": NOW, "chargingSchedule": schedule}
    yield answer(request, status="Accepted", **told_of)


def _cleared(csms: Subject, fields: Payload, having: Payload) -> Script:
    """The central system, told to, clears profiles, by what it was told and nothing else."""
    yield command(csms, "clear_charging_profile", **fields)
    named = ("id", "connectorId", "chargingProfilePurpose", "stackLevel")
    wanted = {name: having.get(name, ABSENT) for name in named}
    request: Received = yield from told(csms, "ClearChargingProfile", having=wanted, rule="1.6:5.5")
    yield answer(request, status="Accepted")


@csms16(
    "TC_067_CSMS",
    "Clear profiles",
    verifies="1.6:5.5 1.6:5.16.3 1.6:3.13.1",
    catches=(
        "clears_another_profile_16 clears_another_purpose_16 clears_one_connector_16 limits_no_transaction_16 "
        "limits_something_else_16"
    ),
)
def clear_profiles(csms: Subject) -> Script:
    yield from given(attached(csms))
    transaction = yield from given(charges(csms))
    highest = yield from _limited(csms, MAX, 0)
    yield from _limited(csms, DEFAULT, csms.evse)
    yield from _limited(csms, TX, csms.evse, transaction)
    yield from _cleared(csms, {"profile_id": highest}, {"id": highest})
    chosen = {"chargingProfilePurpose": DEFAULT, "connectorId": optionally(csms.evse), "stackLevel": optionally(0)}
    yield from _cleared(csms, {"evse": csms.evse, "purpose": DEFAULT}, chosen)
    yield from _cleared(csms, {}, {})
