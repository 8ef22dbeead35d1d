"""Charging profiles, and what they come to. Charge point under test, OCPP 1.6."""

# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from conformance.cases.station16.states import (
    TRANSACTION,
    authorizes_remote,
    charging,
    plugged,
    ready,
    remote_start,
    started,
    value_of,
)
from conformance.cases.station201.charging import Scale
from conformance.cases.station201.composite import Composite, follows
from conformance.vocabulary import (
    NOW,
    Payload,
    Reply,
    Script,
    Subject,
    ago,
    ask,
    check,
    given,
    one_of,
    silence,
    station16,
)

FIRST, SECOND, THIRD = 401, 402, 403
MAX, DEFAULT, TX = "ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"
BAD = one_of("PropertyConstraintViolation")
DURATION_S = 300
NAMES = {"Current": "A", "Power": "W"}

SET, ASKED, CLEARED = "1.6:5.16", "1.6:5.7", "1.6:5.5"


def scale(station: Subject) -> Script:
    """The declared unit, else the first that the charge point says that it understands."""
    told = str((yield from value_of("ChargingScheduleAllowedChargingRateUnit"))).split(",")[0].strip()
    return Scale(station.rate_unit or NAMES.get(told, "A"), station.phases)


def profile(
    by: Scale,
    purpose: str,
    *periods: tuple[float, float],
    number: int = FIRST,
    level: int = 0,
    duration: int | None = DURATION_S,
    starts: object = NOW,
    **more: Any,
) -> Payload:
    """A ChargingProfile of periods of (seconds, A); absolute unless it starts with nothing; 6 A if none are given."""
    told: Payload = {
        "chargingRateUnit": by.unit,
        "chargingSchedulePeriod": [
            {"startPeriod": int(start_s), "limit": by.of(amps), "numberPhases": by.phases}
            for start_s, amps in periods or ((0, 6),)
        ],
    }
    if starts is not None:
        told["startSchedule"] = starts
    if duration is not None:
        told["duration"] = duration
    return {
        "chargingProfileId": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative" if starts is None else "Absolute",
        "chargingSchedule": told,
        **more,
    }


def _installed(sent: Payload, connector: int) -> Script:
    """The charge point takes a profile; returns when its schedule begins."""
    request = {"connectorId": connector, "csChargingProfiles": sent}
    reply: Reply = yield ask("SetChargingProfile", request, having={"status": "Accepted"}, rule=SET)
    begins: Payload = reply.request["csChargingProfiles"]["chargingSchedule"]
    return str(begins.get("startSchedule", reply.asked))


def _refused(sent: Payload, connector: int, rule: str) -> Script:
    request = {"connectorId": connector, "csChargingProfiles": sent}
    yield ask("SetChargingProfile", request, having={"status": "Rejected"}, or_error=BAD, rule=rule)


def _without_profiles(station: Subject) -> Script:
    """No profile is left from before."""
    yield ask("ClearChargingProfile", {}, having={"status": one_of("Accepted", "Unknown")}, rule=CLEARED)


def _idle(station: Subject) -> Script:
    """The charge point is up, and follows no charging profile; returns the scale of limits."""
    yield from ready(station)
    yield from _without_profiles(station)
    return (yield from scale(station))


def _charging(station: Subject) -> Script:
    """A transaction without charging profiles; returns the scale of limits."""
    yield from charging(station)
    yield from _without_profiles(station)
    return (yield from scale(station))


def _composite(station: Subject, by: Scale, duration_s: int) -> Script:
    """GetCompositeSchedule is answered with a schedule of that length that begins now and is in order."""
    request = {"connectorId": station.evse, "duration": duration_s, "chargingRateUnit": by.unit}
    having = {
        "status": "Accepted",
        "connectorId": station.evse,
        "chargingSchedule.chargingRateUnit": by.unit,
        "chargingSchedule.duration": duration_s,
    }
    reply: Reply = yield ask("GetCompositeSchedule", request, having=having, rule=ASKED)
    start = datetime.fromisoformat(str(reply.get("scheduleStart", reply.asked)))
    late_s = abs((start - datetime.fromisoformat(reply.asked)) / timedelta(seconds=1))
    yield check(late_s <= station.tolerance_s, f"scheduleStart {reply.asked}", start.isoformat(), ASKED)
    told = reply.get("chargingSchedule.chargingSchedulePeriod", [])
    periods = tuple((float(each.get("startPeriod", 0)), float(each.get("limit", 0))) for each in told)
    starts = [start_s for start_s, _ in periods]
    yield check(starts[:1] == [0] and starts == sorted(starts), "periods from 0 on, in order", starts, ASKED)
    return Composite(start, duration_s, periods)


