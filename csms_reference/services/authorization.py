"""Who may charge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, exists, insert, literal, select, update

from csms_reference.services import onetime
from csms_reference.store.errors import SealError
from csms_reference.store.prepared import Prepared
from csms_reference.store.tables import tokens, transactions, variables
from csms_reference.store.tariff_tables import tariff_assignments
from csms_reference.store.token_tables import token_terms


class Standing(StrEnum):
    """What the CSMS says of a token; each dialect spells it in its own enumeration."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    UNKNOWN = "Unknown"
    CONCURRENT = "ConcurrentTx"
    NO_CREDIT = "NoCredit"
    NOT_THIS_TYPE = "NotAllowedTypeEVSE"
    NOT_HERE = "NotAtThisLocation"
    NOT_NOW = "NotAtThisTime"


@dataclass(frozen=True, slots=True)
class TokenPolicy:
    """What to make of tokens nobody registered, and of a token that charges somewhere else already."""

    accept_unknown: bool = False
    refuse_concurrent: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What a token may do beyond charging at all, and what its driver is told.

    ``languages``: RFC 5646 tags, the preferred one first, at most two. ``places``: the EVSEs of each station where
    alone it may charge, none for all of them. ``connector_types``: those at which alone it may. ``hours``:
    ``HH:MM-HH:MM`` in UTC, over midnight where the second is the earlier.
    """

    languages: tuple[str, ...] = ()
    message: str | None = None
    message_language: str | None = None
    priority: int | None = None
    places: Mapping[str, tuple[int, ...]] | None = None
    connector_types: tuple[str, ...] | None = None
    hours: str | None = None


FREE = Terms()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer about one token. ``evses``: where alone at this station it may charge (C01.FR.20). ``priced``: whether
    there are tariffs for anybody at all, so that it is worth looking for one. ``holder``: the user whose it is;
    ``session``: the charging session that it was made for."""

    standing: Standing
    expires_ms: int | None = None
    group_id: str | None = None
    evses: tuple[int, ...] = ()
    terms: Terms = FREE
    priced: bool = True
    holder: str | None = None
    session: int | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the operator registers it. ``type`` None fits whatever type a station names."""

    id_token: str
    status: Standing = Standing.ACCEPTED
    type: str | None = None
    expires_ms: int | None = None
    group_id: str | None = None
    terms: Terms = FREE


def key(id_token: str) -> str:
    """What makes two tokens the same: 1.6 CiString and 2.0.1 identifierString ignore case, of ASCII letters alone."""
    if id_token.isascii():
        return id_token.lower()
    return "".join(letter.lower() if letter.isascii() else letter for letter in id_token)


_TERMS = [column for column in token_terms.c if column.name != "token_key"]
_ALL = select(tokens, *_TERMS).select_from(tokens.outerjoin(token_terms, tokens.c.token_key == token_terms.c.token_key))
_ONE = _ALL.where(tokens.c.token_key == bindparam("key"))
_ANYTHING = select(literal(1).label("one")).subquery()
_FIND = Prepared(
    select(tokens, *_TERMS, exists(select(1).select_from(tariff_assignments)).label("priced")).select_from(
        _ANYTHING.outerjoin(tokens, tokens.c.token_key == bindparam("key")).outerjoin(
            token_terms, token_terms.c.token_key == tokens.c.token_key
        )
    )
)
"""One row in any case: this one statement tells of the token, its terms, and whether there are tariffs at all."""
_CHARGING = Prepared(
    select(transactions.c.station, transactions.c.transaction_id)
    .where(transactions.c.token_key == bindparam("key"))
    .where(transactions.c.state == "Active")
    .limit(2)
)
_CONNECTORS = Prepared(
    select(variables.c.evse, variables.c.value)
    .where(variables.c.station == bindparam("station"))
    .where(variables.c.component == "Connector")
    .where(variables.c.variable == "ConnectorType")
)


def judge(
    connection: Connection,
    id_token: str,
    token_type: str | None,
    *,
    now_ms: int,
    policy: TokenPolicy,
    starting: str | None = None,
    station: str | None = None,
) -> Verdict:
    """Decide about a token. ``starting``: the transaction it is about to start, which is no concurrent one;
    ``station``: where."""
    if token_type == "NoAuthorization":
        return Verdict(Standing.ACCEPTED)  # C02.FR.02
    row = _FIND(connection, {"key": key(id_token)}).mapping()
    assert row is not None
    priced = bool(row["priced"])
    if row["token_key"] is None and (
        (made := onetime.find(connection, key(id_token), station, starting, now_ms)) is not None
    ):
        standing = Standing.ACCEPTED if made.good else Standing.EXPIRED
        return Verdict(standing, priced=priced, holder=made.username, session=made.session)
    if row["token_key"] is None or (row["type"] is not None and token_type is not None and row["type"] != token_type):
        if policy.accept_unknown:
            return Verdict(Standing.ACCEPTED, priced=priced)
        return Verdict(Standing.INVALID if token_type == "KeyCode" else Standing.UNKNOWN)  # C04.FR.01
    if key(row["id_token"]) != key(id_token):
        raise SealError("tokens.id_token: a token stands in the row of another")
    verdict = verdict_of(connection, row, now_ms=now_ms, station=station, priced=priced)
    if verdict.standing is Standing.ACCEPTED and policy.refuse_concurrent and starting is not None:
        charging = _CHARGING(connection, {"key": key(id_token)}).rows()
        if any(one != (station, starting) for one in charging):
            return replace(verdict, standing=Standing.CONCURRENT)
    return verdict


def verdict_of(
    connection: Connection, row: Mapping[str, Any], *, now_ms: int, station: str | None, priced: bool = True
) -> Verdict:
    """What a token's row, with its terms, comes to at a station."""
    standing = Standing(row["status"])
    terms = terms_of(row)
    evses: tuple[int, ...] = ()
    if standing is Standing.ACCEPTED and row["expires_ms"] is not None and row["expires_ms"] <= now_ms:
        standing = Standing.EXPIRED
    if standing is Standing.ACCEPTED and terms is not FREE:
        standing, evses = _here_and_now(connection, terms, station, now_ms)
    return Verdict(standing, row["expires_ms"], row["group_id"], evses, terms, priced, row["holder"])


