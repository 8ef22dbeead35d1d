"""How a campaign as a whole goes on: it begins, finds its stations, goes from wave to wave, pauses by itself, ends."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select, update

from csms_reference.campaigns import rows, target
from csms_reference.campaigns.plan import Plan
from csms_reference.campaigns.states import IN_HAND, OPEN, Phase, Standing, State
from csms_reference.campaigns.window import opening
from csms_reference.instants import read_ms
from csms_reference.store.campaign_tables import campaign_stations

ENDED_AT_ONCE = 1_000
LATE = "the deadline has passed"


class Course(NamedTuple):
    """What is to be done now. ``may_begin``: how many stations; ``fresh``: how many of them whose turn has not come yet
    (None: any). ``due_ms``: when the course may change without news; ``more``: it is to be looked at again at once."""

    campaign: Row[Any]
    may_begin: int = 0
    fresh: int | None = 0
    due_ms: int | None = None
    more: bool = False


def steer(connection: Connection, campaign: Row[Any], plan: Plan, now_ms: int) -> Course:
    """Move a campaign on by one step; it is locked."""
    deadline_ms = read_ms(plan.schedule.deadline)
    if campaign.state in (State.SCHEDULED, State.RUNNING, State.PAUSED) and deadline_ms and now_ms >= deadline_ms:
        return _wind_up(connection, campaign, Standing.FAILED, LATE, now_ms)
    if campaign.state == State.CANCELLED:
        return _wind_up(connection, campaign, Standing.SKIPPED, "cancelled", now_ms)
    course = Course(campaign, due_ms=deadline_ms)
    if campaign.state == State.PAUSED:
        return course
    if campaign.state == State.SCHEDULED:
        return _begin(connection, course, plan, now_ms)
    if campaign.phase == Phase.ENROLLING:
        return _enrol(connection, course, plan, now_ms)
    if (why := _too_many(connection, campaign, plan)) is not None:
        return _changed(connection, course, state=State.PAUSED, why=why)
    if campaign.phase == Phase.ROLLING:
        return _roll(connection, course, plan, now_ms)
    if campaign.phase == Phase.SOAKING:
        if now_ms < campaign.until_ms:
            return course._replace(due_ms=earliest(deadline_ms, campaign.until_ms))
        return _changed(connection, course, **_after_soaking(plan, campaign.wave))
    return course


def _begin(connection: Connection, course: Course, plan: Plan, now_ms: int) -> Course:
    not_before_ms = read_ms(plan.schedule.not_before)
    if not_before_ms is not None and now_ms < not_before_ms:
        return course._replace(due_ms=earliest(course.due_ms, not_before_ms))
    return _changed(connection, course, state=State.RUNNING, started_ms=now_ms)


def _enrol(connection: Connection, course: Course, plan: Plan, now_ms: int) -> Course:
    campaign = course.campaign
    last = target.enrol(connection, campaign, plan.target, campaign.enrolled_to, now_ms)
    if last is not None:
        return _changed(connection, course, enrolled_to=last)
    target.note_missing(connection, campaign, plan.target, now_ms)
    return _changed(connection, course, enrolled_to="", phase=Phase.ROLLING)


def _too_many(connection: Connection, campaign: Row[Any], plan: Plan) -> str | None:
    """Why the campaign pauses by itself; what had failed when somebody resumed it is forgiven."""
    failed = rows.count(connection, campaign.id, Standing.FAILED) - campaign.forgiven
    if failed <= 0:
        return None
    if plan.threshold.count is not None and failed >= plan.threshold.count:
        return f"{failed} stations have failed"
    if plan.threshold.percent is None:
        return None
    begun = rows.begun(connection, campaign.id)
    share = 100 * failed / max(begun, 1)
    return f"{failed} of {begun} stations have failed" if share >= plan.threshold.percent else None


def _roll(connection: Connection, course: Course, plan: Plan, now_ms: int) -> Course:
    campaign, released, fresh = course.campaign, None, None
    if campaign.wave < len(plan.waves):  # in the last one, nobody has to be counted
        released = plan.released(campaign.wave, rows.count(connection, campaign.id))
        fresh = max(0, released - rows.begun(connection, campaign.id))
    waits_ms = _held_until_ms(connection, campaign.id, plan, now_ms, full=fresh == 0)
    if waits_ms is None and released is not None:
        return _changed(connection, course, **_after(plan, campaign.wave, now_ms))
    later = plan.target.later
    if waits_ms is None and not later and not rows.any_of(connection, campaign.id, *OPEN):
        return _changed(connection, course, state=State.COMPLETED, ended_ms=now_ms)
    course = course._replace(due_ms=earliest(course.due_ms, waits_ms or None))
    if (window := plan.schedule.window) is not None:
        is_open, then_ms = opening(window.begins, window.ends, window.zone, window.days, now_ms)
        course = course._replace(due_ms=earliest(course.due_ms, then_ms))
        if not is_open:
            return course
    slots = plan.pace.at_once - rows.count(connection, campaign.id, *IN_HAND)
    return course._replace(may_begin=max(0, slots), fresh=fresh)


def _held_until_ms(connection: Connection, number: int, plan: Plan, now_ms: int, *, full: bool) -> int | None:
    """Until when the wave is held up: None: no more, 0: nobody knows. ``full``: all of it have had their turn.

    A station that is away or busy holds it up for its patience, one that rests after a failure until it has its end.
    """
    table = campaign_stations.c
    mine = table.campaign == number
    if not full and connection.scalar(
        select(table.id).where(mine, table.state == Standing.PENDING, table.wave.is_(None)).limit(1)
    ):
        return 0
    begun = select(table.id).where(mine, table.state.in_((Standing.PENDING, *IN_HAND)), table.wave.is_not(None))
    if connection.scalar(begun.limit(1)):
        return 0
    waiting = (mine, table.state == Standing.WAITING)
    if connection.scalar(select(table.id).where(*waiting, table.rests_ms > now_ms).limit(1)):
        return 0
    newest = connection.scalar(select(func.max(table.waiting_ms)).where(*waiting))
    until_ms = None if newest is None else newest + plan.patience_s * 1000
    return None if until_ms is None or until_ms <= now_ms else int(until_ms)


def _after(plan: Plan, wave: int, now_ms: int) -> dict[str, Any]:
    """A wave is over: what follows."""
    soak_s = plan.waves[wave].soak_s
    if soak_s:
        return {"phase": Phase.SOAKING, "until_ms": now_ms + soak_s * 1000}
    return _after_soaking(plan, wave)


def _after_soaking(plan: Plan, wave: int) -> dict[str, Any]:
    if plan.waves[wave].approval:
        return {"phase": Phase.APPROVAL, "until_ms": None}
    return {"phase": Phase.ROLLING, "wave": wave + 1, "until_ms": None}


def _wind_up(connection: Connection, campaign: Row[Any], becomes: Standing, why: str, now_ms: int) -> Course:
    """Nothing new is begun: who has not begun has an end, a part at a time; then who has is waited for."""
    table = campaign_stations.c
    idle = (table.campaign == campaign.id, table.state.in_((Standing.PENDING, Standing.WAITING)))
    some = select(table.id).where(*idle).limit(ENDED_AT_ONCE)
    values = {"state": becomes, "why": why, "due_ms": None, "changed_ms": now_ms}
    gone = connection.execute(update(campaign_stations).where(table.id.in_(some)).values(values)).rowcount
    if gone == ENDED_AT_ONCE:
        return Course(campaign, more=True)
    if rows.any_of(connection, campaign.id, *IN_HAND):
        return Course(campaign)
    ends: dict[str, Any] = {"ended_ms": now_ms}
    if campaign.state != State.CANCELLED:
        ends |= {"state": State.COMPLETED, "why": why}
    return _changed(connection, Course(campaign), **ends)


def _changed(connection: Connection, course: Course, **values: Any) -> Course:
    rows.change(connection, course.campaign.id, **values)
    row = rows.find(connection, course.campaign.id)
    assert row is not None
    return course._replace(campaign=row, more=row.ended_ms is None)


def earliest(*instants_ms: int | None) -> int | None:
    """The first of these instants, None where there is none."""
    return min((each for each in instants_ms if each is not None), default=None)