SLOPE = (0, 6), (60, 10), (120, 8)
"""Periods of (seconds, A), as many cases send them."""


def _follows_slope(station: Subject, by: Scale, begun: str, rule: str) -> Script:
    told: Composite = yield from _composite(station, by, 200)
    x = told.since(begun)
    yield from follows(station, by, told, [(0, 6), (60 - x, 10), (120 - x, 8)], rule)


@station16(
    "TC_056_CS",
    "TxDefaultProfile shows in composite schedule",
    verifies="1.6:5.16 1.6:5.7 1.6:3.13.1",
    catches="refuses_profiles_16 follows_no_profile_16 schedules_shorter_than_asked_16",
)
def default_profile(station: Subject) -> Script:
    by: Scale = yield from given(_idle(station))
    sent = profile(by, DEFAULT, *SLOPE, starts=ago(station.tolerance_s))
    begun = yield from _installed(sent, station.evse)
    yield from _starts(station)
    yield from _follows_slope(station, by, begun, "1.6:3.13.1 1.6:5.7")


def _starts(station: Subject) -> Script:
    yield from plugged(station)
    asks = yield from authorizes_remote(station)
    yield from remote_start(station, asks)
    yield from started(station)


@station16(
    "TC_057_CS",
    "TxProfile on running transaction",
    verifies="1.6:5.16 1.6:5.7 1.6:3.13.1",
    catches="refuses_profiles_16 follows_no_profile_16 schedules_shorter_than_asked_16",
)
def transaction_profile(station: Subject) -> Script:
    by: Scale = yield from given(_charging(station))
    sent = profile(by, TX, *SLOPE, starts=ago(station.tolerance_s), transactionId=TRANSACTION)
    begun = yield from _installed(sent, station.evse)
    yield from _follows_slope(station, by, begun, "1.6:3.13.1 1.6:5.7")


@station16(
    "TC_058_1_CS",
    "TxProfile without transaction refused",
    verifies="1.6:5.16 1.6:3.13.1",
    catches="takes_any_profile_16",
)
def no_transaction(station: Subject) -> Script:
    by: Scale = yield from given(_idle(station))
    yield from _refused(profile(by, TX, transactionId=TRANSACTION), station.evse, "1.6:5.16 1.6:3.13.1")


@station16(
    "TC_058_2_CS",
    "TxProfile with wrong transaction refused",
    verifies="1.6:5.16 1.6:3.13.1",
    catches="takes_any_profile_16",
)
def wrong_transaction(station: Subject) -> Script:
    by: Scale = yield from given(_charging(station))
    yield from _refused(profile(by, TX, transactionId=TRANSACTION + 1), station.evse, "1.6:5.16 1.6:3.13.1")


@station16(
    "TC_059_CS",
    "Remote start carries profile",
    verifies="1.6:5.11 1.6:5.16.2 1.6:5.7",
    catches="refuses_remote_start_16 ignores_the_profile_of_a_start_16 schedules_shorter_than_asked_16",
)
def remote_start_with_profile(station: Subject) -> Script:
    by: Scale = yield from given(_idle(station))
    yield from given(plugged(station))
    asks = yield from given(authorizes_remote(station))
    sent = profile(by, TX, (0, 6), (600, 10), starts=None, duration=1200)
    yield from remote_start(station, asks, chargingProfile=sent)
    yield from started(station, rule="1.6:5.11")
    told: Composite = yield from _composite(station, by, DURATION_S)
    yield from follows(station, by, told, [(0, 6)], "1.6:5.11 1.6:5.16.2")


@station16(
    "TC_060_CS",
    "Remote start with bad profile refused",
    verifies="1.6:5.11 1.6:5.16.2",
    catches="starts_with_any_profile_16 starts_anywhere_16",
)
def remote_start_with_bad_profile(station: Subject) -> Script:
    by: Scale = yield from given(_idle(station))
    request = {
        "connectorId": station.evse,
        "idTag": station.tokens.valid.id,
        "chargingProfile": profile(by, DEFAULT, starts=None),
    }
    rule = "1.6:5.11 1.6:5.16.2"
    yield ask("RemoteStartTransaction", request, having={"status": "Rejected"}, or_error=BAD, rule=rule)
    yield silence(station.message_s, "StartTransaction", rule=rule)


