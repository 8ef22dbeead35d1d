"""Commands as they are kept: asked for once, however often they are repeated, and each with an end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, insert, select, update

from csms_reference.outcome import Outcome
from csms_reference.services.retention import Kept, due, trimming
from csms_reference.store.command_tables import commands
from csms_reference.store.prepared import Prepared

REPEATED_WITHIN_MS = 24 * 3600 * 1000
"""So long an Idempotency-Key stands for the same command."""

LOST = "lost"
"""The status of a command whose end nobody knows: who carried it out is gone."""


class State(StrEnum):
    """How far a command is. A station that answers has accepted it, or rejected it with any other status."""

    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self not in OPEN


OPEN = (State.QUEUED, State.SENT)

ACCEPTING = frozenset({"Accepted", "AcceptedCanceled", "Scheduled", "Unlocked", "RebootRequired", "Unknown"})
"""Statuses in answers that say yes; Unknown is that of a ClearChargingProfile which had nothing to clear."""


class AnotherCommand(Exception):
    """An idempotency key came again with another command."""


@dataclass(frozen=True, slots=True)
class Order:
    """A command that somebody asks for. ``digest`` is the same for the same request and no other."""

    station: str
    command: str
    fields: dict[str, Any]
    client: str
    node: str
    digest: str
    idempotency_key: str | None = None


_TRIM = trimming(commands, "station")
_SENT = Prepared(
    update(commands)
    .where(commands.c.id == bindparam("the_id"), commands.c.state == bindparam("was"))
    .values(state=bindparam("becomes"), sent_ms=bindparam("at_ms"))
)


def take(connection: Connection, order: Order, now_ms: int, kept: Kept) -> tuple[Row[Any], bool]:
    """Keep an order; the row, and whether it is new. Raises AnotherCommand."""
    if order.idempotency_key is not None:
        known = _same_key(connection, order)
        if known is not None and known.asked_ms > now_ms - REPEATED_WITHIN_MS:
            if known.digest != order.digest:
                raise AnotherCommand(f"{order.idempotency_key!r} stands for another command")
            return known, False
        if known is not None:
            connection.execute(update(commands).where(commands.c.id == known.id).values(idempotency_key=None))
    row = connection.execute(
        insert(commands)
        .values(
            station=order.station,
            command=order.command,
            fields=json.dumps(order.fields),
            state=State.QUEUED,
            node=order.node,
            client=order.client,
            idempotency_key=order.idempotency_key,
            digest=order.digest,
            asked_ms=now_ms,
        )
        .returning(commands)
    ).one()
    if kept.notices and due(order.station, now_ms, "commands"):
        _TRIM(connection, {"the_station": order.station, "n": kept.notices})
    return row, True


def find(connection: Connection, number: int) -> Row[Any] | None:
    """One command."""
    return connection.execute(select(commands).where(commands.c.id == number)).one_or_none()


def get(connection: Connection, number: int) -> Row[Any]:
    """One command that there is."""
    return connection.execute(select(commands).where(commands.c.id == number)).one()


def page(connection: Connection, after: int, limit: int, *only: ColumnElement[bool], **where: Any) -> list[Row[Any]]:
    """Commands in the order in which they were asked for; ``where``: columns that are to be so (None: any)."""
    chosen = select(commands).where(commands.c.id > after, *only).order_by(commands.c.id).limit(limit)
    for name, value in where.items():
        if value is not None:
            chosen = chosen.where(commands.c[name] == value)
    return list(connection.execute(chosen))


def sent(connection: Connection, number: int, now_ms: int) -> None:
    """The command's first message has left. Late news of one that is over changes nothing."""
    _SENT(connection, {"the_id": number, "was": State.QUEUED, "becomes": State.SENT, "at_ms": now_ms})


def ended(connection: Connection, number: int, end: Outcome, now_ms: int) -> Row[Any] | None:
    """The command is over: its row. It ends once: late news of one that was given up change nothing (None)."""
    return connection.execute(
        update(commands)
        .where(commands.c.id == number, commands.c.state.in_(OPEN))
        .values(
            state=state_of(end),
            status=end.status,
            answer=None if end.answer is None else json.dumps(end.answer),
            error=end.error,
            ended_ms=now_ms,
        )
        .returning(commands)
    ).one_or_none()


def state_of(end: Outcome) -> State:
    """What an outcome comes to."""
    if not end.answered:
        return State.FAILED
    return State.ACCEPTED if end.status in ACCEPTING else State.REJECTED


def in_hand(connection: Connection, node: str) -> list[int]:
    """The commands that a node carries out, or has left behind."""
    chosen = select(commands.c.id).where(commands.c.node == node, commands.c.state.in_(OPEN))
    return list(connection.scalars(chosen))


def abandon(connection: Connection, node: str, now_ms: int, numbers: Sequence[int] | None = None) -> list[Row[Any]]:
    """Nobody carries out any more what this node had in hand (or these ``numbers`` of it): what has failed so."""
    left = select(commands.c.id, commands.c.state).where(commands.c.node == node, commands.c.state.in_(OPEN))
    if numbers is not None:
        left = left.where(commands.c.id.in_(numbers))
    failed = []
    for row in list(connection.execute(left)):
        may_have = row.state == State.SENT
        why = "the station may have carried it out" if may_have else "it may not have been sent"
        end = Outcome(LOST, error=f"the CSMS that had it in hand is gone: {why}")
        if (over := ended(connection, row.id, end, now_ms)) is not None:  # nobody else was faster
            failed.append(over)
    return failed


def _same_key(connection: Connection, order: Order) -> Row[Any] | None:
    chosen = select(commands).where(
        commands.c.client == order.client, commands.c.idempotency_key == order.idempotency_key
    )
    return connection.execute(chosen).one_or_none()
