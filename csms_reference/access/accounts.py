"""Accounts: people (users), programs (clients), and the owners that stations and tokens belong to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, insert, select, update

from csms_reference.access.principal import PERSON, Principal
from csms_reference.access.revocation import is_revoked, next_mark, revoke
from csms_reference.access.scopes import Scope
from csms_reference.store.access_tables import clients, owners, refresh_tokens, sessions, users
from csms_reference.store.session_tables import charging_sessions
from csms_reference.store.tables import tokens, transactions

LATEST_MS = 2**63 - 1
"""The last instant that a row can name."""

KEYS = {owners: owners.c.owner, users: users.c.username, clients: clients.c.client}
"""By what an account of each kind is named."""

NAMED = (tokens.c.holder, transactions.c.holder, charging_sessions.c.username)
"""Where a user is named who may be forgotten: whoever is called like that later gets nothing of theirs."""


def digest(secret: str) -> str:
    """What is kept of a secret that we have drawn ourselves."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def scopes_of(text: str) -> frozenset[Scope]:
    """The scopes among words; words that are none mean nothing."""
    words = frozenset(text.split())
    return frozenset(scope for scope in Scope if scope in words)


def written(scopes: Iterable[Scope]) -> str:
    """Scopes as words, in the order in which they are defined."""
    given = frozenset(scopes)
    return " ".join(scope for scope in Scope if scope in given)


def person(row: Row[Any]) -> Principal:
    """Who a user is."""
    return Principal(f"{PERSON}{row.username}", scopes_of(row.scopes), row.owner)


def find(connection: Connection, kind: Table, name: str) -> Row[Any] | None:
    """An account by its name."""
    return connection.execute(select(kind).where(KEYS[kind] == name)).one_or_none()


def page(connection: Connection, kind: Table, after: str, limit: int, *only: ColumnElement[bool]) -> list[Row[Any]]:
    """Accounts in the order of their names, those after ``after``."""
    key = KEYS[kind]
    return list(connection.execute(select(kind).where(key > after, *only).order_by(key).limit(limit)))


def add(connection: Connection, kind: Table, name: str, /, **columns: Any) -> bool:
    """Add an account; False if there is one of that name."""
    if find(connection, kind, name) is not None:
        return False
    if kind is not owners:
        mark = digest(f"{kind.name} {name} {columns['created_ms']}")
        while is_revoked(connection, LATEST_MS, [mark]):  # of an account that was called like this
            mark = next_mark(mark)
        columns["mark"] = mark
    connection.execute(insert(kind).values({KEYS[kind].name: name, **columns}))
    return True


def change(connection: Connection, kind: Table, name: str, now_ms: int, /, **columns: Any) -> bool:
    """Change an account; False if there is none of that name.

    A new password or secret, and not being active, end what was begun before: sessions, refresh and access tokens. Who
    may do less, or belongs to another owner, keeps all but the access tokens, which say otherwise.
    """
    row = _held(connection, kind, name)
    if row is None:
        return False
    ends = bool({"password_hash", "secret_hash"} & columns.keys()) or columns.get("active") is False
    if ends:
        _end(connection, kind, name)
    if ends or _is_less(row, columns):
        revoke(connection, now_ms, row.mark)
        columns["mark"] = next_mark(row.mark)
    if columns:
        connection.execute(update(kind).where(KEYS[kind] == name).values(columns))
    return True


def replace_secret(connection: Connection, client: str, now_ms: int, secret_hash: str, overlap_ms: int) -> None:
    """Give a client another secret. The one so far counts for so long beside it; at 0 all that it began ends now."""
    if overlap_ms == 0:
        change(connection, clients, client, now_ms, secret_hash=secret_hash, former_hash=None, former_until_ms=None)
        return
    former = {"former_hash": clients.c.secret_hash, "former_until_ms": now_ms + overlap_ms}
    connection.execute(update(clients).where(clients.c.client == client).values(secret_hash=secret_hash, **former))


def remove(connection: Connection, kind: Table, name: str, now_ms: int) -> bool:
    """Forget an account and end its sessions and tokens; False if there was none."""
    row = _held(connection, kind, name)
    if row is None:
        return False
    _end(connection, kind, name)
    if kind is not owners:
        revoke(connection, now_ms, row.mark)
    if kind is users:
        for column in NAMED:
            connection.execute(update(column.table).where(column == name).values({column.name: None}))
    connection.execute(delete(kind).where(KEYS[kind] == name))
    return True


def redirect_uris(row: Row[Any]) -> list[str]:
    """Where a client may have people sent back to."""
    found: list[str] = json.loads(row.redirect_uris)
    return found


def _held(connection: Connection, kind: Table, name: str) -> Row[Any] | None:
    """An account that nobody else changes until this is over: each of its marks is revoked by whoever replaces it."""
    return connection.execute(select(kind).where(KEYS[kind] == name).with_for_update()).one_or_none()


def _is_less(row: Row[Any], columns: Mapping[str, Any]) -> bool:
    """Whether a change takes something away that access tokens say, or says it of somebody else."""
    fewer = not scopes_of(row.scopes) <= scopes_of(columns["scopes"]) if "scopes" in columns else False
    return fewer or ("owner" in columns and columns["owner"] != row.owner)


def _end(connection: Connection, kind: Table, name: str) -> None:
    if kind is users:
        connection.execute(delete(sessions).where(sessions.c.username == name))
        connection.execute(delete(refresh_tokens).where(refresh_tokens.c.username == name))
    if kind is clients:
        connection.execute(delete(refresh_tokens).where(refresh_tokens.c.client == name))