@station16(
    "TC_066_CS",
    "Composite schedule",
    verifies="1.6:5.7 1.6:3.13.3",
    catches="forgets_the_maximum_16 schedules_shorter_than_asked_16",
)
def combined(station: Subject) -> Script:
    by: Scale = yield from given(_charging(station))
    maximum = profile(by, MAX, (0, 10), duration=86400, starts=ago(station.tolerance_s))
    begun = yield from given(_installed(maximum, 0))
    steps = (0, 6), (60, 10), (120, 8), (180, 15), (260, 8)
    default = profile(by, DEFAULT, *steps, number=SECOND, duration=300, starts=begun)
    yield from given(_installed(default, station.evse))
    steps = (0, 8), (50, 11), (140, 16), (200, 6), (240, 12)
    own = profile(by, TX, *steps, number=THIRD, duration=260, starts=begun, transactionId=TRANSACTION)
    yield from given(_installed(own, station.evse))
    told: Composite = yield from _composite(station, by, 400)
    x = told.since(begun)
    wanted = [(0, 8), (50 - x, 10), (200 - x, 6), (240 - x, 10), (260 - x, 8), (300 - x, 10)]
    yield from follows(station, by, told, wanted, "1.6:3.13.3 1.6:5.7")


@station16(
    "TC_072_CS",
    "Stacked profiles",
    verifies="1.6:3.13.2 1.6:5.7",
    catches="follows_the_lowest_stack_level_16 schedules_shorter_than_asked_16",
)
def stacked(station: Subject) -> Script:
    by: Scale = yield from given(_idle(station))
    low = profile(by, DEFAULT, (0, 6), (100, 8), (200, 10), duration=400, starts=ago(station.tolerance_s))
    begun = yield from given(_installed(low, station.evse))
    high = profile(by, DEFAULT, (0, 7), (100, 9), number=SECOND, level=1, duration=150, starts=begun)
    yield from given(_installed(high, station.evse))
    told: Composite = yield from _composite(station, by, 350)
    x = told.since(begun)
    wanted = [(0, 7), (100 - x, 9), (150 - x, 8), (200 - x, 10)]
    yield from follows(station, by, told, wanted, "1.6:3.13.2 1.6:5.7")


@station16(
    "TC_082_CS",
    "TxDefaultProfile applied to running transaction",
    verifies="1.6:3.13.1 1.6:5.16 1.6:5.7",
    catches="refuses_profiles_16 follows_no_profile_16 schedules_shorter_than_asked_16",
)
def default_profile_in_transaction(station: Subject) -> Script:
    by: Scale = yield from given(_charging(station))
    sent = profile(by, DEFAULT, *SLOPE, starts=ago(station.tolerance_s))
    begun = yield from _installed(sent, station.evse)
    yield from _follows_slope(station, by, begun, "1.6:3.13.1 1.6:5.7")


@station16(
    "TC_067_CS",
    "Clear profiles",
    verifies="1.6:5.5 1.6:5.7",
    catches="clears_nothing_16 clears_everything_16 schedules_shorter_than_asked_16",
)
def clear_profiles(station: Subject) -> Script:
    by: Scale = yield from given(_idle(station))
    yield from given(_three_levels(station, by))
    for criteria, amps in (
        ({"id": THIRD}, 8),
        ({"connectorId": station.evse, "chargingProfilePurpose": DEFAULT, "stackLevel": 1}, 6),
    ):
        yield ask("ClearChargingProfile", criteria, having={"status": "Accepted"}, rule=CLEARED)
        told: Composite = yield from _composite(station, by, 200)
        yield from follows(station, by, told, [(0, amps)], CLEARED)
    yield ask("ClearChargingProfile", {}, having={"status": "Accepted"}, rule=CLEARED)
    left: Composite = yield from _composite(station, by, 200)
    most = max(left.limits(0, 200), default=0.0)
    yield check(most > by.of(6), f"more than {by.of(6):g} {by.unit} without profiles", f"{most:g}", CLEARED)


def _three_levels(station: Subject, by: Scale) -> Script:
    """Three profiles, one above the other: 6, 8 and 10 A."""
    for level, number in enumerate((FIRST, SECOND, THIRD)):
        amps = 6 + 2 * level
        sent = profile(
            by, DEFAULT, (0, amps), number=number, level=level, duration=1200, starts=ago(station.tolerance_s)
        )
        yield from _installed(sent, station.evse)
