"""Block K, smart charging: EVs that want a schedule (ISO 15118). CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

import copy
from typing import Any

from conformance.cases.csms201.charging import ANSWERED, TX, profile, sends_profile, sound
from conformance.cases.csms201.states import Session, attached, authorized, plugged, session
from conformance.vocabulary import (
    NOW,
    Payload,
    Received,
    Script,
    Subject,
    answer,
    ask,
    check,
    csms201,
    expect,
    given,
    mismatches,
    one_of,
    seen,
    silence,
)

PATIENCE_S = 60.0
"""A schedule comes within so many seconds of an EV's needs (K15.FR.08)."""
MOST_PERIODS, MOST_SCHEDULES = 16, 3
NEEDS: Payload = {
    "requestedEnergyTransfer": "AC_three_phase",
    "acChargingParameters": {"energyAmount": 20000, "evMinCurrent": 6, "evMaxCurrent": 16, "evMaxVoltage": 400},
}


def connected(csms: Subject) -> Script:
    """EVConnectedPreSession and Authorized; returns the session."""
    yield from attached(csms)
    tx = session(csms)
    yield from plugged(csms, tx)
    yield from authorized(csms, tx)
    return tx


def _latest() -> Script:
    """The line of the record with the last profile of the CSMS; 0 where there is none."""
    sent: list[Received] = yield seen("SetChargingProfile")
    return max((call.line for call in sent), default=0)


def needing(csms: Subject, *statuses: str, rule: str) -> Script:
    """NotifyEVChargingNeeds: the EV tells what it needs, and the CSMS takes it on.

    Returns the line of the last profile before that: the schedule may come together with the answer.
    """
    since: int = yield from _latest()
    needs = {"evseId": csms.evse, "maxScheduleTuples": MOST_PERIODS, "chargingNeeds": NEEDS}
    yield ask("NotifyEVChargingNeeds", needs, having={"status": one_of(*statuses)}, rule=rule)
    return since


def offered(csms: Subject, tx: Session, since: int, rule: str) -> Script:
    """The CSMS sends a TxProfile for the transaction, after a line of the record; returns its first schedule."""
    where = {
        "evseId": csms.evse,
        "chargingProfile.chargingProfilePurpose": TX,
        "chargingProfile.transactionId": tx.id,
    }
    came: list[Received] = [call for call in (yield seen("SetChargingProfile")) if call.line > since]
    if came:
        request = came[0]
        wrong = [f"{path} {actual}" for path, _, actual in mismatches(request.payload, where)]
        yield check(not wrong, f"a TxProfile of {tx.id} at EVSE {csms.evse}", ", ".join(wrong), rule)
    else:
        request = yield expect("SetChargingProfile", PATIENCE_S, having=where, rule=rule)
        yield answer(request, status="Accepted")
    made = request.get("chargingProfile", {})
    yield from sound(made, request.get("evseId", 0), most=MOST_SCHEDULES)
    yield from _within_reach(made, rule)
    return request.get("chargingProfile.chargingSchedule.0", {})


def _within_reach(made: Payload, rule: str) -> Script:
    """No more schedules and periods than an EV can take (K15.FR.07)."""
    schedules = made.get("chargingSchedule", [])
    longest = max((len(each.get("chargingSchedulePeriod", [])) for each in schedules), default=0)
    fits = 0 < len(schedules) <= MOST_SCHEDULES and longest <= MOST_PERIODS
    what = f"1 to {MOST_SCHEDULES} schedules of {MOST_PERIODS} periods at most"
    yield check(fits, what, f"{len(schedules)} of {longest}", rule)


def answering(csms: Subject, schedule: Payload, status: str, rule: str, factor: float = 1.0) -> Script:
    """NotifyEVChargingSchedule: the EV takes the schedule, or more than it allows."""
    theirs: Payload = {key: schedule[key] for key in ("id", "duration", "chargingRateUnit") if key in schedule}
    periods: list[dict[str, Any]] = copy.deepcopy(schedule.get("chargingSchedulePeriod", []))
    for period in periods:
        period["limit"] = round(period.get("limit", 0) * factor, 1)
    theirs["chargingSchedulePeriod"] = periods
    request = {"timeBase": NOW, "evseId": csms.evse, "chargingSchedule": theirs}
    yield ask("NotifyEVChargingSchedule", request, having={"status": status}, rule=rule)


def energized(csms: Subject, tx: Session) -> Script:
    """Energy flows."""
    yield ask("TransactionEvent", tx.event("ChargingStateChanged", state="Charging"), rule=ANSWERED)


