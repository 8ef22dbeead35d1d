"""One campaign as a node runs it. The database is the truth: whoever takes over goes on where it stands.

A station is asked in the transaction that notes that it was: its command and its new state are kept together or not
at all. Every transaction begins by seeing that the campaign is still this node's, and in a state for it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection as Database
from sqlalchemy import Row, func, select, update

from csms_reference.campaigns import rows, target
from csms_reference.campaigns.evidence import Evidence, gather, refresh
from csms_reference.campaigns.orders import NotReady, Order, order_for
from csms_reference.campaigns.plan import Plan, read_plan
from csms_reference.campaigns.states import IN_HAND, OPEN, Phase, Standing, State
from csms_reference.campaigns.steering import Course, earliest, steer
from csms_reference.campaigns.verdict import LOOKED_AGAIN_MS, Verdict, before, judge
from csms_reference.dialects.registry import order_fault
from csms_reference.dispatch import Along
from csms_reference.events import news
from csms_reference.instants import read_ms
from csms_reference.services import registration
from csms_reference.services.commands import AnotherCommand
from csms_reference.store.campaign_tables import campaign_stations
from csms_reference.store.tables import stations

if TYPE_CHECKING:
    from csms_reference.front import Front

log = logging.getLogger(__name__)

AT_ONCE = 200
"""Stations that are looked at in one transaction."""

NOT_THEIRS = "it is another owner's by now"


class Unreadable(Exception):
    """The plan of a campaign was made by another version of the CSMS."""


class Moved(Exception):
    """A station is not as it was when it was chosen."""


class Rollout:
    """One campaign, under one fence."""

    def __init__(self, front: Front, number: int, fence: int) -> None:
        self.number = number
        self._front = front
        self._fence = fence
        self._plan: Plan | None = None

    async def round(self, names: Iterable[str] = (), *, afresh: bool = False) -> int | None:
        """Look at the stations with news, at those that are due, and (``afresh``) at all of which more is to come; then
        have as many begin as may. When to come again without news. Raises Fenced, StoreError."""
        try:
            return await self._round(names, afresh=afresh)
        except Unreadable as problem:
            log.error("campaign %d is paused: %s", self.number, problem)  # noqa: TRY400 -- whose words say all
            await self._pause("its plan is not understood by this version of the CSMS")
            return None

    async def _round(self, names: Iterable[str], *, afresh: bool) -> int | None:
        await self._look(names, afresh=afresh)
        if afresh:
            await self._enrol_all()
        while True:
            course = await self._steered()
            begun = course.may_begin > 0 and await self._begin_some(course)
            if not begun and not course.more:
                return await self._due_ms(course)

    async def renew(self) -> None:
        """It is still run here. Raises Fenced, StoreError."""
        now_ms = self._front.now_ms()
        await self._front.store.write(lambda database: rows.hold(database, self.number, self._fence, now_ms))

    async def let_go(self) -> None:
        """Leave it to whoever comes next."""
        await self._front.store.write(lambda database: rows.let_go(database, self.number, self._fence))

    # -- news ---------------------------------------------------------------------------------------------------

    async def _look(self, names: Iterable[str], *, afresh: bool) -> None:
        told = sorted(names)
        for first in range(0, len(told), AT_ONCE):
            part = told[first : first + AT_ONCE]
            await self._enrol(part)
            await self._judge(await self._read(campaign_stations.c.station.in_(part)))
        table, after, now_ms = campaign_stations.c, 0, self._front.now_ms()
        wanted = () if afresh else (table.due_ms <= now_ms,)
        while found := await self._read(table.id > after, *wanted):
            await self._judge(found)
            after = found[-1].id

    async def _read(self, *where: Any) -> Sequence[Row[Any]]:
        """Stations of which news may say something: who waits, and who is doing it."""
        table = campaign_stations.c
        mine = (table.campaign == self.number, table.state.in_((Standing.WAITING, *IN_HAND)))
        chosen = select(campaign_stations).where(*mine, *where).order_by(table.id).limit(AT_ONCE)
        return await self._front.store.read(lambda database: list(database.execute(chosen)))

    async def _judge(self, found: Sequence[Row[Any]]) -> None:
        if not found:
            return
        online = frozenset(await self._front.seen([row.station for row in found]))
        ids = [row.id for row in found]

        def write(database: Database) -> list[tuple[Evidence, Verdict]]:
            campaign, plan = self._held(database)
            now_ms = self._front.now_ms()
            fresh = [row for each in ids if (row := refresh(database, each)) is not None]
            cancelled = campaign.state in (State.CANCELLED, State.COMPLETED) or _is_late(plan, now_ms)
            told = []
            for seen in gather(database, plan, fresh, online, now_ms):
                verdict = judge(plan, seen, cancelled=cancelled)
                if not _is_theirs(campaign, plan, seen.station) and seen.row.state in (Standing.WAITING, *IN_HAND):
                    verdict = Verdict(Standing.SKIPPED, NOT_THEIRS)
                if verdict is not None:
                    _keep(database, seen, verdict)
                    told.append((seen, verdict))
            return told

        for seen, verdict in await self._front.store.write(write):
            self._tell(seen.row, verdict.state, verdict.why)
            if verdict.asks:
                await self._ask(seen)

    async def _ask(self, seen: Evidence) -> None:
        """Have a station say whether it does an update."""
        row = seen.row

        def along(database: Database, command: Row[Any]) -> None:
            self._held(database)
            now = refresh(database, row.id)
            if now is None or now.attempt != row.attempt or now.state not in IN_HAND:
                raise Moved
            rows.change_station(database, row.id, asking=command.id)

        order = Order("trigger", {"message": "FirmwareStatusNotification"})
        await self._submit(row, order, f"{row.id}.{row.attempt}.{row.asking or 0}", along)

    # -- the whole ----------------------------------------------------------------------------------------------

    async def _steered(self) -> Course:
        def write(database: Database) -> tuple[Row[Any], Course]:
            campaign, plan = self._held(database)
            return campaign, steer(database, campaign, plan, self._front.now_ms())

        was, course = await self._front.store.write(write)
        campaign = course.campaign
        if (was.state, was.phase, was.wave) != (campaign.state, campaign.phase, campaign.wave):
            news.campaign_changed(self._front.bus, campaign, self._front.now_ms())
        return course

    async def _due_ms(self, course: Course) -> int | None:
        table = campaign_stations.c
        first = select(func.min(table.due_ms)).where(table.campaign == self.number, table.due_ms.is_not(None))
        return earliest(course.due_ms, await self._front.store.read(lambda database: database.scalar(first)))

    async def _enrol(self, names: list[str]) -> None:
        """Stations may have come to be what the campaign is for."""

        def write(database: Database) -> None:
            campaign, plan = self._held(database)
            if plan.target.later and campaign.state == State.RUNNING and campaign.phase != Phase.ENROLLING:
                target.enrol_these(database, campaign, plan.target, names, self._front.now_ms())

        if self._plan is None or self._plan.target.later:
            await self._front.store.write(write)

    async def _enrol_all(self) -> None:
        """The same for all stations, for news may have been lost."""
        after: str | None = ""
        while after is not None:

            def write(database: Database, after: str = after) -> str | None:
                campaign, plan = self._held(database)
                wanted = plan.target.later and campaign.state == State.RUNNING and campaign.phase != Phase.ENROLLING
                return target.enrol(database, campaign, plan.target, after, self._front.now_ms()) if wanted else None

            after = await self._front.store.write(write)

    # -- beginning ----------------------------------------------------------------------------------------------

    async def _begin_some(self, course: Course) -> bool:
        """Have the next stations begin; whether anything has come of it, so that there may be others."""
        found = await self._front.store.read(lambda database: self._next(database, course))
        online = frozenset(await self._front.seen([row.station for row in found]))

        asked: list[tuple[Row[Any], Order]] = []

        def write(database: Database) -> list[tuple[Row[Any], Verdict]]:
            campaign, plan = self._held(database, State.RUNNING)
            now_ms, told = self._front.now_ms(), []
            asked.clear()  # it may be the second time that this is done
            for seen in gather(database, plan, found, online, now_ms):
                now = refresh(database, seen.row.id)
                if now is None or now.state != Standing.PENDING:
                    continue
                step = self._step(database, campaign, plan, seen)
                if isinstance(step, Verdict):
                    _keep(database, seen, step, wave=_wave(seen.row, campaign))
                    told.append((seen.row, step))
                elif len(asked) < course.may_begin:
                    asked.append((seen.row, step))
            return told

        try:
            for row, verdict in (left := await self._front.store.write(write)):
                self._tell(row, verdict.state, verdict.why)
        except NotReady as problem:
            await self._pause(str(problem))
            return False
        except Moved:
            return False
        claimed = [await self._claim(row, order) for row, order in asked]
        return bool(left) or any(claimed)

    def _next(self, database: Database, course: Course) -> list[Row[Any]]:
        """The next stations in their order; those that have had their turn before, first."""
        table, most = campaign_stations.c, AT_ONCE  # more than may begin, for some cannot now
        mine = select(campaign_stations).where(table.campaign == self.number, table.state == Standing.PENDING)
        crowded = self._crowded(database)
        if crowded:
            theirs = select(stations.c.station).where(stations.c.owner.in_(crowded))
            mine = mine.where(table.station.not_in(theirs))
        again = list(database.execute(mine.where(table.wave.is_not(None)).order_by(table.rank).limit(most)))
        most -= len(again)
        if course.fresh is not None:
            most = min(most, course.fresh)
        if most <= 0:
            return again
        return again + list(database.execute(mine.where(table.wave.is_(None)).order_by(table.rank).limit(most)))

    def _crowded(self, database: Database) -> list[str]:
        """Owners of whom no more may begin now."""
        most = None if self._plan is None else self._plan.pace.at_once_per_owner
        if most is None:
            return []
        table = campaign_stations.c
        doing = select(stations.c.owner).join(campaign_stations, table.station == stations.c.station)
        mine = (table.campaign == self.number, table.state.in_(IN_HAND), stations.c.owner.is_not(None))
        grouped = doing.where(*mine).group_by(stations.c.owner).having(func.count() >= most)
        return list(database.scalars(grouped))

    def _step(self, database: Database, campaign: Row[Any], plan: Plan, seen: Evidence) -> Order | Verdict:
        if not _is_theirs(campaign, plan, seen.station):
            return Verdict(Standing.SKIPPED, NOT_THEIRS)
        if (verdict := before(plan, seen)) is not None:
            return verdict
        assert seen.station is not None
        action = plan.action_for(seen.station.version)
        assert action is not None
        order = order_for(database, self._front.settings, action, json.loads(campaign.pins), seen)
        if isinstance(order, str):
            return Verdict(Standing.SKIPPED, order)
        if order_fault(seen.station.version, order.command, order.fields) is not None:
            return Verdict(Standing.FAILED, "it cannot do this")
        return order

    async def _claim(self, row: Row[Any], order: Order) -> bool:
        """Ask a station, and keep with the command that it was asked: whether it was."""

        def along(database: Database, command: Row[Any]) -> None:
            campaign, plan = self._held(database, State.RUNNING)
            now, station = refresh(database, row.id), registration.find(database, row.station)
            if now is None or now.state != Standing.PENDING or now.attempt != row.attempt:
                raise Moved
            if not _is_theirs(campaign, plan, station):
                raise Moved
            if self._is_crowded(database, plan, station):
                raise Moved
            now_ms = self._front.now_ms()
            rows.change_station(
                database,
                row.id,
                state=Standing.SENT,
                why=None,
                wave=_wave(now, campaign),
                attempt=now.attempt + 1,
                command=command.id,
                asking=None,
                request_id=order.request_id,
                sent_ms=now_ms,
                rests_ms=None,
                due_ms=min(now_ms + LOOKED_AGAIN_MS, now_ms + plan.timeout_s * 1000),
                changed_ms=now_ms,
            )

        if not await self._submit(row, order, f"{row.id}.{row.attempt}", along):
            return False
        self._tell(row, Standing.SENT, None)
        return True

    def _is_crowded(self, database: Database, plan: Plan, station: Row[Any] | None) -> bool:
        limited = plan.pace.at_once_per_owner is not None and station is not None and station.owner is not None
        return limited and station is not None and station.owner in self._crowded(database)

    async def _submit(self, row: Row[Any], order: Order, key: str, along: Along) -> bool:
        """Have a command carried out, once under this key: whether it begins now."""
        if self._front.draining:  # what is asked now would end with the links
            return False
        work, begun = partial(self._front.command, row.station, order.command), []

        def kept(database: Database, command: Row[Any]) -> None:
            along(database, command)
            begun.append(command.id)

        try:
            await self._front.dispatcher.submit(
                row.station, order.command, order.fields, lambda number: work(number, **order.fields), _anything,
                client=f"campaign {self.number}", key=key, along=kept,
            )  # fmt: skip
        except Moved as problem:
            log.info("campaign %d does not ask %s now: %r", self.number, row.station, problem)
            return False
        except AnotherCommand:
            log.warning("campaign %d: somebody else used its key %s", self.number, key)
        if not begun:
            await self._front.store.write(partial(_pass_over, row=row))
        return True

    # -- inside -------------------------------------------------------------------------------------------------

    def _held(self, database: Database, *states: State) -> tuple[Row[Any], Plan]:
        """The campaign and its plan, locked. Raises Fenced; Moved where it is in none of these states."""
        campaign = rows.hold(database, self.number, self._fence, self._front.now_ms())
        if self._plan is None:
            try:
                self._plan = read_plan(campaign.plan)
            except ValueError as problem:
                raise Unreadable(str(problem)) from problem
        if states and campaign.state not in states:
            raise Moved(campaign.state)
        return campaign, self._plan

    async def _pause(self, why: str) -> None:
        """Pause by itself; where it is paused already, that is no news, which would have it look again."""

        def write(database: Database) -> Row[Any] | None:
            campaign = rows.hold(database, self.number, self._fence, self._front.now_ms())
            if campaign.state not in (State.SCHEDULED, State.RUNNING):
                return None
            rows.change(database, self.number, state=State.PAUSED, why=why)
            return rows.find(database, self.number)

        if (campaign := await self._front.store.write(write)) is not None:
            news.campaign_changed(self._front.bus, campaign, self._front.now_ms())

    def _tell(self, row: Row[Any], state: str, why: str | None) -> None:
        if state != row.state and state not in OPEN:
            self._front.dispatcher.campaign_ends[str(state)] += 1
        if (state, why) != (row.state, row.why):
            now_ms = self._front.now_ms()
            news.campaign_station(self._front.bus, row.station, now_ms, campaign=self.number, state=state, why=why)


def _keep(database: Database, seen: Evidence, verdict: Verdict, **more: Any) -> None:
    row, waits = seen.row, verdict.state == Standing.WAITING
    rows.change_station(
        database,
        row.id,
        state=verdict.state,
        why=verdict.why,
        due_ms=verdict.due_ms,
        rests_ms=verdict.rests_ms,
        failures=row.failures + verdict.failed,
        waiting_ms=(row.waiting_ms or seen.now_ms) if waits else row.waiting_ms,
        changed_ms=seen.now_ms,
        **more,
    )


def _wave(row: Row[Any], campaign: Row[Any]) -> int:
    return int(campaign.wave if row.wave is None else row.wave)


def _is_theirs(campaign: Row[Any], plan: Plan, station: Row[Any] | None) -> bool:
    """Whether a station is still one that the campaign may touch: stations change hands."""
    if station is None:
        return True
    return all(owner is None or station.owner == owner for owner in (campaign.owner, plan.target.owner))


def _is_late(plan: Plan, now_ms: int) -> bool:
    deadline_ms = read_ms(plan.schedule.deadline)
    return deadline_ms is not None and now_ms >= deadline_ms


def _pass_over(database: Database, row: Row[Any]) -> None:
    """An attempt has been made already, or its key is another command's: the next one has another key."""
    table = campaign_stations.c
    same = (table.id == row.id, table.attempt == row.attempt, table.state == Standing.PENDING)
    database.execute(update(campaign_stations).where(*same).values(attempt=row.attempt + 1))


def _anything(_: Row[Any] | None) -> None:
    """The row has been looked at."""
