"""Who may charge."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from csms_reference.store.prepared import Prepared
from csms_reference.store.tables import tokens, transactions


class Standing(StrEnum):
    """What the CSMS says of a token; each dialect spells it in its own enumeration."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    UNKNOWN = "Unknown"
    CONCURRENT = "ConcurrentTx"


@dataclass(frozen=True, slots=True)
class TokenPolicy:
    """What to make of tokens nobody registered, and of a token that charges somewhere else already."""

    accept_unknown: bool = False
    refuse_concurrent: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer about one token."""

    standing: Standing
    expires_ms: int | None = None
    group_id: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the operator registers it. ``type`` None fits whatever type a station names."""

    id_token: str
    status: Standing = Standing.ACCEPTED
    type: str | None = None
    expires_ms: int | None = None
    group_id: str | None = None


def key(id_token: str) -> str:
    """What makes two tokens the same: 1.6 CiString and 2.0.1 identifierString ignore case, of ASCII letters alone."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in id_token)


_ONE = select(tokens).where(tokens.c.token_key == bindparam("key"))
_FIND = Prepared(_ONE)
_CHARGING = Prepared(
    select(transactions.c.transaction_id)
    .where(transactions.c.id_token == bindparam("id_token"))
    .where(transactions.c.state == "Active")
    .limit(2)
)


def judge(
    connection: Connection,
    id_token: str,
    token_type: str | None,
    *,
    now_ms: int,
    policy: TokenPolicy,
    starting: str | None = None,
) -> Verdict:
    """Decide about a token. ``starting``: the transaction it is about to start, which is no concurrent one."""
    if token_type == "NoAuthorization":
        return Verdict(Standing.ACCEPTED)
    row = _FIND(connection, {"key": key(id_token)}).mapping()
    if row is None or (row["type"] is not None and token_type is not None and row["type"] != token_type):
        return Verdict(Standing.ACCEPTED if policy.accept_unknown else Standing.UNKNOWN)
    standing = Standing(row["status"])
    if standing is Standing.ACCEPTED and row["expires_ms"] is not None and row["expires_ms"] <= now_ms:
        standing = Standing.EXPIRED
    if standing is Standing.ACCEPTED and policy.refuse_concurrent and starting is not None:
        others = _CHARGING(connection, {"id_token": row["id_token"]}).scalars()
        if any(other != starting for other in others):
            standing = Standing.CONCURRENT
    return Verdict(standing, row["expires_ms"], row["group_id"])


def put(connection: Connection, token: Token) -> bool:
    """Register a token or change it; True if it is new."""
    values = {
        "id_token": token.id_token,
        "type": token.type,
        "status": Standing(token.status).value,
        "expires_ms": token.expires_ms,
        "group_id": token.group_id,
    }
    token_key = key(token.id_token)
    if connection.execute(update(tokens).where(tokens.c.token_key == token_key), values).rowcount:
        return False
    connection.execute(insert(tokens), {"token_key": token_key, **values})
    return True


def remove(connection: Connection, id_token: str) -> bool:
    """Forget a token; False if there was none."""
    return connection.execute(delete(tokens).where(tokens.c.token_key == key(id_token))).rowcount > 0


def find(connection: Connection, id_token: str) -> Row[tuple[object, ...]] | None:
    """One token's row."""
    return connection.execute(_ONE, {"key": key(id_token)}).one_or_none()


def page(connection: Connection, after: str, limit: int) -> list[Row[tuple[object, ...]]]:
    """Tokens in the order of their keys, those after key ``after``."""
    chosen = select(tokens).where(tokens.c.token_key > after).order_by(tokens.c.token_key).limit(limit)
    return list(connection.execute(chosen))