def negotiated(csms: Subject, tx: Session) -> Script:
    """ISO15118SmartCharging: needs, a schedule, the EV's answer, and energy."""
    since: int = yield from needing(csms, "Accepted", "Processing", rule="K15.FR.02 K15.FR.03 K15.FR.05")
    schedule = yield from offered(csms, tx, since, "K15.FR.07")
    yield from answering(csms, schedule, "Accepted", "K15.FR.11")
    yield from energized(csms, tx)


@csms201(
    "TC_K_53_CSMS",
    "HLC load levelling, profile accepted by EV",
    verifies="K15.FR.02 K15.FR.03 K15.FR.05 K15.FR.07 K15.FR.11",
    catches="meets_no_needs offers_a_default_profile refuses_fitting_schedules",
)
def schedule_accepted(csms: Subject) -> Script:
    tx = yield from given(connected(csms))
    yield from negotiated(csms, tx)
    yield silence(csms.message_s, "SetChargingProfile")


@csms201(
    "TC_K_55_CSMS",
    "HLC load levelling, EV schedule exceeds limits",
    verifies="K15.FR.12 K15.FR.13 K16.FR.07 K16.FR.08 K17.FR.12 K17.FR.13",
    catches="accepts_any_schedule never_plans_twice",
)
def schedule_exceeded(csms: Subject) -> Script:
    tx = yield from given(connected(csms))
    since: int = yield from needing(csms, "Accepted", rule="K15.FR.03")
    schedule = yield from offered(csms, tx, since, "K15.FR.07")
    since = yield from _latest()
    yield from answering(csms, schedule, "Rejected", "K15.FR.12 K16.FR.07 K17.FR.12", factor=2)
    yield from energized(csms, tx)
    schedule = yield from offered(csms, tx, since, "K15.FR.13 K16.FR.08 K17.FR.13")
    yield from answering(csms, schedule, "Accepted", "K15.FR.11")


@csms201(
    "TC_K_57_CSMS",
    "Schedule renegotiated by EV",
    verifies="K17.FR.02 K17.FR.03 K17.FR.05 K17.FR.07 K17.FR.11",
    catches="meets_no_later_needs never_plans_twice",
)
def renegotiated_by_ev(csms: Subject) -> Script:
    tx = yield from given(connected(csms))
    yield from given(negotiated(csms, tx))
    since: int = yield from needing(csms, "Accepted", "Processing", rule="K17.FR.02 K17.FR.03 K17.FR.05")
    schedule = yield from offered(csms, tx, since, "K17.FR.07")
    yield from answering(csms, schedule, "Accepted", "K17.FR.11")


@csms201(
    "TC_K_58_CSMS",
    "Schedule renegotiated by CSMS",
    verifies="K01.FR.03 K16.FR.06",
    catches="refuses_later_schedules sends_later_profiles_of_no_transaction",
)
def renegotiated_by_csms(csms: Subject) -> Script:
    tx = yield from given(connected(csms))
    yield from given(negotiated(csms, tx))
    schedule = yield from _changed(csms, tx)
    yield from answering(csms, schedule, "Accepted", "K16.FR.06")


def _changed(csms: Subject, tx: Session) -> Script:
    """The CSMS, told to, sends another schedule for the transaction; returns it."""
    what = profile(csms, TX, 8, transactionId=tx.id)
    request: Received = yield from sends_profile(csms, what, csms.evse, most=MOST_SCHEDULES)
    named = request.get("chargingProfile.transactionId")
    yield check(named == tx.id, f"transactionId {tx.id}", named, "K01.FR.03")
    yield answer(request, status="Accepted")
    return request.get("chargingProfile.chargingSchedule.0", {})


@csms201(
    "TC_K_59_CSMS",
    "Schedule renegotiated by CSMS, EV needs re-sent",
    verifies="K16.FR.12 K17.FR.03",
    catches="meets_no_later_needs never_plans_after_a_change_of_its_own",
)
def needs_told_again(csms: Subject) -> Script:
    tx = yield from given(connected(csms))
    yield from given(negotiated(csms, tx))
    yield from _changed(csms, tx)
    since: int = yield from needing(csms, "Accepted", "Processing", rule="K16.FR.12 K17.FR.03 K17.FR.05")
    schedule = yield from offered(csms, tx, since, "K16.FR.12")
    yield from answering(csms, schedule, "Accepted", "K16.FR.06")
