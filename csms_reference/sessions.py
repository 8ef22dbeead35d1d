"""Has charging sessions begun and stopped: kept first, then the station is asked, and what it says is noted."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection as Database
from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError

from csms_reference.access.driving import may_begin_at
from csms_reference.access.principal import Principal
from csms_reference.dialects.registry import Payload, order_fault
from csms_reference.dispatch import digest_of
from csms_reference.front import Front
from csms_reference.outcome import Outcome
from csms_reference.process import fresh_salt, fresh_secret
from csms_reference.services import authorization, onetime
from csms_reference.services import sessions as kept
from csms_reference.services.authorization import Standing, TokenPolicy
from csms_reference.services.commands import ACCEPTING
from csms_reference.services.history import Session
from csms_reference.services.sessions import Begun, Request
from csms_reference.store.tables import stations, tokens

GUEST = "guest"
"""Who asks that has no account."""


class Refused(Exception):
    """A session cannot be begun; the message says why. ``missing``: as if what was asked for were not there."""

    def __init__(self, why: str, *, missing: bool = False) -> None:
        super().__init__(why)
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants. ``id_token``: one of theirs; without it the first of theirs that may charge, or else one
    that is made for this session."""

    station: str
    evse: int | None = None
    id_token: str | None = None
    most_wh: float | None = None
    most_cost: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The token of a session. ``type``: as its station is told."""

    id_token: str
    type: str = "Central"
    one_time: bool = False


async def begin(front: Front, who: Principal | None, wish: Wish, idempotency_key: str | None = None) -> Row[Any]:
    """Begin a session for a user of ours, or else for a guest: programs and people without an account have guests.

    The same wish under the same key begins one session. Raises Refused, AnotherSession, StoreError.
    """
    attempt = _Attempt(wish, who, idempotency_key, front.now_ms(), onetime.made_of(fresh_salt()), fresh_secret())
    try:
        row, order = await front.store.write(attempt.take)
    except IntegrityError:  # another node has taken the same attempt meanwhile
        row, order = await front.store.write(attempt.take)
    if order is None:
        return row

    async def work(number: int) -> Outcome:
        """A station that does not agree ends the session."""
        end = await front.command(wish.station, "remote_start", number, **order)
        if not (end.answered and end.status in ACCEPTING):
            await front.store.write(lambda database: kept.failed(database, row.id, end.status))
        return end

    command = await front.dispatcher.submit(
        wish.station, "remote_start", order, work, _unvetted, client=attempt.client, key=None
    )
    return await front.store.write(lambda database: kept.sent(database, row.id, command.id))


async def stop(front: Front, who: Principal | None, session: Session, key: str | None = None) -> Row[Any]:
    """Have a session's station end it; the command. Raises AnotherCommand, StoreError."""
    command = await end_transaction(front, session.station, str(session.transaction_id), _subject(who), key)
    if session.key.number:
        await front.store.write(lambda database: kept.sent(database, session.key.number, command.id))
    return command


async def end_transaction(
    front: Front, station: str, transaction_id: str, client: str, key: str | None = None
) -> Row[Any]:
    """Have a station end a transaction; the command. Raises AnotherCommand, StoreError."""
    fields = {"transaction_id": transaction_id}

    async def work(number: int) -> Outcome:
        return await front.command(station, "remote_stop", number, **fields)

    return await front.dispatcher.submit(station, "remote_stop", fields, work, _unvetted, client=client, key=key)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A wish, and what was drawn for it: a token of its own, and a guest's key."""

    wish: Wish
    who: Principal | None
    idempotency_key: str | None
    now_ms: int
    drawn_token: str
    drawn_key: str

    @property
    def client(self) -> str:
        """Who asks."""
        return _subject(self.who)

    def take(self, database: Database) -> tuple[Row[Any], Payload | None]:
        """Keep what is wanted; the session, and the fields of its remote start unless it was asked for before.

        Raises Refused, AnotherSession.
        """
        wish = self.wish
        digest = digest_of(wish.station, wish.evse, wish.id_token, wish.most_wh, wish.most_cost)
        known = kept.known(database, self.client, self.idempotency_key, digest, self.now_ms)
        if known is not None:
            return known, None
        version = _version(database, self.who, wish.station)
        if kept.waits(database, wish.station, wish.evse, self.now_ms):
            raise Refused("somebody has just asked to charge there")
        chosen = self._token(database) or Chosen(self.drawn_token, one_time=True)
        row = kept.take(database, self._request(chosen, digest), self.now_ms)
        fields = _fields(version, wish, chosen, row.id)
        if (fault := order_fault(version, "remote_start", fields)) is not None:
            raise Refused(fault)
        return row, fields

    def _request(self, chosen: Chosen, digest: str) -> Request:
        username = None if self.who is None else self.who.username
        key = self.drawn_key if username is None else None
        return Request(
            station=self.wish.station,
            evse=self.wish.evse,
            begun=Begun.GUEST if username is None else Begun.APP,
            username=username,
            client=self.client,
            id_token=chosen.id_token,
            one_time=chosen.one_time,
            digest=digest,
            key=key,
            key_hash=None if key is None else hash_of(key),
            idempotency_key=self.idempotency_key,
            most_wh=self.wish.most_wh,
            most_cost=self.wish.most_cost,
        )

    def _token(self, database: Database) -> Chosen | None:
        """The token of somebody's that is meant, or the first one that may charge there. Raises Refused."""
        wanted, username = self.wish.id_token, None if self.who is None else self.who.username
        if username is None:
            if wanted is not None:
                raise Refused("token: guests get one that is made for them")
            return None
        column = tokens.c
        theirs = select(column.id_token, column.type).where(column.holder == username).order_by(column.token_key)
        if wanted is not None:
            theirs = theirs.where(column.token_key == authorization.key(wanted))
        rows: list[Row[Any]] = list(database.execute(theirs))
        if wanted is not None and not rows:
            raise Refused(f"token {wanted!r}", missing=True)
        standings = {row.id_token: self._standing(database, row) for row in rows}
        good = next((row for row in rows if standings[row.id_token] is Standing.ACCEPTED), None)
        if wanted is not None and good is None:
            raise Refused(f"token: {standings[rows[0].id_token]}")
        return None if good is None else Chosen(good.id_token, good.type or "Central")

    def _standing(self, database: Database, row: Row[Any]) -> Standing:
        verdict = authorization.judge(
            database, row.id_token, row.type, now_ms=self.now_ms, policy=TokenPolicy(), station=self.wish.station
        )
        return verdict.standing


def _version(database: Database, who: Principal | None, station: str) -> str:
    """The version of a station at which somebody may begin. Raises Refused."""
    row = database.execute(
        select(stations.c.version).where(stations.c.station == station, may_begin_at(who))
    ).one_or_none()
    if row is None:
        raise Refused(f"station {station!r}", missing=True)
    if row.version is None:
        raise Refused("the station has never been here")
    return str(row.version)


def _fields(version: str, wish: Wish, chosen: Chosen, number: int) -> Payload:
    fields: Payload = {"id_token": chosen.id_token, "token_type": chosen.type}
    if wish.evse is not None:
        fields["evse"] = wish.evse
    return fields if version == "1.6" else {**fields, "remote_start_id": number}


def _subject(who: Principal | None) -> str:
    return GUEST if who is None else who.subject


def _unvetted(_: Row[Any] | None) -> None:
    """Who may ask has been looked at already."""


def hash_of(key: str) -> str:
    """By what a guest's session is found."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
