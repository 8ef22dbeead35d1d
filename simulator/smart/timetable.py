"""When which period of a profile is in force, and when that changes next."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta

from simulator.smart.profile import ChargingProfile, Installed, Kind, Period, Schedule

LAST = datetime.max.replace(tzinfo=UTC)


def in_force(profile: ChargingProfile, schedule: Schedule, at: datetime, began: datetime) -> Period | None:
    """The period that applies at an instant; None where there is none. ``began``: what relative schedules count from.

    K01.FR.11–.13, .30: from the schedule's start until its duration is over; a recurring one again and again.
    """
    if not profile.valid(at):
        return None
    start, end = _run(profile, schedule, at, began)
    if at < start or (end is not None and at >= end):
        return None
    number = bisect_right(schedule.periods, at - start, key=_begins)
    return schedule.periods[number - 1] if number else None


def next_change(profile: ChargingProfile, schedule: Schedule, at: datetime, began: datetime) -> datetime | None:
    """The first instant after ``at`` at which ``in_force`` may give something else; None if there is none."""
    if profile.valid_to is not None and at >= profile.valid_to:
        return None
    if profile.valid_from is not None and at < profile.valid_from:
        return profile.valid_from
    found = _next_in_run(profile, schedule, at, began)
    if profile.valid_to is not None and (found is None or profile.valid_to < found):
        return profile.valid_to
    return found


def _next_in_run(profile: ChargingProfile, schedule: Schedule, at: datetime, began: datetime) -> datetime | None:
    start, end = _run(profile, schedule, at, began)
    if at < start:
        return start
    number = bisect_right(schedule.periods, at - start, key=_begins)
    candidates = [_after(start, _begins(period)) for period in schedule.periods[number : number + 1]]
    if end is not None and end > at:
        candidates = [min(end, *candidates)] if candidates else [end]
    elif end is not None:
        candidates = []  # periods past the duration
    if (every := _every(profile)) is not None:
        candidates.append(_after(start, every))
    return min(candidates, default=None)


def _run(
    profile: ChargingProfile, schedule: Schedule, at: datetime, began: datetime
) -> tuple[datetime, datetime | None]:
    """From when to when the schedule runs: the run in which ``at`` lies, or the first one."""
    start, every = schedule.starts or began, _every(profile)
    lasts = None if schedule.duration_s is None else timedelta(seconds=schedule.duration_s)
    if every is not None:
        if at > start:
            start += (at - start) // every * every
        lasts = every if lasts is None else min(lasts, every)
    return start, None if lasts is None else _after(start, lasts)


def _after(at: datetime, span: timedelta) -> datetime:
    """So much later, or the last instant that there is."""
    return at + span if span <= LAST - at else LAST


def _every(profile: ChargingProfile) -> timedelta | None:
    return profile.recurrency.every if profile.kind is Kind.RECURRING and profile.recurrency is not None else None


def _begins(period: Period) -> timedelta:
    return timedelta(seconds=period.start_s)


def period_of(installed: Installed, at: datetime, began: datetime) -> Period | None:
    """``in_force`` of an installed profile."""
    return in_force(installed.profile, installed.schedule, at, began)


def change_of(installed: Installed, at: datetime, began: datetime) -> datetime | None:
    """``next_change`` of an installed profile."""
    return next_change(installed.profile, installed.schedule, at, began)