def _here_and_now(
    connection: Connection, terms: Terms, station: str | None, now_ms: int
) -> tuple[Standing, tuple[int, ...]]:
    """C01.FR.18–.22, .24: whether a token may charge at this station now, and at which EVSEs alone."""
    if terms.hours is not None and not within(terms.hours, now_ms):
        return Standing.NOT_NOW, ()
    evses: tuple[int, ...] = ()
    if station is not None and terms.places is not None:
        if station not in terms.places:
            return Standing.NOT_HERE, ()
        evses = terms.places[station]
    if station is not None and terms.connector_types is not None:
        known = _CONNECTORS(connection, {"station": station}).rows()
        fitting = {evse for evse, kind in known if kind in terms.connector_types}
        if known and not fitting:
            return Standing.NOT_THIS_TYPE, ()
        if len(fitting) < len({evse for evse, _ in known}):
            evses = tuple(sorted(fitting & set(evses) if evses else fitting))
            if not evses:
                return Standing.NOT_HERE, ()
    return Standing.ACCEPTED, evses


def within(hours: str, now_ms: int) -> bool:
    """Whether an instant is in ``HH:MM-HH:MM`` of its day, UTC."""
    first, last = hours.split("-")
    now = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%H:%M")
    return first <= now < last if first <= last else now >= first or now < last


def terms_of(row: Mapping[str, Any]) -> Terms:
    """The terms in a token's row; ``FREE`` where there are none."""
    if all(row[column.name] is None for column in _TERMS):
        return FREE
    places, types = row["places"], row["connector_types"]
    return Terms(
        languages=tuple(filter(None, (row["languages"] or "").split(","))),
        message=row["message"],
        message_language=row["message_language"],
        priority=row["priority"],
        places=None if places is None else {name: tuple(evses) for name, evses in orjson.loads(places).items()},
        connector_types=None if types is None else tuple(orjson.loads(types)),
        hours=row["hours"],
    )


def put(connection: Connection, token: Token, **whose: str | None) -> bool:
    """Register a token or change it; True if it is new. ``whose``: its ``owner`` and its ``holder`` from now on, where
    they are given."""
    values = {
        "id_token": token.id_token,
        "type": token.type,
        "status": Standing(token.status).value,
        "expires_ms": token.expires_ms,
        "group_id": token.group_id,
        **whose,
    }
    token_key = key(token.id_token)
    _agree(connection, token_key, token.terms)
    if connection.execute(update(tokens).where(tokens.c.token_key == token_key), values).rowcount:
        return False
    connection.execute(insert(tokens), {"token_key": token_key, **values})
    return True


def _agree(connection: Connection, token_key: str, terms: Terms) -> None:
    connection.execute(delete(token_terms).where(token_terms.c.token_key == token_key))
    if terms == FREE:
        return
    places, types = terms.places, terms.connector_types
    values = {
        "token_key": token_key,
        "languages": ",".join(terms.languages) or None,
        "message": terms.message,
        "message_language": terms.message_language,
        "priority": terms.priority,
        "places": None if places is None else orjson.dumps(dict(places), option=orjson.OPT_SORT_KEYS).decode(),
        "connector_types": None if types is None else orjson.dumps(types).decode(),
        "hours": terms.hours,
    }
    connection.execute(insert(token_terms), values)


def remove(connection: Connection, id_token: str) -> bool:
    """Forget a token; False if there was none."""
    _agree(connection, key(id_token), FREE)
    return connection.execute(delete(tokens).where(tokens.c.token_key == key(id_token))).rowcount > 0


def find(connection: Connection, id_token: str) -> Row[tuple[object, ...]] | None:
    """One token's row."""
    return connection.execute(_ONE, {"key": key(id_token)}).one_or_none()


def page(
    connection: Connection, after: str, limit: int, *only: ColumnElement[bool], **where: Any
) -> list[Row[tuple[object, ...]]]:
    """Tokens in the order of their keys, those after key ``after`` (empty: from the first).

    Where keys are hashed, on a disk, that order has no meaning, but it is always the same one.
    """
    chosen = _ALL.where(*only).order_by(tokens.c.token_key).limit(limit)
    if after:
        chosen = chosen.where(tokens.c.token_key > after)
    for name, value in where.items():
        if value is not None:
            chosen = chosen.where(tokens.c[name] == value)
    return list(connection.execute(chosen))
