"""Block K, smart charging: profiles set. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Any

from conformance.cases.csms201.states import ACCEPTED, attached, charging, session, told
from conformance.vocabulary import (
    ABSENT,
    NOW,
    PRESENT,
    Instant,
    Matcher,
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
    one_of,
    optionally,
    refuse,
)

PROFILE = 411
"""Id of a profile that the bench, as station, tells of or that its operator chooses."""
MAX, DEFAULT, TX = "ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile"
DURATION_S = 300
ANSWERED = "OCPP-J.4.2.2"
SCHEDULE = "chargingProfile.chargingSchedule.0"
PERIOD = f"{SCHEDULE}.chargingSchedulePeriod.0"


def unit_of(csms: Subject) -> str:
    """A or W, as agreed."""
    return csms.rate_unit or "A"


def limit_of(csms: Subject, amps: float) -> float:
    """The limit that part 6 asks for: so many A, or so many kW in W."""
    return amps if unit_of(csms) == "A" else 1000 * amps


def phases_of(csms: Subject) -> Matcher:
    """The agreed number of phases, which need not be said where it is three (K01.FR.49)."""
    return optionally(3) if csms.phases == 3 else one_of(csms.phases)


def profile(csms: Subject, purpose: str, amps: float, *, kind: str = "Absolute", **more: Any) -> Payload:
    """What the operator enters as a charging profile: one period, from now on unless it is relative."""
    period = {"startPeriod": 0, "limit": limit_of(csms, amps), "numberPhases": csms.phases}
    schedule = {"id": 1, "chargingRateUnit": unit_of(csms), "duration": DURATION_S, "chargingSchedulePeriod": [period]}
    if kind != "Relative":
        schedule["startSchedule"] = NOW
    return {
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "chargingSchedule": [schedule],
        **more,
    }


def sends_profile(csms: Subject, what: Payload, evse: int, *, most: int = 1, **having: Any) -> Script:
    """The CSMS, told to, sends a profile as it was entered, and a sound one; returns the request unanswered."""
    yield command(csms, "set_charging_profile", profile=what, evse=evse)
    alike = {f"chargingProfile.{key}": what[key] for key in ("stackLevel", "chargingProfilePurpose")}
    wanted = {"evseId": evse, **alike, **having}
    request: Received = yield from told(csms, "SetChargingProfile", having=wanted)
    yield from sound(request.get("chargingProfile", {}), request.get("evseId", 0), most=most)
    return request


def limited(csms: Subject, amps: float) -> dict[str, Any]:
    """What a schedule of one limit has to say."""
    return {
        f"{SCHEDULE}.chargingRateUnit": unit_of(csms),
        f"{PERIOD}.startPeriod": 0,
        f"{PERIOD}.limit": limit_of(csms, amps),
        f"{PERIOD}.numberPhases": phases_of(csms),
    }


def lasting() -> dict[str, Any]:
    """Such a schedule with an end."""
    return {f"{SCHEDULE}.duration": DURATION_S}


def sound(profile: Payload, evse: int, *, remote: bool = False, most: int = 1) -> Script:
    """What the specification asks of every profile of a CSMS. ``remote``: it comes with an order to start.

    ``most``: how many schedules it may have; more than one only where the EV told its needs.
    """
    purpose, kind = profile.get("chargingProfilePurpose"), profile.get("chargingProfileKind")
    if purpose == TX:
        yield check(evse > 0, "a TxProfile of one EVSE", f"EVSE {evse}", "K01.FR.16")
        named = "transactionId" in profile
        if not remote:
            yield check(named, "a TxProfile with its transactionId", "none", "K01.FR.03")
    if purpose == MAX:
        yield check(kind != "Relative", f"a {MAX} that is not Relative", kind, "K01.FR.38")
    yield check(purpose != "ChargingStationExternalConstraints", "no limit in the name of others", purpose, "K01.FR.22")
    schedules = profile.get("chargingSchedule", [])
    yield check(
        0 < len(schedules) <= most,
        f"1 to {most} schedules" if most > 1 else "one schedule",
        len(schedules),
        "K01.FR.34",
    )
    for schedule in schedules:
        yield from _sound_schedule(schedule, str(kind))


def _sound_schedule(schedule: Payload, kind: str) -> Script:
    starts = "startSchedule" in schedule
    if kind == "Relative":
        yield check(not starts, "no startSchedule in a Relative profile", schedule.get("startSchedule"), "K01.FR.41")
    else:
        yield check(starts, f"a startSchedule in a profile that is {kind}", "none", "K01.FR.40")
    periods = schedule.get("chargingSchedulePeriod", [])
    begins = [period.get("startPeriod") for period in periods]
    yield check(begins[:1] == [0], "the first startPeriod 0", begins, "K01.FR.31")
    yield check(all(one < other for one, other in pairwise(begins)), "periods in order", begins, "K01.FR.35")
    odd = [period for period in periods if "phaseToUse" in period and period.get("numberPhases") != 1]
    yield check(not odd, "a phaseToUse for a single phase only", odd, "K01.FR.19")


@csms201(
    "TC_K_01_CSMS",
    "Set TxDefaultProfile on one EVSE",
    verifies="K01.FR.22 K01.FR.31 K01.FR.34 K01.FR.40",
    catches="begins_schedules_late sends_no_start_of_a_schedule limits_in_the_name_of_others sends_two_schedules",
)
def default_of_one(csms: Subject) -> Script:
    yield from given(attached(csms))
    valid: dict[str, Any] = {"validFrom": NOW, "validTo": Instant(DURATION_S)}
    having = {"chargingProfile.chargingProfileKind": "Absolute", **limited(csms, 6), **lasting()}
    having |= {f"chargingProfile.{name}": PRESENT for name in valid}
    request: Received = yield from sends_profile(csms, profile(csms, DEFAULT, 6, **valid), csms.evse, **having)
    yield from _valid_for(csms, request, DURATION_S)
    yield answer(request, status="Accepted")


def _valid_for(csms: Subject, request: Received, duration_s: float) -> Script:
    """From validFrom to validTo it is so long, and the schedule starts with it."""
    names = ("validFrom", "validTo", "chargingSchedule.0.startSchedule")
    since, until, starts = (_instant(request.get(f"chargingProfile.{name}")) for name in names)
    lasts = (until - since).total_seconds() if since and until else None
    fits = lasts is not None and abs(lasts - duration_s) <= csms.tolerance_s
    yield check(fits, f"validTo {duration_s:g} s after validFrom", "not said" if lasts is None else f"{lasts:g} s")
    late = (starts - since).total_seconds() if since and starts else None
    meets = late is not None and abs(late) <= csms.tolerance_s
    yield check(meets, "startSchedule at validFrom", "not said" if late is None else f"{late:g} s later")


def _instant(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


@csms201(
    "TC_K_10_CSMS",
    "Set TxDefaultProfile on all EVSEs",
    verifies="K01.FR.19 K01.FR.31 K01.FR.35",
    catches="begins_schedules_late numbers_phases_at_random mixes_up_periods",
)
def default_of_all(csms: Subject) -> Script:
    yield from given(attached(csms))
    having = {"chargingProfile.chargingProfileKind": "Absolute", **limited(csms, 6), **lasting()}
    request = yield from sends_profile(csms, profile(csms, DEFAULT, 6), 0, **having)
    yield answer(request, status="Accepted")


@csms201(
    "TC_K_03_CSMS",
    "Set ChargingStationMaxProfile",
    verifies="K01.FR.31 K01.FR.38",
    catches="begins_schedules_late makes_everything_relative",
)
def station_maximum(csms: Subject) -> Script:
    yield from given(attached(csms))
    having: dict[str, Any] = {"chargingProfile.chargingProfileKind": "Absolute", **limited(csms, 8), **lasting()}
    request = yield from sends_profile(csms, profile(csms, MAX, 8), 0, **having)
    yield answer(request, status="Accepted")


@csms201(
    "TC_K_02_CSMS",
    "Set TxProfile with no transaction on EVSE",
    verifies="K01.FR.03 K01.FR.31 K01.FR.41",
    needs="P_SMART_CHARGING or P_ISO15118",
    catches="sends_profiles_of_no_transaction starts_relative_schedules_at_a_time",
)
def no_transaction(csms: Subject) -> Script:
    yield from given(attached(csms))
    what = profile(csms, TX, 7, kind="Relative", transactionId=f"none-{csms.nonce}")
    having = {"chargingProfile.chargingProfileKind": "Relative", **limited(csms, 7)}
    request = yield from sends_profile(csms, what, csms.evse, **having)
    yield answer(request, status="Rejected")
    yield ask("Heartbeat", rule=ANSWERED)


@csms201(
    "TC_K_60_CSMS",
    "TxProfile on running transaction",
    verifies="K01.FR.03 K01.FR.16 K01.FR.31",
    catches=(
        "sends_profiles_of_no_transaction sends_profiles_of_another_transaction begins_schedules_late "
        "limits_no_evse_in_particular"
    ),
)
def profile_of_transaction(csms: Subject) -> Script:
    yield from given(attached(csms))
    tx = yield from given(charging(csms))
    what = profile(csms, TX, 6, transactionId=tx.id)
    request: Received = yield from sends_profile(csms, what, csms.evse)
    yield from kind_is(request, "Relative", "Absolute")
    named = request.get("chargingProfile.transactionId")
    yield check(named == tx.id, f"transactionId {tx.id}", named, "K01.FR.03")
    yield answer(request, status="Accepted")


def kind_is(request: Received, *kinds: str) -> Script:
    """The profile is of one of these kinds, and if it recurs it says how."""
    kind = request.get("chargingProfile.chargingProfileKind")
    yield check(kind in kinds, f"chargingProfileKind {' or '.join(kinds)}", kind)
    recurs = "recurrencyKind" in request.get("chargingProfile", {})
    yield check(recurs == (kind == "Recurring"), "a recurrencyKind if it is Recurring, else none", f"{kind}: {recurs}")


@csms201(
    "TC_K_04_CSMS",
    "Replace profile by id",
    verifies="K01.FR.06 K01.FR.31 K01.FR.40",
    catches="replaces_profiles_by_others begins_schedules_late sends_no_start_of_a_schedule",
)
def replacing(csms: Subject) -> Script:
    yield from given(attached(csms))
    sent: list[Received] = []
    for amps in (8, 6):  # a CSMS that has a profile for this station already may replace that one, by its own id
        what = profile(csms, DEFAULT, amps, **({"id": _id(sent[0])} if sent else {}))
        having: dict[str, Any] = {f"{PERIOD}.startPeriod": 0, f"{PERIOD}.limit": limit_of(csms, amps)}
        having[f"{SCHEDULE}.chargingSchedulePeriod.1"] = ABSENT
        request: Received = yield from sends_profile(csms, what, csms.evse, **having)
        yield from kind_is(request, "Absolute", "Recurring")
        yield answer(request, status="Accepted")
        sent.append(request)
    before, after = sent
    yield check(_id(before) == _id(after), f"the same id {_id(before)}", _id(after), "K01.FR.06")
    kinds = [each.get("chargingProfile.chargingProfileKind") for each in sent]
    yield check(len(set(kinds)) == 1, "one chargingProfileKind", " then ".join(map(str, kinds)))


def _id(request: Received) -> Any:
    return request.get("chargingProfile.id")


@csms201(
    "TC_K_70_CSMS",
    "Several profiles installed (stack levels)",
    verifies="K01.FR.38 K01.FR.40 K01.FR.05",
    catches="gives_every_profile_one_id sends_no_start_of_a_schedule",
)
def several(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from given(charging(csms))
    default: Received = yield from sends_profile(csms, profile(csms, DEFAULT, 6), csms.evse)
    yield from kind_is(default, "Absolute", "Recurring")
    yield answer(default, status="Accepted")
    maximum: Received = yield from sends_profile(csms, profile(csms, MAX, 8), 0)
    yield from kind_is(maximum, "Absolute")
    yield answer(maximum, status="Accepted")
    yield check(_id(default) != _id(maximum), f"another id than {_id(default)}", _id(maximum), "K01.FR.05")


@csms201(
    "TC_K_15_CSMS",
    "SetChargingProfile not supported",
    verifies="K01.FR.29 K01.FR.31 K01.FR.40",
    catches="begins_schedules_late gives_up_after_not_supported",
)
def unsupported(csms: Subject) -> Script:
    yield from given(attached(csms))
    having = {"chargingProfile.chargingProfileKind": "Absolute", **limited(csms, 6), **lasting()}
    request = yield from sends_profile(csms, profile(csms, DEFAULT, 6), csms.evse, **having)
    yield refuse(request, "NotSupported")
    yield ask("Heartbeat", rule=ANSWERED)


@csms201(
    "TC_K_19_CSMS",
    "Recurring profile (daily/weekly)",
    verifies="K01.FR.31 K01.FR.40",
    catches="begins_schedules_late sends_no_start_of_a_schedule",
)
def recurring(csms: Subject) -> Script:
    yield from given(attached(csms))
    what = profile(csms, DEFAULT, 6, kind="Recurring", recurrencyKind="Daily")
    having: dict[str, Any] = {
        "chargingProfile.chargingProfileKind": "Recurring",
        "chargingProfile.recurrencyKind": "Daily",
        f"{PERIOD}.startPeriod": 0,
    }
    request = yield from sends_profile(csms, what, csms.evse, **having)
    yield answer(request, status="Accepted")


@csms201(
    "TC_K_37_CSMS",
    "Remote start carries a TxProfile",
    verifies="F01.FR.08 F01.FR.09 F01.FR.11 K05.FR.02",
    catches="starts_with_a_default_profile starts_with_a_profile_of_a_transaction",
)
def start_with_profile(csms: Subject) -> Script:
    yield from given(attached(csms))
    token = csms.tokens.valid
    what = profile(csms, TX, 6, kind="Relative")
    yield command(csms, "remote_start", id_token=token.id, token_type=token.type, evse=csms.evse, charging_profile=what)
    having = {"idToken.idToken": token.id, "idToken.type": token.type, "evseId": csms.evse, "chargingProfile": PRESENT}
    request: Received = yield from told(csms, "RequestStartTransaction", having=having, rule="F01.FR.08")
    carried = request.get("chargingProfile", {})
    purpose = carried.get("chargingProfilePurpose")
    yield check(purpose == TX, f"chargingProfilePurpose {TX}", purpose, "F01.FR.09 K05.FR.02")
    named = carried.get("transactionId")
    yield check(named is None, "no transactionId in the profile", named, "F01.FR.11")
    yield from kind_is(request, "Relative", "Absolute")
    yield from sound(carried, request.get("evseId", 0), remote=True)
    yield answer(request, status="Accepted")
    tx = session(csms)
    info = {"remoteStartId": request.get("remoteStartId")}
    yield ask(
        "TransactionEvent",
        tx.event("RemoteStart", info=info, idToken=token.payload, **tx.place),
        having=ACCEPTED,
        rule="E02.FR.02",
    )
