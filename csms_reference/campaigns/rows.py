"""Campaigns as they are kept: made, moved on by people, and run by one node at a time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update

from csms_reference.campaigns.states import MOVES, Phase, Standing, State
from csms_reference.store.campaign_tables import campaign_stations, campaigns

LEASE_MS = 6_000
"""Without a sign of its holder for so long a campaign is taken over."""

REMOVED_AT_ONCE = 1_000


class Fenced(Exception):
    """Another node runs the campaign by now, or there is nothing left to run."""


class NotNow(Exception):
    """In its state this cannot be done with a campaign."""


def add(
    connection: Connection, name: str, plan: str, *, owner: str | None, client: str, now_ms: int
) -> Row[Any]:  # fmt: skip
    """A new campaign, which is a draft."""
    values = {"name": name, "plan": plan, "owner": owner, "client": client, "created_ms": now_ms}
    fresh = {"pins": "{}", "state": State.DRAFT, "phase": Phase.ENROLLING, "wave": 0, "enrolled_to": ""}
    counts = {"forgiven": 0, "fence": 0, "lease_ms": 0}
    return connection.execute(insert(campaigns).values(**values, **fresh, **counts).returning(campaigns)).one()


def find(connection: Connection, number: int) -> Row[Any] | None:
    """One campaign."""
    return connection.execute(select(campaigns).where(campaigns.c.id == number)).one_or_none()


def page(
    connection: Connection, after: int, limit: int, *only: ColumnElement[bool], state: str | None = None
) -> list[Row[Any]]:
    """Campaigns in the order in which they were made."""
    chosen = select(campaigns).where(campaigns.c.id > after, *only).order_by(campaigns.c.id).limit(limit)
    return list(connection.execute(chosen if state is None else chosen.where(campaigns.c.state == state)))


def change(connection: Connection, number: int, **values: Any) -> None:
    """Change columns of a campaign."""
    connection.execute(update(campaigns).where(campaigns.c.id == number).values(values))


def move(connection: Connection, number: int, what: str, why: str | None, **more: Any) -> None:
    """Do with a campaign what people do, see ``MOVES``. Raises NotNow."""
    states, becomes = MOVES[what]
    values: dict[str, Any] = {"state": becomes, "why": why, **more}
    where = [campaigns.c.id == number, campaigns.c.state.in_(states)]
    if what == "approve":
        where.append(campaigns.c.phase == Phase.APPROVAL)
        values |= {"phase": Phase.ROLLING, "wave": campaigns.c.wave + 1}
    if what == "resume":
        values["state"] = State.SCHEDULED if _unstarted(connection, number) else becomes
        values["forgiven"] = count(connection, number, Standing.FAILED)
    if connection.execute(update(campaigns).where(*where).values(values)).rowcount == 0:
        raise NotNow(f"{what}: not in this state")


def _unstarted(connection: Connection, number: int) -> bool:
    return connection.scalar(select(campaigns.c.started_ms).where(campaigns.c.id == number)) is None


def remove(connection: Connection, number: int) -> bool:
    """Forget a part of a campaign that nobody runs, and at last the campaign: whether that is gone."""
    table = campaign_stations
    some = select(table.c.id).where(table.c.campaign == number).limit(REMOVED_AT_ONCE)
    gone = connection.execute(delete(table).where(table.c.id.in_(some))).rowcount
    if gone < REMOVED_AT_ONCE:
        connection.execute(delete(campaigns).where(campaigns.c.id == number))
    return gone < REMOVED_AT_ONCE


# -- who runs it ----------------------------------------------------------------------------------------------------


def adrift(connection: Connection, node: str, now_ms: int) -> list[int]:
    """Campaigns in which something is to be done, and that nobody runs, or this node did in an earlier life."""
    table = campaigns.c
    free = or_(table.holder.is_(None), table.holder == node, table.lease_ms < now_ms)
    going = (table.state != State.DRAFT, table.ended_ms.is_(None))
    return list(connection.scalars(select(table.id).where(*going, free).order_by(table.id)))


def take_over(connection: Connection, number: int, node: str, now_ms: int) -> int | None:
    """Run a campaign from now on: its fence, or None where another node was quicker."""
    table = campaigns.c
    free = or_(table.holder.is_(None), table.holder == node, table.lease_ms < now_ms)
    values = {"holder": node, "fence": table.fence + 1, "lease_ms": now_ms + LEASE_MS}
    taken = update(campaigns).where(table.id == number, table.ended_ms.is_(None), free).values(values)
    fence: int | None = connection.scalar(taken.returning(table.fence))
    return fence


def hold(connection: Connection, number: int, fence: int, now_ms: int) -> Row[Any]:
    """The campaign as it is, for whoever runs it, locked for this transaction; its lease goes on. Raises Fenced."""
    table = campaigns.c
    mine = update(campaigns).where(table.id == number, table.fence == fence, table.ended_ms.is_(None))
    row = connection.execute(mine.values(lease_ms=now_ms + LEASE_MS).returning(campaigns)).one_or_none()
    if row is None:
        raise Fenced(f"campaign {number} is run by another node, or over")
    return row


def let_go(connection: Connection, number: int, fence: int) -> None:
    """Leave a campaign to whoever comes next, at once."""
    where = (campaigns.c.id == number, campaigns.c.fence == fence)
    connection.execute(update(campaigns).where(*where).values(holder=None, lease_ms=0))


# -- its stations ---------------------------------------------------------------------------------------------------


def station_page(
    connection: Connection, number: int, after: int, limit: int, *, state: str | None = None, wave: int | None = None
) -> list[Row[Any]]:
    """Stations of a campaign, those with ids above ``after``."""
    table = campaign_stations.c
    chosen = select(campaign_stations).where(table.campaign == number, table.id > after)
    for column, value in ((table.state, state), (table.wave, wave)):
        if value is not None:
            chosen = chosen.where(column == value)
    return list(connection.execute(chosen.order_by(table.id).limit(limit)))


def change_station(connection: Connection, row_id: int, **values: Any) -> None:
    """Change columns of a station in a campaign."""
    connection.execute(update(campaign_stations).where(campaign_stations.c.id == row_id).values(values))


def count(connection: Connection, number: int, *states: str) -> int:
    """How many stations of a campaign are in one of these states."""
    table = campaign_stations.c
    query = select(func.count()).select_from(campaign_stations).where(table.campaign == number)
    return int(connection.scalar(query.where(table.state.in_(states)) if states else query) or 0)


def any_of(connection: Connection, number: int, *states: str) -> bool:
    """Whether any station of a campaign is in one of these states."""
    table = campaign_stations.c
    return (
        connection.scalar(select(table.id).where(table.campaign == number, table.state.in_(states)).limit(1))
        is not None
    )


def begun(connection: Connection, number: int) -> int:
    """How many stations have had their turn, but for those that there was nothing to do at."""
    table = campaign_stations.c
    query = select(func.count()).select_from(campaign_stations)
    mine = (table.campaign == number, table.wave.is_not(None), table.state != Standing.SKIPPED)
    return int(connection.scalar(query.where(*mine)) or 0)


def progress(connection: Connection, number: int) -> dict[int | None, dict[str, int]]:
    """How many stations of each wave (None: not begun) are how far."""
    table = campaign_stations.c
    grouped = select(table.wave, table.state, func.count().label("n")).where(table.campaign == number)
    found: dict[int | None, dict[str, int]] = {}
    for row in connection.execute(grouped.group_by(table.wave, table.state)):
        found.setdefault(row.wave, {})[row.state] = row.n
    return found
