"""Accounts: people (users), programs (clients), and the owners that stations and tokens belong to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, insert, select, update

from csms_reference.access.principal import Principal
from csms_reference.access.scopes import Scope
from csms_reference.store.access_tables import clients, owners, refresh_tokens, sessions, users

KEYS = {owners: owners.c.owner, users: users.c.username, clients: clients.c.client}
"""By what an account of each kind is named."""


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
    """Who a user is. The prefix tells people from programs of the same name (RFC 9068 §5)."""
    return Principal(f"user:{row.username}", scopes_of(row.scopes), row.owner)


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
    connection.execute(insert(kind).values({KEYS[kind].name: name, **columns}))
    return True


def change(connection: Connection, kind: Table, name: str, /, **columns: Any) -> bool:
    """Change an account; False if there is none of that name. A new password or secret ends what the old one began."""
    if not columns:
        return find(connection, kind, name) is not None
    if {"password_hash", "secret_hash"} & columns.keys():
        _end(connection, kind, name)
    return connection.execute(update(kind).where(KEYS[kind] == name).values(columns)).rowcount > 0


def remove(connection: Connection, kind: Table, name: str) -> bool:
    """Forget an account and end its sessions and refresh tokens; False if there was none."""
    _end(connection, kind, name)
    return connection.execute(delete(kind).where(KEYS[kind] == name)).rowcount > 0


def redirect_uris(row: Row[Any]) -> list[str]:
    """Where a client may have people sent back to."""
    found: list[str] = json.loads(row.redirect_uris)
    return found


def _end(connection: Connection, kind: Table, name: str) -> None:
    if kind is users:
        connection.execute(delete(sessions).where(sessions.c.username == name))
        connection.execute(delete(refresh_tokens).where(refresh_tokens.c.username == name))
    if kind is clients:
        connection.execute(delete(refresh_tokens).where(refresh_tokens.c.client == name))
