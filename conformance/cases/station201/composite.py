"""Block K, smart charging: what profiles come to over time. Station under test, OCPP 2.0.1.

What a schedule must be is worked out here, from what the case sent, as part 6 does it.
"""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from conformance.cases.station201.charging import (
    DEFAULT,
    MAX,
    SECOND,
    TX,
    Scale,
    charging_idle,
    cleared,
    foreign_unit,
    idle,
    installed,
    profile,
    scale,
)
from conformance.cases.station201.states import configured, variable
from conformance.vocabulary import (
    ABSENT,
    NOW,
    Instant,
    Payload,
    Reply,
    Script,
    Subject,
    ago,
    ask,
    check,
    given,
    station201,
)

THIRD = 403
LIMIT_EPSILON = 0.1
"""Limits are told with one digit after the point."""
CONVERSION = 0.15
"""What a station may take from the grid beyond what its EVSEs give (K08.FR.03), as a share of it."""

Steps = Sequence[tuple[float, float | None]]
"""(seconds from the start on, A); None: whatever the station itself allows."""


@dataclass(frozen=True, slots=True)
class Composite:
    """A schedule as the station told it: limits in its unit, from seconds after the start on."""

    start: datetime
    duration_s: float
    periods: tuple[tuple[float, float], ...]

    def limits(self, begin_s: float, end_s: float) -> list[float]:
        """Every limit that holds at some time between."""
        ends = [*(start_s for start_s, _ in self.periods[1:]), self.duration_s]
        spans = zip(self.periods, ends, strict=True)
        return [limit for (start_s, limit), until_s in spans if start_s < end_s and until_s > begin_s]

    def since(self, instant: str) -> float:
        """How many seconds of a schedule that began at this time of day have gone."""
        return (self.start - datetime.fromisoformat(instant)).total_seconds()


def started(sent: Payload) -> str:
    """When the schedule of a profile that was sent begins."""
    return str(sent["chargingSchedule"][0]["startSchedule"])


def composite(station: Subject, by: Scale, evse: int, duration_s: int, rule: str = "K08.FR.02") -> Script:
    """GetCompositeSchedule is answered with a schedule of that length that begins now and is in order."""
    request = {"evseId": evse, "duration": duration_s, "chargingRateUnit": by.unit}
    wanted = {f"schedule.{field}": value for field, value in request.items()}
    reply: Reply = yield ask("GetCompositeSchedule", request, having={"status": "Accepted", **wanted}, rule=rule)
    asked = datetime.fromisoformat(reply.asked)
    said = reply.get("schedule.scheduleStart")
    start = _instant(said)
    near = start is not None and abs((start - asked) / timedelta(seconds=1)) <= station.tolerance_s
    yield check(near, f"scheduleStart {reply.asked}", said, "K08.FR.02")
    told = reply.get("schedule.chargingSchedulePeriod", [])
    periods = tuple((float(each.get("startPeriod", 0)), float(each.get("limit", 0))) for each in told)
    starts = [start_s for start_s, _ in periods]
    yield check(starts[:1] == [0], "the first startPeriod 0", starts, "K01.FR.31")
    yield check(starts == sorted(starts), "periods in order", starts, "K01.FR.35")
    return Composite(start or asked, duration_s, periods)


def _instant(told: Any) -> datetime | None:
    """A date and time with its zone; None where it is none."""
    try:
        found = datetime.fromisoformat(str(told))
    except ValueError:
        return None
    return found if found.tzinfo else None


def follows(station: Subject, by: Scale, told: Composite, wanted: Steps, rule: str, *, losses: float = 0) -> Script:
    """The schedule has these limits, each from its second on, give or take the agreed deviation.

    ``losses``: the share by which a limit may be higher.
    """
    slack_s = station.tolerance_s
    ends = [*(start_s for start_s, _ in wanted[1:]), told.duration_s]
    for (start_s, amps), end_s in zip(wanted, ends, strict=True):
        if start_s > 0:
            near = any(abs(begins_s - start_s) <= slack_s for begins_s, _ in told.periods)
            yield check(near, f"a period from {start_s:g} s on", told.periods, rule)
        if amps is None:
            continue
        inside = told.limits(start_s + (slack_s if start_s > 0 else 0), end_s - slack_s)
        most = by.of(amps) * (1 + losses) + LIMIT_EPSILON
        right = bool(inside) and all(by.of(amps) - LIMIT_EPSILON < limit < most for limit in inside)
        what = f"{by.of(amps):g} {by.unit} from {start_s:g} s to {end_s:g} s"
        yield check(right, what, f"{inside} of {told.periods}", rule)


def able(station: Subject, **least: int) -> Script:
    """The station can hold as much as the case needs, as far as it tells."""
    for name, number in least.items():
        told = yield from variable(station, "SmartChargingCtrlr", name)
        enough = not str(told).isdecimal() or int(str(told)) >= number
        yield check(enough, f"SmartChargingCtrlr.{name} of {number} or more", told)


@station201(
    "TC_K_39_CS",
    "Composite schedule, nothing installed",
    verifies="K08.FR.02 K08.FR.03 K08.FR.06",
    catches="schedules_shorter_than_asked schedules_another_time",
)
def nothing_installed(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    yield from composite(station, by, 0, 300)


@station201(
    "TC_K_40_CS",
    "Composite schedule, stacked profiles",
    verifies="K08.FR.02 K08.FR.06 K01.FR.17",
    catches="follows_the_lowest_stack_level stays_at_the_highest_stack_level",
)
def stacked(station: Subject) -> Script:
    yield from given(idle(station))
    yield from given(able(station, ProfileStackLevel=1, PeriodsPerSchedule=3))
    by: Scale = yield from given(scale(station))
    low = profile(by, DEFAULT, (0, 6), (100, 8), (200, 10), starts=ago(station.tolerance_s))
    begun = started((yield from given(installed(station, low, station.evse))))
    high = profile(by, DEFAULT, (0, 7), (100, 9), number=SECOND, level=1, duration=150, starts=begun)
    yield from given(installed(station, high, station.evse))
    told: Composite = yield from composite(station, by, station.evse, 350)
    x = told.since(begun)
    yield from follows(station, by, told, [(0, 7), (100 - x, 9), (150 - x, 8), (200 - x, 10)], "K08.FR.02 K01.FR.17")


@station201(
    "TC_K_41_CS",
    "Composite schedule, several purposes combined",
    verifies="K08.FR.02 K08.FR.04",
    catches="forgets_the_maximum_of_the_station prefers_the_default_in_a_transaction",
)
def combined(station: Subject) -> Script:
    tx = yield from given(charging_idle(station))
    yield from given(able(station, PeriodsPerSchedule=5))
    by: Scale = yield from given(scale(station))
    maximum = profile(by, MAX, (0, 10), duration=86400, starts=ago(station.tolerance_s))
    begun = started((yield from given(installed(station, maximum, 0))))
    steps = (0, 6), (60, 10), (120, 8), (180, 15), (260, 8)
    default = profile(by, DEFAULT, *steps, number=SECOND, duration=300, starts=begun)
    yield from given(installed(station, default, station.evse))
    steps = (0, 8), (50, 11), (140, 16), (200, 6), (240, 12)
    own = profile(by, TX, *steps, number=THIRD, duration=260, starts=begun, transactionId=tx.id)
    yield from given(installed(station, own, station.evse))
    told: Composite = yield from composite(station, by, station.evse, 400)
    x = told.since(begun)
    wanted = [(0, 8), (50 - x, 10), (200 - x, 6), (240 - x, 10), (260 - x, 8), (300 - x, 10)]
    yield from follows(station, by, told, wanted, "K08.FR.04")


@station201(
    "TC_K_42_CS",
    "Composite schedule, unit unsupported",
    verifies="K08.FR.07",
    catches="schedules_in_any_unit",
)
def unit_unsupported(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(foreign_unit(station))
    yield from _impossible(station, 0, by, "K08.FR.07")


@station201(
    "TC_K_47_CS",
    "Composite schedule, unknown EVSE",
    verifies="K08.FR.05",
    catches="schedules_of_any_evse",
)
def unknown_evse(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    yield from _impossible(station, len(station.evses) + 1, by, "K08.FR.05")


def _impossible(station: Subject, evse: int, by: Scale, rule: str) -> Script:
    request = {"evseId": evse, "duration": 300, "chargingRateUnit": by.unit}
    having = {"status": "Rejected", "schedule": ABSENT}
    yield ask("GetCompositeSchedule", request, having=having, rule=rule)


@station201(
    "TC_K_21_CS",
    "Profile honours validFrom",
    verifies="K01.FR.36",
    catches="follows_profiles_too_early",
)
def valid_from(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    what = profile(by, DEFAULT, duration=None, starts=None, validFrom=Instant(300))
    sent = yield from installed(station, what, station.evse)
    told: Composite = yield from composite(station, by, station.evse, 400)
    yield from follows(station, by, told, [(0, None), (-told.since(sent["validFrom"]), 6)], "K01.FR.36")


@station201(
    "TC_K_22_CS",
    "Profile honours validTo",
    verifies="K01.FR.37 K01.FR.14",
    catches="follows_profiles_too_long follows_defaults_at_one_evse_alone",
)
def valid_to(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    valid: dict[str, Any] = {"validFrom": ago(station.tolerance_s), "validTo": Instant(300)}
    sent = yield from installed(station, profile(by, DEFAULT, duration=None, **valid), 0)
    for evse in range(len(station.evses) + 1):
        told: Composite = yield from composite(station, by, evse, 400)
        amps = 6 if evse else 6 * len(station.evses)
        losses = 0 if evse or by.unit == "A" else CONVERSION
        wanted = [(0, amps), (-told.since(sent["validTo"]), None)]
        yield from follows(station, by, told, wanted, "K01.FR.14 K01.FR.37", losses=losses)


@station201(
    "TC_K_23_CS",
    "Profile honours startSchedule",
    verifies="K01.FR.30",
    catches="starts_schedules_at_once",
)
def start_schedule(station: Subject) -> Script:
    yield from given(idle(station))
    by: Scale = yield from given(scale(station))
    what = profile(by, DEFAULT, duration=None, starts=Instant(60))
    sent = yield from installed(station, what, station.evse)
    told: Composite = yield from composite(station, by, station.evse, 300)
    yield from follows(station, by, told, [(0, None), (-told.since(started(sent)), 6)], "K01.FR.30")


SIGNIFICANT = "SmartChargingCtrlr", "LimitChangeSignificance", "1.0"


@station201(
    "TC_K_28_CS",
    "TxDefaultProfile applied to running transaction",
    verifies="K01.FR.32",
    catches="spares_the_transaction_that_runs",
)
def default_while_charging(station: Subject) -> Script:
    yield from given(charging_idle(station))
    yield from given(configured(station, *SIGNIFICANT, optional=True))
    by: Scale = yield from given(scale(station))
    what = profile(by, DEFAULT, starts=ago(station.tolerance_s))
    yield from installed(station, what, station.evse)
    told: Composite = yield from composite(station, by, station.evse, 300)
    yield from follows(station, by, told, [(0, 6)], "K01.FR.32")


@station201(
    "TC_K_09_CS",
    "Clear TxDefaultProfile during transaction",
    verifies="K10.FR.07 K10.FR.04",
    catches="holds_on_to_a_cleared_default clears_no_default_profile",
)
def default_cleared(station: Subject) -> Script:
    yield from given(charging_idle(station))
    yield from given(configured(station, *SIGNIFICANT, optional=True))
    by: Scale = yield from given(scale(station))
    yield from given(installed(station, profile(by, DEFAULT, starts=NOW), station.evse))
    before: Composite = yield from composite(station, by, station.evse, 300)
    yield from follows(station, by, before, [(0, 6)], "K01.FR.32")
    yield from cleared(station, {"chargingProfileCriteria": {"chargingProfilePurpose": DEFAULT}}, rule="K10.FR.04")
    after: Composite = yield from composite(station, by, station.evse, 300)
    now = after.limits(0, 1)
    other = bool(now) and all(abs(limit - by.of(6)) >= LIMIT_EPSILON for limit in now)
    yield check(other, f"another limit than {by.of(6):g} {by.unit}", now, "K10.FR.07")
